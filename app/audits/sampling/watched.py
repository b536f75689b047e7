"""More audits for whom the gap model watches: drawn beside the plan's own, of contacts of the next two weeks.

They are drawn as any other contact and nobody is told why, so that a watched agent is looked at as everybody is; they do
not count for what the plan asks per agent, team or auditor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from app.accounts.models import UnitTree
from app.accounts.permissions import Role
from app.accounts.queries import members_on
from app.audits.sampling import services
from app.audits.sampling.models import Sample, SamplingPlan
from app.audits.sampling.plans import seed
from app.audits.sampling.rules import SampleState, days_at_work, lightest, spread
from app.core import bulk

SPAN = timedelta(days=14)
WAITING = (SampleState.OPEN, SampleState.BEGUN)


def ask(session: Session, people: Collection[int], day: date) -> int:
    """Draw for each of these people what the nearest plan gives to whom is watched, from the day after; returns how many.

    What was asked for before and still waits counts. Who is in no plan's unit, is away all the time or is reached by no auditor
    is left.
    """
    first, last = day + timedelta(days=1), day + SPAN
    plans = {plan.id: plan for plan in session.scalars(services.in_force(first)) if plan.watch_count}
    if not people or not plans:
        return 0
    away = services.away_between(session, first, last)
    waiting = _waiting(session, people, first)
    drawn = 0
    for plan_id, members in sorted(_nearest(session, people, list(plans), first).items()):
        plan = plans[plan_id]
        rng = np.random.default_rng([seed(plan), first.toordinal(), int(plan.watch_count)])
        auditors, load = (
            services.at_work(session, plan.unit_id, [Role.AUDITOR], first, away),
            _load(session, plan, first),
        )
        rows = []
        for person, team in members:
            days = days_at_work(first, last, away.get(person, ()))
            taken = waiting.get(person, [])
            for contact_on in spread(rng, days, plan.watch_count - len(taken), taken):
                auditor = lightest(rng, auditors.get(team, ()), load, person)
                if auditor is not None:
                    rows.append(_row(plan, person, team, auditor, contact_on, first, last))
        if rows:
            session.execute(insert(Sample), rows)
        drawn += len(rows)
    return drawn


def waiting_by_plan(plans: Sequence[int], day: date) -> Select[int, int]:
    """How many of them wait, by plan."""
    return (
        select(Sample.plan_id, func.count())
        .where(Sample.plan_id.in_(plans), Sample.watched, Sample.state == SampleState.OPEN, Sample.due_on >= day)
        .group_by(Sample.plan_id)
    )


def _row(
    plan: SamplingPlan, person: int, team: int, auditor: int, contact_on: date, first: date, last: date
) -> dict[str, object]:
    return {
        "plan_id": plan.id, "period_on": first, "due_on": last, "person_id": person, "team_id": team,
        "auditor_id": auditor, "contact_on": contact_on, "state": SampleState.OPEN, "watched": True,
    }  # fmt: skip


def _nearest(
    session: Session, people: Collection[int], plans: Sequence[int], day: date
) -> Mapping[int, list[tuple[int, int]]]:
    """By plan the (person, team) it draws for: of several over a team the one of the nearest unit, then the oldest."""
    over = select(UnitTree.unit_id, SamplingPlan.id).join(SamplingPlan, SamplingPlan.unit_id == UnitTree.ancestor_id)
    nearest: dict[int, int] = {}
    for team, plan in session.execute(over.where(SamplingPlan.id.in_(plans)).order_by(UnitTree.depth, SamplingPlan.id)):
        nearest.setdefault(team, plan)
    members = members_on(day).subquery()
    found: dict[int, list[tuple[int, int]]] = {}
    for block in bulk.chunks(sorted(people)):
        statement = select(members.c.user_id, members.c.team_id).where(members.c.user_id.in_(block))
        for person, team in session.execute(statement.order_by(members.c.user_id)):
            if team in nearest:
                found.setdefault(nearest[team], []).append((person, team))
    return found


def _waiting(session: Session, people: Collection[int], day: date) -> dict[int, list[date]]:
    found: dict[int, list[date]] = {}
    for block in bulk.chunks(sorted(people)):
        statement = select(Sample.person_id, Sample.contact_on).where(
            Sample.person_id.in_(block), Sample.watched, Sample.state.in_(WAITING), Sample.due_on >= day
        )
        for person, contact_on in session.execute(statement):
            found.setdefault(person, []).append(contact_on)
    return found


def _load(session: Session, plan: SamplingPlan, day: date) -> dict[int, int]:
    """What waits with each auditor."""
    statement = (
        select(Sample.auditor_id, func.count())
        .where(Sample.plan_id == plan.id, Sample.state.in_(WAITING), Sample.due_on >= day)
        .group_by(Sample.auditor_id)
    )
    return dict(session.execute(statement).all())
