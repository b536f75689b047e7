"""Deeds on sampling plans: draw what is missing, give an absent auditor's work to others, begin and end a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from flask_babel import gettext as _
from sqlalchemy import Select, insert, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Absence, Grant, UnitTree, User
from app.accounts.permissions import Role
from app.accounts.queries import members_on, subtree, valid_on
from app.accounts.record import log
from app.audits.sampling import plans
from app.audits.sampling.models import Sample, SamplingPlan
from app.audits.sampling.plans import LIVE
from app.audits.sampling.rules import (
    WATCH_AUDITS,
    Agent,
    Drawn,
    Per,
    Period,
    SampleState,
    bounds,
    days_at_work,
    draw,
    lightest,
    spread,
)
from app.core.errors import Refused

Away = Mapping[int, Sequence[tuple[date, date]]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan asks for."""

    name: str
    unit_id: int
    scorecard_id: int
    per: Per
    count: int
    period: Period
    valid_from: date
    watch_count: int = WATCH_AUDITS


def make_plan(session: Session, terms: Terms, *, by: User, on: datetime) -> SamplingPlan:
    """A plan from a day on. `Refused` outside the units where quality is led."""
    plans.refuse_elsewhere(session, terms.unit_id, by)
    plan = SamplingPlan(
        name=terms.name,
        unit_id=terms.unit_id,
        scorecard_id=terms.scorecard_id,
        per=terms.per,
        count=terms.count,
        period=terms.period,
        watch_count=terms.watch_count,
        valid_from=terms.valid_from,
    )
    session.add(plan)
    session.flush()
    log(session, "sampling.planned", plan, by=by, on=on)
    return plan


def end_plan(session: Session, plan: SamplingPlan, day: date, *, by: User, on: datetime) -> None:
    """Draw no more from a day on; what was drawn and is not begun is void."""
    plans.end(session, plan, Sample, day, "sampling.ended", by=by, on=on)


def in_force(day: date) -> Select[SamplingPlan]:
    """The plans that draw on a day."""
    ended = or_(SamplingPlan.ended_on.is_(None), SamplingPlan.ended_on > day)
    return select(SamplingPlan).where(SamplingPlan.valid_from <= day, ended).order_by(SamplingPlan.id)


def draw_all(session: Session, day: date) -> int:
    """Draw what is missing of every plan for the period of a day; a second time changes nothing. Returns how many."""
    return sum(top_up(session, plan, day) for plan in session.scalars(in_force(day)).all())


def top_up(session: Session, plan: SamplingPlan, day: date) -> int:
    """Draw what is missing of a plan for the period of a day, instead of who is away too; returns how many."""
    session.refresh(plan, with_for_update={"of": SamplingPlan})
    first, last = bounds(plan.period, day)
    rng = np.random.default_rng([plans.seed(plan), first.toordinal(), day.toordinal()])
    away = away_between(session, first, last)
    agents = _agents(session, plan, day, max(first, plan.valid_from), last, away)
    auditors = at_work(session, plan.unit_id, [Role.AUDITOR], day, away)
    here = session.scalars(
        select(Sample)
        .where(Sample.plan_id == plan.id, Sample.period_on == first, Sample.state.in_(LIVE), ~Sample.watched)
        .order_by(Sample.id)
    ).all()
    _void_who_is_away(here, {agent.id: agent for agent in agents})
    kept = [one for one in here if one.state is not SampleState.VOID]
    _hand_on(rng, kept, auditors)
    before = [Drawn(one.person_id, one.team_id, one.contact_on, one.auditor_id) for one in kept]
    found = draw(rng, plan.per, plan.count, agents, auditors, before)
    _keep_watched(session, plan, day, rng, auditors)
    session.flush()
    if found:
        session.execute(insert(Sample), [_row(plan, one, first, last) for one in found])
    return len(found)


def _keep_watched(
    session: Session, plan: SamplingPlan, day: date, rng: np.random.Generator, able: Mapping[int, Sequence[int]]
) -> None:
    """What was asked for whom is watched: on other days for who is away, with other auditors for theirs."""
    waits = (Sample.plan_id == plan.id, Sample.watched, Sample.state == SampleState.OPEN, Sample.due_on >= day)
    here = session.scalars(select(Sample).where(*waits).order_by(Sample.id)).all()
    absent = away_between(session, day, max((one.due_on for one in here), default=day))
    for one in here:
        days = days_at_work(max(day, one.period_on), one.due_on, absent.get(one.person_id, ()))
        if one.contact_on >= day and one.contact_on not in days:
            one.state = SampleState.OPEN if days else SampleState.VOID
            one.contact_on = spread(rng, days, 1)[0] if days else one.contact_on
    _hand_on(rng, here, able)


def _row(plan: SamplingPlan, one: Drawn, first: date, last: date) -> dict[str, object]:
    return {
        "plan_id": plan.id,
        "period_on": first,
        "due_on": last,
        "person_id": one.person,
        "team_id": one.team,
        "auditor_id": one.auditor,
        "contact_on": one.day,
        "state": SampleState.OPEN,
    }


def away_between(session: Session, first: date, last: date) -> Away:
    """Who is away in a period, and from when to when."""
    found: dict[int, list[tuple[date, date]]] = {}
    columns = select(Absence.user_id, Absence.from_day, Absence.to_day)
    for person, start, end in session.execute(columns.where(Absence.from_day <= last, Absence.to_day >= first)):
        found.setdefault(person, []).append((start, end))
    return found


def _agents(session: Session, plan: SamplingPlan, day: date, first: date, last: date, away: Away) -> list[Agent]:
    members = members_on(day).subquery()
    rows = session.execute(
        select(members.c.user_id, members.c.team_id)
        .where(members.c.team_id.in_(subtree(plan.unit_id)))
        .order_by(members.c.user_id)
    )
    whole = days_at_work(first, last, ())
    return [
        Agent(person, team, days_at_work(first, last, away[person]) if person in away else whole)
        for person, team in rows
    ]


def at_work(session: Session, unit_id: int, roles: Sequence[Role], day: date, away: Away) -> dict[int, list[int]]:
    """By unit of a subtree, the people of these roles who reach it and are at work on the day."""
    rows = session.execute(
        select(UnitTree.unit_id, Grant.user_id)
        .join(Grant, Grant.unit_id == UnitTree.ancestor_id)
        .join(User, User.id == Grant.user_id)
        .where(
            Grant.role.in_(roles),
            valid_on(Grant, day),
            or_(User.left_on.is_(None), User.left_on > day),
            UnitTree.unit_id.in_(subtree(unit_id)),
        )
        .distinct()
        .order_by(UnitTree.unit_id, Grant.user_id)
    )
    found: dict[int, list[int]] = {}
    for team, person in rows:
        if not any(start <= day <= end for start, end in away.get(person, ())):
            found.setdefault(team, []).append(person)
    return found


def _void_who_is_away(samples: Sequence[Sample], agents: Mapping[int, Agent]) -> None:
    for one in samples:
        agent = agents.get(one.person_id)
        if one.state is SampleState.OPEN and (agent is None or one.contact_on not in agent.days):
            one.state = SampleState.VOID


def _hand_on(rng: np.random.Generator, samples: Sequence[Sample], auditors: Mapping[int, Sequence[int]]) -> None:
    """Give what waits with an auditor who is away, or no longer reaches the team, to others."""
    load: dict[int, int] = {}
    for one in samples:
        load[one.auditor_id] = load.get(one.auditor_id, 0) + 1
    for one in samples:
        able = auditors.get(one.team_id, ())
        if one.state is SampleState.OPEN and one.auditor_id not in able:
            one.auditor_id = lightest(rng, able, load, one.person_id) or one.auditor_id


def another_day(session: Session, sample: Sample, *, by: User, on: datetime) -> None:
    """No contact of that day can be audited: draw another day of the period. `Refused` when there is none."""
    if sample.state is not SampleState.OPEN:
        raise Refused(_("This audit has already begun."))
    away = away_between(session, sample.period_on, sample.due_on).get(sample.person_id, ())
    used = select(Sample.contact_on).where(
        Sample.plan_id == sample.plan_id, Sample.period_on == sample.period_on, Sample.person_id == sample.person_id
    )
    others = set(session.scalars(used))
    days = [day for day in days_at_work(sample.period_on, min(sample.due_on, on.date()), away) if day not in others]
    if not days:
        raise Refused(_("There is no other day in this period to take a contact from."))
    rng = np.random.default_rng([sample.id, sample.contact_on.toordinal()])
    before, sample.contact_on = sample.contact_on, spread(rng, days, 1)[0]
    log(session, "sampling.redrawn", sample, by=by, on=on, before=before.isoformat())
