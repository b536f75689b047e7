"""A programme with known truth, week by week, and what the model makes of its audits.

Agents drift, fall into gaps and heal by themselves; auditors are lenient or severe; dissatisfied customers' contacts are
sampled more. What is true is known to the world alone; the model sees audits.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from app.gaps import decay, effects, posterior, rules, states
from app.gaps.rules import GapState

AGENTS, TEAMS, SITES, AUDITORS, WEEKS = 600, 40, 5, 12, 64
COMPETENCIES, CRITERIA_EACH = 12, 2
CRITERIA = COMPETENCIES * CRITERIA_EACH
PAIRS = AGENTS * COMPETENCIES
AUDITS_A_WEEK, DSAT_SHARE, NA_SHARE = 1.9, 0.15, 0.1
DSAT_LOGIT, GAP_LOGIT = 0.6, 1.35
FALLS, HEALS, DRIFT = 0.0025, 0.02, 0.03
MORE_AUDITS = 4

Floats = NDArray[np.float64]


class World:
    """One programme, week by week; `watch_audits`: pairs being watched ask for more audits."""

    def __init__(self, seed: int, *, watch_audits: bool) -> None:
        self.rng = np.random.default_rng(seed)
        rng, self.watch_audits = self.rng, watch_audits
        self.team = np.arange(AGENTS) % TEAMS
        self.agent, self.about = np.divmod(np.arange(PAIRS), COMPETENCIES)
        self.target = np.where(np.arange(COMPETENCIES) < 3, 0.92, 0.85)
        usual = np.log((1 - self.target) / self.target) - 0.75
        self.criterion = np.repeat(usual, CRITERIA_EACH) + rng.normal(0, 0.25, CRITERIA)
        self.ability = rng.normal(0, 0.25, AGENTS)[:, None] + rng.normal(0, 0.25, (AGENTS, COMPETENCIES))
        self.leniency = rng.normal(0, 0.4, AUDITORS)
        self.gap = np.zeros((AGENTS, COMPETENCIES))
        self.gap[rng.random(self.gap.shape) < 0.05] = GAP_LOGIT
        self.fell = np.full(self.gap.shape, -1)
        self.extra = np.zeros(AGENTS, np.int64)
        self.audits = 0

    def truth(self) -> Floats:
        """True fail rate of each pair, by a plain auditor on a random contact."""
        rate = _sigmoid(self.criterion.reshape(COMPETENCIES, -1)[None] + (self.ability + self.gap)[:, :, None])
        return rate.mean(axis=2)

    def live(self, week: int) -> None:
        """Drift, falls and spontaneous healing of one week."""
        shape = self.gap.shape
        self.ability += self.rng.normal(0, DRIFT, shape) - 0.01 * self.ability
        falls = (self.gap == 0) & (self.rng.random(shape) < FALLS)
        self.gap[falls], self.fell[falls] = GAP_LOGIT, week
        self.gap[(self.gap > 0) & (self.rng.random(shape) < HEALS)] = 0

    def audit(self) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
        """The audits of a week: agent, auditor, whether of a dissatisfied customer, and what applied and failed."""
        count = self.rng.poisson(AUDITS_A_WEEK, AGENTS) + self.extra
        self.extra[:] = 0
        agent = np.repeat(np.arange(AGENTS), count)
        self.audits += len(agent)
        auditor = self.rng.integers(0, AUDITORS, len(agent))
        dsat = self.rng.random(len(agent)) < DSAT_SHARE
        severity = self.leniency[auditor] + DSAT_LOGIT * dsat
        state = np.repeat((self.ability + self.gap)[agent], CRITERIA_EACH, axis=1)
        applied = self.rng.random(state.shape) >= NA_SHARE
        failed = applied & (self.rng.random(state.shape) < _sigmoid(self.criterion + state + severity[:, None]))
        return agent, auditor, dsat, applied, failed


class Model:
    """What Hilo makes of the audits: effects by month, evidence, probability, states."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.counts: deque[tuple[NDArray, NDArray]] = deque(maxlen=rules.FIT_WEEKS)
        self.fitted = effects.NO_EFFECTS
        site = world.team[world.agent] % SITES
        self.groups = posterior.Groups(world.about, world.about * SITES + site, world.agent)
        self.target = world.target[world.about]
        self.evidence = decay.Evidence(np.zeros(PAIRS), np.zeros(PAIRS), np.zeros(PAIRS, np.int64))
        self.window: deque[tuple[NDArray, NDArray, NDArray]] = deque(maxlen=rules.WINDOW_WEEKS)
        self.state, self.closed = np.zeros(PAIRS, np.int8), np.full(PAIRS, -states.NEVER)
        self.mean = self.probability = np.zeros(PAIRS)

    def see(self, week: int, audits: tuple, completed: NDArray[np.bool_]) -> None:
        """A week's audits, and its decision."""
        if week % 4 == 0 and len(self.counts) >= rules.FIRST_FIT_WEEKS:
            self.fitted = effects.fit(self._counts())
        checks, fails, worth = self._cells(*audits)
        self.window.append((checks, fails, worth))
        self.evidence = decay.step(self.evidence, checks, fails, worth, completed=completed)
        self.mean = posterior.expected_rates(self.groups, self.evidence.n, self.evidence.f)
        self.belief = posterior.believe(self.evidence.n, self.evidence.f, self.mean)
        self.probability = self.belief.probability(self.target)
        checks13, fails13 = self.recent(rules.WINDOW_WEEKS)
        signals = states.Signals(
            self.probability, fails13, checks13, self.evidence.since, completed, week - self.closed, np.zeros(PAIRS, bool)
        )  # fmt: skip
        before, self.state = self.state, states.decide(self.state, signals)
        self.closed[(self.state == GapState.CLOSED.code) & (before != self.state)] = week
        if self.world.watch_audits:
            entered = (self.state == GapState.WATCH.code) & (before != self.state)
            self.world.extra[np.unique(self.world.agent[entered])] = MORE_AUDITS

    def recent(self, weeks: int) -> tuple[NDArray, NDArray]:
        """Raw checks and fails of the last weeks."""
        last = list(self.window)[-weeks:]
        return np.sum([part[0] for part in last], axis=0), np.sum([part[1] for part in last], axis=0)

    def _cells(self, agent: NDArray, auditor: NDArray, dsat: NDArray, applied: NDArray, failed: NDArray) -> tuple:
        about = np.repeat(np.arange(COMPETENCIES), CRITERIA_EACH)
        offset = effects.criterion_offsets(self.fitted, np.arange(CRITERIA), about)
        purpose = np.where(dsat, "dsat", rules.PLAIN_PURPOSE).astype(object)
        severity, drawn = (
            effects.values_of(self.fitted.auditor, auditor),
            effects.values_of(self.fitted.purpose, purpose),
        )
        sums = np.zeros(PAIRS), np.zeros(PAIRS), np.zeros(PAIRS)
        counted = np.zeros((CRITERIA, AUDITORS, 2, TEAMS), np.int32), np.zeros((CRITERIA, AUDITORS, 2, TEAMS), np.int32)
        for line in range(CRITERIA):
            pair = agent * COMPETENCIES + about[line]
            worth = effects.standard_checks(offset[line], severity, drawn, self.world.target[about[line]])
            for total, amount in zip(sums, (applied[:, line], failed[:, line], worth * applied[:, line]), strict=True):
                total += np.bincount(pair, amount, PAIRS)
            place = (auditor, dsat.astype(int), self.world.team[agent])
            np.add.at(counted[0][line], place, applied[:, line])
            np.add.at(counted[1][line], place, failed[:, line])
        self.counts.append(counted)
        return sums[0].astype(np.int64), sums[1].astype(np.int64), sums[2]

    def _counts(self) -> effects.Counts:
        n, f = (np.sum([part[i] for part in self.counts], axis=0) for i in (0, 1))
        criterion, auditor, dsat, team = np.nonzero(n)
        purpose = np.where(dsat == 1, "dsat", rules.PLAIN_PURPOSE).astype(object)
        return effects.Counts(criterion, auditor, purpose, team, n[n > 0], f[n > 0])


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))
