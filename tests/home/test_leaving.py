"""The demo programme is left behind by one command, and only where nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update

from app.accounts.models import Unit, User
from app.core.database import db
from tests.conftest import Cast


def leave(app: Flask, session: Any, *options: str, answer: str = "") -> Result:
    session.remove()
    return app.test_cli_runner().invoke(args=["demo", "--leave", *options], input=answer)


def rows(session: Any) -> int:
    """Rows in all tables together."""
    asked = (select(func.count()).select_from(table).scalar_subquery() for table in db.metadata.sorted_tables)
    return sum(session.execute(select(*asked)).one())


def test_there_must_be_a_demo(session: Any, app: Flask) -> None:
    said = leave(app, session, "--yes")
    assert (said.exit_code, said.output) == (1, "Error: There is no demo programme in this database.\n")


def test_it_goes_with_its_files_and_nobody_else_ever_does(session: Any, people: Cast, app: Flask) -> None:
    kept = Path(app.config["DATA_DIR"]) / "uploads" / "blobs" / "ab" / "abc"
    kept.parent.mkdir(parents=True)
    kept.write_text("a file of the demo")
    name = people.ana.name
    everything = rows(session)
    session.execute(update(User).where(User.name != name).values(is_demo=True))
    session.commit()
    with_ana = leave(app, session, "--yes")
    assert with_ana.exit_code == 1
    assert f"Somebody in this database is not of the demo programme ({name})." in with_ana.output
    session.execute(update(User).values(is_demo=False))
    session.commit()
    assert "people in this database are not of the demo programme (among them " in leave(app, session, "--yes").output
    session.execute(update(User).values(is_demo=True))
    session.commit()
    asked = leave(app, session, answer="n\n")
    assert asked.exit_code == 1
    assert asked.output.endswith("Error: Nothing was deleted.\n")
    assert (rows(session), kept.exists()) == (everything, True)

    said = leave(app, session, "--yes")
    assert said.exit_code == 0, said.output
    assert "flask people admin" in said.output
    assert (rows(session), kept.exists()) == (0, False)
    admin = app.test_cli_runner().invoke(args=["people", "admin", "ada@example.org"])
    assert admin.exit_code == 0, admin.output
    session.remove()
    assert session.scalars(select(User.email)).all() == ["ada@example.org"]
    assert session.scalar(select(func.count()).select_from(Unit)) == 1
