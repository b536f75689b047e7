"""The shape of input: a plan, a review, a talk with the coach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from app.coaching.forms import LONGEST_NOTE, choices_of, local_moment, stripped
from app.coaching.quality.labels import ITEMS, MARKS
from app.coaching.quality.rules import MOST_A_COACH, Item, Mark
from app.core import i18n


class PlanForm(FlaskForm):
    """How many sessions of each coach of a unit are drawn."""

    unit = SelectField(lazy_gettext("Unit"), coerce=int)
    per_coach = IntegerField(
        lazy_gettext("Sessions per coach a month"),
        validators=[InputRequired(), NumberRange(1, MOST_A_COACH)],
        default=1,
    )

    def __init__(self, units: Sequence[tuple[int, str]], **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices = choices_of(units)


class ReviewForm(FlaskForm):
    """A mark for each line of the rubric, and a comment."""

    comment = TextAreaField(
        lazy_gettext("Comment for the coach"), filters=[stripped], validators=[Length(max=LONGEST_NOTE)]
    )

    @property
    def marks(self) -> dict[Item, Mark]:
        return {item: Mark(getattr(self, item.value).data) for item in Item}

    def validate_comment(self, field: TextAreaField) -> None:
        if not field.data and any(getattr(self, item.value).data == Mark.NO for item in Item):
            raise ValidationError(_("Say in the comment what was missing."))


for _item in Item:
    _field = RadioField(ITEMS[_item], choices=choices_of(MARKS.items()), validators=[InputRequired()])
    setattr(ReviewForm, _item.value, _field)


class TalkForm(FlaskForm):
    """A session held with the coach."""

    day = DateField(lazy_gettext("Held on"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("At"), validators=[InputRequired()])
    notes = TextAreaField(lazy_gettext("What was said"), validators=[DataRequired(), Length(max=LONGEST_NOTE)])
    promise = StringField(lazy_gettext("Commitment"), filters=[stripped], validators=[Length(max=500)])
    due_on = DateField(lazy_gettext("Due"), validators=[Optional()])

    def __init__(self, on: datetime, **rest: Any) -> None:
        super().__init__(**rest)
        self.on = on
        if not self.is_submitted():
            here = i18n.local(on)
            self.day.data, self.at.data = here.date(), here.time().replace(second=0, microsecond=0)
            self.due_on.data = here.date() + timedelta(days=14)

    @property
    def moment(self) -> datetime:
        """The moment chosen, in UTC."""
        day: Any = self.day.data
        at: Any = self.at.data
        return local_moment(day, at)

    def validate_at(self, field: TimeField) -> None:
        if self.day.data and field.data and self.moment > self.on:
            raise ValidationError(_("This time is in the future."))

    @property
    def promised(self) -> tuple[str, date | None] | None:
        """What the coach takes on, if anything."""
        return (self.promise.data, self.due_on.data) if self.promise.data else None
