"""What comes next for one pair: how the next decision would go, and how far it is from closing and from opening.

Source: the gap model, docs/gap-model.md, section "States".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .posterior import believe
from .rules import DEFAULT_POLICY, GapState, Policy, decode, encode
from .states import NEVER, Signals, decide

FURTHEST = 60  # checks; what is further away is not told
AT_REST = frozenset({GapState.NONE, GapState.CLOSED, GapState.ARCHIVED})  # nothing to close
SETTLED = frozenset({GapState.OPEN, GapState.RELAPSED})  # nothing to open


@dataclass(frozen=True, slots=True)
class Standing:
    """One pair as it stands now, this week's findings included."""

    state: GapState
    n: float  # decayed standard checks
    f: float  # decayed fails
    expected: float  # fail rate to expect, before its own evidence
    target: float  # pass rate
    fails13: int
    checks13: int
    since: int
    completed: bool = False
    weeks_since_closed: int = NEVER
    closed_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen if the next checks came now.

    `clean_checks`: passes in a row until the gap is closed (a watch: until it ends); `misses`: fails in a row until it
    opens or opens again. 0: the next decision does it as things are; None: not from this state, or over `FURTHEST`.
    """

    probability: float
    next_state: GapState
    clean_checks: int | None
    misses: int | None


def look_ahead(pair: Standing, policy: Policy = DEFAULT_POLICY) -> Outlook:
    """Outlook of one pair; each check to come is a standard one, and nothing decays meanwhile."""
    clean, missed = _if_next(pair, fails=0), _if_next(pair, fails=1)
    after_clean, after_missed = _decided(pair.state, clean, policy), _decided(pair.state, missed, policy)
    relief = GapState.NONE if pair.state is GapState.WATCH else GapState.CLOSED
    return Outlook(
        probability=float(clean.probability[0]),
        next_state=after_clean[0],
        clean_checks=None if pair.state in AT_REST else _first(after_clean, {relief}),
        misses=None if pair.state in SETTLED else _first(after_missed, {GapState.OPEN, GapState.RELAPSED}),
    )


def _if_next(pair: Standing, *, fails: int) -> Signals:
    """Signals after 0, 1, 2 … more checks, each with as many fails."""
    more = np.arange(FURTHEST + 1)
    belief = believe(pair.n + more, pair.f + fails * more, pair.expected)
    return Signals(
        probability=belief.probability(pair.target),
        fails13=pair.fails13 + fails * more,
        checks13=pair.checks13 + more,
        since=pair.since + more,
        completed=np.full(len(more), pair.completed),
        weeks_since_closed=np.full(len(more), pair.weeks_since_closed),
        closed_by_hand=np.full(len(more), pair.closed_by_hand),
    )


def _decided(state: GapState, signals: Signals, policy: Policy) -> list[GapState]:
    return decode(decide(encode([state] * (FURTHEST + 1)), signals, policy))


def _first(states: list[GapState], wanted: set[GapState]) -> int | None:
    """The place of the first wanted state."""
    return next((count for count, state in enumerate(states) if state in wanted), None)
