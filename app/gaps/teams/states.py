"""What is decided of teams, for every team and competency at once. Source: docs/gap-model.md, section "Team gap"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.gaps import rules
from app.gaps.rules import DEFAULT_POLICY, Bools, Codes, Floats, GapState, Ints

FEW_SHARE = 0.25
"""Fewer of a team's agents than this: it is the gap of some agents, and not the team's any more."""
LEAST_AGENTS = 2
TAKES_WEEKS = 8
"""So long after a remedy a team that is as sure below target as to open again has not taken it."""

_NONE, _OPEN, _RELAPSED = GapState.NONE.code, GapState.OPEN.code, GapState.RELAPSED.code
_IN_REMEDIATION, _CLOSING, _CLOSED = GapState.IN_REMEDIATION.code, GapState.CLOSING.code, GapState.CLOSED.code


@dataclass(frozen=True, slots=True)
class Signals:
    """What the decision of a week looks at, one entry per team and competency."""

    probability: Floats  # that the true pass rate of the team is below target
    agents: Ints  # with evidence on it
    likely: Ints  # of them, those more likely than not below target themselves
    completed: Ints  # of these, those who completed a remedy in this week
    weeks_in_state: Ints
    weeks_since_closed: Ints  # `gaps.states.NEVER` where it never was


def decide(state: Codes, now: Signals) -> Codes:
    """The states after this week's decision. A remedy counts first; where several lines match, closed wins, then open.

    Opens where the pooled evidence says so and half of the agents share it; closes where the evidence is clearly for
    the team, or few share it any more. The bars are those of agents, far apart so that a gap does not flicker.
    """
    p, policy = now.probability, DEFAULT_POLICY
    remedied = (now.completed > 0) & (2 * now.completed >= now.likely)
    state = np.where(remedied & _any(state, _OPEN, _RELAPSED, _CLOSING), np.int8(_IN_REMEDIATION), state)
    active, closing = _any(state, _OPEN, _RELAPSED, _IN_REMEDIATION), state == _CLOSING
    shared = rules.is_team_gap(p, now.agents, now.likely) & (now.agents >= LEAST_AGENTS)
    mostly = (now.likely >= rules.MEMBER_SHARE * now.agents) & (p >= policy.reopen_probability)
    few = now.likely < FEW_SHARE * now.agents
    recent = now.weeks_since_closed <= policy.relapse_weeks
    not_taken = (state == _IN_REMEDIATION) & (now.weeks_in_state >= TAKES_WEEKS)
    lines = (
        ((active | closing) & ((now.agents == 0) | (p <= policy.close_probability) | few), _CLOSED),
        (shared & (state == _CLOSED) & recent, _RELAPSED),
        (shared & _any(state, _NONE, _CLOSED) | mostly & (closing | not_taken), _OPEN),
        (active & (p < policy.closing_below), _CLOSING),
    )
    return np.select([match for match, _ in lines], [np.int8(code) for _, code in lines], default=state)


def _any(state: Codes, *codes: int) -> Bools:
    return np.isin(state, codes)
