"""Sampling plans: so many audits per agent, team or auditor and period, drawn at random, spread evenly, topped up day by day.

Pure: `rules.py`. Deeds: `services.py` and, for whom the gap model watches, `watched.py`; called by the
daily run and from the page of plans.
"""
