"""Commands of audits: scorecards and findings in, and an import back out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.audits import services
from app.audits.blueprint import bp
from app.audits.dsat.taking_in import import_cases
from app.audits.models import Import
from app.audits.services import Rejected, Summary
from app.audits.services.uploads import about_rows
from app.core.cli import fail, json_option, progress, say, tidy
from app.core.clock import now
from app.core.database import db
from app.core.problems import describe

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@bp.cli.command("scorecard")
@click.argument("path", metavar="FILE", type=FILE)
@json_option
@tidy
def scorecard_command(path: Path, as_json: bool) -> None:
    """Take in versions of scorecards with their competency map."""
    summary = services.import_scorecard(db.session(), path, by=None, on=now())
    db.session.commit()
    counts = (
        f"versions: {summary.versions_new} new, {summary.versions_changed} changed, "
        f"{summary.versions_unchanged} unchanged"
    )
    say(asdict(summary), as_json, [f"{summary.rows} rows read; {counts}.", *_unknown(summary.unknown_columns)])


@bp.cli.command("import")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--profile", help="The mapping profile that says how to read the file.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--skip-bad-rows", is_flag=True, help="Leave out audits with something wrong instead of refusing all.")
@json_option
@tidy
def import_command(path: Path, profile: str | None, dry_run: bool, skip_bad_rows: bool, as_json: bool) -> None:
    """Take in audit findings, one row per check or one row per audit: all of the file, or nothing."""
    try:
        with progress(about_rows(path), "Reading") as bar:
            summary = services.import_findings(
                db.session(),
                path,
                by=None,
                on=now(),
                profile=profile,
                dry_run=dry_run,
                skip_bad_rows=skip_bad_rows,
                tick=lambda rows: bar.update(rows - bar.pos),
            )
        if dry_run and summary.problem_count and not skip_bad_rows:
            raise Rejected(summary)
        if summary.import_id is not None:
            services.keep_file(db.session(), summary.import_id, path)
    except Rejected as rejected:
        say(_answer(rejected.summary), as_json, _lines(rejected.summary))
        raise
    db.session.commit()
    say(_answer(summary), as_json, _lines(summary))


@bp.cli.command("dsat")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--profile", help="The mapping profile that says how to read the file.")
@json_option
@tidy
def dsat_command(path: Path, profile: str | None, as_json: bool) -> None:
    """Take in cases of dissatisfied customers."""
    summary = import_cases(db.session(), path, by=None, on=now(), profile=profile)
    if summary.import_id is not None:
        services.keep_file(db.session(), summary.import_id, path)
    db.session.commit()
    counts = f"cases: {summary.new} new, {summary.changed} changed, {summary.unchanged} unchanged"
    lines = [f"{summary.rows} rows read; {counts}.", *_unknown(summary.unknown_columns)]
    if summary.import_id is not None:
        lines.append(f"Import {summary.import_id}; flask audits undo {summary.import_id} takes it back.")
    say(asdict(summary), as_json, lines)


@bp.cli.command("undo")
@click.argument("number", metavar="IMPORT", type=int)
@json_option
@tidy
def undo_command(number: int, as_json: bool) -> None:
    """Take an import of findings or of DSAT cases back, by the number it was given."""
    row = db.session.get(Import, number)
    if row is None:
        fail(f"There is no import {number}.")
    services.undo(db.session(), row, by=None, on=now())
    db.session.commit()
    say({"import_id": number, "state": "undone"}, as_json, [f"Import {number} is undone."])


def _answer(summary: Summary) -> dict[str, Any]:
    problems = [{**asdict(problem), "text": describe(problem)} for problem in summary.problems]
    return {**asdict(summary), "problems": problems, "remarks": [describe(remark) for remark in summary.remarks]}


def _lines(summary: Summary) -> list[str]:
    counts = [
        f"{name}: {count.new} new, {count.unchanged} unchanged, {count.corrected} corrected, {count.rejected} rejected"
        for name, count in (("Audits", summary.audits), ("Findings", summary.findings))
    ]
    lines = [
        f"{summary.rows} rows read, {summary.rows_rejected} rejected.",
        *counts,
        *_unknown(summary.unknown_columns),
    ]
    if summary.import_id is not None:
        lines.append(f"Import {summary.import_id}; flask audits undo {summary.import_id} takes it back.")
    return lines + [describe(remark) for remark in summary.remarks]


def _unknown(columns: Any) -> list[str]:
    return [f"Columns not read: {', '.join(columns)}"] if columns else []
