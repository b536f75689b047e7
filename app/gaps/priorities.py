"""What to teach next month: how many avoidable errors each competency costs, and how sure the top five is.

Source: the gap model, docs/gap-model.md, section "Priorities of a month".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import rules
from .posterior import Beta
from .rules import Bools, Floats, Ints

DRAWN_PAIRS = 1_000  # of a competency; the sum over more is drawn from its normal limit, 25 times as fast


class Certainty(StrEnum):
    """Whether a competency is one of the five that need most."""

    CERTAIN = "certain"
    CONTESTED = "contested"
    NOT_TOP = "not_top"


@dataclass(frozen=True, slots=True)
class Needs:
    """The pairs of a month, one entry per pair."""

    competency: NDArray  # 0, 1, 2 …
    belief: Beta  # of the fail rate
    allowed: Floats  # fail rate 1 − T
    contacts: Floats  # a week; 1 for everybody where volumes are not known


@dataclass(frozen=True, slots=True)
class Priorities:
    """One entry per competency number: errors = 4 · Σ contacts · excess, score = errors · impact · effect."""

    agents: Ints  # with an estimated fail rate above the allowed
    excess: Floats  # their mean fail rate over the allowed, weighted by contacts; a fraction
    errors: Floats  # avoidable errors a month
    score: Floats  # of them those that reach a customer and that the module would remove


def impact(fatal: ArrayLike, odds_ratio: ArrayLike) -> Floats:
    """How much an error weighs: 3 with a fatal criterion, else its DSAT odds ratio, else (nan) 1."""
    odds_ratio = np.asarray(odds_ratio, float)
    return np.where(fatal, rules.FATAL_IMPACT, np.where(np.isnan(odds_ratio), 1.0, odds_ratio))


def shrunk_effect(measured: ArrayLike, agents: ArrayLike) -> Floats:
    """Share of the gap a module removes, measured on so many agents (0: never), drawn towards one half."""
    agents = np.asarray(agents, float)
    known = np.where(agents > 0, measured, 0.0)
    return (agents * known + rules.EFFECT_CHECKS * rules.EFFECT_UNKNOWN) / (agents + rules.EFFECT_CHECKS)


def prioritise(needs: Needs, impact: Floats, effect: Floats) -> Priorities:
    """The arithmetic of a month, one entry per competency; `impact` and `effect` have one entry per competency too."""
    count = len(impact)
    excess = np.maximum(0, needs.belief.rate - needs.allowed)
    above = excess > 0
    weekly = np.bincount(needs.competency, excess * needs.contacts, count)
    contacts = np.bincount(needs.competency[above], needs.contacts[above], count)
    errors = rules.WEEKS_A_MONTH * weekly
    return Priorities(
        agents=np.bincount(needs.competency[above], minlength=count),
        excess=np.divide(weekly, contacts, out=np.zeros(count), where=contacts > 0),
        errors=errors,
        score=errors * impact * effect,
    )


def top_shares(needs: Needs, impact: Floats, effect: Floats, *, seed: int) -> Floats:
    """In what share of 400 draws of all fail rates each competency is one of the five of the highest score, above 0."""
    rng = np.random.default_rng(seed)
    drawn = np.zeros((len(impact), rules.DRAWS))
    for number in np.unique(needs.competency).tolist():
        drawn[number] = _drawn_errors(_of(needs, needs.competency == number), rng)
    drawn *= (impact * effect)[:, None]
    place = np.argsort(np.argsort(-drawn, axis=0, kind="stable"), axis=0)
    return ((place < rules.TOP) & (drawn > 0)).mean(axis=1)


def certainty(share: float) -> Certainty:
    """What a share of the draws is called."""
    if share >= rules.CERTAIN_SHARE:
        return Certainty.CERTAIN
    return Certainty.CONTESTED if share > 1 - rules.CERTAIN_SHARE else Certainty.NOT_TOP


def _of(needs: Needs, mine: Bools) -> Needs:
    belief = Beta(needs.belief.a[mine], needs.belief.b[mine])
    return Needs(needs.competency[mine], belief, needs.allowed[mine], needs.contacts[mine])


def _drawn_errors(needs: Needs, rng: np.random.Generator) -> Floats:
    """Avoidable errors a week of all these pairs together, in each of 400 draws of their fail rates."""
    if len(needs.contacts) > DRAWN_PAIRS:
        mean, variance = _excess_moments(needs)
        total, spread = needs.contacts @ mean, np.sqrt(needs.contacts**2 @ variance)
        return np.maximum(0, rng.normal(total, spread, rules.DRAWS))
    rates = rng.beta(needs.belief.a[:, None], needs.belief.b[:, None], (len(needs.contacts), rules.DRAWS))
    return needs.contacts @ np.maximum(0, rates - needs.allowed[:, None])


def _excess_moments(needs: Needs) -> tuple[Floats, Floats]:
    """Mean and variance of max(0, q − allowed), q drawn from Beta(a, b): from its moments beyond the allowed rate."""
    a, b, limit = needs.belief.a, needs.belief.b, needs.allowed
    beyond = [Beta(a + power, b).probability(1 - limit) for power in (0, 1, 2)]
    first = a / (a + b) * beyond[1]
    second = a * (a + 1) / ((a + b) * (a + b + 1)) * beyond[2]
    mean = first - limit * beyond[0]
    return mean, np.maximum(0, second - 2 * limit * first + limit**2 * beyond[0] - mean**2)
