"""What comes next for one pair: how the next decision would go, and how far it is from closing and from opening.

Source: the gap model, docs/gap-model.md, section "States".
"""

from __future__ import annotations

from dataclasses import dataclass

from .rules import DEFAULT_POLICY, GapState, Policy, decode, encode
from .states import NEVER, decide

FURTHEST = 60  # checks; what is further away is not told


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
    opens or opens again. 0: the next decision does it as things are; None: not from this state, or further than `FURTHEST`.
    """

    probability: float
    next_state: GapState
    clean_checks: int | None
    misses: int | None


def look_ahead(pair: Standing, policy: Policy = DEFAULT_POLICY) -> Outlook:
    """Outlook of one pair; each check to come is a standard one, and nothing decays meanwhile."""
    clean, missed = _if_next(pair, fails=0), _if_next(pair, fails=1)
    if pair.state is GapState.WATCH:
        good = _becomes(pair, clean, {GapState.NONE}, policy)
    else:
        good = _becomes(pair, clean, {GapState.CLOSED}, policy)
    bad = _becomes(pair, missed, {GapState.OPEN, GapState.RELAPSED}, policy)
    settled = pair.state in {GapState.OPEN, GapState.RELAPSED}
    at_rest = pair.state in {GapState.NONE, GapState.CLOSED, GapState.ARCHIVED}
    return Outlook(
        probability=float(clean.probability[0]),
        next_state=decode(decide(encode([pair.state] * len(good)), clean, policy))[0],
        clean_checks=None if at_rest else _first(good),
        misses=None if settled else _first(bad),
    )
