"""Gaps opened, closed and relapsed: by month, unit and competency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext, pgettext
from sqlalchemy import select

from app.accounts.models import Membership
from app.core.exports import Chart
from app.core.i18n import month_name, number
from app.curriculum.models import Competency
from app.gaps.models import Gap
from app.gaps.queries import movements
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Field, Row, bars, lay_out, page_of
from app.reports.units import Units, whole

MONTHS = 12
FIGURES = 3
"""Opened, closed, relapsed."""


def report(asked: Question) -> Report:
    """What became of gaps in a month within the viewer's scope, laid out."""
    session, months = asked.session, asked.months(MONTHS)
    by_team: dict[int, dict[int, list[float]]] = defaultdict(dict)
    for team, place, *counts in session.execute(movements(asked.teams(), months, Membership.team_id)):
        by_team[place][team] = counts
    here = by_team[MONTHS - 1]
    competencies = _by_competency(asked)
    cuts = [_by_unit(asked, here), competencies, _by_month(asked, by_team)]
    drawn = bars(
        competencies, 1, 2, title=_chart_title(competencies),
        subtitle=_("Gaps opened by competency; beside each bar, its share with those above it"),
    )  # fmt: skip
    empty = "" if any(map(bool, by_team.values())) else _("Gaps come with the first findings of these agents.")
    return lay_out(DECLARED, asked, lead(asked, whole(here, FIGURES)), cuts, drawn, empty=empty)


def lead(asked: Question, total: Sequence[float]) -> str:
    """What the report shows, in one sentence."""
    opened, closed, relapsed = (int(one) for one in total)
    if not any(total):
        return _("No gap was opened, closed or relapsed in %(month)s.", month=month_name(asked.month))
    return ngettext(
        "%(opened)s gap opened in %(month)s, %(closed)s closed and %(relapsed)s relapsed.",
        "%(opened)s gaps opened in %(month)s, %(closed)s closed and %(relapsed)s relapsed.",
        opened,
        opened=number(opened),
        closed=number(closed),
        relapsed=number(relapsed),
        month=month_name(asked.month),
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (
            _("Month of a decision"),
            _("Gaps are decided at the end of each week; a decision counts in the month of its Sunday."),
        ),
        (pgettext("gaps moved", "Opened"), _("The evidence of the week opened a gap where there was none that was active.")),
        (pgettext("gaps moved", "Closed"), _("The evidence of the week closed it, or a person did with a reason.")),
        (pgettext("gaps moved", "Relapsed"), _("Opened again soon after it had closed.")),
        (_("Units"), _("By the last team of the agent.")),
    ]  # fmt: skip


def _fields(*first: Field) -> list[Field]:
    return [
        *first,
        Field("opened", pgettext("gaps moved", "Opened")),
        Field("closed", pgettext("gaps moved", "Closed")),
        Field("relapsed", pgettext("gaps moved", "Relapsed")),
        Field("net", _("Opened and relapsed, less closed")),
    ]


def _values(counts: Sequence[float]) -> list[int]:
    opened, closed, relapsed = (int(one) for one in counts)
    return [opened, closed, relapsed, opened + relapsed - closed]


def _opens(month: str, **asks: int | None) -> dict[str, str | None]:
    return {
        move: page_of("gaps.index", state="all", **{move: month}, **asks) for move in ("opened", "closed", "relapsed")
    }


def _by_unit(asked: Question, here: Mapping[int, Sequence[float]]) -> Cut:
    units, month = Units.of(asked), f"{asked.month:%Y-%m}"
    rows = [units.row(place, _values(counts)) for place, counts in units.added_up(here)]
    return Cut(
        "units", _("By unit"), _fields(Field("unit", _("Unit"), "text")), rows,
        lead=_("By the last team of the agent; each number opens the gaps behind it"),
        links=lambda row: _opens(month, unit=row.about["unit"]),
        chart=Chart("bar", _("Gaps opened, by unit"), names=0, values=1),
    )  # fmt: skip


def _by_competency(asked: Question) -> Cut:
    found = asked.session.execute(movements(asked.teams(), asked.months(1), Gap.competency_id)).all()
    counts = {row[0]: row[2:] for row in found}
    names = asked.session.scalars(select(Competency).where(Competency.id.in_(counts)).order_by(Competency.code))
    rows = [Row((one.code, one.name, *_values(counts[one.id])), about={"competency": one.id}) for one in names]
    rows.sort(key=lambda row: -row.values[2])
    month = f"{asked.month:%Y-%m}"
    fields = _fields(Field("code", _("Code"), "text"), Field("competency", _("Competency"), "text"))
    return Cut(
        "competencies", _("By competency"), fields, rows,
        links=lambda row: _opens(month, competency=row.about["competency"], unit=asked.unit_id),
        chart=Chart("bar", _("Gaps opened, by competency"), names=1, values=2),
    )  # fmt: skip


def _chart_title(competencies: Cut) -> str:
    if not competencies.rows:
        return ""
    first = competencies.rows[0].values
    return ngettext(
        "Most on %(name)s: %(num)s gap opened", "Most on %(name)s: %(num)s gaps opened", first[2], name=first[1]
    )


def _by_month(asked: Question, by_team: Mapping[int, Mapping[int, Sequence[float]]]) -> Cut:
    months = asked.months(MONTHS)
    rows = [Row((months[place], *_values(whole(by_team[place], FIGURES)))) for place in range(MONTHS) if by_team[place]]
    return Cut(
        "months", _("By month"), _fields(Field("month", _("Month"), "month")), rows,
        links=lambda row: _opens(f"{row.values[0]:%Y-%m}", unit=asked.unit_id),
        chart=Chart("line", _("Gaps opened, by month"), names=0, values=1),
    )  # fmt: skip


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    return [("", _("By unit")), ("competencies", _("By competency")), ("months", _("By month"))]


DECLARED = Declared(
    name="gaps",
    endpoint="gaps_opened_and_closed",
    title=lazy_gettext("Gaps opened and closed"),
    about=lazy_gettext("Gaps opened, closed and relapsed in a month, by unit and competency."),
    drawing="gap",
    help="Gaps opened, closed and relapsed in a month.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
)
