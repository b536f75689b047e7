"""`flask reports`: the reports from the command line, over the whole programme or a unit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Unit, User
from app.accounts.queries import programme
from app.core.cli import Month, as_of_option, fail, tidy
from app.core.clock import day_of, end_of, now
from app.core.database import db, reading
from app.core.i18n import LANGUAGES, speak
from app.reports import documents
from app.reports.agent import agents
from app.reports.blueprint import bp
from app.reports.declared import Declared, Question
from app.reports.documents import FORMATS
from app.reports.gallery import OF_ONE, REPORTS


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every report is asked for."""
    formats = click.Choice(["table", *FORMATS])
    for option in (
        tidy,
        as_of_option,
        click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write."),
        click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True),
        click.option("--format", "file_format", type=formats, default="table", show_default=True),
        click.option(
            "--by", "cut", default="", help="The cut that comes first, and alone as CSV; as the address has it."
        ),
        click.option("--month", type=Month(), required=True, help="The month, as 2026-10."),
    ):
        command = option(command)
    return command


def report_command(declared: Declared) -> None:
    """Add the command that writes a report."""

    @bp.cli.command(declared.name, help=declared.help)
    @click.option("--unit", "path", default="", help="A unit by its path, as Partner/Site/Team (default: all).")
    @report_options
    def command(path: str, **options: Any) -> None:
        _answer(declared, lambda: None, path=path, **options)


def _answer(
    declared: Declared, person: Callable[[], User | None], *, month: date, path: str, cut: str, file_format: str,
    language: str, output: Path | None, as_of: date | None,
) -> None:  # fmt: skip
    """Write the report asked for, to a file or the terminal."""
    if output is None and file_format in ("xlsx", "pdf") and sys.stdout.isatty():
        fail(f"a {file_format} file can't be shown in a terminal; name a file with -o")
    with speak(language), reading():
        question = replace(_question(declared, month, path, cut, as_of), person=person())
        content = documents.render(declared.answer(question), file_format)
    _write(content, output)


def one_pager(declared: Declared) -> None:
    """Add the command that writes the report of one person."""

    @bp.cli.command(declared.name, help=declared.help)
    @click.option("--employee", required=True, help="The agent's employee number.")
    @report_options
    def command(employee: str, **options: Any) -> None:
        _answer(declared, lambda: _agent(employee), path="", **options)


def _agent(employee: str) -> User:
    person = db.session.scalar(agents(None).where(User.employee_no == employee))
    if person is None:
        fail(f"there is no agent with the employee number “{employee}”")
    return person


def _question(declared: Declared, month: date, path: str, cut: str, as_of: date | None) -> Question:
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    at = now() if as_of is None else min(now(), end_of(as_of, zone))
    known = [key for key, _name in declared.cuts() if key]
    if cut and cut not in known:
        fail(f"there is no cut “{cut}”; there are {', '.join(known)}" if known else "this report has no cuts")
    unit = _unit(path)
    options = {"by": cut} if cut else {}
    today = as_of or day_of(at, zone)
    return Question(db.session(), None, month, at, today, unit=unit, place=_place(unit), options=options)


def _unit(path: str) -> Unit | None:
    if not path:
        return None
    unit = db.session.scalar(select(Unit).where(Unit.path == path))
    if unit is None:
        fail(f"there is no unit “{path}”; write it as Partner/Site/Team")
    return unit


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        fail(f"{output} can't be written: {error.strerror}")


def _place(unit: Unit | None) -> str:
    chosen = unit or db.session.scalar(programme())
    return _("Programme") if chosen is None else chosen.path.replace("/", " · ") or chosen.name


for _declared in REPORTS.values():
    report_command(_declared)
one_pager(OF_ONE)
