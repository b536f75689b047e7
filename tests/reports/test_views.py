"""The pages of reports: who may see them, whose figures they count, which month they show, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine

from app.coaching.models import Obligation
from tests.conftest import Cast
from tests.evidence import Pair
from tests.languages import left_in_english

PAGES = ("/reports", "/reports/compliance", "/reports/priorities")
ALLOWED = ("paola", "raul", "tomas", "mariana", "carmen", "pedro", "ada")
REFUSED = ("ana", "luis", "sol", "ivan")
OCTOBER = "month=2026-10"
IN_NOVEMBER = datetime(2026, 11, 3, 14, tzinfo=UTC)


@pytest.fixture
def november() -> Any:
    """The third of November 2026, in the morning in Bogotá."""
    with time_machine.travel(IN_NOVEMBER, tick=False):
        yield


def units_of(client: Any, path: str = "/reports/compliance") -> list[str]:
    """The units a page lets one choose."""
    page = client.get(path).get_data(as_text=True)
    (choice,) = re.findall(r'<select[^>]*name="unit">(.*?)</select>', page, re.DOTALL)
    return [unescape(label) for label in re.findall(r'<option value="\d+"[^>]*>([^<]*)<', choice)]


# --- Who ---


@pytest.mark.parametrize("path", [*PAGES, "/reports/definitions", "/reports/chart.svg"])
def test_nobody_sees_reports_without_signing_in(people: Cast, as_user: Callable[..., Any], path: str) -> None:
    assert as_user(None).get(path).status_code in (302, 401)


@pytest.mark.parametrize("path", [*PAGES, "/reports/compliance?format=csv", "/reports/chart.svg"])
@pytest.mark.parametrize("name", REFUSED)
def test_agents_and_auditors_have_no_reports(people: Cast, as_user: Callable[..., Any], name: str, path: str) -> None:
    assert as_user(getattr(people, name)).get(path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("name", ALLOWED)
def test_who_leads_or_manages_has(people: Cast, as_user: Callable[..., Any], name: str, path: str) -> None:
    assert as_user(getattr(people, name)).get(path).status_code == 200


@pytest.mark.parametrize("name", ["ana", "ivan", "mariana"])
def test_everybody_may_read_the_definitions(people: Cast, as_user: Callable[..., Any], name: str) -> None:
    page = as_user(getattr(people, name)).get("/reports/definitions").get_data(as_text=True)
    for told in (
        "Only evidence closes a gap",
        "at least 90\u00a0% sure, with 2 misses and 4 checks",
        "contested: in more than",
    ):
        assert told in unescape(page)


# --- Whose ---


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("carmen", ["Norte", "Norte · Bogotá", "Norte · Bogotá · Refunds"]),
        ("pedro", ["Sur", "Sur · Lima", "Sur · Lima · Orders"]),
        ("paola", ["Norte · Bogotá · Refunds"]),
        ("raul", ["Sur · Lima · Orders"]),
    ],
)
@pytest.mark.parametrize("path", ["/reports/compliance", "/reports/priorities"])
def test_one_may_choose_among_the_own_units_alone(
    people: Cast, as_user: Callable[..., Any], name: str, units: list[str], path: str
) -> None:
    assert units_of(as_user(getattr(people, name)), path) == units


@pytest.mark.parametrize("name", ["carmen", "pedro", "paola", "raul"])
def test_compliance_counts_the_own_units_alone_in_every_form(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], name: str
) -> None:
    client = as_user(getattr(people, name))
    mine, theirs = (people.refunds, "Lima") if name in ("carmen", "paola") else (people.orders, "Bogotá")
    met = sum(o.team_id == mine.id and o.due_month == date(2026, 10, 1) and o.state == "met" for o in ledger)
    page = client.get(f"/reports/compliance?{OCTOBER}").get_data(as_text=True)
    assert f"{met} of " in page
    assert theirs not in page
    data = json.loads(client.get(f"/reports/compliance?{OCTOBER}&format=json").data)
    assert data["total"]["in_time"] == met
    assert all(unit["unit"].startswith(mine.path.split("/")[0]) for unit in data["units"])
    assert sum(lead["in_time"] for lead in data["leads"]) == met
    assert sum(month["in_time"] or 0 for month in data["months"]) == sum(
        o.team_id == mine.id and o.state == "met" for o in ledger
    )


@pytest.mark.parametrize("path", ["/reports/compliance", "/reports/priorities"])
@pytest.mark.parametrize("extra", ["", "&format=csv", "&format=xlsx", "&format=json", "&format=pdf"])
def test_a_unit_beyond_ones_reach_does_not_exist(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], path: str, extra: str
) -> None:
    for name, unit in (
        ("carmen", people.sur),
        ("pedro", people.refunds),
        ("paola", people.bogota),
        ("raul", people.norte),
    ):
        assert as_user(getattr(people, name)).get(f"{path}?unit={unit.id}{extra}").status_code == 404
    assert as_user(people.mariana).get(f"{path}?unit={people.sur.id}").status_code == 200


@pytest.mark.parametrize("unit", ["0", "-1", "x", "1e3", "9" * 40, "٣", "1;2"])
def test_a_unit_that_is_none_does_not_exist(people: Cast, as_user: Callable[..., Any], unit: str) -> None:
    assert as_user(people.mariana).get("/reports/compliance", query_string={"unit": unit}).status_code == 404


def test_priorities_count_the_own_teams_alone(people: Cast, evidence: list[Pair], as_user: Callable[..., Any]) -> None:
    def codes(name: str, extra: str = "") -> dict[str, int]:
        answer = as_user(getattr(people, name)).get(f"/reports/priorities?month=2026-07&format=json{extra}")
        return {entry["code"]: entry["agents"] for entry in json.loads(answer.data)["entries"]}

    assert codes("mariana") == {"K1": 2, "K2": 1}
    assert codes("carmen") == codes("paola") == codes("mariana", f"&unit={people.norte.id}") == {"K1": 1}
    assert codes("pedro") == {"K1": 1, "K2": 1}


# --- Charts ---


def chart_of(client: Any, path: str) -> str:
    """The address of the chart of a page."""
    page = client.get(path).get_data(as_text=True)
    return unescape(re.findall(r'<img class="h-chart__light" src="([^"]+)"', page)[0])


@pytest.mark.once
def test_a_chart_is_drawn_for_both_themes_and_kept(
    people: Cast, ledger: list[Obligation], evidence: list[Pair], as_user: Callable[..., Any]
) -> None:
    client = as_user(people.mariana)
    for path in (f"/reports/compliance?{OCTOBER}", "/reports/priorities?month=2026-07"):
        address = chart_of(client, path)
        light, dark = client.get(address), client.get(f"{address}&theme=dark")
        assert light.mimetype == dark.mimetype == "image/svg+xml"
        assert light.data != dark.data
        assert client.get(address, headers={"If-None-Match": light.headers["ETag"]}).status_code == 304
        assert len(address) < 3000, "within what servers read of a line"


def test_a_chart_is_only_for_whom_it_was_drawn(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any]
) -> None:
    address = chart_of(as_user(people.mariana), f"/reports/compliance?{OCTOBER}")
    assert as_user(people.mariana).get(address).status_code == 200
    assert as_user(people.carmen).get(address).status_code == 404
    assert as_user(people.mariana).get(address[:-3] + "abc").status_code == 404
    assert as_user(people.mariana).get("/reports/chart.svg").status_code == 404


def test_a_chart_shows_the_own_figures_alone(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any]
) -> None:
    client = as_user(people.carmen)
    drawing = client.get(chart_of(client, f"/reports/compliance?{OCTOBER}")).get_data(as_text=True)
    rows = [o for o in ledger if o.team_id == people.refunds.id and o.due_month == date(2026, 10, 1)]
    met = sum(o.state == "met" for o in rows)
    due = sum(o.state not in ("waived", "void") for o in rows)
    assert f"{100 * met / due:.1f}\u00a0%" in unescape(drawing)


# --- Which month ---


def test_the_present_month_comes_unless_another_is_asked_for(
    november: None, people: Cast, ledger: list[Obligation], as_user: Callable[..., Any]
) -> None:
    page = as_user(people.mariana).get("/reports/compliance").get_data(as_text=True)
    assert "Coaching compliance, November 2026" in page
    assert "Nothing has fallen due in November 2026 yet." in page
    assert "?month=2026-10" in page
    assert "See October 2026" in page
    assert "December 2026" not in page, "there is nothing to say of a month to come"
    ahead = as_user(people.mariana).get("/reports/priorities").get_data(as_text=True)
    assert "December 2026" in ahead, "but what to teach in it"


def test_a_month_before_hilo_went_live_says_so(
    november: None, people: Cast, ledger: list[Obligation], as_user: Callable[..., Any]
) -> None:
    page = as_user(people.mariana).get("/reports/compliance?month=2026-08").get_data(as_text=True)
    assert "August 2026 is not tracked: Hilo was not live yet, so nothing was owed." in page
    assert "<table" not in page


@pytest.mark.once
@pytest.mark.parametrize(
    "month", ["2026-13", "2026-1", "October", "202610", "2026-10-01", "0001-01", "9999-12", "²026-10"]
)
@pytest.mark.parametrize("path", ["/reports/compliance", "/reports/priorities"])
def test_a_month_that_is_none_is_named_and_nothing_leaves_as_a_file(
    november: None, people: Cast, as_user: Callable[..., Any], path: str, month: str
) -> None:
    for extra in ({}, {"format": "xlsx"}):
        answer = as_user(people.mariana).get(path, query_string={"month": month, **extra})
        assert answer.status_code == 422
        page = unescape(answer.get_data(as_text=True))
        assert f"“{month}” is not a month; write it as 2026-10. Showing November 2026." in page
        assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("month", ["2000-01", "2199-12"])
@pytest.mark.parametrize("path", ["/reports/compliance", "/reports/priorities"])
def test_months_far_away_are_empty_not_broken(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], path: str, month: str
) -> None:
    for extra in ("", "&format=csv", "&format=pdf"):
        assert as_user(people.mariana).get(f"{path}?month={month}{extra}").status_code == 200


# --- The pages ---


def test_the_tree_unfolds_by_its_address(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reports.tree.FEW_LINES", 3)
    client = as_user(people.mariana)

    def units(extra: str) -> list[str]:
        page = client.get(f"/reports/compliance?{OCTOBER}{extra}").get_data(as_text=True)
        return re.findall(r'<th scope="row" id="unit-\d+".*?<a [^>]*>([^<]*)</a>', page, re.DOTALL)

    assert units("") == ["Programme", "Norte", "Bogotá", "Sur", "Lima"]
    everything = ["Programme", "Norte", "Bogotá", "Refunds", "Sur", "Lima", "Orders"]
    assert units("&open=all") == everything
    page = client.get(f"/reports/compliance?{OCTOBER}").get_data(as_text=True)
    (unfold,) = re.findall(rf'href="([^"]*)#unit-{people.bogota.id}" aria-expanded="false"', page)
    assert units(unescape(unfold).partition(OCTOBER)[2]) == ["Programme", "Norte", "Bogotá", "Refunds", "Sur", "Lima"]
    assert units("&open=0") == ["Programme"]
    assert units("&open=x,999999") == ["Programme"]


@pytest.mark.parametrize(
    ("cut", "heading"), [("", "By unit"), ("lead", "By team lead"), ("reason", "By reason"), ("x", "By unit")]
)
def test_a_month_is_cut_by_unit_lead_or_reason(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], cut: str, heading: str
) -> None:
    page = as_user(people.mariana).get(f"/reports/compliance?{OCTOBER}&by={cut}").get_data(as_text=True)
    assert f'id="cut">{heading}</h2>' in page
    assert page.count("<tbody>") == 2, "the cut, and the figures of the chart"


def test_of_many_leads_those_are_shown_who_missed_most(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reports.tree.LEADS_SHOWN", 1)
    page = as_user(people.mariana).get(f"/reports/compliance?{OCTOBER}&by=lead").get_data(as_text=True)
    assert "Showing the 1 of 3 with the most sessions not held on time" in page


def test_a_priority_is_read_at_a_glance(people: Cast, evidence: list[Pair], as_user: Callable[..., Any]) -> None:
    page = unescape(as_user(people.mariana).get("/reports/priorities?month=2026-07").get_data(as_text=True))
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert re.search(
        r"1 Identity certain [\d,]+ avoidable errors a month = 1 agent × 320 contacts × [\d.]+ points", text
    )
    assert "fatal × 3; a module, to be written, would remove about 50" in text
    assert "Audience: PE · en 1 of 1 with evidence" in text
    assert "module to be written" in text
    assert "evidence up to 30 Jun 2026" in text


def test_without_evidence_priorities_say_what_they_wait_for(people: Cast, as_user: Callable[..., Any]) -> None:
    page = as_user(people.mariana).get("/reports/priorities?month=2026-07").get_data(as_text=True)
    assert "Priorities come with the first findings of these agents." in page
    rows = list(
        csv.reader(io.StringIO(as_user(people.mariana).get("/reports/priorities?format=csv").get_data(as_text=True)))
    )
    assert len(rows) == 1


# --- In both languages, at any size ---


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        "/reports",
        "/reports/definitions",
        f"/reports/compliance?{OCTOBER}",
        f"/reports/compliance?{OCTOBER}&by=lead",
        *(f"/reports/compliance?{OCTOBER}&by={cut}" for cut in ("reason", "market", "tenure", "month")),
        *(f"/reports/compliance?{OCTOBER}&by={cut}" for cut in ("unit&show=more", "tenure&show=trend")),
        "/reports/compliance?month=2026-08",
        "/reports/compliance?month=soon",
        "/reports/priorities?month=2026-07",
        "/reports/priorities?month=2026-01",
    ],
)
def test_nothing_stays_english_in_spanish(
    people: Cast, ledger: list[Obligation], evidence: list[Pair], as_user: Callable[..., Any], path: str
) -> None:
    english, spanish = (as_user(people.mariana, language).get(path).get_data(as_text=True) for language in ("en", "es"))
    names = [getattr(people, one).name for one in vars(people)] + ["n = ", "PE · en", "CO · en", " %", "2026-10"]
    assert left_in_english(english, spanish, data=names) == set()


@pytest.mark.once
@pytest.mark.parametrize("format_", ["csv", "xlsx", "pdf", "json"])
def test_a_file_is_named_after_report_and_month(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], format_: str
) -> None:
    answer = as_user(people.mariana).get(f"/reports/compliance?{OCTOBER}&format={format_}")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=coaching-compliance-2026-10.{format_}"


@pytest.mark.once
def test_many_rows_cost_as_many_queries_as_few(
    session: Any, people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], count_queries: Callable[..., int]
) -> None:
    client = as_user(people.mariana)

    def cost() -> int:
        return count_queries(lambda: client.get(f"/reports/compliance?{OCTOBER}"))

    many = cost()
    for one in ledger[25:]:
        session.delete(one)
    session.commit()
    assert many <= cost()
