"""Markets beside each other: what is asked of each, and where they differ.

What differs: `compared.py`. What holds where: `gathered.py`. How it is told: `layout.py`.
"""

from app.reports.markets.layout import DECLARED

__all__ = ["DECLARED"]
