"""People a file names and nobody has brought in are added from it, in bulk, by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Activity, Membership, Unit, User
from app.accounts.permissions import Role
from app.audits.models import Audit
from app.audits.profiles.mapped import Directory
from app.audits.profiles.mapping import Mapping, PersonBy
from app.audits.profiles.matching import Known
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.newcomers import newcomers
from app.audits.views import profile_people
from tests.audits.profiles.test_making import begin, confirm
from tests.audits.profiles.test_pages import carry_out
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
HEAD = "Id,Agent,Agent name,Team,Evaluator,Date,Question,Answer\n"
NOBODY = Known({"ana.ruiz": "Ana Ruiz"}, Directory({}, {}), {}, {}, {})


def file_of(count: int) -> bytes:
    rows = [
        f"A-{n},{'u' if n else ''}{n or 1001},Nueva {chr(65 + n % 26)}{n},Squad {n % 2},qa{n % 2}@example.org,"
        f"2026-10-{n % 20 + 3:02},Greets the customer,Yes\n"
        for n in range(count)
    ]
    return (HEAD + "".join(rows)).encode()


def profile(client: FlaskClient, count: int = 6) -> str:
    at = begin(client, "a.csv", file_of(count))
    confirm(client, f"{at}/table")
    confirm(
        client, f"{at}/columns", **{"at-scorecard": "s:REFUND", "at-contact_at": "c:Date", "at-audited_at": "c:Date"}
    )
    confirm(client, f"{at}/values")
    return at


def test_agents_are_offered_as_the_file_has_them_and_added_to_a_team_of_their_own(
    session: Any, world: Cast, as_user: Sign
) -> None:
    client = as_user(world.ada)
    at = profile(client)
    page = unescape(client.get(f"{at}/matches").get_data(as_text=True))
    assert "5 of these people are not in Hilo yet." in page
    people = f"{at}/people/employee_no"
    page = unescape(client.get(people).get_data(as_text=True))
    assert all(text in page for text in ("Nueva B1", "Squad 1", "2026-10-03", "Add agents"))

    ours = session.query(Unit).filter_by(path=world.refunds.path).one()
    confirm(client, f"{people}?group=Squad 1", unit=str(ours.id), **{"0-name": "Nueva Bella"})
    added = session.query(User).filter(User.name.startswith("Nueva")).order_by(User.employee_no).all()
    assert [(one.employee_no, one.name) for one in added] == [
        ("u1", "Nueva Bella"),
        ("u3", "Nueva D3"),
        ("u5", "Nueva F5"),
    ]
    member = session.query(Membership).filter_by(user_id=added[0].id).one()
    assert (member.team_id, member.valid_from) == (ours.id, date(2026, 10, 3))
    assert session.query(Activity).filter_by(verb="people.added").one().detail["people_new"] == 3

    confirm(client, people, new_unit="Norte/Bogotá/Nuevos")
    confirm(client, f"{at}/people/auditor_no", unit=str(session.query(Unit).filter_by(path="").one().id))
    auditor = session.query(User).filter_by(email="qa0@example.org").one()
    assert (auditor.employee_no, auditor.name, auditor.grants[0].role) == ("qa0", "Qa", Role.AUDITOR)
    assert "of these people" not in client.get(f"{at}/matches").get_data(as_text=True)
    confirm(client, f"{at}/matches")
    assert carry_out(session, client, at).counts["audits"]["new"] == 6
    teams = {audit.team.name for audit in session.query(Audit) if audit.person.name.startswith("Nueva")}
    assert teams == {ours.name, "Nuevos"}


def test_those_beyond_the_page_come_along_and_nobody_is_added_twice_or_half(
    session: Any, world: Cast, as_user: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(world.ada)
    at = profile(client, 6)
    monkeypatch.setattr(profile_people, "MOST_SHOWN", 3)
    people, unit = f"{at}/people/employee_no", str(world.refunds.id)
    before = session.query(User).count()
    fields = {"unit": unit, "since": "2026-10-01", "0-word": "u1", "take-0": "on"}
    for sent, sentence in (
        ({**fields, "unit": ""}, "Choose where they belong."),
        ({**fields, "since": "2030-01-01"}, "a day up to today"),
        ({**fields, "take-0": ""}, ""),
        ({**fields, "0-number": "1001", "0-name": "X"}, "Somebody else has these already: 1001."),
        ({**fields, "0-number": "7", "0-name": "X", "0-email": "nonsense"}, "These are not email addresses: nonsense"),
        ({**fields, "0-number": "7", "0-name": "=1+1"}, "look like a formula"),
        ({**fields, "0-number": "", "0-name": "X"}, "needs an employee number and a name"),
        ({"unit": unit, "since": "2026-10-01"}, "Choose who to add."),
    ):
        answer = client.post(people, data=sent)
        assert answer.status_code == 422, sent
        assert sentence in unescape(answer.get_data(as_text=True))
    assert session.query(User).count() == before
    confirm(client, people, unit=unit, rest="on")
    assert session.query(User).count() == before + 5
    assert "Everybody the sample names is known here" in client.get(people).get_data(as_text=True)


def test_only_who_administers_a_unit_adds_people_and_only_there(session: Any, world: Cast, as_user: Sign) -> None:
    north = make_user(session, "Nadia Norte", role=Role.ADMINISTRATOR, over=world.norte)
    session.commit()
    mine = as_user(north)
    at = profile(mine)
    people = f"{at}/people/employee_no"
    page = mine.get(people).get_data(as_text=True)
    assert "new_unit" not in page
    assert "Sur" not in page
    fields = {"unit": str(world.orders.id), "since": "2026-10-01", "0-word": "u1", "0-number": "u1", "0-name": "X"}
    assert mine.post(people, data={**fields, "take-0": "on"}).status_code == 422
    for one, status in ((world.paola, 403), (world.ivan, 403), (world.mariana, 403), (world.ada, 200), (None, 302)):
        assert as_user(one).get(people).status_code == status
    assert "An administrator of their unit" in as_user(world.mariana).get(f"{at}/matches").get_data(as_text=True)
    other = make_user(session, "Sara Sur", role=Role.ADMINISTRATOR, over=world.sur)
    session.commit()
    assert as_user(other).get(people).status_code == 404
    assert mine.get(f"{at}/people/criterion").status_code == 404
    page = as_user(world.ada, "es").get(people).get_data(as_text=True)
    assert "Agregar agentes" in page


def test_names_and_addresses_make_numbers_of_their_own() -> None:
    def offered(by: PersonBy, *texts: str, names: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
        seen = {"words": {"employee_no": [[text, 1] for text in texts]}, "names": names or {}}
        found = newcomers("employee_no", Mapping(person_by={"employee_no": by}), seen, NOBODY)
        return [(one.employee_no, one.name, one.email) for one in found]

    assert offered(PersonBy.NAME, "Zúñiga, Iván", "Ivan Zuniga") == [
        ("ivan.zuniga", "Iván Zúñiga", ""),
        ("ivan.zuniga.2", "Ivan Zuniga", ""),
    ]
    assert offered(PersonBy.EMAIL, "Eva.Diaz@x.org") == [("eva.diaz", "Eva Diaz", "Eva.Diaz@x.org")]
    assert offered(PersonBy.OTHER, "77", names={"77": "eva@x.org"}) == [("77", "Eva", "eva@x.org")]


def test_what_was_added_is_known_to_the_profile(session: Any, world: Cast, as_user: Sign) -> None:
    client = as_user(world.ada)
    at = profile(client)
    confirm(client, f"{at}/people/employee_no", unit=str(world.refunds.id), **{"0-number": "900"})
    words = session.query(MappingProfile).one().mapping.words["employee_no"]
    assert sorted(words.values()) == ["900", "u2", "u3", "u4", "u5"]
