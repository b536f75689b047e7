"""Programmes and cohorts: nominated, approved by both sides, seated within budgets, and there or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from icalendar import Calendar
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.cohorts.programmes import attending, nominating, services, sessions
from app.cohorts.programmes.models import Attendance, Cohort, Enrolment, TrainerProgramme
from app.cohorts.programmes.progress import progress
from app.cohorts.programmes.rules import Checked, Side, Stage, Waiting, code_is_taken, seated, tidy_code
from app.core import rubrics
from app.core.errors import Refused
from app.curriculum.models import Assignment, Module, ModuleKind
from tests.cohorts.conftest import FACTS, LINES, ON, seat, text_of
from tests.conftest import make_user

HOUR = timedelta(hours=1)

# --- Rules ---


@pytest.mark.parametrize(
    ("seats", "taken", "budgets", "given"),
    [
        (5, [], {1: 1, 2: 1}, [11, 12, 14]),
        (5, [1], {1: 1, 2: 1}, [12, 14]),
        (1, [], {1: 2, 2: 2}, [11]),
        (2, [None, 2], {1: 2, 2: 2}, []),
        (5, [], {}, [14]),
        (0, [], {1: 9, 2: 9}, []),
    ],
)
def test_seats_go_by_order_within_seats_and_budgets(seats, taken, budgets, given) -> None:
    waiting = [Waiting(11, 1), Waiting(12, 2), Waiting(13, 1), Waiting(14, None)]
    assert seated(waiting, seats=seats, taken=taken, budgets=budgets) == given


def test_a_code_is_taken_around_its_session_and_typed_as_one_likes() -> None:
    assert code_is_taken(ON, 60, ON - HOUR / 2)
    assert code_is_taken(ON, 60, ON + 1.5 * HOUR)
    assert not code_is_taken(ON, 60, ON - HOUR)
    assert not code_is_taken(ON, 60, ON + 2 * HOUR)
    assert tidy_code(" ab-c 2 ") == "ABC2"


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ("Opens | Abre | 4", ("Opens", "Abre", 4)), ("Opens | Abre", None), ("Opens || 4", None), ("O | A | 0", None),
        ("O | A | 99", None), ("O | A | four", None), ("O | A | ²", None), ("O|A|3", ("O", "A", 3)),
    ],
)  # fmt: skip
def test_a_line_of_a_rubric_is_read_or_refused(row: str, read: Any) -> None:
    assert rubrics.read(row)[0] == ([read] if read else [])


# --- Deeds ---


def test_both_sides_approve_two_people_and_never_oneself(session, people, cohort) -> None:
    made = nominating.nominate(session(), cohort, people.ana, reason="", approves=(), by=people.paola, on=ON)
    assert (made.partner_id, made.stage) == (people.norte.id, Stage.NOMINATED)
    assert nominating.missing(made) == [Side.PARTNER, Side.PROGRAMME]
    nominating.approve(session(), made, Side.PARTNER, by=people.ada, on=ON)
    with pytest.raises(Refused, match="second person"):
        nominating.approve(session(), made, Side.PROGRAMME, by=people.ada, on=ON)
    with pytest.raises(Refused, match="does not wait"):
        nominating.approve(session(), made, Side.PARTNER, by=people.carmen, on=ON)
    nominating.approve(session(), made, Side.PROGRAMME, by=people.tomas, on=ON)
    assert made.stage is Stage.SEATED
    with pytest.raises(Refused, match="already"):
        nominating.nominate(session(), cohort, people.ana, reason="", approves=(), by=people.paola, on=ON)
    own = nominating.nominate(session(), cohort, people.carmen, reason="", approves=list(Side), by=people.carmen, on=ON)
    assert own.partner_approved_at is None, "nobody approves the own nomination by making it"
    with pytest.raises(Refused, match="own nomination"):
        nominating.approve(session(), own, Side.PARTNER, by=people.carmen, on=ON)
    staff = nominating.nominate(session(), cohort, people.ada, reason="", approves=(), by=people.mariana, on=ON)
    assert (staff.partner_id, nominating.missing(staff)) == (None, [Side.PROGRAMME])


def test_who_waits_gets_the_seat_that_comes_free(session, people, cohort) -> None:
    first, second = (seat(session, people, cohort, one) for one in (people.ana, people.luis))
    third = make_user(session, "Nora Nueve", team=people.refunds)
    waits = seat(session, people, cohort, third)
    other = seat(session, people, cohort, people.sol)
    assert [one.stage for one in (first, second, waits, other)] == [
        Stage.SEATED,
        Stage.SEATED,
        Stage.WAITING,
        Stage.SEATED,
    ]
    nominating.close(session(), second, Stage.WITHDRAWN, reason="left the project", by=people.carmen, on=ON)
    assert (second.stage, waits.stage) == (Stage.WITHDRAWN, Stage.SEATED)
    with pytest.raises(Refused):
        nominating.close(session(), second, Stage.DECLINED, reason="again", by=people.carmen, on=ON)
    again = nominating.nominate(session(), cohort, people.luis, reason="back", approves=(), by=people.paola, on=ON)
    assert (again.id, again.closed_reason, again.approved_at) == (second.id, None, None)
    with pytest.raises(Refused, match="More seats"):
        services.save_cohort(session(), cohort, {"seats": 2}, {people.norte.id: 1}, [], by=people.mariana, on=ON)
    told = session.scalars(select(Notice.person_id).where(Notice.kind == "cohort.seated")).all()
    assert sorted(told) == sorted([people.ana.id, people.luis.id, third.id, people.sol.id])


def test_a_seat_brings_the_module_of_the_check(session, people, cohort, programme) -> None:
    module = Module(code="M1", title_en="Refunds", title_es="Reembolsos", kind=ModuleKind.ARTICLE, minutes=5)
    session.add(module)
    session.flush()
    programme.module_id = module.id
    made = seat(session, people, cohort, people.ana)
    given = session.scalars(select(Assignment)).one()
    assert (given.person_id, given.module_id, given.due_on) == (people.ana.id, module.id, cohort.ends_on)
    assert progress(session(), [made], ON)[made.id].checked is False


def test_a_partner_without_seats_and_a_cohort_that_is_over_take_nobody(session, people, cohort) -> None:
    services.save_cohort(session(), cohort, {"seats": 3}, {people.norte.id: 2}, [], by=people.mariana, on=ON)
    with pytest.raises(Refused, match="no seats"):
        nominating.nominate(session(), cohort, people.sol, reason="", approves=(), by=people.raul, on=ON)
    later = ON + timedelta(days=40)
    with pytest.raises(Refused, match="over"):
        nominating.nominate(session(), cohort, people.ana, reason="", approves=(), by=people.paola, on=later)


def test_a_cohort_called_off_takes_its_sessions_with_it_and_nobody_more(session, people, cohort, as_user) -> None:
    asked = nominating.nominate(session(), cohort, people.luis, reason="", approves=(), by=people.paola, on=ON)
    facts = {"minutes": 60, "place": "", "by": people.tomas, "on": ON}
    held = sessions.plan(session(), cohort, title="Held", starts_at=ON - HOUR, **facts)
    coming = sessions.plan(session(), cohort, title="Upcoming", starts_at=ON + HOUR, **facts)
    services.cancel_cohort(session(), cohort, by=people.mariana, on=ON)
    session.commit()
    assert (held.cancelled_at, coming.cancelled_at, coming.revision) == (None, ON, 1)
    with pytest.raises(Refused, match="cancelled"):
        nominating.nominate(session(), cohort, people.ana, reason="", approves=(), by=people.paola, on=ON)
    with pytest.raises(Refused, match="cancelled"):
        services.save_cohort(session(), cohort, {"seats": 9}, {}, [], by=people.mariana, on=ON)
    for path in (f"/cohorts/{cohort.id}", f"/cohorts/enrolments/{asked.id}"):
        page = as_user(people.mariana, "es").get(path).text
        assert "cancelada" in page
        assert "Aprobar por" not in page
        assert f"/cohorts/{cohort.id}/edit" not in page
    assert "cancelada" in as_user(people.luis, "es").get("/cohorts/mine").text
    assert as_user(people.paola).get(f"/cohorts/{cohort.id}/nominate").status_code == 409


def test_a_rubric_that_was_scored_with_stays(session, people, programme) -> None:
    with pytest.raises(Refused, match="scoring"):
        services.save_programme(session(), programme, FACTS, LINES[:1], by=people.tomas, on=ON, scored=True)
    services.save_programme(session(), programme, FACTS, LINES, by=people.tomas, on=ON, scored=True)
    with pytest.raises(Refused, match="another programme"):
        services.save_programme(session(), TrainerProgramme(), FACTS, LINES, by=people.tomas, on=ON)


def test_attendance_by_list_and_by_code(session, people, cohort) -> None:
    made = seat(session, people, cohort, people.ana)
    seat(session, people, cohort, people.luis)
    facts = {"title": "Day 1", "minutes": 60, "place": "Room 2", "by": people.tomas, "on": ON}
    held = sessions.plan(session(), cohort, starts_at=ON + HOUR, **facts)
    coming = sessions.plan(session(), cohort, starts_at=ON + 48 * HOUR, **facts)
    for typed, by, on in (
        ("WRONG", people.ana, ON + HOUR),
        (held.code, people.sol, ON + HOUR),
        (held.code, people.ana, ON),
    ):
        with pytest.raises(Refused):
            attending.check_in(session(), typed, by=by, on=on)
    with pytest.raises(Refused, match="not begun"):
        attending.keep_list(session(), held, [], by=people.tomas, on=ON)
    attending.check_in(session(), held.code.lower(), by=people.ana, on=ON + HOUR)
    assert attending.keep_list(session(), held, [people.ana.id, people.sol.id], by=people.tomas, on=ON + 2 * HOUR) == 1
    session.commit()
    rows = session.execute(select(Attendance.person_id, Attendance.present, Attendance.how)).all()
    assert set(rows) == {(people.ana.id, True, Checked.CODE), (people.luis.id, False, Checked.LIST)}
    so_far = progress(session(), [made], ON + 3 * HOUR)[made.id]
    assert (so_far.attended, so_far.begun, so_far.is_enough(0.8)) == (1, 1, True)
    assert not progress(session(), [made], ON + 49 * HOUR)[made.id].is_enough(0.8)
    sessions.call_off(session(), coming, by=people.tomas, on=ON)
    assert progress(session(), [made], ON + 49 * HOUR)[made.id].is_enough(0.8)


def test_who_has_a_seat_is_invited_and_told_of_changes(session, people, cohort, app) -> None:
    folder = Path(app.config["DATA_DIR"]) / "mail"
    for old in folder.glob("*.eml"):
        old.unlink()
    people.ana.language, people.ana.time_zone = "es", "Europe/Madrid"
    with time_machine.travel(ON, tick=False):
        facts = {"title": "Day 1", "minutes": 60, "place": "Room 2", "by": people.tomas, "on": ON}
        planned = sessions.plan(session(), cohort, starts_at=ON + 24 * HOUR, **facts)
        session.commit()
        seat(session, people, cohort, people.ana)
        sessions.change(session(), planned, starts_at=ON + 25 * HOUR, **facts)
        session.commit()
        sessions.call_off(session(), planned, by=people.tomas, on=ON)
        session.commit()
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    to_ana = [one for one in letters if one["To"] == people.ana.email]
    files = [Calendar.from_ical(one.get_body(("calendar",)).get_content()) for one in to_ana]
    found = sorted((str(f["METHOD"]), e["SEQUENCE"], e.decoded("dtstart")) for f in files for e in f.walk("VEVENT"))
    assert [(method, number) for method, number, _at in found] == [("CANCEL", 2), ("REQUEST", 0), ("REQUEST", 1)]
    assert found[1][2] == ON + 24 * HOUR
    assert str(found[1][2].tzinfo) == "Europe/Madrid"
    assert any("Cancelada" in one["Subject"] or "cancel" in one["Subject"].lower() for one in to_ana)


# --- Pages ---

FORM = {
    "name": "Refunds 2", "market": "CO", "language": "es", "time_zone": "America/Bogota", "starts_on": "2026-11-09",
    "ends_on": "2026-11-27", "seats": "4",
}  # fmt: skip


def test_the_road_from_programme_to_attendance(session, people, as_user) -> None:
    with time_machine.travel(ON, tick=False) as clock:
        trainer = as_user(people.tomas)
        form = {
            "code": "T9", "module_id": 0, "title_en": "Trainer", "title_es": "Formador", "requirements_en": "", "requirements_es": "",
            "rubric": "Opens | Abre | 4\nbroken", "least_attendance": 80, "pass_share": 80, "conditional_share": 60, "tolerance": 15,
            "months": 12, "activity_deliveries": 2, "activity_days": 180,
        }  # fmt: skip
        bad = trainer.post("/cohorts/programmes/new", data=form)
        assert (bad.status_code, "Line 2 of the rubric" in text_of(bad)) == (422, True)
        form["rubric"] = "Opens | Abre | 4\nChecks | Verifica | 2"
        assert trainer.post("/cohorts/programmes/new", data=form).status_code == 302
        programme = session.scalars(select(TrainerProgramme)).one()
        budgets = {f"budget_{people.norte.id}": 1, f"budget_{people.sur.id}": 4}
        cohort_form = {**FORM, "programme_id": programme.id, "facilitators": [people.tomas.id]}
        over = trainer.post("/cohorts/new", data={**cohort_form, **budgets})
        assert (over.status_code, "add up to more" in text_of(over)) == (422, True)
        budgets[f"budget_{people.sur.id}"] = 1
        assert trainer.post("/cohorts/new", data={**cohort_form, **budgets}).status_code == 302
        cohort = session.scalars(select(Cohort)).one()
        url = f"/cohorts/{cohort.id}"
        lead = as_user(people.paola)
        assert "Luis Mora" in text_of(lead.get(f"{url}/nominate"))
        assert "Sol Paz" not in text_of(lead.get(f"{url}/nominate"))
        assert lead.post(f"{url}/nominate", data={"person": people.sol.id}).status_code == 404
        lead.post(f"{url}/nominate", data={"person": [people.ana.id, people.luis.id], "reason": "Explains well"})
        ana, luis = session.scalars(select(Enrolment).order_by(Enrolment.person_id)).all()
        assert lead.post(f"/cohorts/enrolments/{ana.id}/approve", data={"side": "partner"}).status_code == 403
        manager = as_user(people.carmen)
        assert "Approve for the partner" in text_of(manager.get(url))
        for one in (ana, luis):
            manager.post(f"/cohorts/enrolments/{one.id}/approve", data={"side": "partner"})
            assert manager.post(f"/cohorts/enrolments/{one.id}/approve", data={"side": "programme"}).status_code == 403
            trainer.post(f"/cohorts/enrolments/{one.id}/approve", data={"side": "programme"})
        session.expire_all()
        assert (ana.stage, luis.stage) == (Stage.SEATED, Stage.WAITING)
        spanish = text_of(as_user(people.carmen, "es").get(url))
        for words in ("En lista de espera", "1 de 1 cupos", "Lista de participantes"):
            assert words in spanish
        plan = {"title": "Day 1", "day": "2026-11-10", "at": "09:00", "minutes": 60, "place": "Room 2"}
        assert trainer.post(f"{url}/sessions/new", data=plan).status_code == 302
        [live] = cohort.sessions
        assert live.starts_at == datetime.fromisoformat("2026-11-10T14:00:00+00:00")
        clock.move_to(live.starts_at + HOUR / 2)
        trainer, manager, agent = as_user(people.tomas), as_user(people.carmen), as_user(people.ana, "es")
        assert "Refunds 2" in text_of(agent.get("/cohorts/mine"))
        assert agent.post("/cohorts/check-in", data={"code": "NOPE"}).status_code == 422
        assert agent.post("/cohorts/check-in", data={"code": live.code}).status_code == 302
        page = text_of(trainer.get(f"/cohorts/sessions/{live.id}/attendance"))
        assert ("Ana Ruiz" in page, "Luis Mora" in page, live.code in page) == (True, False, True)
        trainer.post(f"/cohorts/sessions/{live.id}/attendance", data={"present": [people.ana.id]})
        assert "1 of 1" in text_of(trainer.get(url))
        assert "Ana Ruiz,Norte,Has a seat" in trainer.get(f"{url}?format=csv").get_data(as_text=True)
        reason = {"reason": "Changed jobs"}
        assert manager.post(f"/cohorts/enrolments/{ana.id}/close", data={"reason": ""}).status_code == 302
        assert manager.post(f"/cohorts/enrolments/{ana.id}/close", data=reason).status_code == 302
        assert session.get(Enrolment, luis.id).stage is Stage.SEATED


def test_each_partner_sees_its_own_seats_and_people_alone(session, people, cohort, as_user) -> None:
    ana, sol = seat(session, people, cohort, people.ana), seat(session, people, cohort, people.sol)
    url = f"/cohorts/{cohort.id}"
    for who, own, other in (
        ("carmen", "Ana Ruiz", "Sol Paz"), ("paola", "Ana Ruiz", "Sol Paz"), ("pedro", "Sol Paz", "Ana Ruiz"),
        ("raul", "Sol Paz", "Ana Ruiz"), ("ana", "Ana Ruiz", "Sol Paz"),
    ):  # fmt: skip
        client = as_user(getattr(people, who))
        for address in (url, f"{url}?format=csv"):
            page = client.get(address).get_data(as_text=True)
            assert (own in page, other in page) == (True, False), (who, address)
        assert client.get(f"/cohorts/enrolments/{(ana if own == 'Ana Ruiz' else sol).id}").status_code == 200
    assert as_user(people.ana).get(f"/cohorts/enrolments/{sol.id}").status_code == 404
    for who in ("tomas", "mariana", "ada"):
        page = text_of(as_user(getattr(people, who)).get(url))
        assert "Ana Ruiz" in page
        assert "Sol Paz" in page
    assert as_user(people.luis).get(url).status_code == 404
    assert as_user(people.ivan).get(url).status_code == 404
    assert as_user(people.ivan).get("/cohorts").status_code == 403
    assert as_user(None).get(url).status_code == 302
    services.save_cohort(
        session(), cohort, {"seats": 9}, {people.norte.id: 2, people.sur.id: 1}, [], by=people.mariana, on=ON
    )
    local = make_user(session, "Lola Local", role="trainer", over=people.norte)
    session.commit()
    assert as_user(local).get(f"{url}/edit").status_code == 404, "runs what she facilitates alone"
    assert as_user(local).get(url).status_code == 200
    assert as_user(local).get("/cohorts/new").status_code == 409


def test_the_lists_ask_as_much_for_many_as_for_few(session, people, cohort, as_user, count_queries) -> None:
    seat(session, people, cohort, people.ana)
    client, url = as_user(people.mariana), f"/cohorts/{cohort.id}"
    few = [count_queries(lambda at=at: client.get(at)) for at in ("/cohorts", url)]
    for name in ("Uno", "Dos", "Tres"):
        seat(session, people, cohort, make_user(session, f"{name} Prueba", team=people.refunds))
    assert session.scalar(select(func.count()).select_from(Enrolment)) == 4
    many = [count_queries(lambda at=at: client.get(at)) for at in ("/cohorts", url)]
    assert all(more <= less for more, less in zip(many, few, strict=True)), (few, many)
