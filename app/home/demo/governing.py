"""What the demo programme keeps of itself beside figures: initiatives, one with its effect, risks, and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, UnitKind, User
from app.core.clock import month_start
from app.governance.decisions import services as decisions
from app.governance.initiatives import services
from app.governance.initiatives.models import Initiative
from app.governance.initiatives.rules import State
from app.governance.models import PriorityEntry, PriorityList
from app.governance.risks import services as risks
from app.governance.risks.models import Risk
from app.governance.risks.rules import Response
from app.home import daily
from app.home.demo import content
from app.home.demo.figures import ended_month
from app.home.demo.world import World

NO_LINKS = {"root_cause_id": None, "criterion_id": None, "priority_id": None}


def write(session: Session, world: World, manager: User, trainer: User) -> None:
    """An initiative on a metric, done and measured; one on a competency of this month's priorities, under way."""
    told, last = content.governing(), world.last
    _finished(session, told["screen"], [_unit(world)], last, manager)
    _under_way(session, told["checklist"], last, manager, trainer)
    daily.measure_initiatives(session, last)
    _risks(session, told["risks"], world, [manager, trainer])
    _decisions(session, told["decisions"], world, manager)


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


def _risks(session: Session, told: Sequence[Mapping[str, Any]], world: World, owners: Sequence[User]) -> None:
    """Raised some weeks ago; some were reviewed since, and the review of one is overdue."""
    for number, one in enumerate(told):
        raised, by = world.last - timedelta(days=50), owners[0]
        texts = {name: one[name] for name in ("title_en", "title_es", "cause", "consequence", "plan")}
        review = world.last + timedelta(days=one["review"])
        first = review if "reviewed" not in one else raised + timedelta(days=30)
        facts = {
            **texts, "unit_id": _unit(world).id, "response": Response(one["response"]), "initiative_id": None, "review_on": first,
            "likelihood": one["raised"][0], "impact": one["raised"][1],
        }  # fmt: skip
        owner = owners[number % len(owners)]
        found = risks.save(session, Risk(), facts, owner=owner, by=by, on=daily.moment_of(raised))
        if "reviewed" in one:
            likelihood, impact = one["reviewed"]
            risks.review(
                session, found, likelihood=likelihood, impact=impact, note=one["note"], review_on=review, by=owner,
                on=daily.moment_of(first),
            )  # fmt: skip


def _decisions(session: Session, told: Sequence[Mapping[str, Any]], world: World, by: User) -> None:
    """One of them took the place of the one before it."""
    before = None
    for one in told:
        day = world.last - timedelta(days=one["ago"])
        texts = {name: one[name] for name in ("title_en", "title_es", "why", "alternatives")}
        facts = {
            **texts, "unit_id": _unit(world).id, "decided_on": day, "initiative_id": None, "risk_id": None,
            "review_on": world.last + timedelta(days=one["review"]),
        }  # fmt: skip
        instead = before if one.get("supersedes") else None
        on = daily.moment_of(day)
        before = decisions.decide(session, facts, decided_by=by, instead_of=instead, by=by, on=on)


def _unit(world: World) -> Unit:
    """The first site."""
    return world.people.units[world.roster.teams[0].site.code]
