"""What the words of this room are called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

METRICS: dict[str, LazyString] = {
    "csat": lazy_gettext("Customer satisfaction (CSAT)"),
    "dsat": lazy_gettext("Customer dissatisfaction (DSAT)"),
    "contact_rate": lazy_gettext("Contact rate"),
    "aht": lazy_gettext("Average handle time (AHT)"),
    "fcr": lazy_gettext("First contact resolution (FCR)"),
    "coaching_in_time": lazy_gettext("Coaching in time"),
    "service_level": lazy_gettext("Service level"),
}
"""Names of metrics that are usual in the field; any other is shown as its file writes it."""

VERBS: dict[str, LazyString] = {
    "metrics.imported": lazy_gettext("imported metric values"),
    "targets.imported": lazy_gettext("imported targets of metrics"),
}

DETAILS: dict[str, LazyString] = {"changed": lazy_gettext("changed"), "new": lazy_gettext("new")}
"""What the values of a line of activity are called."""


def metric_name(code: str) -> str:
    """What a metric is called."""
    return str(METRICS.get(code.casefold(), code))
