"""The demo programme, left behind: everything in the database goes, provided that all of it is the demo's."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.models import Audit
from app.coaching.models import CoachingSession
from app.core import jobs
from app.core.database import db
from app.core.errors import Refused
from app.core.rooms import import_from_each

FOLDERS = ("uploads", "mail")
"""Of the data folder: what people sent in, and mails that were kept instead of sent. The secret stays."""
NAMED = 3
"""So many of those who are not of the demo are named."""


@dataclass(frozen=True, slots=True)
class Left:
    """How much goes."""

    people: int
    audits: int
    sessions: int


def what_goes(session: Session) -> Left:
    """What would be deleted; raises `Refused` when there is no demo, or anybody who is not of it."""
    people, audits, sessions = (
        session.scalar(select(func.count()).select_from(table)) or 0 for table in (User, Audit, CoachingSession)
    )
    if not people:
        raise Refused(_("There is no demo programme in this database."))
    others = session.scalar(select(func.count()).where(~User.is_demo)) or 0
    if others:
        raise Refused(_not_alone(session, others))
    return Left(people, audits, sessions)


def leave(session: Session) -> Left:
    """Delete every row there is; raises `Refused` as `what_goes`."""
    left = what_goes(session)
    session.expunge_all()
    import_from_each("app", "models")
    jobs.forget_all(session)
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(f'"{name}"' for name in tables)
        session.execute(text(f"TRUNCATE {names}"))
        return left
    session.execute(text("PRAGMA defer_foreign_keys=ON"))  # rows of one table point at each other
    for name in tables:
        session.execute(db.metadata.tables[name].delete())
    return left


def delete_files() -> None:
    """Delete the files that belonged to the rows: only once those are gone for good."""
    for name in FOLDERS:
        shutil.rmtree(Path(current_app.config["DATA_DIR"]) / name, ignore_errors=True)


def lines(left: Left) -> list[str]:
    """What became of it and what comes next, for people on the command line."""
    return [
        f"Gone: {left.people} people, {left.audits} audits, {left.sessions} coaching sessions and their files.",
        "The database is empty. What comes next:",
        "  flask people admin you@example.org    prints a sign-in link that works once",
        "  flask serve                           the first screen then leads through the first steps",
        "(make run would build the demo programme again.)",
    ]


def _not_alone(session: Session, others: int) -> str:
    names = session.scalars(select(User.name).where(~User.is_demo).order_by(User.id).limit(NAMED)).all()
    return ngettext(
        "Somebody in this database is not of the demo programme (%(names)s). Nothing was deleted.",
        "%(num)s people in this database are not of the demo programme (among them %(names)s). Nothing was deleted.",
        others,
        names=", ".join(names),
    )
