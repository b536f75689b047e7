"""Commands of coaching: files in."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.coaching import services
from app.coaching.blueprint import bp
from app.core.cli import json_option, say, tidy
from app.core.clock import now
from app.core.database import db

READABLE = click.Path(exists=True, dir_okay=False, readable=True)


@bp.cli.command("import-history")
@click.argument("path", metavar="FILE", type=READABLE)
@json_option
@tidy
def import_history_command(path: str, as_json: bool) -> None:
    """Take in sessions held before Hilo: they count as remedies, owe nothing and mail nothing."""
    summary = services.import_history(db.session(), path, by=None, on=now())
    db.session.commit()
    counts = f"{summary.sessions_new} sessions new, {summary.sessions_unchanged} unchanged"
    lines = [f"{summary.rows} rows read: {counts}, {summary.topics_new} remedies new."]
    if summary.unknown_columns:
        lines.append(f"Columns not read: {', '.join(summary.unknown_columns)}")
    say(asdict(summary), as_json, lines)
