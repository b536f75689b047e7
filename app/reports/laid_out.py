"""A report of plain tables: cuts of the same figures, each with named columns, rows, and what lies behind a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import gettext as _

from app.core import charts
from app.core.exports import Chart, Sheet, plain
from app.core.i18n import LOCALES, Bilingual, language, month_name, percent
from app.reports.declared import Declared, Question
from app.reports.documents import Report

SHOWN = 60
"""Lines of a cut on a page and on paper; files have all."""


INTERVALS = 12
"""Lines in a chart of intervals."""


class Said(str):
    """A word in the reader's language for something that JSON calls by its code."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, word: object) -> Said:
        made = super().__new__(cls, str(word))
        made.code = code
        return made


@dataclass(frozen=True, slots=True)
class Field:
    """A column: what JSON calls it, what readers do, and its kind as in `exports.Sheet`."""

    key: str
    head: str
    kind: str = "number"


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a line, how deep it stands, and what its links are made of."""

    values: Sequence[Any]
    depth: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """One way the figures are told apart. `links` gives, by the key of a column, where its number opens the rows behind."""

    key: str
    name: str
    fields: Sequence[Field]
    rows: Sequence[Row]
    lead: str = ""
    links: Callable[[Row], Mapping[str, str | None]] | None = None
    chart: Chart | None = None
    most: int = SHOWN

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[: self.most]

    def opens(self, row: Row) -> Mapping[str, str | None]:
        """Where the numbers of a line lead."""
        return self.links(row) if self.links is not None else {}

    @property
    def sheet(self) -> Sheet:
        heads, kinds = [one.head for one in self.fields], [one.kind for one in self.fields]
        return Sheet(self.name, heads, [row.values for row in self.rows], kinds, self.chart)

    @property
    def plain(self) -> list[dict[str, Any]]:
        """The lines as plain values."""
        keys = [one.key for one in self.fields]
        return [dict(zip(keys, map(_plain, row.values), strict=True)) for row in self.rows]


def _plain(value: Any) -> Any:
    """A value as JSON has it: content in both languages, words by their code."""
    if isinstance(value, Bilingual):
        return value
    return value.code if isinstance(value, Said) else plain(value)


def page_of(endpoint: str, **asks: Any) -> str:
    """The page that shows what is asked for: what is none stays out of the address."""
    return url_for(endpoint, **asks)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The chart of a report: what is drawn, the same figures, what it says, what is on it, and how high it stands."""

    spec: charts.Spec
    sheet: Sheet
    title: str
    subtitle: str
    height: int = 253


def lay_out(
    declared: Declared,
    asked: Question,
    lead: str,
    cuts: Sequence[Cut],
    drawn: Drawn | None = None,
    *,
    empty: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Report:
    """The report made of these cuts, the one asked for first."""
    chosen = next((one for one in cuts if one.key == asked.cut), cuts[0])
    ordered = [chosen, *(one for one in cuts if one is not chosen)]
    return Report(
        id=declared.name,
        title=_("%(report)s, %(month)s", report=declared.title, month=month_name(asked.month)),
        lead=lead,
        place=asked.place,
        month=asked.month,
        at=asked.at,
        sheets=[one.sheet for one in ordered],
        data={
            "report": declared.name,
            "month": f"{asked.month:%Y-%m}",
            "as_of": asked.at.isoformat(timespec="seconds"),
            "scope": asked.place,
            **(facts or {}),
            **{one.key: one.plain for one in cuts},
        },
        definitions=declared.definitions(),
        chart=drawn.spec if drawn else None,
        chart_title=drawn.title if drawn else "",
        paper="reports/report.print.html",
        context={"table": chosen, "all_cuts": cuts, "drawn": drawn, "empty": empty},
    )


def monthly(cut: Cut, rate: int, n: int, *, target: float | None, subtitle: str) -> Drawn | None:
    """The line of a share by month, from a cut with a month in each row; none with fewer than two months."""
    known = [row.values for row in cut.rows if row.values[rate] is not None]
    if len(known) < 2:
        return None
    locale = LOCALES[language()]
    points = [
        {"month": format_date(one[0], "MMM yy", locale=locale).replace(".", ""), "rate": one[rate], "n": one[n]}
        for one in known
    ]
    first, last = known[0], known[-1]
    aim = _("target %(share)s", share=percent(target, 0)) if target is not None else ""
    title = _(
        "%(first)s in %(start)s, %(last)s in %(end)s",
        first=percent(first[rate]),
        start=month_name(first[0]),
        last=percent(last[rate]),
        end=month_name(last[0]),
    )
    spec = charts.trend(points, x="month", y="rate", target=target, labels=(percent(last[rate]), aim))
    return Drawn(spec, cut.sheet, title, subtitle)


def bars(cut: Cut, name: int, value: int, *, title: str, subtitle: str, count: int = 10) -> Drawn | None:
    """Bars of the first lines of a cut, each with its share of all up to it; none where nothing was counted."""
    known = [row.values for row in cut.rows if row.values[value]][:count]
    total = sum(row.values[value] for row in cut.rows if row.values[value])
    if not known:
        return None
    so_far, drawn = 0.0, []
    for one in known:
        so_far += one[value]
        drawn.append({"name": str(one[name]), "value": one[value], "share": percent(so_far / total, 0)})
    spec = charts.pareto(drawn, name="name", value="value", share="share", unit=cut.fields[value].head)
    return Drawn(spec, cut.sheet, title, subtitle, height=70 + 30 * len(drawn))


def intervals(
    cut: Cut, name: int, figures: tuple[int, int, int], *, title: str, subtitle: str, share: bool = False
) -> Drawn | None:
    """The first lines of a cut, each with its figure and the ends of its interval; none where no line has all three."""
    known = [row.values for row in cut.rows if all(row.values[at] is not None for at in figures)][:INTERVALS]
    if not known:
        return None
    value, low, high = figures
    lines = [{"name": str(one[name]), "value": one[value], "low": one[low], "high": one[high]} for one in known]
    height = 70 + 30 * len(lines)
    spec = charts.intervals(lines, unit=cut.fields[value].head, width=760, height=height, share=share)
    return Drawn(spec, cut.sheet, title, subtitle, height=height)
