"""What changed since the month before, in sentences: figures beyond chance, gaps, and what was begun and decided."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.i18n import month_name, number, percent, signed
from app.home.rules import Measure, changed
from app.home.screens.governed import Happened
from app.home.screens.results import ProgrammeHome
from app.metrics.performance import Series

Change = tuple[str, str, str]
"""A kind of `ui.said`, the sentence, and where it leads."""


def changes(home: ProgrammeHome) -> list[Change]:
    """The figures first, then gaps, then what people did."""
    return [*_figures(home), *_gaps(home), *_happened(home.happened)]


def _figures(home: ProgrammeHome) -> Iterator[Change]:
    month = f"{home.month:%Y-%m}"
    leads = {
        Measure.COACHING: url_for("reports.coaching_compliance", month=month),
        Measure.FATAL: url_for("audits.index", month=month, purpose="random", fatal="yes"),
        Measure.LEARNING: url_for("curriculum.assignments", due_month=month),
    }
    for measure, series in home.figures.items():
        before, after = ((round(part), round(whole)) for part, whole in series.trend[-2:])
        if changed(before, after):
            better = (series.change or 0.0) > 0
            yield "good" if better is not measure.less_is_better else "bad", _sentence(measure, series), leads[measure]


def _sentence(measure: Measure, series: Series) -> str:
    facts = {"points": signed(100 * (series.change or 0.0)), "rate": percent(series.rate)}
    if measure is Measure.COACHING:
        return _("Coaching on time: %(points)s points, to %(rate)s; more than chance explains.", **facts)
    if measure is Measure.LEARNING:
        return _("Learning on time: %(points)s points, to %(rate)s; more than chance explains.", **facts)
    return _("Audits with a fatal error: %(points)s points, to %(rate)s; more than chance explains.", **facts)


def _gaps(home: ProgrammeHome) -> Iterator[Change]:
    change = home.moves.change
    if change > 0:
        said = ngettext(
            "%(count)s more gap is active than before.", "%(count)s more gaps are active than before.", change,
            count=number(change),
        )  # fmt: skip
    elif change < 0:
        said = ngettext(
            "%(count)s fewer gap is active than before.", "%(count)s fewer gaps are active than before.", -change,
            count=number(-change),
        )  # fmt: skip
    else:
        return
    yield "bad" if change > 0 else "good", said, url_for("gaps.index")


def _happened(found: Happened) -> Iterator[Change]:
    listed = url_for("desk.initiatives")
    if found.began:
        yield "plain", ngettext("%(num)s initiative began.", "%(num)s initiatives began.", found.began), listed
    if found.ended:
        yield "plain", ngettext("%(num)s initiative was done.", "%(num)s initiatives were done.", found.ended), listed
    if found.decided:
        said = ngettext("%(num)s decision was made.", "%(num)s decisions were made.", found.decided)
        yield "plain", said, url_for("desk.decisions")
    if found.raised:
        said = ngettext("%(num)s risk was raised.", "%(num)s risks were raised.", found.raised)
        yield "plain", said, url_for("desk.risks")


def against(home: ProgrammeHome) -> str:
    """Which month it is compared with."""
    return _("Against %(month)s", month=month_name(home.begins(2)))
