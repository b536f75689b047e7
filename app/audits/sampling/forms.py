"""The shape of input of sampling plans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.audits.auditing.forms import choices_of, stripped
from app.audits.sampling import labels
from app.audits.sampling.rules import WATCH_AUDITS

MOST = 100
MOST_WATCHED = 20


class PlanForm(FlaskForm):
    """So many audits per what and how often."""

    name = StringField(lazy_gettext("Name"), filters=[stripped], validators=[DataRequired(), Length(max=120)])
    unit = SelectField(lazy_gettext("Unit"))
    scorecard = SelectField(lazy_gettext("Scorecard"))
    count = IntegerField(lazy_gettext("Audits"), validators=[InputRequired(), NumberRange(1, MOST)], default=2)
    per = SelectField(lazy_gettext("Per"), choices=choices_of(labels.PER.items()))
    period = SelectField(lazy_gettext("Every"), choices=choices_of(labels.PERIODS.items()))
    watch_count = IntegerField(
        lazy_gettext("Extra audits for an agent who comes under watch"),
        validators=[InputRequired(), NumberRange(0, MOST_WATCHED)],
        default=WATCH_AUDITS,
        description=lazy_gettext(
            "In addition to those above, in the two weeks after. In simulations, four find sudden "
            "gaps a little sooner, for one extra audit in seventeen; eight clearly sooner, for one in "
            "nine. With 0, none are requested."
        ),
    )
    valid_from = DateField(lazy_gettext("Valid from"), validators=[InputRequired()])

    def __init__(self, units: Iterable[tuple[Any, Any]], scorecards: Iterable[tuple[Any, Any]], **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices = choices_of(units)
        self.scorecard.choices = choices_of(scorecards)
