"""Where it hurts beyond single agents: gaps of teams, criteria that fail for other reasons, what is new, chronic or back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Select, String, and_, case, func, select, true, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import members_on, places
from app.accounts.reach import agents_in, unit_scope
from app.audits.models import SYSTEMIC_CAUSES, Audit, Cause, Criterion, Finding, Result
from app.core.clock import monday_of
from app.curriculum.models import Competency
from app.gaps import board, evidence, posterior, rules, standing
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, MEMBER_PROBABILITY, WINDOW_WEEKS, Floats, GapState

NEW_DAYS, CHRONIC_DAYS = 28, 91
SYSTEMIC_SHOWN = 15


@dataclass(frozen=True, slots=True)
class TeamGap:
    """A competency that most of a team misses: one session, or a mended process, instead of many single ones."""

    team_id: int
    team: str
    competency: Competency
    probability: float
    agents: int
    """With evidence on it."""
    likely: int
    """Of them, those more likely than not below target themselves."""


@dataclass(frozen=True, slots=True)
class Systemic:
    """A criterion failed for reasons that no agent can mend, in 13 weeks."""

    criterion: Criterion
    fails: int
    checks: int
    """How often it applied, those misses included."""
    agents: int
    cause: Cause
    """The most frequent one."""


@dataclass(frozen=True, slots=True)
class Ages:
    """The active gaps of a competency: how many are new, chronic, or came back."""

    competency: Competency
    active: int
    new: int
    chronic: int
    relapsed: int


def team_gaps(session: Session, viewer: User, day: date, teams: Select[int] | None = None) -> list[TeamGap]:
    """The gaps of teams in the viewer's scope, the surest first; priors are drawn from everybody's evidence."""
    found = board.load(session)
    if not len(found):
        return []
    team_of = dict(session.execute(members_on(day)).all())
    mine = np.array([person in team_of for person in found.person.tolist()], dtype=bool) & (found.checks13 > 0)
    team = np.array([team_of.get(person, -1) for person in found.person.tolist()], dtype=np.int64)[mine]
    about, n, f = found.competency[mine], found.n[mine], found.f[mine]
    goal = board.goals(session, about)
    own = posterior.believe(n, f, found.mean[mine]).probability(goal)
    keys, index = np.unique(standing.keys(team, about), return_inverse=True)
    pooled_n, pooled_f = np.bincount(index, n).astype(float), np.bincount(index, f).astype(float)
    agents, likely = np.bincount(index), np.bincount(index, own >= MEMBER_PROBABILITY).astype(int)
    probability = _pooled(session, keys, pooled_n, pooled_f)
    shared = np.flatnonzero(rules.is_team_gap(probability, agents, likely) & (agents > 1))
    seen = set(session.scalars(unit_scope(viewer, Permission.SEE_GAPS)))
    wanted = seen if teams is None else seen & set(session.scalars(teams))
    return _team_gaps(session, keys, shared[np.argsort(-probability[shared])], probability, agents, likely, wanted)


def _pooled(session: Session, keys: rules.Ints, n: Floats, f: Floats) -> Floats:
    """The probability of each team and competency: the formulae of an agent, the team in the agent's place."""
    where = places(session)
    teams, about = keys >> 20, keys & 0xFFFFF
    business: dict[str | None, int] = {}
    line = np.array(
        [business.setdefault(where[t].line_of_business, len(business)) for t in teams.tolist()], dtype=np.int64
    )
    site = np.array([where[t].site_id for t in teams.tolist()], dtype=np.int64)
    numbers = standing.Belonging(teams, line, site, [])
    by_line = np.unique(standing.keys(numbers.line, about), return_inverse=True)[1]
    by_site = np.unique((numbers.line << 40) + standing.keys(numbers.site, about), return_inverse=True)[1]
    agent = np.unique(teams, return_inverse=True)[1]
    mean = posterior.expected_rates(posterior.Groups(by_line, by_site, agent), n, f)
    return posterior.believe(n, f, mean).probability(board.goals(session, about))


def _team_gaps(
    session: Session,
    keys: rules.Ints,
    chosen: rules.Ints,
    probability: Floats,
    agents: rules.Ints,
    likely: rules.Ints,
    wanted: set[int],
) -> list[TeamGap]:
    names = {place.id: " · ".join(place.path.split("/")[-2:]) for place in places(session).values()}
    known = competencies(session, (keys[chosen] & 0xFFFFF).tolist())
    return [
        TeamGap(team, names[team], known[about], float(probability[i]), int(agents[i]), int(likely[i]))
        for i in chosen.tolist()
        if (team := int(keys[i] >> 20)) in wanted
        for about in [int(keys[i] & 0xFFFFF)]
    ]


def competencies(session: Session, ids: Sequence[int]) -> Mapping[int, Competency]:
    """Competencies by id."""
    return {one.id: one for one in session.scalars(select(Competency).where(Competency.id.in_(set(ids))))}


def systemic(session: Session, viewer: User, day: date, among: ColumnElement[bool] | None = None) -> list[Systemic]:
    """Criteria that failed for process, tool, policy or customer in 13 weeks, the most frequent first."""
    cause = type_coerce(Finding.cause, String)
    counted = and_(
        Audit.week > monday_of(day) - timedelta(weeks=WINDOW_WEEKS),
        evidence.is_evidence(),
        Audit.person_id.in_(agents_in(viewer, Permission.SEE_GAPS)),
        true() if among is None else among,
    )
    statement = (
        select(Finding.criterion_id, cause, func.count(), func.count(Audit.person_id.distinct()))
        .join(Audit, Audit.id == Finding.audit_id)
        .where(Finding.result == Result.FAIL, Finding.cause.in_(SYSTEMIC_CAUSES), counted)
        .group_by(Finding.criterion_id, cause)
    )
    by_criterion: dict[int, list[tuple[str, int, int]]] = {}
    for criterion, why, fails, agents in session.execute(statement):
        by_criterion.setdefault(criterion, []).append((str(why), fails, agents))
    told = {one.id: one for one in session.scalars(select(Criterion).where(Criterion.id.in_(by_criterion)))}
    checks = _checks(session, list(told.values()), counted)
    found = [
        Systemic(
            told[criterion],
            sum(fails for _why, fails, _agents in rows),
            checks[criterion],
            max(agents for _why, _fails, agents in rows),
            Cause(max(rows, key=lambda row: (row[1], row[0]))[0]),
        )
        for criterion, rows in by_criterion.items()
    ]
    return sorted(found, key=lambda one: (-one.fails, one.criterion.code))[:SYSTEMIC_SHOWN]


def _checks(session: Session, criteria: Sequence[Criterion], counted: ColumnElement[bool]) -> dict[int, int]:
    """How often each of these criteria applied in the audits that are counted."""
    ids = [one.id for one in criteria]
    audits = select(Audit.version_id, func.count()).where(counted).group_by(Audit.version_id)
    of_version = dict(session.execute(audits).all())
    absent = (
        select(Finding.criterion_id, func.count())
        .join(Audit, Audit.id == Finding.audit_id)
        .where(Finding.criterion_id.in_(ids), Finding.result == Result.NA, counted)
        .group_by(Finding.criterion_id)
    )
    missing = dict(session.execute(absent).all())
    return {one.id: of_version.get(one.version_id, 0) - missing.get(one.id, 0) for one in criteria}


def ages(session: Session, viewer: User, day: date, among: ColumnElement[bool] | None = None) -> list[Ages]:
    """The active gaps by competency, those with most first."""
    new, chronic = day - timedelta(days=NEW_DAYS), day - timedelta(days=CHRONIC_DAYS)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    statement = (
        Gap.visible_to(viewer, Permission.SEE_GAPS)
        .where(Gap.state.in_(ACTIVE), true() if among is None else among)
        .with_only_columns(
            Gap.competency_id,
            func.count(),
            count(Gap.opened_on >= new),
            count(Gap.opened_on < chronic),
            count(Gap.state == GapState.RELAPSED),
        )
        .group_by(Gap.competency_id)
    )
    rows = session.execute(statement).all()
    known = competencies(session, [row[0] for row in rows])
    found = [Ages(known[row[0]], *(int(value or 0) for value in row[1:])) for row in rows]
    return sorted(found, key=lambda one: (-one.active, one.competency.code))
