"""A programme with known truth, week by week.

Its sizes, rates and biases are those of a year of audits whose truth is known (`docs/gap-model.md`, "Worlds with known
truth"): four lines of business, each with its own scorecard of sixteen criteria over eight competencies; agents who
drift, begin weaker, leave, fall into gaps one by one or many at once, and heal; auditors who mostly look at their own
site, lenient or severe; contacts of dissatisfied customers looked at more. How lenient, how much more and how much
harder is drawn for each world. What is true is known to the world alone; a model sees audits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AGENTS, BUSINESSES, SITES, TEAMS, AUDITORS, WEEKS = 480, 4, 6, 72, 12, 64
COMPETENCIES, SLOTS, CRITERIA_EACH = 10, 8, 16  # competencies of the programme; of one scorecard, and its criteria
CRITERIA = BUSINESSES * CRITERIA_EACH
PAIRS = AGENTS * SLOTS
AUDITS_A_WEEK, AUDITS_SHAPE = 1.95, 9.0  # of an agent: gamma, so that some are looked at three times as often as others
OWN_SITE = 0.85  # share of audits by the auditors of the agent's site
CONTACT = 0.35  # how much harder than others one contact is for all its criteria, in logits
LENIENCY, DSAT_SHARE, DSAT_LOGIT = (0.15, 0.45), (0.12, 0.32), (0.35, 0.85)  # drawn for each world
ABILITY_AGENT, ABILITY_PAIR, USUAL, USUAL_SPREAD = 0.33, 0.36, -0.88, 0.25
DRIFT, PULL = 0.026, 0.003
NEWCOMER, LEARNS_IN = 0.45, 10.0  # logits weaker at first, fading over so many weeks
LEAVES = 0.0025
GAPS_AT_FIRST, FALLS, HEALS = 0.06, 0.0014, 0.022
GAP_LOGIT, GAP_SPREAD = 1.3, 0.38
CHANGES, CHANGE_REACH = 0.06, (0.1, 0.35)  # a process changes in a week for one line of business; whom it takes down

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Audits:
    """The audits of a week: arrays of one length, and what applied and failed of the sixteen criteria of each."""

    agent: Ints
    auditor: Ints
    dsat: Bools
    applied: Bools
    failed: Bools


class World:
    """One programme, week by week, in which everybody is looked at so much `more` than usual (a share)."""

    def __init__(self, seed: int, *, more: float = 0.0) -> None:
        self.rng, self.eye = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1])
        rng = self.rng  # of what is true, drawn the same however much is looked at
        self.team = np.arange(AGENTS) % TEAMS
        self.business, self.site = self.team % BUSINESSES, self.team // BUSINESSES % SITES
        self.agent, slot = np.divmod(np.arange(PAIRS), SLOTS)
        self.subjects = np.array([np.sort(rng.permutation(COMPETENCIES)[:SLOTS]) for _ in range(BUSINESSES)])
        self.about = self.subjects[self.business[self.agent], slot]
        self.target = np.where(np.arange(COMPETENCIES) < 2, 0.92, 0.85)
        self._scorecards()
        self._biases()
        self.looked_at *= 1 + more
        self.ability = self._people(AGENTS)
        self.weeks = rng.integers(20, 200, AGENTS).astype(float)  # since hired
        self.gap = np.where(rng.random((AGENTS, SLOTS)) < GAPS_AT_FIRST, self._depth((AGENTS, SLOTS)), 0)
        self.fell = np.full((AGENTS, SLOTS), -1)
        self.hired = np.full(AGENTS, -1)
        self.extra = np.zeros(AGENTS, np.int64)
        self.audits = 0

    def _scorecards(self) -> None:
        """Which slot each criterion belongs to, how hard it is, and how often it does not apply."""
        rng = self.rng
        slots = [
            np.sort(np.r_[np.arange(SLOTS), rng.integers(0, SLOTS, CRITERIA_EACH - SLOTS)]) for _ in range(BUSINESSES)
        ]
        self.slot = np.array(slots)
        allowed = 1 - self.target[np.take_along_axis(self.subjects, self.slot, axis=1)]
        usual = np.take_along_axis(rng.normal(USUAL, USUAL_SPREAD, (BUSINESSES, SLOTS)), self.slot, axis=1)
        self.criterion = np.log(allowed / (1 - allowed)) + usual + rng.normal(0, 0.2, self.slot.shape)
        rare = rng.random(self.slot.shape) < 0.3
        self.absent = np.where(rare, rng.uniform(0.25, 0.57, self.slot.shape), rng.uniform(0, 0.08, self.slot.shape))

    def _biases(self) -> None:
        rng = self.rng
        self.leniency = rng.normal(0, rng.uniform(*LENIENCY), AUDITORS)
        self.dsat_share, self.dsat_logit = rng.uniform(*DSAT_SHARE), rng.uniform(*DSAT_LOGIT)
        self.looked_at = AUDITS_A_WEEK * rng.gamma(AUDITS_SHAPE, 1 / AUDITS_SHAPE, AGENTS)

    def _people(self, count: int) -> Floats:
        rng = self.rng
        return rng.normal(0, ABILITY_AGENT, count)[:, None] + rng.normal(0, ABILITY_PAIR, (count, SLOTS))

    def _depth(self, shape: tuple[int, ...]) -> Floats:
        return np.clip(self.rng.normal(GAP_LOGIT, GAP_SPREAD, shape), 0.45, None)

    def state(self) -> Floats:
        """How much weaker than usual each pair is, in logits."""
        return self.ability + self.gap + (NEWCOMER * np.exp(-self.weeks / LEARNS_IN))[:, None]

    def truth(self) -> Floats:
        """True fail rate of each pair, by a plain auditor on a random contact."""
        rate = _sigmoid(
            self.criterion[self.business] + np.take_along_axis(self.state(), self.slot[self.business], axis=1)
        )
        pair = (np.arange(AGENTS)[:, None] * SLOTS + self.slot[self.business]).ravel()
        return (np.bincount(pair, rate.ravel(), PAIRS) / np.bincount(pair, minlength=PAIRS)).reshape(AGENTS, SLOTS)

    def live(self, week: int) -> Bools:
        """One week of drift, falls, healing and leaving; returns whose place somebody new has taken."""
        rng, shape = self.rng, self.gap.shape
        self.weeks += 1
        self.ability += rng.normal(0, DRIFT, shape) - PULL * self.ability
        self.gap[(self.gap > 0) & (rng.random(shape) < HEALS)] = 0
        falls = rng.random(shape) < FALLS
        changed, business, slot = rng.random() < CHANGES, rng.integers(BUSINESSES), rng.integers(SLOTS)
        reached = rng.random(AGENTS) < rng.uniform(*CHANGE_REACH)
        falls[:, slot] |= changed & reached & (self.business == business)
        falls &= self.gap == 0
        self.gap[falls], self.fell[falls] = self._depth(shape)[falls], week
        new, others = rng.random(AGENTS) < LEAVES, self._people(AGENTS)
        self.ability[new], self.gap[new], self.weeks[new] = others[new], 0, 0
        self.fell[new], self.hired[new] = -1, week
        return new

    def audit(self) -> Audits:
        """The audits of a week."""
        rng = self.eye
        count = rng.poisson(self.looked_at) + self.extra
        self.extra[:] = 0
        agent = np.repeat(np.arange(AGENTS), count)
        self.audits += len(agent)
        own = self.site[agent] + SITES * rng.integers(0, AUDITORS // SITES, len(agent))
        auditor = np.where(rng.random(len(agent)) < OWN_SITE, own, rng.integers(0, AUDITORS, len(agent)))
        dsat = rng.random(len(agent)) < self.dsat_share
        harder = self.leniency[auditor] + self.dsat_logit * dsat + rng.normal(0, CONTACT, len(agent)) - CONTACT**2 / 2
        card = self.business[agent]
        logit = (
            self.criterion[card] + np.take_along_axis(self.state()[agent], self.slot[card], axis=1) + harder[:, None]
        )
        applied = rng.random(logit.shape) >= self.absent[card]
        return Audits(agent, auditor, dsat, applied, applied & (rng.random(logit.shape) < _sigmoid(logit)))


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))
