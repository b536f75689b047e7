"""Figures counted again with pandas from the tables: effects, launches and priorities, whose rows no list exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from app.accounts.models import User
from app.accounts.queries import members_on, subtree
from app.core.clock import next_month, week_number
from app.core.database import db, reading
from app.curriculum.models import Competency
from app.gaps import cells as packed
from app.gaps import snapshot, standing
from scripts.recount import agreed, agreement
from scripts.recount.again import Told, differs, read_table

Table = Callable[[str], pd.DataFrame]
DRAWS, WIDER, LEAST_CONTROLS = 4000, 1.3, 5
"""Of agents again, for an interval: eight times as often as the report draws them; how much wider it is told
(docs/gap-model.md); and of how many who had nothing the change is taken off."""
KNOWN = ("person", "competency", "week", "n_raw", "fails", "standard")
NEAR = 0.2
"""Of half an interval: as far as 500 draws may be from 4,000 by chance."""


def of_tables(app: Any, client: Any, months: list[date], today: date) -> Iterator[tuple[str, list[str]]]:
    """What the whole programme is told, counted again."""

    def told(name: str, month: date) -> Told:
        found: Told = client.get(f"/reports/{name}?month={month:%Y-%m}&format=json").get_json()
        return found

    table = read_table
    zone = str(app.config["PROGRAMME_TIME_ZONE"])
    for month in months:
        with app.app_context(), reading():
            until = min(today, next_month(month) - timedelta(days=1))
            yield f"effects {month:%Y-%m}, counted again", list(effects(table, told("effects", month), until))
            said = agreement.auditors(table, told("auditors", month), month, zone)
            yield f"agreement of auditors {month:%Y-%m}, counted again", list(said)
            yield f"launches from {month:%Y-%m}, counted again", list(launches(table, told("launches", month), today))
    with app.app_context(), reading():
        ahead = told("priorities", next_month(months[0]))
        yield (
            "priorities of the month to come, counted again",
            list(priorities(evidence_of(today), people_of(today), ahead)),
        )
        for month in agreed.months(table):
            rows, scores = agreed.kept(table)[f"{month:%Y-%m}"], told("priorities", month)
            day = date.fromisoformat(scores["evidence_until"])
            again = [
                *priorities(evidence_of(day), people_of(day), scores),
                *agreed.of_scores(f"{month:%Y-%m}", rows, scores),
            ]
            yield f"agreed priorities of {month:%Y-%m}, counted again", again
            if month < months[0]:
                after = told("priorities", next_month(month))
                came = agreed.came_of_it(table, client.get, month, rows, after)
                yield f"what came of the priorities of {month:%Y-%m}, counted again", list(came)


def evidence_of(today: date) -> pd.DataFrame:
    """Weekly evidence of everybody, as it was known at the end of a day, with its age and how often a remedy has halved it."""
    names = ("person", "competency", "week", "checks", "f", "n")
    late = snapshot.unknown(db.session(), today)
    cells = packed.read(db.session())
    if late.known is not None:
        known = (getattr(late.known, name) for name in KNOWN)
        cells = [
            np.concatenate(both) for both in zip(snapshot.pick(cells, late.keys, without=True), known, strict=True)
        ]
    found = pd.DataFrame(dict(zip(names, cells, strict=True)))
    this = week_number(today)
    remedies = read_table("SELECT DISTINCT person_id AS person, competency_id AS competency, week AS done FROM remedy")
    moves = pd.DataFrame(standing.belonging(db.session(), today).moves, columns=["person", "done"]).drop_duplicates()
    found = found[found["week"] <= this].reset_index(drop=True)
    found["halvings"] = _later(found, remedies, this) + _later(found, moves, this)
    codes = {one.id: one.code for one in db.session.query(Competency)}
    found["age"] = this - found["week"]
    found["checks13"] = found["checks"].where(found["age"] < 13, 0)
    found["competency"] = found["competency"].map(codes)
    return found


def _later(found: pd.DataFrame, events: pd.DataFrame, this: int) -> pd.Series:
    """In how many later weeks, up to this one, something of the person (and competency) was done."""
    keys = [one for one in ("person", "competency") if one in events]
    both = found[["week", *keys]].reset_index().merge(events, on=keys)
    both = both[(both["done"] > both["week"]) & (both["done"] <= this)]
    return both.groupby("index").size().reindex(found.index, fill_value=0)


def people_of(today: date, unit_id: int | None = None) -> pd.DataFrame:
    """Where people belong, their contacts, and whether they count: who is in a team, of one unit if there is one."""
    where = standing.belonging(db.session(), today)
    people = pd.DataFrame({"person": where.person, "line": where.line, "site": where.site})
    known = {one.id: one.weekly_contacts for one in db.session.query(User)}
    people["contacts"] = people["person"].map(known).astype(float)
    teams = None if unit_id is None else set(db.session.scalars(subtree(unit_id)))
    counted = {person for person, team in db.session.execute(members_on(today)) if teams is None or team in teams}
    people["counts"] = people["person"].isin(counted)
    return people.fillna({"contacts": people[people["counts"]]["contacts"].mean()})


def launches(table: Table, told: Told, today: date) -> Iterator[str]:
    """Who is in the teams of a launch, completed all its modules, was at a delivery of its cohort, passed, or all of it."""
    inside = table(
        "SELECT m.user_id AS person, t.ancestor_id AS unit, m.valid_from AS first, m.valid_to AS last FROM membership m "
        "JOIN unit_tree t ON t.unit_id = m.team_id"
    )
    first, last = (inside[one].map(lambda day: str(day or "9")[:10]) for one in ("first", "last"))
    inside = inside[(first <= f"{today}") & ((last > f"{today}") | inside["last"].isna())]
    asked = table("SELECT code, cohort_id, pass_mark FROM launch").set_index("code")
    units = table("SELECT l.code, u.unit_id AS unit FROM launch l JOIN launch_unit u ON u.launch_id = l.id")
    needed = table("SELECT l.code, m.module_id AS module FROM launch l JOIN launch_module m ON m.launch_id = l.id")
    done = table("SELECT a.person_id AS person, a.module_id AS module FROM assignment a JOIN module m ON m.id = a.module_id "
                 "WHERE a.state = 'completed' AND (m.counts_from IS NULL OR a.completed_at >= m.counts_from)")  # fmt: skip
    there = table("SELECT l.code, s.person_id AS person, s.after FROM launch l JOIN delivery d ON d.cohort_id = l.cohort_id "
                  "JOIN delivery_seat s ON s.delivery_id = d.id WHERE s.present AND d.held_on IS NOT NULL")  # fmt: skip
    for line in told["launches"]:
        code = line["launch"]
        people = set(inside[inside["unit"].isin(units[units["code"] == code]["unit"])]["person"])
        modules = set(needed[needed["code"] == code]["module"])
        learnt = done[done["module"].isin(modules)].drop_duplicates().groupby("person").size() == len(modules)
        seats = there[there["code"] == code]
        has_cohort = pd.notna(asked.loc[code, "cohort_id"])
        learned = set(learnt[learnt].index) if modules else people
        taught = set(seats["person"]) if has_cohort else people
        passed = set(seats[seats["after"] >= asked.loc[code, "pass_mark"]]["person"]) if has_cohort else people
        parts = {"learned": learned, "taught": taught, "passed": passed, "ready": learned & taught & passed}
        again = {"people": len(people), **{name: len(people & some) for name, some in parts.items()}}
        yield from differs(code, line, again | {"rate": again["ready"] / len(people) if people else None})
        of_sites = [one for one in told["sites"] if one["launch"] == line["title"]]
        yield from differs(f"{code}, its sites", line, {name: sum(one[name] for one in of_sites) for name in again})


def effects(table: Callable[[str], pd.DataFrame], told: Told, until: date) -> Iterator[str]:
    """What was watched for eight weeks up to a day: the change of the pass rate, less that of who had nothing, and how sure."""
    found = table(
        "SELECT o.*, r.day, s.kind FROM outcome o JOIN remedy r ON r.id = o.remedy_id "
        "LEFT JOIN coaching_session s ON s.id = o.session_id"
    )
    ended = pd.to_datetime(found["day"]).map(
        lambda one: (one - timedelta(days=one.weekday()) + timedelta(weeks=9)).date()
    )
    found = found[ended <= until + timedelta(days=1)]
    named = {"modules": ("module_id", table("SELECT id, title_en FROM module").set_index("id")["title_en"]),
             "competencies": ("competency_id", table("SELECT id, name_en FROM competency").set_index("id")["name_en"]),
             "coaches": ("coach_id", table('SELECT id, name FROM "user"').set_index("id")["name"]),
             "kinds": ("kind", None)}  # fmt: skip
    for key, (column, names) in named.items():
        keys = found[column] if names is None else found[column].map(names)
        for line in told[key]:
            name = line["name"]["en"] if isinstance(line["name"], dict) else line["name"]
            yield from _effect(f"{key}: {name}", line, found[keys == name])


def _effect(where: str, line: Told, mine: pd.DataFrame) -> Iterator[str]:
    mine = mine[mine["checks"] > 0]
    yield from differs(where, line, {"agents": mine["person_id"].nunique(), "checks": round(mine["checks"].sum())})
    if line["points"] is None:
        return
    names = ["gain", "checks", "control_gain", "control_checks"]
    sums = mine.groupby("person_id")[names].sum().to_numpy()
    controlled = mine["controls"].sum() >= LEAST_CONTROLS and mine["control_checks"].sum() > 0
    points = float(_points(sums.sum(axis=0), controlled))
    raw = mine["gain"].sum() / mine["checks"].sum()
    yield from differs(where, line, {"raw": round(100 * raw, 1), "points": round(points, 1)})
    again = np.random.default_rng(len(sums)).integers(0, len(sums), (DRAWS, len(sums)))
    low, high = np.quantile(_points(sums[again].sum(axis=1).T, controlled), (0.05, 0.95))
    half = WIDER * (high - low) / 2
    for name, end in (("low", points - half), ("high", points + half)):
        if abs(line[name] - end) > NEAR * half + 0.1:
            yield f"{where}: {name} is {line[name]}, and about {end:.1f} by drawing {DRAWS} times"


def _points(sums: Any, controlled: bool) -> Any:
    """Of sums of gain, checks, the others' gain and their checks: points of pass rate."""
    own = sums[0] / sums[1]
    with np.errstate(invalid="ignore"):
        return 100 * (own - np.where(sums[3] > 0, sums[2] / sums[3], 0)) if controlled else 100 * own


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
