"""A scorecard of three criteria on two competencies, and audits on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from app.accounts.models import User
from app.audits.models import (
    Audit,
    Cause,
    Criterion,
    CriterionCompetency,
    CriterionIdentity,
    Finding,
    Purpose,
    Result,
    Scorecard,
    ScorecardVersion,
    Section,
    Severity,
)
from app.core.clock import monday_of
from app.curriculum.models import Competency
from tests.conftest import Cast

CODES = ("C1", "C2", "C3")


class Form:
    """The scorecard: C1 and C2 tell of `tone`, C3 of `identity` and is fatal; both have a target of 85 %."""

    def __init__(self, session: Any) -> None:
        self.tone = Competency(code="K1", name_en="Tone", name_es="Tono", target=0.85)
        self.identity = Competency(code="K2", name_en="Identity", name_es="Identidad", target=0.85)
        card = Scorecard(code="S", name_en="Support", name_es="Atención")
        session.add_all([self.tone, self.identity, card])
        session.flush()
        self.version = ScorecardVersion(scorecard_id=card.id, label="1", imported_at=datetime(2026, 1, 1, tzinfo=UTC))
        session.add(self.version)
        session.flush()
        section = Section(version_id=self.version.id, position=1, name_en="All", name_es="Todo")
        session.add(section)
        session.flush()
        self.criteria: dict[str, Criterion] = {}
        for position, code in enumerate(CODES):
            identity = CriterionIdentity(scorecard_id=card.id, code=code)
            session.add(identity)
            session.flush()
            criterion = Criterion(
                version_id=self.version.id, identity_id=identity.id, section_id=section.id, code=code, position=position,
                text_en=f"Check {code}", text_es=f"Punto {code}", weight=1.0,
                severity=Severity.FATAL if code == "C3" else Severity.MINOR,
            )  # fmt: skip
            session.add(criterion)
            session.flush()
            about = self.identity if code == "C3" else self.tone
            session.add(CriterionCompetency(criterion_id=criterion.id, competency_id=about.id))
            self.criteria[code] = criterion
        session.commit()


@pytest.fixture
def form(session: Any) -> Form:
    return Form(session)


AuditMaker = Callable[..., Audit]


@pytest.fixture
def audit(session: Any, form: Form, people: Cast) -> AuditMaker:
    """Make an audit of a person's contact on a day: what was missed, what did not apply, why, and when it was released."""
    made: list[int] = []

    def make(
        person: User,
        day: date,
        missed: Sequence[str] = (),
        na: Iterable[str] = (),
        *,
        cause: Cause | None = None,
        purpose: Purpose = Purpose.RANDOM,
        released: date | None = None,
        auditor: User | None = None,
    ) -> Audit:
        at = datetime.combine(day, time(15), UTC)
        known = at if released is None else datetime.combine(released, time(15), UTC)
        made.append(1)
        one = Audit(
            source="test", reference=str(len(made)), person_id=person.id, version_id=form.version.id, purpose=purpose,
            contact_at=at, audited_at=known, released_at=known, week=monday_of(day),
            team_id=people.refunds.id, auditor_id=(auditor or people.ivan).id,
        )  # fmt: skip
        session.add(one)
        session.flush()
        for code in missed:
            session.add(Finding(audit_id=one.id, criterion_id=form.criteria[code].id, result=Result.FAIL, cause=cause))
        for code in na:
            session.add(Finding(audit_id=one.id, criterion_id=form.criteria[code].id, result=Result.NA))
        session.flush()
        return one

    return make


MONDAY = date(2026, 6, 1)


def week(number: int) -> date:
    """The Monday so many weeks after the first."""
    return MONDAY + timedelta(weeks=number)


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
