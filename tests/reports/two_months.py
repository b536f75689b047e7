"""Two months of everything at both partners, as rows: what reports of the gallery are counted again from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Cause, Criterion, ErrorClass, Finding, Purpose, Result
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.core.clock import monday_of
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from app.gaps.models import Gap, Remedy, Transition
from app.gaps.rules import GapState
from app.remedies.models import Outcome
from tests.conftest import Cast
from tests.gaps.conftest import Form

OCTOBER, LAST = date(2026, 10, 1), date(2026, 10, 31)


def make_two_months(session: Any, people: Cast, form: Form) -> None:
    """Audits, learning, DSAT cases, gaps and a launch of September and October 2026, committed."""
    criteria = session.scalars(select(Criterion).order_by(Criterion.id)).all()
    criteria[0].error_class, criteria[1].error_class = ErrorClass.CUSTOMER, ErrorClass.COMPLIANCE
    teams = ((people.ana, people.refunds), (people.luis, people.refunds), (people.sol, people.orders))
    for month in (9, 10):
        for number in range(9):
            person, team = teams[number % 3]
            at = datetime(2026, month, 2 + number, 17, tzinfo=UTC)
            audit = _audit(session, form, person, team, at, f"{month}-{number}")
            audit.fatal, audit.score = number % 4 == 0, 0.0 if number % 4 == 0 else 0.5 + number / 20
            if number % 2 == 0:
                session.add(Finding(audit_id=audit.id, criterion_id=criteria[number % 4 // 2].id, result=Result.FAIL))
            if number < 3 and month == 10:
                again = _audit(session, form, person, team, at, f"again-{number}", Purpose.REAUDIT)
                again.reaudit_of_id, again.auditor_id = audit.id, people.mariana.id
                audit.auditor_id = people.ivan.id
    _learning(session, people)
    _cases(session, form, teams)
    _gaps(session, people, form)
    session.commit()


def _audit(
    session: Any, form: Form, person: Any, team: Any, at: datetime, name: str, purpose: Purpose = Purpose.RANDOM
) -> Audit:
    one = Audit(
        source="t", reference=name, contact_ref=name, person_id=person.id, team_id=team.id, version_id=form.version.id,
        purpose=purpose, contact_at=at, audited_at=at, released_at=at, week=monday_of(at.date()), checks=2,
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one


def _learning(session: Any, people: Cast) -> None:
    modules = [
        Module(code=f"M{n}", title_en=f"A{n}", title_es=f"B{n}", kind=ModuleKind.ARTICLE, minutes=5, body_en="x", body_es="y")
        for n in range(2)
    ]  # fmt: skip
    session.add_all(modules)
    session.flush()
    given = [
        (people.ana, 0, 9),
        (people.ana, 1, 20),
        (people.luis, 0, None),
        (people.sol, 0, 10),
        (people.sol, 1, None),
    ]
    for number, (person, module, done) in enumerate(given):
        reason = AssignmentReason.GAP if number % 2 else AssignmentReason.MANUAL
        state = AssignmentState.COMPLETED if done else AssignmentState.ASSIGNED
        day = done and date(2026, 10, done)
        one = Assignment(
            person_id=person.id, module_id=modules[module].id, reason=reason, assigned_on=OCTOBER, state=state,
            due_on=date(2026, 10, 12), completed_on=day,
            completed_at=day and datetime(2026, 10, day.day, 12, tzinfo=UTC),
        )  # fmt: skip
        session.add(one)
    waived = {"state": AssignmentState.WAIVED, "due_on": date(2026, 10, 5), "reason": AssignmentReason.LAUNCH}
    session.add(Assignment(person_id=people.ana.id, module_id=modules[0].id, assigned_on=date(2026, 9, 9), **waived))
    launch = Launch(
        code="L1", title_en="New", title_es="Nuevo", kind=LaunchKind.TOOL, go_live_on=date(2026, 11, 20), at_gate=[]
    )
    launch.units, launch.modules = [people.programme], [modules[0]]
    session.add(launch)


def _cases(session: Any, form: Form, teams: Any) -> None:
    for number in range(8):
        person, team = teams[number % 3]
        at = datetime(2026, 9 + number % 4 // 2, 5 + number, 12, tzinfo=UTC)
        case = DsatCase(
            source="s", reference=f"D{number}", contact_ref=f"C{number}", person_id=person.id, team_id=team.id,
            received_at=at, week=monday_of(at.date()), cause=[Cause.SKILL, Cause.TOOL, None][number % 3],
        )  # fmt: skip
        session.add(case)
        if number % 2:
            _audit(session, form, person, team, at, f"C{number}", Purpose.DSAT)


def _gaps(session: Any, people: Cast, form: Form) -> None:
    module = session.scalars(select(Module)).first()
    moves = [(GapState.NONE, GapState.OPEN, 5), (GapState.OPEN, GapState.IN_REMEDIATION, 12)]
    more = [*moves, (GapState.IN_REMEDIATION, GapState.CLOSED, 19), (GapState.CLOSED, GapState.RELAPSED, 26)]
    for person, about, told in (
        (people.ana, form.tone, more), (people.luis, form.tone, moves), (people.sol, form.identity, more[:3])
    ):  # fmt: skip
        gap = Gap(person_id=person.id, competency_id=about.id, state=told[-1][1])
        session.add(gap)
        session.flush()
        for before, after, day in told:
            week = monday_of(date(2026, 10, day))
            session.add(
                Transition(
                    gap_id=gap.id, week=week, from_state=before, to_state=after, probability=0.9, n=1, f=1, checks13=1,
                    fails13=1, since=0,
                )
            )  # fmt: skip
        day = date(2026, 7, 6)
        remedy = Remedy(person_id=person.id, competency_id=about.id, week=day, day=day, key=f"assignment:{person.id}")
        session.add(remedy)
        session.flush()
        session.add(
            Outcome(
                remedy_id=remedy.id, person_id=person.id, competency_id=about.id, module_id=module.id,
                week=day, expected=0.4, allowed=0.1, gain=1.0, checks=10.0, control_gain=0.0,
                control_checks=5.0, controls=5,
            )
        )  # fmt: skip
