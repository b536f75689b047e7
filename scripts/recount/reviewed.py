"""Business reviews counted again with pandas: their month in their unit, from rows as the program manager exports them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

from sqlalchemy import select

from app.accounts.models import Unit
from app.core.clock import next_month, now
from app.core.database import db, reading
from app.governance.reviews.models import BusinessReview
from app.reports.reviews import drawing
from scripts.recount import again, asking
from scripts.recount.again import Rows, Told, differs
from scripts.recount.tables import evidence_of, people_of, priorities

CLASSES = {f"{one}_accuracy": one for one in again.CLASSES}
MOVES = ("opened", "closed", "relapsed")
RANKED = ("rank", "agents", "evidence", "excess", "errors", "score", "share")


def of_reviews(app: Any, reader: int, today: date) -> Iterator[tuple[str, list[str]]]:
    """Each draft, and each frozen review drawn anew."""
    with app.app_context(), reading():
        asked = [
            (one.unit_id, one.month) for one in db.session.scalars(select(BusinessReview).order_by(BusinessReview.id))
        ]
    for unit_id, month in asked:
        rows = Rows(asking.client(app, reader).get, month, today)
        with app.app_context(), reading():
            unit = db.session.get_one(Unit, unit_id)
            told = json.loads(json.dumps(drawing.draw(db.session(), unit, month, at=now(), today=today)))
            names = {one.name: one.path for one in db.session.scalars(select(Unit)) if one.path.startswith(unit.path)}
            said = [*_results(rows, told, names), *_coached(rows, told, names), *_learnt_from(rows, told, unit_id)]
            ahead = rows.get(
                f"/reports/priorities?month={next_month(month):%Y-%m}&unit={unit_id}&format=json"
            ).get_json()
            yield f"review of {unit.path} {month:%Y-%m}, counted again", [*said, *_ranked(told, ahead, unit_id)]


def _results(rows: Rows, told: Told, names: Mapping[str, str]) -> Iterator[str]:
    """Quality, fatal errors, accuracy and learning of the unit, and of those below it."""
    for figure in told["figures"]:
        for line in [{**figure, "name": told["name"]}, *figure["units"]]:
            where = {"unit": names[line["name"]]}
            found = rows.below(rows.audits, where)
            due = again.learnt(rows, rows.below(rows.assignments, where))
            code, wanted = figure["metric"], None
            if code == "quality":
                wanted = (found["Score"].sum(), found["Score"].notna().sum())
            elif code == "fatal_errors":
                wanted = ((found["Fatal"] == "yes").sum(), len(found))
            elif code in CLASSES:
                wanted = (len(found) - found[CLASSES[code]].sum(), len(found))
            elif code == "learning_in_time":
                wanted = (due["in_time"], due["due"])
            if wanted is not None:
                part, whole = wanted
                share = part / whole if whole else None
                yield from differs(
                    f"{code} of {line['name']}", line, {"numerator": part, "denominator": whole, "value": share}
                )


def _coached(rows: Rows, told: Told, names: Mapping[str, str]) -> Iterator[str]:
    held = told["coaching"]
    lines = [{**held["total"], "name": told["name"]}, *held["units"]]
    same = [{**one, "unit": names[one["name"]], "adjustments": None} for one in lines if not one["changed_since_close"]]
    yield from again.compliance(rows, {"tracked": held["tracked"], "units": same, "leads": []})


def _learnt_from(rows: Rows, told: Told, unit_id: int) -> Iterator[str]:
    """Causes of DSAT cases, and gaps that moved in the month, by competency."""
    cases = rows.exported(f"/audits/dsat?month={rows.name}&unit={unit_id}")
    decided = cases[cases["Decision"] != "open"]["Decision"].value_counts().to_dict()
    if {one["cause"]: one["cases"] for one in told["dsat"]["causes"]} != decided:
        yield f"causes are {told['dsat']['causes']}, and {decided} of the rows"
    for move in MOVES:
        found = rows.exported(f"/gaps?state=all&{move}={rows.name}&unit={unit_id}")
        yield from differs("gaps", told["gaps"]["months"][-1], {move: len(found)})
        by_name = found["Competency"].value_counts()
        for line in told["gaps"]["competencies"]:
            yield from differs(f"gaps of {line['code']}", line, {move: int(by_name.get(line["name"]["en"], 0))})


def _ranked(told: Told, ahead: Told, unit_id: int) -> Iterator[str]:
    """The first priorities of the month after: those of its report, which are counted again for the people of the unit."""
    day = date.fromisoformat(ahead["evidence_until"])
    yield from priorities(evidence_of(day), people_of(day, unit_id), ahead)
    kept = told["priorities"]["entries"]
    for entry, line in zip_longest(kept, ahead["entries"][: len(kept)]):
        yield from differs(f"priority {line['code']}", entry, {name: line[name] for name in RANKED})
