"""Coaching compliance as plain values, keys in English whatever the language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.coaching.compliance import Beyond, Compliance, Line

Side = tuple[Line, Beyond]
"""A unit with what is said of it apart from "in time"."""


def data(found: Compliance, place: str, sides: Sequence[Side]) -> dict[str, Any]:
    more = {line.unit.id: _beside(line, one) for line, one in sides if line.unit is not None}
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
            {"unit": line.unit.path, "name": line.unit.name, "kind": line.unit.kind.value, **_plain(line)}
            | more.get(line.unit.id, {})
            for line in found.units
            if line.unit is not None
        ],
        "leads": [
            {
                "employee_no": line.lead.employee_no if line.lead else None,
                "name": line.lead.name if line.lead else None,
                **_plain(line),
            }
            for line in found.leads
        ],
        "kinds": [{"kind": line.kind.value, **_plain(line)} for line in found.kinds if line.kind is not None],
        "markets": [{"market": line.market, **_plain(line)} for line in found.markets],
        "tenures": [{"tenure": line.tenure and line.tenure.value, **_plain(line)} for line in found.tenures],
        "months": [
            {"month": f"{m:%Y-%m}", "in_time": t and t.in_time, "due": t and t.due, "rate": t and t.rate}
            for m, t in found.trend
        ],
    }


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
