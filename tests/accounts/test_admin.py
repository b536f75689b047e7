"""Administration: who gets in, what each deed does, and where a part's administrator ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Absence, AbsenceKind, Activity, Grant, Membership, Setting, Unit, UnitTree, User
from app.accounts.permissions import Role
from app.core.clock import now
from app.core.follow import Event
from tests.accounts.files import row, write
from tests.conftest import LONG_AGO, Cast, make_user

As = Callable[..., FlaskClient]
TODAY = now().date()
PAGES = ("/admin", "/admin/people", "/admin/people/new", "/admin/units", "/admin/activity")
WHOLE = (
    "/admin/settings",
    "/admin/people/import",
    "/admin/people/import/template",
    "/admin/absences/import",
    "/admin/absences/import/template",
)


@pytest.fixture
def norma(session: Any, people: Cast) -> User:
    """The administrator of Norte only."""
    user = make_user(session, "Norma Díaz", role=Role.ADMINISTRATOR, over=people.norte)
    session.commit()
    return user


@pytest.fixture
def ada(people: Cast, as_user: As) -> FlaskClient:
    return as_user(people.ada)


def verbs(session: Any) -> list[str]:
    return list(session.scalars(select(Activity.verb).order_by(Activity.id)))


# --- Who gets in ---


@pytest.mark.once
def test_administrators_open_every_page(people: Cast, ada: FlaskClient) -> None:
    own = (f"/admin/people/{people.ana.id}", f"/admin/units/{people.bogota.id}", f"/admin/units/{people.bogota.id}/add")
    for page in (*PAGES, *WHOLE, *own):
        assert ada.get(page).status_code == 200, page


@pytest.mark.parametrize("who", ["ana", "paola", "tomas", "ivan", "mariana", "carmen"])
def test_nobody_else_does(people: Cast, as_user: As, who: str) -> None:
    client = as_user(getattr(people, who))
    for page in (*PAGES, *WHOLE, f"/admin/people/{people.ana.id}", f"/admin/units/{people.refunds.id}"):
        assert client.get(page).status_code == 403, page
    for deed in (f"/admin/people/{people.ana.id}/leave", "/admin/settings", "/admin/people/import"):
        assert client.post(deed).status_code == 403, deed


def test_who_is_not_signed_in_is_asked_to(people: Cast, as_user: As) -> None:
    for page in (*PAGES, *WHOLE):
        assert as_user(None).get(page).location.startswith("/sign-in?next=/admin")


def test_a_parts_administrator_sees_the_part_only(people: Cast, norma: User, as_user: As) -> None:
    client = as_user(norma)
    for page in PAGES:
        text = client.get(page)
        assert text.status_code == 200, page
        assert "Sol Paz" not in text.text
        assert "Orders" not in text.text
    for page in WHOLE:
        assert client.get(page).status_code == 403, page
    outside = (f"/admin/people/{people.sol.id}", f"/admin/people/{people.ada.id}", f"/admin/units/{people.sur.id}")
    for page in outside:
        assert client.get(page).status_code == 404, page
        assert client.post(page, data={"name": "x"}).status_code == 404, page
    assert client.post(f"/admin/grants/{people.raul.grants[0].id}/end").status_code == 404
    assert client.post(f"/admin/people/{people.sol.id}/leave").status_code == 404


def test_pages_are_spanish_in_spanish(people: Cast, as_user: As) -> None:
    client = as_user(people.ada, "es")
    for page, title in (
        ("/admin", "Administración"),
        ("/admin/people", "Administrar personas"),
        ("/admin/units", "Unidades"),
        ("/admin/settings", "Ajustes"),
        ("/admin/activity", "Actividad"),
        ("/admin/people/import", "Importar personas"),
        ("/admin/people/new", "Agregar una persona"),
        (f"/admin/people/{people.ana.id}", "Equipo y roles"),
        (f"/admin/units/{people.bogota.id}", "Cambiar la unidad"),
    ):
        text = client.get(page).text
        assert title in text, page
        for english in ("Administration", "Administer", "Save", "Employee number", "Time zone", "Settings"):
            assert english not in text, (page, english)


# --- People ---


def test_adding_a_person_with_a_first_place(session: Any, people: Cast, ada: FlaskClient) -> None:
    told = {
        "name": "Nora Vega",
        "employee_no": "N1",
        "email": " Nora@Example.org ",
        "language": "es",
        "time_zone": "",
        "role": "agent",
        "unit": people.refunds.id,
        "valid_from": "2026-10-01",
    }
    response = ada.post("/admin/people/new", data=told)
    nora = session.scalars(select(User).where(User.employee_no == "N1")).one()
    assert response.location == f"/admin/people/{nora.id}"
    assert (nora.email, nora.language, nora.password_hash) == ("nora@example.org", "es", None)
    assert [(m.team_id, m.valid_from) for m in nora.memberships] == [(people.refunds.id, date(2026, 10, 1))]
    assert verbs(session) == ["person.added", "person.moved"]
    again = ada.post("/admin/people/new", data=told | {"name": "Another"})
    assert again.status_code == 422
    assert "Another person has this employee number." in again.text
    wrong = ada.post("/admin/people/new", data=told | {"employee_no": "N2", "email": "", "unit": people.bogota.id})
    assert wrong.status_code == 422
    assert session.scalar(select(User.id).where(User.employee_no == "N2")) is None, "or nothing of both"


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"employee_no": ""}, {"email": "x"}, {"valid_from": "soon"}, {"unit": "0"}, {"role": "king"}],
)
def test_a_bad_form_is_answered_with_its_faults(people: Cast, ada: FlaskClient, change: dict[str, str]) -> None:
    told = {
        "name": "N",
        "employee_no": "N1",
        "language": "es",
        "time_zone": "",
        "role": "trainer",
        "unit": people.norte.id,
    }
    response = ada.post("/admin/people/new", data=told | {"valid_from": "2026-10-01"} | change)
    assert response.status_code == 422
    assert "1 field needs correcting" in response.text


def test_changing_who_somebody_is(session: Any, people: Cast, ada: FlaskClient) -> None:
    told = {"name": "Ana Ruiz Cárdenas", "employee_no": "ANA", "email": "ana@example.org", "language": "es"}
    told["time_zone"] = ""
    page = f"/admin/people/{people.ana.id}"
    assert ada.post(page, data=told | {"hired_on": "2025-01-01"}).status_code == 302
    assert people.ana.name == "Ana Ruiz Cárdenas"
    [line] = session.scalars(select(Activity)).all()
    assert line.detail == {"name": ["Ana Ruiz", "Ana Ruiz Cárdenas"], "language": ["en", "es"]}
    assert ada.post(page, data=told | {"email": "luis@example.org"}).status_code == 422
    assert people.ana.email == "ana@example.org"


def test_giving_and_taking_a_role(session: Any, people: Cast, ada: FlaskClient) -> None:
    place = {"role": "trainer", "unit": people.norte.id, "valid_from": TODAY.isoformat()}
    ada.post(f"/admin/people/{people.ivan.id}/places", data=place)
    grant = people.ivan.grants[-1]
    assert (grant.role, grant.unit_id, grant.valid_to) == (Role.TRAINER, people.norte.id, None)
    ada.post(f"/admin/people/{people.ivan.id}/places", data=place)
    assert len(people.ivan.grants) == 2, "given again, it is no news"
    ada.post(f"/admin/grants/{people.ivan.grants[0].id}/end", data={"day": TODAY.isoformat()})
    assert people.ivan.grants[0].valid_to == TODAY
    ada.post(f"/admin/grants/{grant.id}/end", data={"day": TODAY.isoformat()})
    session.expire_all()
    assert len(people.ivan.grants) == 1, "a role that ends on its first day was none"
    assert verbs(session) == ["role.given", "role.taken", "role.taken"]


def test_moving_to_another_team(session: Any, people: Cast, ada: FlaskClient) -> None:
    place = {"role": "agent", "unit": people.orders.id, "valid_from": "2026-06-01"}
    assert ada.post(f"/admin/people/{people.ana.id}/places", data=place).status_code == 302
    assert [(m.team_id, m.valid_to) for m in people.ana.memberships] == [
        (people.refunds.id, date(2026, 6, 1)),
        (people.orders.id, None),
    ]
    ada.post(f"/admin/people/{people.ana.id}/team/end", data={"day": "2026-09-01"})
    assert people.ana.memberships[-1].valid_to == date(2026, 9, 1)
    page = ada.post(f"/admin/people/{people.ana.id}/places", data=place | {"unit": people.lima.id})
    assert page.status_code == 422
    assert "is not a team" in page.text


def test_leaving_and_coming_back(
    app: Any, session: Any, people: Cast, ada: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setitem(app.extensions["followers"], Event.PERSON_LEFT, (lambda _s, **facts: told.append(facts),))
    day = TODAY - timedelta(days=3)
    ada.post(f"/admin/people/{people.ana.id}/leave", data={"day": day.isoformat()})
    assert people.ana.left_on == people.ana.memberships[0].valid_to == day
    assert [(t["person_id"], t["day"]) for t in told] == [(people.ana.id, day)]
    assert "Left on" in ada.get(f"/admin/people/{people.ana.id}").text
    place = {"role": "agent", "unit": people.refunds.id, "valid_from": TODAY.isoformat()}
    ada.post(f"/admin/people/{people.ana.id}/places", data=place)
    assert people.ana.left_on is None
    assert [(m.valid_from, m.valid_to) for m in people.ana.memberships] == [(LONG_AGO, day), (TODAY, None)]


def test_nobody_leaves_before_being_hired(people: Cast, ada: FlaskClient) -> None:
    assert ada.post(f"/admin/people/{people.ana.id}/leave", data={"day": "2024-01-01"}).status_code == 409


def test_the_programme_keeps_an_administrator(session: Any, people: Cast, ada: FlaskClient) -> None:
    own = people.ada.grants[0]
    assert ada.post(f"/admin/grants/{own.id}/end", data={"day": TODAY.isoformat()}).status_code == 409
    assert ada.post(f"/admin/people/{people.ada.id}/leave", data={"day": TODAY.isoformat()}).status_code == 409
    second = {"role": "administrator", "unit": people.programme.id, "valid_from": LONG_AGO.isoformat()}
    ada.post(f"/admin/people/{people.mariana.id}/places", data=second)
    assert ada.post(f"/admin/grants/{own.id}/end", data={"day": TODAY.isoformat()}).status_code == 302


def test_an_invitation_needs_an_address(session: Any, people: Cast, ada: FlaskClient) -> None:
    people.ana.email = None
    session.commit()
    assert ada.post(f"/admin/people/{people.ana.id}/invite").status_code == 409


def test_absences_are_noted_and_taken_back(
    session: Any, people: Cast, norma: User, ada: FlaskClient, as_user: As
) -> None:
    page, told = (
        f"/admin/people/{people.ana.id}/absences",
        {"kind": "vacation", "first": "2026-10-01", "last": "2026-10-07"},
    )
    assert ada.post(page, data=told).status_code == 302
    assert ada.post(page, data=told | {"kind": "sick"}).status_code == 302
    [absence] = session.scalars(select(Absence)).all()
    assert (absence.user_id, absence.kind) == (people.ana.id, AbsenceKind.SICK)
    assert "1 Oct 2026 to 7 Oct 2026" in ada.get(f"/admin/people/{people.ana.id}").text
    wrong = ada.post(page, data=told | {"last": "2026-09-30"})
    assert (wrong.status_code, "before its first" in wrong.text) == (422, True)
    assert 'value="2026-09-30"' in wrong.text, "what was typed still stands"
    assert ada.post(page, data={}).status_code == 422
    assert as_user(norma).post(f"/admin/people/{people.sol.id}/absences", data=told).status_code == 404
    assert as_user(people.carmen).post(f"/admin/absences/{absence.id}/drop").status_code == 403
    assert ada.post(f"/admin/absences/{absence.id}/drop").status_code == 302
    assert session.scalars(select(Absence)).all() == []
    assert verbs(session) == ["absence.noted", "absence.noted", "absence.dropped"]


# --- Where a part's administrator ends ---


def test_a_parts_administrator_gives_no_role_outside(session: Any, people: Cast, norma: User, as_user: As) -> None:
    client = as_user(norma)
    for unit in (people.sur, people.programme):
        place = {"role": "administrator", "unit": unit.id, "valid_from": TODAY.isoformat()}
        assert client.post(f"/admin/people/{norma.id}/places", data=place).status_code == 422
    assert session.scalar(select(func.count()).select_from(Grant).where(Grant.user_id == norma.id)) == 1


def test_a_parts_administrator_takes_no_account_of_somebody_who_may_more(
    session: Any, people: Cast, norma: User, as_user: As
) -> None:
    session.add(Grant(user_id=people.ivan.id, role=Role.TRAINER, unit_id=people.sur.id, valid_from=LONG_AGO))
    session.commit()
    client, page = as_user(norma), f"/admin/people/{people.ivan.id}"
    told = {"name": "Iván", "employee_no": "IVÁN", "email": "norma2@example.org", "language": "en", "time_zone": ""}
    assert client.get(page).status_code == 200
    assert not re.search(r"\bSur\b", client.get(page).text)
    assert client.post(page, data=told).status_code == 422
    for deed, data in (("/invite", {}), ("/leave", {"day": TODAY.isoformat()}), ("/team/end", {})):
        assert client.post(page + deed, data=data).status_code == 409, deed
    assert people.ivan.email == "iván@example.org"


def test_a_parts_administrator_moves_only_within(session: Any, people: Cast, norma: User, as_user: As) -> None:
    client = as_user(norma)
    place = {"role": "agent", "unit": people.orders.id, "valid_from": TODAY.isoformat()}
    assert client.post(f"/admin/people/{people.ana.id}/places", data=place).status_code == 422
    assert (
        session.scalar(select(func.count()).select_from(Membership).where(Membership.team_id == people.orders.id)) == 1
    )


# --- Units ---


def test_adding_and_renaming_units(session: Any, people: Cast, ada: FlaskClient) -> None:
    told = {
        "kind": "team",
        "name": " Orders  B ",
        "market": "PE",
        "time_zone": "",
        "language": "",
        "line_of_business": "",
    }
    response = ada.post(f"/admin/units/{people.lima.id}/add", data=told)
    made = session.scalars(select(Unit).where(Unit.path == "Sur/Lima/Orders B")).one()
    assert response.location == f"/admin/units/{made.id}"
    assert (made.market, made.time_zone) == ("PE", None)
    assert session.scalar(select(func.count()).select_from(UnitTree).where(UnitTree.unit_id == made.id)) == 4
    assert ada.post(f"/admin/units/{people.lima.id}/add", data=told).status_code == 409
    renamed = {"name": "Lima Centro", "market": "PE", "time_zone": "America/Lima", "language": "es"}
    ada.post(f"/admin/units/{people.lima.id}", data=renamed)
    paths = set(session.scalars(select(Unit.path).where(Unit.id.in_([people.orders.id, made.id]))))
    assert paths == {"Sur/Lima Centro/Orders", "Sur/Lima Centro/Orders B"}
    assert verbs(session) == ["unit.added", "unit.changed"]


def test_what_no_unit_may_be(people: Cast, ada: FlaskClient) -> None:
    told = {"name": "A/B", "market": "", "time_zone": "", "language": "", "line_of_business": ""}
    assert ada.post(f"/admin/units/{people.lima.id}", data=told).status_code == 409
    assert ada.post(f"/admin/units/{people.lima.id}", data=told | {"name": ""}).status_code == 422
    assert ada.post(f"/admin/units/{people.lima.id}", data=told | {"name": "L", "time_zone": "X"}).status_code == 422
    assert (
        ada.post(f"/admin/units/{people.lima.id}/add", data=told | {"name": "L", "kind": "partner"}).status_code == 422
    )
    assert ada.get(f"/admin/units/{people.orders.id}/add").status_code == 404, "nothing goes below a team"


def test_units_show_what_they_inherit_and_who_leads(people: Cast, ada: FlaskClient) -> None:
    page = ada.get("/admin/units?kind=team").text
    assert "inherited" in page
    assert "Paola Restrepo" in page
    assert "America/Bogota" in page


# --- What needs a look, settings, activity ---


def test_the_overview_names_what_lacks_something(session: Any, people: Cast, ada: FlaskClient) -> None:
    people.paola.grants[0].valid_to = TODAY
    people.lima.market = None
    people.pedro.email = None
    people.raul.password_hash = None
    session.commit()
    page = ada.get("/admin").text
    for sentence in (
        "1 team has nobody who leads it",
        "1 team has no market",
        "1 person has no team and no role",
        "1 person with a role has no email",
        "1 person with a role has not signed in yet",
        "Hilo is not live yet",
        "6 things need attention",
    ):
        assert sentence in page, sentence
    for lacks, name in (("place", "Paola"), ("email", "Pedro"), ("invitation", "Raúl")):
        assert name in ada.get(f"/admin/people?lacks={lacks}").text
    assert "Refunds" in ada.get("/admin/units?lacks=lead").text
    assert "Orders" in ada.get("/admin/units?lacks=market").text


def test_settings_are_checked_and_logged(session: Any, people: Cast, ada: FlaskClient) -> None:
    assert ada.post("/admin/settings", data={"live_from": "2026-10-01"}).status_code == 302
    assert session.get(Setting, "live_from").value == "2026-10-01"
    refused = ada.post("/admin/settings", data={"live_from": "soon"})
    assert refused.status_code == 422
    assert "“soon” does not fit here." in refused.text
    ada.post("/admin/settings", data={"live_from": ""})
    assert session.get(Setting, "live_from") is None
    assert verbs(session) == ["setting.changed"] * 2


def test_activity_is_filtered_by_verb_person_and_day(session: Any, people: Cast, ada: FlaskClient) -> None:
    ada.post(f"/admin/people/{people.ana.id}/leave", data={"day": TODAY.isoformat()})
    ada.post("/admin/settings", data={"live_from": "2026-10-01"})

    def count(query: str) -> int:
        return len(re.findall(r"<tr>", ada.get(f"/admin/activity?{query}").text)) - 1

    assert count("") == 2
    assert count("verb=person.left") == count("person=Ruiz") == 1
    assert count(f"since={TODAY - timedelta(days=1)}&until={TODAY + timedelta(days=1)}") == 2
    assert "No activity matches" in ada.get("/admin/activity?until=2020-01-01").text
    assert ada.get("/admin/activity?since=x").status_code == 200
    assert "recorded that a person is leaving" in ada.get("/admin/activity").text


@pytest.mark.once
def test_queries_do_not_grow_with_lines(
    session: Any, people: Cast, as_user: As, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    def visit(page: str) -> int:
        client = as_user(people.ada)
        return count_queries(lambda: client.get(page))

    pages = (*PAGES, f"/admin/people/{people.ana.id}", f"/admin/units/{people.bogota.id}")
    before = [visit(page) for page in pages]
    client = as_user(people.ada)
    for number in range(4):
        user = make_user(session, f"N{number} Zeta", team=people.refunds)
        session.commit()
        told = {"role": "trainer", "unit": people.norte.id, "valid_from": "2026-01-01"}
        client.post(f"/admin/people/{user.id}/places", data=told)
        client.post(f"/admin/people/{people.ana.id}/places", data=told | {"valid_from": f"2026-0{number + 2}-01"})
        unit = {"kind": "team", "name": f"T{number}", "market": "", "time_zone": "", "language": ""}
        client.post(f"/admin/units/{people.bogota.id}/add", data=unit)
    assert [visit(page) for page in pages] == before


# --- People from a file ---


def send(client: FlaskClient, path: Path, what: str = "people") -> Any:
    return client.post(f"/admin/{what}/import", data={"file": (BytesIO(path.read_bytes()), path.name)})


def test_a_file_is_looked_at_then_let_in(
    session: Any, people: Cast, ada: FlaskClient, tmp_path: Path, app: Any
) -> None:
    page = send(ada, write(tmp_path / "people.csv", row(), row(employee_no="A2", email="")))
    assert page.status_code == 200
    assert "people.csv can be imported" in page.text
    assert "2 rows were read" in page.text
    assert session.scalar(select(User.id).where(User.employee_no == "A1")) is None
    token = re.search(r'name="token" value="([^"]+)"', page.text).group(1)
    done = ada.post("/admin/people/import/commit", data={"token": token}, follow_redirects=True)
    assert "2 new people" in done.text
    assert session.scalar(select(User.id).where(User.employee_no == "A1")) is not None
    assert ada.post("/admin/people/import/commit", data={"token": token}).status_code == 404
    assert list((Path(app.config["DATA_DIR"]) / "uploads" / "people").iterdir()) == []
    assert "would change nothing" in send(ada, tmp_path / "people.csv").text


def test_a_bad_file_says_what_to_mend_and_stores_nothing(
    session: Any, people: Cast, ada: FlaskClient, as_user: As, tmp_path: Path
) -> None:
    path = write(tmp_path / "people.csv", row(role="boss"), row(employee_no="A2", email="x"))
    page = send(ada, path)
    assert page.status_code == 422
    assert "2 problems in people.csv" in page.text
    assert "boss" in page.text
    assert "2 problemas en people.csv" in send(as_user(people.ada, "es"), path).text
    assert session.scalar(select(func.count()).select_from(Activity)) == 0


@pytest.mark.parametrize("content", [b"", b"\x00\x01" * 500, b"PK\x03\x04 broken", b"name\n"])
def test_what_is_no_table_is_refused(people: Cast, ada: FlaskClient, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(content)
    assert send(ada, path).status_code == 422


def test_a_file_must_be_chosen(people: Cast, ada: FlaskClient) -> None:
    assert ada.post("/admin/people/import", data={}).status_code == 422


def test_a_token_of_somebody_else_is_worth_nothing(
    session: Any, people: Cast, ada: FlaskClient, as_user: As, tmp_path: Path
) -> None:
    session.add(
        Grant(user_id=people.mariana.id, role=Role.ADMINISTRATOR, unit_id=people.programme.id, valid_from=LONG_AGO)
    )
    session.commit()
    page = send(ada, write(tmp_path / "people.csv", row())).text
    token = re.search(r'name="token" value="([^"]+)"', page).group(1)
    for forged in (token, token + "x", "../../etc/passwd", ""):
        client = as_user(people.mariana)
        assert client.post("/admin/people/import/commit", data={"token": forged}).status_code == 404


def test_absences_from_a_file_are_looked_at_then_let_in(
    session: Any, people: Cast, norma: User, ada: FlaskClient, as_user: As, tmp_path: Path
) -> None:
    path = tmp_path / "absences.csv"
    head = "employee_no,kind,from,to\n"
    path.write_text(head + "ANA,licencia,2026-10-09,2026-10-07\nNOBODY,sick,2026-10-07,2026-10-07\n")
    wrong = send(ada, path, "absences")
    assert (wrong.status_code, "1 problem in absences.csv" in wrong.text) == (422, True)
    path.write_text(head + "ANA,licencia,2026-10-07,2026-10-09\nLUIS,sick,2026-10-07,2026-10-07\n")
    page = send(as_user(people.ada, "es"), path, "absences")
    assert session.scalar(select(func.count()).select_from(Absence)) == 0
    assert "absences.csv se puede importar" in page.text
    token = {"token": re.search(r'name="token" value="([^"]+)"', page.text).group(1)}
    assert ada.post("/admin/people/import/commit", data=token).status_code == 404, "it was looked at as absences"
    assert as_user(norma).post("/admin/absences/import/commit", data=token).status_code == 403
    done = ada.post("/admin/absences/import/commit", data=token, follow_redirects=True)
    assert "2 absences new" in done.text
    assert session.scalar(select(func.count()).select_from(Absence)) == 2
    assert "would change nothing" in send(ada, path, "absences").text


def test_the_empty_file_has_the_columns(people: Cast, ada: FlaskClient) -> None:
    text = ada.get("/admin/people/import/template").text
    assert text.lstrip("\ufeff").startswith("employee_no,name,email,role,partner,site,team")
