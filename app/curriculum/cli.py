"""Commands of learning: files in."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.core.cli import json_option, say, tidy
from app.core.clock import now
from app.core.database import db
from app.curriculum import intake, services
from app.curriculum.blueprint import bp
from app.curriculum.exchange.arriving import take_in
from app.curriculum.exchange.leaving import written
from app.curriculum.exchange.shape import MOST_BYTES, is_one

READABLE = click.Path(exists=True, dir_okay=False, readable=True)


@bp.cli.command("import")
@click.argument("path", metavar="FILE", type=READABLE)
@json_option
@tidy
def import_command(path: str, as_json: bool) -> None:
    """Take in competencies or modules, told apart by the header; or a whole curriculum, as `export` writes it."""
    with open(path, "rb") as file:
        whole = is_one(file.read(400))
    if whole:
        _take_in(path, as_json)
        return
    summary = intake.import_file(db.session(), path, by=None, on=now())
    db.session.commit()
    say(
        asdict(summary),
        as_json,
        [
            f"{summary.rows} {summary.kind} read: "
            f"{summary.new} new, {summary.changed} changed, {summary.unchanged} unchanged.",
            *_unknown(summary.unknown_columns),
        ],
    )


def _take_in(path: str, as_json: bool) -> None:
    with open(path, "rb") as file:
        summary = take_in(db.session(), file.read(MOST_BYTES + 1), by=None, on=now())
    db.session.commit()
    counts = f"{summary.new} new, {summary.changed} changed, {summary.unchanged} unchanged."
    say(asdict(summary), as_json, [counts, *(f"{code} stays a draft: {why}" for code, why in summary.waiting)])


@bp.cli.command("export")
@click.argument("path", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, writable=True))
@tidy
def export_command(path: str | None) -> None:
    """Write competencies, questions, modules and paths as one file that `import` takes in; to standard output without FILE."""
    content = written(db.session())
    if path is None:
        click.echo(content.decode(), nl=False)
        return
    with open(path, "wb") as file:
        file.write(content)


@bp.cli.command("import-history")
@click.argument("path", metavar="FILE", type=READABLE)
@json_option
@tidy
def import_history_command(path: str, as_json: bool) -> None:
    """Take in what people were assigned and completed before Hilo."""
    summary = services.import_history(db.session(), path, by=None, on=now())
    db.session.commit()
    say(
        asdict(summary),
        as_json,
        [
            f"{summary.rows} rows read: "
            f"{summary.new} new, {summary.completed} completed, {summary.unchanged} unchanged.",
            *_unknown(summary.unknown_columns),
        ],
    )


def _unknown(columns: tuple[str, ...]) -> list[str]:
    return [f"Columns not read: {', '.join(columns)}"] if columns else []
