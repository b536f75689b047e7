"""Redefining: what a check is held against changes. A target of a competency, or which competencies a criterion tells of.

Evidence is derived again set-based (`deriving.py`), what was decided stays, and each gap concerned keeps what the change did
to it. What a change would do is tried first (`trial.py`); in a large programme (`size.py`) on agents drawn by chance, and a
job derives (`jobs.py`), with how far it is on the page (`core.headway`). Tables: redefinition, rederived; targets with their
weeks are `curriculum`'s.
"""
