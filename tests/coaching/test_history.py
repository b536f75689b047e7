"""Sessions held before Hilo, from a file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.coaching import services
from app.coaching.models import CoachingSession, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import SessionKind, SessionState
from app.core.problems import BadFile, ProblemKind
from app.gaps.models import Remedy
from tests.coaching.conftest import NOON, Form
from tests.conftest import Cast

HEAD = "employee_no,coach_no,held_on,kind,competencies,note\n"


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(*rows: str, head: str = HEAD) -> Path:
        path = tmp_path / "sessions.csv"
        path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    return write


def counts(session: Any) -> list[int]:
    tables = (CoachingSession, SessionRecord, SessionTopic, Remedy)
    return [session.scalar(select(func.count()).select_from(t)) for t in tables]


def test_sessions_come_in_with_their_records_topics_and_remedies(
    session: Any, people: Cast, form: Form, file: Any
) -> None:
    path = file("ANA,PAOLA,2026-08-03,one_to_one,K01;K02,Went well", "LUIS,PAOLA,2026-08-04,Side by side,,")
    summary = services.import_history(session, path, by=None, on=NOON)
    assert (summary.rows, summary.sessions_new, summary.sessions_unchanged, summary.topics_new) == (2, 2, 0, 2)
    ana, luis = session.scalars(select(CoachingSession).order_by(CoachingSession.id)).all()
    assert (ana.kind, ana.state, ana.from_history, ana.held_on) == (
        SessionKind.ONE_TO_ONE,
        SessionState.HELD,
        True,
        date(2026, 8, 3),
    )
    assert ana.held_at == datetime(2026, 8, 3, 17, tzinfo=UTC)  # noon at the site
    assert (ana.records[0].notes, luis.kind, luis.topics) == ("Went well", SessionKind.SIDE_BY_SIDE, [])
    told = session.scalars(select(Remedy)).all()
    assert {(r.person_id, r.day) for r in told} == {(people.ana.id, date(2026, 8, 3))}


def test_what_is_imported_owes_and_tells_nobody(session: Any, people: Cast, form: Form, file: Any) -> None:
    services.import_history(session, file("ANA,PAOLA,2026-08-03,one_to_one,K01,"), by=None, on=NOON)
    assert session.scalar(select(func.count(Obligation.id))) == 0
    assert session.scalar(select(func.count(Notice.id))) == 0
    assert session.scalars(select(SessionRecord)).one().acknowledge_by is None


def test_the_same_file_again_changes_nothing(session: Any, people: Cast, form: Form, file: Any) -> None:
    path = file(
        "ANA,PAOLA,2026-08-03,one_to_one,K01,", "ANA,PAOLA,2026-08-03,one_to_one,K02,", "LUIS,PAOLA,2026-08-04,,K01,"
    )
    first = services.import_history(session, path, by=None, on=NOON)
    assert (first.rows, first.sessions_new, first.topics_new) == (3, 2, 3)
    before = counts(session)
    again = services.import_history(session, path, by=None, on=NOON)
    assert (again.sessions_new, again.sessions_unchanged, again.topics_new) == (0, 2, 0)
    assert counts(session) == before == [2, 2, 3, 3]


def test_a_further_competency_is_added_to_a_known_session(session: Any, people: Cast, form: Form, file: Any) -> None:
    services.import_history(session, file("ANA,PAOLA,2026-08-03,one_to_one,K01,"), by=None, on=NOON)
    services.import_history(session, file("ANA,PAOLA,2026-08-03,one_to_one,K01|K02,"), by=None, on=NOON)
    assert counts(session) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("row", "kind", "column"),
    [
        ("NOBODY,PAOLA,2026-08-03,one_to_one,K01,", ProblemKind.UNKNOWN_REFERENCE, "employee_no"),
        ("ANA,NOBODY,2026-08-03,one_to_one,K01,", ProblemKind.UNKNOWN_REFERENCE, "coach_no"),
        ("ANA,PAOLA,03/08/2026,one_to_one,K01,", ProblemKind.BAD_DATE, "held_on"),
        ("ANA,PAOLA,2027-08-03,one_to_one,K01,", ProblemKind.OUT_OF_RANGE, "held_on"),
        ("ANA,PAOLA,2026-08-03,lunch,K01,", ProblemKind.BAD_VALUE, "kind"),
        ("ANA,PAOLA,2026-08-03,one_to_one,K01;K99,", ProblemKind.UNKNOWN_REFERENCE, "competencies"),
        (",PAOLA,2026-08-03,one_to_one,K01,", ProblemKind.REQUIRED, "employee_no"),
        ("ANA,ANA,2026-08-03,one_to_one,K01,", ProblemKind.BAD_VALUE, "coach_no"),
        ("ANA,PAOLA,2026-08-03,one_to_one,K01,=cmd|calc", ProblemKind.FORMULA, "note"),
    ],
)
def test_one_wrong_row_stores_nothing_and_says_which_and_why(
    session: Any, people: Cast, form: Form, file: Any, row: str, kind: ProblemKind, column: str
) -> None:
    with pytest.raises(BadFile) as raised:
        services.import_history(session, file("LUIS,PAOLA,2026-08-04,,K01,", row), by=None, on=NOON)
    assert [(p.kind, p.line, p.column) for p in raised.value.problems] == [(kind, 3, column)]
    assert counts(session) == [0, 0, 0, 0]


def test_headers_may_be_spanish(session: Any, people: Cast, form: Form, file: Any) -> None:
    head = "Número de empleado;Número del coach;Fecha;Tipo;Competencias;Nota\n"
    summary = services.import_history(
        session, file("ANA;PAOLA;2026-08-03;one_to_one;K01|K02;", head=head), by=None, on=NOON
    )
    assert (summary.sessions_new, summary.topics_new) == (1, 2)


def test_the_command_answers_in_words_or_json_and_fails_in_one_line(
    app: Flask, session: Any, people: Cast, form: Form, file: Any
) -> None:
    session.commit()
    path, runner = str(file("ANA,PAOLA,2026-08-03,one_to_one,K01,")), app.test_cli_runner()
    session.remove()
    answer = runner.invoke(args=["coaching", "import-history", path, "--json"])
    assert (answer.exit_code, '"sessions_new": 1' in answer.output) == (0, True), answer.output
    assert "1 unchanged" in runner.invoke(args=["coaching", "import-history", path]).output
    bad = runner.invoke(args=["coaching", "import-history", str(file("NOBODY,PAOLA,2026-08-03,,,"))])
    assert bad.exit_code == 1
    assert "NOBODY" in bad.output
    assert "Traceback" not in bad.output
