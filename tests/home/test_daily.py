"""The daily run: every day made up once, in order, whenever it is run and however it is stopped."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from app import create_app
from app.accounts import settings
from app.accounts.models import Activity, Membership, Notice, User
from app.audits.models import Audit
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState
from app.core import jobs
from app.core.clock import end_of
from app.core.database import db, reading
from app.core.worker import create_tables
from app.curriculum.models import Assignment
from app.gaps import services as gaps
from app.gaps.models import Decision, Transition
from app.gaps.rules import GapState
from app.home import daily
from app.remedies.models import Firing
from tests import conftest, processes
from tests.home.audited import FIRST, LAST, LIVE, make_audited
from tests.home.dump import dump
from tests.shelf import Shelf

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LATER = daily.end_of(LAST + timedelta(days=30), "UTC")
"""When the runs of these tests take place: long after the days they make up."""
PATIENCE = 60.0
OPENED = (GapState.OPEN, GapState.RELAPSED)


def run(as_of: date, on: datetime = LATER) -> daily.DailyReport:
    return daily.run(as_of, on=on)


@pytest.fixture(scope="session")
def reported() -> list[daily.DailyReport]:
    """What the run of all days said, once there was one."""
    return []


@pytest.fixture
def lived(session: Any, shelf: Shelf, reported: list[daily.DailyReport]) -> daily.DailyReport:
    """The audited programme with all its days run at once; gives what the run said."""

    def make() -> None:
        make_audited(session)
        reported.append(run(LAST))

    shelf.have("lived", make)
    return reported[0]


# --- Once, in order ---


def test_the_first_run_ever_goes_live_with_its_day(session: Any, audited: None) -> None:
    settings.put(session, "live_from", None, by=None, on=LATER)
    report = run(LIVE)
    assert (report.days, report.first, settings.live_from(session)) == (1, LIVE, LIVE)


def test_with_a_day_to_go_live_the_first_run_begins_there(session: Any, audited: None) -> None:
    report = run(LIVE + 2 * DAY)
    assert (report.days, report.first, report.last) == (3, LIVE, LIVE + 2 * DAY)


def test_before_the_day_to_go_live_there_is_nothing_to_run(session: Any, audited: None) -> None:
    before = dump(db.engine)
    assert run(LIVE - DAY).days == 0
    assert dump(db.engine) == before


def test_a_day_is_run_once(session: Any, audited: None, app: Flask) -> None:
    run(LIVE + WEEK)
    before = dump(db.engine)
    assert run(LIVE + WEEK).days == 0
    assert run(LIVE + 3 * DAY).days == 0
    assert dump(db.engine) == before


def test_days_made_up_at_once_leave_what_nightly_runs_leave(
    session: Any, lived: daily.DailyReport, app: Flask, spare_database: str, tmp_path: Path
) -> None:
    with apart(spare_database, tmp_path) as other:
        day = LIVE
        while day <= LAST:
            run(day, on=end_of(day + timedelta(days=3), "UTC"))
            day += DAY
        nightly = dump(db.engine)
        db.engine.dispose()
        assert other is not app
    assert nightly == dump(db.engine)


def test_everything_of_a_day_bears_the_day(session: Any, lived: daily.DailyReport) -> None:
    stamps = [
        *session.scalars(select(Notice.created_at)), *session.scalars(select(Firing.at)),
        *session.scalars(select(Decision.decided_at)), *session.scalars(select(Activity.at).where(Activity.verb == "module.assigned")),
    ]  # fmt: skip
    days = {stamp.date() for stamp in stamps}
    assert days
    assert all(LIVE <= day <= LAST for day in days)
    assert {stamp.time().isoformat() for stamp in stamps} == {"23:59:59"}


# --- Decisions and what follows ---


def test_weeks_before_going_live_are_replayed_and_owe_nothing(session: Any, audited: None) -> None:
    report = run(LIVE)
    assert report.weeks == [FIRST + n * WEEK for n in range(6)]
    assert set(session.scalars(select(Decision.replayed))) == {True}
    assert session.scalar(select(func.count()).select_from(Transition).where(Transition.to_state.in_(OPENED)))
    assert report.assigned == 0
    assert set(report.owed) <= {ObligationKind.CADENCE, ObligationKind.FATAL}
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_a_week_is_decided_on_its_sunday_and_acted_on(session: Any, audited: None) -> None:
    assert LIVE not in run(LIVE + 5 * DAY).weeks
    report = run(LIVE + 6 * DAY)
    assert report.weeks == [LIVE]
    opened = session.scalars(
        select(Transition.id).where(Transition.week == LIVE, Transition.to_state.in_(OPENED))
    ).all()
    assert report.opened + report.relapsed == len(opened)
    fired = set(session.scalars(select(Firing.cause_key).where(Firing.cause_key.startswith("transition:"))))
    assert fired == {f"transition:{number}" for number in opened}


def test_weeks_decided_by_a_replay_are_acted_on_when_their_sunday_is_live(session: Any, audited: None) -> None:
    gaps.replay(session, FIRST, LAST, again=False, on=LATER)
    session.commit()
    report = run(LAST)
    assert report.weeks == []
    keys = set(session.scalars(select(Firing.cause_key).where(Firing.cause_key.startswith("transition:"))))
    live = select(Transition.id).where(Transition.week >= LIVE, Transition.to_state.in_(OPENED))
    assert keys == {f"transition:{number}" for number in session.scalars(live)}
    assert keys


def test_a_replay_and_daily_runs_find_the_same_gaps(session: Any, lived: daily.DailyReport) -> None:
    daily_runs = transitions(session)
    gaps.replay(session, FIRST, LAST, again=True, on=LATER)
    assert transitions(session) == daily_runs != []


def transitions(session: Any) -> list[Any]:
    """All changes of state but those of pairs that had not been checked yet."""
    rows = session.execute(select(Transition.gap_id, Transition.week, Transition.from_state, Transition.to_state))
    return sorted(tuple(row) for row in rows if GapState.ARCHIVED not in row)


def test_a_fatal_error_is_owed_for_on_the_day_of_its_release(session: Any, lived: daily.DailyReport) -> None:
    fatal = {
        audit.id: audit.released_at for audit in session.scalars(select(Audit).where(Audit.fatal)) if audit.released_at
    }
    owed = {
        one.audit_id: one for one in session.scalars(select(Obligation).where(Obligation.kind == ObligationKind.FATAL))
    }
    assert set(owed) == {number for number, at in fatal.items() if at.date() >= LIVE}
    assert owed
    for number, one in owed.items():
        assert one.opened_at == fatal[number]


def test_a_month_is_closed_on_the_first_day_of_the_next(session: Any, audited: None) -> None:
    assert run(date(2026, 4, 30)).missed == 0
    still_open = session.scalar(
        select(func.count()).where(Obligation.state == ObligationState.OPEN, Obligation.due_month == date(2026, 4, 1))
    )
    assert run(date(2026, 5, 1)).missed == still_open > 0


def test_the_report_counts_what_is_there(session: Any, lived: daily.DailyReport) -> None:
    kinds = Counter(kind.value for kind in session.scalars(select(Obligation.kind)))
    assert lived.owed == kinds
    assert lived.assigned == session.scalar(select(func.count()).select_from(Assignment))
    assert lived.notices == sum(1 for kind in session.scalars(select(Notice.kind)) if kind != "module.assigned")


# --- Killed in the middle ---


class apart:
    """The same audited programme in another database, as the application of the block."""

    def __init__(self, url: str, folder: Path) -> None:
        self.app = create_app(conftest.settings(url, folder))

    def __enter__(self) -> Flask:
        self.context = self.app.app_context()
        self.context.push()
        db.create_all()
        make_audited(db.session)
        return self.app

    def __exit__(self, *_error: object) -> None:
        db.session.remove()
        db.engine.dispose()
        self.context.pop()


def test_killed_again_and_again_it_ends_as_if_undisturbed(
    session: Any, lived: daily.DailyReport, spare_database: str, tmp_path: Path
) -> None:
    undisturbed = dump(db.engine)
    with apart(spare_database, tmp_path):
        create_tables(spare_database)
        db.session.remove()
        for days in (3, 11):
            kill_after(days, spare_database, tmp_path)
        done = start(spare_database, tmp_path)
        done.join()
        assert done.exitcode == 0
        report = json.loads((tmp_path / "said").read_text())
        assert 0 < report["days"] <= (LAST - LIVE).days + 1 - 11
        assert dump(db.engine) == undisturbed


def start(url: str, folder: Path) -> BaseProcess:
    """The command in a process of its own."""
    own = {"FLASK_APP": "wsgi.py", "HILO_DATABASE_URL": url, "HILO_DATA_DIR": str(folder), "HILO_SECRET_KEY": "x" * 40}
    return processes.start_command(["daily", "--json", "--as-of", LAST.isoformat()], own, folder / "said")


def kill_after(days: int, url: str, folder: Path) -> None:
    """Start a run in a process of its own and kill it in the middle of the day that follows the first `days`."""
    process = start(url, folder)
    limit, wanted = time.monotonic() + PATIENCE, (LIVE + (days - 1) * DAY).isoformat()
    while (last := _last_day() or "") < wanted:
        assert time.monotonic() < limit, "the run did not get that far"
        assert process.is_alive(), "the run ended before it was killed"
        time.sleep(0.002)
    process.kill()
    process.join()
    assert last < LAST.isoformat()


def _last_day() -> str | None:
    with reading(), db.engine.connect() as connection:
        return connection.scalar(text("SELECT value FROM setting WHERE key = 'last_daily'"))


# --- The command, and by itself ---


def test_the_command_says_what_it_did(session: Any, audited: None, app: Flask) -> None:
    session.remove()
    runner = app.test_cli_runner()
    said = runner.invoke(args=["daily", "--as-of", LIVE.isoformat()])
    assert said.exit_code == 0, said.output
    assert f"1 days made up, {LIVE} to {LIVE}; 6 weeks decided" in said.output
    again = runner.invoke(args=["daily", "--as-of", LIVE.isoformat()])
    assert again.output == f"Nothing to do: the days up to {LIVE} have been run.\n"
    counted = json.loads(runner.invoke(args=["daily", "--json", "--as-of", (LIVE + DAY).isoformat()]).output)
    assert counted["days"] == 1
    assert counted["as_of"] == (LIVE + DAY).isoformat()
    assert set(counted["owed"]) <= set(ObligationKind)


def test_a_bad_day_is_a_mistake_of_usage(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["daily", "--as-of", "yesterday"])
    assert said.exit_code == 2
    assert "write it as 2026-10-31" in said.output


def test_it_runs_by_itself_every_night(app: Flask) -> None:
    with app.app_context():
        nightly = jobs.known(app)["home.daily"]
    assert nightly.schedule == "10 0 * * *"
    assert nightly.make_up


def test_people_who_left_are_neither_owed_nor_told(session: Any, audited: None) -> None:
    gone = session.scalars(select(Membership.user_id).order_by(Membership.id).limit(1)).one()
    session.get_one(User, gone).left_on = LIVE
    session.commit()
    run(LAST)
    assert session.scalar(select(Obligation.id).where(Obligation.person_id == gone).limit(1)) is None
    assert session.scalar(select(Notice.id).where(Notice.person_id == gone).limit(1)) is None


@pytest.fixture(autouse=True)
def _programme_zone(app: Flask) -> None:
    assert app.config["PROGRAMME_TIME_ZONE"] == "UTC"


# --- As long after years as in the first month ---

GROWING = (
    "audit",
    "finding",
    "obligation",
    "obligation_change",
    "coaching_session",
    "session_record",
    "notice",
    "activity",
)
"""Tables that hold all that ever happened."""
OF_WHAT_IS_OPEN = "SCAN obligation"
"""A tenth of a second for half a million. An index by state would lead the queue of a lead astray, to what all others owe."""


@pytest.mark.once
def test_a_night_reads_no_table_of_the_past_from_end_to_end(app: Flask, session: Any, lived: daily.DailyReport) -> None:
    sent: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if not statement.lstrip().startswith(("INSERT", "PRAGMA")):
            sent.setdefault(statement, values[0] if many else values)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        run(LAST + DAY)  # a Monday: the week before is decided
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for statement, values in sent.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            read = {row[3] for row in plan}
            whole = {line for line in read if line.startswith("SCAN") and line.split()[1] in GROWING}
            assert whole <= {OF_WHAT_IS_OPEN}, statement
