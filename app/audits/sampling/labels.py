"""What everything of sampling is called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_pgettext
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
