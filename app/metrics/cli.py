"""Commands of metrics: files in."""

from __future__ import annotations

from dataclasses import asdict

import click

from app.core.cli import json_option, say, tidy
from app.core.clock import now
from app.core.database import db
from app.metrics import services
from app.metrics.blueprint import bp


@bp.cli.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, readable=True))
@click.option("--targets", is_flag=True, help="The file holds targets, not values.")
@json_option
@tidy
def import_command(path: str, targets: bool, as_json: bool) -> None:
    """Take in metric values, or targets with --targets."""
    take = services.import_targets if targets else services.import_values
    summary = take(db.session(), path, by=None, on=now())
    db.session.commit()
    what = "targets" if targets else "values"
    lines = [
        f"{summary.rows} {what} read: {summary.new} new, {summary.changed} changed, {summary.unchanged} unchanged."
    ]
    if summary.unknown_columns:
        lines.append(f"Columns not read: {', '.join(summary.unknown_columns)}")
    say(asdict(summary), as_json, lines)
