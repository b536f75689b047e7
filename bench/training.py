"""Modules in a world: assigned as programmes do today, some of use and some of none, and what is said of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from app.gaps import outcomes
from bench.follower import Model
from bench.worlds import COMPETENCIES, WEEKS, Bools, Floats, World

REMOVES = (0.8, 0.0, 0.6, 0.3, 0.0)  # of a gap, by the module of each competency in turn
POLISH = 0.15  # logits that a module which works takes off for everybody else
EVERY, ASSIGNED, DONE = 4, 0.15, 0.79  # each month a share of the pairs below target in it, most of whom do it


@dataclass(frozen=True, slots=True)
class Event:
    """A pair's module: the weeks it was assigned and completed in, and by how much the true fail rate fell."""

    pair: int
    assigned: int
    completed: int
    gained: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a module did in truth, what it is said to have done, and what before and after say."""

    truth: float
    estimate: float
    naive: float


class Training:
    """What was assigned and done in one world.

    It follows raw counts, not the model: how well gaps are found must not hang on how well they were found before.
    """

    def __init__(self, world: World, model: Model) -> None:
        self.world, self.model = world, model
        self.due: list[Event] = []
        self.events: list[Event] = []
        self.expected: dict[int, tuple[Floats, Floats]] = {}
        self.cells: dict[int, tuple[Floats, Floats]] = {}
        self.done: dict[int, Bools] = {}

    def forget(self, new: Bools) -> None:
        """Whoever left does not do what was assigned."""
        self.due = [one for one in self.due if not new[self.world.agent[one.pair]]]

    def complete(self, week: int) -> Bools:
        """Who completes what in this week, and what that does."""
        today = [one for one in self.due if one.completed == week]
        pairs = np.array([one.pair for one in today], dtype=np.int64)
        removed = np.array(REMOVES)[self.world.about[pairs] % len(REMOVES)]
        gap, ability = self.world.gap.ravel(), self.world.ability.ravel()
        before = self.world.truth().ravel()[pairs]
        gap[pairs] *= 1 - removed
        ability[pairs] -= POLISH * removed
        gained = before - self.world.truth().ravel()[pairs]
        self.events += [replace(one, gained=float(what)) for one, what in zip(today, gained, strict=True)]
        self.due = [one for one in self.due if one.completed > week]
        self.done[week] = np.zeros(len(gap), bool)
        self.done[week][pairs] = True
        return self.done[week]

    def follow(self, week: int) -> None:
        """Keep what effects are measured from; at the end of a month assign."""
        checks, fails = self.model.recent(EVERY)
        rate = fails / np.maximum(checks, 1)
        evidence = self.model.evidence
        expected = outcomes.expected_rate(evidence.n, evidence.f, self.model.mean)
        self.expected[week] = (expected, np.where(checks > 0, rate, expected))
        self.cells[week] = (self.model.window[-1][1], self.model.window[-1][2])
        if week % EVERY == EVERY - 1:
            rng = self.world.eye
            under_way = {one.pair for one in self.due}
            chosen = (checks >= 3) & (rate > 1 - self.model.target) & (rng.random(len(checks)) < ASSIGNED)
            for pair in np.flatnonzero(chosen).tolist():
                after = int(rng.integers(1, 4))
                if rng.random() < DONE and pair not in under_way:
                    self.due.append(Event(pair, week, week + after))

    def verdicts(self) -> Iterator[Verdict]:
        """Of each module that was done often enough to be judged."""
        for about in range(COMPETENCIES):
            rows = [
                row
                for one in self.events
                if self.world.about[one.pair] == about and (row := self._watched(one)) is not None
            ]
            if len(rows) < outcomes.VERDICT_AGENTS:
                continue
            events = outcomes.Events(*(np.array(column) for column in zip(*(row[0] for row in rows), strict=True)))
            estimate = outcomes.effect(events).points
            weight, gained, naive = (np.array(column) for column in zip(*(row[1] for row in rows), strict=True))
            yield Verdict(
                float((weight * gained).sum() / weight.sum()),
                estimate or 0.0,
                float((weight * naive).sum() / weight.sum()),
            )

    def _watched(self, one: Event) -> tuple[tuple[float, ...], tuple[float, float, float]] | None:
        """What is measured of one module done, and its weight, true gain and naive gain."""
        weeks = range(one.completed + 1, one.completed + outcomes.WATCHED_WEEKS + 1)
        if weeks[-1] >= WEEKS:
            return None
        peers = np.flatnonzero(self.model.line == self.model.line[one.pair])
        alive, fails, checks = np.ones(len(peers), bool), np.zeros(len(peers)), np.zeros(len(peers))
        for week in weeks:
            alive &= ~self.done[week][peers]
            fails += self.cells[week][0][peers] * alive
            checks += self.cells[week][1][peers] * alive
        own_fails, own_checks = (sum(float(self.cells[week][part][one.pair]) for week in weeks) for part in (0, 1))
        if own_checks <= 0:
            return None
        before = min(one.assigned, one.completed - 1)
        expected, rate = self.expected[before]
        untaught = ~np.logical_or.reduce([self.done[week][peers] for week in range(before + 1, one.completed + 1)])
        free = untaught & (peers != one.pair) & (checks > 0)
        near = outcomes.nearest(expected[one.pair], rate[one.pair], expected[peers], rate[peers], free)
        control = float((checks[near] * expected[peers[near]] - fails[near]).sum())
        gain = own_checks * expected[one.pair] - own_fails
        allowed = 1 - self.model.target[one.pair]
        agent = int(self.world.agent[one.pair])
        measured = (
            agent, gain, own_checks, control, float(checks[near].sum()), len(near), expected[one.pair] - allowed,
        )  # fmt: skip
        return measured, (own_checks, one.gained, float(rate[one.pair] - own_fails / own_checks))
