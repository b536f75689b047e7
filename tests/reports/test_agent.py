"""The one-pager of an agent: who reads whose, and each figure counted again from rows in plain Python."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from app.audits.models import Audit, Purpose
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import ObligationState, SessionKind, SessionState
from app.core.clock import monday_of
from app.curriculum.certificates.models import Certificate
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Competency, Module, ModuleKind
from app.gaps.models import Gap
from app.gaps.rules import GapState
from app.metrics.chance import wilson
from tests.conftest import Cast
from tests.gaps.conftest import Form
from tests.languages import left_in_english

NOW = datetime(2026, 11, 3, 14, tzinfo=UTC)
TODAY, OCTOBER = date(2026, 11, 3), "2026-10-01"
Records = Callable[..., Any]


@pytest.fixture
def world(session: Any, people: Cast, form: Form, ledger: list[Obligation]) -> Iterator[None]:
    """Two months of Ana, and the same of Luis and of Sol, who are others."""
    for number in range(8):
        for person, team in ((people.ana, people.refunds), (people.luis, people.refunds), (people.sol, people.orders)):
            at = datetime(2026, 9 + number % 2, 3 + number, 17, tzinfo=UTC)
            blind = number == 7
            session.add(
                Audit(
                    source="t", reference=f"{person.id}-{number}", contact_ref=f"{number}", person_id=person.id,
                    team_id=team.id, version_id=form.version.id, contact_at=at, audited_at=at, released_at=at,
                    purpose=Purpose.TARGETED if blind else Purpose.RANDOM, week=monday_of(at.date()), checks=2,
                    fatal=number % 4 == 0, score=0.0 if number % 4 == 0 else 0.5 + number / 20,
                )
            )  # fmt: skip
    for person in (people.ana, people.sol):
        _learning(session, person)
        _talk(session, person, people.paola)
        session.add_all(
            Gap(person_id=person.id, competency_id=about.id, state=state, probability=0.93, checks13=20, fails13=9,
                expected13=2.0, opened_on=date(2026, 10, 18))
            for about, state in ((form.tone, GapState.OPEN), (form.identity, GapState.WATCH))
        )  # fmt: skip
    session.commit()
    with time_machine.travel(NOW, tick=False):
        yield


def _learning(session: Any, person: Any) -> None:
    """Done in time, late, not at all and not due yet; the first gave a certificate."""
    for number, done in enumerate((9, 20, None, None)):
        module = Module(
            code=f"M{person.id}-{number}", title_en="Listening", title_es="Escucha", kind=ModuleKind.ARTICLE, minutes=5,
            body_en="x", body_es="y",
        )  # fmt: skip
        session.add(module)
        session.flush()
        one = Assignment(
            person_id=person.id, module_id=module.id, reason=AssignmentReason.MANUAL, assigned_on=date(2026, 10, 1),
            due_on=date(2026, 10, 12) if number < 3 else date(2026, 11, 20),
            state=AssignmentState.COMPLETED if done else AssignmentState.ASSIGNED,
            completed_on=done and date(2026, 10, done),
            completed_at=done and datetime(2026, 10, done, 12, tzinfo=UTC),
        )  # fmt: skip
        session.add(one)
        session.flush()
        if number == 0:
            session.add(
                Certificate(
                    number=f"N{person.id}", module_id=module.id, assignment_id=one.id, person_id=person.id, cycle=1,
                    title_en="Listening", title_es="Escucha", issued_on=date(2026, 10, 9), expires_on=date(2026, 12, 1),
                )
            )  # fmt: skip


def _talk(session: Any, person: Any, coach: Any) -> None:
    """Two sessions held, one confirmed in time, one not; a commitment of each, one settled."""
    for number in range(2):
        at = datetime(2026, 10, 6 + number, 15, tzinfo=UTC)
        held = CoachingSession(
            kind=SessionKind.ONE_TO_ONE, state=SessionState.HELD, coach_id=coach.id, held_at=at, logged_at=at
        )
        session.add(held)
        session.flush()
        record = SessionRecord(
            session_id=held.id, person_id=person.id, team_id=session.scalars(select(Obligation.team_id)).first(),
            acknowledge_by=at + timedelta(hours=48), confirm_month=date(2026, 10, 1),
            acknowledged_at=at + timedelta(hours=2) if number else None,
        )  # fmt: skip
        session.add(record)
        session.flush()
        session.add(Commitment(record_id=record.id, person_id=person.id, owner_id=person.id, text=f"Repetir {number}"))


def data_of(client: Any, person: Any, month: str = "2026-10") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/reports/agent/{person.id}?month={month}&format=json").data)
    return found


def test_each_figure_is_that_of_the_rows(session: Any, people: Cast, world: None, as_user: Records) -> None:
    client = as_user(people.paola)
    data = data_of(client, people.ana)
    mine = {model: session.scalars(select(model).where(model.person_id == people.ana.id)).all()
            for model in (Audit, Assignment, Obligation, SessionRecord, Commitment, Gap)}  # fmt: skip
    for line in data["quality"]:
        audits = [
            a for a in mine[Audit] if a.contact_at.month == int(line["month"][5:7]) and a.purpose is Purpose.RANDOM
        ]
        fatal = sum(a.fatal for a in audits)
        assert (line["audits"], line["fatal"]) == (len(audits), fatal)
        assert line["score"] == pytest.approx(sum(a.score for a in audits) / len(audits))
        assert (line["fatal_low"], line["fatal_high"]) == pytest.approx(wilson(fatal, len(audits)))
    assert [line["audits"] for line in data["quality"]] == [4, 3]
    owed = {line["month"]: line for line in data["coaching"]}
    for month in ("2026-09-01", OCTOBER):
        due = [o for o in mine[Obligation] if f"{o.due_month}" == month and o.due_at <= NOW]
        states = [o.state for o in due if o.state not in (ObligationState.WAIVED, ObligationState.VOID)]
        met = states.count(ObligationState.MET)
        held = met + states.count(ObligationState.MET_LATE)
        assert (owed[month]["due"], owed[month]["held"], owed[month]["in_time"]) == (len(states), held, met)
        assert met, "something was counted"
    assert (owed[OCTOBER]["to_confirm"], owed[OCTOBER]["confirmed"]) == (2, 1)
    (learnt,) = data["learning"]
    due = [a for a in mine[Assignment] if a.due_on < TODAY]
    assert learnt == {
        "month": OCTOBER, "assigned": len(mine[Assignment]), "due": len(due),
        "in_time": sum(a.completed_on is not None and a.completed_on <= a.due_on for a in due),
        "late": sum(a.completed_on is not None and a.completed_on > a.due_on for a in due),
        "overdue": sum(a.completed_on is None for a in due),
    }  # fmt: skip
    assert [one["overdue"] for one in data["modules"]] == ["overdue", "open"]
    assert sorted(one["text"] for one in data["commitments"]) == sorted(one.text for one in mine[Commitment])
    assert [(one["state"], one["sure"], one["missed"]) for one in data["gaps"]] == [
        ("open", 0.93, 9),
        ("watch", 0.93, 9),
    ]
    assert "9 of 20 checks missed" in data["gaps"][0]["said"]
    assert [(one["expires_on"], one["state"]) for one in data["certificates"]] == [("2026-12-01", "expiring")]
    assert data["employee_no"] == people.ana.employee_no
    page = client.get(f"/reports/agent/{people.ana.id}?month=2026-10").get_data(as_text=True)
    (one,) = [line for line in data["coaching"] if line["month"] == OCTOBER]
    link = f"/coaching/obligations?month=2026-10&amp;due=by_now&amp;person={people.ana.id}&amp;state=counted"
    assert f'<a href="{link}">{one["due"]}</a>' in page
    listed = client.get(link.replace("&amp;", "&") + "&format=csv").get_data(as_text=True)
    assert len(list(csv.reader(io.StringIO(listed)))) - 1 == one["due"]


def test_each_reads_whom_they_reach_and_oneself(people: Cast, world: None, as_user: Records) -> None:
    agents = {"ana": people.ana, "luis": people.luis, "sol": people.sol}
    everybody = set(agents)
    readers = {
        "ana": {"ana"}, "luis": {"luis"}, "paola": {"ana", "luis"}, "carmen": {"ana", "luis"}, "raul": {"sol"},
        "mariana": everybody, "ivan": set(),
    }  # fmt: skip
    for name, reached in readers.items():
        client = as_user(getattr(people, name))
        for other, agent in agents.items():
            status = client.get(f"/reports/agent/{agent.id}?format=csv").status_code
            assert status == (200 if other in reached else 404), (name, other)
        status = client.get("/reports/agents").status_code
        assert status == (403 if name in ("ana", "luis", "ivan") else 200), name
    lead = as_user(people.paola)
    assert lead.get(f"/reports/agent/{people.sol.id}?format=pdf").status_code == 404
    assert lead.get(f"/reports/agent/{people.paola.id}").status_code == 404, "never in a team"
    assert lead.get("/reports/agent/999999").status_code == 404
    listed = lead.get("/reports/agents").get_data(as_text=True)
    assert people.ana.name in listed
    assert people.sol.name not in listed
    assert 'href="/reports/agents"' in lead.get("/reports").get_data(as_text=True)
    for name in ("ana", "paola", "ivan"):
        page = as_user(getattr(people, name)).get(f"/people/{people.ana.id}").get_data(as_text=True)
        assert (f"/reports/agent/{people.ana.id}" in page) == (name != "ivan"), name
    own = as_user(people.ana).get(f"/reports/agent/{people.ana.id}?month=2026-10").get_data(as_text=True)
    assert 'href="/coaching/obligations' not in own
    assert "/reports/chart.svg" not in own, "drawings are for who reads reports"


def test_signed_out_nobody_reads_it(people: Cast, app: Flask) -> None:
    client = app.test_client()
    for path in (f"/reports/agent/{people.ana.id}", "/reports/agents"):
        assert client.get(path).status_code == 302


def test_files_say_the_same_and_paper_is_one_page(
    session: Any, people: Cast, form: Form, world: None, as_user: Records
) -> None:
    lead = as_user(people.paola)
    data = data_of(lead, people.ana)
    address = f"/reports/agent/{people.ana.id}?month=2026-10"
    for key in ("quality", "coaching", "learning"):
        rows = csv.DictReader(
            io.StringIO(lead.get(f"{address}&by={key}&format=csv").get_data(as_text=True).lstrip("\ufeff"))
        )
        wanted = [[value for value in line.values() if isinstance(value, (int, float))] for line in data[key]]
        assert [[float(v) for v in list(row.values())[1:]] for row in rows] == [pytest.approx(line) for line in wanted]
    book = load_workbook(io.BytesIO(lead.get(f"{address}&format=xlsx").data))
    assert len(book.sheetnames) == 8, "seven tables and the definitions"
    (_head, *lines) = book.worksheets[1].iter_rows(values_only=True)
    assert [line[1] for line in lines][: len(data["quality"])] == [line["audits"] for line in data["quality"]]
    record = session.scalars(select(SessionRecord).where(SessionRecord.person_id == people.ana.id)).first()
    long = "Escuchar la llamada completa, resumir lo que pide el cliente y confirmarlo antes de transferir " * 3
    session.add_all(
        Commitment(record_id=record.id, person_id=people.ana.id, owner_id=people.ana.id, text=long) for _n in range(9)
    )
    for number in range(7):
        about = Competency(
            code=f"X{number}", name_en="Owning the problem to its end " * 3, name_es="Resolver " * 9, target=0.95
        )
        session.add(about)
        session.flush()
        session.add(
            Gap(person_id=people.ana.id, competency_id=about.id, state=GapState.OPEN, probability=0.91, checks13=20,
                fails13=9, expected13=2.0)
        )  # fmt: skip
    for one in session.scalars(select(Audit).where(Audit.person_id == people.ana.id)):
        one.contact_at -= timedelta(days=31 * (one.id % 5))
    for one in session.scalars(select(Assignment).where(Assignment.person_id == people.ana.id)).all():
        for number in range(3):
            module = Module(
                code=f"L{one.id}-{number}", title_en="Listening to the end " * 5, title_es="Escuchar hasta el final " * 5,
                kind=ModuleKind.ARTICLE, minutes=5, body_en="x", body_es="y",
            )  # fmt: skip
            session.add(module)
            session.flush()
            more = Assignment(
                person_id=people.ana.id, module_id=module.id, reason=AssignmentReason.GAP,
                assigned_on=date(2026, 5 + number, 9), due_on=date(2026, 6 + number, 9),
            )  # fmt: skip
            session.add(more)
            session.flush()
            session.add(
                Certificate(
                    number=f"L{more.id}", module_id=module.id, assignment_id=more.id, person_id=people.ana.id, cycle=1,
                    title_en=module.title_en, title_es=module.title_es, issued_on=date(2026, 10, 9),
                )
            )  # fmt: skip
    session.commit()
    answer = as_user(people.ana, "es").get(f"{address}&format=pdf")
    (page,) = PdfReader(io.BytesIO(answer.data)).pages
    text = page.extract_text()
    for said in (people.ana.name, "octubre de 2026", "9 de 20", "report-agent"):
        assert said in text, said


@pytest.mark.once
def test_nothing_stays_english(people: Cast, world: None, as_user: Records) -> None:
    names = [getattr(people, one).name for one in vars(people)]
    for path in (f"/reports/agent/{people.ana.id}?month=2026-10", "/reports/agents"):
        both = [as_user(people.paola, one).get(path).get_data(as_text=True) for one in ("en", "es")]
        assert (
            left_in_english(
                *both,
                data=[
                    *names,
                    people.ana.employee_no,
                    people.luis.employee_no,
                    " %",
                    "2026-10",
                    "C1",
                    "C2",
                    "Repetir",
                    "CSV",
                ],
            )
            == set()
        ), path


def test_the_command_writes_it(people: Cast, world: None, run: Records) -> None:
    number = people.ana.employee_no
    result = run("agent", "--employee", number, "--month", "2026-10", "--format", "json")
    data = json.loads(result.stdout)
    assert (data["agent"], [line["audits"] for line in data["quality"]]) == (people.ana.name, [4, 3])
    assert [one["missed"] for one in data["gaps"]] == [9, 9]
    table = run("agent", "--employee", number, "--month", "2026-10", "--by", "coaching").stdout
    assert table.startswith(people.ana.name)
    for other in ("E0", people.paola.employee_no):
        wrong = run("agent", "--employee", other, "--month", "2026-10")
        assert (wrong.exit_code, wrong.stdout) == (1, "")
        assert f"there is no agent with the employee number “{other}”" in wrong.stderr
