"""Reads other rooms share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from app.audits import services
from app.audits.models import Audit
from app.audits.queries import failed_lately, fatal_audits, fatal_findings, findings_on
from app.curriculum.models import Competency
from tests.audits.conftest import ALL_PASS, long_rows
from tests.conftest import Cast

Bring = Callable[..., services.Summary]


def competency(session: Any, code: str) -> int:
    return session.scalar(select(Competency.id).where(Competency.code == code))


def test_findings_on_a_competency_hold_passes_too_and_no_na(session: Any, bring: Bring, people: Cast) -> None:
    bring(
        long_rows({**ALL_PASS, "R1": ("fail", "curt", "will"), "R5": "na"})
        + long_rows(ALL_PASS, audit_ref="A2", contact_at="2026-10-20", audited_at="2026-10-21")
        + long_rows({**ALL_PASS, "R1": "fail"}, audit_ref="B1", purpose="reaudit")
        + long_rows({**ALL_PASS, "R1": "fail"}, audit_ref="L1", employee_no="LUIS")
    )
    tone = competency(session, "TONE")
    rows = session.execute(findings_on(people.ana.id, tone)).all()
    said = [(row[0].reference, row[1].code, row.result, row.cause and row.cause.value, row.comment) for row in rows]
    assert said == [
        ("A2", "R1", "pass", None, None),
        ("A2", "R4", "pass", None, None),
        ("A2", "R5", "pass", None, None),
        ("A1", "R1", "fail", "will", "curt"),
        ("A1", "R4", "pass", None, None),
    ]
    late = session.execute(findings_on(people.ana.id, tone, since=date(2026, 10, 19))).all()
    assert {row[0].reference for row in late} == {"A2"}


def test_fatal_audits_are_those_released_then_or_made_fatal_then(session: Any, bring: Bring) -> None:
    def between(first: int, last: int, month: int = 10) -> list[str]:
        start, end = datetime(2026, month, first, tzinfo=UTC), datetime(2026, month, last, tzinfo=UTC)
        return sorted(audit.reference for audit in session.scalars(fatal_audits(start, end)))

    bring(
        long_rows({**ALL_PASS, "R2": "fail"})
        + long_rows({**ALL_PASS, "R3": "fail"}, audit_ref="A2")
        + long_rows({**ALL_PASS, "R2": "fail"}, audit_ref="B1", purpose="reaudit")
    )
    assert between(6, 7) == ["A1"]
    assert between(7, 31) == []
    bring(long_rows({"R2": ("fail", "seen later", "")}, audit_ref="A2") + long_rows({"R1": "fail"}))
    assert between(6, 7) == ["A1", "A2"]
    assert between(1, 2, month=11) == ["A2"]
    audits = {audit.reference: audit.id for audit in session.query(Audit)}
    found = [
        (number, criterion.code) for number, criterion in session.execute(fatal_findings([audits["A1"], audits["A2"]]))
    ]
    assert found == [(audits["A1"], "R2"), (audits["A2"], "R2")]


def test_failed_lately_gives_fails_newest_first(session: Any, bring: Bring, people: Cast) -> None:
    bring(
        long_rows({**ALL_PASS, "R3": "fail"})
        + long_rows(
            {**ALL_PASS, "R4": "fail", "R5": "na"}, audit_ref="A2", contact_at="2026-10-20", audited_at="2026-10-21"
        )
    )
    rows = session.execute(failed_lately([people.ana.id, people.luis.id], date(2026, 10, 5))).all()
    assert [(audit.reference, criterion.code) for audit, criterion, _finding in rows] == [("A2", "R4"), ("A1", "R3")]
    assert len(session.execute(failed_lately([people.ana.id], date(2026, 10, 12))).all()) == 1
