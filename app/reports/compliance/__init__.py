"""Coaching compliance of a month, by what it is cut by.

How it is told: `layout.py`; its tables, chart, sentences and plain values each have a module.
"""

from app.reports.compliance.layout import DECLARED, Show
from app.reports.compliance.wording import definitions

__all__ = ["DECLARED", "Show", "definitions"]
