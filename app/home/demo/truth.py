"""What each agent of the demo programme can really do, week by week: what the audits see only in part.

Everything is in logits of failing a check. Most agents are fine; now and then one loses hold of a competency (a gap),
which heals a little by itself, more by a module that works, some by coaching, and may come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from app.home.demo import content
from app.home.demo.shapes.quality import Competency

Draw = np.random.Generator
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ABILITY, SKILL = 0.25, 0.30  # spread between agents: in everything, and in one competency
DRIFT, PULL = 0.04, 0.97  # a week's random walk, and how much of it is kept
GAP, GAP_SPREAD, GAP_RANGE = 2.5, 0.4, (1.6, 3.6)
HEALING = 0.985  # of a gap, what is left after a week without doing anything
HEALED = 0.35  # below this nothing is left to see
RETURNING = 0.03  # chance a week that a healed gap comes back
NEW, NEW_WEEKS = 0.55, 8.0  # how much more somebody new fails, and how fast that goes
EARLIER_WEEKS = 9  # of gaps that began before the first day

ONSET = {
    "K21": 0.0120, "K41": 0.0050, "K22": 0.0042, "K31": 0.0034, "K11": 0.0030, "K33": 0.0030, "K32": 0.0028,
    "K43": 0.0025, "K23": 0.0022, "K42": 0.0018, "K12": 0.0016, "K13": 0.0016,
}  # fmt: skip
"""Chance a week that an agent loses hold of a competency."""
USUAL_ONSET = 0.0015
GOOD_AT = {"K42": 0.7}
"""How much less than its criteria say a competency is failed by everybody, in logits."""


def coached() -> list[Competency]:
    """The competencies that are checked and coached, in order: those under a parent."""
    return [one for one in content.competencies() if one.parent]


@dataclass
class Truth:
    """Agents × competencies, in the order of the roster and of `coached`."""

    rng: Draw
    skill: Floats
    gap: Floats
    lost: Floats
    """How deep a gap was that has healed, 0 where there was none."""
    usual: Floats
    onset: Floats

    @classmethod
    def draw(cls, rng: Draw, agents: int) -> Truth:
        codes = [one.code for one in coached()]
        shape = (agents, len(codes))
        skill = rng.normal(0, ABILITY, (agents, 1)) + rng.normal(0, SKILL, shape)
        usual = -np.array([GOOD_AT.get(code, 0.0) for code in codes])
        onset = np.array([ONSET.get(code, USUAL_ONSET) for code in codes])
        truth = cls(rng, skill, np.zeros(shape), np.zeros(shape), usual, onset)
        truth._lose(1 - (1 - onset) ** EARLIER_WEEKS)
        return truth

    def week(self) -> None:
        """Let a week pass: drift, healing, gaps that begin and gaps that come back."""
        self.skill = PULL * self.skill + self.rng.normal(0, DRIFT, self.skill.shape)
        self.gap *= HEALING
        self._settle()
        self._lose(self.onset)
        back = (self.lost > 0) & (self.gap == 0) & (self.rng.random(self.gap.shape) < RETURNING)
        self.gap[back] = 0.9 * self.lost[back]
        self.lost[back] = 0

    def learn(self, agents: Ints, competencies: Ints, shares: Floats) -> None:
        """Remove these shares of the agents' gaps."""
        before = self.gap[agents, competencies]
        np.maximum.at(self.lost, (agents, competencies), before * (shares > 0))
        np.multiply.at(self.gap, (agents, competencies), 1 - np.clip(shares, 0, 1))
        self._settle()

    def pin(self, agent: int, competency: int, gap: float) -> None:
        """Give one agent this gap, whatever the agent's skill; 0 for none."""
        self.gap[agent, competency] = max(gap - self.skill[agent, competency], 0) if gap else 0
        self.lost[agent, competency] = 0

    def misses(self, weeks_since_hired: Floats) -> Floats:
        """Agents × criteria: how much more likely than an ordinary agent each is to fail, in logits."""
        new = NEW * np.exp(-np.maximum(weeks_since_hired, 0) / NEW_WEEKS)
        links = criterion_links()
        skill = (self.skill + self.usual) @ (links / links.sum(axis=0))
        return skill + self._deepest(links) + new[:, None]

    def _deepest(self, links: Floats) -> Floats:
        """The deepest gap behind each criterion, one criterion after the other to spare memory."""
        return np.stack([self.gap[:, links[:, place] > 0].max(axis=1) for place in range(links.shape[1])], axis=1)

    def _lose(self, chance: Floats) -> None:
        begins = (self.rng.random(self.gap.shape) < chance) & (self.gap == 0)
        self.gap[begins] = np.clip(self.rng.normal(GAP, GAP_SPREAD, int(begins.sum())), *GAP_RANGE)

    def _settle(self) -> None:
        self.gap[self.gap < HEALED] = 0


@cache
def criterion_links() -> Floats:
    """Competencies × criteria: 1 where a criterion tells of a competency; not to be changed."""
    codes = {one.code: place for place, one in enumerate(coached())}
    criteria = content.scorecard().criteria
    links = np.zeros((len(codes), len(criteria)))
    pairs = chain.from_iterable(((codes[c], place) for c in one.competencies) for place, one in enumerate(criteria))
    for competency, criterion in pairs:
        links[competency, criterion] = 1
    return links
