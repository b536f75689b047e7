"""What the evidence of a team says: that of its agents pooled, the team in the agent's place, its site as prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from sqlalchemy.orm import Session

from app.accounts.queries import Place
from app.gaps import board, posterior, standing
from app.gaps.board import Board
from app.gaps.rules import MEMBER_PROBABILITY, Bools, Floats, Ints
from app.gaps.standing import Belonging

ASKED_FROM = 0.5
"""The probability of a team from which on who shares it is asked."""
NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Teams on competencies with evidence, sorted by key (`standing.keys` of team and competency)."""

    key: Ints
    probability: Floats
    agents: Ints
    likely: Ints
    completed: Ints
    """Of the likely ones, those among `done`."""
    mean: Floats
    """The fail rate expected of the team before its own evidence."""

    def at(self, keys: Ints) -> Pooled:
        """Those of these keys that are there."""
        mine = np.isin(self.key, keys)
        return Pooled(*(getattr(self, one.name)[mine] for one in fields(self)))


def pool(
    session: Session,
    found: Board,
    where: Belonging,
    *,
    done: Bools | None = None,
    kept: Ints | None = None,
) -> Pooled:
    """Pool where agents stand by their teams of a day; `done` marks pairs that completed a remedy.

    Who shares it is asked where it can matter only: where the team is rather below target than not, and of keys in `kept`.
    """
    at, known = standing.place(where.person, found.person)
    team = np.where(known, where.team[at], -1) if len(where.person) else np.full(len(found), -1)
    mine = (team >= 0) & (found.checks13 > 0)
    about, n, f = found.competency[mine], found.n[mine], found.f[mine]
    keys, index = _pairs(team[mine], about)
    size = len(keys)
    n_team, f_team = (np.bincount(index, one, size).astype(float) for one in (n, f))
    mean = _expected(where.places, keys, n_team, f_team)
    probability = posterior.believe(n_team, f_team, mean).probability(board.goals(session, keys & 0xFFFFF))
    asked = ((probability >= ASKED_FROM) | np.isin(keys, NOBODY if kept is None else kept))[index]
    own = posterior.believe(n[asked], f[asked], found.mean[mine][asked]).probability(board.goals(session, about[asked]))
    likely = np.zeros(len(index), bool)
    likely[asked] = own >= MEMBER_PROBABILITY
    remedied = likely & done[mine] if done is not None else np.zeros(len(index), bool)
    return Pooled(
        keys,
        probability,
        np.bincount(index, minlength=size),
        np.bincount(index, likely, size).astype(np.int64),
        np.bincount(index, remedied, size).astype(np.int64),
        mean,
    )


def _pairs(team: Ints, competency: Ints) -> tuple[Ints, Ints]:
    """The keys of these pairs, sorted, and the place of each pair among them."""
    if not len(team):
        return NOBODY, NOBODY
    (teams, of_team), (about, subject) = standing.distinct_small(team), standing.distinct_small(competency)
    there, index = standing.distinct_small(of_team * len(about) + subject)
    return standing.keys(teams[there // len(about)], about[there % len(about)]), index


def _expected(units: Mapping[int, Place], keys: Ints, n: Floats, f: Floats) -> Floats:
    """The formulae of an agent, the team in the agent's place."""
    if not len(keys):
        return np.zeros(0)
    (teams, agent), about = standing.distinct(keys >> 20), keys & 0xFFFFF
    business: dict[str | None, int] = {}
    line, site = (np.empty(len(teams), np.int64) for _one in range(2))
    for i, team in enumerate(teams.tolist()):
        line[i] = business.setdefault(units[team].line_of_business, len(business))
        site[i] = units[team].site_id
    by_line = np.unique(standing.keys(line[agent], about), return_inverse=True)[1]
    by_site = np.unique((line[agent] << 40) + standing.keys(site[agent], about), return_inverse=True)[1]
    return posterior.expected_rates(posterior.Groups(by_line, by_site, agent), n, f)
