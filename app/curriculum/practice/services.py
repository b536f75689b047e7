"""Deeds: saying what is observed in a practice, asking to be observed, and scoring it. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.access import may
from app.accounts.models import User
from app.accounts.permissions import Permission, Role
from app.core.errors import Refused
from app.core.rubrics import Line
from app.curriculum import services as learning
from app.curriculum.models import Assignment, Module
from app.curriculum.practice import rules
from app.curriculum.practice.models import Practice, PracticeLine, PracticeObservation
from app.curriculum.practice.queries import observers


def practice_of(session: Session, module: Module) -> Practice | None:
    """How a module is scored, if that was said."""
    return session.get(Practice, module.id) if module.id is not None else None


def set_rubric(
    session: Session,
    module: Module,
    lines: Sequence[Line],
    *,
    pass_share: float,
    leads_observe: bool,
    by: User,
    on: datetime,
) -> Practice:
    """Say what is observed. What was scored before keeps the rubric it was scored on."""
    known = practice_of(session, module) or Practice(module=module)
    known.pass_share, known.leads_observe = pass_share, leads_observe
    if [(one.text_en, one.text_es, one.most) for one in known.lines] != list(lines):
        known.lines = [
            PracticeLine(position=place, text_en=english, text_es=spanish, most=most)
            for place, (english, spanish, most) in enumerate(lines)
        ]
    session.add(known)
    session.flush()
    record.log(session, "practice.set", module, by=by, on=on, module=module.code)
    return known


def may_observe(practice: Practice, assignment: Assignment, by: User) -> bool:
    """Whether somebody who may assign to the person may score them: never oneself; leads where the rubric says so."""
    if assignment.person_id == by.id or not learning.is_open(assignment):
        return False
    return practice.leads_observe or may(by, Permission.WRITE_MODULES)


def score(
    session: Session,
    practice: Practice,
    assignment: Assignment,
    marks: Mapping[int, int],
    *,
    language: str,
    remark: str,
    by: User,
    on: datetime,
) -> PracticeObservation:
    """Keep what was observed; who reached the mark has completed the module with that score, else may try again.

    `Refused` for oneself, for who may not observe, once the assignment is no longer open, and while a line has no points.
    """
    learning.start(session, assignment, on=on)  # holds the row: two observers one after the other
    if not may_observe(practice, assignment, by):
        raise Refused(_("This practice is observed by somebody else: a trainer, or a lead where the rubric says so."))
    lines = practice.lines
    if not lines or any(not 0 <= marks.get(line.id, -1) <= line.most for line in lines):
        raise Refused(_("Each line of the rubric needs its points."))
    reached = rules.share([marks[line.id] for line in lines], [line.most for line in lines])
    before = (
        select(func.count()).select_from(PracticeObservation).where(PracticeObservation.assignment_id == assignment.id)
    )
    made = PracticeObservation(
        assignment=assignment,
        person_id=assignment.person_id,
        number=(session.scalar(before) or 0) + 1,
        observer_id=by.id,
        observed_at=on,
        language=language,
        marks=[[line.text_en, line.text_es, marks[line.id], line.most] for line in lines],
        share=reached,
        pass_share=practice.pass_share,
        passed=rules.is_passed(reached, practice.pass_share),
        remark=remark,
    )
    session.add(made)
    session.flush()
    facts = {"person_id": assignment.person_id, "module": assignment.module.code, "score": round(reached, 2)}
    record.log(session, "practice.passed" if made.passed else "practice.failed", made, by=by, on=on, **facts)
    _tell(session, made, on)
    if made.passed:
        learning.complete(session, assignment, on=on, language=language, score=reached, proven=True)
    return made


def _tell(session: Session, made: PracticeObservation, on: datetime) -> None:
    module = made.assignment.module
    facts = {"module_en": module.title_en, "module_es": module.title_es, "passed": made.passed}
    key, path = f"practice:{made.id}", f"/curriculum/learn/{made.assignment_id}"
    record.tell(session, [made.person_id], "practice.scored", key=key, path=path, on=on, **facts)


def ask(session: Session, practice: Practice, assignment: Assignment, *, on: datetime) -> int:
    """Tell who leads the person's team, or trains there when leads do not observe, that they are ready. How many."""
    learning.start(session, assignment, on=on)
    role = Role.TEAM_LEAD if practice.leads_observe else Role.TRAINER
    people = set(session.scalars(observers(assignment.person_id, role, learning.programme_day(on))))
    people.discard(assignment.person_id)
    if not people:
        raise Refused(_("Nobody is available to observe. The trainer of the programme can say who could."))
    module = assignment.module
    facts = {"name": assignment.person.name, "module_en": module.title_en, "module_es": module.title_es}
    key = f"practice-asked:{assignment.id}:{learning.programme_day(on).isoformat()}"
    path = f"/curriculum/assignments/{assignment.id}/observe"
    record.log(session, "practice.asked", assignment, by=assignment.person, on=on, module=module.code)
    return record.tell(session, people, "practice.asked", key=key, path=path, on=on, **facts)


def must_be_scored(session: Session, module: Module) -> None:
    """Raises `Refused` while a practice has no rubric."""
    known = practice_of(session, module)
    if known is None or not known.lines:
        raise Refused(_("It can't be published yet: the rubric it is scored on is missing."))
