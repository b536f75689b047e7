"""What everything of disputes is called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_pgettext

from app.audits.disputes.rules import DisputeState, StepKind

STATES: dict[DisputeState, LazyString] = {
    DisputeState.OPEN: lazy_pgettext("dispute", "Open"),
    DisputeState.ACCEPTED: lazy_pgettext("dispute", "Accepted"),
    DisputeState.PARTLY: lazy_pgettext("dispute", "Accepted in part"),
    DisputeState.REJECTED: lazy_pgettext("dispute", "Rejected"),
    DisputeState.WITHDRAWN: lazy_pgettext("dispute", "Withdrawn"),
}

LOOKS: dict[DisputeState, str] = {
    DisputeState.OPEN: "due",
    DisputeState.ACCEPTED: "good",
    DisputeState.PARTLY: "good",
    DisputeState.REJECTED: "plain",
    DisputeState.WITHDRAWN: "void",
}

STEPS: dict[StepKind, LazyString] = {
    StepKind.RAISED: lazy_pgettext("dispute", "Raised"),
    StepKind.REROUTED: lazy_pgettext("dispute", "Passed to somebody else"),
    StepKind.ACCEPTED: STATES[DisputeState.ACCEPTED],
    StepKind.PARTLY: STATES[DisputeState.PARTLY],
    StepKind.REJECTED: STATES[DisputeState.REJECTED],
    StepKind.WITHDRAWN: STATES[DisputeState.WITHDRAWN],
    StepKind.REOPENED: lazy_pgettext("dispute", "Reopened"),
}
