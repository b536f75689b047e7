"""How far auditors agree with the benchmark: reaudits and calibrations of three months, by auditor, partner and criterion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.audits.calibration import sheet as calibrations
from app.audits.calibration.models import Calibration
from app.audits.reaudits import figures, queries
from app.audits.reaudits.agreement import FEW, Agreement, Checks, together
from app.core.exports import Chart
from app.core.i18n import month_name, percent
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Drawn, Field, Row, Said, intervals, lay_out

MONTHS = 3


def report(asked: Question) -> Report:
    """What reaudits and calibrations say of auditors where the viewer leads quality, laid out."""
    session, starts = asked.session, asked.starts(MONTHS)
    teams = asked.teams(Permission.LEAD_QUALITY)
    found = figures.load(session, queries.pairs(queries.of_teams(teams), starts[0], starts[-1]))
    cuts = [
        _lines(asked, "auditors", _("By auditor"), _("Auditor"), figures.named(session, found.by_auditor(), User)),
        _lines(asked, "partners", _("By partner"), _("Partner"), figures.named(session, found.by_partner(), Unit)),
        _by_criterion(asked, together(found.checks, _calibrated(asked))),
    ]
    empty = "" if any(cut.rows for cut in cuts) else _("Figures come with audits scored again, and with calibrations.")
    return lay_out(DECLARED, asked, lead(asked, found.whole()), cuts, _drawn(cuts, asked), empty=empty)


def _drawn(cuts: Sequence[Cut], asked: Question) -> Drawn | None:
    """The leniency of the cut asked for with its intervals."""
    chosen = next((one for one in cuts if one.key == asked.cut), cuts[0])
    keys = [one.key for one in chosen.fields]
    at = keys.index("leniency")
    known = [row.values for row in chosen.rows if row.values[at] is not None]
    if not known:
        return None
    sure = [one for one in known if one[at + 1] is not None and (one[at + 1] > 0 or one[at + 2] < 0)]
    if sure:
        most = max(sure, key=lambda one: abs(one[at]))
        title = _("%(name)s: leniency %(share)s", name=most[0], share=percent(most[at]))
    else:
        title = _("No leniency beyond chance")
    subtitle = _("Leniency with its interval: right of zero is lenient, left is strict")
    return intervals(chosen, 0, (at, at + 1, at + 2), title=title, subtitle=subtitle, share=True)


def _calibrated(asked: Question) -> Checks:
    """The answers given in calibrations that were looked at in these months."""
    starts, teams = asked.starts(MONTHS), asked.teams(Permission.LEAD_QUALITY)
    held = select(Calibration).where(Calibration.reviewed_at >= starts[0], Calibration.reviewed_at < starts[-1])
    return calibrations.checks(asked.session, held if teams is None else held.where(Calibration.unit_id.in_(teams)))


def lead(asked: Question, whole: Agreement) -> str:
    """What the report shows, in one sentence."""
    since, until = (month_name(one) for one in (asked.months(MONTHS)[0], asked.month))
    if not whole.contacts:
        return _("Nothing was audited again from %(since)s to %(until)s.", since=since, until=until)
    return _(
        "From %(since)s to %(until)s auditors and benchmark were aligned to %(share)s; leniency is %(leniency)s.",
        since=since,
        until=until,
        share=percent(whole.alignment),
        leniency=percent(whole.leniency),
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (_("Months"), _("Audited again in the month or the two before it: one month alone has too few.")),
        (_("Alignment"), _("Share of the applicable points on which auditor and benchmark agree.")),
        (_("Agreement beyond chance"), _(
            "Gwet's AC1 of the results, with its interval (95 %): 0 is chance, 1 is full agreement."
        )),
        (
            _("Leniency"),
            _("How much more the auditor passes than the benchmark, of what applied to both, with its interval (95 %)."),
        ),
        (_("Fatal errors"), _("Found by both, by the auditor, and by the benchmark.")),
        (_("Too few to tell"), _("Fewer than %(count)s contacts.", count=FEW)),
        (_("By criterion"), _("Reaudits and calibrations together; everything else is of reaudits only.")),
    ]  # fmt: skip


def _fields(*first: Field) -> list[Field]:
    return [
        *first,
        Field("contacts", _("Contacts")),
        Field("checks", _("Checks")),
        Field("differing", _("Differing checks")),
        Field("alignment", _("Alignment"), "rate"),
        Field("ac1", _("Agreement beyond chance (AC1)"), "decimal"),
        Field("ac1_low", _("AC1, lower end"), "decimal"),
        Field("ac1_high", _("AC1, upper end"), "decimal"),
        Field("leniency", _("Leniency"), "rate"),
        Field("leniency_low", _("Leniency, lower end"), "rate"),
        Field("leniency_high", _("Leniency, upper end"), "rate"),
        Field("fatal_both", _("Fatal errors found by both")),
        Field("fatal_auditor", _("Fatal errors of the auditor")),
        Field("fatal_benchmark", _("Fatal errors of the benchmark")),
        Field("few", _("Too few to tell"), "text"),
    ]


def _values(one: Agreement) -> list[Any]:
    none = (None, None)
    few = Said("yes", _("yes")) if one.few else Said("no", _("no"))
    return [
        one.contacts, one.checks, one.differing, one.alignment, *_rounded(one.agreement, *(one.interval or none)), one.leniency,
        *(one.leniency_interval or none), one.fatal_both, one.fatal_first, one.fatal_second, few,
    ]  # fmt: skip


def _rounded(*values: float | None) -> list[float | None]:
    return [None if one is None else round(one, 2) for one in values]


def _lines(asked: Question, key: str, name: str, head: str, lines: Sequence[figures.Line]) -> Cut:
    rows = [Row((one.name, *_values(one.figures))) for one in lines]
    page = _page(asked, "audits.agreement")
    chart = Chart("bar", _("Alignment"), names=0, values=4) if rows else None
    fields = _fields(Field("name", head, "text"))
    return Cut(key, name, fields, rows, links=lambda _row: {"contacts": page()}, chart=chart)


def _by_criterion(asked: Question, checks: Checks) -> Cut:
    lines = figures.criteria(asked.session, checks)
    rows = [Row((one.code, one.scorecard, one.text, *_values(one.figures))) for one in lines]
    heads = (
        Field("code", _("Code"), "text"),
        Field("scorecard", _("Scorecard"), "text"),
        Field("text", _("Criterion"), "text"),
    )
    page = _page(asked, "audits.agreement_on_criteria")
    return Cut("criteria", _("By criterion"), _fields(*heads), rows, links=lambda _row: {"contacts": page()})


def _page(asked: Question, endpoint: str) -> Any:
    first, last = asked.months(MONTHS)[0], asked.month
    return lambda: url_for(endpoint, **{"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"})


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    return [("", _("By auditor")), ("partners", _("By partner")), ("criteria", _("By criterion"))]


DECLARED = Declared(
    name="auditors",
    endpoint="auditor_quality",
    title=lazy_gettext("Auditor quality"),
    about=lazy_gettext("How far auditors agree with the benchmark, and whether they are lenient or strict."),
    drawing="calibration",
    help="How far auditors agree with the benchmark in three months.",
    answer=report,
    definitions=definitions,
    may=Permission.LEAD_QUALITY,
    cuts=cuts,
)
