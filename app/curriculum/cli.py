"""Commands of learning: files in."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.core.cli import json_option, say, tidy
from app.core.clock import now
from app.core.database import db
from app.curriculum import intake, services
from app.curriculum.views import bp

READABLE = click.Path(exists=True, dir_okay=False, readable=True)


@bp.cli.command("import")
@click.argument("path", metavar="FILE", type=READABLE)
@json_option
@tidy
def import_command(path: str, as_json: bool) -> None:
    """Take in competencies or modules, told apart by the header."""
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
