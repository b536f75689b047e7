"""Deeds of launches: made, changed, the checklist, and the gate that is signed. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Membership, Unit, User
from app.accounts.queries import members_on
from app.audits.models import CriterionIdentity
from app.cohorts.launches import rules
from app.cohorts.launches.models import GateCheck, GateSignature, Launch
from app.cohorts.launches.readiness import readiness, target_teams
from app.cohorts.launches.rules import Part, Verdict
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.models import AssignmentReason, Module


def save(
    session: Session,
    launch: Launch,
    facts: Mapping[str, Any],
    *,
    units: Sequence[Unit],
    modules: Sequence[Module],
    criteria: Sequence[CriterionIdentity],
    by: User,
    on: datetime,
) -> Launch:
    """Make a launch or change it. Moved to another day or taken to more units, it is signed anew. `Refused` without units."""
    if not units:
        raise Refused(_("A launch needs at least one unit."))
    same = select(Launch.id).where(Launch.code == facts["code"], Launch.id != (launch.id or 0))
    if session.scalar(same) is not None:
        raise Refused(_("There is another launch with the code %(code)s.", code=facts["code"]))
    more = {one.id for one in units} - {one.id for one in launch.units}
    anew = launch.id is not None and (bool(more) or launch.go_live_on != facts["go_live_on"])
    for name, value in facts.items():
        setattr(launch, name, value)
    launch.units, launch.modules, launch.criteria = list(units), list(modules), list(criteria)
    session.add(launch)
    if anew:
        launch.signatures, launch.verdict, launch.decided_at, launch.at_gate = [], None, None, []
    session.flush()
    record.log(session, "launch.saved", launch, by=by, on=on, name=launch.code)
    return launch


def assign_modules(session: Session, launch: Launch, *, by: User, on: datetime) -> int:
    """Assign what has to be learnt to everybody in its units who has not; due the day before go-live."""
    day = curriculum.programme_day(on)
    teams = target_teams(session, None, launch)
    members = members_on(day).where(Membership.team_id.in_(teams))
    people = sorted({person for person, _team in session.execute(members)})
    due = max(launch.go_live_on - timedelta(days=1), day)
    rows = [
        {
            "person_id": person,
            "module_id": module.id,
            "reason": AssignmentReason.LAUNCH,
            "assigned_on": day,
            "due_on": due,
        }
        for module in launch.modules
        for person in people
    ]
    given = curriculum.assign_many(session, rows, by=by, on=on)
    record.log(session, "launch.assigned", launch, by=by, on=on, name=launch.code, new=given)
    return given


def add_check(
    session: Session, launch: Launch, *, text: str, owner: User, due_on: date, by: User, on: datetime
) -> GateCheck:
    """Put something on the checklist; its owner is told. `Refused` once the gate is decided."""
    _must_be_open(launch)
    made = GateCheck(launch=launch, text=text, owner=owner, due_on=due_on)
    session.add(made)
    session.flush()
    record.log(session, "launch.check_added", launch, by=by, on=on, name=text)
    path = f"/cohorts/launches/{launch.id}"
    record.tell(session, [owner.id], "launch.check", key=f"gate-check:{made.id}", path=path, on=on, name=text)
    return made


def settle_check(session: Session, check: GateCheck, *, evidence: str, by: User, on: datetime) -> None:
    """Say that it is in order, with what shows it. `Refused` without evidence, and once the gate is decided."""
    _must_be_open(check.launch)
    if not evidence:
        raise Refused(_("Say what shows that it is in order: a link, a number, a name."))
    check.evidence, check.done_at, check.done_by_id = evidence, on, by.id
    record.log(session, "launch.check_settled", check.launch, by=by, on=on, name=check.text)


def sign(
    session: Session, launch: Launch, part: Part, verdict: Verdict, *, remark: str, by: User, on: datetime
) -> None:
    """Sign for one part; with the last one the gate is decided, and readiness of that moment is kept.

    `Refused` for who signed already, for *go* while something on the checklist is open, and for anything else without a
    remark that says why.
    """
    _must_be_open(launch)
    if any(one.part is part for one in launch.signatures):
        raise Refused(_("This part has been signed already."))
    if any(one.user_id == by.id for one in launch.signatures):
        raise Refused(_("You have signed already; each part is signed by another person."))
    if verdict is Verdict.GO and any(check.done_at is None for check in launch.checks):
        raise Refused(
            _("Something on the checklist is still open: until it is done, the decision is conditional at best.")
        )
    if verdict is not Verdict.GO and not remark:
        raise Refused(_("State the condition, or why not."))
    launch.signatures.append(GateSignature(part=part, verdict=verdict, remark=remark, user_id=by.id, at=on))
    session.flush()
    record.log(session, "launch.signed", launch, by=by, on=on, name=launch.code, verdict=verdict.value)
    decided = rules.gate({one.part: one.verdict for one in launch.signatures})
    if decided is not None:
        launch.verdict, launch.decided_at = decided, on
        launch.at_gate = [one.plain for one in readiness(session, None, launch, curriculum.programme_day(on))]


def _must_be_open(launch: Launch) -> None:
    if launch.verdict is not None:
        raise Refused(
            _("The go/no-go is decided. If the launch moves to another day or reaches more units, it is signed again.")
        )
