"""What the words of this room are called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

from app.core.i18n import number, percent
from app.metrics.performance import Better, Series, Standing

METRICS: dict[str, LazyString] = {
    "csat": lazy_gettext("Customer satisfaction (CSAT)"),
    "dsat": lazy_gettext("Customer dissatisfaction (DSAT)"),
    "contact_rate": lazy_gettext("Contact rate"),
    "aht": lazy_gettext("Average handle time (AHT)"),
    "handling_time": lazy_gettext("Average handle time (AHT)"),
    "fcr": lazy_gettext("First contact resolution (FCR)"),
    "coaching_in_time": lazy_gettext("Coaching on time"),
    "service_level": lazy_gettext("Service level"),
    "quality": lazy_gettext("Quality score"),
    "fatal_errors": lazy_gettext("Audits with a fatal error"),
    "customer_accuracy": lazy_gettext("Critical-error accuracy, customer"),
    "business_accuracy": lazy_gettext("Critical-error accuracy, business"),
    "compliance_accuracy": lazy_gettext("Critical-error accuracy, compliance"),
    "learning_in_time": lazy_gettext("Learning on time"),
    "dsat_audited": lazy_gettext("DSAT cases audited"),
    "auditor_alignment": lazy_gettext("Auditor alignment"),
}
"""Names of metrics that are usual in the field; any other is shown as its file writes it."""

VERBS: dict[str, LazyString] = {
    "metrics.imported": lazy_gettext("imported metric values"),
    "targets.imported": lazy_gettext("imported targets of metrics"),
    "metrics.value_set": lazy_gettext("entered a value of a metric"),
    "metrics.value_removed": lazy_gettext("removed a value of a metric"),
    "targets.set": lazy_gettext("set a target"),
    "targets.removed": lazy_gettext("removed a target"),
}

DETAILS: dict[str, LazyString] = {
    "changed": lazy_gettext("changed"),
    "new": lazy_gettext("new"),
    "metric": lazy_gettext("metric"),
    "month": lazy_gettext("month"),
    "was": lazy_gettext("was"),
}
"""What the values of a line of activity are called."""


STANDINGS: dict[tuple[Standing, Better | None], tuple[str, LazyString]] = {
    (Standing.ON, Better.MORE): ("good", lazy_gettext("on target")),
    (Standing.ON, Better.LESS): ("good", lazy_gettext("on target")),
    (Standing.NEAR, Better.MORE): ("within", lazy_gettext("below target, within chance")),
    (Standing.NEAR, Better.LESS): ("within", lazy_gettext("above target, within chance")),
    (Standing.OFF, Better.MORE): ("bad", lazy_gettext("below target")),
    (Standing.OFF, Better.LESS): ("bad", lazy_gettext("above target")),
    (Standing.WITHIN, Better.MORE): ("within", lazy_gettext("within limits")),
    (Standing.WITHIN, Better.LESS): ("within", lazy_gettext("within limits")),
    (Standing.WITHIN, None): ("within", lazy_gettext("within limits")),
    (Standing.ABOVE, Better.MORE): ("good", lazy_gettext("above the limits")),
    (Standing.ABOVE, Better.LESS): ("bad", lazy_gettext("above the limits")),
    (Standing.ABOVE, None): ("warn", lazy_gettext("above the limits")),
    (Standing.BELOW, Better.MORE): ("bad", lazy_gettext("below the limits")),
    (Standing.BELOW, Better.LESS): ("good", lazy_gettext("below the limits")),
    (Standing.BELOW, None): ("warn", lazy_gettext("below the limits")),
}
"""How a standing is shown, a kind of `ui.state`, and what it is called."""


def standing(series: Series) -> tuple[str, str] | None:
    """The kind and word of where a figure stands; None where nothing can be said."""
    if series.standing is None:
        return None
    look, word = STANDINGS[series.standing, series.metric.better]
    return look, str(word)


def metric_name(code: str) -> str:
    """What a metric is called."""
    return str(METRICS.get(code.casefold(), code))


def written(value: float | None) -> str:
    """A figure of unknown kind: a fraction as per cent, anything else as a number."""
    return percent(value) if value is None or 0 <= value <= 1 else number(value, 1)
