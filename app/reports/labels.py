"""What is done with reports, for the log of activity."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

VERBS: dict[str, LazyString] = {
    "view.saved": lazy_gettext("saved a view of a report"),
    "view.changed": lazy_gettext("changed a view of a report"),
    "view.dropped": lazy_gettext("deleted a view of a report"),
    "schedule.made": lazy_gettext("had a report mailed"),
    "schedule.changed": lazy_gettext("changed when a report is mailed"),
    "schedule.paused": lazy_gettext("paused the mailing of a report"),
    "schedule.resumed": lazy_gettext("resumed the mailing of a report"),
    "schedule.stopped": lazy_gettext("stopped being mailed a report"),
    "schedule.ended": lazy_gettext("ended the mailing of a report"),
}
