"""Compliance of a month: each figure equals a recount of the rows in plain Python, and the list it links to."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import settings
from app.accounts.models import Unit, UnitTree, User
from app.coaching import services
from app.coaching.compliance import Compliance, Line, beyond, compliance
from app.coaching.compliance.facts import Counting
from app.coaching.compliance.months import monthly
from app.coaching.models import CoachingMonth, CoachingSession, Obligation
from app.coaching.rules import NOT_COUNTED, ObligationKind, ObligationState, SessionKind, SessionState, Tally, Tenure
from app.metrics.models import Target
from tests.conftest import Cast

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
CLOSED = datetime(2026, 11, 5, tzinfo=UTC)
RUNNING = datetime(2026, 10, 17, 12, tzinfo=UTC)
COUNTED = {
    "in_time": ObligationState.MET,
    "late": ObligationState.MET_LATE,
    "missed": ObligationState.MISSED,
    "open": ObligationState.OPEN,
    "waived": ObligationState.WAIVED,
    "void": ObligationState.VOID,
}


@pytest.fixture
def ledger(session: Any, people: Cast) -> list[Obligation]:
    """Two hundred obligations of September and October over both partners, in every state, kind and with every lead."""
    settings.put(session, "live_from", "2026-09-10", by=None, on=CLOSED)
    draw = random.Random(7)
    teams = {people.refunds: (people.ana, people.luis), people.orders: (people.sol,)}
    held = CoachingSession(
        kind=SessionKind.ONE_TO_ONE, state=SessionState.HELD, coach_id=people.paola.id, held_at=CLOSED, logged_at=CLOSED
    )
    session.add(held)
    session.flush()
    made = []
    for number in range(200):
        team = draw.choice(list(teams))
        state = draw.choice(list(ObligationState))
        due = datetime(2026, 9, 10, 12, tzinfo=UTC) + timedelta(hours=draw.randrange(24 * 51))
        opened = due - timedelta(hours=48)
        met = state in (ObligationState.MET, ObligationState.MET_LATE)
        made.append(
            Obligation(
                person_id=draw.choice(teams[team]).id,
                kind=draw.choice(list(ObligationKind)),
                trigger_key=f"test:{number}",
                team_id=team.id,
                lead_id=draw.choice([people.paola.id, people.raul.id, None]),
                opened_at=opened,
                due_at=due,
                due_month=due.date().replace(day=1),
                state=state,
                tenure=draw.choice([*Tenure, None]),
                closed_at=opened + timedelta(hours=draw.randrange(1, 90)) if met else None,
                session_id=held.id if met else None,
            )
        )
    session.add_all(made)
    session.commit()
    return made


def below(session: Any, unit: Unit) -> set[int]:
    return set(session.scalars(select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit.id)))


def check(line: Line, rows: list[Obligation], before: list[Obligation]) -> None:
    """The line says what these rows say."""
    for name, state in COUNTED.items():
        assert getattr(line.tally, name) == sum(o.state is state for o in rows), name
    due = [o for o in rows if o.state not in (ObligationState.WAIVED, ObligationState.VOID)]
    assert line.tally.due == len(due)
    assert line.before is not None
    assert line.before.due == sum(o.state not in (ObligationState.WAIVED, ObligationState.VOID) for o in before)
    waits = [
        (o.closed_at - o.opened_at) / timedelta(hours=1)
        for o in rows
        if o.kind is ObligationKind.FATAL and o.closed_at is not None
    ]
    assert line.fatal_sessions == len(waits)
    assert line.fatal_hours == (pytest.approx(median(waits)) if waits else None)


def lines(found: Compliance) -> list[Line]:
    return [found.total, *found.units, *found.leads, *found.kinds, *found.markets, *found.tenures]


@pytest.mark.parametrize("at", [CLOSED, RUNNING])
def test_every_figure_equals_a_recount(session: Any, people: Cast, ledger: list[Obligation], at: datetime) -> None:
    found = compliance(session, people.mariana, OCTOBER, at=at)
    now = [o for o in ledger if o.due_month == OCTOBER and o.due_at <= at]
    before = [o for o in ledger if o.due_month == date(2026, 9, 1) and o.due_at <= at]
    assert found.finished == (at is CLOSED)
    check(found.total, now, before)
    assert [line.unit.path for line in found.units if line.unit] == [
        "", "Norte", "Norte/Bogotá", "Norte/Bogotá/Refunds", "Sur", "Sur/Lima", "Sur/Lima/Orders",
    ]  # fmt: skip
    assert [line.depth for line in found.units] == [0, 1, 2, 3, 1, 2, 3]
    for line in found.units:
        teams = below(session, session.get_one(Unit, line.unit.id if line.unit else 0))
        check(line, [o for o in now if o.team_id in teams], [o for o in before if o.team_id in teams])
    for line in found.leads:
        lead = line.lead.id if line.lead else None
        check(line, [o for o in now if o.lead_id == lead], [o for o in before if o.lead_id == lead])
    for line in found.kinds:
        check(line, [o for o in now if o.kind is line.kind], [o for o in before if o.kind is line.kind])
    assert found.leads[-1].lead is None
    markets = {people.refunds.id: "CO", people.orders.id: "PE"}
    for line in found.markets:
        check(
            line,
            [o for o in now if markets[o.team_id] == line.market],
            [o for o in before if markets[o.team_id] == line.market],
        )
    for line in found.tenures:
        check(line, [o for o in now if o.tenure is line.tenure], [o for o in before if o.tenure is line.tenure])
    assert len(found.tenures) == len(Tenure) + 1


def test_each_obligation_counts_once_in_each_cut(session: Any, people: Cast, ledger: list[Obligation]) -> None:
    found = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    assert sum(line.tally.all for line in found.leads) == found.total.tally.all
    assert sum(line.tally.all for line in found.kinds) == found.total.tally.all
    assert sum(line.tally.all for line in found.units if line.depth == 3) == found.total.tally.all


@pytest.mark.parametrize("name", ["carmen", "pedro", "paola", "raul"])
def test_nobody_counts_beyond_the_own_scope(session: Any, people: Cast, ledger: list[Obligation], name: str) -> None:
    viewer: User = getattr(people, name)
    mine = people.refunds if name in ("carmen", "paola") else people.orders
    found = compliance(session, viewer, OCTOBER, at=CLOSED)
    rows = [o for o in ledger if o.due_month == OCTOBER and o.team_id == mine.id]
    assert found.total.tally.all == len(rows)
    assert all(line.unit and line.unit.path.startswith(mine.path.split("/")[0]) for line in found.units)
    assert found.units[0].depth == 0


def test_without_a_viewer_it_is_the_whole_programme_and_a_unit_narrows_it(
    session: Any, people: Cast, ledger: list[Obligation]
) -> None:
    everything = compliance(session, None, OCTOBER, at=CLOSED)
    sur = compliance(session, None, OCTOBER, at=CLOSED, unit_id=people.sur.id)
    norte = compliance(session, None, OCTOBER, at=CLOSED, unit_id=people.norte.id)
    assert sur.total.tally + norte.total.tally == everything.total.tally
    assert [line.unit.path for line in sur.units if line.unit] == ["Sur", "Sur/Lima", "Sur/Lima/Orders"]
    outside = compliance(session, people.carmen, OCTOBER, at=CLOSED, unit_id=people.sur.id)
    assert (outside.total.tally.all, outside.units) == (0, [])


def test_the_trend_says_which_months_were_not_tracked(session: Any, people: Cast, ledger: list[Obligation]) -> None:
    found = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    assert [month for month, _t in found.trend][-1] == OCTOBER
    assert len(found.trend) == 12
    assert [t is not None for _m, t in found.trend] == [False] * 10 + [True, True]
    assert found.trend[-1][1] == found.total.tally
    assert found.trend[-2][1] == found.total.before
    earlier = compliance(session, people.mariana, date(2026, 8, 1), at=CLOSED)
    assert (earlier.tracked, earlier.total.before, earlier.total.change) == (False, None, None)
    assert compliance(session, people.mariana, date(2026, 9, 1), at=CLOSED).total.before is None


def test_a_closed_month_does_not_move_with_people_and_leads(
    session: Any, people: Cast, ledger: list[Obligation]
) -> None:
    before = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    session.query(UnitTree).first()
    for grant in people.paola.grants:
        grant.valid_to = NOVEMBER
    for membership in people.ana.memberships:
        membership.team_id = people.orders.id
    session.commit()
    after = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    assert [line.tally for line in lines(after)] == [line.tally for line in lines(before)]


FIGURES = ("due", "held", *COUNTED)


def listed(client: Any, line: Line, figure: str) -> int:
    """How many rows the list has that a figure links to."""
    answer = client.get("/coaching/obligations", query_string={**line.asks(figure), "format": "csv"})
    return len(list(csv.reader(io.StringIO(answer.get_data(as_text=True))))) - 1


@pytest.mark.once
def test_it_asks_as_much_of_the_database_for_many_as_for_few(
    session: Any, people: Cast, ledger: list[Obligation], count_queries: Callable[..., int]
) -> None:
    session.commit()
    many = count_queries(lambda: compliance(session, people.mariana, OCTOBER, at=CLOSED))
    for one in ledger[3:]:
        session.delete(one)
    session.commit()
    few = count_queries(lambda: compliance(session, people.mariana, OCTOBER, at=CLOSED))
    assert many <= few + 2  # names of the leads, roles looked up anew


# --- Closed months ---


def close(session: Any) -> datetime:
    """Close October, as the first nightly run of November does."""
    at = datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC)
    services.close_months(session, NOVEMBER, on=at)
    session.commit()
    return at


def test_a_closed_month_keeps_its_figures_and_tells_what_changed_since(
    session: Any, people: Cast, ledger: list[Obligation], as_user: Callable[..., Any]
) -> None:
    closed_at = close(session)
    before = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    assert (before.closed_at, before.total.tally.open, before.total.changed) == (closed_at, 0, 0)
    session.expire_all()
    missed = [o for o in ledger if o.due_month == OCTOBER and o.state is ObligationState.MISSED]
    missed[0].state, missed[1].state, missed[2].state = (
        ObligationState.MET,
        ObligationState.MET_LATE,
        ObligationState.MET_LATE,
    )
    for one in missed[:3]:
        one.closed_at = CLOSED
    later = Obligation(
        person_id=people.sol.id, kind=ObligationKind.FATAL, trigger_key="later", team_id=people.orders.id,
        opened_at=missed[0].opened_at, due_at=missed[0].due_at, due_month=OCTOBER, state=ObligationState.MISSED,
    )  # fmt: skip
    session.add(later)
    session.commit()
    after = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    assert [(line.tally, line.before, line.fatal_hours) for line in lines(after) if line.tally.all] == [
        (line.tally, line.before, line.fatal_hours) for line in lines(before) if line.tally.all
    ]
    assert after.trend == before.trend
    assert after.total.changed == 4
    since = after.total.since
    assert (since.in_time, since.late, since.missed) == (1, 2, -2)
    assert after.total.adjusted == Tally(
        *(sum(o.state is state for o in (*ledger, later) if o.due_month == OCTOBER) for state in COUNTED.values())
    )
    assert listed(as_user(people.mariana), after.total, "changed") == 4
    for figure in set(FIGURES) - {"open"}:
        assert listed(as_user(people.mariana), after.total, figure) == getattr(after.total.tally, figure)


def test_a_year_reads_no_closed_month_again(
    session: Any, people: Cast, ledger: list[Obligation], monkeypatch: pytest.MonkeyPatch
) -> None:
    close(session)
    found, read = compliance(session, people.mariana, OCTOBER, at=CLOSED), []
    monkeypatch.setattr(Counting, "tallies", lambda _counting, months, *_by: read.extend(months) or {})
    year = {line.month: line.tally for line in monthly(session, people.mariana, found)}
    assert year[OCTOBER] == found.total.tally
    assert OCTOBER not in read


def test_a_month_is_closed_once_and_before_its_close_nothing_is_frozen(
    session: Any, people: Cast, ledger: list[Obligation]
) -> None:
    assert services.close_months(session, date(2026, 10, 31), on=RUNNING) >= 0
    assert set(session.scalars(select(CoachingMonth.month))) == {date(2026, 9, 1)}
    closed_at = close(session)
    services.close_months(session, date(2026, 11, 30), on=closed_at + timedelta(days=28))
    months = dict(session.execute(select(CoachingMonth.month, CoachingMonth.closed_at)).all())
    assert months[OCTOBER] == closed_at
    assert compliance(session, None, OCTOBER, at=RUNNING).closed_at is None


def test_beside_in_time_stand_confirmations_follow_ups_and_agents(
    session: Any, people: Cast, ledger: list[Obligation]
) -> None:
    held = services.log_session(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, held_at=RUNNING,
        records=[(people.ana.id, "", "", []), (people.luis.id, "", "", [])], on=RUNNING,
    )  # fmt: skip
    ana = next(record for record in held.records if record.person_id == people.ana.id)
    services.acknowledge(session, ana, by=people.ana, on=RUNNING + timedelta(hours=47))
    found = beyond(session, people.mariana, [OCTOBER], at=CLOSED)
    assert found[people.refunds.id].confirmed == (1, 2)
    rows = [o for o in ledger if o.due_month == OCTOBER and o.state not in NOT_COUNTED]
    for team in (people.refunds, people.orders):
        mine = [o for o in rows if o.team_id == team.id]
        met = [o for o in mine if o.state in (ObligationState.MET, ObligationState.MET_LATE)]
        assert found[team.id].agents == (len({o.person_id for o in met}), len({o.person_id for o in mine}))
        ups = [o for o in mine if o.kind is ObligationKind.FOLLOW_UP]
        assert found[team.id].followed_up == (sum(o.state is ObligationState.MET for o in ups), len(ups))
    theirs = beyond(session, people.carmen, [OCTOBER], at=CLOSED)
    assert theirs[people.norte.id] == theirs[people.refunds.id]
    assert people.orders.id not in theirs


def test_the_target_is_that_of_the_unit_or_the_nearest_above(
    session: Any, people: Cast, ledger: list[Obligation]
) -> None:
    session.add(Target(metric="coaching_in_time", unit_id=people.norte.id, target=0.8, valid_from=OCTOBER))
    session.commit()
    found = compliance(session, people.mariana, OCTOBER, at=CLOSED)
    assert {line.unit.path: line.target for line in found.units if line.unit} == {
        "": 0.9, "Norte": 0.8, "Norte/Bogotá": 0.8, "Norte/Bogotá/Refunds": 0.8,
        "Sur": 0.9, "Sur/Lima": 0.9, "Sur/Lima/Orders": 0.9,
    }  # fmt: skip
    assert compliance(session, people.carmen, OCTOBER, at=CLOSED, unit_id=people.norte.id).target == 0.8
