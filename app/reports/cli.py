"""`flask reports`: the reports from the command line, over the whole programme or a unit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Unit
from app.accounts.queries import programme, subtree
from app.core.cli import Month, as_of_option, fail, tidy
from app.core.clock import day_of, end_of, now
from app.core.database import db, reading
from app.core.i18n import LANGUAGES, speak
from app.reports import compliance, documents, performance, priorities
from app.reports.documents import FORMATS, Report
from app.reports.views import bp


@dataclass(frozen=True, slots=True)
class Question:
    """What a command asks for: a month, a unit or none, the moment it is asked at and that day."""

    month: date
    unit: Unit | None
    at: datetime
    today: date


def report_command(name: str, make: Callable[[Question], Report], about: str) -> None:
    """Add a command that writes a report."""

    @bp.cli.command(name, help=about)
    @click.option("--month", type=Month(), required=True, help="The month, as 2026-10.")
    @click.option("--unit", "path", default="", help="A unit by its path, as Partner/Site/Team (default: all).")
    @click.option("--format", "file_format", type=click.Choice(["table", *FORMATS]), default="table", show_default=True)
    @click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
    @click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
    @as_of_option
    @tidy
    def command(
        month: date, path: str, file_format: str, language: str, output: Path | None, as_of: date | None
    ) -> None:
        if output is None and file_format in ("xlsx", "pdf") and sys.stdout.isatty():
            fail(f"a {file_format} file can't be shown in a terminal; name a file with -o")
        with speak(language), reading():
            content = documents.render(make(_question(month, path, as_of)), file_format)
        _write(content, output)


def _question(month: date, path: str, as_of: date | None) -> Question:
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    at = now() if as_of is None else min(now(), end_of(as_of, zone))
    return Question(month, _unit(path), at, as_of or day_of(at, zone))


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


def _compliance(asked: Question) -> Report:
    unit_id = asked.unit.id if asked.unit else None
    return compliance.report(db.session(), None, asked.month, at=asked.at, unit_id=unit_id, place=_place(asked.unit))


def _priorities(asked: Question) -> Report:
    teams = subtree(asked.unit.id) if asked.unit else None
    return priorities.report(db.session(), teams, asked.month, at=asked.at, today=asked.today, place=_place(asked.unit))


def _performance(asked: Question) -> Report:
    unit_id = asked.unit.id if asked.unit else None
    return performance.report(
        db.session(), None, asked.month, at=asked.at, today=asked.today, unit_id=unit_id, place=_place(asked.unit)
    )


report_command("compliance", _compliance, "Coaching compliance of a month by unit.")
report_command("priorities", _priorities, "Learning priorities of a month, with their arithmetic.")
report_command("performance", _performance, "Every figure of a month against its target.")
