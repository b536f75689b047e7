"""Deeds of walking paths: giving somebody one, and what becomes of it. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Notice, User
from app.core.errors import Refused
from app.curriculum import languages
from app.curriculum import services as curriculum
from app.curriculum.models import OPEN_STATES, Assignment, AssignmentReason, AssignmentState, ModuleState
from app.curriculum.paths import progress, queries
from app.curriculum.paths.models import Path, PathAssignment, PathVersion
from app.curriculum.queries import is_open

Facts = Mapping[str, Any]


def give(session: Session, path: Path, rows: Iterable[Facts], *, by: User | None, on: datetime) -> list[PathAssignment]:
    """Ask people to walk a path; who has it open already, or got it today and walked it, is left out.

    A row holds `person_id`, `reason`, `assigned_on` and, where known, `due_on` and `gap_id`. Who recertifies gets the
    shorter one instead, where there is one and `renewers` has them. Raises `Refused` when the path is not published.
    """
    shorter, full = _by_length(session, path, list(rows))
    given = _give(session, path, full, by, on)
    if shorter and path.shorter is not None:
        given += _give(session, path.shorter, shorter, by, on)
    return given


def renewers(session: Session, path: Path, people: Collection[int], day: date) -> set[int]:
    """Who of these people would get the shorter path if they were to recertify on that day."""
    if path.shorter is None or path.shorter.state is not ModuleState.PUBLISHED:
        return set()
    return set(session.scalars(queries.renewers(path, people, day)))


def _by_length(session: Session, path: Path, rows: Sequence[Facts]) -> tuple[list[Facts], list[Facts]]:
    """(the rows that take the shorter path, all others)."""
    days: dict[date, set[int]] = {}
    for row in rows:
        if row["reason"] is AssignmentReason.RECERTIFICATION:
            days.setdefault(row["assigned_on"], set()).add(row["person_id"])
    found = {(one, day) for day, people in days.items() for one in renewers(session, path, people, day)}
    shorter = [row for row in rows if (row["person_id"], row["assigned_on"]) in found]
    return shorter, [row for row in rows if (row["person_id"], row["assigned_on"]) not in found]


def _give(session: Session, path: Path, rows: Sequence[Facts], by: User | None, on: datetime) -> list[PathAssignment]:
    if not rows:
        return []
    version = session.scalars(queries.current_version(path.id)).one_or_none()
    if version is None or path.state is not ModuleState.PUBLISHED:
        raise Refused(_("Only published paths can be assigned."))
    rows = _readable(session, path, rows, by, on)
    standing = _standing(session, path, rows)
    given: dict[int, PathAssignment] = {}
    for row in rows:
        before = standing.get(row["person_id"], [])
        if row["person_id"] in given or any(_stands_in_the_way(one) for one in before):
            continue
        given[row["person_id"]] = _take_up(session, path, version, before, row, by)
    session.flush()
    new = list(given.values())
    progress.advance(session, new, on=on)
    for one in new:
        _tell(session, one, on)
        facts = {"path": path.code, "reason": one.reason.value}
        record.log(session, "path.assigned", one, by=by, on=on, person_id=one.person_id, **facts)
    return new


def _readable(session: Session, path: Path, rows: Sequence[Facts], by: User | None, on: datetime) -> Sequence[Facts]:
    """The rows of who can read each step: `Refused` names the others to whoever gives it; a rule leaves them out, noted."""
    lacks = languages.lacking_of_path(session, path.id)
    if not lacks:
        return rows
    people = [row["person_id"] for row in rows]
    if by is not None:
        languages.must_be_readable(session, path.title.text, lacks, people, by=by)
        return rows
    missed = {person for person, _path in languages.unread(session, {path.id: lacks}, people)}
    for person in sorted(missed):
        record.log(session, "path.unreadable", path, by=None, on=on, person_id=person, path=path.code)
    return [row for row in rows if row["person_id"] not in missed]


def _standing(session: Session, path: Path, rows: Sequence[Facts]) -> dict[int, list[PathAssignment]]:
    """What these people have open of the path, and what they were given of it on the very same day."""
    people, days = {row["person_id"] for row in rows}, {row["assigned_on"] for row in rows}
    found: dict[int, list[PathAssignment]] = {}
    for one in session.scalars(
        select(PathAssignment).where(
            PathAssignment.path_id == path.id,
            PathAssignment.person_id.in_(people),
            or_(queries.is_open(), PathAssignment.assigned_on.in_(days)),
        )
    ):
        found.setdefault(one.person_id, []).append(one)
    return found


def _stands_in_the_way(one: PathAssignment) -> bool:
    return one.state in (*OPEN_STATES, AssignmentState.COMPLETED)


def _take_up(
    session: Session,
    path: Path,
    version: PathVersion,
    before: Iterable[PathAssignment],
    row: Facts,
    by: User | None,
) -> PathAssignment:
    """A new one; or that of the same day, when it was cancelled or waived."""
    one = next(iter(before), None) or PathAssignment(
        person_id=row["person_id"], path_id=path.id, assigned_on=row["assigned_on"]
    )
    one.version, one.path = version, path
    one.state, one.waived_reason, one.started_at = AssignmentState.ASSIGNED, None, None
    one.reason, one.due_on, one.gap_id = row["reason"], row.get("due_on"), row.get("gap_id")
    one.assigned_by_id = by.id if by is not None else None
    session.add(one)
    return one


def _tell(session: Session, one: PathAssignment, on: datetime) -> None:
    if one.assigned_by_id == one.person_id or one.state is AssignmentState.COMPLETED:
        return
    due = one.due_on.isoformat() if one.due_on else None
    session.add(
        Notice(
            person_id=one.person_id,
            key=f"path:{one.id}:{one.assigned_on}",
            kind="path.assigned",
            detail={"path_en": one.path.title_en, "path_es": one.path.title_es, "due_on": due},
            path=f"/curriculum/learn/paths/{one.id}",
            created_at=on,
        )
    )


def take(session: Session, path: Path, *, by: User, on: datetime) -> PathAssignment:
    """Give oneself a path, without a due date; what is open already is gone on with."""
    row = {"person_id": by.id, "reason": AssignmentReason.SELF, "assigned_on": curriculum.programme_day(on)}
    given = _give(session, path, [row], by, on)
    if given:
        return given[0]
    own = PathAssignment.path_id == path.id, PathAssignment.person_id == by.id
    latest = select(PathAssignment).where(*own).order_by(queries.is_open().desc(), PathAssignment.id.desc())
    return session.scalars(latest.limit(1)).one()


def take_step(session: Session, one: PathAssignment, module_id: int, *, on: datetime) -> Assignment:
    """Begin, or go on with, a step that is open now; an optional one is given by this. Raises `Refused` for any other."""
    walk = progress.look(session, [one])[0]
    step = next((s for s in walk.steps if s.module_id == module_id), None)
    stand = walk.stands[step.position] if step is not None else None
    known = walk.assignments.get(module_id)
    if step is None or (stand is not progress.Stand.OPEN and known is None):
        raise Refused(_("This step is not open yet."))
    if known is None:
        row = {"person_id": one.person_id, "module_id": module_id, "reason": one.reason, "path_assignment_id": one.id}
        today = curriculum.programme_day(on)
        curriculum.assign_many(session, [{**row, "assigned_on": today, "due_on": None}], by=one.person, on=on)
        known = progress.look(session, [one])[0].assignments[module_id]
    assignment = session.get_one(Assignment, known)
    if curriculum.is_open(assignment) and assignment.state is AssignmentState.ASSIGNED:
        curriculum.start(session, assignment, on=on)
    return assignment


# --- What becomes of it ---


def may_decide(one: PathAssignment, by: User) -> bool:
    """Whether this person could waive it or move its due date: it is open, and not their own."""
    return one.state in OPEN_STATES and one.person_id != by.id


def may_cancel(one: PathAssignment) -> bool:
    """Whether it could still be taken back: not once anything of it was begun."""
    return one.state is AssignmentState.ASSIGNED


def waive(session: Session, one: PathAssignment, *, reason: str, by: User, on: datetime) -> None:
    """Spare the person what is left of the path. Raises `Refused` for one's own, and when it is no longer open."""
    _must_be_decided(session, one, by)
    one.state, one.waived_reason = AssignmentState.WAIVED, reason
    for step in _open_steps(session, one):
        step.state, step.waived_reason = AssignmentState.WAIVED, reason
        curriculum.put_away(session, step, "module.waived", by=by, on=on, reason=reason)
    _put_away(session, one, "path.waived", by=by, on=on, reason=reason)


def cancel(session: Session, one: PathAssignment, *, by: User, on: datetime) -> None:
    """Take the path back, with its steps. Raises `Refused` for one's own unless taken oneself, and once begun."""
    session.refresh(one, ["state"], with_for_update=True)
    if one.reason is not AssignmentReason.SELF:
        _must_be_decided(session, one, by)
    if one.state is not AssignmentState.ASSIGNED:
        raise Refused(_("It has been started, so it can only be waived, with a reason."))
    one.state = AssignmentState.CANCELLED
    for step in _open_steps(session, one):
        step.state = AssignmentState.CANCELLED
        curriculum.put_away(session, step, "module.cancelled", by=by, on=on)
    _put_away(session, one, "path.cancelled", by=by, on=on)


def reschedule(session: Session, one: PathAssignment, *, due_on: date, by: User, on: datetime) -> None:
    """Give an open path, and its open steps, another due date. Raises `Refused` for one's own, or when not open."""
    _must_be_decided(session, one, by)
    before, one.due_on = one.due_on, due_on
    for step in _open_steps(session, one):
        step.due_on = due_on
    for notice in session.scalars(_notices(one)):
        notice.detail = {**notice.detail, "due_on": due_on.isoformat()}
    days = [before.isoformat() if before else None, due_on.isoformat()]
    facts = {"person_id": one.person_id, "path": one.path.code, "due_on": days}
    record.log(session, "path.rescheduled", one, by=by, on=on, **facts)


def _must_be_decided(session: Session, one: PathAssignment, by: User) -> None:
    session.refresh(one, ["state"], with_for_update=True)
    if one.state not in OPEN_STATES:
        raise Refused(_("This path is no longer open."))
    if one.person_id == by.id:
        raise Refused(_("Somebody else has to decide about your own assignment."))


def _open_steps(session: Session, one: PathAssignment) -> Sequence[Assignment]:
    return session.scalars(select(Assignment).where(Assignment.path_assignment_id == one.id, is_open())).all()


def _notices(one: PathAssignment) -> Any:
    return select(Notice).where(Notice.person_id == one.person_id, Notice.key == f"path:{one.id}:{one.assigned_on}")


def _put_away(
    session: Session, one: PathAssignment, verb: str, *, by: User | None, on: datetime, **detail: Any
) -> None:
    """Log it, and take away the notice that asked for it."""
    record.log(session, verb, one, by=by, on=on, person_id=one.person_id, path=one.path.code, **detail)
    for notice in session.scalars(_notices(one)):
        session.delete(notice)
