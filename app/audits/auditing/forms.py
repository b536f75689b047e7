"""The shape of input of auditing: what is to be audited, and an agent's confirmation. Answers are read in `answers.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectChoice, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, ValidationError

from app.audits import labels
from app.audits.auditing.answers import LONGEST_HEAD
from app.audits.models import Purpose
from app.core import i18n
from app.core.errors import Refused

CHOSEN = (Purpose.RANDOM, Purpose.DSAT, Purpose.TARGETED)
LONGEST_REMARK = 2_000


def stripped(value: str | None) -> str:
    """What was typed, without the space around it."""
    return (value or "").strip()


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Pairs (value, label) as a field takes them."""
    return [SelectChoice(str(value), label) for value, label in pairs]


def _text(label: Any) -> StringField:
    return StringField(label, filters=[stripped], validators=[Length(max=LONGEST_HEAD)])


class StartForm(FlaskForm):
    """Which contact is audited, on what, and why."""

    scorecard = SelectField(lazy_gettext("Scorecard"))
    purpose = SelectField(lazy_gettext("Purpose"), choices=choices_of((one, labels.PURPOSES[one]) for one in CHOSEN))
    day = DateField(lazy_gettext("Day of the contact"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("At"), validators=[InputRequired()])
    contact_ref = _text(lazy_gettext("Contact reference"))
    channel = _text(lazy_gettext("Channel"))
    language = SelectField(
        lazy_gettext("Language"), choices=choices_of([("", lazy_gettext("not said")), *labels.LANGUAGES.items()])
    )

    def __init__(self, scorecards: Iterable[tuple[int, str]], on: datetime, **rest: Any) -> None:
        super().__init__(**rest)
        self.scorecard.choices = choices_of(scorecards)
        self.on = on
        if not self.is_submitted() and self.day.data is None:
            here = i18n.local(on - timedelta(hours=1))
            self.day.data, self.at.data = here.date(), here.time().replace(second=0, microsecond=0)

    @property
    def moment(self) -> datetime:
        """The moment of the contact, in UTC."""
        day: Any = self.day.data
        at: Any = self.at.data
        return i18n.aware(datetime.combine(day, at), i18n.time_zone())

    def validate_at(self, field: TimeField) -> None:
        if self.day.data and field.data and self.moment > self.on:
            raise ValidationError(_("This contact is in the future."))


def release_moment(form: Mapping[str, str]) -> datetime | None:
    """When an audit is to be released, in UTC; none where no day was typed. `Refused` for what is no day or time."""
    day, at = form.get("release_on", "").strip(), form.get("release_time", "").strip()
    if not day and not at:
        return None
    try:
        typed = datetime.combine(date.fromisoformat(day), time.fromisoformat(at or "09:00"))
        return i18n.aware(typed, i18n.time_zone())
    except (ValueError, OverflowError):
        raise Refused(_("The time of release needs a day and a time, as in 2026-11-05 and 09:00.")) from None


class ReadForm(FlaskForm):
    """An agent's word on an audit that was read."""

    comment = TextAreaField(lazy_gettext("Comment"), filters=[stripped], validators=[Length(max=LONGEST_REMARK)])
