"""What a remedy did: the improvement that followed it, less the one that would have come anyway.

Agents are sent to learn when they do badly, and who does badly by chance does better afterwards by itself. So each
remedied pair is compared with the pairs most like it that were not remedied then. Source: the gap model,
docs/gap-model.md, section "Effect of a remedy". Pure arithmetic: arrays in, arrays out; rates are fail rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rules import PRIOR_CHECKS, Bools, Floats, Ints

WATCHED_WEEKS = 8  # after the week of completion
RATE_WEEKS = 4  # "last month"
CONTROLS = 40
FARTHEST = 0.6
RATE_WEIGHT = 1.5
DRAWS = 500
WIDER = 1.3  # the half-width of the interval: agents of one team are more alike than drawing them one by one says
TAIL = 0.05
LEAST_AGENTS, VERDICT_AGENTS, LEAST_CONTROLS = 10, 20, 5
SEED = 20_261_101


class Verdict(StrEnum):
    """What may be said of a remedy."""

    TOO_EARLY = "too_early"
    EARLY_SIGN = "early_sign"
    WORKS = "works"
    NO_SIGN = "no_sign"
    WORSE = "worse"


def expected_rate(n: ArrayLike, f: ArrayLike, mean: ArrayLike) -> Floats:
    """x: what to expect of a pair on all that was known of it, (F + 16 m) / (N + 16)."""
    n, f, mean = np.asarray(n, float), np.asarray(f, float), np.asarray(mean, float)
    return (f + PRIOR_CHECKS * mean) / (n + PRIOR_CHECKS)


def nearest(x: float, rate: float, others_x: Floats, others_rate: Floats, eligible: Bools) -> Ints:
    """The places of the pairs most like one: at most 40, by |log x − log x'| + 1.5·|rate − rate'|, none farther than .6."""
    distance = np.abs(np.log(others_x) - np.log(x)) + RATE_WEIGHT * np.abs(others_rate - rate)
    near = np.flatnonzero(eligible & (distance < FARTHEST))
    if len(near) > CONTROLS:
        near = near[np.argpartition(distance[near], CONTROLS)[:CONTROLS]]
    return near


@dataclass(frozen=True, slots=True)
class Events:
    """Completed remedies that were watched; arrays of one length. A gain is Σ checks · (expected − observed rate)."""

    agent: Ints
    gain: Floats
    checks: Floats
    control_gain: Floats
    control_checks: Floats
    controls: Ints
    excess: Floats
    """Expected rate over the allowed one: how large the gap was."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a remedy did, in points of pass rate (fractions), with its 90 % interval; none where nobody was watched."""

    agents: int
    events: int
    checks: float
    points: float | None
    low: float | None
    high: float | None
    raw: float | None
    """Expected less observed, not corrected."""
    controlled: bool
    share: float | None
    """Of the gap it removed, 0 to 1; none where there was none to remove."""
    verdict: Verdict


NOTHING = Effect(0, 0, 0.0, None, None, None, None, controlled=False, share=None, verdict=Verdict.TOO_EARLY)


def effect(events: Events, *, seed: int = SEED) -> Effect:
    """The effect over these events, with its interval by drawing agents again, and what may be said of it."""
    seen = events.checks > 0
    agents = len(np.unique(events.agent[seen]))
    if not agents:
        return NOTHING
    controlled = int(events.controls[seen].sum()) >= LEAST_CONTROLS and float(events.control_checks[seen].sum()) > 0
    sums = _by_agent(events, seen)
    points = float(_points(sums.sum(axis=1), controlled))
    low, high = _interval(sums, points, controlled, seed)
    weight = events.checks[seen]
    gap = float((weight * events.excess[seen]).sum() / weight.sum())
    return Effect(
        agents=agents,
        events=int(seen.sum()),
        checks=float(weight.sum()),
        points=points,
        low=low,
        high=high,
        raw=float(_points(sums.sum(axis=1), controlled=False)),
        controlled=controlled,
        share=min(max(points / gap, 0.0), 1.0) if gap > 0 else None,
        verdict=verdict(agents, low, high),
    )


def verdict(agents: int, low: float, high: float) -> Verdict:
    """What may be said with so many agents and this interval."""
    if agents < LEAST_AGENTS:
        return Verdict.TOO_EARLY
    if agents < VERDICT_AGENTS:
        return Verdict.EARLY_SIGN
    if low > 0:
        return Verdict.WORKS
    return Verdict.WORSE if high < 0 else Verdict.NO_SIGN


def _by_agent(events: Events, seen: Bools) -> Floats:
    """Sums of gain, checks, the controls' gain and their checks (rows) by agent (columns)."""
    agents, index = np.unique(events.agent[seen], return_inverse=True)
    parts = (events.gain, events.checks, events.control_gain, events.control_checks)
    return np.stack([np.bincount(index, part[seen], len(agents)).astype(float) for part in parts])


def _points(sums: NDArray[np.float64], controlled: bool) -> Floats:
    """Effect of sums whose first axis is (gain, checks, controls' gain, controls' checks)."""
    gain = np.divide(sums[0], sums[1], out=np.zeros_like(sums[0]), where=sums[1] > 0)
    if not controlled:
        return gain
    return gain - np.divide(sums[2], sums[3], out=np.zeros_like(sums[2]), where=sums[3] > 0)


def _interval(sums: Floats, points: float, controlled: bool, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    count = sums.shape[1]
    drawn = rng.integers(0, count, (DRAWS, count))
    again = np.stack([part[drawn].sum(axis=1) for part in sums])
    low, high = np.quantile(_points(again, controlled), [TAIL, 1 - TAIL])
    half = WIDER * float(high - low) / 2
    return points - half, points + half
