"""Commands at the top: the server, the worker, the demo programme, the daily run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import click
from flask import current_app

from app.core.cli import Day, fail, json_option, progress, say, tidy
from app.core.clock import now
from app.core.database import db
from app.home.blueprint import bp

YESTERDAY = timedelta(days=1)


@bp.cli.command("worker")
@click.option("--attended", is_flag=True, help="End when standard input does.")
@tidy
def worker(attended: bool) -> None:
    """Do background jobs until stopped."""
    from app.core.worker import run_worker

    run_worker(current_app._get_current_object(), attended=attended)  # ty: ignore[missing-attribute]


@bp.cli.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, envvar="PORT")
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
@tidy
def serve(host: str, port: int, threads: int) -> None:
    """Serve this installation from one machine: the pages, and a worker beside them."""
    from app.core.serving import serve as serve_pages

    serve_pages(current_app._get_current_object(), host, port, threads)  # ty: ignore[missing-attribute]


@bp.cli.command("daily")
@click.option("--as-of", type=Day(), help="The last day to run (default: yesterday, the last whole day).")
@json_option
@tidy
def daily_command(as_of: date | None, as_json: bool) -> None:
    """Run the road for every day since the last run: decisions, rules, obligations, notices."""
    from app.home import daily

    on = now()
    as_of = as_of or daily.today(on) - YESTERDAY
    with progress(daily.waiting(db.session(), as_of), "Making up") as bar:
        report = daily.run(as_of, on=on, tick=lambda: bar.update(1))
    say({"as_of": as_of, **asdict(report)}, as_json, daily.lines(report, as_of))


@bp.cli.command("demo")
@click.option("--agents", type=click.IntRange(12, 100_000), default=150, show_default=True, help="Agents at work.")
@click.option("--months", type=click.IntRange(1, 36), default=6, show_default=True, help="Months of history.")
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="The same seed, the same programme.")
@click.option("--as-of", type=Day(), help="Its last day (default: yesterday, the last whole day).")
@click.option("--if-empty", is_flag=True, help="Where there are people already, only print the sign-ins.")
@click.option("--leave", is_flag=True, help="Leave the demo behind: empty a database that holds nothing else.")
@click.option("--yes", is_flag=True, help="With --leave: don't ask.")
@json_option
@tidy
def demo_command(
    agents: int, months: int, seed: int, as_of: date | None, if_empty: bool, leave: bool, yes: bool, as_json: bool
) -> None:
    """Build a believable programme in an empty database, and print who can sign in; or leave it behind."""
    if leave:
        _leave_demo(yes, as_json)
        return
    from app.home import daily
    from app.home.demo import programme, sign_ins

    session, last = db.session(), as_of or daily.today(now()) - YESTERDAY
    answer: dict[str, object] = {}
    told: list[str] = []
    if not (if_empty and programme.has_people(session)):
        days = (last - programme.first_day(last, months)).days + 1
        with progress(days, "Living through the days") as bar:
            built = programme.build(
                session, agents=agents, months=months, seed=seed, last=last, tick=lambda: bar.update(1)
            )
        session.commit()
        answer, told = asdict(built), programme.lines(built)
    people = sign_ins.sign_ins(session)
    answer["sign_ins"] = [asdict(one) for one in people]
    say(answer, as_json, [*told, *sign_ins.lines(people)])


def _leave_demo(yes: bool, as_json: bool) -> None:
    from app.home.demo import leaving

    goes = leaving.what_goes(db.session())
    asked = f"Delete all {goes.people} people, {goes.audits} audits and everything else in this database?"
    if not (yes or click.confirm(asked, err=True)):
        fail("Nothing was deleted.")
    left = leaving.leave(db.session())
    db.session.commit()
    leaving.delete_files()
    say(asdict(left), as_json, leaving.lines(left))
