"""Who can sign in to the demo programme: one person for each role, all with the same password."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Role
from app.accounts.services import set_password
from app.home.demo.cast import ANA

PASSWORD = "hilo-demo-2026"  # noqa: S105 -- printed for everybody to use
FIRST_ADDRESS = "/"
PEOPLE = {
    Role.PROGRAM_MANAGER: "Mariana Echeverría",
    Role.TEAM_LEAD: "Paola Restrepo",
    Role.AGENT: ANA,
    Role.TRAINER: "Daniela Fonseca",
    Role.AUDITOR: "Iván Zúñiga",
    Role.PARTNER_MANAGER: "Camilo Arango Ossa",
    Role.ADMINISTRATOR: "Héctor Villaseñor",
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to be somebody: where to begin once signed in, with which e-mail and password."""

    role: str
    name: str
    email: str
    password: str
    address: str


def make(session: Session, *, on: datetime) -> None:
    """Let the people of the list sign in."""
    for user in _people(session).values():
        set_password(session, user, PASSWORD, by=None, on=on)
    session.flush()


def sign_ins(session: Session) -> list[SignIn]:
    """Who can sign in; empty when the demo programme is not in this database."""
    people = _people(session)
    return [
        SignIn(role.value, name, people[name].email or "", PASSWORD, FIRST_ADDRESS)
        for role, name in PEOPLE.items()
        if name in people and people[name].is_demo
    ]


def lines(told: Iterable[SignIn]) -> list[str]:
    """The list for people on the command line."""
    rows = [("role", "name", "e-mail", "password", "begins at")]
    rows += [(one.role.replace("_", " "), one.name, one.email, one.password, one.address) for one in told]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _people(session: Session) -> dict[str, User]:
    """The people of the list by name; of several with a name the one who came first."""
    found: dict[str, User] = {}
    for user in session.scalars(select(User).where(User.name.in_(PEOPLE.values())).order_by(User.id)):
        found.setdefault(user.name, user)
    return found
