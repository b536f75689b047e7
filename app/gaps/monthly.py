"""The learning priorities of a month: what to teach, by how many avoidable errors it would save, with the arithmetic.

A month's priorities rest on the evidence known when it began, so that a list agreed upon does not move; those of a month
to come rest on what is known now. Formulae: docs/gap-model.md, section "Priorities of a month".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import places
from app.audits.models import Criterion, CriterionCompetency, Severity
from app.core.i18n import Bilingual
from app.curriculum.models import Competency, Module
from app.curriculum.queries import modules_for
from app.gaps import posterior, priorities, rules, snapshot, standing
from app.gaps.priorities import Certainty

SEED = 20_261_101
"""Of the draws: the same list each time it is asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One competency: how much there is to gain, and with what. Rates are fractions."""

    rank: int
    competency_id: int
    code: str
    name: Bilingual
    agents: int
    """With an estimated fail rate above the allowed."""
    evidence: int
    """Agents with evidence on it."""
    excess: float
    """Their mean fail rate over the allowed one, weighted by contacts."""
    errors: float
    """Avoidable errors a month."""
    impact: float
    effect: float
    """Share of the gap a module removes."""
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
    """Agents above the allowed rate by market and language, `MX · es`."""


@dataclass(frozen=True, slots=True)
class Priorities:
    """The ranked list of a month; `evidence_until` is the last day it counts, `volumes` whether contacts are known."""

    month: date
    evidence_until: date
    volumes: bool
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the arithmetic needs of one day."""

    person: np.ndarray
    codes: list[int]
    needs: priorities.Needs
    volumes: bool


def of_month(session: Session, month: date, people: Select[tuple[int]], *, today: date) -> Priorities:
    """The priorities of a month for these people (a select of ids)."""
    until = min(month - timedelta(days=1), today)
    allowed = set(session.scalars(people))
    asked = _ask(session, until, allowed)
    competencies = {c.id: c for c in session.scalars(select(Competency).where(Competency.id.in_(asked.codes)))}
    fatal = _with_fatal(session)
    impact = priorities.impact(
        np.array([c in fatal for c in asked.codes], dtype=bool), np.full(len(asked.codes), np.nan)
    )
    effect = priorities.shrunk_effect(np.zeros(len(asked.codes)), np.zeros(len(asked.codes)))
    found = priorities.prioritise(asked.needs, impact, effect)
    shares = priorities.top_shares(asked.needs, impact, effect, seed=SEED) if asked.codes else np.zeros(0)
    before = _scores_before(session, until, allowed)
    modules = _modules(session, asked.codes)
    audience = _audience(session, asked)
    total = float(found.score.sum()) or 1.0
    order = [i for i in np.argsort(-found.score, kind="stable").tolist() if found.score[i] > 0]
    entries = []
    for rank, i in enumerate(order, start=1):
        competency = competencies[asked.codes[i]]
        module = modules.get(competency.id)
        earlier = before.get(competency.id)
        entries.append(
            Entry(
                rank=rank, competency_id=competency.id, code=competency.code, name=competency.name, agents=int(found.agents[i]),
                evidence=int((asked.needs.competency == i).sum()), excess=float(found.excess[i]), errors=float(found.errors[i]),
                impact=float(impact[i]), effect=float(effect[i]), score=float(found.score[i]), share=float(found.score[i]) / total,
                certainty=priorities.certainty(float(shares[i])), trend=float(found.score[i]) / earlier - 1 if earlier else None,
                target=competency.target, module=module.code if module else None, module_id=module.id if module else None,
                module_title=module.title if module else None, audience=audience.get(i, {}),
            )
        )  # fmt: skip
    return Priorities(month, until, asked.volumes, entries)


def _ask(session: Session, until: date, allowed: set[int]) -> _Asked:
    where = standing.belonging(session, until)
    found = snapshot.fold(session, until, where)
    target = standing.targets(session)
    groups = standing.groups(where, found.person, found.competency)
    expected = posterior.expected_rates(groups, found.evidence.n, found.evidence.f)
    here = _present(session, until) & allowed
    mine = np.isin(found.person, np.array(sorted(here), dtype=np.int64)) & (found.window.checks > 0)
    person, competency = found.person[mine], found.competency[mine]
    codes, index = np.unique(competency, return_inverse=True)
    contacts, volumes = _contacts(session, person)
    needs = priorities.Needs(
        competency=index,
        belief=posterior.believe(found.evidence.n[mine], found.evidence.f[mine], expected[mine]),
        allowed=rules.allowed_rate(np.array([target[c] for c in competency.tolist()], dtype=float)),
        contacts=contacts,
    )
    return _Asked(person, codes.tolist(), needs, volumes)


def _present(session: Session, day: date) -> set[int]:
    """People in a team on that day."""
    statement = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.valid_from <= day,
            Membership.valid_to.is_(None) | (Membership.valid_to > day),
            User.left_on.is_(None) | (User.left_on > day),
        )
    )
    return set(session.scalars(statement))


def _contacts(session: Session, person: np.ndarray) -> tuple[np.ndarray, bool]:
    """Contacts a week of each; who has none written down counts as the mean of the others, 1 where nobody has."""
    known = dict(
        session.execute(select(User.id, User.weekly_contacts).where(User.weekly_contacts.is_not(None))).tuples().all()
    )
    mine = [known[p] for p in set(person.tolist()) if p in known]
    if not mine:
        return np.ones(len(person)), False
    mean = sum(mine) / len(mine)
    return np.array([known.get(p, mean) for p in person.tolist()], dtype=float), True


def _scores_before(session: Session, until: date, allowed: set[int]) -> dict[int, float]:
    """The score of each competency one month earlier."""
    asked = _ask(session, until.replace(day=1) - timedelta(days=1), allowed)
    fatal = _with_fatal(session)
    impact = priorities.impact(
        np.array([c in fatal for c in asked.codes], dtype=bool), np.full(len(asked.codes), np.nan)
    )
    effect = priorities.shrunk_effect(np.zeros(len(asked.codes)), np.zeros(len(asked.codes)))
    found = priorities.prioritise(asked.needs, impact, effect)
    return dict(zip(asked.codes, found.score.tolist(), strict=True))


def _with_fatal(session: Session) -> set[int]:
    """Competencies that a fatal criterion tells of."""
    statement = (
        select(CriterionCompetency.competency_id)
        .join(Criterion, Criterion.id == CriterionCompetency.criterion_id)
        .where(Criterion.severity == Severity.FATAL)
    )
    return set(session.scalars(statement.distinct()))


def _modules(session: Session, competencies: list[int]) -> dict[int, Module]:
    """A published module for each competency: the one that teaches fewest others."""
    found: dict[int, Module] = {}
    for competency, module in session.execute(modules_for(competencies)):
        found.setdefault(competency, module)
    return found


def _audience(session: Session, asked: _Asked) -> dict[int, dict[str, int]]:
    """Per competency, how many of those above the allowed rate are in each market and language."""
    where = places(session)
    statement = select(Membership.user_id, Membership.team_id, User.language).join(User, User.id == Membership.user_id)
    names = {
        person: f"{where[team].market or '–'} · {language}"
        for person, team, language in session.execute(statement.order_by(Membership.valid_from))
    }
    above = asked.needs.belief.rate > asked.needs.allowed
    found: dict[int, Counter[str]] = {}
    for person, competency in zip(asked.person[above].tolist(), asked.needs.competency[above].tolist(), strict=True):
        found.setdefault(competency, Counter())[names.get(person, "–")] += 1
    return {competency: dict(counter.most_common()) for competency, counter in found.items()}
