"""The shape of input: a risk, and a review of it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext, pgettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.governance.initiatives.forms import LONGEST, Pairs, choices_of, stripped, title_field
from app.governance.risks.labels import IMPACTS, LIKELIHOODS, RESPONSES
from app.governance.risks.models import Risk
from app.governance.risks.rules import Response


def _likelihood() -> SelectField:
    return SelectField(lazy_gettext("Likelihood"), coerce=int)


def _impact() -> SelectField:
    return SelectField(lazy_gettext("Impact"), coerce=int)


class RiskForm(FlaskForm):
    """What could happen, why, with which consequence, and what is done about it."""

    title_en = title_field(lazy_gettext("What could happen, in English"))
    title_es = title_field(lazy_gettext("What could happen, in Spanish"))
    cause = TextAreaField(
        lazy_gettext("Cause"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Say what could cause it.")), Length(max=LONGEST)],
    )
    consequence = TextAreaField(
        lazy_gettext("Consequence"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Say what it would lead to.")), Length(max=LONGEST)],
    )
    unit_id = SelectField(lazy_gettext("Unit"), coerce=int)
    owner = SelectField(lazy_gettext("Owner"), coerce=int)
    likelihood = _likelihood()
    impact = _impact()
    response = SelectField(lazy_gettext("Response"))
    plan = TextAreaField(lazy_gettext("What is done about it"), filters=[stripped], validators=[Length(max=LONGEST)])
    initiative_id = SelectField(lazy_gettext("Initiative that reduces it"), coerce=int)
    review_on = DateField(lazy_gettext("Next review"), validators=[InputRequired()])

    def __init__(self, risk: Risk, *, owners: Pairs, units: Pairs, initiatives: Pairs, **rest: Any) -> None:
        super().__init__(obj=risk if risk.id else None, **rest)
        if risk.id:  # the score and the day change by a review
            for name in ("likelihood", "impact", "review_on"):
                del self[name]
        else:
            self.likelihood.choices, self.impact.choices = choices_of(LIKELIHOODS.items()), choices_of(IMPACTS.items())
        self.response.choices = choices_of((one.value, name) for one, name in RESPONSES.items())
        self.owner.choices, self.unit_id.choices = choices_of(owners), choices_of(units)
        self.initiative_id.choices = choices_of([(0, pgettext("initiatives", "none")), *initiatives])
        if not self.is_submitted():
            self.owner.data, self.initiative_id.data = risk.owner_id, risk.initiative_id or 0
            self.response.data = (risk.response or Response.REDUCE).value

    @property
    def facts(self) -> dict[str, Any]:
        """The columns."""
        names = ("title_en", "title_es", "cause", "consequence", "plan", "unit_id", "likelihood", "impact", "review_on")
        facts = {name: self[name].data for name in names if name in self}
        return {**facts, "response": Response(self.response.data), "initiative_id": self.initiative_id.data or None}


class ReviewForm(FlaskForm):
    """How likely and how bad it is now, and when it is looked at next."""

    likelihood = _likelihood()
    impact = _impact()
    note = StringField(lazy_gettext("Why, if the score changes"), filters=[stripped], validators=[Length(max=500)])
    review_on = DateField(lazy_gettext("Next review"), validators=[InputRequired()])

    def __init__(self, risk: Risk, **rest: Any) -> None:
        super().__init__(**rest)
        self.likelihood.choices, self.impact.choices = choices_of(LIKELIHOODS.items()), choices_of(IMPACTS.items())
        if not self.is_submitted():
            self.likelihood.data, self.impact.data = risk.likelihood, risk.impact
