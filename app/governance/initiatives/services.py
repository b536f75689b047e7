"""Deeds on initiatives: begun from a cause, changed, moved on, their milestones, and what was learnt. Nothing commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Unit, User
from app.core.errors import Refused
from app.governance import scoping
from app.governance.initiatives import rules
from app.governance.initiatives.models import Initiative, InitiativeMove, Milestone
from app.governance.initiatives.rules import ENDED, State

OWNED, MILESTONE_OWNED = "initiative.owned", "milestone.owned"


def path_of(one: Initiative) -> str:
    """Where an initiative is read."""
    return f"/governance/initiatives/{one.id}"


def save(
    session: Session,
    one: Initiative,
    facts: Mapping[str, Any],
    *,
    owner: User,
    units: Sequence[Unit],
    by: User,
    on: datetime,
) -> Initiative:
    """Propose an initiative, or change it. `Refused` without units, without exactly one thing it should move, and once ended."""
    if one.state in ENDED:
        raise Refused(_("The initiative has ended and no longer changes."))
    if not units:
        raise Refused(_("An initiative needs at least one unit."))
    if bool(facts["competency_id"]) == bool(facts["metric"]):
        raise Refused(_("Say what it should improve: a competency or a metric, not both."))
    scoping.must_see(session, owner, [unit.id for unit in units], on.date())
    new, before = one.id is None, one.owner_id
    for name, value in facts.items():
        setattr(one, name, value)
    one.owner, one.units = owner, list(units)
    if new:
        one.state, one.made_at = State.PROPOSED, on
    session.add(one)
    session.flush()
    if new:
        session.add(InitiativeMove(initiative_id=one.id, state=State.PROPOSED, on_day=on.date(), by_id=by.id, at=on))
    record.log(session, "initiative.proposed" if new else "initiative.changed", one, by=by, on=on, name=one.title_en)
    if owner.id not in (by.id, before):
        _tell(session, owner, OWNED, one, f"initiative:{one.id}", on=on)
    return one


def move(
    session: Session, one: Initiative, to: State, *, day: date, reason: str = "", by: User | None, on: datetime
) -> None:
    """Begin, end, stop or take up again on a day. `Refused` for a move there is not, or one unexplained."""
    if to not in rules.MOVES[one.state]:
        raise Refused(_("An initiative in this state cannot be moved there."))
    if rules.needs_reason(one.state, to) and not reason.strip():
        raise Refused(_("Say why: the reason stays with the initiative."))
    if day > on.date() or (to is State.DONE and one.started_on is not None and day < one.started_on):
        raise Refused(_("The day must be between its beginning and today."))
    if to is State.DONE and any(step.done_on is None for step in one.milestones):
        raise Refused(_("A milestone is still open: mark it as done or remove it first."))
    one.state, one.effect, one.measured_on = to, None, None
    if to is State.RUNNING:
        one.started_on, one.ended_on, one.post_mortem_on, one.post_mortem_at = one.started_on or day, None, None, None
    else:
        one.ended_on, one.post_mortem_on = day, rules.post_mortem_due(to, day)
    session.add(
        InitiativeMove(
            initiative_id=one.id, state=to, on_day=day, reason=reason.strip(), by_id=by.id if by else None, at=on
        )
    )
    session.flush()
    session.expire(one, ["moves"])
    record.log(session, "initiative.moved", one, by=by, on=on, name=one.title_en, initiative_state=to.value)


def add_milestone(
    session: Session, one: Initiative, *, text: str, owner: User, due_on: date, by: User, on: datetime
) -> Milestone:
    """Put something on the plan; its owner is told."""
    _must_be_alive(one)
    scoping.must_see(session, owner, [unit.id for unit in one.units], on.date())
    made = Milestone(initiative=one, text=text.strip(), owner=owner, due_on=due_on)
    session.add(made)
    session.flush()
    session.expire(one, ["milestones"])
    record.log(session, "initiative.milestone_added", one, by=by, on=on, name=made.text)
    if owner.id != by.id:
        key = f"milestone:{made.id}"
        _tell(session, owner, MILESTONE_OWNED, one, key, on=on, text=made.text, due_on=due_on.isoformat())
    return made


def settle_milestone(session: Session, step: Milestone, *, day: date, by: User, on: datetime) -> None:
    """Note that it is done."""
    _must_be_alive(step.initiative)
    if step.done_on is not None:
        raise Refused(_("The milestone was already marked as done."))
    step.done_on, step.done_by_id = day, by.id
    record.log(session, "initiative.milestone_done", step.initiative, by=by, on=on, name=step.text)


def drop_milestone(session: Session, step: Milestone, *, by: User, on: datetime) -> None:
    """Take it out of the plan; the trail keeps that it was there."""
    _must_be_alive(step.initiative)
    if step.done_on is not None:
        raise Refused(_("Completed milestones stay on the plan."))
    record.log(session, "initiative.milestone_dropped", step.initiative, by=by, on=on, name=step.text)
    session.delete(step)
    session.flush()
    session.expire(step.initiative, ["milestones"])


def learn(session: Session, one: Initiative, text: str, *, by: User, on: datetime) -> None:
    """Write the post-mortem: once, when it has ended."""
    if one.state not in ENDED:
        raise Refused(_("What was learnt is written once the initiative has ended."))
    if one.post_mortem_at is not None:
        raise Refused(_("The post-mortem is written and stays as it is."))
    if not text.strip():
        raise Refused(_("Write down what was learnt."))
    one.post_mortem, one.post_mortem_at = text.strip(), on
    record.log(session, "initiative.learnt", one, by=by, on=on, name=one.title_en)


def _must_be_alive(one: Initiative) -> None:
    if one.state in ENDED:
        raise Refused(_("The initiative has ended and no longer changes."))


def _tell(session: Session, owner: User, kind: str, one: Initiative, key: str, *, on: datetime, **detail: Any) -> None:
    facts = {"title_en": one.title_en, "title_es": one.title_es, **detail}
    record.tell(session, [owner.id], kind, key=key, path=path_of(one), on=on, **facts)
