"""The shape of input of calibrations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, RadioField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.audits import labels
from app.audits.auditing.answers import LONGEST_HEAD
from app.audits.auditing.forms import choices_of, stripped
from app.audits.calibration.models import Calibration
from app.audits.calibration.rules import TOLERANCE
from app.audits.calibration.services import Terms
from app.audits.models import Criterion, Result
from app.core import i18n

LONGEST = 10_000


class CalibrationForm(FlaskForm):
    """What a calibration is about."""

    name = StringField(lazy_gettext("Name"), filters=[stripped], validators=[DataRequired(), Length(max=120)])
    unit = SelectField(lazy_gettext("Unit"))
    version = SelectField(lazy_gettext("Scorecard"))
    contact_ref = StringField(
        lazy_gettext("Contact reference"), filters=[stripped], validators=[DataRequired(), Length(max=LONGEST_HEAD)]
    )
    day = DateField(lazy_gettext("Day of the contact"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("At"), validators=[InputRequired()])
    channel = StringField(lazy_gettext("Channel"), filters=[stripped], validators=[Length(max=LONGEST_HEAD)])
    meets_on = DateField(lazy_gettext("Day of the meeting"), validators=[Optional()])
    meets_at = TimeField(lazy_gettext("At"), validators=[Optional()])
    tolerance = DecimalField(
        lazy_gettext("Tolerance, in per cent"),
        validators=[InputRequired(), NumberRange(0, 50)],
        default=100 * TOLERANCE,
    )

    def __init__(self, units: Iterable[tuple[Any, Any]], versions: Iterable[tuple[Any, Any]], **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices, self.version.choices = choices_of(units), choices_of(versions)

    def validate(self, extra_validators: Any = None) -> bool:
        """A meeting has both a day and a time, or neither."""
        fine = super().validate(extra_validators)
        if fine and (self.meets_on.data is None) != (self.meets_at.data is None):
            self.form_errors.append(_("A meeting needs both a day and a time."))
            return False
        return fine

    @property
    def terms(self) -> Terms:
        """What was typed."""
        return Terms(
            name=str(self.name.data),
            unit_id=int(str(self.unit.data)),
            version_id=int(str(self.version.data)),
            contact_ref=str(self.contact_ref.data),
            contact_at=_moment(self.day.data, self.at.data),
            channel=str(self.channel.data or ""),
            meets_at=_moment(self.meets_on.data, self.meets_at.data) if self.meets_on.data else None,
            tolerance=float(self.tolerance.data or 0) / 100,
        )

    @staticmethod
    def facts(one: Calibration) -> dict[str, Any]:
        """What a draft says, as the form has it."""
        contact, meets = i18n.local(one.contact_at), i18n.local(one.meets_at) if one.meets_at else None
        return {
            "name": one.name,
            "unit": str(one.unit_id),
            "version": str(one.version_id),
            "contact_ref": one.contact_ref,
            "day": contact.date(),
            "at": contact.time().replace(second=0, microsecond=0),
            "channel": one.channel,
            "meets_on": meets.date() if meets else None,
            "meets_at": meets.time() if meets else None,
            "tolerance": round(100 * one.tolerance, 2),
        }


def _moment(day: date | None, at: Any) -> datetime:
    return i18n.aware(datetime.combine(day or date.min, at or time.min), i18n.time_zone())


class AgreedForm(FlaskForm):
    """The answer all agreed on for a criterion."""

    result = RadioField(lazy_gettext("Agreed answer"), validators=[InputRequired()])
    note = TextAreaField(lazy_gettext("Why"), filters=[stripped], validators=[DataRequired(), Length(max=LONGEST)])

    def __init__(self, criterion: Criterion, **rest: Any) -> None:
        super().__init__(prefix=f"i{criterion.id}", **rest)
        offered = [one for one in Result if one is not Result.NA or criterion.na_allowed]
        self.result.choices = choices_of((one, labels.RESULTS[one]) for one in offered)


class MeetingForm(FlaskForm):
    """What was talked about; who attended is ticked beside."""

    discussion = TextAreaField(
        lazy_gettext("What was talked about"), filters=[stripped], validators=[Length(max=LONGEST)]
    )
