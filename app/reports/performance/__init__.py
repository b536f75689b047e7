"""Performance against target: every figure of a unit by month, computed here or imported, with what chance explains."""

from app.reports.performance.figures import TREND_MONTHS, Performance, performance
from app.reports.performance.layout import DECLARED, definitions, report, source

__all__ = ["DECLARED", "TREND_MONTHS", "Performance", "definitions", "performance", "report", "source"]
