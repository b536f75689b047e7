"""What everything of calibrations is called."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.audits.calibration.rules import CalibrationState

STATES: dict[CalibrationState, LazyString] = {
    CalibrationState.DRAFT: lazy_pgettext("calibration", "Draft"),
    CalibrationState.SCORING: lazy_pgettext("calibration", "Being scored"),
    CalibrationState.REVIEW: lazy_pgettext("calibration", "In review"),
    CalibrationState.RESOLVED: lazy_pgettext("calibration", "Resolved"),
    CalibrationState.CLOSED: lazy_pgettext("calibration", "Closed"),
}
LOOKS: dict[CalibrationState, str] = {
    CalibrationState.DRAFT: "draft",
    CalibrationState.SCORING: "due",
    CalibrationState.REVIEW: "watching",
    CalibrationState.RESOLVED: "good",
    CalibrationState.CLOSED: "locked",
}
MOVES: dict[CalibrationState, LazyString] = {
    CalibrationState.SCORING: lazy_gettext("Open for scoring"),
    CalibrationState.REVIEW: lazy_gettext("End scoring and review"),
    CalibrationState.RESOLVED: lazy_gettext("Resolve"),
    CalibrationState.CLOSED: lazy_gettext("Close"),
}
"""The deed that leads to a state."""
SAYS: dict[CalibrationState, LazyString] = {
    CalibrationState.SCORING: lazy_gettext(
        "Everybody who takes part is notified, and scores without seeing other answers."
    ),
    CalibrationState.REVIEW: lazy_gettext(
        "Answers not handed in by now are left out. Everybody who takes part sees the answers."
    ),
    CalibrationState.RESOLVED: lazy_gettext("The agreed answers stand. Everybody who takes part is notified."),
    CalibrationState.CLOSED: lazy_gettext("Nothing can be changed after that."),
}
"""What the deed brings about."""
