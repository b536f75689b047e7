"""What the words of saved views and schedules are called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from app.core.i18n import language, weekday_names
from app.reports.kept.models import Schedule
from app.reports.kept.rules import Every, Outcome, Told

EVERY: dict[Every, LazyString] = {Every.WEEK: lazy_gettext("every week"), Every.MONTH: lazy_gettext("every month")}
TOLD: dict[Told, LazyString] = {
    Told.BEFORE: lazy_gettext("the month before"),
    Told.THIS: lazy_gettext("the month so far"),
    Told.NEXT: lazy_gettext("the next month"),
}
OUTCOMES: dict[Outcome, LazyString] = {
    Outcome.WAITING: lazy_gettext("is being sent"),
    Outcome.SENT: lazy_gettext("sent"),
    Outcome.LEFT: lazy_gettext("not sent: has left"),
    Outcome.NO_ADDRESS: lazy_gettext("not sent: no email address"),
    Outcome.NOT_ALLOWED: lazy_gettext("not sent: may no longer read this report"),
    Outcome.OUT_OF_REACH: lazy_gettext("not sent: nothing of it is within reach any longer"),
    Outcome.STOPPED: lazy_gettext("not sent: stopped or paused"),
}
LOOKS: dict[Outcome, str] = {Outcome.WAITING: "scheduled", Outcome.SENT: "good", Outcome.STOPPED: "void"}


def when(one: Schedule) -> str:
    """When it is mailed, in words."""
    hour = f"{one.hour:02}:00"
    if one.every is Every.WEEK:
        day = weekday_names()[one.day]
        return _("Every week on %(day)s at %(hour)s", day=day.lower() if language() == "es" else day, hour=hour)
    return _("Every month on day %(day)s at %(hour)s", day=one.day, hour=hour)
