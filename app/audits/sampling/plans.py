"""What plans that draw have in common, be it contacts to audit or audits to score again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.accounts.record import log
from app.audits.reaudits.models import Reaudit, ReauditPlan
from app.audits.sampling.models import Sample, SamplingPlan
from app.audits.sampling.rules import SampleState, bounds
from app.core.chance import seed_of
from app.core.errors import Refused
from app.core.i18n import Bilingual

LIVE = (SampleState.OPEN, SampleState.BEGUN, SampleState.DONE)


@dataclass(frozen=True, slots=True)
class Progress:
    """A plan, what it asks for in words, and how far it is in its present period."""

    plan: SamplingPlan | ReauditPlan
    asks: str
    done: int
    drawn: int
    more: str = ""
    scorecard: Bilingual | None = None


def counts(
    session: Session,
    plans: Sequence[SamplingPlan | ReauditPlan],
    drawn: type[Sample] | type[Reaudit],
    day: date,
    *where: ColumnElement[bool],
) -> dict[int, tuple[int, int]]:
    """By plan, how many are done and how many were drawn for the period a day lies in: one query."""
    firsts = {plan.id: bounds(plan.period, day)[0] for plan in plans}
    rows = session.execute(
        select(drawn.plan_id, drawn.period_on, drawn.state, func.count())
        .where(drawn.plan_id.in_(list(firsts)), drawn.period_on.in_(set(firsts.values())), *where)
        .group_by(drawn.plan_id, drawn.period_on, drawn.state)
    )
    found = {(plan, state): count for plan, first, state, count in rows if firsts[plan] == first}
    return {
        plan: (found.get((plan, SampleState.DONE), 0), sum(found.get((plan, state), 0) for state in LIVE))
        for plan in firsts
    }


def seed(plan: SamplingPlan | ReauditPlan) -> int:
    """What a plan draws by beside the day: its unit and its name, so that two plans do not draw alike."""
    return seed_of(plan.unit.path, plan.name)


def refuse_elsewhere(session: Session, unit_id: int, by: User) -> None:
    """`Refused` outside the units where quality is led."""
    if unit_id not in set(session.scalars(unit_scope(by, Permission.LEAD_QUALITY))):
        raise Refused(_("You do not lead quality in this unit."))


def end(
    session: Session,
    plan: SamplingPlan | ReauditPlan,
    drawn: type[Sample] | type[Reaudit],
    day: date,
    verb: str,
    *,
    by: User,
    on: datetime,
) -> None:
    """Draw no more from a day on; what was drawn and is not begun is void."""
    if plan.ended_on is not None:
        raise Refused(_("This plan has already ended."))
    plan.ended_on = day
    waiting = (drawn.plan_id == plan.id, drawn.state == SampleState.OPEN)
    session.execute(update(drawn).where(*waiting).values(state=SampleState.VOID))
    log(session, verb, plan, by=by, on=on)
