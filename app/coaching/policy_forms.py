"""The shape of input: a policy, and hours of opening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, TimeField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from app.coaching import labels
from app.coaching.forms import choices_of
from app.coaching.rules import OPTIONAL, TERMS, Away, Clock, Terms
from app.coaching.working import Hours

MOST_DAYS, MOST_HOURS = 366, 24 * 92
MOST = {"failed_below": 100, "repeat_times": 20}
LEAST = {"repeat_times": 2}
LATER = {"failed_hours", "failed_below", "dsat_hours", "repeat_hours", "repeat_times", "repeat_days"}
"""What a form may leave out: it is then what Hilo begins with."""


def _term(name: str) -> IntegerField:
    most = MOST.get(name) or (MOST_DAYS if "days" in name else MOST_HOURS)
    least = 0 if name in OPTIONAL.values() else LEAST.get(name, 1)
    must = Optional() if name in LATER else InputRequired()
    return IntegerField(labels.TERM_NAMES[name], validators=[must, NumberRange(least, most)])


class PolicyForm(FlaskForm):
    """What is owed in a unit from a day on."""

    unit = SelectField(lazy_gettext("Unit"), coerce=int)
    valid_from = DateField(lazy_gettext("Valid from"), validators=[InputRequired()])
    clock = SelectField(lazy_gettext("Hours run"), choices=choices_of(labels.CLOCKS.items()), default="calendar")
    away = SelectField(
        lazy_gettext("While the agent is away"), choices=choices_of(labels.AWAY_RULES.items()), default="stops"
    )

    def __init__(self, units: Sequence[tuple[int, str]], today: date, **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices = choices_of(units)
        self.today = today

    def validate_valid_from(self, field: DateField) -> None:
        if field.data is not None and field.data <= self.today:
            raise ValidationError(_("A policy can change from tomorrow on, not for days that have begun."))

    @property
    def terms(self) -> Terms:
        """The terms as typed."""
        typed = {name: getattr(self, name).data for name in TERMS}
        numbers = {name: value for name, value in typed.items() if value is not None}
        return Terms(**numbers, clock=Clock(self.clock.data), away=Away(self.away.data))

    def show(self, terms: Terms) -> None:
        """Fill in terms."""
        for name in TERMS:
            getattr(self, name).data = getattr(terms, name)
        self.clock.data, self.away.data = terms.clock.value, terms.away.value


for _name in TERMS:
    setattr(PolicyForm, _name, _term(_name))


class HoursForm(FlaskForm):
    """When a unit is open, by weekday; a day without hours is closed."""

    def spans(self) -> dict[int, tuple[int, int]]:
        """Minutes after midnight by weekday; what closes before it opens closes on the next day."""
        found = {}
        for weekday in range(7):
            opens, closes = (getattr(self, f"{side}_{weekday}").data for side in SIDES)
            if opens is not None and closes is not None:
                first, last = (one.hour * 60 + one.minute for one in (opens, closes))
                found[weekday] = (first, last if last > first else last + 24 * 60)
        return found

    def show(self, hours: Hours) -> None:
        """Fill in hours."""
        for weekday, span in hours.items():
            for side, minutes in zip(SIDES, span, strict=True):
                getattr(self, f"{side}_{weekday}").data = time(minutes // 60 % 24, minutes % 60)

    def validate(self, extra_validators: Any = None) -> bool:
        fine = super().validate(extra_validators)
        for weekday in range(7):
            opens, closes = (getattr(self, f"{side}_{weekday}") for side in SIDES)
            if (opens.data is None) is not (closes.data is None):
                closes.errors = [_("Give both hours of a day, or none where it is closed.")]
                fine = False
        if fine and not self.spans():
            self.form_errors.append(_("A site must be open on at least one day of the week."))
            fine = False
        return fine


SIDES = ("opens", "closes")
for _weekday in range(7):
    for _side, _label in zip(SIDES, (lazy_gettext("Opens"), lazy_gettext("Closes")), strict=True):
        setattr(HoursForm, f"{_side}_{_weekday}", TimeField(_label, validators=[Optional()]))
