"""The commands of the room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts import settings
from app.accounts.models import Grant, User
from app.accounts.permissions import Role
from tests.accounts.files import row, write
from tests.conftest import Cast


def run(app: Flask, session: Any, *arguments: str) -> Any:
    """Run a command apart from the session of the test."""
    session.commit()
    result = app.test_cli_runner().invoke(args=list(arguments))
    session.expire_all()
    return result


def test_the_first_administrator_gets_a_link(app: Flask, session: Any) -> None:
    result = run(app, session, "people", "admin", "Ada@Example.org")
    assert result.exit_code == 0
    link = result.output.split()[-1]
    ada = session.scalars(select(User).where(User.email == "ada@example.org")).one()
    [grant] = session.scalars(select(Grant)).all()
    assert (grant.user_id, grant.role, grant.unit.path) == (ada.id, Role.ADMINISTRATOR, "")
    assert link.startswith("http://127.0.0.1:8000/account/reset/")
    again = run(app, session, "people", "admin", "ada@example.org", "--json")
    assert json.loads(again.output)["link"].startswith("http")
    assert len(session.scalars(select(Grant)).all()) == 1
    client = app.test_client()
    path = link.removeprefix("http://127.0.0.1:8000")
    assert client.post(path, data={"password": "thread and needle", "again": "thread and needle"}).status_code == 302


def test_an_administrator_has_an_address(app: Flask, session: Any) -> None:
    result = run(app, session, "people", "admin", "ada")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_importing_people(app: Flask, session: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", row(), row(employee_no="A2", email="", role="team_lead"))
    result = run(app, session, "people", "import", str(path), "--json")
    told = {"rows": 2, "people_new": 2, "people_changed": 0, "unchanged": 0, "units_new": 3}
    assert {key: json.loads(result.output)[key] for key in told} == told
    again = run(app, session, "people", "import", str(path))
    assert "unchanged: 2" in again.output


def test_a_bad_file_is_one_line_a_problem_and_status_1(app: Flask, session: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", row(role="boss"))
    result = run(app, session, "people", "import", str(path))
    assert result.exit_code == 1
    assert "Row 2" in result.stderr
    assert "Nothing was saved" in result.stderr
    assert "Traceback" not in result.stderr
    assert run(app, session, "people", "import", str(tmp_path / "none.csv")).exit_code == 2


def test_importing_absences(app: Flask, session: Any, people: Cast, tmp_path: Path) -> None:
    path = tmp_path / "absences.csv"
    path.write_text("employee_no,kind,from,to\nANA,vacation,2026-10-01,2026-10-07\n")
    result = run(app, session, "people", "absences", str(path), "--json")
    assert json.loads(result.output)["absences_new"] == 1


def test_settings(app: Flask, session: Any) -> None:
    assert run(app, session, "settings", "set", "live_from", "2026-10-01").output == "live_from is now 2026-10-01\n"
    assert run(app, session, "settings", "set", "live_from", "2026-10-01").output == "live_from is already 2026-10-01\n"
    assert str(settings.live_from(session)) == "2026-10-01"
    assert json.loads(run(app, session, "settings", "show", "--json").output)["live_from"] == "2026-10-01"
    for key, value in (("live_from", "soon"), ("colour", "teal"), ("last_daily", "2026-10-01")):
        result = run(app, session, "settings", "set", key, value)
        assert result.exit_code == 1
        assert key in result.stderr
