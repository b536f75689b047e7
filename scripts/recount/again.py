"""Figures of reports counted again with pandas, from rows as a reader exports them.

Each function gets what a report says as JSON, and answers with a sentence for each figure that is not that of the rows.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from app.core.clock import last_month, next_month

Told = dict[str, Any]
CLASSES = ("customer", "business", "compliance")
STATES = {"late": "met_late", "missed": "missed", "waived": "waived", "void": "void", "in_time": "met"}
METRICS = {"csat": "(CSAT)", "dsat": "(DSAT)", "aht": "(AHT)"}
Z = 1.959963984540054


@dataclass(frozen=True)
class Rows:
    """What a reader exports, of a month."""

    get: Callable[[str], Any]
    month: date
    today: date

    def exported(self, address: str) -> pd.DataFrame:
        """A list as CSV."""
        sign = "&" if "?" in address else "?"
        text = self.get(f"{address}{sign}format=csv").get_data(as_text=True).removeprefix("\ufeff")
        return pd.read_csv(io.StringIO(text), dtype={"Employee number": str})

    @property
    def name(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def last(self) -> date:
        """The last whole day of the month."""
        return min(next_month(self.month), self.today) - timedelta(days=1)

    @cached_property
    def teams(self) -> list[str]:
        """The paths of all teams that were ever owed coaching."""
        return [slashed(one) for one in self.exported("/coaching/obligations")["Team"].dropna().unique()]

    @cached_property
    def team_of(self) -> pd.Series:
        """The path of everybody's last team, by name; the list of agents leaves out the partner."""
        known = {path.partition("/")[2]: path for path in self.teams}
        return self.exported("/reports/agents").set_index("Agent")["Team"].map(lambda one: known.get(slashed(one), ""))

    @cached_property
    def obligations(self) -> pd.DataFrame:
        return self.exported(f"/coaching/obligations?month={self.name}&due=by_now")

    @cached_property
    def audits(self) -> pd.DataFrame:
        found = self.exported(f"/audits?purpose=random&month={self.name}")
        for one in CLASSES:
            missed = self.exported(f"/audits?purpose=random&month={self.name}&class={one}")["Audit"]
            found[one] = found["Audit"].isin(missed)
        return found

    @cached_property
    def assignments(self) -> pd.DataFrame:
        found = self.exported("/curriculum/assignments")
        days = ["Due on", "Completed on", "Assigned on"]
        found[days] = found[days].apply(pd.to_datetime)
        return found[found["Reason"] != "Before Hilo"].assign(Team=found["Person"].map(self.team_of))

    def below(self, found: pd.DataFrame, line: Mapping[str, Any]) -> pd.DataFrame:
        """The rows of a unit, as a line of a report names it; a path no team is under is the programme's."""
        path = f"{slashed(line['unit'])}/"
        if not any(f"{one}/".startswith(path) for one in self.teams):
            return found
        return found.loc[found["Team"].map(lambda one: f"{slashed(one)}/".startswith(path)).astype(bool)]


def read_table(statement: str) -> pd.DataFrame:
    """What a query answers."""
    from app.core.database import db

    return pd.read_sql(statement, db.engine)


def slashed(path: object) -> str:
    """A path of units as one text, however it was written."""
    return str(path).replace(" · ", "/")


def differs(where: object, told: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each figure that is told otherwise."""
    for name, value in again.items():
        known = told[name]
        near = value is not None and known is not None and math.isclose(value, known, rel_tol=1e-9, abs_tol=1e-9)
        if not near and not (known is None and (value is None or math.isnan(value))):
            yield f"{where}: {name} is {known}, and {value} of the rows"


def compliance(rows: Rows, told: Told) -> Iterator[str]:
    """By unit and lead; of a closed month, what stood at its close and what changed since add up to what stands now."""
    if not told["tracked"]:
        return
    for key, name in (("units", "unit"), ("leads", "name")):
        for line in told[key]:
            found = rows.obligations
            lead = line["name"] or "–"
            mine = rows.below(found, line) if key == "units" else found[found["Team lead"].fillna("–") == lead]
            now = {one: int((mine["State"] == state).sum()) for one, state in STATES.items()}
            since = line["adjustments"] or dict.fromkeys(STATES, 0)
            yield from differs(line[name], {one: line[one] + since[one] for one in STATES}, now)
            yield from differs(line[name], line, {"rate": line["in_time"] / line["due"] if line["due"] else None})
            if not line["adjustments"]:
                counted = ~mine["State"].isin(["waived", "void"])
                yield from differs(line[name], line, {"due": int(counted.sum())})


def learning(rows: Rows, told: Told) -> Iterator[str]:
    """By unit, module left out: they are the same rows cut otherwise."""
    every = rows.assignments
    for line in told["units"]:
        yield from differs(line["unit"], line, learnt(rows, rows.below(every, line)))


def learnt(rows: Rows, found: pd.DataFrame) -> dict[str, Any]:
    """What was given, was due and was done in time, of some assignments."""
    first, last, today = (pd.Timestamp(one) for one in (rows.month, rows.last, rows.today))
    given = found[found["Assigned on"].between(first, pd.Timestamp(next_month(rows.month)) - timedelta(days=1))]
    due = found[found["Due on"].between(first, last) & ~found["State"].isin(["Waived", "Cancelled"])]
    done = due[due["Completed on"].notna()]
    in_time = int((done["Completed on"] <= done["Due on"]).sum())
    return {
        "assigned": len(given), "people": given["Person"].nunique(), "due": len(due), "in_time": in_time,
        "rate": in_time / len(due) if len(due) else None, "late": len(done) - in_time,
        "overdue": int((due["Completed on"].isna() & (due["Due on"] < today)).sum()),
    }  # fmt: skip


def quality(rows: Rows, told: Told) -> Iterator[str]:
    """By unit and class of error, with Wilson's interval."""
    for line in told["units"]:
        mine = rows.below(rows.audits, line)
        fatal, count = int((mine["Fatal"] == "yes").sum()), len(mine)
        low, high = _wilson(fatal, count)
        again = {"audits": count, "score": mine["Score"].mean(), "fatal": fatal, "fatal_share": fatal / count}
        classes = {one: int(mine[one].sum()) for one in CLASSES}
        yield from differs(line["unit"], line, {**again, "fatal_low": low, "fatal_high": high, **classes})
    for line in told["classes"]:
        defective = int(rows.audits[line["class"]].sum())
        if len(rows.audits):
            share = 1 - defective / len(rows.audits)
            yield from differs(line["class"], line, {"defective": defective, "accuracy": share})


def _wilson(part: int, whole: int) -> tuple[float, float]:
    share, square = part / whole, Z**2 / whole
    middle, spread = share + square / 2, math.sqrt(square * (share * (1 - share) + square / 4))
    return max(0.0, (middle - spread) / (1 + square)), min(1.0, (middle + spread) / (1 + square))


def dsat(rows: Rows, told: Told) -> Iterator[str]:
    """All of it, by cause."""
    found = rows.exported(f"/audits/dsat?month={rows.name}")
    decided = found[found["Decision"] != "open"]
    coachable = decided["Decision"].isin(["knowledge", "skill", "will"])
    whole = {"cases": len(found), "audited": (found["Audit"] == "yes").sum(), "decided": len(decided)}
    for line in told["units"][:1]:
        yield from differs(line["unit"], line, {**whole, "coachable": coachable.sum()})
    for line in told["causes"]:
        mine = found[found["Decision"] == line["cause"]]
        again = {"cases": len(mine), "share": len(mine) / len(found), "audited": (mine["Audit"] == "yes").sum()}
        yield from differs(line["cause"], line, again)


def gaps(rows: Rows, told: Told) -> Iterator[str]:
    """By unit: the gaps that are listed as opened, closed and relapsed in the month."""
    moved = {one: rows.exported(f"/gaps?state=all&{one}={rows.name}") for one in ("opened", "closed", "relapsed")}
    for found in moved.values():
        found["Team"] = found["Agent"].map(rows.team_of)
    for line in told["units"]:
        again = {one: len(rows.below(found, line)) for one, found in moved.items()}
        yield from differs(line["unit"], line, again)
        yield from differs(line["unit"], line, {"net": again["opened"] + again["relapsed"] - again["closed"]})


def auditors(rows: Rows, told: Told) -> Iterator[str]:
    """Contacts scored again in three months, and checks that differ; the rest is counted again from the files of a world."""
    since = last_month(last_month(rows.month)).isoformat()
    found = rows.exported("/audits/reaudits")
    until = next_month(rows.month).isoformat()
    mine = found[(found["Scored again"] >= since) & (found["Scored again"] < until)]
    for line in told["auditors"]:
        own = mine[mine["Auditor"] == line["name"]]
        again = {"contacts": len(own), "differing": own["Differing checks"].sum()}
        yield from differs(line["name"], line, again)


def performance(rows: Rows, told: Told) -> Iterator[str]:
    """What is imported, from its rows; what is computed, from those of the other reports."""
    told_of = {one["metric"]: one for one in told["figures"]}
    values = rows.exported("/metrics")
    of_month = values[values["Month"] == f"{rows.name}-01"] if len(values) else values
    for code, name in METRICS.items():
        if code in told_of:
            mine = of_month[of_month["Metric"].str.contains(name, regex=False)]
            part, whole = mine["Numerator"].sum(), mine["Denominator"].sum()
            again = {"numerator": part, "denominator": whole, "value": part / whole if whole else None}
            yield from differs(code, told_of[code], again)
    found, due = rows.audits, learnt(rows, rows.assignments)
    computed = {
        "quality": (found["Score"].sum(), found["Score"].notna().sum()),
        "fatal_errors": ((found["Fatal"] == "yes").sum(), len(found)),
        "learning_in_time": (due["in_time"], due["due"]),
        **{f"{one}_accuracy": (len(found) - found[one].sum(), len(found)) for one in CLASSES},
    }
    for code, (part, whole) in computed.items():
        if code in told_of:
            yield from differs(code, told_of[code], {"numerator": part, "denominator": whole})


def markets(_rows: Rows, told: Told) -> Iterator[str]:
    """A line differs where its markets do not say the same, or one of them says two things."""
    named = ("subject", "line", "compared")
    for line in told["all"]:
        cells = [str(value) for key, value in line.items() if key not in named]
        apart = len(set(cells)) > 1 or any(" | " in one for one in cells)
        if apart is not (line["compared"] == "differs"):
            yield f"{line['line']}: {line['compared']}, and {cells}"
    if [one for one in told["all"] if one["compared"] == "differs"] != told["differences"]:
        yield "the differences are not those of all lines"


def agent(rows: Rows, told: Told) -> Iterator[str]:
    """The months of one person."""
    months = {name: {str(one["month"])[:7]: one for one in told[name]} for name in ("quality", "coaching", "learning")}
    if rows.name in months["quality"]:
        mine = rows.audits[rows.audits["Employee number"] == told["employee_no"]]
        again = {"audits": len(mine), "score": mine["Score"].mean(), "fatal": (mine["Fatal"] == "yes").sum()}
        yield from differs(told["agent"], months["quality"][rows.name], again)
    if rows.name in months["learning"]:
        again = learnt(rows, rows.assignments[rows.assignments["Person"] == told["agent"]])
        yield from differs(
            told["agent"], months["learning"][rows.name], {k: again[k] for k in ("assigned", "due", "in_time")}
        )
    if rows.name in months["coaching"]:
        mine = rows.obligations[rows.obligations["Agent"] == told["agent"]]
        counted = mine[~mine["State"].isin(["waived", "void"])]
        yield from differs(told["agent"], months["coaching"][rows.name], {"due": len(counted)})


EVERY = {
    "compliance": compliance, "learning": learning, "quality": quality, "dsat": dsat, "gaps": gaps,
    "auditors": auditors, "performance": performance, "markets": markets,
}  # fmt: skip


def of_lists(client: Any, role: str, month: date, today: date) -> Iterator[tuple[str, list[str]]]:
    """Each report this reader may read, counted again from what this reader exports."""
    rows = Rows(client.get, month, today)
    asked = {name: (f"/reports/{name}", count) for name, count in EVERY.items()}
    if client.get("/reports/agents").status_code == 200:
        for number in rows.exported("/gaps?state=all")["Agent"].drop_duplicates().head(3):
            page = client.get("/reports/agents", query_string={"q": number}).get_data(as_text=True)
            for address in re.findall(r"/reports/agent/\d+", page)[:1]:
                asked[f"agent {number}"] = address, agent
    for name, (address, count) in asked.items():
        found = client.get(f"{address}?month={rows.name}&format=json")
        if found.status_code == 200:
            yield f"{name} {rows.name} {role}, counted again", list(count(rows, found.get_json()))
