"""A scorecard of six criteria, and files of findings to bring in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.audits import services
from app.audits.models import Audit, Finding
from app.curriculum.models import Competency
from tests.conftest import Cast

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

SCORECARD = """scorecard,version,section_en,section_es,code,text_en,text_es,weight,severity,fatal_kind,competencies
REFUND,1,Opening,Apertura,R1,Greets the customer,Saluda al cliente,1,minor,,TONE
REFUND,1,Opening,Apertura,R2,Verifies the identity,Verifica la identidad,2,fatal,compliance,VERIFY
REFUND,1,Solution,Solución,R3,States the refund amount,Informa el monto,2,critical,customer,POLICY
REFUND,1,Solution,Solución,R4,Solves the case,Resuelve el caso,3,major,,POLICY|TONE
REFUND,1,Closing,Cierre,R5,Says goodbye,Se despide,1,minor,,TONE
REFUND,1,Closing,Cierre,R6,Records the case,Registra el caso,1,minor,,
"""

HEAD = {
    "source": "qa", "audit_ref": "A1", "contact_ref": "K1", "employee_no": "ANA", "auditor_no": "IVÁN", "scorecard": "REFUND",
    "purpose": "random", "channel": "chat", "language": "es", "contact_at": "2026-10-05T15:00:00Z",
    "audited_at": "2026-10-06T15:00:00Z",
}  # fmt: skip
CODES = ("R1", "R2", "R3", "R4", "R5", "R6")
ALL_PASS = dict.fromkeys(CODES, "pass")

Row = Mapping[str, str]
Write = Callable[..., Path]


def long_rows(results: Mapping[str, str], **head: str) -> list[dict[str, str]]:
    """An audit in the long shape: a row per criterion; `results` may hold (result, comment, cause)."""
    rows = []
    for code, said in results.items():
        result, comment, cause = (said, "", "") if isinstance(said, str) else said
        rows.append({**HEAD, **head, "criterion": code, "result": result, "comment": comment, "cause": cause})
    return rows


def wide_row(results: Mapping[str, str], **head: str) -> dict[str, str]:
    """An audit in the wide shape."""
    return {**HEAD, **head, **results}


def as_text(rows: Iterable[Row], delimiter: str = ",") -> str:
    """Rows as CSV; the columns are those of the first row."""
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n", extrasaction="raise")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file: rows, or a text as it is."""

    def write_file(content: Sequence[Row] | str, name: str = "findings.csv") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else as_text(content), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def scorecard(session: Any, people: Cast, write: Write) -> None:
    """Competencies TONE, VERIFY and POLICY, and version 1 of REFUND."""
    for code in ("TONE", "VERIFY", "POLICY"):
        session.add(Competency(code=code, name_en=code.title(), name_es=f"{code.title()} (es)", target=0.85))
    session.commit()
    services.import_scorecard(
        session(), write(SCORECARD, "scorecard.csv"), by=None, on=datetime(2026, 1, 1, tzinfo=UTC)
    )
    session.commit()


@pytest.fixture
def bring(session: Any, scorecard: None, write: Write) -> Callable[..., services.Summary]:
    """Import rows as findings and commit."""

    def bring_in(rows: Sequence[Row] | str, **options: Any) -> services.Summary:
        options = {"by": None, "on": NOW, **options}
        summary = services.import_findings(session(), write(rows), **options)
        session.commit()
        return summary

    return bring_in


def stored(session: Any) -> dict[str, Any]:
    """All audits by reference with what is stored of them, to compare."""
    session.expire_all()
    return {
        audit.reference: (
            audit.person_id, audit.purpose, audit.contact_at, audit.week, audit.score, audit.critical_score,
            audit.noncritical_score, audit.fatal, audit.checks, audit.fails,
            tuple(sorted(
                (one.criterion.code, one.result.value, one.cause and one.cause.value, one.comment) for one in findings_of(session, audit)
            )),
        )
        for audit in session.query(Audit)
    }  # fmt: skip


def findings_of(session: Any, audit: Audit) -> list[Finding]:
    return session.query(Finding).filter_by(audit_id=audit.id).all()
