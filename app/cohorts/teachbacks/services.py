"""Deeds: planning a teach-back, scoring it, asking a third observer, and deciding what came of it. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.cohorts.licences.rules import Level
from app.cohorts.licences.services import issue
from app.cohorts.programmes.models import Enrolment, TrainerProgramme
from app.cohorts.programmes.progress import progress
from app.cohorts.programmes.rules import Outcome, Stage
from app.cohorts.teachbacks import rules
from app.cohorts.teachbacks.models import Mark, ScoreSheet, TeachBack
from app.core import jobs
from app.core.errors import Refused
from app.curriculum.services import programme_day

INVITE = "cohorts.invite_teach_back"


def plan(
    session: Session,
    enrolment: Enrolment,
    observers: Sequence[User],
    *,
    planned_for: datetime,
    minutes: int,
    topic: str,
    place: str,
    by: User,
    on: datetime,
) -> TeachBack:
    """Have somebody teach before two observers. `Refused` without a seat, once settled, and while another is open."""
    if enrolment.stage is not Stage.SEATED or enrolment.outcome in (Outcome.CERTIFIED, Outcome.NOT_CERTIFIED):
        raise Refused(_("Only people with a seat and no final outcome yet can teach back."))
    _must_observe(enrolment.person_id, observers)
    if len({one.id for one in observers}) != 2:
        raise Refused(_("Two different people must observe."))
    known = session.scalars(select(TeachBack).where(TeachBack.enrolment_id == enrolment.id)).all()
    if any(one.outcome is None for one in known):
        raise Refused(_("There is a teach-back that has not been decided yet."))
    made = TeachBack(
        enrolment=enrolment,
        person_id=enrolment.person_id,
        attempt=len(known) + 1,
        planned_for=planned_for,
        minutes=minutes,
        topic=topic,
        place=place,
    )
    made.sheets = [ScoreSheet(observer=one, place=place) for place, one in enumerate(observers, start=1)]
    session.add(made)
    session.flush()
    record.log(session, "teach_back.planned", made, by=by, on=on, person_id=made.person_id, name=topic)
    _ask(session, made, observers, on=on)
    if planned_for > on:
        for person in (made.person_id, *(one.id for one in observers)):
            jobs.enqueue(session, INVITE, key=f"{made.id}:{person}", teach_back_id=made.id, person_id=person)
    return made


def submit(
    session: Session, sheet: ScoreSheet, marks: Mapping[int, int], *, remark: str, by: User, on: datetime
) -> None:
    """Hand in the marks by line of the rubric; they do not change any more."""
    if sheet.observer_id != by.id or sheet.submitted_at is not None:
        raise Refused(_("This sheet has been handed in already."))
    if sheet.teach_back.planned_for > on:
        raise Refused(_("This teach-back has not begun yet."))
    lines = sheet.teach_back.enrolment.cohort.programme.lines
    if any(not 0 <= marks.get(line.id, -1) <= line.most for line in lines):
        raise Refused(_("Each line of the rubric needs its points."))
    session.add_all(Mark(sheet_id=sheet.id, line_id=line.id, points=marks[line.id]) for line in lines)
    sheet.submitted_at, sheet.remark = on, remark
    session.flush()
    session.expire(sheet, ["marks"])
    person = sheet.teach_back.person_id
    record.log(session, "teach_back.scored", sheet.teach_back, by=by, on=on, person_id=person)


def is_scored(teach_back: TeachBack) -> bool:
    """Whether everybody who was asked has handed in."""
    return all(sheet.submitted_at is not None for sheet in teach_back.sheets)


def marks_of(teach_back: TeachBack) -> tuple[list[list[int]], list[int]]:
    """The points of each sheet by line, and the most of each line."""
    lines = teach_back.enrolment.cohort.programme.lines
    by_line = [{mark.line_id: mark.points for mark in sheet.marks} for sheet in teach_back.sheets]
    return [[marks[line.id] for line in lines] for marks in by_line], [line.most for line in lines]


def needs_third(teach_back: TeachBack) -> bool:
    """Whether two have scored and differ beyond the tolerance."""
    if not is_scored(teach_back):
        return False
    sheets, most = marks_of(teach_back)
    return rules.needs_third(sheets, most, teach_back.enrolment.cohort.programme.tolerance)


def add_third(session: Session, teach_back: TeachBack, observer: User, *, by: User, on: datetime) -> None:
    """Ask a third observer, who sees nothing of the other two."""
    if not needs_third(teach_back):
        raise Refused(_("A third observer is asked when two have scored and differ beyond the tolerance."))
    _must_observe(teach_back.person_id, [observer])
    if observer.id in {sheet.observer_id for sheet in teach_back.sheets}:
        raise Refused(_("The third observer must be somebody else."))
    teach_back.sheets.append(ScoreSheet(observer=observer, place=3))
    session.flush()
    record.log(session, "teach_back.third_asked", teach_back, by=by, on=on, person_id=teach_back.person_id)
    _ask(session, teach_back, [observer], on=on)


def proposed(teach_back: TeachBack) -> tuple[Outcome, float, float]:
    """(what follows, share of the points, agreement of the first two) of one that is scored."""
    sheets, most = marks_of(teach_back)
    programme = teach_back.enrolment.cohort.programme
    reached = rules.share(sheets, most)
    found = rules.outcome(
        reached,
        certified=programme.pass_share,
        conditional=programme.conditional_share,
        attempt=teach_back.attempt,
    )
    return found, reached, rules.agreement(sheets[0], sheets[1], most)


def decide(
    session: Session, teach_back: TeachBack, *, level: Level, reteach_on: date | None, by: User, on: datetime
) -> Outcome:
    """Settle what came of it, by the marks; who is certified gets a licence.

    `Refused` while somebody still scores or a third is needed, by an observer or oneself, and for a certificate while
    attendance or the knowledge check is missing.
    """
    if teach_back.outcome is not None:
        raise Refused(_("This teach-back has been decided already."))
    if not is_scored(teach_back) or needs_third(teach_back):
        raise Refused(_("Not everybody who observes has scored yet."))
    if by.id in {teach_back.person_id, *(sheet.observer_id for sheet in teach_back.sheets)}:
        raise Refused(_("Somebody who neither taught nor observed decides."))
    enrolment, today = teach_back.enrolment, programme_day(on)
    found, reached, agreed = proposed(teach_back)
    if found is Outcome.CERTIFIED:
        _must_have_shown(session, enrolment, on)
    if found is Outcome.CONDITIONAL and (reteach_on is None or reteach_on <= today):
        raise Refused(_("A conditional outcome needs the day by which it is taught again."))
    teach_back.outcome, teach_back.share, teach_back.agreement = found, reached, agreed
    teach_back.decided_at, teach_back.decided_by_id = on, by.id
    teach_back.reteach_on = reteach_on if found is Outcome.CONDITIONAL else None
    enrolment.outcome, enrolment.outcome_on, enrolment.reteach_on = found, today, teach_back.reteach_on
    facts = {"person_id": teach_back.person_id, "outcome": found.value}
    record.log(session, "teach_back.decided", teach_back, by=by, on=on, **facts)
    key, path = f"teach-back-decided:{teach_back.id}", f"/cohorts/enrolments/{enrolment.id}"
    record.tell(session, [teach_back.person_id], "teach_back.decided", key=key, path=path, on=on)
    if found is Outcome.CERTIFIED:
        issue(session, enrolment, level=level, by=by, on=on)
    return found


def _must_have_shown(session: Session, enrolment: Enrolment, on: datetime) -> None:
    shown = progress(session, [enrolment], on)[enrolment.id]
    if not shown.is_enough(enrolment.cohort.programme.least_attendance):
        raise Refused(_("The minimum attendance is missing: without it nobody is certified."))
    if shown.checked is False:
        raise Refused(_("The knowledge check is missing: without it nobody is certified."))


def _must_observe(person_id: int, observers: Sequence[User]) -> None:
    if any(one.id == person_id for one in observers):
        raise Refused(_("Nobody can observe their own teach-back."))


def _ask(session: Session, teach_back: TeachBack, observers: Sequence[User], *, on: datetime) -> None:
    key, path = f"teach-back:{teach_back.id}", f"/cohorts/teach-backs/{teach_back.id}"
    facts = {"name": teach_back.enrolment.person.name, "planned_for": teach_back.planned_for.isoformat()}
    record.tell(session, [one.id for one in observers], "teach_back.to_score", key=key, path=path, on=on, **facts)


def was_scored_with(session: Session, programme: TrainerProgramme) -> bool:
    """Whether somebody has handed in marks by the rubric of a programme."""
    lines = [line.id for line in programme.lines]
    return bool(session.scalar(select(func.count()).select_from(Mark).where(Mark.line_id.in_(lines))))
