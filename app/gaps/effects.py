"""What a check is worth: effects of criterion, auditor, purpose and team, and standard checks.

Source: the gap model, docs/gap-model.md, section "What a check is worth".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import rules
from .rules import Floats, Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """Findings that were pass or fail, grouped; six arrays of one length. Ids are numbers or words, never None."""

    criterion: NDArray
    auditor: NDArray
    purpose: NDArray
    team: NDArray
    n: NDArray
    fails: NDArray

    def only(self, criteria: Collection[int]) -> Counts:
        """The groups of these criteria."""
        mine = np.isin(self.criterion, sorted(criteria))
        return Counts(*(getattr(self, one.name)[mine] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Effects:
    """One fitted version, in logits of the fail rate, by id. What it does not know has no effect."""

    criterion: dict = field(default_factory=dict)
    auditor: dict = field(default_factory=dict)
    purpose: dict = field(default_factory=dict)
    team: dict = field(default_factory=dict)
    applications: dict = field(default_factory=dict)  # findings per criterion that the version rests on


NO_EFFECTS = Effects()


class _Block:
    """The effects of one kind while they are fitted."""

    def __init__(self, ids: NDArray, ridge: float, start: float = 0.0) -> None:
        self.ids, self.index = np.unique(ids, return_inverse=True)
        self.ridge = ridge
        self.values = np.full(len(self.ids), start)

    def contribution(self) -> Floats:
        return self.values[self.index]

    def origin(self) -> float:
        """What every effect of the kind is measured from."""
        return 0.0

    def newton(self, residual: Floats, information: Floats) -> None:
        """One Newton step of this block, the others held: Σ(f − n·p) over Σ n·p·(1 − p), with its ridge."""
        slope = np.bincount(self.index, residual, len(self.ids)) - self.ridge * self.values
        curvature = np.bincount(self.index, information, len(self.ids)) + self.ridge
        self.values = self.values + np.clip(slope / curvature, -rules.LONGEST_STEP, rules.LONGEST_STEP)
        self.values -= self.origin()

    def by_id(self) -> dict:
        return dict(zip(self.ids.tolist(), self.values.tolist(), strict=True))


class _Centred(_Block):
    """Effects around their mean: a severe auditor is severe beside the others."""

    def origin(self) -> float:
        return float(self.values.mean())


class _Purposes(_Block):
    """Effects beside a random audit's (the commonest purpose's, where none is random).

    Without an origin the ridge would share every criterion's difficulty with the purposes, and a plain
    check would no longer count as one.
    """

    def __init__(self, ids: NDArray, ridge: float, n: Floats) -> None:
        super().__init__(ids, ridge)
        plain = np.flatnonzero(self.ids == rules.PLAIN_PURPOSE)
        self.plain = int(plain[0]) if len(plain) else int(np.argmax(np.bincount(self.index, n)))

    def origin(self) -> float:
        return float(self.values[self.plain])


def may_fit(weeks: float, findings: int) -> bool:
    """Whether there is enough for a first version: four weeks, or 2,000 findings."""
    return weeks >= rules.FIRST_FIT_WEEKS or findings >= rules.FIRST_FIT_FINDINGS


def fit(counts: Counts) -> Effects:
    """Fit one version: logit P(fail) = b_criterion + a_auditor + r_purpose + t_team, six rounds of block Newton."""
    n, fails = np.asarray(counts.n, float), np.asarray(counts.fails, float)
    if not len(n):
        return NO_EFFECTS
    criterion = _Block(counts.criterion, rules.RIDGE_CRITERION, rules.START_LOGIT)
    auditor = _Centred(counts.auditor, rules.RIDGE_AUDITOR)
    purpose = _Purposes(counts.purpose, rules.RIDGE_PURPOSE, n)
    team = _Centred(counts.team, rules.RIDGE_TEAM)
    blocks: tuple[_Block, ...] = (criterion, auditor, purpose, team)
    for _ in range(rules.FIT_ROUNDS):
        for block in blocks:
            p = _sigmoid(sum((b.contribution() for b in blocks), np.zeros(len(n))))
            block.newton(fails - n * p, n * p * (1 - p))
    applications = np.bincount(criterion.index, n, len(criterion.ids)).astype(int)
    return Effects(
        criterion=criterion.by_id(),
        auditor=auditor.by_id(),
        purpose=purpose.by_id(),
        team=team.by_id(),
        applications=dict(zip(criterion.ids.tolist(), applications.tolist(), strict=True)),
    )


def fit_new(counts: Counts, known: Effects) -> dict:
    """The effects of criteria that a version does not know, by id, all others held as it has them."""
    n, fails = np.asarray(counts.n, float), np.asarray(counts.fails, float)
    others = [values_of(getattr(known, kind), getattr(counts, kind)) for kind in ("auditor", "purpose", "team")]
    block = _Block(counts.criterion, rules.RIDGE_CRITERION, rules.START_LOGIT)
    for _ in range(rules.FIT_ROUNDS):
        p = _sigmoid(sum(others, block.contribution()))
        block.newton(fails - n * p, n * p * (1 - p))
    return block.by_id()


def values_of(effects: Mapping, ids: ArrayLike) -> Floats:
    """The effect of each id, 0 where the version does not know it."""
    known, index = np.unique(np.asarray(ids), return_inverse=True)
    return np.array([effects.get(key, 0.0) for key in known.tolist()], float)[index]


def criterion_offsets(effects: Effects, criterion: ArrayLike, group: ArrayLike) -> Floats:
    """How much harder each criterion is than its competency on that scorecard: b − ref, in logits.

    One entry per criterion × competency. `group` numbers the competency on the scorecard (0, 1, 2 …); ref is the logit
    of the mean of σ(b) over the group, weighted by applications. A criterion that the version does not know is
    taken to be as hard as its group.
    """
    criterion, group = np.asarray(criterion), np.asarray(group)
    weight = values_of(effects.applications, criterion)
    b = values_of(effects.criterion, criterion)
    applied = np.bincount(group, weight)
    mean = np.bincount(group, weight * _sigmoid(b)) / np.maximum(applied, 1)
    ref = _logit(np.where(applied > 0, mean, 0.5))
    return np.where(weight > 0, b - ref[group], 0.0)


def standard_checks(offset: ArrayLike, auditor: ArrayLike, purpose: ArrayLike, target: ArrayLike) -> Floats:
    """What each finding counts for, in checks: e = σ(logit(1 − T) + d) / (1 − T), d the sum of its three effects.

    `offset` is from `criterion_offsets`, `auditor` and `purpose` from `values_of`, `target` the pass rate T.
    """
    allowed = rules.allowed_rate(target)
    d = np.asarray(offset, float) + np.asarray(auditor, float) + np.asarray(purpose, float)
    return _sigmoid(_logit(allowed) + d) / allowed


def group_numbers(*keys: ArrayLike) -> Ints:
    """Numbers 0, 1, 2 … of the distinct combinations of these keys, which are arrays of one length."""
    combined = np.zeros(len(np.asarray(keys[0])), dtype=np.int64)
    for key in keys:
        distinct, index = np.unique(np.asarray(key), return_inverse=True)
        combined = np.unique(combined * len(distinct) + index, return_inverse=True)[1]
    return combined


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def _logit(p: Floats) -> Floats:
    return np.log(p / (1 - p))
