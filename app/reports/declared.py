"""What a report is, said once: screen, files, command line, gallery, saved views and letters all come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import LazyString
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import everywhere, unit_scope
from app.core.clock import months_up_to, next_month, start_of
from app.reports.documents import Report

Definitions = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a report: whose scope (all without a viewer), which month and unit, and as of when."""

    session: Session
    viewer: User | None
    month: date
    at: datetime
    today: date
    unit: Unit | None = None
    place: str = ""
    person: User | None = None
    """Of whom it tells, where it tells of one."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What else the address says, as `by` which cut comes first."""
    whole: bool = True
    """Whether everything the report has is asked for, as in files; a page may leave out what it does not show."""

    @property
    def unit_id(self) -> int | None:
        return None if self.unit is None else self.unit.id

    @property
    def zone(self) -> str:
        """The programme's: months are counted in it."""
        return str(current_app.config["PROGRAMME_TIME_ZONE"])

    @property
    def yesterday(self) -> date:
        """The last whole day, or the last of the month: what is due later may still be done."""
        return min(self.today - timedelta(days=1), next_month(self.month) - timedelta(days=1))

    def months(self, count: int = 12) -> list[date]:
        """The first days of so many months up to this one, and of the one after."""
        return months_up_to(self.month, count)

    def starts(self, count: int = 12) -> list[datetime]:
        """When those months begin."""
        return [start_of(one, self.zone) for one in self.months(count)]

    @property
    def cut(self) -> str:
        return self.options.get("by", "")

    def teams(self, to: Permission = Permission.SEE_REPORTS) -> Select[int] | None:
        """Ids of the units counted: those in scope, of the unit asked for; none for all there are."""
        if self.viewer is None or everywhere(self.viewer, to):
            return None if self.unit is None else subtree(self.unit.id)
        scope = unit_scope(self.viewer, to)
        return scope if self.unit is None else subtree(self.unit.id).where(UnitTree.unit_id.in_(scope))


def nothing_more(_report: Report, _asked: Question) -> dict[str, Any]:
    """A page that shows what the report says and no more."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A report: what it is called, who may read it, what its address may say, and what computes it."""

    name: str
    """In its address (`/reports/NAME`) and its command (`flask reports NAME`)."""
    endpoint: str
    title: LazyString
    about: LazyString
    drawing: str
    """Its icon in the gallery."""
    help: str
    """What the command line says of it."""
    answer: Callable[[Question], Report]
    definitions: Callable[[], Definitions]
    may: Permission = Permission.SEE_REPORTS
    cuts: Callable[[], Sequence[tuple[str, str]]] = tuple
    """The ways it is cut (`by` in the address), key and name; the first is that of an address without."""
    ahead: bool = False
    """Whether there is something to say of the month to come."""
    template: str = "reports/report.html"
    page: Callable[[Report, Question], dict[str, Any]] = nothing_more
    """What the page shows beside."""
