"""What is decided: the states of gaps, moved once a week for every pair at once.

Source: the gap model, docs/gap-model.md, section "States".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rules import DEFAULT_POLICY, LEAST_SAID, Bools, Codes, Floats, GapState, Ints, Policy

NEVER = 1_000_000  # weeks since closing of a pair that never was closed

_NONE, _WATCH, _OPEN = GapState.NONE.code, GapState.WATCH.code, GapState.OPEN.code
_IN_REMEDIATION, _CLOSING, _CLOSED = GapState.IN_REMEDIATION.code, GapState.CLOSING.code, GapState.CLOSED.code
_RELAPSED, _ARCHIVED = GapState.RELAPSED.code, GapState.ARCHIVED.code


@dataclass(frozen=True, slots=True)
class Signals:
    """What a weekly decision looks at, one entry per pair, as it stands at the end of Sunday."""

    probability: Floats  # that the true pass rate is below target
    fails13: Ints  # raw, in the last 13 weeks
    checks13: Ints
    since: Ints  # raw checks since the last completed remedy, from the first evidence where there is none
    completed: Bools  # a remedy of the competency was completed in this week
    weeks_since_closed: Ints  # `NEVER` where it never was
    closed_by_hand: Bools  # the last closing was a person's, not the evidence's


def hangs_on_probability(state: Codes, fails13: Ints, at_most: Floats, policy: Policy = DEFAULT_POLICY) -> Bools:
    """Pairs whose decision can depend on the probability, or for which it is said.

    All but those at rest with too few fails to be watched, or with a probability (`at_most` bounds it) too low for that.
    """
    at_rest = (state == _NONE) | (state == _CLOSED) | (state == _ARCHIVED)
    least = np.minimum(np.minimum(policy.watch_probability, policy.open_probability), LEAST_SAID)
    return ~at_rest | ((fails13 >= policy.open_fails) & (at_most >= least))


def decide(state: Codes, now: Signals, policy: Policy = DEFAULT_POLICY) -> Codes:
    """The states after this week's decision. Where several lines match, closed wins, then open, then closing.

    A remedy completed in the week counts first, so that the week's other lines see the gap in remediation. A pair
    without checks in 13 weeks is archived whatever it was; one that wakes is judged as if it had no state.
    """
    p, before = now.probability, state
    state = np.where(now.completed & _any(before, _OPEN, _RELAPSED, _CLOSING), np.int8(_IN_REMEDIATION), before)
    state = np.where((before == _ARCHIVED) & (now.checks13 > 0), np.int8(_NONE), state)
    held = now.closed_by_hand & (now.weeks_since_closed < policy.rearm_weeks)
    calm, closed, watched = state == _NONE, (state == _CLOSED) & ~held, state == _WATCH
    closing, in_remediation = state == _CLOSING, state == _IN_REMEDIATION

    suspect = now.fails13 >= policy.open_fails
    opens = suspect & (p >= policy.open_probability) & (now.checks13 >= policy.open_checks)
    recent = now.weeks_since_closed <= policy.relapse_weeks
    healed = (now.checks13 >= policy.close_checks) & _any(state, _OPEN, _RELAPSED, _IN_REMEDIATION)
    well = (p <= policy.close_probability) & (now.since >= policy.close_checks)
    not_taken = in_remediation & (now.since >= policy.reopen_checks)
    better = (p < policy.closing_below) & (now.since >= policy.closing_checks)
    lines = (
        (now.checks13 == 0, _ARCHIVED),
        (well & (closing | healed), _CLOSED),
        (opens & closed & recent, _RELAPSED),
        (opens & (calm | watched | closed) | (p >= policy.reopen_probability) & (closing | not_taken), _OPEN),
        (better & _any(state, _OPEN, _RELAPSED, _IN_REMEDIATION), _CLOSING),
        (suspect & (p >= policy.watch_probability) & (calm | closed), _WATCH),
        (watched & (p < policy.watch_ends_below), _NONE),
    )
    return np.select([match for match, _ in lines], [np.int8(code) for _, code in lines], default=state)


def _any(state: Codes, *codes: int) -> Bools:
    """Which pairs are in one of these states."""
    return np.logical_or.reduce([state == code for code in codes])
