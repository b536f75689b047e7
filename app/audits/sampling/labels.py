"""What everything of sampling is called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_pgettext, ngettext
from flask_babel import gettext as _

from app.audits.sampling.models import SamplingPlan
from app.audits.sampling.rules import Per, Period

PER: dict[Per, LazyString] = {
    Per.AGENT: lazy_pgettext("per", "agent"),
    Per.TEAM: lazy_pgettext("per", "team"),
    Per.AUDITOR: lazy_pgettext("per", "auditor"),
}

PERIODS: dict[Period, LazyString] = {
    Period.WEEK: lazy_pgettext("every", "week"),
    Period.MONTH: lazy_pgettext("every", "month"),
}


def asks(plan: SamplingPlan) -> str:
    """`2 per agent and week`."""
    return _("%(count)s per %(per)s and %(period)s", count=plan.count, per=PER[plan.per], period=PERIODS[plan.period])


def asks_watched(plan: SamplingPlan, waiting: int) -> str:
    """`4 more for an agent who comes under watch, in two weeks; 8 of them wait`; nothing where none are given."""
    if not plan.watch_count:
        return ""
    given = ngettext(
        "%(num)s extra for an agent who comes under watch, in the two weeks after",
        "%(num)s extra for an agent who comes under watch, in the two weeks after",
        plan.watch_count,
    )
    if not waiting:
        return given
    return f"{given}; " + ngettext("%(num)s of them waits", "%(num)s of them wait", waiting)
