"""What is said of root-cause analyses."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.audits.root_causes.rules import AnalysisState, RootClass

ROOTS: dict[RootClass, LazyString] = {
    RootClass.AGENT: lazy_pgettext("root cause", "Agent"),
    RootClass.CUSTOMER: lazy_pgettext("root cause", "Customer"),
    RootClass.PROCESS: lazy_pgettext("root cause", "Process"),
    RootClass.TECHNOLOGY: lazy_pgettext("root cause", "Technology"),
    RootClass.POLICY: lazy_pgettext("root cause", "Policy"),
}
STATES: dict[AnalysisState, LazyString] = {
    AnalysisState.OPEN: lazy_gettext("Action to be taken"),
    AnalysisState.DONE: lazy_gettext("Effect to be checked"),
    AnalysisState.EFFECTIVE: lazy_gettext("It helped"),
    AnalysisState.NOT_EFFECTIVE: lazy_gettext("It did not help"),
}
LOOKS: dict[AnalysisState, str] = {
    AnalysisState.OPEN: "due",
    AnalysisState.DONE: "scheduled",
    AnalysisState.EFFECTIVE: "good",
    AnalysisState.NOT_EFFECTIVE: "bad",
}
