"""What Hilo makes of the audits of a world: effects by month, evidence, probability, states."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from app.gaps import decay, effects, posterior, rules, states
from app.gaps.rules import GapState
from bench.worlds import (
    AUDITORS,
    BUSINESSES,
    COMPETENCIES,
    CRITERIA,
    CRITERIA_EACH,
    PAIRS,
    SITES,
    SLOTS,
    TEAMS,
    Audits,
    Bools,
    World,
)

PURPOSES = np.array([rules.PLAIN_PURPOSE, "dsat"], dtype=object)


class Model:
    """The model of docs/gap-model.md on the audits of one world.

    A pair that comes under watch asks for `watch_audits` more of its agent.
    """

    def __init__(self, world: World, watch_audits: int = 0) -> None:
        self.world, self.watch_audits = world, watch_audits
        self.counts: deque[tuple[NDArray, NDArray]] = deque(maxlen=rules.FIT_WEEKS)
        self.fitted = effects.NO_EFFECTS
        self.line = world.business[world.agent] * COMPETENCIES + world.about
        self.groups = posterior.Groups(self.line, self.line * SITES + world.site[world.agent], world.agent)
        self.target = world.target[world.about]
        self.evidence = decay.Evidence(np.zeros(PAIRS), np.zeros(PAIRS), np.zeros(PAIRS, np.int64))
        self.window: deque[tuple[NDArray, NDArray, NDArray]] = deque(maxlen=rules.WINDOW_WEEKS)
        self.state, self.closed = np.zeros(PAIRS, np.int8), np.full(PAIRS, -states.NEVER)
        self.mean = self.probability = np.zeros(PAIRS)

    def forget(self, new: Bools) -> None:
        """Nothing is known of whoever is new."""
        pairs = new[self.world.agent]
        for part in (
            self.evidence.n,
            self.evidence.f,
            self.evidence.since,
            *(one for week in self.window for one in week),
        ):
            part[pairs] = 0
        self.state[pairs], self.closed[pairs] = GapState.NONE.code, -states.NEVER

    def see(self, week: int, audits: Audits, completed: Bools) -> None:
        """A week's audits, and its decision."""
        if week % 4 == 0 and len(self.counts) >= rules.FIRST_FIT_WEEKS:
            self.fitted = effects.fit(self._counts())
        self.window.append(self._cells(audits))
        self.evidence = decay.step(self.evidence, *self.window[-1], completed=completed)
        self.mean = posterior.expected_rates(self.groups, self.evidence.n, self.evidence.f)
        self.belief = posterior.believe(self.evidence.n, self.evidence.f, self.mean)
        self.probability = self.belief.probability(self.target)
        checks13, fails13 = self.recent(rules.WINDOW_WEEKS)
        signals = states.Signals(
            self.probability, fails13, checks13, self.evidence.since, completed, week - self.closed, np.zeros(PAIRS, bool)
        )  # fmt: skip
        before, self.state = self.state, states.decide(self.state, signals)
        self.closed[(self.state == GapState.CLOSED.code) & (before != self.state)] = week
        entered = (self.state == GapState.WATCH.code) & (before != self.state)
        self.world.extra[np.unique(self.world.agent[entered])] = self.watch_audits

    def recent(self, weeks: int) -> tuple[NDArray, NDArray]:
        """Raw checks and fails of the last weeks."""
        last = list(self.window)[-weeks:]
        return np.sum([part[0] for part in last], axis=0), np.sum([part[1] for part in last], axis=0)

    def _cells(self, seen: Audits) -> tuple[NDArray, NDArray, NDArray]:
        """Checks, fails and standard checks of each pair; the counts that effects are fitted on are kept."""
        world, card = self.world, self.world.business[seen.agent]
        criterion = card[:, None] * CRITERIA_EACH + np.arange(CRITERIA_EACH)
        group = (np.arange(BUSINESSES)[:, None] * SLOTS + world.slot).ravel()
        offset = effects.criterion_offsets(self.fitted, np.arange(CRITERIA), group)
        severity = effects.values_of(self.fitted.auditor, seen.auditor)
        severity = severity + effects.values_of(self.fitted.purpose, PURPOSES[seen.dsat.astype(int)])
        pair = seen.agent[:, None] * SLOTS + world.slot[card]
        worth = effects.standard_checks(offset[criterion], severity[:, None], 0.0, self.target[pair])
        place = ((criterion * AUDITORS + seen.auditor[:, None]) * 2 + seen.dsat[:, None]) * TEAMS + world.team[
            seen.agent
        ][:, None]
        size = CRITERIA * AUDITORS * 2 * TEAMS
        drawn_n, drawn_f = (np.bincount(place[mark], minlength=size) for mark in (seen.applied, seen.failed))
        self.counts.append((drawn_n.astype(np.int32), drawn_f.astype(np.int32)))
        checks, fails = (np.bincount(pair[mark], minlength=PAIRS) for mark in (seen.applied, seen.failed))
        return checks, fails, np.bincount(pair[seen.applied], worth[seen.applied], PAIRS)

    def _counts(self) -> effects.Counts:
        n, f = (np.sum([part[i] for part in self.counts], axis=0) for i in (0, 1))
        at = np.flatnonzero(n)
        criterion, auditor, dsat, team = np.unravel_index(at, (CRITERIA, AUDITORS, 2, TEAMS))
        return effects.Counts(criterion, auditor, PURPOSES[dsat], team, n[at], f[at])
