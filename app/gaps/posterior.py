"""How sure: the expected fail rate of a pair before its own evidence, and the probability after it.

Source: the gap model, docs/gap-model.md, section "How sure". All rates are fail rates unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import rules
from .rules import Bools, Floats


@dataclass(frozen=True, slots=True)
class Groups:
    """Where each pair belongs, as numbers 0, 1, 2 …; three arrays of one length."""

    line: NDArray  # line of business × competency
    site: NDArray  # line of business × site × competency
    agent: NDArray


@dataclass(frozen=True, slots=True)
class Beta:
    """What is believed of each pair's fail rate: a Beta distribution with these two counts."""

    a: Floats
    b: Floats

    @property
    def rate(self) -> Floats:
        """Estimated fail rate."""
        return self.a / (self.a + self.b)

    def probability(self, target: ArrayLike) -> Floats:
        """Probability that the true pass rate is below `target`: 1 − I_(1 − T)(a, b)."""
        from scipy.special import betainc

        # betaincc would say the same to 1e-14 and takes nine times as long
        return 1 - betainc(self.a, self.b, rules.allowed_rate(target))

    def at_most(self, target: ArrayLike) -> Floats:
        """A bound that `probability` does not exceed, at a fraction of its cost: Cantelli's inequality."""
        total = self.a + self.b
        rate = self.a / total
        distance, variance = rules.allowed_rate(target) - rate, rate * (1 - rate) / (total + 1)
        return np.where(distance > 0, variance / (variance + distance**2), 1.0)


def common_rate(f: ArrayLike, n: ArrayLike) -> Floats:
    """Rate of a line of business on a competency, from its sums of decayed fails and standard checks."""
    return (np.asarray(f, float) + rules.COMMON_FAILS) / (np.asarray(n, float) + rules.COMMON_CHECKS)


def site_rate(f: ArrayLike, n: ArrayLike, common: ArrayLike) -> Floats:
    """Rate of a site, from its own sums, drawn towards the common rate of its line of business."""
    weight = rules.SITE_CHECKS
    return (np.asarray(f, float) + weight * np.asarray(common, float)) / (np.asarray(n, float) + weight)


def others_ratio(observed: ArrayLike, expected: ArrayLike) -> Floats:
    """How the agent does on the *other* competencies: fails there over the fails their sites' rates led to expect."""
    weight = rules.OTHERS_CHECKS
    ratio = (np.asarray(observed, float) + weight) / (np.asarray(expected, float) + weight)
    return np.clip(ratio, *rules.OTHERS_RATIO)


def expected_rate(site: ArrayLike, ratio: ArrayLike) -> Floats:
    """The rate to expect before looking at the pair's own evidence."""
    return np.clip(np.asarray(site, float) * np.asarray(ratio, float) ** rules.OTHERS_POWER, *rules.EXPECTED_RATE)


def expected_rates(groups: Groups, n: Floats, f: Floats) -> Floats:
    """Expected rate m of every pair; `n`, `f`: decayed checks and fails of *all* pairs of their lines of business."""
    common = common_rate(_total(groups.line, f), _total(groups.line, n))
    site = site_rate(_total(groups.site, f), _total(groups.site, n), common)
    expected = n * site
    ratio = others_ratio(_total(groups.agent, f) - f, _total(groups.agent, expected) - expected)
    return expected_rate(site, ratio)


def believe(n: ArrayLike, f: ArrayLike, expected: ArrayLike) -> Beta:
    """What is believed of pairs with decayed checks `n`, fails `f` and the expected rate m.

    a = F + 16 m, b = N − F + 16 (1 − m). Fails can outnumber standard checks, as a lenient auditor's count for less;
    passes are then none.
    """
    n, f, expected = np.asarray(n, float), np.asarray(f, float), np.asarray(expected, float)
    prior = rules.PRIOR_CHECKS
    return Beta(a=f + prior * expected, b=np.maximum(n - f, 0) + prior * (1 - expected))


def probability_where(belief: Beta, target: ArrayLike, needed: Bools) -> Floats:
    """`Beta.probability` of the pairs in `needed`, 0 of the others: for decisions that cannot hang on it there."""
    target = np.broadcast_to(np.asarray(target, float), belief.a.shape)
    found = np.zeros(belief.a.shape)
    found[needed] = Beta(belief.a[needed], belief.b[needed]).probability(target[needed])
    return found


def _total(group: NDArray, amount: Floats) -> Floats:
    """Sum of the group of each entry."""
    return np.bincount(group, amount)[group]
