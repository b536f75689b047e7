"""The words and constants of the gap model. Their source is the gap model, docs/gap-model.md."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Effects of criterion, auditor, purpose and team (section "What a check is worth")
FIT_ROUNDS = 6
FIT_WEEKS = 26  # findings a version rests on: the weeks before its month
FIRST_FIT_WEEKS = 4  # before the first version one of these two must be reached
FIRST_FIT_FINDINGS = 2_000
SETTLED_FINDINGS = 30  # a criterion that is new since the last fit is looked at again until it rests on so many
START_LOGIT = -2.0  # where a criterion's effect starts
RIDGE_CRITERION = 1.0
RIDGE_AUDITOR = 8.0
RIDGE_PURPOSE = 1.0
RIDGE_TEAM = 8.0
LONGEST_STEP = 2.0  # of a round, in logits: without a limit, criteria failed more often than not run away
PLAIN_PURPOSE = "random"  # the purpose that the others are measured from

ALLOWED_RATE = (0.001, 0.999)  # a target of 100 % allows one fail in a thousand, or no check could be weighed

# Memory (section "What is remembered")
HALF_LIFE_WEEKS = 8
DECAY = 2.0 ** (-1 / HALF_LIFE_WEEKS)  # what is left of evidence after one week
HALVING = 0.5  # what is left of earlier evidence when a remedy is completed, or the line of business changes
WINDOW_WEEKS = 13  # raw counts that are said aloud and that the least evidence is asked of

# Probability (section "How sure")
PRIOR_CHECKS = 16.0  # weight of the expected rate, in checks; a fitted one (some 60) hides real gaps
COMMON_FAILS, COMMON_CHECKS = 0.5, 5.0
SITE_CHECKS = 150.0
OTHERS_CHECKS = 4.0
OTHERS_RATIO = (0.3, 3.5)
OTHERS_POWER = 0.7
EXPECTED_RATE = (0.004, 0.6)
INTERVAL = 0.90
LEAST_SAID, MOST_SAID = 0.70, 0.99  # below: "no evidence"; never claim more

# Team gap (section "Team gap")
TEAM_PROBABILITY = 0.90
MEMBER_PROBABILITY = 0.50
MEMBER_SHARE = 0.5

# Priorities (section "Priorities of a month")
WEEKS_A_MONTH = 4
TOP = 5
DRAWS = 400
CERTAIN_SHARE = 0.90  # in the top five in this share of draws: certain; in one less this share: not in it
FATAL_IMPACT = 3.0
EFFECT_UNKNOWN = 0.5  # share of the gap a module removes, as long as none was measured
EFFECT_CHECKS = 20.0  # weight of that, in agents


class GapState(StrEnum):
    """Where an agent stands on a competency; `none` and `archived` are no gap."""

    NONE = "none"
    WATCH = "watch"
    OPEN = "open"
    IN_REMEDIATION = "in_remediation"
    CLOSING = "closing"
    CLOSED = "closed"
    RELAPSED = "relapsed"
    ARCHIVED = "archived"

    @property
    def code(self) -> int:
        """Its number in arrays: the place in the order above, which never changes."""
        return CODES[self]


STATES = tuple(GapState)
CODES: dict[str, int] = {state: code for code, state in enumerate(STATES)}
ACTIVE = frozenset({GapState.OPEN, GapState.IN_REMEDIATION, GapState.RELAPSED})

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]


def encode(states: Iterable[str]) -> Codes:
    """State codes of these states or their values; a value that is none raises `KeyError`."""
    return np.fromiter((CODES[state] for state in states), dtype=np.int8)


def decode(codes: Codes) -> list[GapState]:
    """The states of these codes."""
    return [STATES[code] for code in codes.tolist()]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the weekly decision asks for. P is the probability that the true pass rate is below target."""

    watch_probability: float = 0.70
    watch_ends_below: float = 0.50
    open_probability: float = 0.90
    open_fails: int = 2  # raw, in 13 weeks; a watch asks for as many
    open_checks: int = 4  # raw, in 13 weeks
    closing_below: float = 0.50
    closing_checks: int = 3  # since the remedy
    reopen_probability: float = 0.80
    reopen_checks: int = 8  # since the remedy: it did not take
    close_probability: float = 0.30
    close_checks: int = 6  # since the remedy; without one, in 13 weeks too
    relapse_weeks: int = 26  # after closing
    rearm_weeks: int = 4  # after closing by hand


DEFAULT_POLICY = Policy()
POLICY_TERMS = (
    "watch_probability", "watch_ends_below", "open_probability", "open_fails", "open_checks", "closing_below",
    "reopen_probability", "close_probability", "close_checks", "relapse_weeks",
)  # fmt: skip
"""What a programme may set of it; the rest is the same for all."""


def in_full_points(probability: float) -> float:
    """The probability as it is shown, in full percentage points: none is reached before it is, nor 99 % passed."""
    return min(math.floor(100 * probability + 1e-9) / 100, MOST_SAID)


def sayable(probability: float) -> float | None:
    """The probability as it may be said, in full points: none below 70 % ("no evidence"), never more than 99 %."""
    return None if probability < LEAST_SAID else in_full_points(probability)


def allowed_rate(target: ArrayLike) -> Floats:
    """Fail rate that a target pass rate allows: 1 − T."""
    return np.clip(1 - np.asarray(target, float), *ALLOWED_RATE)


def expected_misses(standard_checks: ArrayLike, target: ArrayLike) -> Floats:
    """Fails that an agent exactly at target would have had on these standard checks (not decayed)."""
    return np.asarray(standard_checks, float) * allowed_rate(target)


def is_team_gap(team_probability: ArrayLike, agents: ArrayLike, likely_agents: ArrayLike) -> Bools:
    """Whether a gap is the team's: its pooled evidence says so, and at least half of its agents share it.

    `agents` are those of the team with evidence on the competency, `likely_agents` those of them whose own
    probability is at least `MEMBER_PROBABILITY`.
    """
    agents = np.asarray(agents)
    shared = np.asarray(likely_agents) >= MEMBER_SHARE * agents
    return (np.asarray(team_probability) >= TEAM_PROBABILITY) & (agents > 0) & shared
