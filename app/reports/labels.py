"""What is done with reports, for the log of activity."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

VERBS: dict[str, LazyString] = {
    "view.saved": lazy_gettext("saved a view of a report"),
    "view.changed": lazy_gettext("changed a view of a report"),
    "view.dropped": lazy_gettext("deleted a view of a report"),
    "schedule.made": lazy_gettext("scheduled a report by email"),
    "schedule.changed": lazy_gettext("changed the email schedule of a report"),
    "schedule.paused": lazy_gettext("paused a report by email"),
    "schedule.resumed": lazy_gettext("resumed a report by email"),
    "schedule.stopped": lazy_gettext("stopped getting a report by email"),
    "schedule.ended": lazy_gettext("ended a report by email"),
}
