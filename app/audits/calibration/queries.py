"""Reads on calibrations that other rooms share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from app.accounts.models import User
from app.audits.calibration.models import Calibration, CalibrationSeat
from app.audits.calibration.rules import CalibrationState


def to_score(viewer: User) -> tuple[Select[Calibration], Any]:
    """The calibrations the viewer is to score, and the column that says when they meet."""
    waiting = (
        Calibration.state == CalibrationState.SCORING,
        CalibrationSeat.person_id == viewer.id,
        CalibrationSeat.handed_in_at.is_(None),
    )
    found = select(Calibration).join(CalibrationSeat, CalibrationSeat.calibration_id == Calibration.id)
    return found.where(*waiting), Calibration.meets_at
