"""The rubric a session is reviewed on, what a review comes to, and how sessions are drawn."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

FEWEST = 3
"""Of so few reviews no average is said."""
MOST_A_COACH = 10


class Item(StrEnum):
    """What is looked at in the record of a session."""

    EVIDENCE = "evidence"  # it starts from checks, gaps or earlier commitments
    BEHAVIOUR = "behaviour"  # it names a behaviour that can be seen next time
    LISTENED = "listened"  # the agent's own view is in it
    CAUSE = "cause"  # it looks for the cause before the remedy
    COMMITMENT = "commitment"  # it ends with a commitment that has an owner and a date
    CHECKED = "checked"  # it says how and when the change is checked


class Mark(StrEnum):
    """How far it is there."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NA = "na"  # it could not be asked of this session


POINTS = {Mark.YES: 2, Mark.PARTLY: 1, Mark.NO: 0}
MOST_POINTS = max(POINTS.values())


def score(marks: Mapping[Item, Mark]) -> tuple[int, int] | None:
    """Points reached, of how many there were to reach; None where nothing could be asked."""
    asked = [POINTS[mark] for mark in marks.values() if mark in POINTS]
    return (sum(asked), MOST_POINTS * len(asked)) if asked else None


def draw(sessions: Collection[int], many: int, seed: str) -> Sequence[int]:
    """So many of these at random, in order; the same for the same seed."""
    pool = sorted(sessions)
    return sorted(random.Random(seed).sample(pool, min(many, len(pool))))  # noqa: S311 -- a sample, no secret
