"""When a report is due to be mailed, and which month it tells of: pure decisions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from app.core.clock import last_month, month_start, next_month

LATEST = timedelta(hours=20)
"""What should have been sent longer ago is not sent any more: its time has passed."""
BIGGEST = 5_000_000
"""Bytes of an attachment; a larger file is read in Hilo."""
LAST_DAY = 28
"""Every month has it."""


class Every(StrEnum):
    """How often."""

    WEEK = "week"
    MONTH = "month"


class Told(StrEnum):
    """Which month a letter tells of."""

    BEFORE = "before"
    THIS = "this"
    NEXT = "next"


class Outcome(StrEnum):
    """What became of a letter to one recipient."""

    WAITING = "waiting"
    SENT = "sent"
    LEFT = "left"
    NO_ADDRESS = "no_address"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_REACH = "out_of_reach"
    STOPPED = "stopped"


def last_due(every: Every, day: int, hour: int, here: datetime) -> date:
    """The last day on which it was due, for a recipient whose clock shows `here`.

    `day` is a weekday from 0 for Monday, or a day of the month.
    """
    today = here.date()
    if every is Every.WEEK:
        found = today - timedelta(days=(today.weekday() - day) % 7)
        return found if found < today or here.hour >= hour else found - timedelta(days=7)
    found = today.replace(day=day)
    return found if found < today or (found == today and here.hour >= hour) else last_month(today).replace(day=day)


def month_told(told: Told, day: date) -> date:
    """The month a letter of that day tells of."""
    month = month_start(day)
    return {Told.BEFORE: last_month(month), Told.THIS: month, Told.NEXT: next_month(month)}[told]
