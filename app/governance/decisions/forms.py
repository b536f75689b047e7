"""The shape of input: a decision, and that one stands."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.governance.initiatives.forms import LONGEST, Pairs, choices_of, stripped, title_field


class DecisionForm(FlaskForm):
    """What was decided, why, instead of what, by whom, when, and when it is looked at again."""

    title_en = title_field(lazy_gettext("What was decided, in English"))
    title_es = title_field(lazy_gettext("What was decided, in Spanish"))
    why = TextAreaField(
        lazy_gettext("Why"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Say why it was decided this way.")), Length(max=LONGEST)],
    )
    alternatives = TextAreaField(
        lazy_gettext("Alternatives considered"), filters=[stripped], validators=[Length(max=LONGEST)]
    )
    unit_id = SelectField(lazy_gettext("Unit"), coerce=int)
    decided_by = SelectField(lazy_gettext("Decided by"), coerce=int)
    decided_on = DateField(lazy_gettext("Decided on"), validators=[InputRequired()])
    review_on = DateField(lazy_gettext("Review on"), validators=[Optional()])
    initiative_id = SelectField(lazy_gettext("Initiative"), coerce=int)
    risk_id = SelectField(lazy_gettext("Risk"), coerce=int)
    instead_of = HiddenField()

    def __init__(self, *, owners: Pairs, units: Pairs, initiatives: Pairs, risks: Pairs, **rest: Any) -> None:
        super().__init__(**rest)
        self.decided_by.choices, self.unit_id.choices = choices_of(owners), choices_of(units)
        self.initiative_id.choices = choices_of([(0, pgettext("initiatives", "none")), *initiatives])
        self.risk_id.choices = choices_of([(0, _("none")), *risks])

    @property
    def facts(self) -> dict[str, Any]:
        """The columns."""
        names = ("title_en", "title_es", "why", "alternatives", "unit_id", "decided_on", "review_on")
        links = {name: self[name].data or None for name in ("initiative_id", "risk_id")}
        return {**{name: self[name].data for name in names}, **links}


class LookForm(FlaskForm):
    """That a decision stands."""

    note = TextAreaField(
        lazy_gettext("Why it still stands"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Say why it still stands.")), Length(max=LONGEST)],
    )
    next_on = DateField(lazy_gettext("Next review"), validators=[Optional()])
