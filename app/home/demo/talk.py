"""What is said in the sessions of the demo programme, and answered afterwards: drawn from the content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np

from app.home.demo import content
from app.home.demo.manners import COMMENTS, RATES
from app.home.demo.shapes.coaching import Promise, SessionNote

Draw = np.random.Generator
Thing = TypeVar("Thing")

WEEK = 7
PRIVATE_SHARE = 0.12
PROMISES = (0.15, 0.60, 0.25)  # shares of talks with none, one, two
SMALL_TALK_PROMISES = 0.3  # share of talks about nothing in particular with one


@dataclass(frozen=True, slots=True)
class Talk:
    """What one record of a session holds."""

    notes: str
    private_notes: str
    promises: Sequence[Promise]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent answers when confirming: a comment, disagreeing or not, two ratings; each may be left out."""

    comment: str | None
    disagrees: bool
    useful: int | None
    applicable: int | None


def draw_talk(rng: Draw, competency: str | None, language: str, *, promising: bool = False) -> Talk:
    """What is noted and promised in a session on a competency, or on nothing in particular.

    A `promising` one ends with a promise of the agent for a week at least.
    """
    told = content.coaching()
    private = _one(rng, told.private_notes).get(language) if rng.random() < PRIVATE_SHARE else ""
    if competency is None:
        strength = _one(rng, told.strengths)
        promises = [_one(rng, told.commitments)] if rng.random() < SMALL_TALK_PROMISES else []
        return Talk(strength.text.get(language), private, promises)
    note = told.written(_one(rng, _by_competency()[0][competency]), language)
    fitting = _by_competency()[1][competency]
    if promising:
        return Talk(
            note, private, [promise for promise in fitting if promise.owner == "agent" and promise.days >= WEEK][:1]
        )
    count = min(int(rng.choice(3, p=PROMISES)), len(fitting))
    chosen = rng.permutation(len(fitting))[:count]
    return Talk(note, private, [fitting[place] for place in chosen.tolist()])


def draw_answer(rng: Draw, language: str) -> Answer:
    """How an agent confirms a session."""
    given = _one(rng, content.coaching().acknowledgements)
    if rng.random() < COMMENTS:
        return Answer(given.text.get(language), given.disagrees, given.useful, given.applicable)
    if rng.random() < RATES and not given.disagrees:
        return Answer(None, False, given.useful, given.applicable)
    return Answer(None, False, None, None)


def _one(rng: Draw, things: Sequence[Thing]) -> Thing:
    return things[int(rng.integers(len(things)))]


@cache
def _by_competency() -> tuple[dict[str, list[SessionNote]], dict[str, list[Promise]]]:
    """Notes and promises by competency."""
    told = content.coaching()
    notes: dict[str, list[SessionNote]] = {}
    promises: dict[str, list[Promise]] = {}
    for note in told.notes:
        notes.setdefault(note.competency, []).append(note)
    for promise in told.commitments:
        promises.setdefault(promise.competency, []).append(promise)
    return notes, promises
