"""The shape of input of targets."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from app.core.clock import monday_of
from app.core.i18n import day


class TargetForm(FlaskForm):
    """The share of checks that should pass, from a week on."""

    target = IntegerField(
        lazy_gettext("Target, in per cent of checks passed"), validators=[InputRequired(), NumberRange(1, 99)]
    )
    valid_from = DateField(
        lazy_gettext("From the week of"),
        validators=[InputRequired()],
        description=lazy_gettext("The first decision by it is that of the Sunday of this week."),
    )

    def __init__(self, first: date, **rest: Any) -> None:
        super().__init__(**rest)
        self.first = first

    def validate_valid_from(self, field: DateField) -> None:
        if field.data is not None and monday_of(field.data) < self.first:
            raise ValidationError(
                _(
                    "Past decisions stay: a target can change from the week of %(day)s on.",
                    day=day(self.first, "long"),
                )
            )
