"""What everything of reaudits is called, and how their figures are said."""

from __future__ import annotations

from flask_babel import LazyString, lazy_pgettext, ngettext
from flask_babel import gettext as _

from app.audits.reaudits.agreement import CONFIDENCE, FEW, Agreement
from app.audits.reaudits.models import ContestState, ReauditPlan
from app.audits.sampling.rules import Period
from app.core.i18n import number, percent, signed

CONTESTS: dict[ContestState, LazyString] = {
    ContestState.OPEN: lazy_pgettext("contest", "Contested"),
    ContestState.UPHELD: lazy_pgettext("contest", "Upheld: the reaudit holds"),
    ContestState.GRANTED: lazy_pgettext("contest", "Granted: the auditor was right"),
}
CONTEST_LOOKS = {ContestState.OPEN: "due", ContestState.UPHELD: "plain", ContestState.GRANTED: "good"}


def asks(plan: ReauditPlan) -> str:
    """`3 of each auditor a week`."""
    if plan.period is Period.WEEK:
        return _("%(count)s per auditor a week", count=number(plan.count))
    return _("%(count)s per auditor a month", count=number(plan.count))


def counted(one: Agreement) -> str:
    """`n = 12 reaudits, 180 checks`."""
    return ngettext(
        "n = %(num)s reaudit, %(checks)s checks",
        "n = %(num)s reaudits, %(checks)s checks",
        one.contacts,
        checks=number(one.checks),
    )


def interval(one: Agreement) -> str | None:
    """`95%: 0.71 to 0.92`, or that there are too few."""
    if one.few:
        return _("too few: from %(few)s contacts on", few=FEW)
    if one.interval is None:
        return None
    low, high = (number(value, 2) for value in one.interval)
    return _("%(level)s: %(low)s to %(high)s", level=percent(CONFIDENCE, 0), low=low, high=high)


def leaning(one: Agreement) -> tuple[str, str]:
    """The look and the words of how lenient somebody is."""
    if one.few:
        return "plain", _("too few to tell")
    if one.leans > 0:
        return "warn", _("lenient beyond chance")
    if one.leans < 0:
        return "warn", _("strict beyond chance")
    return "plain", _("within chance")


def points(value: float | None) -> str:
    """A share as signed points: `+2.4`."""
    return "–" if value is None else signed(100 * value, 1)


def points_between(one: Agreement) -> str:
    """The interval of the leniency."""
    if one.few or one.leniency_interval is None:
        return ""
    low, high = (points(value) for value in one.leniency_interval)
    return _("%(level)s: %(low)s to %(high)s", level=percent(CONFIDENCE, 0), low=low, high=high)


def share(value: float | None) -> str:
    return "–" if value is None else percent(value)
