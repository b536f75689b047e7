"""What is said of risks."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.governance.risks.rules import Level, Response

RESPONSES: dict[Response, LazyString] = {
    Response.AVOID: lazy_pgettext("risk response", "Avoid"),
    Response.REDUCE: lazy_pgettext("risk response", "Reduce"),
    Response.TRANSFER: lazy_pgettext("risk response", "Transfer"),
    Response.ACCEPT: lazy_pgettext("risk response", "Accept"),
}
LEVELS: dict[Level, LazyString] = {
    Level.LOW: lazy_pgettext("risk", "low"),
    Level.MEDIUM: lazy_pgettext("risk", "medium"),
    Level.HIGH: lazy_pgettext("risk", "high"),
    Level.CRITICAL: lazy_pgettext("risk", "critical"),
}
LOOKS: dict[Level, str] = {Level.LOW: "plain", Level.MEDIUM: "watching", Level.HIGH: "warn", Level.CRITICAL: "bad"}
LIKELIHOODS: dict[int, LazyString] = {
    1: lazy_gettext("1 · rare"),
    2: lazy_gettext("2 · unlikely"),
    3: lazy_gettext("3 · possible"),
    4: lazy_gettext("4 · likely"),
    5: lazy_gettext("5 · almost certain"),
}
IMPACTS: dict[int, LazyString] = {
    1: lazy_gettext("1 · slight"),
    2: lazy_gettext("2 · minor"),
    3: lazy_gettext("3 · moderate"),
    4: lazy_gettext("4 · major"),
    5: lazy_gettext("5 · severe"),
}
