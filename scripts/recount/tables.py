"""Figures counted again with pandas from the tables: effects, launches and priorities, whose rows no list exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from app.accounts.models import User
from app.accounts.queries import members_on
from app.core.clock import next_month, week_number
from app.core.database import db, reading
from app.curriculum.models import Competency
from app.gaps import cells as packed
from app.gaps import standing
from scripts.recount.again import Told, differs

Table = Callable[[str], pd.DataFrame]


def of_tables(app: Any, client: Any, months: list[date], today: date) -> Iterator[tuple[str, list[str]]]:
    """What the whole programme is told, counted again."""

    def told(name: str, month: date) -> Told:
        found: Told = client.get(f"/reports/{name}?month={month:%Y-%m}&format=json").get_json()
        return found

    def table(statement: str) -> pd.DataFrame:
        return pd.read_sql(statement, db.engine)

    for month in months:
        with app.app_context(), reading():
            until = min(today, next_month(month) - timedelta(days=1))
            yield f"effects {month:%Y-%m}, counted again", list(effects(table, told("effects", month), until))
    with app.app_context(), reading():
        yield "launches, counted again", list(launches(table, told("launches", months[0]), today))
        ahead = told("priorities", next_month(months[0]))
        yield "priorities of the month to come, counted again", list(priorities(*_evidence(table, today), ahead))


def _evidence(table: Table, today: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weekly evidence of everybody with its age and how often a remedy has halved it, and where people belong."""
    names = ("person", "competency", "week", "checks", "f", "n")
    found = pd.DataFrame(dict(zip(names, packed.read(db.session()), strict=True)))
    this = week_number(today)
    remedies = table("SELECT DISTINCT person_id AS person, competency_id AS competency, week AS done FROM remedy")
    moves = pd.DataFrame(standing.belonging(db.session(), today).moves, columns=["person", "done"]).drop_duplicates()
    found = found[found["week"] <= this].reset_index(drop=True)
    found["halvings"] = _later(found, remedies, this) + _later(found, moves, this)
    codes = {one.id: one.code for one in db.session.query(Competency)}
    found["age"] = this - found["week"]
    found["checks13"] = found["checks"].where(found["age"] < 13, 0)
    found["competency"] = found["competency"].map(codes)
    return found, _people(today)


def _later(found: pd.DataFrame, events: pd.DataFrame, this: int) -> pd.Series:
    """In how many later weeks, up to this one, something of the person (and competency) was done."""
    keys = [one for one in ("person", "competency") if one in events]
    both = found[["week", *keys]].reset_index().merge(events, on=keys)
    both = both[(both["done"] > both["week"]) & (both["done"] <= this)]
    return both.groupby("index").size().reindex(found.index, fill_value=0)


def _people(today: date) -> pd.DataFrame:
    where = standing.belonging(db.session(), today)
    people = pd.DataFrame({"person": where.person, "line": where.line, "site": where.site})
    known = {one.id: one.weekly_contacts for one in db.session.query(User)}
    people["contacts"] = people["person"].map(known).astype(float)
    people["counts"] = people["person"].isin(dict(db.session.execute(members_on(today)).all()))
    return people.fillna({"contacts": people[people["counts"]]["contacts"].mean()})


def launches(table: Table, told: Told, today: date) -> Iterator[str]:
    """Who is in the teams of a launch, completed all its modules, and was at a delivery of its cohort."""
    inside = table(
        "SELECT m.user_id AS person, t.ancestor_id AS unit, m.valid_from AS first, m.valid_to AS last FROM membership m "
        "JOIN unit_tree t ON t.unit_id = m.team_id"
    )
    first, last = (inside[one].map(lambda day: str(day or "9")[:10]) for one in ("first", "last"))
    inside = inside[(first <= f"{today}") & ((last > f"{today}") | inside["last"].isna())]
    units = table("SELECT l.code, u.unit_id AS unit FROM launch l JOIN launch_unit u ON u.launch_id = l.id")
    needed = table("SELECT l.code, m.module_id AS module FROM launch l JOIN launch_module m ON m.launch_id = l.id")
    done = table("SELECT person_id AS person, module_id AS module FROM assignment WHERE completed_on IS NOT NULL")
    there = table("SELECT l.code, s.person_id AS person FROM launch l JOIN delivery d ON d.cohort_id = l.cohort_id "
                  "JOIN delivery_seat s ON s.delivery_id = d.id WHERE s.present")  # fmt: skip
    for line in told["launches"]:
        code = line["launch"]
        people = set(inside[inside["unit"].isin(units[units["code"] == code]["unit"])]["person"])
        modules = set(needed[needed["code"] == code]["module"])
        learnt = done[done["module"].isin(modules)].drop_duplicates().groupby("person").size() == len(modules)
        again = {"people": len(people), "taught": len(people & set(there[there["code"] == code]["person"]))}
        yield from differs(
            code, line, {**again, "learned": len(people & set(learnt[learnt].index)) if modules else len(people)}
        )


def effects(table: Callable[[str], pd.DataFrame], told: Told, until: date) -> Iterator[str]:
    """What was watched for eight weeks up to a day: the change of the pass rate, less that of who had nothing."""
    found = table("SELECT o.*, r.day FROM outcome o JOIN remedy r ON r.id = o.remedy_id WHERE o.module_id IS NOT NULL")
    names = table("SELECT id, title_en FROM module").set_index("id")["title_en"]
    ended = pd.to_datetime(found["day"]).map(
        lambda one: (one - timedelta(days=one.weekday()) + timedelta(weeks=9)).date()
    )
    found = found[ended <= until + timedelta(days=1)]
    for line in told["modules"]:
        mine = found[found["module_id"].map(names) == line["name"]["en"]]
        again = {"agents": mine["person_id"].nunique(), "checks": round(mine["checks"].sum())}
        if line["points"] is not None:
            whole = mine[["gain", "checks", "control_gain", "control_checks"]].sum()
            raw = whole["gain"] / whole["checks"]
            again |= {
                "raw": round(100 * raw, 1),
                "points": round(100 * (raw - whole["control_gain"] / whole["control_checks"]), 1),
            }
        yield from differs(line["name"]["en"], line, again)


def priorities(cells: pd.DataFrame, people: pd.DataFrame, told: Told) -> Iterator[str]:
    """Everybody's fail rate on each competency, from the weekly evidence (docs/gap-model.md), and the sums over the allowed.

    `cells`: person, competency, age in weeks, halvings, n, f, checks13. `people`: person, line, site, contacts, and whether they
    count, as those in a team.
    """
    weight = 2.0 ** (-cells["age"] / 8) * 0.5 ** cells["halvings"]
    cells = cells.assign(n=weight * cells["n"], f=weight * cells["f"])
    pairs = (
        cells.groupby(["person", "competency"], as_index=False)[["n", "f", "checks13"]].sum().merge(people, on="person")
    )
    line = pairs.groupby(["line", "competency"])[["n", "f"]].transform("sum")
    site = pairs.groupby(["line", "site", "competency"])[["n", "f"]].transform("sum")
    mean = (site["f"] + 150 * (line["f"] + 0.5) / (line["n"] + 5)) / (site["n"] + 150)
    expected = pairs["n"] * mean
    own = pairs.assign(x=expected).groupby("person")[["f", "x"]].transform("sum")
    ratio = ((own["f"] - pairs["f"] + 4) / (own["x"] - expected + 4)).clip(0.3, 3.5)
    m = (mean * ratio**0.7).clip(0.004, 0.6)
    a, b = pairs["f"] + 16 * m, (pairs["n"] - pairs["f"]).clip(lower=0) + 16 * (1 - m)
    pairs = pairs.assign(rate=a / (a + b))[(pairs["checks13"] > 0) & pairs["counts"]]
    scores = sum(one["score"] for one in told["entries"])
    for entry in told["entries"]:
        mine = pairs[pairs["competency"] == entry["code"]]
        over = mine["rate"] - (1 - entry["target"])
        above = mine[over > 0]
        errors = float(4 * (over[over > 0] * above["contacts"]).sum())
        again = {"evidence": len(mine), "agents": len(above), "errors": errors}
        again |= {"excess": errors / 4 / above["contacts"].sum(), "score": errors * entry["impact"] * entry["effect"]}
        yield from differs(entry["code"], entry, again | {"share": entry["score"] / scores})
    if not np.all(np.diff([one["score"] for one in told["entries"]]) <= 0):
        yield "not in the order of scores"
