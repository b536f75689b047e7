"""The learning priorities of a month: what to teach, by how many avoidable errors it would save, with the arithmetic.

A month's priorities rest on the evidence known when it began, so that a list agreed upon does not move; those of a month
to come rest on what is known now. Formulae: docs/gap-model.md, section "Priorities of a month".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import Place, members_on, places
from app.audits.models import Criterion, CriterionCompetency, ScorecardVersion, Severity
from app.core.i18n import Bilingual
from app.curriculum.models import Competency, Module
from app.curriculum.queries import modules_for
from app.gaps import posterior, priorities, rules, standing
from app.gaps.priorities import Certainty
from app.gaps.recall import recall
from app.gaps.rules import Floats, Ints

SEED = 20_261_101
"""Of the draws: the same list each time it is asked for."""

Effects = Callable[[date], Mapping[int, tuple[float, int]]]
"""By module, the share of the gap it was measured to remove by a day, and on how many agents."""


def no_effects(_day: date) -> Mapping[int, tuple[float, int]]:
    """Nothing has been measured."""
    return {}


Teams = Select[int] | None
"""Ids of the teams that count; none: all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One competency: how much there is to gain, and with what. Rates are fractions.

    errors = agents · contacts · excess; score = errors · impact · effect.
    """

    rank: int
    competency_id: int
    code: str
    name: Bilingual
    agents: int
    """With an estimated fail rate above the allowed."""
    evidence: int
    """Agents with evidence on it."""
    contacts: float
    """Of each of the agents above, in a month (4 weeks); 4 where volumes are not known."""
    excess: float
    """Their mean fail rate over the allowed one, weighted by contacts."""
    errors: float
    """Avoidable errors a month."""
    impact: float
    effect: float
    """Share of the gap a module removes."""
    measured_on: int
    """Agents it was measured on; 0: not yet."""
    score: float
    share: float
    """Of the score of all."""
    certainty: Certainty
    trend: float | None
    """Score against the month before, as a ratio less one; none without one."""
    target: float
    module: str | None
    module_id: int | None
    module_title: Bilingual | None
    audience: dict[str, int]
    """Agents above the allowed rate by market and language, `MX · es`; most first."""


@dataclass(frozen=True, slots=True)
class Priorities:
    """The ranked list of a month; `evidence_until` is the last day it counts, `volumes` whether contacts are known."""

    month: date
    evidence_until: date
    volumes: bool
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class _Figures:
    """The arithmetic of one day: pairs, and an entry per competency of `ids`."""

    person: Ints
    needs: priorities.Needs
    ids: list[int]
    impact: Floats
    effect: Floats
    measured_on: Ints
    found: priorities.Priorities
    volumes: bool
    target: dict[int, float]
    """Of each competency, as it was in force."""
    members: dict[int, int]
    """Team of everybody who counts."""


def of_month(session: Session, month: date, teams: Teams, *, today: date, effects: Effects = no_effects) -> Priorities:
    """The priorities of a month (its first day) for who was in these teams when it began."""
    until = min(month - timedelta(days=1), today)
    now = _figures(session, until, teams, effects)
    before = _figures(session, until.replace(day=1) - timedelta(days=1), teams, effects)
    earlier = dict(zip(before.ids, before.found.score.tolist(), strict=True))
    return Priorities(month, until, now.volumes, _entries(session, now, earlier))


def _figures(session: Session, day: date, teams: Teams, effects: Effects) -> _Figures:
    """All that was known at the end of a day, put into figures."""
    where = standing.belonging(session, day)
    found = recall(session, day, where)
    groups = standing.groups(where, found.person, found.competency)
    expected = posterior.expected_rates(groups, found.n, found.f)
    members = _members(session, day, teams)
    mine = np.isin(found.person, np.array(sorted(members), dtype=np.int64)) & (found.checks13 > 0)
    ids, index = np.unique(found.competency[mine], return_inverse=True)
    target = standing.targets(session, day)
    goal = np.array([target[one] for one in ids.tolist()], dtype=float)
    contacts, volumes = _contacts(session, found.person[mine])
    needs = priorities.Needs(
        competency=index,
        belief=posterior.believe(found.n[mine], found.f[mine], expected[mine]),
        allowed=rules.allowed_rate(goal)[index],
        contacts=contacts,
    )
    impact = priorities.impact(np.isin(ids, _with_fatal(session, day)), np.full(len(ids), np.nan))
    share, agents = _measured(session, ids.tolist(), effects(day))
    effect = priorities.shrunk_effect(share, agents)
    return _Figures(
        person=found.person[mine], needs=needs, ids=ids.tolist(), impact=impact, effect=effect, measured_on=agents,
        found=priorities.prioritise(needs, impact, effect), volumes=volumes, target=target, members=members,
    )  # fmt: skip


def _members(session: Session, day: date, teams: Teams) -> dict[int, int]:
    """Team of everybody who was in one of these teams on that day."""
    members = members_on(day)
    if teams is not None:
        members = members.where(members.selected_columns[1].in_(teams))
    return dict(session.execute(members).all())


def _contacts(session: Session, person: Ints) -> tuple[Floats, bool]:
    """Contacts a week of each; who has none written down counts as the mean of the others, 1 where nobody has."""
    written = select(User.id, User.weekly_contacts).where(User.weekly_contacts.is_not(None))
    known = dict(session.execute(written).all())
    mine = [known[who] for who in np.unique(person).tolist() if who in known]
    if not mine:
        return np.ones(len(person)), False
    mean = sum(mine) / len(mine)
    return np.array([known.get(who, mean) for who in person.tolist()], dtype=float), True


def _with_fatal(session: Session, day: date) -> list[int]:
    """Competencies that a fatal criterion tells of, in a version of a scorecard that was in force by that day."""
    statement = (
        select(CriterionCompetency.competency_id)
        .join(Criterion, Criterion.id == CriterionCompetency.criterion_id)
        .join(ScorecardVersion, ScorecardVersion.id == Criterion.version_id)
        .where(
            Criterion.severity == Severity.FATAL,
            or_(ScorecardVersion.valid_from.is_(None), ScorecardVersion.valid_from <= day),
        )
    )
    return list(session.scalars(statement.distinct()))


def _entries(session: Session, now: _Figures, earlier: dict[int, float]) -> list[Entry]:
    """The competencies with something to gain, most first."""
    found = now.found
    order = [i for i in np.argsort(-found.score, kind="stable").tolist() if found.score[i] > 0]
    chosen = [now.ids[i] for i in order]
    competencies = {c.id: c for c in session.scalars(select(Competency).where(Competency.id.in_(chosen)))}
    modules = _modules(session, chosen)
    audience = _audience(session, now)
    shares = priorities.top_shares(now.needs, now.impact, now.effect, seed=SEED)
    evidence = np.bincount(now.needs.competency, minlength=len(now.ids))
    return [
        _entry(
            now, i, rank, competencies[now.ids[i]], modules.get(now.ids[i]), certainty=priorities.certainty(float(shares[i])),
            evidence=int(evidence[i]), before=earlier.get(now.ids[i]), audience=audience.get(i, {}),
        )
        for rank, i in enumerate(order, start=1)
    ]  # fmt: skip


def _entry(
    now: _Figures, i: int, rank: int, competency: Competency, module: Module | None, *, certainty: Certainty, evidence: int,
    before: float | None, audience: dict[str, int],
) -> Entry:  # fmt: skip
    agents, excess, errors = int(now.found.agents[i]), float(now.found.excess[i]), float(now.found.errors[i])
    score = float(now.found.score[i])
    return Entry(
        rank=rank,
        competency_id=competency.id,
        code=competency.code,
        name=competency.name,
        agents=agents,
        evidence=evidence,
        contacts=errors / (agents * excess),
        excess=excess,
        errors=errors,
        impact=float(now.impact[i]),
        effect=float(now.effect[i]),
        measured_on=int(now.measured_on[i]),
        score=score,
        share=score / float(now.found.score.sum()),
        certainty=certainty,
        trend=score / before - 1 if before else None,
        target=now.target[competency.id],
        module=module.code if module else None,
        module_id=module.id if module else None,
        module_title=module.title if module else None,
        audience=audience,
    )


def _modules(session: Session, competencies: list[int]) -> dict[int, Module]:
    """A published module for each competency: the one that teaches fewest others."""
    found: dict[int, Module] = {}
    for competency, module in session.execute(modules_for(competencies)):
        found.setdefault(competency, module)
    return found


def _measured(session: Session, ids: list[int], known: Mapping[int, tuple[float, int]]) -> tuple[Floats, Ints]:
    """For each competency, the share its module was measured to remove and on how many agents; 0 where it never was."""
    modules = _modules(session, ids) if known else {}
    found = [known.get(modules[one].id, (0.0, 0)) if one in modules else (0.0, 0) for one in ids]
    return np.array([share for share, _n in found], dtype=float), np.array([n for _share, n in found], dtype=np.int64)


def _audience(session: Session, now: _Figures) -> dict[int, dict[str, int]]:
    """Per competency number, how many of those above the allowed rate are in each market and language."""
    where = places(session)
    languages = dict(session.execute(select(User.id, User.language)).all())
    above = now.needs.belief.rate > now.needs.allowed
    found: dict[int, Counter[str]] = {}
    for person, number in zip(now.person[above].tolist(), now.needs.competency[above].tolist(), strict=True):
        name = _audience_name(where[now.members[person]], languages[person])
        found.setdefault(number, Counter())[name] += 1
    return {
        number: dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))) for number, counts in found.items()
    }


def _audience_name(place: Place, language: str) -> str:
    return f"{place.market} · {language}" if place.market else language
