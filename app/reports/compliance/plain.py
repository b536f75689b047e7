"""Coaching compliance as plain values, keys in English whatever the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.coaching.compliance import Beyond, Compliance, Cut, Line
from app.coaching.rules import Tally

Named = tuple[str, Line]
"""A line with its name."""
Side = tuple[str, Line, Beyond]
"""A line with what is said of it apart from "in time"."""


def data(
    found: Compliance, place: str, sides: Mapping[Cut, Sequence[Side]], courses: Mapping[Cut, Sequence[Named]]
) -> dict[str, Any]:
    more = {(cut, line.key(cut)): _beside(line, one) for cut, entries in sides.items() for _name, line, one in entries}
    went = {(cut, line.key(cut)): _went(line) for cut, entries in courses.items() for _name, line in entries}

    def beside(cut: Cut, line: Line) -> dict[str, Any]:
        key = (cut, line.key(cut))
        return _plain(line) | more.get(key, {}) | went.get(key, {})

    return {
        "report": "coaching-compliance",
        "month": f"{found.month:%Y-%m}",
        "as_of": found.at.isoformat(timespec="seconds"),
        "scope": place,
        "tracked": found.tracked,
        "finished": found.finished,
        "target": found.target,
        "closed_at": found.closed_at and found.closed_at.isoformat(timespec="seconds"),
        "total": _plain(found.total),
        "units": [
            {"unit": line.unit.path, "name": line.unit.name, "kind": line.unit.kind.value, **beside(Cut.UNIT, line)}
            for line in found.units
            if line.unit is not None
        ],
        "leads": [
            {
                "employee_no": line.lead.employee_no if line.lead else None,
                "name": line.lead.name if line.lead else None,
                **beside(Cut.LEAD, line),
            }
            for line in found.leads
        ],
        "kinds": [{"kind": line.kind.value, **beside(Cut.KIND, line)} for line in found.kinds if line.kind is not None],
        "markets": [{"market": line.market, **beside(Cut.MARKET, line)} for line in found.markets],
        "tenures": [
            {"tenure": line.tenure and line.tenure.value, **beside(Cut.TENURE, line)} for line in found.tenures
        ],
        "months": [_of_month(m, t) | more.get((Cut.MONTH, m), {}) for m, t in found.trend],
    }


def _of_month(month: date, t: Tally | None) -> dict[str, Any]:
    return {"month": f"{month:%Y-%m}", "in_time": t and t.in_time, "due": t and t.due, "rate": t and t.rate}


def _went(line: Line) -> dict[str, Any]:
    return {"months": [_of_month(month, t) for month, t in line.course]}


def _plain(line: Line) -> dict[str, Any]:
    t = line.tally
    return {
        "in_time": t.in_time, "due": t.due, "rate": t.rate, "late": t.late, "missed": t.missed, "open": t.open,
        "waived": t.waived, "void": t.void, "fatal_hours_median": line.fatal_hours, "fatal_sessions": line.fatal_sessions,
        "change": line.change, "completion": line.completion,
        "adjustments": {
            "changed": line.changed, "in_time": line.since.in_time, "late": line.since.late, "missed": line.since.missed,
            "waived": line.since.waived, "void": line.since.void,
        } if line.closed else None,
    }  # fmt: skip


def _beside(line: Line, more: Beyond) -> dict[str, Any]:
    names = ("confirmed", "followed_up", "agents")
    shares = {name: dict(zip(("part", "of"), getattr(more, name), strict=True)) for name in names}
    return {"held": {"part": line.tally.held, "of": line.tally.due}, **shares}
