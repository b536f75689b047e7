"""Pure decisions: who gets a seat in a live session."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Stage(StrEnum):
    """Where somebody stands with a session."""

    SEATED = "seated"
    WAITING = "waiting"
    GIVEN_BACK = "given_back"


HOLDS = (Stage.SEATED, Stage.WAITING)


def next_seated(waiting: Sequence[int], *, seats: int, taken: int) -> list[int]:
    """Who of those who wait, in their order, gets a seat now. Nobody loses one when there are fewer than before."""
    return list(waiting[: max(seats - taken, 0)])
