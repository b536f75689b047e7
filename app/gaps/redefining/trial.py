"""What another target or another map would do, decided on the evidence of the last decision: nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from app.core.clock import week_number
from app.gaps import board, decisions, policies, posterior, rules, standing, states
from app.gaps.evidence import Reading
from app.gaps.redefining import deriving, size
from app.gaps.rules import ACTIVE, Codes, Floats, GapState, Ints

ACTIVE_CODES = tuple(state.code for state in ACTIVE)


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair that would stand otherwise."""

    person_id: int
    competency_id: int
    now: GapState
    then: GapState
    probability_before: float
    probability: float
    """As it would be."""
    fails13: int
    checks13: int


@dataclass(frozen=True, slots=True)
class Trial:
    """The last decision made again as things are kept, and as they would be."""

    week: date
    opens: int
    """Pairs that would be active and are not."""
    closes: int
    """Pairs that are active and would not be any more."""
    differences: Sequence[Difference]
    """The most active first, then the surest."""
    drawn: int | None = None
    """On so many agents, drawn by chance, where there are too many to try it on all; none: on everybody."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """What a decision looks at, one entry a pair, sorted by key."""

    key: Ints
    n: Floats
    f: Floats
    since: Ints
    checks13: Ints
    fails13: Ints


def run(session: Session, about: Collection[int], reading: Reading) -> Trial | None:
    """Try a reading of the checks of these competencies; None before any week is decided."""
    last = decisions.last_decided(session)
    if last is None:
        return None
    sunday = standing.sunday(last)
    where, found = standing.belonging(session, sunday), board.load(session)
    people = size.drawn(session)
    fresh = deriving.count(session, about, replace(reading, only=frozenset(about)), sunday, people)
    folded = standing.gather(session, *fresh, as_of=week_number(last), where=where)
    now = _of(_Pairs(found.key, found.n, found.f, found.since, found.checks13, found.fails13), about, people)
    then = _with(now, folded, about)
    known, held = np.union1d(now.key, then.key), standing.targets(session)
    state, closed = _states(session, found, known)
    before, p_now = _decide(session, now, known, held, (state, closed), where, last)
    after, p_then = _decide(session, then, known, {**held, **reading.targets}, (state, closed), where, last)
    was, will = np.isin(before, ACTIVE_CODES), np.isin(after, ACTIVE_CODES)
    differ = np.flatnonzero(before != after)
    order = differ[np.lexsort((-p_then[differ], ~(will | was)[differ]))]
    fails, checks = _spread(then.fails13, then.key, known), _spread(then.checks13, then.key, known)
    return Trial(
        sunday, int((will & ~was).sum()), int((was & ~will).sum()),
        [
            Difference(
                int(known[i] >> 20), int(known[i] & 0xFFFFF), rules.STATES[before[i]], rules.STATES[after[i]],
                float(p_now[i]), float(p_then[i]), int(fails[i]), int(checks[i]),
            )
            for i in order.tolist()
        ],
        None if people is None else len(people),
    )  # fmt: skip


def _of(pairs: _Pairs, about: Collection[int], people: Sequence[int] | None) -> _Pairs:
    """Without the pairs of other people on these competencies."""
    if people is None:
        return pairs
    stay = np.isin(pairs.key & 0xFFFFF, list(about), invert=True) | np.isin(pairs.key >> 20, people)
    return _Pairs(*(getattr(pairs, one.name)[stay] for one in fields(_Pairs)))


def _with(now: _Pairs, folded: standing.Standings, about: Collection[int]) -> _Pairs:
    """These pairs, those of the competencies tried taken from what was folded."""
    stay = np.isin(now.key & 0xFFFFF, list(about), invert=True)
    key = np.concatenate([now.key[stay], standing.keys(folded.person, folded.competency)])
    order = np.argsort(key)

    def joined(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.concatenate([old[stay], new])[order]

    evidence, window = folded.evidence, folded.window
    return _Pairs(
        key[order], joined(now.n, evidence.n), joined(now.f, evidence.f), joined(now.since, evidence.since),
        joined(now.checks13, window.checks), joined(now.fails13, window.fails),
    )  # fmt: skip


def _states(session: Session, found: board.Board, known: Ints) -> tuple[Codes, Ints]:
    """State of each pair, and the week it was closed in last (−1: never)."""
    state, closed = board.states(session, found)
    at, mine = standing.place(found.key, known)
    if not len(found):
        return np.zeros(len(known), np.int8), np.full(len(known), -1, np.int64)
    return np.where(mine, state[at], np.int8(0)).astype(np.int8), np.where(mine, closed[at], -1)


def _decide(
    session: Session,
    pairs: _Pairs,
    known: Ints,
    targets: dict[int, float],
    before: tuple[Codes, Ints],
    where: standing.Belonging,
    last: date,
) -> tuple[Codes, Floats]:
    """The states of the known pairs by one more decision on this evidence, and how sure it is."""
    person, competency = known >> 20, known & 0xFFFFF
    n, f = _spread(pairs.n, pairs.key, known), _spread(pairs.f, pairs.key, known)
    goal = np.array([targets[one] for one in competency.tolist()], dtype=float)
    mean = posterior.expected_rates(standing.groups(where, person, competency), n, f)
    probability = posterior.believe(n, f, mean).probability(goal) if len(goal) else goal
    week = last + timedelta(weeks=1)
    terms, _ids = policies.of_pairs(session, policies.in_force(session, week), where, person, competency)
    state, closed = before
    signals = states.Signals(
        probability=probability,
        fails13=_spread(pairs.fails13, pairs.key, known),
        checks13=_spread(pairs.checks13, pairs.key, known),
        since=_spread(pairs.since, pairs.key, known),
        completed=np.zeros(len(known), bool),
        weeks_since_closed=np.where(closed < 0, states.NEVER, week_number(last) - closed),
        closed_by_hand=np.zeros(len(known), bool),
    )
    return states.decide(state, signals, terms), probability


def _spread(values: np.ndarray, key: Ints, known: Ints) -> np.ndarray:
    """The value of each known pair, 0 where there is none."""
    at, mine = standing.place(key, known)
    return np.where(mine, values[at], 0) if len(key) else np.zeros(len(known), values.dtype)


__all__ = ["Difference", "Trial", "run"]
