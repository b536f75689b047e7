"""Quality and fatal errors of a month: random audits by unit, class of error and month, with what chance explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.audits import quality
from app.audits.labels import ERROR_CLASSES
from app.audits.models import ErrorClass, Purpose
from app.core.exports import Chart
from app.core.i18n import month_name, number, percent
from app.metrics.chance import wilson
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Field, Row, Said, lay_out, monthly, page_of
from app.reports.units import Units, whole

CLASSES = tuple(ErrorClass)
FIGURES = 4 + len(CLASSES)
"""Audits, those with a fatal error, with a score, the sum of scores, and those with an error of each class."""
MONTHS = 12
Counts = dict[int, list[float]]
"""By team."""


def report(asked: Question) -> Report:
    """Quality of a month within the viewer's scope, laid out."""
    by_month = _counted(asked)
    here = by_month[MONTHS - 1]
    total = whole(here, FIGURES)
    months = _by_month(asked, by_month)
    drawn = monthly(months, 2, 1, target=None, subtitle=_("Mean score of random audits, by month"))
    cuts = [_by_unit(asked, here), _by_class(asked, total, whole(by_month[MONTHS - 2], FIGURES)), months]
    empty = "" if any(map(bool, by_month.values())) else _("Figures come with released random audits.")
    return lay_out(DECLARED, asked, lead(asked, total), cuts, drawn, empty=empty)


def _counted(asked: Question) -> Mapping[int, Counts]:
    """By the place of the month and team, the figures."""
    teams, starts = asked.teams(), asked.starts(MONTHS)
    found: Mapping[int, Counts] = defaultdict(dict)
    for team, place, audits, fatal, scored, scores in asked.session.execute(quality.random_audits(teams, starts)):
        found[place][team] = [audits, fatal, scored, scores or 0.0, *[0] * len(CLASSES)]
    for team, place, one, audits in asked.session.execute(quality.defective(teams, starts)):
        found[place][team][4 + CLASSES.index(one)] = audits
    return found


def lead(asked: Question, total: Sequence[float]) -> str:
    """What the report shows, in one sentence."""
    audits, fatal, scored, scores = total[:4]
    if not audits:
        return _("No random audit of %(month)s has been released yet.", month=month_name(asked.month))
    low, high = wilson(fatal, audits) or (0.0, 1.0)
    return ngettext(
        "%(fatal)s of %(audits)s random audit has a fatal error: %(share)s (%(low)s to %(high)s); the mean score is %(score)s.",
        "%(fatal)s of %(audits)s random audits have a fatal error: %(share)s (%(low)s to %(high)s); the mean score is %(score)s.",
        int(audits),
        fatal=number(fatal),
        audits=number(audits),
        share=percent(fatal / audits),
        low=percent(low),
        high=percent(high),
        score=percent(scores / scored if scored else None),
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (_("Audits"), _("Released random audits of contacts in the month, by the team of that day.")),
        (_("Mean score"), _("Mean of the weighted share passed of the criteria that applied; zero with a fatal error.")),
        (_("With a fatal error"), _("Audits with a criterion of severity fatal missed.")),
        (
            _("Lower and upper end"),
            _("Between them lies the true share in 95 of 100 cases (Wilson's interval); few audits make it wide."),
        ),
        (
            _("By class of error"),
            _("Audits with a critical error of that class: contacts count, not errors. Accuracy is the share without."),
        ),
    ]  # fmt: skip


def _share_fields() -> list[Field]:
    return [
        Field("fatal_share", _("Share with a fatal error"), "rate"),
        Field("fatal_low", _("Lower end"), "rate"),
        Field("fatal_high", _("Upper end"), "rate"),
    ]


def _fields(first: Field) -> list[Field]:
    classes = [Field(one.value, str(ERROR_CLASSES[one])) for one in CLASSES]
    score = Field("score", _("Mean score"), "rate")
    return [
        first,
        Field("audits", _("Audits")),
        score,
        Field("fatal", _("With a fatal error")),
        *_share_fields(),
        *classes,
    ]


def _values(counts: Sequence[float]) -> list[Any]:
    audits, fatal, scored, scores, *classes = counts
    low, high = wilson(fatal, audits) or (None, None)
    share = fatal / audits if audits else None
    return [int(audits), scores / scored if scored else None, int(fatal), share, low, high, *map(int, classes)]


def _by_unit(asked: Question, here: Counts) -> Cut:
    units = Units.of(asked)
    rows = [units.row(place, _values(counts)) for place, counts in units.added_up(here)]
    return Cut(
        "units", _("By unit"), _fields(Field("unit", _("Unit"), "text")), rows,
        lead=_("The last columns count audits with an error of that class; each number opens the audits behind it"),
        links=lambda row: _opens(asked.month, row.about["unit"]),
        chart=Chart("bar", _("Share of random audits with a fatal error, by unit"), names=0, values=4),
    )  # fmt: skip


def _opens(month: date, unit: int | None) -> dict[str, str | None]:
    """The audits behind the numbers of a line."""

    def audits(**more: str) -> str:
        return page_of("audits.index", month=f"{month:%Y-%m}", purpose=Purpose.RANDOM.value, team=unit, **more)

    by_class = {one.value: audits(**{"class": one.value}) for one in CLASSES}
    return {"audits": audits(), "fatal": audits(fatal="yes"), **by_class}


def _by_class(asked: Question, total: Sequence[float], before: Sequence[float]) -> Cut:
    fields = [
        Field("class", _("Class of error"), "text"),
        Field("audits", _("Audits")),
        Field("defective", _("With such an error")),
        Field("accuracy", _("Accuracy"), "rate"),
        Field("low", _("Lower end"), "rate"),
        Field("high", _("Upper end"), "rate"),
        Field("accuracy_before", _("Accuracy the month before"), "rate"),
    ]
    rows = []
    for place, one in enumerate(CLASSES, start=4):
        audits, found = total[0], total[place]
        low, high = wilson(audits - found, audits) or (None, None)
        last = 1 - before[place] / before[0] if before[0] else None
        values = (int(audits), int(found), 1 - found / audits if audits else None, low, high, last)
        rows.append(Row((Said(one.value, ERROR_CLASSES[one]), *values), about={"class": one.value}))
    return Cut(
        "classes", _("By class of error"), fields, rows,
        links=lambda row: {"defective": _opens(asked.month, asked.unit_id)[row.about["class"]]},
    )  # fmt: skip


def _by_month(asked: Question, by_month: Mapping[int, Counts]) -> Cut:
    months = asked.months(MONTHS)
    fields = [
        Field("month", _("Month"), "month"),
        Field("audits", _("Audits")),
        Field("score", _("Mean score"), "rate"),
        Field("fatal", _("With a fatal error")),
        *_share_fields(),
    ]
    rows = [
        Row((months[place], *_values(whole(by_month[place], FIGURES))[:6]))
        for place in range(MONTHS)
        if by_month[place]
    ]
    chart = Chart("line", _("Share of random audits with a fatal error, by month"), names=0, values=4)
    return Cut(
        "months", _("By month"), fields, rows, chart=chart, links=lambda row: _opens(row.values[0], asked.unit_id)
    )


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    return [("", _("By unit")), ("classes", _("By class of error")), ("months", _("By month"))]


DECLARED = Declared(
    name="quality",
    endpoint="quality_and_errors",
    title=lazy_gettext("Quality and fatal errors"),
    about=lazy_gettext("Scores and fatal errors of random audits by unit, class of error and month, with intervals."),
    drawing="scorecard",
    help="Quality and fatal errors of a month by unit.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
)
