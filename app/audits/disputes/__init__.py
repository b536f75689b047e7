"""Disputes: an agent or lead doubts a miss, somebody other than its auditor answers, and what is accepted is corrected.

Pure: `rules.py`. Deeds: `services.py`; who answers: `routing.py`; what came of them: `figures.py`.
"""
