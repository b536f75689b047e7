"""`flask reports`: the reports from the command line, over the whole programme or a unit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.filters import belonging_to
from app.accounts.models import Unit, User
from app.accounts.queries import programme
from app.core.cli import Month, fail, tidy
from app.core.clock import day_of, now
from app.core.database import db, reading
from app.core.i18n import speak
from app.reports import compliance, documents, priorities
from app.reports.documents import FORMATS, Report
from app.reports.views import bp

Make = Callable[[date, Unit | None], Report]


def report_command(name: str, make: Make, about: str) -> None:
    """Add a command that writes a report."""

    @bp.cli.command(name, help=about)
    @click.option("--month", type=Month(), required=True, help="The month, as 2026-10.")
    @click.option("--unit", "path", default="", help="A unit by its path, as Partner/Site/Team (default: all).")
    @click.option("--format", "file_format", type=click.Choice(["table", *FORMATS]), default="table", show_default=True)
    @click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
    @click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
    @tidy
    def command(month: date, path: str, file_format: str, language: str, output: Path | None) -> None:
        with speak(language), reading():
            report = make(month, _unit(path))
            _write(report, file_format, output)


def _unit(path: str) -> Unit | None:
    if not path:
        return None
    unit = db.session.scalar(select(Unit).where(Unit.path == path))
    if unit is None:
        fail(f"there is no unit “{path}”; write it as Partner/Site/Team")
    return unit


def _write(report: Report, file_format: str, output: Path | None) -> None:
    if file_format == "table":
        lines = [report.title, report.lead, "", *documents.as_text(report.sheets[0])]
        text = "\n".join(lines) + "\n"
        if output is None:
            click.echo(text, nl=False)
        else:
            output.write_text(text, encoding="utf-8")
        return
    if output is None and file_format in ("xlsx", "pdf") and sys.stdout.isatty():
        fail(f"a {file_format} file can't be shown in a terminal; name a file with -o")
    target: Any = nullcontext(sys.stdout.buffer) if output is None else output.open("wb")
    with target as out:
        documents.write(report, file_format, out)


def _place(unit: Unit | None) -> str:
    root = db.session.scalar(programme())
    chosen = unit or root
    return _("Programme") if chosen is None else chosen.path.replace("/", " · ") or chosen.name


def _compliance(month: date, unit: Unit | None) -> Report:
    unit_id = unit.id if unit else None
    return compliance.report(db.session(), None, month, at=now(), unit_id=unit_id, place=_place(unit))


def _priorities(month: date, unit: Unit | None) -> Report:
    people = select(User.id) if unit is None else belonging_to(unit.id)
    today = day_of(now(), current_app.config["PROGRAMME_TIME_ZONE"])
    return priorities.report(db.session(), people, month, at=now(), today=today, place=_place(unit))


report_command("compliance", _compliance, "Coaching compliance of a month by unit.")
report_command("priorities", _priorities, "Learning priorities of a month, with their arithmetic.")
