"""The shape of input of reaudits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.audits.auditing.forms import choices_of, stripped
from app.audits.reaudits.models import ContestState
from app.audits.sampling import labels

MOST = 50
LONGEST = 2_000


class PlanForm(FlaskForm):
    """So many audits of each auditor, and how often."""

    name = StringField(lazy_gettext("Name"), filters=[stripped], validators=[DataRequired(), Length(max=120)])
    unit = SelectField(lazy_gettext("Unit"))
    count = IntegerField(
        lazy_gettext("Audits per auditor"), validators=[InputRequired(), NumberRange(1, MOST)], default=3
    )
    period = SelectField(lazy_gettext("Every"), choices=choices_of(labels.PERIODS.items()))
    valid_from = DateField(lazy_gettext("Valid from"), validators=[InputRequired()])

    def __init__(self, units: Iterable[tuple[Any, Any]], **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices = choices_of(units)


class AnswerForm(FlaskForm):
    """An answer to a contested check."""

    outcome = RadioField(
        lazy_gettext("Answer"),
        choices=choices_of(
            [
                (ContestState.GRANTED, lazy_gettext("Grant: the auditor was right")),
                (ContestState.UPHELD, lazy_gettext("Uphold: the reaudit holds")),
            ]
        ),
    )
    text = TextAreaField(lazy_gettext("Reason"), filters=[stripped], validators=[DataRequired(), Length(max=LONGEST)])
