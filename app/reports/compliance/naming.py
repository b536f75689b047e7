"""The lines of coaching compliance with their names, as screen and files say them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from app.coaching.compliance import Compliance, Cut, Line, monthly
from app.coaching.labels import OBLIGATION_KINDS as KINDS
from app.coaching.labels import TENURES
from app.core.i18n import month_name
from app.reports.compliance.plain import Named
from app.reports.declared import Question


def named_lines(asked: Question, found: Compliance, cuts: Sequence[Cut]) -> dict[Cut, list[Named]]:
    """The lines of each cut with their names."""
    named = {
        Cut.UNIT: [(line.unit.name, line) for line in found.units if line.unit is not None],
        Cut.LEAD: by_lead(found),
        Cut.KIND: by_reason(found),
        Cut.MARKET: by_market(found),
        Cut.TENURE: by_tenure(found),
    }
    if Cut.MONTH in cuts and found.tracked:
        months = monthly(asked.session, asked.viewer, found, unit_id=asked.unit_id)
        named[Cut.MONTH] = [(month_name(line.month), line) for line in months if line.month is not None]
    return {cut: named.get(cut, []) for cut in Cut}


def by_lead(found: Compliance) -> list[tuple[str, Line]]:
    """The lines of team leads with their names."""
    return [(line.lead.name if line.lead else _("no team lead"), line) for line in found.leads]


def by_reason(found: Compliance) -> list[tuple[str, Line]]:
    """The lines of what was owed for with their names."""
    return [(str(KINDS[line.kind]), line) for line in found.kinds if line.kind is not None]


def by_market(found: Compliance) -> list[tuple[str, Line]]:
    """The lines of markets with their names."""
    return [(line.market or _("no market"), line) for line in found.markets]


def by_tenure(found: Compliance) -> list[tuple[str, Line]]:
    """The lines of tenure with their names."""
    return [(str(TENURES[line.tenure]) if line.tenure else _("not known"), line) for line in found.tenures]


def cut_names() -> dict[Cut, str]:
    """What each cut is called, in the order of the tabs."""
    return {
        Cut.UNIT: _("Unit"),
        Cut.LEAD: _("Team lead"),
        Cut.KIND: _("Reason"),
        Cut.MARKET: _("Market"),
        Cut.TENURE: _("Tenure"),
        Cut.MONTH: _("Month"),
    }
