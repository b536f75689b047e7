"""`flask reports review`: the business review of a unit and month as a file."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select

from app.accounts.models import Unit
from app.core.cli import Month, as_of_option, fail, tidy
from app.core.clock import day_of, end_of, now
from app.core.database import db, reading
from app.core.i18n import LANGUAGES, speak
from app.governance.reviews.queries import one_of
from app.reports.blueprint import bp
from app.reports.reviews import drawing, rendering
from app.reports.reviews.document import FORMATS, Document


@bp.cli.command("review")
@click.option("--month", type=Month(), required=True, help="The month, as 2026-10.")
@click.option("--unit", "path", required=True, help="A unit by its path, as Partner/Site/Team.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), required=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@as_of_option
@tidy
def review(month: date, path: str, file_format: str, language: str, output: Path | None, as_of: date | None) -> None:
    """Business review pack of a unit and month: as frozen, else with figures drawn now."""
    if output is None and file_format != "json" and sys.stdout.isatty():
        fail(f"a {file_format} file can't be shown in a terminal; name a file with -o")
    with speak(language), reading():
        document = _document(_unit(path), month, as_of)
        if not document.frozen:
            click.echo("drawn now: the review of this unit and month has not been frozen", err=True)
        else:
            click.echo(f"from the review frozen at {document.at.isoformat(timespec='minutes')}", err=True)
        content = rendering.render(document, file_format)
    _write(content, output)


def _document(unit: Unit, month: date, as_of: date | None) -> Document:
    kept = db.session.scalar(one_of(unit.id, month))
    if kept is not None and kept.figures is not None:
        return Document.of(kept, kept.figures)
    at, today = _moment(as_of)
    if month > today:
        fail(f"{month:%Y-%m} has not begun on {today}")
    figures = drawing.draw(db.session(), unit, month, at=at, today=today)
    return Document(figures) if kept is None else Document.of(kept, figures)


def _moment(as_of: date | None) -> tuple[datetime, date]:
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    at = now() if as_of is None else min(now(), end_of(as_of, zone))
    return at, as_of or day_of(at, zone)


def _unit(path: str) -> Unit:
    unit = db.session.scalar(select(Unit).where(Unit.path == path.strip("/"))) if path.strip("/") else None
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
