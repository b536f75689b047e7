"""Commands: the first administrator, people and absences from files, settings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from app.accounts import settings as kept
from app.accounts.blueprint import people, settings
from app.accounts.intake import EMAIL
from app.accounts.models import User
from app.accounts.permissions import Role
from app.accounts.services import (
    AbsenceSummary,
    PeopleSummary,
    add_person,
    give_role,
    import_absences,
    import_people,
    programme_unit,
    sign_in_link,
)
from app.accounts.services.people import tidy_email
from app.core.cli import fail, json_option, say, tidy
from app.core.clock import now
from app.core.database import db

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@people.cli.command("admin")
@click.argument("email")
@json_option
@tidy
def admin_command(email: str, as_json: bool) -> None:
    """Make EMAIL an administrator of the programme and print a sign-in link that works once."""
    address = tidy_email(email)
    if address is None or not EMAIL.fullmatch(address):
        fail(f"{email!r} is not an e-mail address")
    user, on = db.session.scalar(select(User).where(User.email == address)), now()
    if user is None:
        name = address.partition("@")[0]
        user = add_person(db.session, by=None, on=on, employee_no=address, name=name, email=address)
    give_role(db.session, user, Role.ADMINISTRATOR, programme_unit(db.session), on.date(), by=None, on=on)
    link = sign_in_link(user)
    db.session.commit()
    say(
        {"email": address, "link": link},
        as_json,
        [f"{address} administers the programme. Sign in once, within 7 days:", link],
    )


@people.cli.command("import")
@click.argument("file", type=FILE)
@json_option
@tidy
def import_command(file: Path, as_json: bool) -> None:
    """Import people, units, memberships and roles from FILE (CSV or XLSX)."""
    summary = import_people(db.session, file, by=None, on=now())
    db.session.commit()
    _say_counts(summary, as_json)


@people.cli.command("absences")
@click.argument("file", type=FILE)
@json_option
@tidy
def absences_command(file: Path, as_json: bool) -> None:
    """Import absences from FILE (CSV or XLSX): employee_no, kind, from, to."""
    summary = import_absences(db.session, file, by=None, on=now())
    db.session.commit()
    _say_counts(summary, as_json)


@settings.cli.command("set")
@click.argument("key")
@click.argument("value")
@json_option
@tidy
def set_command(key: str, value: str, as_json: bool) -> None:
    """Set a setting of the programme; an empty VALUE takes it back."""
    if key in kept.KNOWN and kept.KNOWN[key].internal:
        fail(f"{key} is kept by Hilo itself")
    changed = kept.put(db.session, key, value, by=None, on=now())
    db.session.commit()
    current = kept.get(db.session, key)
    state = "now" if changed else "already"
    say({"key": key, "value": current, "changed": changed}, as_json, [f"{key} is {state} {current or 'not set'}"])


@settings.cli.command("show")
@json_option
@tidy
def show_command(as_json: bool) -> None:
    """Print the settings of the programme."""
    values = {key: kept.get(db.session, key) for key in kept.KNOWN}
    say(values, as_json, [f"{key} = {value or '(not set)'}" for key, value in values.items()])


def _say_counts(summary: PeopleSummary | AbsenceSummary, as_json: bool) -> None:
    counts: dict[str, Any] = asdict(summary)
    unknown = counts.pop("unknown_columns")
    lines = [f"{name.replace('_', ' ')}: {count}" for name, count in counts.items()]
    if unknown:
        lines.append(f"columns not read: {', '.join(unknown)}")
    say({**counts, "unknown_columns": list(unknown)}, as_json, lines)
