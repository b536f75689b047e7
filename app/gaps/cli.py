"""`flask gaps`: replay of the past, export, rebuilding and comparing."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import date

import click
from flask import current_app

from app.core.cli import Day, as_of_option, fail, json_option, progress, say, tidy
from app.core.clock import day_of, now
from app.core.database import db, reading
from app.core.exports import harmless
from app.gaps import decisions, services, snapshot
from app.gaps.blueprint import bp

HEADER = ("as_of", "employee_no", "competency", "state", "opened_on", "probability", "audited", "failed", "target")


def today() -> date:
    """Today in the programme's time zone."""
    return day_of(now(), current_app.config["PROGRAMME_TIME_ZONE"])


@bp.cli.command("replay")
@click.option("--from", "first", type=Day(), required=True, help="The first day: its week is decided first.")
@click.option("--to", "last", type=Day(), required=True, help="The last day: weeks that end later are left.")
@click.option("--again", is_flag=True, help="Rewrite weeks that have been decided; the history says so.")
@json_option
@tidy
def replay(first: date, last: date, again: bool, as_json: bool) -> None:
    """Decide the gaps of past weeks in order, as if it had been done then."""
    with progress(len(decisions.weeks_between(first, last)), "Deciding") as bar:
        done = services.replay(db.session(), first, last, again=again, on=now(), tick=lambda: bar.update(1))
    db.session.commit()
    figures = {
        "weeks": len(done),
        "opened": sum(d.opened for d in done),
        "closed": sum(d.closed for d in done),
        "relapsed": sum(d.relapsed for d in done),
    }
    say(figures, as_json, [_replayed([d.week for d in done], figures)])


def _replayed(weeks: Sequence[date], figures: dict[str, int]) -> str:
    """What a replay did, in a sentence."""
    span = f"{weeks[0]}" if len(weeks) == 1 else f"from {weeks[0]} to {weeks[-1]}"
    opened = _counted(figures["opened"], "gap", "gaps") if figures["opened"] else "no gap"
    closed, relapsed = (figures[name] or "none" for name in ("closed", "relapsed"))
    return f"{_counted(len(weeks), 'week', 'weeks')} decided, {span}: {opened} opened, {closed} closed, {relapsed} relapsed."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


@bp.cli.command("export")
@as_of_option
@click.option("--all-pairs", is_flag=True, help="Every pair with evidence in 26 weeks, not only the gaps.")
@tidy
def export(as_of: date | None, all_pairs: bool) -> None:
    """Write gaps as CSV on standard output, as they stood at the end of a day."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADER)
    with reading():
        for line in snapshot.take(db.session(), as_of or today(), all_pairs=all_pairs):
            opened = line.opened_on.isoformat() if line.opened_on else ""
            writer.writerow(
                [
                    line.as_of.isoformat(), harmless(line.employee_no), harmless(line.competency), line.state.value, opened,
                    f"{line.probability:.4f}", line.audited, line.failed, f"{line.target:g}",
                ]
            )  # fmt: skip


@bp.cli.command("rebuild")
@click.option("--check", is_flag=True, help="Only compare; change nothing.")
@json_option
@tidy
def rebuild(check: bool, as_json: bool) -> None:
    """Make all evidence again from findings; with --check, compare it with what is kept (exit status 1 if it differs)."""
    if check:
        with reading():
            differing = services.rebuild(db.session(), check=True)
    else:
        differing = services.rebuild(db.session(), check=False)
        db.session.commit()
    say({"differing": differing}, as_json, [f"Evidence: {_compared(differing, mended=not check)}."])
    if check and differing:
        fail("the evidence kept differs from the findings. Run: flask gaps rebuild")


def _compared(differing: int, *, mended: bool) -> str:
    if not differing:
        return "no difference"
    cells = _counted(differing, "cell", "cells")
    return f"{cells} differed; made again" if mended else f"{cells} not as the findings say"
