"""Pure decisions: how much time a sign of life adds, and whom a reminder would flood."""

from __future__ import annotations

from datetime import datetime, timedelta

MODULE_OVERDUE = "assignment.overdue"
PATH_OVERDUE = "path.overdue"
REMINDED = "learning.reminded"
SAID = (MODULE_OVERDUE, PATH_OVERDUE, REMINDED)
"""Notices that tell somebody of overdue learning."""
QUIET = timedelta(days=3)
"""Who was told within so long is not told again."""
PAUSE = timedelta(seconds=90)
"""A page that is open and looked at tells so each half minute; a longer silence was spent elsewhere."""
STARS = (1, 2, 3, 4, 5)


def seconds_since(seen_at: datetime | None, on: datetime) -> int:
    """How many seconds somebody has gone on reading since the last sign of life."""
    if seen_at is None or not timedelta(0) <= on - seen_at <= PAUSE:
        return 0
    return round((on - seen_at).total_seconds())
