"""The shape of input: which review is begun, and what is agreed in it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.governance.reviews.labels import ACTION_STATES

Pairs = list[tuple[str, str]]


def _choices(pairs: Pairs) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


class BeginForm(FlaskForm):
    """A unit and a month."""

    unit = SelectField(lazy_gettext("Unit"), validators=[InputRequired()])
    month = StringField(lazy_gettext("Month"), validators=[InputRequired(), Length(max=10)])

    def __init__(self, units: Pairs, **rest: Any) -> None:
        """`units` are (id, path)."""
        super().__init__(**rest)
        self.unit.choices = _choices(units)


class DecisionForm(FlaskForm):
    """A decision, why, and when it is looked at again, if it is."""

    text = TextAreaField(lazy_gettext("What was decided"), validators=[InputRequired(), Length(max=200)])
    why = TextAreaField(
        lazy_gettext("Why"),
        validators=[DataRequired(lazy_gettext("Say why it was decided this way.")), Length(max=1000)],
    )
    review_on = DateField(lazy_gettext("Review on"), validators=[Optional()])


class ActionForm(FlaskForm):
    """What somebody does by when."""

    action = TextAreaField(lazy_gettext("What will be done"), validators=[InputRequired(), Length(max=1000)])
    owner = SelectField(lazy_gettext("Owner"), validators=[InputRequired()])
    due_on = DateField(lazy_gettext("Due"), validators=[InputRequired()])

    def __init__(self, owners: Pairs, **rest: Any) -> None:
        """`owners` are (id, name)."""
        super().__init__(**rest)
        self.owner.choices = _choices(owners)


class OutcomeForm(FlaskForm):
    """What became of an action."""

    state = SelectField(lazy_gettext("State"), validators=[InputRequired()])
    outcome = StringField(lazy_gettext("Outcome"), validators=[Length(max=1000)])

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.state.choices = _choices([(state.value, str(name)) for state, name in ACTION_STATES.items()])


class HoldForm(FlaskForm):
    """The day of the meeting."""

    held_on = DateField(lazy_gettext("Held on"), validators=[InputRequired()])
