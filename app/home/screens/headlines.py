"""What the first screen of managers says in sentences."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.accounts.models import UnitKind
from app.core.i18n import month_name, number, percent, signed
from app.home.rules import Measure
from app.home.screens.results import Off, ProgrammeHome
from app.metrics.performance import Standing


def headline(home: ProgrammeHome) -> str:
    """The answer in a sentence: what is on target, what is not, and where."""
    off = [measure for measure, figure in home.figures.items() if figure.is_off]
    known = [measure for measure, figure in home.figures.items() if figure.standing is not None]
    if not known:
        return _("Nothing has been measured in %(month)s yet", month=month_name(home.month))
    if off:
        return _off(tuple(off))
    if home.off:
        return _where(home.off[0], home)
    if all(home.figures[measure].standing is not Standing.NEAR for measure in known):
        return _("All results of %(month)s are on target", month=month_name(home.month))
    return _("No result of %(month)s is off target beyond chance", month=month_name(home.month))


def _off(measures: tuple[Measure, ...]) -> str:
    said: dict[tuple[Measure, ...], Callable[[], str]] = {
        (Measure.COACHING,): lambda: _("Coaching on time is below target"),
        (Measure.LEARNING,): lambda: _("Learning on time is below target"),
        (Measure.FATAL,): lambda: _("Fatal errors are above what is usual"),
        (Measure.COACHING, Measure.LEARNING): lambda: _("Coaching and learning on time are below target"),
        (Measure.COACHING, Measure.FATAL): lambda: _("Coaching is below target, fatal errors above what is usual"),
        (Measure.FATAL, Measure.LEARNING): lambda: _("Learning is below target, fatal errors above what is usual"),
    }
    return said.get(measures, lambda: _("Coaching, learning and fatal errors are off target"))()


def _where(first: Off, home: ProgrammeHome) -> str:
    """The whole is on target, one site is not."""
    unit, measure = first.place.name, first.result.measure
    coaching_holds = home.coaching.standing is Standing.ON
    if measure is Measure.FATAL:
        if coaching_holds:
            return _("Coaching is on target; fatal errors in %(unit)s are above what is usual", unit=unit)
        return _("Fatal errors in %(unit)s are above what is usual", unit=unit)
    if measure is Measure.LEARNING:
        if coaching_holds:
            return _("Coaching is on target; learning in %(unit)s is not", unit=unit)
        return _("Learning in %(unit)s is below target", unit=unit)
    if coaching_holds:
        return _("Coaching is on target, but not in %(unit)s", unit=unit)
    return _("Coaching in %(unit)s is below target", unit=unit)


def lead(home: ProgrammeHome) -> str:
    """How large the whole is, and how many results of sites are off."""
    parts = [
        ngettext("%(num)s partner", "%(num)s partners", home.units.get(UnitKind.PARTNER, 0)),
        ngettext("%(num)s site", "%(num)s sites", home.units.get(UnitKind.SITE, 0)),
        ngettext("%(count)s agent", "%(count)s agents", home.agents, count=number(home.agents)),
    ]
    return f"{', '.join(parts)}. {_beyond(len(home.off))}"


def _beyond(count: int) -> str:
    if not count:
        return _("No site is off target beyond what chance explains.")
    return ngettext(
        "%(num)s result of a site is off target beyond what chance explains.",
        "%(num)s results of sites are off target beyond what chance explains.",
        count,
    )


def off_target(one: Off, home: ProgrammeHome) -> Markup:
    """Where, what, and against what: the unit leads to the report, the figure stands out."""
    name = one.place.name if one.above is None else f"{one.place.name}, {one.above}"
    facts = {
        "unit": Markup('<a href="{}">{}</a>').format(_report(one, home), name),
        "rate": Markup("<strong>{}</strong>").format(percent(one.result.rate)),
        "reference": percent(one.result.reference, 0 if one.result.measure is not Measure.FATAL else 1),
    }
    sentences = {
        Measure.COACHING: _("%(unit)s: %(rate)s of coaching on time, against %(reference)s"),
        Measure.LEARNING: _("%(unit)s: %(rate)s of learning on time, against %(reference)s"),
        Measure.FATAL: _("%(unit)s: %(rate)s of audits with a fatal error, against %(reference)s of all"),
    }
    return Markup(sentences[one.result.measure]) % facts  # noqa: S704 -- what is filled in is escaped


def because(one: Off) -> str:
    """What it rests on, and how likely it is by chance."""
    facts = {"part": number(one.result.part), "count": number(one.result.whole)}
    if one.result.measure is Measure.COACHING:
        return _("%(part)s of %(count)s obligations; fewer than 1 in 1,000 by chance.", **facts)
    if one.result.measure is Measure.LEARNING:
        return _("%(part)s of %(count)s assignments; fewer than 1 in 1,000 by chance.", **facts)
    return _("%(part)s of %(count)s random audits; fewer than 1 in 1,000 by chance.", **facts)


def _report(one: Off, home: ProgrammeHome) -> str:
    """The rows behind the result."""
    month, unit = f"{home.month:%Y-%m}", one.place.id
    if one.result.measure is Measure.COACHING:
        return url_for("reports.coaching_compliance", month=month, unit=unit)
    if one.result.measure is Measure.LEARNING:
        return url_for("curriculum.assignments", due_month=month, unit=unit)
    return url_for("audits.index", month=month, unit=unit, fatal="yes", purpose="random")


def points(change: float | None) -> str | None:
    """A change on the month before, in percentage points."""
    if change is None:
        return None
    return _("%(change)s points on the month before", change=signed(100 * change))
