"""The markets beside each other, laid out: what differs first, all there is behind a switch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _

from app.core.i18n import day, number
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Field, Row, Said, lay_out
from app.reports.markets.compared import Line, Told, differs, standings
from app.reports.markets.gathered import Markets

SUBJECTS: dict[str, tuple[LazyString, str]] = {
    "scorecards": (lazy_gettext("Scorecards"), "audits.scorecards"),
    "coaching": (lazy_gettext("Coaching policies, hours and holidays"), "coaching.policies"),
    "gaps": (lazy_gettext("Gap policies"), "gaps.policy_list"),
    "targets": (lazy_gettext("Targets of metrics"), "metrics.targets"),
    "competencies": (lazy_gettext("Targets of competencies"), "curriculum.competencies"),
}
"""What is compared: its name, and the page where it is set."""


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of a subject: those shown, how many agree, and the page where it is set."""

    key: str
    name: str
    endpoint: str
    rows: Sequence[Row]
    agreeing: int


def report(asked: Question) -> Report:
    """What is in force in each market within the viewer's scope, laid out."""
    markets = Markets(asked)
    codes = list(markets.teams)
    rows = [_row(line, codes) for line in markets.lines()] if codes else []
    fields = _fields(codes)
    differing = [row for row in rows if row.about["differs"]]
    cuts = [
        Cut("differences", _("Only differences"), fields, differing),
        Cut("all", _("All lines"), fields, rows),
    ]
    made = lay_out(
        DECLARED, asked, lead(markets, len(differing), len(rows)), cuts,
        empty="" if codes else _("There is no team within reach."), facts={"day": markets.day.isoformat()},
    )  # fmt: skip
    shown = {"codes": codes, "sections": _sections(cuts[asked.cut == "all"].rows, rows), "day": markets.day}
    return replace(made, paper="reports/markets.print.html", context={**made.context, **shown})


def _fields(codes: Sequence[str]) -> list[Field]:
    return [
        Field("subject", _("Subject"), "text"),
        Field("line", _("What is compared"), "text"),
        *(Field(code or "none", code or _("No market"), "text") for code in codes),
        Field("compared", _("Compared"), "text"),
    ]


def _row(line: Line, codes: Sequence[str]) -> Row:
    cells = [line.by_market[code] for code in codes]
    found = standings(cells)
    apart = differs(found)
    word = Said("differs", _("differs")) if apart else Said("same", _("the same"))
    subject = Said(line.subject, SUBJECTS[line.subject][0])
    values = [subject, Said(line.key, line.name), *(_cell(line, told) for told in cells), word]
    return Row(values, about={"differs": apart, "subject": line.subject, "standings": [one.value for one in found]})


def _cell(line: Line, told: Told) -> Any:
    """What holds in a market; where its teams differ, each value with their number, most first."""
    if len(told) == 1:
        (value,) = told
        return _said(line, value)
    ordered = sorted(told.items(), key=lambda item: (-item[1], str(item[0])))
    words = [
        ngettext("%(value)s in %(count)s team", "%(value)s in %(count)s teams", count, value=line.say(value), count=number(count))
        for value, count in ordered
    ]  # fmt: skip
    return Said(" | ".join(_code(line, value) for value, _count in ordered), "; ".join(words))


def _said(line: Line, value: Any) -> Any:
    word = line.say(value)
    return word if isinstance(word, (int, float)) else Said(_code(line, value), word)


def _code(line: Line, value: Any) -> str:
    return "" if value is None else line.code(value)


def _sections(shown: Sequence[Row], rows: Sequence[Row]) -> list[Section]:
    """The subjects there is anything of."""
    agreeing = Counter(row.about["subject"] for row in rows if not row.about["differs"])
    known: Mapping[str, int] = Counter(row.about["subject"] for row in rows)
    return [
        Section(key, str(name), page, [row for row in shown if row.about["subject"] == key], agreeing[key])
        for key, (name, page) in SUBJECTS.items()
        if key in known
    ]


def lead(markets: Markets, differing: int, lines: int) -> str:
    """What the report shows, in one sentence."""
    count, on = len(markets.teams), day(markets.day)
    if count < 2:
        return _("On %(day)s: at most one market within reach, so nothing to compare it with.", day=on)
    if not differing:
        return _("On %(day)s all that is compared is the same in %(markets)s markets.", day=on, markets=number(count))
    return ngettext(
        "On %(day)s %(differing)s of %(lines)s line differs between or within %(markets)s markets.",
        "On %(day)s %(differing)s of %(lines)s lines differ between or within %(markets)s markets.",
        lines, day=on, differing=number(differing), lines=number(lines), markets=number(count),
    )  # fmt: skip


def definitions() -> list[tuple[str, str]]:
    """What is compared, and how."""
    return [
        (_("Market"), _(
            "What applies to a team, or to the nearest unit above it that sets it. Teams within your "
            "reach are counted."
        )),
        (_("In force"), _("Today, or on the last day of a past month; targets of metrics are those of the month's first day.")),
        (
            _("Version of the last audits"),
            _("That of each team's last released audit, in the month or the two before it."),
        ),
        (_("Differs"), _("Not as in most markets; if no value is shared by most, every market is marked.")),
        (_("Differs within"), _("Teams of the same market differ among themselves; each value has their number.")),
        (
            _("Definitions"),
            _(
                "Figures, competencies, criteria and states of gaps are defined once, for all markets: nothing to compare."
            ),
        ),
    ]  # fmt: skip


def cuts() -> list[tuple[str, str]]:
    """What is shown: only what differs, or all."""
    return [("", _("Only differences")), ("all", _("All lines"))]


DECLARED = Declared(
    name="markets",
    endpoint="markets",
    title=lazy_gettext("Markets compared"),
    about=lazy_gettext(
        "Scorecards, policies, calendars and targets of the markets side by side, and where they differ."
    ),
    drawing="language",
    help="What is in force in each market, and where they differ.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
    template="reports/markets.html",
)
