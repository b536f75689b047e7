"""The same figures in every form and both languages, and the same as a recount of the rows in plain Python."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from app.accounts.models import Unit, UnitTree
from app.coaching.models import Obligation
from app.coaching.rules import ObligationState as State
from app.gaps import rules
from tests.conftest import Cast
from tests.evidence import Pair
from tests.gaps.conftest import Form

Figures = dict[str, tuple[int, ...]]
"""Of a unit by its path: in time, due, late, missed, open, waived, void."""

COUNTED = (State.MET_LATE, State.MISSED, State.OPEN, State.WAIVED, State.VOID)
COLUMNS = {
    "en": ("On time", "Due", "Late", "Missed", "Open", "Waived", "Void"),
    "es": ("A tiempo", "Con fecha límite", "Fuera de plazo", "No realizadas", "Abiertas", "Eximidas", "Anuladas"),
}
UNIT = {"en": "Unit", "es": "Unidad"}
MONTH = "month=2026-10"


def recount(session: Any, rows: Iterable[Obligation]) -> Figures:
    """The figures of October from the rows themselves."""
    october = [o for o in rows if o.due_month == date(2026, 10, 1)]
    found: Figures = {}
    for unit in session.query(Unit):
        below = {one for (one,) in session.query(UnitTree.unit_id).filter_by(ancestor_id=unit.id)}
        mine = [o for o in october if o.team_id in below]
        met = sum(o.state is State.MET for o in mine)
        due = sum(o.state not in (State.WAIVED, State.VOID) for o in mine)
        found[unit.path or unit.name] = (met, due, *(sum(o.state is state for o in mine) for state in COUNTED))
    return found


def of_csv(content: str, language: str) -> Figures:
    rows = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    return {row[UNIT[language]]: tuple(int(row[c]) for c in COLUMNS[language]) for row in rows}


def of_book(content: bytes, language: str) -> Figures:
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    at = [head.index(column) for column in COLUMNS[language]]
    return {str(row[0]): tuple(int(row[i]) for i in at) for row in rows if row[0] is not None}


def of_json(content: str) -> Figures:
    names = ("in_time", "due", "late", "missed", "open", "waived", "void")
    units = json.loads(content)["units"]
    return {unit["unit"] or unit["name"]: tuple(unit[name] for name in names) for unit in units}


def of_page(page: str) -> list[tuple[int, ...]]:
    """The rows of the table of units, in its order."""
    (body,) = re.findall(r"Coaching compliance by unit.*?<tbody>(.*?)</tbody>", page, re.DOTALL) or re.findall(
        r"Cumplimiento de coaching por unidad.*?<tbody>(.*?)</tbody>", page, re.DOTALL
    )
    return [_cells(row) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]


def _cells(row: str) -> tuple[int, ...]:
    cells = [re.sub(r"<[^>]*>", " ", cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
    met, due = re.findall(r"(\d+) (?:of|de) (\d+)", " ".join(unescape(cells[0]).split()))[0]
    return (int(met), int(due), *(int(cell) for cell in cells[1:6]))


def of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.once)])
def test_compliance_is_the_same_in_every_form(
    session: Any, people: Cast, ledger: list[Obligation], as_user: Callable[..., Any], language: str
) -> None:
    wanted = recount(session, ledger)
    client = as_user(people.mariana, language)

    def asked(query: str) -> Any:
        return client.get(f"/reports/compliance?{MONTH}{query}")

    assert of_csv(asked("&format=csv").get_data(as_text=True), language) == wanted
    assert of_book(asked("&format=xlsx").data, language) == wanted
    assert of_json(asked("&format=json").get_data(as_text=True)) == wanted
    in_order = [wanted[path] for path in sorted(wanted, key=lambda path: path.replace("Programme", ""))]
    assert of_page(asked("&open=all").get_data(as_text=True)) == in_order
    text = of_pdf(asked("&format=pdf").data)
    part, whole = wanted["Programme"][:2]
    of = "of" if language == "en" else "de"
    for path, (met, due, *_rest) in wanted.items():
        assert f"{met} {of} {due}" in text, path
    share = f"{100 * part / whole:.1f}\u00a0%"
    assert share in text
    assert share in asked("").get_data(as_text=True)


def test_the_command_line_says_the_same(
    session: Any, people: Cast, ledger: list[Obligation], run: Callable[..., Any]
) -> None:
    wanted = recount(session, ledger)
    for language in ("en", "es"):
        options = ("compliance", "--month", "2026-10", "--language", language, "--format")
        assert of_csv(run(*options, "csv").stdout, language) == wanted
        assert of_json(run(*options, "json").stdout) == wanted
        assert of_book(run(*options, "xlsx").stdout_bytes, language) == wanted
        table = run(*options, "table").stdout
        for path, figures in wanted.items():
            (line,) = [line for line in table.splitlines() if re.match(re.escape(path) + r"  ", line)]
            numbers = re.sub(r"\S+\s%", "", line.removeprefix(path)).split()
            assert tuple(int(n) for n in numbers[:7]) == figures


def test_a_workbook_holds_real_numbers_with_head_filters_chart_and_definitions(
    people: Cast, ledger: list[Obligation], as_user: Callable[..., Any]
) -> None:
    content = as_user(people.mariana).get(f"/reports/compliance?{MONTH}&format=xlsx").data
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == [
        "By unit", "By team lead", "By reason", "By month", "By market", "By tenure", "Held, confirmed, followed up",
        "Month by month", "Definitions",
    ]  # fmt: skip
    for sheet in book.worksheets:
        assert sheet.freeze_panes == ("B2" if sheet.max_column > 6 else "A2")  # and the first column of wide ones
        assert sheet.auto_filter.ref
    units, months = book["By unit"], book["By month"]
    assert isinstance(units["D2"].value, float)
    assert units["D2"].number_format == "0.0%"
    assert isinstance(months["A2"].value, datetime)
    assert len(months._charts) == 1
    assert book["Definitions"]["B2"].value == "Coaching compliance, October 2026"


# --- Priorities ---


def plain_priorities(
    cells: list[Pair], contacts: dict[int, float], sites: dict[int, int]
) -> dict[int, tuple[float, int]]:
    """Score and agents above the allowed rate, by competency id, worked out one by one from the formulae."""
    week = max(cell.week for cell in cells)
    assert all(cell.week == week for cell in cells), "no decay to think of"
    n = {(c.person_id, c.competency_id): c.standard for c in cells}
    f = {(c.person_id, c.competency_id): c.fails for c in cells}

    def mean(person: int, topic: int) -> float:
        line_n = sum(v for (_p, t), v in n.items() if t == topic)
        line_f = sum(v for (_p, t), v in f.items() if t == topic)
        site_n = sum(v for (p, t), v in n.items() if t == topic and sites[p] == sites[person])
        site_f = sum(v for (p, t), v in f.items() if t == topic and sites[p] == sites[person])
        return (site_f + 150 * (line_f + 0.5) / (line_n + 5)) / (site_n + 150)

    found: dict[int, tuple[float, int]] = {}
    for person, topic in n:
        others = [t for p, t in n if p == person and t != topic]
        observed = sum(f[person, t] for t in others)
        expected = sum(n[person, t] * mean(person, t) for t in others)
        ratio = min(max((observed + 4) / (expected + 4), 0.3), 3.5)
        m = min(max(mean(person, topic) * ratio**0.7, 0.004), 0.6)
        rate = (f[person, topic] + 16 * m) / (n[person, topic] + 16)
        errors = 4 * contacts[person] * max(0.0, rate - 0.15)
        score, agents = found.get(topic, (0.0, 0))
        found[topic] = (score + errors, agents + (rate > 0.15))
    return found


@pytest.fixture
def wanted(people: Cast, form: Form, evidence: list[Pair]) -> dict[str, tuple[float, int]]:
    """Score and agents by competency code, recounted."""
    contacts = {people.ana.id: 100.0, people.luis.id: 90.0, people.sol.id: 80.0}
    sites = {people.ana.id: 1, people.luis.id: 1, people.sol.id: 2}
    found = plain_priorities(evidence, contacts, sites)
    impact = {form.tone.id: 1.0, form.identity.id: rules.FATAL_IMPACT}
    codes = {form.tone.id: "K1", form.identity.id: "K2"}
    return {codes[one]: (errors * impact[one] * 0.5, agents) for one, (errors, agents) in found.items()}


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.once)])
def test_priorities_are_the_same_in_every_form_and_as_recounted(
    people: Cast,
    wanted: dict[str, tuple[float, int]],
    as_user: Callable[..., Any],
    run: Callable[..., Any],
    language: str,
) -> None:
    client = as_user(people.mariana, language)

    def asked(query: str) -> Any:
        return client.get(f"/reports/priorities?month=2026-07{query}")

    data = json.loads(asked("&format=json").get_data(as_text=True))
    assert {e["code"]: (pytest.approx(e["score"]), e["agents"]) for e in data["entries"]} == wanted
    ranked = sorted(wanted, key=lambda code: -wanted[code][0])
    assert [e["code"] for e in data["entries"]] == ranked
    rows = list(csv.reader(io.StringIO(asked("&format=csv").get_data(as_text=True).removeprefix("\ufeff"))))
    assert [(r[1], float(r[10]), int(r[3])) for r in rows[1:]] == [
        (code, round(wanted[code][0], 1), wanted[code][1]) for code in ranked
    ]
    sheet = load_workbook(io.BytesIO(asked("&format=xlsx").data)).worksheets[0]
    for line, row in zip(sheet.iter_rows(min_row=2, max_row=3, max_col=11, values_only=True), rows[1:], strict=True):
        assert list(line[:3]) == [int(row[0]), *row[1:3]]
        assert line[3:] == pytest.approx([float(value) for value in row[3:11]])
    assert len(sheet._charts) == 1
    page, text = asked("").get_data(as_text=True), of_pdf(asked("&format=pdf").data)
    table = run("priorities", "--month", "2026-07", "--language", language).stdout
    for entry in data["entries"]:
        for told in (page, text, table):
            assert f"{entry['score']:,.0f}" in told
            assert entry["name"][language] in told
            assert f"{100 * entry['excess']:.1f}" in told
    assert json.loads(run("priorities", "--month", "2026-07", "--format", "json").stdout)["entries"] == data["entries"]
