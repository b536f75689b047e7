"""The figures of a business review, asked of the rooms that own them, as plain values that can be kept.

What is kept never moves: values, where they stand, the targets and limits of that moment, names of units and competencies,
and in both languages what each figure was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit
from app.accounts.queries import subtree
from app.audits.root_causes.queries import Narrowed, Of, counts
from app.coaching.compliance import Compliance, Line, compliance
from app.core.clock import next_month, start_of
from app.core.i18n import LANGUAGES, speak
from app.curriculum.models import Competency
from app.gaps import moves
from app.gaps.monthly import Priorities, of_month
from app.governance.reviews.queries import came_back, decided_before, superseded
from app.metrics.performance import Series
from app.reports import compliance as coaching_report
from app.reports import performance as performance_report
from app.reports import priorities as priorities_report
from app.reports.performance import Performance, performance
from app.reports.reviews import meaning

Figures = dict[str, Any]

SHOWN = 5
"""Priorities in a review; the report has all."""


def draw(session: Session, unit: Unit, month: date, *, at: datetime, today: date) -> Figures:
    """All figures of a unit and month as they stand at a moment."""
    teams = subtree(unit.id)
    found = performance(session, None, month, at=at, today=today, unit_id=unit.id)
    coached = compliance(session, None, month, at=at, unit_id=unit.id)
    units = compared(found.below, unit.id)
    ranked = of_month(session, next_month(month), teams, today=today, effects=priorities_report.measured(session))
    return {
        "unit": unit.path or unit.name,
        "name": unit.name,
        "month": f"{month:%Y-%m}",
        "as_of": at.isoformat(timespec="seconds"),
        "coaching_closed_at": coached.closed_at and coached.closed_at.isoformat(timespec="seconds"),
        "figures": [_figure(found, series, units) for series in map(found.whole, found.metrics)],
        "coaching": _coaching(coached, units),
        "dsat": {name: _causes(session, unit, month, of) for name, of in (("causes", Of.CAUSE), ("roots", Of.ROOT))},
        "gaps": _gaps(session, found.months, unit),
        "priorities": _priorities(ranked),
        "agreed": _agreed(session, unit, month),
        "decided": _decided(session, unit, month),
        "definitions": _definitions(ranked),
    }


def compared(below: Mapping[int, Sequence[int]], unit: int) -> Sequence[int]:
    """The units a unit is told apart by: those directly below; of one alone, those below it."""
    units = below.get(unit, ())
    return compared(below, units[0]) if len(units) == 1 and below.get(units[0]) else units


def _figure(found: Performance, series: Series, units: Sequence[int]) -> Figures:
    below = [found.of(series.metric, unit) for unit in units]
    names = [found.known[unit].name for unit in units]
    return {
        **_plain(series),
        "better": series.metric.better and series.metric.better.value,
        "computed": series.metric.computed,
        "months": [
            {"month": f"{month:%Y-%m}", "numerator": part, "denominator": whole, "value": rate}
            for month, rate, (part, whole) in zip(found.months, series.rates, series.trend, strict=True)
        ],
        "units": [{"name": name, **_plain(one)} for name, one in zip(names, below, strict=True) if one.whole],
    }


def _plain(series: Series) -> Figures:
    limits = series.limits
    return {
        "metric": series.metric.code,
        "value": series.rate,
        "numerator": series.part,
        "denominator": series.whole,
        "target": series.target,
        "standing": series.standing and series.standing.value,
        "off": series.is_off,
        "change": series.change,
        "limits": limits and {"low": limits.low, "middle": limits.middle, "high": limits.high},
    }


def _coaching(found: Compliance, units: Sequence[int]) -> Figures:
    lines = [line for line in found.units if line.unit is not None and line.unit.id in units]
    return {
        "tracked": found.tracked,
        "target": found.target,
        "total": _tally(found.total),
        "units": [{"name": line.unit.name, **_tally(line)} for line in lines if line.unit is not None],
        "months": [
            {"month": f"{month:%Y-%m}", "in_time": tally.in_time, "due": tally.due, "rate": tally.rate}
            for month, tally in found.trend
            if tally is not None and tally.due
        ],
    }


def _tally(line: Line) -> Figures:
    names = ("in_time", "due", "rate", "late", "missed", "open", "waived", "void")
    counted = {name: getattr(line.tally, name) for name in names}
    return {**counted, "target": line.target, "fatal_hours": line.fatal_hours, "changed_since_close": line.changed}


def _causes(session: Session, unit: Unit, month: date, of: Of) -> list[Figures]:
    """Cases of the month by cause, most first."""
    zone = str(current_app.config["PROGRAMME_TIME_ZONE"])
    received = start_of(month, zone), start_of(next_month(month), zone)
    found: dict[str, int] = {}
    for cause, _team, count in session.execute(counts(None, of, Narrowed(unit=unit.id, received=received))):
        found[cause.value] = found.get(cause.value, 0) + count
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [{"cause": cause, "cases": count} for cause, count in ordered]


def _gaps(session: Session, months: Iterable[date], unit: Unit) -> Figures:
    """What moved month by month, how many were active at each month's end, and the last month by competency."""
    months = list(months)
    after = next_month(months[-1])
    by_month = moves.by_month(session, subtree(unit.id), [*months, after])
    moved = moves.by_competency(session, subtree(unit.id), months[-1], after)
    active = moves.active_at_end(session, subtree(unit.id), after)
    standing, ends = sum(active.values()), []
    for one in reversed(by_month):
        ends.append(standing)
        standing -= one.change
    about = select(Competency).where(Competency.id.in_({*moved, *active})).order_by(Competency.code)
    lines: list[Figures] = [
        {
            "code": one.code,
            "name": {"en": one.name.en, "es": one.name.es},
            **_moved(moved.get(one.id, moves.Moved())),
            "active": active.get(one.id, 0),
        }
        for one in session.scalars(about)
    ]
    return {
        "months": [
            {"month": f"{month:%Y-%m}", **_moved(one), "active": end}
            for month, one, end in zip(months, by_month, reversed(ends), strict=True)
        ],
        "competencies": sorted(lines, key=lambda one: (-one["active"], one["code"])),
    }


def _moved(one: moves.Moved) -> Figures:
    return {"opened": one.opened, "closed": one.closed, "relapsed": one.relapsed}


def _priorities(found: Priorities) -> Figures:
    entries = [
        {
            "rank": one.rank,
            "code": one.code,
            "name": {"en": one.name.en, "es": one.name.es},
            "agents": one.agents,
            "evidence": one.evidence,
            "excess": one.excess,
            "errors": one.errors,
            "score": one.score,
            "share": one.share,
            "certainty": one.certainty.value,
            "module": one.module,
        }
        for one in found.entries[:SHOWN]
    ]
    return {"evidence_until": found.evidence_until.isoformat(), "all": len(found.entries), "entries": entries}


def _agreed(session: Session, unit: Unit, month: date) -> list[Figures]:
    """What became of what was agreed in the reviews before."""
    return [
        {
            "month": f"{one.review.month:%Y-%m}",
            "text": one.text,
            "owner": one.owner.name,
            "due_on": one.due_on.isoformat(),
            "state": one.state.value,
            "outcome": one.outcome,
            "settled_on": one.settled_on and one.settled_on.isoformat(),
        }
        for one in session.scalars(came_back(unit.id, month))
    ]


def _decided(session: Session, unit: Unit, month: date) -> list[Figures]:
    """What was decided in the reviews before, and whether it stands."""
    found = session.scalars(decided_before(unit.id, month)).all()
    over = set(session.scalars(superseded(found)))
    return [
        {
            "month": one.review and f"{one.review.month:%Y-%m}",
            "text": {"en": one.title_en, "es": one.title_es},
            "why": one.why,
            "by": one.decided_by.name,
            "review_on": one.review_on and one.review_on.isoformat(),
            "stands": one.id not in over,
        }
        for one in found
    ]


def _definitions(ranked: Priorities) -> dict[str, list[list[str]]]:
    """What each figure is, in both languages, each term once."""
    found: dict[str, list[list[str]]] = {}
    for language in LANGUAGES:
        with speak(language):
            told = [
                *performance_report.definitions(),
                *coaching_report.definitions(),
                *meaning.definitions(),
                *priorities_report.definitions(ranked),
            ]
            kept: dict[str, str] = {}
            for term, text in told:
                kept.setdefault(str(term), str(text))
            found[language] = [[term, text] for term, text in kept.items()]
    return found
