"""Pure decisions: who gets a seat, when a code of a session is taken, and how much of a cohort somebody attended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=30)
"""A code of a session is taken from so long before its beginning until so long after its end."""
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of codes that are read aloud: without letters and digits that are taken for each other."""


class Stage(StrEnum):
    """Where a nomination stands. What comes after a seat is read from attendance, the check and teach-backs."""

    NOMINATED = "nominated"
    WAITING = "waiting"  # approved by both sides, without a seat
    SEATED = "seated"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN_STAGES = (Stage.NOMINATED, Stage.WAITING, Stage.SEATED)


class Side(StrEnum):
    """Who approves a nomination."""

    PARTNER = "partner"
    PROGRAMME = "programme"


class Outcome(StrEnum):
    """What came of somebody in a cohort."""

    CERTIFIED = "certified"
    CONDITIONAL = "conditional"
    NOT_CERTIFIED = "not_certified"


class Checked(StrEnum):
    """How it is known that somebody was there."""

    LIST = "list"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody without a seat, in order of approval; partner None: of the programme itself."""

    id: int
    partner: int | None


def seated(
    waiting: Iterable[Waiting], *, seats: int, taken: Sequence[int | None], budgets: Mapping[int, int]
) -> list[int]:
    """Who of those who wait gets a seat now; `taken` has the partner of each seat that is taken already.

    Nobody goes past the seats of the cohort or the budget of their partner; who is stopped by the budget lets others by.
    """
    used, found = list(taken), []
    for one in waiting:
        if len(used) >= seats:
            break
        if one.partner is not None and used.count(one.partner) >= budgets.get(one.partner, 0):
            continue
        used.append(one.partner)
        found.append(one.id)
    return found


def code_is_taken(starts_at: datetime, minutes: int, at: datetime) -> bool:
    """Whether the code of a session is taken at that moment."""
    return starts_at - BEFORE <= at <= starts_at + timedelta(minutes=minutes) + AFTER


def tidy_code(typed: str) -> str:
    """A code as it was drawn, whatever space and case it was typed with."""
    return "".join(typed.split()).replace("-", "").upper()
