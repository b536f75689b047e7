"""Learning compliance of a month: what was assigned, done in time and is overdue, by unit, module and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext, pgettext
from sqlalchemy import select

from app.accounts.models import Membership
from app.core.clock import next_month
from app.core.exports import Chart
from app.core.i18n import day, month_name, number, percent
from app.curriculum.labels import REASONS
from app.curriculum.models import Assignment, AssignmentReason, Module
from app.curriculum.queries import assigned_cut, in_time_by_team, learning_cut
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Drawn, Field, Row, Said, lay_out, monthly, page_of
from app.reports.units import Units, whole

TARGET = 0.9
"""Where no other is set (`reports.performance`)."""
FIGURES = 6
Counts = dict[Any, list[float]]


def report(asked: Question) -> Report:
    """Learning compliance of a month within the viewer's scope, laid out."""
    teams = _counted(asked, Membership.team_id)
    total, months = whole(teams, FIGURES), _by_month(asked)
    cuts = [_by_unit(asked, teams), _by_module(asked), _by_reason(asked), months]
    empty = "" if any(total) or months.rows else _("Nothing was assigned, and nothing was due.")
    return lay_out(DECLARED, asked, lead(asked, total), cuts, _drawn(months), empty=empty)


def _counted(asked: Question, by: Any) -> Counts:
    """By the key: assigned, people, due, in time, late, overdue."""
    teams, last = asked.teams(), next_month(asked.month) - timedelta(days=1)
    found: Counts = {}
    for key, given, people in asked.session.execute(assigned_cut(by, teams, asked.month, last)):
        found.setdefault(key, [0] * FIGURES)[:2] = (given, people)
    for key, *counts in asked.session.execute(learning_cut(by, teams, asked.month, asked.yesterday, asked.today)):
        found.setdefault(key, [0] * FIGURES)[2:] = counts
    return found


def lead(asked: Question, total: Sequence[float]) -> str:
    """What the report shows, in one sentence."""
    _given, _people, due, in_time, _late, overdue = total
    if not due:
        return _("Nothing has fallen due in %(month)s yet.", month=month_name(asked.month))
    return ngettext(
        "%(in_time)s of %(due)s assignment due up to %(day)s was completed on time: %(share)s; %(overdue)s overdue.",
        "%(in_time)s of %(due)s assignments due up to %(day)s were completed on time: %(share)s; %(overdue)s overdue.",
        int(due),
        in_time=number(in_time),
        due=number(due),
        day=day(asked.yesterday),
        share=percent(in_time / due),
        overdue=number(overdue),
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (_("Assigned"), _("Modules assigned in the month, by hand or by a rule; imported history does not count.")),
        (_("People"), _("People with at least one; people who changed teams count in the last one.")),
        (
            pgettext("assignments", "Due"),
            _(
                "Assignments with a due date in the month, up to yesterday while it runs; waived and cancelled ones do not count."
            ),
        ),
        (_("Completed on time"), _("Completed on or before the due date.")),
        (_("Completed late"), _("Completed after it.")),
        (pgettext("assignments", "Overdue"), _("Open past the due date today, whenever the report is read.")),
        (_("Share on time"), _("Completed on time, of those due.")),
    ]


def _fields(*first: Field) -> list[Field]:
    return [
        *first,
        Field("assigned", _("Assigned")),
        Field("people", _("People")),
        Field("due", pgettext("assignments", "Due")),
        Field("in_time", _("Completed on time")),
        Field("rate", _("Share on time"), "rate"),
        Field("late", _("Completed late")),
        Field("overdue", pgettext("assignments", "Overdue")),
    ]


def _values(counts: Sequence[float]) -> list[Any]:
    given, people, due, in_time, late, overdue = (int(one) for one in counts)
    return [given, people, due, in_time, in_time / due if due else None, late, overdue]


def _by_unit(asked: Question, teams: Mapping[int, Sequence[float]]) -> Cut:
    units = Units.of(asked)
    rows = [units.row(place, _values(counts)) for place, counts in units.added_up(teams)]
    return Cut(
        "units", _("By unit"), _fields(Field("unit", _("Unit"), "text")), rows, links=lambda row: _opens(asked, row),
        lead=_("People by their last team; each number opens the assignments behind it"),
        chart=Chart("bar", _("Share of learning completed on time, by unit"), names=0, values=5),
    )  # fmt: skip


def _by_module(asked: Question) -> Cut:
    counted = _counted(asked, Assignment.module_id)
    modules = asked.session.scalars(select(Module).where(Module.id.in_(counted)).order_by(Module.code))
    rows = [Row((one.code, one.title, *_values(counted[one.id])), about={"module": one.id}) for one in modules]
    rows.sort(key=lambda row: (-row.values[8], -row.values[4]))
    names = Field("module", _("Code"), "text"), Field("title", _("Module"), "text")
    return Cut("modules", _("By module"), _fields(*names), rows, links=lambda row: _opens(asked, row))


def _by_reason(asked: Question) -> Cut:
    counted = _counted(asked, Assignment.reason)
    rows = [
        Row((Said(one.value, REASONS[one]), *_values(counted[one])), about={"reason": one.value})
        for one in AssignmentReason
        if one in counted
    ]
    return Cut(
        "reasons", _("By reason"), _fields(Field("reason", _("Reason"), "text")), rows,
        links=lambda row: _opens(asked, row),
    )  # fmt: skip


def _opens(asked: Question, row: Row) -> dict[str, str | None]:
    """The assignments behind a number; all people within reach where no unit was asked for."""
    asks = {"unit": asked.unit_id, **{key: row.about[key] for key in ("unit", "module", "reason") if key in row.about}}
    month = f"{asked.month:%Y-%m}"
    page = "curriculum.assignments"
    return {
        "due": page_of(page, due_month=month, state="counted", **asks),
        "overdue": page_of(page, due_month=month, state="overdue", **asks),
    }


def _months(asked: Question) -> list[tuple[Any, float, float]]:
    """(month, in time, due) of twelve months."""
    months = asked.months()
    sums = {place: [0, 0] for place in range(len(months) - 1)}
    for _team, place, due, in_time in asked.session.execute(in_time_by_team(asked.teams(), months, asked.yesterday)):
        sums[place][0] += in_time
        sums[place][1] += due
    return [(months[place], part, due) for place, (part, due) in sums.items()]


def _by_month(asked: Question) -> Cut:
    fields = [
        Field("month", _("Month"), "month"),
        Field("in_time", _("Completed on time")),
        Field("due", pgettext("assignments", "Due")),
        Field("rate", _("Share on time"), "rate"),
    ]
    rows = [Row((month, part, due, part / due)) for month, part, due in _months(asked) if due]
    chart = Chart("line", _("Share of learning completed on time, by month"), names=0, values=3)
    return Cut("months", _("By month"), fields, rows, chart=chart)


def _drawn(months: Cut) -> Drawn | None:
    said = _("Share of learning completed on time; the dashed line is the target")
    return monthly(months, 3, 2, target=TARGET, subtitle=said)


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    return [("", _("By unit")), ("modules", _("By module")), ("reasons", _("By reason")), ("months", _("By month"))]


DECLARED = Declared(
    name="learning",
    endpoint="learning_compliance",
    title=lazy_gettext("Learning compliance"),
    about=lazy_gettext("What was assigned, completed on time and is overdue, by unit, module and reason."),
    drawing="book",
    help="Learning compliance of a month by unit.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
)
