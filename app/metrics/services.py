"""Deeds: metric values and targets from files. All or nothing, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from os import PathLike

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Activity, Membership, Unit, UnitKind, User
from app.core.bulk import chunks
from app.core.clock import month_start, next_month
from app.core.problems import BadFile, ProblemKind, add_sentences
from app.core.rows import Cells
from app.core.sheets import Column, Row, open_table, parse_date
from app.metrics.models import MetricValue, Target
from app.metrics.rules import least

METRIC = Column("metric", aliases=("Métrica", "Indicador"))
UNIT = Column("unit", required=False, aliases=("Unidad", "Path", "Ruta"))
VALUES = (
    METRIC,
    UNIT,
    Column("employee_no", required=False, aliases=("Número de empleado", "Nº de empleado", "Employee number")),
    Column("period", aliases=("Período", "Mes", "Month")),
    Column("numerator", aliases=("Numerador",)),
    Column("denominator", aliases=("Denominador",)),
)
TARGETS = (
    METRIC,
    UNIT,
    Column("target", aliases=("Meta", "Objetivo")),
    Column("valid_from", aliases=("Válido desde", "Desde")),
)
MAX_ROWS = 300_000
PERIOD_EXAMPLE = "2026-10"
LONGEST = 60
Spans = Mapping[int, list[tuple[date, date | None, int]]]
"""By person: from, to and team, the newest first."""


class MetricProblem(StrEnum):
    """What only files of metrics can have wrong."""

    BAD_PERIOD = "bad_period"
    NO_UNIT = "no_unit_in_period"


add_sentences(
    {
        MetricProblem.BAD_PERIOD: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” is not a month. Write year and month, as in %(hint)s."
        ),
        MetricProblem.NO_UNIT: lazy_gettext(
            "Row %(line)s, column “%(column)s”: the person was in no team in that month. Write the unit."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did."""

    rows: int
    new: int
    changed: int
    unchanged: int
    unknown_columns: tuple[str, ...]


def import_values(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> Summary:
    """Take in `metric,unit,employee_no,period,numerator,denominator`.

    `unit` is a path (`Partner/Site/Team`), the programme when it is empty; with an employee number and no unit, the person's
    team of that month. All or nothing: raises `BadFile` with everything that is wrong.
    """
    table, cells = open_table(path, columns=VALUES, max_rows=MAX_ROWS), Cells()
    units, people, teams = _units(session), _people(session), _teams(session)
    told: dict[tuple[str, int, int | None, date], tuple[float, float]] = {}
    for row in cells.rows(table):
        metric = cells.text(row, "metric", required=True, longest=LONGEST)
        person = cells.known(row, "employee_no", people, required=False)
        period = _period(row, cells)
        unit = _unit(row, cells, units, teams, person, period)
        numerator = cells.number(row, "numerator", required=True, low=least(metric or ""), span="≥ 0")
        denominator = cells.number(row, "denominator", required=True, low=1e-9, span="> 0")
        if unit is None or period is None or numerator is None or denominator is None:
            continue
        if cells.first(row, "metric", (metric, unit, person, period)):
            told[metric, unit, person, period] = (numerator, denominator)
    if cells.problems:
        raise BadFile(*cells.problems)
    known = _known_values(session, {key[0] for key in told})
    summary = _put_values(session, told, known, tuple(table.unknown))
    _log(session, "metrics.imported", summary, by=by, on=on)
    return summary


def import_targets(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> Summary:
    """Take in `metric,unit,target,valid_from`; an empty unit is the programme. All or nothing, as `import_values`."""
    table, cells = open_table(path, columns=TARGETS, max_rows=MAX_ROWS), Cells()
    units = _units(session)
    told: dict[tuple[str, int, date], float] = {}
    for row in cells.rows(table):
        metric = cells.text(row, "metric", required=True, longest=LONGEST)
        unit = units.get("") if not row["unit"] else cells.known(row, "unit", units)
        target = cells.number(row, "target", required=True)
        valid_from = cells.day(row, "valid_from", required=True)
        if unit is None or target is None or valid_from is None:
            continue
        if cells.first(row, "metric", (metric, unit, valid_from)):
            told[metric, unit, valid_from] = target
    if cells.problems:
        raise BadFile(*cells.problems)
    summary = _put_targets(session, told, tuple(table.unknown))
    _log(session, "targets.imported", summary, by=by, on=on)
    return summary


# --- Reading ---


def _period(row: Row, cells: Cells) -> date | None:
    """The first day of the month: of `2026-10`, or of any day in it."""
    text = row["period"]
    if not text:
        cells.wrong(row, ProblemKind.REQUIRED, "period")
        return None
    found = parse_date(f"{text}-01" if len(text) == 7 else text)
    if found is None:
        cells.wrong(row, MetricProblem.BAD_PERIOD, "period", PERIOD_EXAMPLE)
        return None
    return month_start(found)


def _unit(
    row: Row, cells: Cells, units: Mapping[str, int], teams: Spans, person: int | None, period: date | None
) -> int | None:
    if row["unit"]:
        return cells.known(row, "unit", units)
    if person is None:
        return units.get("")
    if period is None:
        return None
    for start, end, team in teams.get(person, ()):
        if start < next_month(period) and (end is None or end > period):
            return team
    cells.wrong(row, MetricProblem.NO_UNIT, "unit")
    return None


def _units(session: Session) -> dict[str, int]:
    """Ids by path; the programme by the empty path, and by its name."""
    found: dict[str, int] = {}
    for unit_id, path, name, kind in session.execute(select(Unit.id, Unit.path, Unit.name, Unit.kind)):
        found[path] = unit_id
        if kind is UnitKind.PROGRAMME:
            found.setdefault(name, unit_id)
            found[""] = unit_id
    return found


def _people(session: Session) -> dict[str, int]:
    return dict(session.execute(select(User.employee_no, User.id)).all())


def _teams(session: Session) -> Spans:
    found: dict[int, list[tuple[date, date | None, int]]] = {}
    rows = select(Membership.user_id, Membership.valid_from, Membership.valid_to, Membership.team_id)
    for person, start, end, team in session.execute(rows.order_by(Membership.valid_from.desc())):
        found.setdefault(person, []).append((start, end, team))
    return found


# --- Writing ---


def _known_values(session: Session, metrics: Iterable[str]) -> dict[tuple[str, int, int | None, date], MetricValue]:
    found = {}
    for block in chunks(sorted(metrics)):
        for one in session.scalars(select(MetricValue).where(MetricValue.metric.in_(block))):
            found[one.metric, one.unit_id, one.person_id, one.period] = one
    return found


def _put_values(
    session: Session,
    told: Mapping[tuple[str, int, int | None, date], tuple[float, float]],
    known: Mapping[tuple[str, int, int | None, date], MetricValue],
    unknown_columns: tuple[str, ...],
) -> Summary:
    new = changed = 0
    for (metric, unit, person, period), (numerator, denominator) in told.items():
        row = known.get((metric, unit, person, period))
        if row is None:
            row = MetricValue(metric=metric, unit_id=unit, person_id=person, period=period)
            session.add(row)
            new += 1
        elif (row.numerator, row.denominator) != (numerator, denominator):
            changed += 1
        row.numerator, row.denominator = numerator, denominator
    session.flush()
    return Summary(len(told), new, changed, len(told) - new - changed, unknown_columns)


def _put_targets(
    session: Session, told: Mapping[tuple[str, int, date], float], unknown_columns: tuple[str, ...]
) -> Summary:
    known = {(one.metric, one.unit_id, one.valid_from): one for one in session.scalars(select(Target))}
    new = changed = 0
    for (metric, unit, valid_from), target in told.items():
        row = known.get((metric, unit, valid_from))
        if row is None:
            session.add(Target(metric=metric, unit_id=unit, valid_from=valid_from, target=target))
            new += 1
        elif row.target != target:
            row.target = target
            changed += 1
    session.flush()
    return Summary(len(told), new, changed, len(told) - new - changed, unknown_columns)


def _log(session: Session, verb: str, summary: Summary, *, by: User | None, on: datetime) -> None:
    if not summary.new and not summary.changed:
        return
    session.add(
        Activity(
            at=on,
            actor_id=by.id if by is not None else None,
            verb=verb,
            subject_kind="file",
            detail={"rows": summary.rows, "new": summary.new, "changed": summary.changed},
        )
    )
