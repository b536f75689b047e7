"""The agreed priorities: the same in each form, role and language, kept as the scores were; and what came of them."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd
from python_calamine import CalamineWorkbook

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.core.clock import next_month
from app.core.database import db, reading
from app.core.i18n import LANGUAGES, number
from scripts.recount import asking
from scripts.recount.again import Told, differs, read_table

Table = Callable[[str], pd.DataFrame]
Asks = Callable[[str], Any]
SEES = Permission.SEE_REPORTS
AT = {"agents": 3, "excess": 4, "score": 5, "share": 6}
"""Where the files have the figures of a priority; its place, rank and name stand before."""


def kept(table: Table) -> dict[str, pd.DataFrame]:
    """The lists that are kept, by month as an address has it."""
    rows = table(
        "SELECT l.month, l.state, e.id, e.place, e.rank, e.score, e.agents, e.excess, e.share, c.id AS competency, c.code, "
        "c.name_en, c.name_es FROM priority_entry e JOIN priority_list l ON l.id = e.list_id "
        "JOIN competency c ON c.id = e.competency_id ORDER BY l.month, e.place"
    )
    return {str(month)[:7]: some for month, some in rows.groupby("month")}


def in_forms(app: Any, readers: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """Each list as CSV, XLSX and page, for each reader by language; who does not see the whole gets the scores of a part."""
    with app.app_context(), reading():
        lists = kept(read_table)
        seeing = {role for role, who in readers.items() if everywhere(db.session.get_one(User, who), SEES)}
    for month, rows in lists.items():
        for role, reader in readers.items():
            for language in LANGUAGES:
                asks, address = asking.client(app, reader, language), f"/reports/agreed?month={month}"
                status = asks.get(address).status_code
                said = list(_compared(asks.get, address, rows, language)) if role in seeing else []
                right = status == 200 if role in seeing else status in (302, 403)
                yield f"agreed {month} {role} {language}", said if right else [*said, f"answers {status}"]


def _compared(get: Asks, address: str, rows: pd.DataFrame, language: str) -> Iterator[str]:
    text = get(f"{address}&format=csv").get_data(as_text=True).removeprefix("\ufeff")
    _head, *lines = csv.reader(io.StringIO(text))
    book = CalamineWorkbook.from_filelike(io.BytesIO(get(f"{address}&format=xlsx").data))
    _heads, *cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    page = re.sub(r"<[^>]+>", " ", get(address).get_data(as_text=True))
    page = " ".join(html.unescape(page).split())
    if not len(lines) == len(cells) == len(rows):
        yield f"{len(lines)} lines in CSV, {len(cells)} in XLSX, for {len(rows)}"
    for (_index, row), line, cell in zip(rows.iterrows(), lines, cells, strict=False):
        wanted = {**{name: row[name] for name in AT}, "score": round(row["score"], 1)}
        for form, held in (("CSV", line), ("XLSX", [str(one) for one in cell])):
            told = {name: float(held[at]) for name, at in AT.items()} | {
                "place": float(held[0]),
                "rank": float(held[1]),
            }
            yield from differs(f"{form}: {row['code']}", told, {**wanted, "place": row["place"], "rank": row["rank"]})
        name = row[f"name_{language}"] or row["name_en"]
        if not re.search(
            rf"{row['place']} {re.escape(name)}.{{0,60}}?{row['agents']}.{{0,400}}?{round(row['score']):,}",
            page.replace("\u202f", ","),
        ):
            yield f"page: no {row['code']} at place {row['place']} with {row['agents']} and {number(row['score'])}"


# --- Counted again ---


def of_scores(month: str, rows: pd.DataFrame, told: Told) -> Iterator[str]:
    """The figures kept are those of the scores of that month, whatever the order they were agreed in."""
    known = {one["code"]: one for one in told["entries"]}
    for _index, row in rows.iterrows():
        yield from differs(
            f"{month} {row['code']}", row.to_dict(), {name: known[row["code"]][name] for name in ("rank", *AT)}
        )
    if sorted(rows["place"]) != list(range(1, len(rows) + 1)):
        yield f"{month}: placed {sorted(rows['place'])}"


def came_of_it(table: Table, get: Asks, month: date, rows: pd.DataFrame, after: Told) -> Iterator[str]:
    """What the page of the month after says came of it: learning and remedies of the month, and the scores after."""
    page = get(f"/reports/agreed?month={next_month(month):%Y-%m}").get_data(as_text=True)
    told = _came(page)
    given = table(
        "SELECT mc.competency_id, a.state, a.assigned_on AS day FROM assignment a "
        "JOIN module_competency mc ON mc.module_id = a.module_id WHERE a.state NOT IN ('cancelled', 'waived')"
    )
    remedies = table("SELECT competency_id, person_id, day FROM remedy")
    given, remedies = (one[one["day"].map(lambda day: str(day)[:7]) == f"{month:%Y-%m}"] for one in (given, remedies))
    later = {one["code"]: one for one in after["entries"]}
    if len(told) != len(rows):
        yield f"{len(told)} lines for {len(rows)}"
    for (_index, row), line in zip(rows.iterrows(), told, strict=False):
        mine = given[given["competency_id"] == row["competency"]]
        mended = remedies[remedies["competency_id"] == row["competency"]]["person_id"].nunique()
        now = later.get(row["code"], {"agents": 0, "excess": 0.0})
        wanted = [(mine["state"] == "completed").sum(), len(mine), mended, row["agents"], now["agents"],
                  round(100 * row["excess"], 1), round(100 * now["excess"], 1)]  # fmt: skip
        if line != [float(one) for one in wanted]:
            yield f"{row['code']}: {line} came of it, and {wanted} of the rows"


def _came(page: str) -> list[list[float]]:
    """The figures of each line of what came of the month before, in English."""
    before = re.search(r'id="before".*?<tbody>(.*?)</tbody>', page, re.S)
    found = []
    for line in re.findall(r"<tr>(.*?)</tr>", before.group(1), re.S) if before else []:
        cells = re.findall(r"<td[^>]*>(.*?)</td>", line, re.S)[1:]
        found.append([float(one.replace(",", "")) for cell in cells for one in re.findall(r"[\d,]*\d(?:\.\d+)?", cell)])
    return found


def months(table: Table) -> list[date]:
    """Those with a list."""
    return [date.fromisoformat(f"{month}-01") for month in kept(table)]
