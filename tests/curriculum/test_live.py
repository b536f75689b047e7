"""Live sessions: seats and the waiting list, who may see and run them, calendars, and attendance that completes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.core.clock import zone
from app.core.errors import Refused
from app.core.i18n import speak
from app.curriculum.live import calendar, services
from app.curriculum.live.models import LiveSeat, LiveSession
from app.curriculum.live.rules import Stage, next_seated
from app.curriculum.models import Assignment, AssignmentState, ModuleKind
from app.curriculum.quizzes.models import Quiz
from app.curriculum.services import complete
from tests.conftest import make_user
from tests.curriculum.conftest import ON, give
from tests.curriculum.test_views import text_of

SOON = datetime(2099, 11, 5, 15, tzinfo=UTC)


@pytest.fixture
def taught(session, module):
    """A module that is taught live."""
    module.kind = ModuleKind.LIVE
    session.commit()
    return module


def planned(session, module, people, unit=None, *, seats=1, starts_at=SOON):
    facts = {
        "starts_at": starts_at, "time_zone": "America/Bogota", "minutes": 60, "place": "Sala 2", "language": "es",
        "seats": seats, "unit_id": (unit or people.programme).id, "trainer_id": people.tomas.id,
    }  # fmt: skip
    made = services.plan(session, module, facts, by=people.tomas, on=ON)
    session.commit()
    return made


@pytest.mark.once
@pytest.mark.parametrize(
    ("waiting", "seats", "taken", "expected"),
    [([7, 8], 3, 2, [7]), ([7, 8], 2, 2, []), ([7, 8], 1, 2, []), ([7, 8], 9, 2, [7, 8]), ([], 5, 0, [])],
)
def test_who_waits_moves_up_in_order(waiting, seats, taken, expected):
    assert next_seated(waiting, seats=seats, taken=taken) == expected


def test_the_last_seat_the_list_behind_it_and_moving_up(session, people, taught):
    live = planned(session, taught, people)
    first = services.sign_up(session, live, by=people.ana, on=ON)
    second = services.sign_up(session, live, by=people.luis, on=ON + timedelta(minutes=1))
    assert (first.stage, second.stage) == (Stage.SEATED, Stage.WAITING)
    assert services.sign_up(session, live, by=people.ana, on=ON) is first, "twice is once"
    assert len(session.scalars(select(Assignment)).all()) == 2, "who signs up takes the module"
    other = planned(session, taught, people, seats=5)
    with pytest.raises(Refused):
        services.sign_up(session, other, by=people.ana, on=ON)
    services.give_back(session, first, by=people.ana, on=ON)
    assert (first.stage, second.stage) == (Stage.GIVEN_BACK, Stage.SEATED)
    told = session.scalars(select(Notice).where(Notice.kind == "live.seated")).one()
    assert told.person_id == people.luis.id
    assert services.sign_up(session, live, by=people.ana, on=ON).stage is Stage.WAITING
    facts = {"seats": 3, "starts_at": SOON + timedelta(hours=1)}
    services.change(session, live, facts, by=people.tomas, on=ON)
    assert first.stage is Stage.SEATED, "more seats: who waited has one"
    services.person_left(session, person_id=people.luis.id, day=ON.date(), on=ON)
    assert second.stage is Stage.GIVEN_BACK
    services.call_off(session, live, by=people.tomas, on=ON)
    assert session.scalars(select(Notice.person_id).where(Notice.kind == "live.cancelled")).all() == [people.ana.id]
    with pytest.raises(Refused):
        services.sign_up(session, live, by=people.luis, on=ON)


def test_who_was_there_has_completed_it(session, people, taught):
    given = give(session, people.ana, taught)
    with pytest.raises(Refused):
        complete(session, given, on=ON, language="es")
    live = planned(session, taught, people, seats=1)
    services.sign_up(session, live, by=people.ana, on=ON)
    with pytest.raises(Refused):
        services.attended(session, live, {people.ana.id}, by=people.tomas, on=ON)
    late = SOON + timedelta(minutes=70)
    with pytest.raises(Refused):
        services.add(session, live, [people.luis], by=people.tomas, on=late)
    walked_in = give(session, people.luis, taught)
    services.add(session, live, [people.luis], by=people.tomas, on=late)
    assert services.attended(session, live, {people.luis.id}, by=people.tomas, on=late) == 1
    assert (walked_in.state, walked_in.language) == (AssignmentState.COMPLETED, "es")
    assert given.state is AssignmentState.ASSIGNED
    assert services.attended(session, live, {people.ana.id}, by=people.tomas, on=late) == 2, "what was completed stays"
    assert given.state is AssignmentState.COMPLETED
    with pytest.raises(Refused):
        services.give_back(session, session.scalars(select(LiveSeat)).first(), by=people.ana, on=late)


def test_a_quiz_opens_for_who_was_there_and_completes(session, people, taught, as_user):
    session.add(Quiz(module_id=taught.id, pass_mark=0.8))
    given, absent = give(session, people.ana, taught), give(session, people.luis, taught)
    live = planned(session, taught, people, seats=5, starts_at=ON - timedelta(hours=2))
    services.add(session, live, [people.ana, people.luis], by=people.tomas, on=ON)
    services.attended(session, live, {people.ana.id}, by=people.tomas, on=ON)
    session.commit()
    assert given.state is AssignmentState.STARTED
    assert services.was_there(session, given)
    assert not services.was_there(session, absent)
    page = text_of(as_user(people.luis).get(f"/curriculum/learn/{absent.id}"))
    assert "It opens once you have attended a session" in page
    assert as_user(people.luis).post(f"/curriculum/learn/{absent.id}/quiz").status_code == 409


@pytest.mark.once
def test_each_sees_and_runs_what_is_theirs(session, people, taught, as_user):
    lima, whole = (planned(session, taught, people, unit, seats=4) for unit in (people.lima, people.programme))
    give(session, people.ana, taught)
    addresses = [f"/curriculum/live/{one.id}" for one in (lima, whole)]
    seen = {"ana": [404, 200], "sol": [200, 200], "paola": [404, 200], "raul": [200, 200], "carmen": [404, 200],
            "pedro": [200, 200], "tomas": [200, 200], "mariana": [200, 200], "ada": [200, 200]}  # fmt: skip
    for name, expected in seen.items():
        client = as_user(getattr(people, name))
        assert [client.get(one).status_code for one in addresses] == expected, name
    assert as_user(None).get(addresses[0]).status_code == 302
    for name in ("ana", "paola", "carmen"):
        for deed in ("edit", "cancel", "attendance", "add"):
            assert as_user(getattr(people, name)).post(f"{addresses[1]}/{deed}").status_code == 403, (name, deed)
    assert as_user(people.ana).post(f"{addresses[0]}/sign-up").status_code == 404
    people.luis.time_zone = "Europe/Madrid"
    session.commit()
    luis = as_user(people.luis)
    assert luis.post(f"{addresses[1]}/sign-up").status_code == 302
    kept = whole.starts_at.astimezone(zone("Europe/Madrid"))
    assert f"{kept:%H:%M}. A calendar invitation" in text_of(luis.get(addresses[1])), "told in the zone of who reads it"
    assert as_user(people.sol).post(f"{addresses[1]}/sign-up").status_code == 302
    page = text_of(as_user(people.paola).get(addresses[1]))
    assert "Luis Mora" in page
    assert "Sol Paz" not in page, "the other partner's people stay out of sight"
    assert "2 of 4" in page, "the seats are counted whole"
    assert "Sala 2" in text_of(as_user(people.tomas).get("/curriculum/live?when=next"))
    assert "Bogot" in text_of(as_user(people.tomas, "es").get(addresses[1]))


def test_a_trainer_plans_moves_and_keeps_the_list_on_screen(session, people, taught, as_user):
    client, form = as_user(people.tomas), {
        "day": "2099-11-05", "at": "10:00", "minutes": "60", "time_zone": "America/Lima", "place": "https://meet.example.org/x",
        "language": "en", "seats": "2", "unit_id": people.programme.id, "trainer_id": people.tomas.id,
    }  # fmt: skip
    path = f"/curriculum/modules/{taught.id}/live/new"
    assert client.post(path, data={**form, "day": "soon", "seats": "0"}).status_code == 422
    assert client.post(path, data={**form, "unit_id": "999"}).status_code == 422
    at = client.post(path, data=form).location
    live = session.scalars(select(LiveSession)).one()
    assert live.starts_at == datetime(2099, 11, 5, 15, tzinfo=UTC)
    give(session, people.ana, taught)
    assert client.post(f"{at}/add", data={"people": [people.sol.id]}).status_code == 422
    assert client.post(f"{at}/add", data={"people": [people.ana.id]}).status_code == 302
    assert client.post(f"{at}/edit", data={**form, "at": "11:00"}).status_code == 302
    assert client.post(f"{at}/attendance", data={"present": [people.ana.id]}).status_code == 409
    assert client.post(f"{at}/attendance", data={"present": ["x"]}).status_code == 422
    page = text_of(as_user(people.ana).get(f"/curriculum/modules/{taught.id}"))
    assert "you have a seat" in page
    assert "https://meet.example.org/x" in page
    assert "en vivo el" in text_of(as_user(people.ana, "es").get("/curriculum/learn"))
    assert "live on" in text_of(as_user(people.ana).get("/"))
    session.expire_all()
    live.starts_at = ON
    session.commit()
    assert client.post(f"{at}/attendance", data={"present": [people.ana.id]}).status_code == 302
    session.expire_all()
    assert session.scalars(select(Assignment)).one().state is AssignmentState.COMPLETED


def test_calendars_get_what_holds(app, session, people, taught):
    folder = Path(app.config["DATA_DIR"]) / "mail"
    for old in folder.glob("*.eml"):
        old.unlink()
    live = planned(session, taught, people)
    people.ana.language = "es"
    seat = services.sign_up(session, live, by=people.ana, on=ON)
    session.commit()
    with speak("es"):
        assert [one.key for one in calendar.entries(session, people.ana, on=ON)] == [f"live-session-{live.id}"]
        assert len(calendar.entries(session, people.tomas, on=ON)) == 1, "who teaches it has it too"
    services.give_back(session, seat, by=people.ana, on=ON + timedelta(minutes=1))
    session.commit()
    assert calendar.entries(session, people.ana, on=ON) == []
    letters = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in folder.glob("*.eml")]
    mine = [one.get_body(("calendar",)).get_content() for one in letters if one["To"] == people.ana.email]
    assert sorted("METHOD:CANCEL" in one for one in mine) == [False, True]
    assert all("Reembolsos paso a paso" in one for one in mine)


@pytest.mark.once
def test_the_list_asks_as_much_for_many_as_for_few(session, people, taught, as_user, count_queries):
    live = planned(session, taught, people, seats=40)
    client = as_user(people.tomas)
    few = count_queries(lambda: client.get("/curriculum/live"))
    page = count_queries(lambda: client.get(f"/curriculum/live/{live.id}"))
    for n in range(12):
        planned(session, taught, people)
        person = make_user(session, f"N{n} Soto", team=people.refunds, employee_no=f"N{n}")
        give(session, person, taught)
        services.add(session, live, [person], by=people.tomas, on=ON)
    session.commit()
    assert count_queries(lambda: client.get("/curriculum/live")) <= few
    assert count_queries(lambda: client.get(f"/curriculum/live/{live.id}")) <= page + 2, "names of teams"
