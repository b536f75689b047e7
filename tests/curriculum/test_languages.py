"""Nobody is given what is not there in the language they read: by hand, in bulk, by path, from the catalogue, by a rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import Activity
from app.core.errors import Refused
from app.curriculum import languages, services
from app.curriculum.models import Assignment, AssignmentReason, Module, ModuleState
from app.curriculum.paths import services as paths
from app.curriculum.paths.models import Path, PathAssignment, PathStep, PathVersion
from tests.curriculum.conftest import ON, TODAY, give

MANUAL = AssignmentReason.MANUAL


@pytest.fixture
def half(session: Any, people: Any, module: Module) -> Module:
    """Published before anybody minded: its text in Spanish is gone. Ana reads Spanish, Luis English."""
    people.ana.language, people.luis.language, module.body_es = "es", "en", ""
    session.commit()
    return module


@pytest.fixture
def path(session: Any, half: Module) -> Path:
    version = PathVersion(number=1, is_current=True, title_en="Start", title_es="Inicio", days=14, published_at=ON)
    version.steps = [PathStep(position=1, module_id=half.id)]
    made = Path(code="P01", title_en="Start", title_es="Inicio", state=ModuleState.PUBLISHED)
    version.path = made
    session.add(version)
    session.commit()
    return made


def given(session: Any) -> list[int]:
    return list(session.scalars(select(Assignment.person_id).order_by(Assignment.person_id)))


def test_by_hand_and_in_bulk(as_user: Any, session: Any, people: Any, half: Module) -> None:
    client = as_user(people.tomas)
    url = f"/curriculum/modules/{half.id}/assign"
    page = client.get(f"{url}?people={people.ana.id}&people={people.luis.id}").text
    assert "Missing in ES" in page
    assert "That is 1 person here." in page
    assert "reads in Spanish" in page
    sent = {"people": [people.ana.id, people.luis.id], "reason": "manual", "due_on": "2099-01-05"}
    answer = client.post(f"{url}?people={people.ana.id}&people={people.luis.id}", data=sent)
    assert answer.status_code == 409
    assert f"Missing in Spanish: {people.ana.name}." in answer.text
    assert people.luis.name not in answer.text
    assert given(session) == []
    sent["people"] = [people.luis.id]
    assert client.post(f"{url}?people={people.luis.id}", data=sent).status_code == 302
    assert given(session) == [people.luis.id]
    half.body_es = "Leer"
    session.commit()
    sent["people"] = [people.ana.id]
    assert client.post(f"{url}?people={people.ana.id}&lang=es", data=sent).status_code == 302


def test_many_are_named_up_to_ten(session: Any, people: Any, half: Module, monkeypatch: Any) -> None:
    everyone = [people.ana, people.luis, people.tomas, people.sol]
    for one in everyone:
        one.language = "es"
    session.flush()
    monkeypatch.setattr(languages, "MOST_NAMED", 2)
    numbers = [one.id for one in everyone]
    with pytest.raises(Refused, match=r"and 2 more"):
        languages.must_be_readable(session, "M", {"es"}, numbers, by=people.tomas)


def test_along_a_path(session: Any, people: Any, path: Path) -> None:
    rows = [{"person_id": one.id, "reason": MANUAL, "assigned_on": TODAY} for one in (people.ana, people.luis)]
    with pytest.raises(Refused, match=f"Missing in Spanish: {people.ana.name}"):
        paths.give(session, path, rows, by=people.tomas, on=ON)
    session.rollback()
    done = paths.give(session, path, rows, by=None, on=ON)
    assert [one.person_id for one in done] == [people.luis.id]
    left = session.scalars(select(Activity.person_id).where(Activity.verb == "path.unreadable")).all()
    assert left == [people.ana.id]


def test_from_the_catalogue(as_user: Any, session: Any, people: Any, half: Module, path: Path) -> None:
    client = as_user(people.ana)
    for address in (f"/curriculum/modules/{half.id}/take", f"/curriculum/paths/{path.id}/take"):
        answer = client.post(address)
        assert answer.status_code == 409, address
        assert "does not exist in your language" in answer.text, address
        page = client.get(address.removesuffix("/take")).text
        assert "Not in Spanish yet" in page, address
        assert "/take" not in page, address
    assert given(session) == []
    assert session.scalars(select(PathAssignment)).all() == []


def test_what_gives_by_itself_leaves_them_out_and_says_so(session: Any, people: Any, half: Module) -> None:
    rows = [
        {"person_id": one.id, "module_id": half.id, "reason": AssignmentReason.GAP, "assigned_on": date(2026, 11, 2)}
        for one in (people.ana, people.luis)
    ]
    assert services.assign_many(session, rows, by=None, on=ON) == 1
    assert given(session) == [people.luis.id]
    line = session.scalars(select(Activity).where(Activity.verb == "module.unreadable")).one()
    assert (line.person_id, line.detail["module"]) == (people.ana.id, "M01")


def test_one_record_in_two_languages(session: Any, people: Any, module: Module) -> None:
    """Begun in one language, gone on with in the other: one assignment, completed once."""
    one = give(session, people.ana, module)
    services.start(session, one, on=ON)
    services.complete(session, one, on=ON, language="es")
    session.commit()
    assert session.scalars(select(Assignment.language)).all() == ["es"]
