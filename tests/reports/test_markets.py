"""The markets beside each other: what differs is marked, what agrees is folded, and nobody sees beyond their own."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook

from app.audits.models import Audit, Purpose, ScorecardVersion
from app.coaching.models import CoachingPolicy, OpeningHours
from app.core.clock import monday_of
from app.gaps.models import GapPolicy
from app.gaps.rules import DEFAULT_POLICY, POLICY_TERMS
from app.metrics.models import Target
from app.reports.markets.compared import Standing, standings
from app.reports.markets.gathered import opening
from tests.conftest import Cast, make_unit
from tests.gaps.conftest import Form
from tests.languages import left_in_english

SAME, OTHER, MIXED = Standing.SAME, Standing.OTHER, Standing.MIXED
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.mark.once
@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([{7: 1}, {7: 3}], [SAME, SAME]),
        ([{7: 1}], [SAME]),
        ([{7: 1}, {9: 1}], [OTHER, OTHER]),
        ([{7: 1}, {9: 1}, {7: 2}], [SAME, OTHER, SAME]),
        ([{24: 3}, {48: 3}, {36: 3, 48: 3}], [OTHER, SAME, MIXED]),
        ([{7: 2, 9: 2}], [MIXED]),
        ([{7: 2, 9: 2}, {7: 1, 9: 1}], [MIXED, MIXED]),
        ([{None: 1}, {7: 1}, {7: 1}], [OTHER, SAME, SAME]),
    ],
)
def test_who_differs(cells: list[dict[Any, int]], wanted: list[Standing]) -> None:
    assert standings([Counter(cell) for cell in cells]) == wanted


@pytest.mark.once
def test_days_with_the_same_hours_are_told_together() -> None:
    week = [(0, (540, 1080)), (1, (540, 1080)), (3, (540, 1080)), (4, (1200, 1560))]
    assert opening(week, DAYS) == "mon–tue 09:00–18:00, thu 09:00–18:00, fri 20:00–02:00"
    assert opening([], DAYS) == ""


@pytest.fixture
def world(session: Any, people: Cast, form: Form) -> Iterator[None]:
    """Colombia and Peru: another policy, other hours, terms of gaps, target and scorecard in one of them."""
    with time_machine.travel(datetime(2026, 11, 3, 14, tzinfo=UTC), tick=False):
        second = ScorecardVersion(
            scorecard_id=form.version.scorecard_id, label="2", valid_from=date(2026, 10, 1),
            imported_at=datetime(2026, 9, 1, tzinfo=UTC),
        )  # fmt: skip
        session.add(second)
        session.flush()
        spring, terms = date(2026, 3, 2), {name: getattr(DEFAULT_POLICY, name) for name in POLICY_TERMS}
        session.add_all(
            [
                CoachingPolicy(unit_id=people.bogota.id, valid_from=spring, fatal_hours=24),
                CoachingPolicy(unit_id=people.lima.id, valid_from=date(2026, 12, 1), fatal_hours=12),
                OpeningHours(unit_id=people.lima.id, weekday=0, opens=480, closes=1200),
                GapPolicy(market="PE", valid_from=spring, **{**terms, "open_fails": 5}),
                GapPolicy(competency_id=form.tone.id, market="CO", valid_from=spring, **{**terms, "open_checks": 9}),
                Target(metric="csat", unit_id=people.programme.id, target=0.8, valid_from=spring),
                Target(metric="csat", unit_id=people.sur.id, target=0.9, valid_from=spring),
                Target(metric="fcr", unit_id=people.programme.id, target=0.7, valid_from=spring),
            ]
        )
        for number, (person, team, version) in enumerate(
            ((people.ana, people.refunds, form.version), (people.luis, people.refunds, second), (people.sol, people.orders, form.version))
        ):  # fmt: skip
            at = datetime(2026, 10, 2 + number, 17, tzinfo=UTC)
            session.add(
                Audit(
                    source="t", reference=str(number), contact_ref=str(number), person_id=person.id, team_id=team.id, checks=1,
                    version_id=version.id, purpose=Purpose.RANDOM, contact_at=at, audited_at=at, released_at=at,
                    week=monday_of(at.date()),
                )
            )  # fmt: skip
        session.commit()
        yield


def lines(client: Any, extra: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    answer = client.get(f"/reports/markets?format=json{extra}")
    assert answer.status_code == 200
    return {(one["subject"], one["line"]): one for one in json.loads(answer.data)["all"]}


def test_what_holds_in_each_market(people: Cast, world: None, as_user: Callable[..., Any]) -> None:
    found = lines(as_user(people.mariana))
    told = {key: (one["CO"], one["PE"], one["compared"]) for key, one in found.items()}
    assert told["coaching", "fatal_hours"] == (24, 48, "differs")
    assert told["coaching", "gap_hours"] == (168, 168, "same")
    assert told["coaching", "clock"] == ("calendar", "calendar", "same")
    assert told["coaching", "hours"] == ("mon–fri 09:00–18:00", "mon 08:00–20:00", "differs")
    assert told["coaching", "time_zone"] == ("America/Bogota", "America/Lima", "differs")
    assert told["coaching", "holidays"][2] == "differs"
    assert min(told["coaching", "holidays"][:2]) > 5
    assert told["gaps", "open_fails"] == (DEFAULT_POLICY.open_fails, 5, "differs")
    assert told["gaps", "K1.open_checks"] == (9, DEFAULT_POLICY.open_checks, "differs")
    assert told["gaps", "K1.open_fails"] == (DEFAULT_POLICY.open_fails, 5, "differs")
    assert told["gaps", "open_probability"] == (90, 90, "same")
    assert told["targets", "csat"] == ("0.8", "0.9", "differs")
    assert told["targets", "fcr"] == ("0.7", "0.7", "same")
    assert told["competencies", "K1"] == ("0.85", "0.85", "same")
    assert told["scorecards", "S.used"] == ("2", "1", "differs")
    assert told["scorecards", "S.valid"] == ("2", "2", "same")
    before = lines(as_user(people.mariana), "&month=2026-02")
    assert before["coaching", "fatal_hours"]["compared"] == before["gaps", "open_fails"]["compared"] == "same"
    assert before["scorecards", "S.valid"]["CO"] == "1"
    assert before["scorecards", "S.used"]["CO"] == ""


def test_teams_of_a_market_that_differ_among_themselves(
    session: Any, people: Cast, world: None, as_user: Callable[..., Any], count_queries: Callable[..., int]
) -> None:
    client = as_user(people.mariana)
    few = count_queries(lambda: client.get("/reports/markets?by=all"))
    for number in range(6):
        make_unit(session, people.orders.kind, f"Team {number}", people.norte, market=("CO", "MX")[number % 2])
    session.commit()
    assert count_queries(lambda: client.get("/reports/markets?by=all")) <= few
    one = lines(client)["coaching", "fatal_hours"]
    assert (one["CO"], one["MX"], one["compared"]) == ("48 | 24", 48, "differs")
    page = client.get("/reports/markets").get_data(as_text=True)
    assert "48 in 3 teams; 24 in 1 team" in page
    assert "differs within" in page


def test_what_differs_is_marked_and_what_agrees_is_folded(
    people: Cast, world: None, as_user: Callable[..., Any]
) -> None:
    client = as_user(people.mariana)
    short, full = (client.get(f"/reports/markets{query}").get_data(as_text=True) for query in ("", "?by=all"))
    marked = r"24\s*<span class=\"h-cell__note\"><span class=\"h-state h-state--warn\"><svg.*?<span>differs</span>"
    assert re.search(marked, short, re.DOTALL)
    assert re.search(marked, full, re.DOTALL)
    assert "Hours after a fatal error" in short
    assert "Hours after a gap opens" not in short
    assert "Hours after a gap opens" in full
    assert re.search(r"\d+ lines agree", short)
    assert "lines agree" not in full
    assert "the same in all markets" in short
    assert 'href="/reports/definitions"' in short
    home = client.get("/").get_data(as_text=True)
    assert 'href="/reports/markets"' in home
    assert 'href="/reports"' in home
    assert 'href="/reports/markets"' in client.get("/reports").get_data(as_text=True)


def test_nobody_sees_beyond_their_markets(people: Cast, world: None, as_user: Callable[..., Any], app: Flask) -> None:
    assert app.test_client().get("/reports/markets").status_code == 302
    for person, seen in (
        (people.carmen, {"CO"}), (people.pedro, {"PE"}), (people.paola, {"CO"}), (people.tomas, {"CO", "PE"}),
        (people.ada, {"CO", "PE"}),
    ):  # fmt: skip
        here = as_user(person)
        one = lines(here)["coaching", "fatal_hours"]
        assert set(one) - {"subject", "line", "compared"} == seen, person.name
    assert as_user(people.carmen).get(f"/reports/markets?unit={people.lima.id}").status_code == 404
    assert set(lines(as_user(people.mariana), f"&unit={people.sur.id}")["gaps", "open_fails"]) >= {"PE"}
    assert "CO" not in lines(as_user(people.mariana), f"&unit={people.sur.id}")["gaps", "open_fails"]
    for person in (people.ana, people.ivan):
        assert as_user(person).get("/reports/markets").status_code == 403


def test_files_and_spanish_say_the_same(people: Cast, world: None, as_user: Callable[..., Any]) -> None:
    client = as_user(people.mariana, "es")
    head, *rows = csv.reader(io.StringIO(client.get("/reports/markets?format=csv").get_data(as_text=True)))
    assert head[2:] == ["CO", "PE", "Comparación"]
    told = lines(client)
    assert len(rows) == sum(one["compared"] == "differs" for one in told.values())
    assert {row[-1] for row in rows} == {"difiere"}
    everything = list(csv.reader(io.StringIO(client.get("/reports/markets?by=all&format=csv").get_data(as_text=True))))
    assert len(everything) == len(told) + 1
    book = load_workbook(io.BytesIO(client.get("/reports/markets?format=xlsx").data)).worksheets
    assert [page.max_row - 1 for page in book[:2]] == [len(rows), len(told)]
    assert any(24 in row for row in book[0].iter_rows(values_only=True)), "a number stays one"
    pages = [as_user(people.mariana, one).get("/reports/markets?by=all").get_data(as_text=True) for one in ("en", "es")]
    data = ["CO", "PE", "America/", "Norte", "Sur", "Programme", " %", "2026-10", people.mariana.name]
    assert left_in_english(*pages, data=data) == set()
    assert "difiere" in unescape(pages[1])
    assert client.get("/reports/markets?format=pdf").data.startswith(b"%PDF")
