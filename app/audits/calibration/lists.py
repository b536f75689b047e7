"""The list of calibrations."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.accounts.models import User
from app.audits.calibration import labels
from app.audits.calibration.models import Calibration
from app.audits.calibration.rules import CalibrationState
from app.core.i18n import number
from app.core.tables import Cell, Column, Filter, Table, moment_column, search, state, text


def table(viewer: User) -> Table:
    """The list for a viewer."""

    def own(one: Calibration) -> Cell:
        seat = next((seat for seat in one.seats if seat.person_id == viewer.id), None)
        if seat is None:
            return text(None)
        if seat.handed_in_at is not None:
            return state(_("handed in"), "good")
        if one.state is CalibrationState.SCORING:
            return text(_("to score"), url=url_for("audits.score_calibration", calibration_id=one.id))
        return text(_("not handed in"))

    return Table(
        id="calibrations",
        columns=[
            Column("name", lazy_gettext("Calibration"), _name, sort=Calibration.name),
            Column("contact", lazy_gettext("Contact reference"), lambda one: text(one.contact_ref)),
            moment_column("meets", lazy_gettext("Meeting"), Calibration.meets_at),
            Column("handed", lazy_gettext("Handed in"), _handed),
            Column("own", lazy_gettext("Your answers"), own),
            Column(
                "state",
                lazy_gettext("State"),
                lambda one: state(labels.STATES[one.state], labels.LOOKS[one.state], raw=one.state.value),
                sort=Calibration.state,
            ),
            moment_column("made", lazy_gettext("Created on"), Calibration.made_at),
        ],
        filters=[
            search(Calibration.name, Calibration.contact_ref),
            Filter(
                "state",
                lazy_gettext("State"),
                lambda value: Calibration.state == CalibrationState(value),
                lambda: [(one.value, label) for one, label in labels.STATES.items()],
            ),
        ],
        sort="-made",
        caption=lazy_gettext("Calibrations"),
        tie_break=Calibration.id,
        empty_text=lazy_gettext(
            "No calibrations yet. In one, several people score the same contact and agree on what is right."
        ),
    )


def _name(one: Calibration) -> Cell:
    unit = one.unit.path.replace("/", " · ") or one.unit.name
    return text(one.name, url=url_for("audits.calibration", calibration_id=one.id), note=unit)


def _handed(one: Calibration) -> Cell:
    handed = sum(seat.handed_in_at is not None for seat in one.seats)
    return text(_("%(part)s of %(whole)s", part=number(handed), whole=number(len(one.seats))), raw=handed)
