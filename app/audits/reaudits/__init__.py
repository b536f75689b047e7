"""Audits of auditors: contacts scored again by somebody who does not see the first answers, and how far both agree.

Pure: `agreement.py` (alignment, chance-corrected agreement, leniency, fatal errors found). Deeds: `services.py` (plans,
drawing, handing in) and `contests.py`. Reads: `queries.py`, `figures.py`. A reaudit never reaches the agent, evidence,
rules or quality figures; what it found moves a score only as a correction that somebody makes openly.
"""
