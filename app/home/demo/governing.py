"""What the demo programme keeps of itself beside figures: an initiative that is over, with its effect, and one under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, UnitKind, User
from app.core.clock import month_start
from app.governance.initiatives import services
from app.governance.initiatives.models import Initiative
from app.governance.initiatives.rules import State
from app.governance.models import PriorityEntry, PriorityList
from app.home import daily
from app.home.demo import content
from app.home.demo.figures import ended_month
from app.home.demo.world import World

NO_LINKS = {"root_cause_id": None, "criterion_id": None, "priority_id": None}


def write(session: Session, world: World, manager: User, trainer: User) -> None:
    """An initiative on a metric, done and measured; one on a competency of this month's priorities, under way."""
    told, last = content.governing(), world.last
    _finished(session, told["screen"], [world.people.units[world.roster.teams[0].site.code]], last, manager)
    _under_way(session, told["checklist"], last, manager, trainer)
    daily.measure_initiatives(session, last)


def _finished(session: Session, told: Mapping[str, Any], units: Sequence[Unit], last: date, by: User) -> None:
    first = ended_month(last)
    began, over = first + timedelta(days=2), first + timedelta(days=27)
    one = _propose(session, told, {"competency_id": None, "metric": told["metric"]}, by, units, first, by=by)
    for text, day in zip(told["milestones"], (began + timedelta(days=9), over), strict=True):
        step = services.add_milestone(session, one, text=text, owner=by, due_on=day, by=by, on=daily.moment_of(began))
        services.settle_milestone(session, step, day=day, by=by, on=daily.moment_of(day))
    for to, day in ((State.RUNNING, began), (State.DONE, over)):
        services.move(session, one, to, day=day, by=by, on=daily.moment_of(day))
    services.learn(session, one, told["learnt"], by=by, on=daily.moment_of(min(over + timedelta(days=60), last)))


def _under_way(session: Session, told: Mapping[str, Any], last: date, manager: User, trainer: User) -> None:
    of_month = select(PriorityEntry).join(PriorityEntry.list).where(PriorityList.month == month_start(last))
    entry = session.scalars(of_month.order_by(PriorityEntry.place).limit(1)).one_or_none()
    began = last - timedelta(days=24)
    facts = {"competency_id": entry.competency_id if entry else None, "metric": None if entry else "csat"}
    facts |= {"priority_id": entry.id if entry else None}
    programme = session.scalars(select(Unit).where(Unit.kind == UnitKind.PARTNER).order_by(Unit.path).limit(1)).all()
    one = _propose(session, told, facts, trainer, programme, began, by=manager)
    services.move(session, one, State.RUNNING, day=began, by=manager, on=daily.moment_of(began))
    days = (last - timedelta(days=12), last - timedelta(days=2), last + timedelta(days=9))
    for number, (text, day) in enumerate(zip(told["milestones"], days, strict=True)):
        step = services.add_milestone(
            session, one, text=text, owner=trainer, due_on=day, by=manager, on=daily.moment_of(began)
        )
        if not number:
            services.settle_milestone(session, step, day=day, by=trainer, on=daily.moment_of(day))


def _propose(
    session: Session,
    told: Mapping[str, Any],
    facts: Mapping[str, Any],
    owner: User,
    units: Sequence[Unit],
    day: date,
    *,
    by: User,
) -> Initiative:
    texts = {name: told[name] for name in ("title_en", "title_es", "cause", "plan")}
    on = daily.moment_of(day)
    return services.save(session, Initiative(), {**NO_LINKS, **texts, **facts}, owner=owner, units=units, by=by, on=on)
