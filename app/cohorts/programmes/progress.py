"""How far the people of a cohort have come: read from attendance and completions, never stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.cohorts.programmes import queries
from app.cohorts.programmes.models import Attendance, CohortSession, Enrolment, TrainerProgramme
from app.curriculum.models import Assignment


@dataclass(frozen=True, slots=True)
class Progress:
    """Sessions attended of those begun, and the knowledge check: None where the programme has none."""

    attended: int
    begun: int
    checked: bool | None

    def is_enough(self, least: float) -> bool:
        """Whether somebody was at enough sessions: of none, nothing is shown yet."""
        return self.begun > 0 and self.attended >= least * self.begun


def progress(session: Session, enrolments: Collection[Enrolment], at: datetime) -> dict[int, Progress]:
    """By enrolment; three queries, however many there are. Their cohorts and programmes are loaded."""
    cohorts = {one.cohort_id for one in enrolments}
    people = {one.person_id for one in enrolments}
    begun_rows = session.execute(queries.sessions_begun(at).where(CohortSession.cohort_id.in_(cohorts)))
    begun = dict(begun_rows.all())
    rows = session.execute(
        queries.sessions_attended(at).where(CohortSession.cohort_id.in_(cohorts), Attendance.person_id.in_(people))
    )
    attended = {(cohort, person): count for cohort, person, count in rows}
    programmes = {one.cohort.programme_id for one in enrolments if one.cohort.programme.module_id is not None}
    passed = session.execute(
        queries.checks_passed().where(TrainerProgramme.id.in_(programmes), Assignment.person_id.in_(people))
    )
    checked = {(programme, person) for programme, person in passed}
    return {
        one.id: Progress(
            attended.get((one.cohort_id, one.person_id), 0),
            begun.get(one.cohort_id, 0),
            (one.cohort.programme_id, one.person_id) in checked if one.cohort.programme_id in programmes else None,
        )
        for one in enrolments
    }
