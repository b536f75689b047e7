"""Every number on the page of compliance opens exactly as many rows as it says, in each cut and whatever is shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import User
from app.coaching import lists, services
from app.coaching.compliance import Cut, compliance, with_courses
from app.coaching.models import Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, Tenure
from app.core.database import db
from app.core.tables import Table
from app.reports.compliance import Show
from tests.conftest import Cast

LATER = datetime(2026, 11, 20, 15, tzinfo=UTC)
LINK = re.compile(r'<a (?:class="h-n" )?href="(/coaching/[^"]+)">(?:n = )?([\d,]+)</a>')
Links = dict[str, int]


@pytest.fixture
def month(session: Any, people: Cast, ledger: list[Obligation]) -> list[Obligation]:
    """The ledger with tenures, sessions to be confirmed of both teams, September closed, and changed since."""
    for number, one in enumerate(ledger):
        one.tenure = [Tenure.NEW, None][number % 2]
        one.kind = [ObligationKind.FATAL, ObligationKind.FOLLOW_UP][number % 3 % 2]
    _hold(session, people, ledger)
    services.close_months(session, date(2026, 10, 1), on=datetime(2026, 10, 2, tzinfo=UTC))
    session.expire_all()
    changed = [o for o in ledger if o.frozen is ObligationState.MISSED][:2]
    for one in changed:
        one.state, one.closed_at = ObligationState.MET_LATE, LATER
    session.commit()
    return ledger


def _hold(session: Any, people: Cast, ledger: list[Obligation]) -> None:
    """A session of each team in October, of several agents, that meets something; one of them confirms in time."""
    for team, lead, agents in (
        (people.refunds, people.paola, (people.ana, people.luis)),
        (people.orders, people.raul, (people.sol,)),
    ):
        at = datetime(2026, 10, 20, 17, tzinfo=UTC)
        owed = [o for o in ledger if o.team_id == team.id and o.state is ObligationState.OPEN and o.opened_at < at]
        held = services.log_session(
            session, by=lead, kind=SessionKind.GROUP, held_at=at, records=[(a.id, "", "", []) for a in agents],
            meets=[o.id for o in owed[:4]], on=at,
        )  # fmt: skip
        services.acknowledge(session, held.records[0], by=agents[0], on=at + timedelta(hours=4))


def numbers(client: Any, query: str) -> Links:
    """The links of the cut, and the number each says."""
    page = client.get(f"/reports/compliance?open=all&{query}").get_data(as_text=True)
    (cut,) = re.findall(r'<section class="h-cut".*?</section>', page, re.DOTALL)
    found = {unescape(href): int(said.replace(",", "")) for href, said in LINK.findall(cut)}
    assert found, query
    assert cut.count('href="/coaching/') == len(LINK.findall(cut)), "no link says anything else"
    return found


TABLES: dict[str, Callable[[User, datetime], tuple[Table, Any]]] = {
    "/coaching/obligations": lambda viewer, at: (lists.obligation_table(viewer, at), lists.obligations(viewer)),
    "/coaching/agents": lambda viewer, at: (lists.agent_table(viewer, at), lists.agents(viewer, at)),
    "/coaching/confirmations": lambda viewer, at: (lists.confirmation_table(viewer, at), lists.confirmations(viewer)),
}


def rows(app: Flask, viewer: User, href: str) -> int:
    """How many rows the list has that a link opens."""
    with app.test_request_context(href):
        table, statement = TABLES[href.partition("?")[0]](viewer, LATER)
        narrowed = table.narrowed(statement).order_by(None).subquery()
        return db.session.scalar(select(func.count()).select_from(narrowed)) or 0


def lines_of(client: Any, href: str) -> int:
    """The same from the file of that page."""
    return len(list(csv.reader(io.StringIO(client.get(f"{href}&format=csv").get_data(as_text=True))))) - 1


@pytest.mark.once
def test_every_number_opens_the_rows_it_counts(
    app: Flask, session: Any, people: Cast, month: list[Obligation], as_user: Callable[..., Any]
) -> None:
    viewer = people.mariana
    with time_machine.travel(LATER, tick=False):
        client = as_user(viewer)
        links: Links = {}
        for cut in Cut:
            for show in ("", Show.MORE, Show.TREND):
                links |= numbers(client, f"month=2026-10&by={cut}&show={show}")
        links |= numbers(client, "month=2026-09")  # closed, and changed since
        for href, said in links.items():
            assert rows(app, viewer, href) == said, href
        for href in list(links)[:: len(links) // 12]:
            assert lines_of(client, href) == links[href], href
    kinds = {href.partition("?")[0] for href in links}
    assert kinds == {"/coaching/obligations", "/coaching/agents", "/coaching/confirmations"}
    assert any("kind=fatal" in href and "unit" in href for href in links), "hours from fatal to session"
    assert any("at_close=changed" in href for href in links), "adjustments"


def test_the_course_of_each_line_is_a_recount(session: Any, people: Cast, month: list[Obligation]) -> None:
    found = compliance(session, people.mariana, date(2026, 10, 1), at=LATER)
    markets = {people.refunds.id: "CO", people.orders.id: "PE"}
    of: dict[Cut, tuple[Any, Callable[[Obligation], Any]]] = {
        Cut.MARKET: (found.markets, lambda o: markets[o.team_id]),
        Cut.TENURE: (found.tenures, lambda o: o.tenure),
        Cut.LEAD: (found.leads, lambda o: o.lead_id),
        Cut.KIND: (found.kinds, lambda o: o.kind),
    }
    for cut, (lines, key) in of.items():
        for line in with_courses(session, people.mariana, lines, cut, month=found.month, at=LATER):
            (september, before), (october, now) = line.course[-2:]
            assert (september, october) == (date(2026, 9, 1), date(2026, 10, 1))
            mine = [o for o in month if key(o) == line.key(cut)]
            states = [o.state for o in mine if o.due_month == october]
            frozen = [o.frozen for o in mine if o.due_month == september]
            assert now is not None
            assert before is not None
            assert now.in_time == states.count(ObligationState.MET), (cut, line.key(cut))
            assert now.missed == states.count(ObligationState.MISSED)
            assert before.missed == frozen.count(ObligationState.MISSED)
            assert now == line.tally


def test_a_record_keeps_lead_and_tenure_of_its_day(session: Any, people: Cast, month: list[Obligation]) -> None:
    records = session.query(SessionRecord).all()
    assert {(r.team_id, r.lead_id, r.tenure) for r in records} == {
        (people.refunds.id, people.paola.id, Tenure.SETTLED),
        (people.orders.id, people.raul.id, Tenure.SETTLED),
    }


def test_lists_of_agents_and_confirmations_stay_within_scope(
    session: Any, people: Cast, month: list[Obligation], as_user: Callable[..., Any]
) -> None:
    for name, there, elsewhere in (("carmen", "Ana Ruiz", "Sol Paz"), ("raul", "Sol Paz", "Ana Ruiz")):
        for path in ("/coaching/agents?month=2026-10", "/coaching/confirmations"):
            page = as_user(getattr(people, name)).get(path).get_data(as_text=True)
            assert there in page
            assert elsewhere not in page
    for path in ("/coaching/agents?month=2026-10", "/coaching/confirmations"):
        assert as_user(people.ana).get(path).status_code == 403
