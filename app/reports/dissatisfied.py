"""Cases of dissatisfied customers in a month: how many were audited, and what they were due to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext, pgettext

from app.audits import quality
from app.audits.labels import CAUSES
from app.audits.models import SYSTEMIC_CAUSES, Cause
from app.core.exports import Chart
from app.core.i18n import month_name, number, percent
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Field, Row, Said, bars, lay_out, page_of
from app.reports.units import Units, whole

MONTHS = 12
FIGURES = 4
"""Cases, audited, decided, coachable."""
Found = Sequence[tuple[int, Cause | None, int, int]]


def report(asked: Question) -> Report:
    """Cases of a month within the viewer's scope, laid out."""
    teams, starts = asked.teams(), asked.starts(MONTHS)
    found = [tuple(row) for row in asked.session.execute(quality.dsat_causes(teams, starts[-2:]))]
    causes = _by_cause(asked, found)
    by_team: dict[int, list[float]] = {}
    for team, cause, cases, audited in found:
        known = cases if cause is not None else 0
        here = (cases, audited, known, 0 if cause in SYSTEMIC_CAUSES else known)
        by_team[team] = [a + b for a, b in zip(by_team.get(team, [0] * FIGURES), here, strict=True)]
    total, months = whole(by_team, FIGURES), _by_month(asked)
    drawn = bars(
        causes,
        0,
        1,
        title=_chart_title(causes),
        subtitle=_("Cases by cause; beside each bar, its share with those above it"),
    )
    empty = "" if months.rows else _("Import customer surveys from a file to add cases.")
    return lay_out(DECLARED, asked, lead(asked, total), [_by_unit(asked, by_team), causes, months], drawn, empty=empty)


def lead(asked: Question, total: Sequence[float]) -> str:
    """What the report shows, in one sentence."""
    cases, audited, decided, coachable = (int(one) for one in total)
    if not cases:
        return _("No DSAT case was received in %(month)s.", month=month_name(asked.month))
    return ngettext(
        "%(audited)s of %(cases)s case of %(month)s was audited: %(share)s; coachable: %(coachable)s of %(decided)s decided.",
        "%(audited)s of %(cases)s cases of %(month)s were audited: %(share)s; coachable: %(coachable)s of %(decided)s decided.",
        cases,
        audited=number(audited),
        cases=number(cases),
        month=month_name(asked.month),
        share=percent(audited / cases),
        coachable=number(coachable),
        decided=number(decided),
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (_("Cases"), _("Contacts of dissatisfied customers received in the month, by the agent's team of that day.")),
        (pgettext("cases", "Audited"), _("Cases whose contact has a released DSAT audit.")),
        (_("Coverage"), _("Audited cases of all; the target is all of them.")),
        (_("Decided"), _("Cases whose cause has been decided.")),
        (
            pgettext("cases", "Coachable"),
            _("Decided cases due to knowledge, skill or will: what coaching the agent can change."),
        ),
        (_("To be decided"), _("Cases whose cause has not been decided yet.")),
    ]


def _fields(first: Field) -> list[Field]:
    return [
        first,
        Field("cases", _("Cases")),
        Field("audited", pgettext("cases", "Audited")),
        Field("coverage", _("Coverage"), "rate"),
        Field("decided", _("Decided")),
        Field("coachable", pgettext("cases", "Coachable")),
    ]


def _by_unit(asked: Question, by_team: Mapping[int, Sequence[float]]) -> Cut:
    units = Units.of(asked)
    rows = [
        units.row(place, (int(c), int(a), a / c if c else None, int(d), int(t)))
        for place, (c, a, d, t) in units.added_up(by_team)
    ]
    month = f"{asked.month:%Y-%m}"

    def links(row: Row) -> dict[str, str | None]:
        asks = {"month": month, "unit": row.about["unit"]}
        return {
            "cases": page_of("audits.dsat", **asks),
            "audited": page_of("audits.dsat", audited="yes", **asks),
            "coachable": page_of("audits.dsat", decision="coachable", **asks),
        }

    chart = Chart("bar", _("Share of DSAT cases audited, by unit"), names=0, values=3)
    return Cut("units", _("By unit"), _fields(Field("unit", _("Unit"), "text")), rows, links=links, chart=chart)


def _by_cause(asked: Question, found: Found) -> Cut:
    sums: dict[Cause | None, list[int]] = defaultdict(lambda: [0, 0])
    for _team, cause, cases, audited in found:
        sums[cause][0] += cases
        sums[cause][1] += audited
    total = sum(cases for cases, _audited in sums.values())
    order = sorted(sums.items(), key=lambda pair: (pair[0] is None, -pair[1][0], pair[0] or ""))
    rows = [
        Row((_name(cause), cases, cases / total, audited), about={"cause": cause}) for cause, (cases, audited) in order
    ]
    month = f"{asked.month:%Y-%m}"

    def links(row: Row) -> dict[str, str | None]:
        cause = row.about["cause"]
        asks = {"cause": cause.value} if cause else {"decision": "open"}
        return {"cases": page_of("audits.dsat", month=month, unit=asked.unit_id, **asks)}

    fields = [
        Field("cause", _("Cause"), "text"),
        Field("cases", _("Cases")),
        Field("share", _("Share"), "rate"),
        Field("audited", pgettext("cases", "Audited")),
    ]
    return Cut(
        "causes", _("By cause"), fields, rows, links=links, chart=Chart("bar", _("Cases by cause"), names=0, values=1)
    )


def _name(cause: Cause | None) -> Said:
    return Said("open", _("To be decided")) if cause is None else Said(cause.value, CAUSES[cause])


def _chart_title(causes: Cut) -> str:
    first = next((row for row in causes.rows if row.about["cause"]), None)
    if first is None:
        return _("No case has been decided yet")
    return _("%(cause)s comes first: %(share)s of all cases", cause=first.values[0], share=percent(first.values[2], 0))


def _by_month(asked: Question) -> Cut:
    months = asked.months(MONTHS)
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for _team, place, cases, audited in asked.session.execute(
        quality.dsat_audited(asked.teams(), asked.starts(MONTHS))
    ):
        sums[place][0] += cases
        sums[place][1] += audited
    fields: list[Any] = _fields(Field("month", _("Month"), "month"))[:4]
    rows = [Row((months[place], c, a, a / c)) for place, (c, a) in sorted(sums.items()) if c]

    def links(row: Row) -> dict[str, str | None]:
        asks = {"month": f"{row.values[0]:%Y-%m}", "unit": asked.unit_id}
        return {"cases": page_of("audits.dsat", **asks), "audited": page_of("audits.dsat", audited="yes", **asks)}

    chart = Chart("line", _("Share of DSAT cases audited, by month"), names=0, values=3)
    return Cut("months", _("By month"), fields, rows, links=links, chart=chart)


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    return [("", _("By unit")), ("causes", _("By cause")), ("months", _("By month"))]


DECLARED = Declared(
    name="dsat",
    endpoint="dsat_coverage_and_causes",
    title=lazy_gettext("DSAT coverage and causes"),
    about=lazy_gettext("How many cases of dissatisfied customers were audited, and what they were due to."),
    drawing="customer",
    help="DSAT cases of a month: audited, and their causes.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
)
