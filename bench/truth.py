"""How well gaps, effects and priorities are found in worlds with known truth, beside the rules that tools use today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.gaps import rules
from app.gaps.rules import ACTIVE
from bench.follower import Model
from bench.training import Training, Verdict
from bench.worlds import AGENTS, COMPETENCIES, WEEKS, Floats, World

FIRST_SCORED, EVERY = 16, 4
CLEAR = 0.05  # a true gap lies so far below target
EARLY, LATEST = 8, 16  # weeks within which a sudden gap is to be found
RULES = ("Hilo", "month below target, n ≥ 3", "three fails in a month", "Wilson 90 %, quarter")
ACTIVE_CODES = tuple(state.code for state in ACTIVE)


@dataclass(slots=True)
class Score:
    """Flags against the truth, over all snapshots."""

    hits: int = 0
    false: int = 0
    missed: int = 0
    agents: int = 0
    ranked: list[tuple[Floats, NDArray[np.bool_]]] = field(default_factory=list)

    def add(self, flagged: NDArray[np.bool_], value: Floats, gap: NDArray[np.bool_], fine: NDArray[np.bool_]) -> None:
        self.hits += int((flagged & gap).sum())
        self.false += int((flagged & fine).sum())
        self.missed += int((~flagged & gap).sum())
        self.agents += AGENTS
        self.ranked.append((value[gap | fine], gap[gap | fine]))

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.missed)

    @property
    def per_thousand(self) -> float:
        return 1_000 * self.false / max(1, self.agents)

    @property
    def area(self) -> float:
        """Under the curve of precision by recall."""
        value, gap = (np.concatenate(part) for part in zip(*self.ranked, strict=True))
        hit = gap[np.argsort(-value, kind="stable")]
        return float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean())


@dataclass(slots=True)
class Found:
    """What one world showed."""

    scores: dict[str, Score]
    audits: int
    sudden: Sudden
    modules: list[Verdict]
    top_five: tuple[float, float]
    """Of the five competencies of most need, how many priorities and raw fail counts have among their five."""


def _wilson(fails: NDArray, checks: NDArray) -> Floats:
    """Lower end of the 90 % interval of a fail rate."""
    z, n = 1.645, np.maximum(checks, 1)
    rate = fails / n
    centre, half = rate + z**2 / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return np.where(checks > 0, (centre - half) / (1 + z**2 / n), 0)


def simulate(seed: int, *, watch_audits: int = 0, more: float = 0.0) -> Found:
    """Live one world to its end; with `watch_audits`, so many more are asked for a pair that comes under watch.

    `more` are audits of everybody beyond the usual, as a share: what the same cost brings when it is spent evenly.
    """
    world = World(seed, more=more)
    model = Model(world, watch_audits)
    training, sudden = Training(world, model), Sudden(world)
    scores = {name: Score() for name in RULES}
    tops: list[tuple[int, int]] = []
    for week in range(WEEKS):
        new = world.live(week)
        model.forget(new)
        training.forget(new)
        completed = training.complete(week)
        model.see(week, world.audit(), completed)
        training.follow(week)
        active = np.isin(model.state, ACTIVE_CODES)
        sudden.note(week, active, model.target)
        if week >= FIRST_SCORED and week % EVERY == 0:
            _score(scores, world, model, active)
            tops.append(_top_five(world, model))
    ours, raw = np.mean(tops, axis=0)
    return Found(scores, world.audits, sudden, list(training.verdicts()), (float(ours), float(raw)))


class Sudden:
    """Gaps that opened in truth from one week to the next, and when they were flagged."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.active: list[NDArray[np.bool_]] = []
        self.falls: list[tuple[int, int]] = []

    def note(self, week: int, active: NDArray[np.bool_], target: Floats) -> None:
        """Note whom a week took down by what counts as a gap, and which pairs are flagged at its end."""
        clear = self.world.truth().ravel() >= 1 - target + CLEAR
        self.falls += [(pair, week) for pair in np.flatnonzero((self.world.fell.ravel() == week) & clear).tolist()]
        self.active.append(active)

    def watched(self) -> list[tuple[int, int]]:
        """Those of people who were there for the sixteen weeks after."""
        hired = self.world.hired[self.world.agent]
        return [(pair, week) for pair, week in self.falls if week <= WEEKS - LATEST and hired[pair] <= week]

    def found(self, weeks: int) -> int:
        """How many were flagged within so many weeks."""
        return sum(any(flags[pair] for flags in self.active[week : week + weeks]) for pair, week in self.watched())


def _score(scores: dict[str, Score], world: World, model: Model, active: NDArray[np.bool_]) -> None:
    truth, allowed = world.truth().ravel(), 1 - model.target
    gap, fine = truth >= allowed + CLEAR, truth <= allowed
    checks4, fails4 = model.recent(4)
    checks13, fails13 = model.recent(13)
    month = np.where(checks4 > 0, fails4 / np.maximum(checks4, 1), 0)
    told = {
        "Hilo": (active, model.probability),
        "month below target, n ≥ 3": ((checks4 >= 3) & (month > allowed), month),
        "three fails in a month": (fails4 >= 3, fails4.astype(float)),
        "Wilson 90 %, quarter": (_wilson(fails13, checks13) > allowed, _wilson(fails13, checks13) - allowed),
    }
    for name, (flagged, value) in told.items():
        scores[name].add(flagged, value, gap, fine)


def _top_five(world: World, model: Model) -> tuple[int, int]:
    """Of the five competencies of most true need, how many the score has among its five, and how many raw fail counts."""
    allowed = 1 - model.target
    need = np.bincount(world.about, np.maximum(0, world.truth().ravel() - allowed), COMPETENCIES)
    score = np.bincount(world.about, np.maximum(0, model.belief.rate - allowed), COMPETENCIES)
    fails = np.bincount(world.about, model.recent(4)[1], COMPETENCIES)
    best = set(np.argsort(-need)[: rules.TOP].tolist())
    found = [len(best & set(np.argsort(-one)[: rules.TOP].tolist())) for one in (score, fails)]
    return found[0], found[1]


SEEDS = (1, 2, 3, 4, 5, 6)
ASKED = (4, 8)  # audits for a pair that comes under watch


def scores() -> Iterator[str]:
    """Lines of a report: flags, effects, priorities, and what more audits for watched pairs bring."""
    plain = [simulate(seed) for seed in SEEDS]
    yield f"{'flags, mean of ' + str(len(SEEDS)) + ' worlds':34}{'precision':>10}{'recall':>8}{'false/1,000':>13}{'PR-AUC':>8}"
    for name in RULES:
        told = [one.scores[name] for one in plain]
        means = [
            np.mean([getattr(one, what) for one in told]) for what in ("precision", "recall", "per_thousand", "area")
        ]
        yield f"{name:34}{means[0]:10.2f}{means[1]:8.2f}{means[2]:13.0f}{means[3]:8.2f}"
    modules = [module for one in plain for module in one.modules]
    measured = np.array([module.estimate - module.truth for module in modules]) * 100
    naive = np.array([module.naive - module.truth for module in modules]) * 100
    yield f"effect of {len(modules)} modules, points off the truth: mean {measured.mean():+.1f}, RMSE {_rmse(measured):.1f}"
    yield f"the same by before and after: mean {naive.mean():+.1f}, RMSE {_rmse(naive):.1f}"
    tops = np.mean([one.top_five for one in plain], axis=0)
    yield f"priorities: {tops[0]:.2f} of the true top five; raw fail counts {tops[1]:.2f}"
    yield from _watching(plain)


def _watching(plain: list[Found]) -> Iterator[str]:
    """How much sooner sudden gaps are found with more audits for whom is watched, and at what cost; the same spent evenly."""
    yield _sooner("sudden gaps found, as drawn", plain, plain)
    for asked in ASKED:
        more = [simulate(seed, watch_audits=asked) for seed in SEEDS]
        yield _sooner(f"  {asked} more audits when watched", more, plain)
        share = _audits(more) / _audits(plain) - 1
        yield _sooner("    as many more for everybody", [simulate(seed, more=share) for seed in SEEDS], plain)


def _sooner(name: str, worlds: list[Found], plain: list[Found]) -> str:
    falls = sum(len(one.sudden.watched()) for one in worlds)
    early, late = (sum(one.sudden.found(weeks) for one in worlds) / falls for weeks in (EARLY, LATEST))
    extra = _audits(worlds) / _audits(plain) - 1
    hilo = [one.scores["Hilo"] for one in worlds]
    false, recall = np.mean([one.per_thousand for one in hilo]), np.mean([one.recall for one in hilo])
    return (
        f"{name:34}{early:5.0%} in {EARLY} weeks,{late:5.0%} in {LATEST}; {extra:+.1%} audits; "
        f"recall {recall:.2f}, false {false:.0f}"
    )


def _audits(worlds: list[Found]) -> int:
    return sum(one.audits for one in worlds)


def _rmse(errors: Floats) -> float:
    return float(np.sqrt((errors**2).mean()))
