"""The shape of input: who observes when, the marks, and what is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import Optional, ValidationError

from app.accounts.models import User
from app.cohorts.labels import LEVELS
from app.cohorts.programmes.forms import LiveForm, choices_of


class TeachBackForm(LiveForm):
    """A teach-back and its two observers; the title is what is taught."""

    first = SelectField(lazy_gettext("First observer"), coerce=int)
    second = SelectField(lazy_gettext("Second observer"), coerce=int)

    def __init__(self, observers: Sequence[User], **rest: Any) -> None:
        super().__init__(**rest)
        choices = choices_of((one.id, one.name) for one in observers)
        self.first.choices = self.second.choices = choices
        if not self.is_submitted() and len(observers) > 1:
            self.second.data = observers[1].id

    def validate_second(self, field: SelectField) -> None:
        if field.data == self.first.data:
            raise ValidationError(_("Two different people must observe."))


class ThirdForm(FlaskForm):
    """Who is the third observer."""

    observer = SelectField(lazy_gettext("Third observer"), coerce=int)


class DecideForm(FlaskForm):
    """What is decided beside the marks."""

    level = SelectField(lazy_gettext("Level"), choices=choices_of(LEVELS.items()))
    reteach_on = DateField(lazy_gettext("Re-teach by"), validators=[Optional()])
