"""The list of gaps and the heat map: who sees what, on the page and in files, in both languages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from app.accounts.models import User
from app.core.clock import monday_of
from app.curriculum.models import Competency
from app.gaps.models import Decision, Gap
from app.gaps.rules import GapState
from tests.conftest import Cast, make_user
from tests.evidence import put_cell
from tests.gaps.conftest import Form
from tests.languages import left_in_english

Put = Callable[..., Gap]

SEES_GAPS = ("paola", "tomas", "ivan", "mariana", "carmen", "pedro", "ada")
SEES_NORTE = ("paola", "tomas", "ivan", "mariana", "carmen", "ada")
SEES_SUR = ("raul", "tomas", "mariana", "pedro", "ada")


def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
def put(session: Any) -> Put:
    """A gap with this week's evidence: `put(people.ana, form.tone, checks=18, missed=6, probability=.94)`."""

    def make(
        person: User, competency: Competency, state: GapState = GapState.OPEN, *, probability: float = 0.941, checks: int = 18,
        missed: int = 6,
    ) -> Gap:  # fmt: skip
        week = monday_of(today())
        gap = Gap(
            person_id=person.id, competency_id=competency.id, state=state, probability=probability, checks13=checks,
            fails13=missed, expected13=2.7, opened_on=date(2026, 10, 4), mean=0.1, decided_week=week - timedelta(weeks=1),
        )  # fmt: skip
        session.add(gap)
        put_cell(
            session,
            person_id=person.id,
            competency_id=competency.id,
            week=week,
            n_raw=checks,
            fails=missed,
            standard=float(checks),
        )
        session.commit()
        return gap

    return make


@pytest.fixture
def some(session: Any, people: Cast, form: Form, put: Put) -> Sequence[Gap]:
    """Ana's open gap on tone, Luis's closed one, Sol's open one on identity; decided last Sunday."""
    week = monday_of(today()) - timedelta(weeks=1)
    session.add(Decision(week=week, decided_at=datetime.now(UTC), pairs=3, opened=2, closed=0, relapsed=0))
    return [
        put(people.ana, form.tone),
        put(people.luis, form.tone, GapState.CLOSED, probability=0.21, checks=20, missed=1),
        put(people.sol, form.identity, probability=0.66, checks=12, missed=3),
    ]


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def book_of(client: Any, path: str) -> Workbook:
    return load_workbook(io.BytesIO(client.get(path, buffered=True).data))


# --- Who ---


@pytest.mark.parametrize("path", ["/gaps", "/gaps/map", "/gaps?format=csv", "/gaps/map?format=xlsx"])
def test_nobody_sees_gaps_without_signing_in(people: Cast, as_user: Callable[..., Any], path: str) -> None:
    answer = as_user(None).get(path)
    assert answer.status_code in (302, 401)
    assert b"Ana Ruiz" not in answer.data


@pytest.mark.parametrize("path", ["/gaps/map", "/gaps/map?format=csv"])
def test_an_agent_has_no_heat_map(people: Cast, some: Sequence[Gap], as_user: Callable[..., Any], path: str) -> None:
    assert as_user(people.ana).get(path).status_code == 403


def test_an_agent_sees_the_own_gaps_alone(people: Cast, some: Sequence[Gap], as_user: Callable[..., Any]) -> None:
    page = as_user(people.ana).get("/gaps").get_data(as_text=True)
    assert "Tone" in page
    assert "Identity" not in page
    assert f'href="/gaps/{some[0].id}"' in page, "the competency leads to the thread"
    assert "Heat map" not in page
    assert "1 active gap, as decided on" in page
    assert len(rows_of(as_user(people.ana).get("/gaps?state=all&format=csv"))) == 1
    assert "No gaps here." in as_user(people.luis).get("/gaps").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/gaps?state=all", "/gaps/map"])
@pytest.mark.parametrize("name", [*SEES_GAPS, "raul"])
def test_whose_gaps_one_sees_is_whom_one_reaches(
    people: Cast, some: Sequence[Gap], as_user: Callable[..., Any], name: str, path: str
) -> None:
    client = as_user(getattr(people, name))
    page = client.get(path).get_data(as_text=True)
    assert ("Ana Ruiz" in page) == (name in SEES_NORTE)
    assert ("Sol Paz" in page) == (name in SEES_SUR)
    joined = path + ("&" if "?" in path else "?")
    for row in rows_of(client.get(f"{joined}format=csv")):
        assert row["Team"] in ("Bogotá · Refunds", "Lima · Orders")
        assert (row["Team"] == "Bogotá · Refunds" and name in SEES_NORTE) or name in SEES_SUR
    book = book_of(client, f"{joined}format=xlsx")
    told = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line}
    assert ("Sol Paz" in told) == (name in SEES_SUR)


def test_a_unit_beyond_ones_reach_opens_nothing(people: Cast, some: Sequence[Gap], as_user: Callable[..., Any]) -> None:
    for path in ("/gaps", "/gaps/map"):
        page = as_user(people.carmen).get(f"{path}?unit={people.sur.id}").get_data(as_text=True)
        assert "Sol Paz" not in page
        assert "Lima" not in page
    narrowed = as_user(people.mariana).get(f"/gaps?unit={people.sur.id}").get_data(as_text=True)
    assert "Sol Paz" in narrowed
    assert "Ana Ruiz" not in narrowed


# --- The list ---


def test_the_list_shows_active_gaps_and_others_when_asked(
    people: Cast, some: Sequence[Gap], as_user: Callable[..., Any]
) -> None:
    client = as_user(people.mariana)
    active = client.get("/gaps").get_data(as_text=True)
    assert "2 active gaps, as decided on" in active
    assert "Luis Mora" not in active
    assert client.get("/gaps?state=nonsense").get_data(as_text=True).count("Luis Mora") == 0
    closed = client.get("/gaps?state=closed").get_data(as_text=True)
    assert "Luis Mora" in closed
    assert "Ana Ruiz" not in closed
    assert [row["Agent"] for row in rows_of(client.get("/gaps?state=all&format=csv"))] == [
        "Ana Ruiz", "Sol Paz", "Luis Mora",
    ]  # fmt: skip
    assert 'aria-current="page">Open<' in client.get("/gaps?state=open").get_data(as_text=True).replace("\n", "")


def test_a_row_says_team_state_how_sure_and_on_how_many_checks(
    people: Cast, some: Sequence[Gap], as_user: Callable[..., Any]
) -> None:
    client = as_user(people.mariana)
    page = client.get("/gaps").get_data(as_text=True)
    for told in ("Bogotá · Refunds", "94 %", "6 of 18", "no evidence", "4 Oct 2026"):
        assert told.replace(" %", "\u00a0%") in page, told
    first = rows_of(client.get("/gaps?format=csv"))[0]
    assert first == {
        "Agent": "Ana Ruiz", "Team": "Bogotá · Refunds", "Competency": "Tone", "State": "open", "Sure": "0.941",
        "Missed in 13 weeks": str(6 / 18), "Checks": "18", "Opened": "2026-10-04",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("sort=agent", "Ana Ruiz"),
        ("sort=-agent", "Sol Paz"),
        ("sort=-state", "Luis Mora"),
        ("sort=checks", "Sol Paz"),
        ("q=SOL", "Sol Paz"),
        ("remedy=none&sort=-agent", "Sol Paz"),
    ],
)
def test_the_list_sorts_and_filters(
    people: Cast, some: Sequence[Gap], as_user: Callable[..., Any], query: str, first: str
) -> None:
    answer = as_user(people.mariana).get(f"/gaps?state=all&format=csv&{query}")
    assert rows_of(answer)[0]["Agent"] == first


def test_before_the_first_decision_the_list_says_so(people: Cast, form: Form, as_user: Callable[..., Any]) -> None:
    assert "Nothing has been decided yet" in as_user(people.mariana).get("/gaps").get_data(as_text=True)


# --- The heat map ---


def test_the_map_says_how_sure_by_agent_and_competency(
    people: Cast, some: Sequence[Gap], as_user: Callable[..., Any]
) -> None:
    page = as_user(people.mariana).get("/gaps/map").get_data(as_text=True)
    assert "2 of 3 agents have an active gap." in page
    assert f'href="/gaps/{some[0].id}"' in page
    assert page.index("Ana Ruiz") < page.index("Luis Mora"), "those in most need first"
    assert "not enough evidence" in page


def test_the_file_of_the_map_has_a_row_for_each_agent_and_competency(
    people: Cast, form: Form, put: Put, some: Sequence[Gap], as_user: Callable[..., Any]
) -> None:
    put(people.ana, form.identity, GapState.NONE, probability=0.1, checks=9, missed=0)
    client = as_user(people.mariana)
    rows = rows_of(client.get("/gaps/map?format=csv"))
    assert [(row["Employee number"], row["Code"], row["State"], row["Checks"], row["Missed"]) for row in rows] == [
        ("ANA", "K1", "open", "18", "6"),
        ("ANA", "K2", "none", "9", "0"),
        ("SOL", "K2", "open", "12", "3"),
        ("LUIS", "K1", "closed", "20", "1"),
    ]
    page = client.get("/gaps/map").get_data(as_text=True)
    for row in rows:
        assert 0 <= float(row["Probability"]) <= 1
        assert f"{int(100 * float(row['Probability']) + 1e-6)}<span" in page, "the same figures as on the page"
    one = rows_of(client.get(f"/gaps/map?format=csv&unit={people.sur.id}"))
    assert {row["Agent"] for row in one} == {"Sol Paz"}
    sheet = book_of(client, "/gaps/map?format=xlsx").active
    assert sheet is not None
    assert isinstance(sheet["F2"].value, float)
    assert sheet.freeze_panes == "B2"


def test_who_has_left_is_not_on_the_map_who_is_leaving_still_is(
    session: Any, people: Cast, some: Sequence[Gap], as_user: Callable[..., Any]
) -> None:
    people.ana.left_on = today() - timedelta(days=2)
    people.sol.left_on = today() + timedelta(days=20)
    session.commit()
    page = as_user(people.mariana).get("/gaps/map").get_data(as_text=True)
    assert "Ana Ruiz" not in page
    assert "Sol Paz" in page


def test_an_empty_map_says_what_it_waits_for(people: Cast, as_user: Callable[..., Any]) -> None:
    page = as_user(people.mariana).get("/gaps/map").get_data(as_text=True)
    assert "No evidence here yet." in page


# --- In both languages, at any size ---


@pytest.mark.once
@pytest.mark.parametrize("path", ["/gaps", "/gaps?state=closed", "/gaps?state=all", "/gaps/map"])
@pytest.mark.parametrize("name", ["mariana", "ana"])
def test_nothing_stays_english_in_spanish(
    people: Cast, some: Sequence[Gap], as_user: Callable[..., Any], name: str, path: str
) -> None:
    someone = getattr(people, name)
    pages = [as_user(someone, language).get(path) for language in ("en", "es")]
    if pages[0].status_code == 403:
        return
    names = ("Ana", "Luis", "Sol", "Mariana", "Refunds", "Orders", "Bogotá", "Lima", "Norte", "Sur", "Programme")
    assert left_in_english(*(page.get_data(as_text=True) for page in pages), data=names) == set()
    assert '<html lang="es' in pages[1].get_data(as_text=True)


@pytest.mark.once
def test_many_gaps_cost_as_many_queries_as_few(
    session: Any, people: Cast, form: Form, put: Put, as_user: Callable[..., Any], count_queries: Callable[..., int]
) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            person = make_user(session, f"P{number} Uno", team=people.refunds, employee_no=f"E{number}")
            put(person, form.tone)

    client = as_user(people.mariana)
    paths = ("/gaps", "/gaps/map", "/gaps?format=csv", "/gaps/map?format=csv")
    add(0, 25)
    few = [count_queries(lambda p=path: client.get(p)) for path in paths]
    add(25, 200)
    assert [count_queries(lambda p=path: client.get(p)) for path in paths] == few
    assert len(rows_of(client.get("/gaps/map?format=csv"))) == 200
