"""How well gaps, effects and priorities are found in worlds with known truth, beside the rules that tools use today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.gaps import outcomes, rules
from app.gaps.rules import ACTIVE, GapState
from bench.worlds import AGENTS, COMPETENCIES, MORE_AUDITS, PAIRS, WEEKS, Floats, Model, World

REMOVES = 0.8  # of a gap, by the modules that work: those of every other competency
ASSIGNED, DONE = 0.7, 0.75  # shares of open gaps
FIRST_SCORED, EVERY = 20, 4
CLEAR = 0.05  # a true gap lies so far below target
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
    sudden: int
    """Gaps that opened in truth, with sixteen weeks to be found in."""
    found_in: dict[int, int]
    """How many of them were flagged within so many weeks."""
    effects: list[tuple[float, float, float]]
    """By module: the true effect, the estimate, and the naive one before against after."""
    top_five: tuple[float, float]
    """Of the five competencies of most need, how many priorities and raw fail counts have among their five."""


def _wilson(fails: NDArray, checks: NDArray) -> Floats:
    """Lower end of the 90 % interval of a fail rate."""
    z, n = 1.645, np.maximum(checks, 1)
    rate = fails / n
    centre, half = rate + z**2 / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return np.where(checks > 0, (centre - half) / (1 + z**2 / n), 0)


def simulate(seed: int, *, watch_audits: bool = False) -> Found:
    """Live one world to its end."""
    world = World(seed, watch_audits=watch_audits)
    model = Model(world)
    names = ("Hilo", "month below target, n ≥ 3", "three fails in a month", "Wilson 90 %, quarter")
    scores = {name: Score() for name in names}
    flagged_at = np.full(PAIRS, -1)
    falls: list[tuple[int, int]] = []
    remedies = _Remedies(world, model)
    tops: list[tuple[int, int]] = []
    for week in range(WEEKS):
        world.live(week)
        falls += [(int(pair), week) for pair in np.flatnonzero(world.fell.ravel() == week)]
        completed = remedies.complete(week)
        model.see(week, world.audit(), completed)
        remedies.after(week)
        active = np.isin(model.state, ACTIVE_CODES)
        flagged_at = np.where(active & (flagged_at < 0), week, np.where(active, flagged_at, -1))
        remedies.note(week, active)
        if week >= FIRST_SCORED and week % EVERY == 0:
            _score(scores, world, model, active)
            tops.append(_top_five(world, model))
    within = {weeks: remedies.found(falls, weeks) for weeks in (8, 16)}
    top = np.mean(tops, axis=0)
    return Found(
        scores,
        world.audits,
        sum(week <= WEEKS - 16 for _p, week in falls),
        within,
        remedies.measured(),
        (top[0], top[1]),
    )


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


class _Remedies:
    """Modules assigned to open gaps, completed or not, and what came of them in truth and as measured."""

    def __init__(self, world: World, model: Model) -> None:
        self.world, self.model = world, model
        self.due: dict[int, list[tuple[int, int]]] = {}
        self.open: set[int] = set()
        self.seen: dict[int, set[int]] = {}
        self.expected: dict[int, tuple[Floats, Floats]] = {}
        self.cells: dict[int, tuple[NDArray, NDArray]] = {}
        self.done: dict[int, NDArray[np.bool_]] = {}
        self.events: list[tuple[int, int, int, float, float]] = []

    def complete(self, week: int) -> NDArray[np.bool_]:
        """Who completes what in this week; the modules of every other competency remove most of a gap."""
        completed = np.zeros(PAIRS, bool)
        before = self.world.truth().ravel()
        gap = self.world.gap.ravel()
        for pair, assigned in self.due.pop(week, []):
            self.open.discard(pair)
            completed[pair] = True
            if self.world.about[pair] % 2 == 0:
                gap[pair] *= 1 - REMOVES
            self.events.append((pair, assigned, week, before[pair], 0.0))
        after = self.world.truth().ravel()
        self.events = [(p, a, w, b, b - after[p] if w == week else gained) for p, a, w, b, gained in self.events]
        self.done[week] = completed
        return completed

    def after(self, week: int) -> None:
        """Keep what effects are measured from."""
        checks4, fails4 = self.model.recent(4)
        expected = outcomes.expected_rate(self.model.evidence.n, self.model.evidence.f, self.model.mean)
        self.expected[week] = (expected, np.where(checks4 > 0, fails4 / np.maximum(checks4, 1), expected))
        self.cells[week] = (self.model.window[-1][1], self.model.window[-1][2])

    def note(self, week: int, active: NDArray[np.bool_]) -> None:
        """Assign a module to most gaps that are open without one; some are never done."""
        self.seen[week] = set(np.flatnonzero(active).tolist())
        rng = self.world.rng
        for pair in np.flatnonzero(self.model.state == GapState.OPEN.code).tolist():
            if pair not in self.open and rng.random() < ASSIGNED / 4:
                self.open.add(pair)
                if rng.random() < DONE:
                    self.due.setdefault(week + int(rng.integers(1, 4)), []).append((pair, week))

    def found(self, falls: list[tuple[int, int]], weeks: int) -> int:
        """How many of the gaps that opened were flagged within so many weeks."""
        early = [(pair, week) for pair, week in falls if week <= WEEKS - 16]
        return sum(any(pair in self.seen.get(week + later, ()) for later in range(weeks)) for pair, week in early)

    def measured(self) -> list[tuple[float, float, float]]:
        """By module, what it did, what it is said to have done, and what before and after say."""
        found = []
        for about in range(COMPETENCIES):
            rows = [row for event in self.events if (row := self._row(event, about)) is not None]
            if len(rows) < outcomes.VERDICT_AGENTS:
                continue
            columns = [np.array(column) for column in zip(*(row[0] for row in rows), strict=True)]
            estimate = outcomes.effect(outcomes.Events(*columns))
            weight = columns[2]
            truth = float((weight * np.array([row[1] for row in rows])).sum() / weight.sum())
            naive = float((weight * np.array([row[2] for row in rows])).sum() / weight.sum())
            found.append((truth, estimate.points or 0.0, naive))
        return found

    def _row(self, event: tuple[int, int, int, float, float], about: int) -> tuple[tuple, float, float] | None:
        pair, assigned, week, _before, gained = event
        weeks = range(week + 1, week + outcomes.WATCHED_WEEKS + 1)
        if self.world.about[pair] != about or weeks[-1] >= WEEKS:
            return None
        peers = np.arange(about, PAIRS, COMPETENCIES)
        alive, fails, checks = np.ones(len(peers), bool), np.zeros(len(peers)), np.zeros(len(peers))
        own = np.zeros(2)
        for later in weeks:
            alive &= ~self.done[later][peers]
            fails += self.cells[later][0][peers] * alive
            checks += self.cells[later][1][peers] * alive
            own += self.cells[later][0][pair], self.cells[later][1][pair]
        if own[1] <= 0:
            return None
        before = min(assigned, week - 1)
        expected, rate = self.expected[before]
        free = ~np.logical_or.reduce([self.done[one][peers] for one in range(before + 1, week + 1)])
        free &= (peers != pair) & (checks > 0)
        near = outcomes.nearest(expected[pair], rate[pair], expected[peers], rate[peers], free)
        control = float((checks[near] * expected[peers[near]] - fails[near]).sum())
        gain = own[1] * expected[pair] - own[0]
        allowed = 1 - self.world.target[about]
        row = (
            int(self.world.agent[pair]), gain, own[1], control, float(checks[near].sum()), len(near), expected[pair] - allowed,
        )  # fmt: skip
        return row, gained, float(rate[pair] - own[0] / own[1])


SEEDS = (1, 2, 3)


def scores() -> Iterator[str]:
    """Lines of a report: flags, effects, priorities, and what more audits for watched pairs bring."""
    plain = [simulate(seed) for seed in SEEDS]
    yield f"{'flags, mean of ' + str(len(SEEDS)) + ' worlds':34}{'precision':>10}{'recall':>8}{'false/1,000':>13}{'PR-AUC':>8}"
    for name in plain[0].scores:
        told = [one.scores[name] for one in plain]
        means = [
            np.mean([getattr(one, what) for one in told]) for what in ("precision", "recall", "per_thousand", "area")
        ]
        yield f"{name:34}{means[0]:10.2f}{means[1]:8.2f}{means[2]:13.0f}{means[3]:8.2f}"
    rows = np.array([row for one in plain for row in one.effects]) * 100
    measured, naive = rows[:, 1] - rows[:, 0], rows[:, 2] - rows[:, 0]
    yield f"effect of {len(rows)} modules, points off the truth: mean {measured.mean():+.1f}, RMSE {_rmse(measured):.1f}"
    yield f"the same by before and after: mean {naive.mean():+.1f}, RMSE {_rmse(naive):.1f}"
    tops = np.mean([one.top_five for one in plain], axis=0)
    yield f"priorities: {tops[0]:.2f} of the true top five; raw fail counts {tops[1]:.2f}"
    more = [simulate(seed, watch_audits=True) for seed in SEEDS]
    for name, worlds in (("as drawn", plain), (f"{MORE_AUDITS} more audits when watched", more)):
        sudden = sum(one.sudden for one in worlds)
        early, late = (sum(one.found_in[weeks] for one in worlds) / sudden for weeks in (8, 16))
        audits = sum(one.audits for one in worlds) / sum(one.audits for one in plain) - 1
        yield f"gaps found, {name:30}{early:6.0%} in 8 weeks,{late:5.0%} in 16; {audits:+.1%} audits"


def _rmse(errors: Floats) -> float:
    return float(np.sqrt((errors**2).mean()))
