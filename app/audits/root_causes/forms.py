"""The shape of an analysis as it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.audits.root_causes.labels import ROOTS
from app.audits.root_causes.rules import WHYS

LONGEST = 2_000
YES, NO = "yes", "no"


def _choices(labels: Mapping[str, Any]) -> list[SelectChoice]:
    """Choices whose labels are translated when the page is made."""
    return [SelectChoice(value, label) for value, label in labels.items()]


class AnalysisForm(FlaskForm):
    """Problem, whys, root, and what is done about it."""

    problem = TextAreaField(
        lazy_gettext("The problem"),
        validators=[DataRequired(lazy_gettext("Say what the problem is.")), Length(max=LONGEST)],
        description=lazy_gettext("What happened to the customer, in a sentence."),
    )
    root = RadioField(
        lazy_gettext("Where does the root lie?"),
        choices=_choices({one.value: label for one, label in ROOTS.items()}),
        validators=[InputRequired(lazy_gettext("Say where the root lies."))],
    )
    controllable = RadioField(
        lazy_gettext("Can the partner do something about it?"),
        choices=_choices({YES: lazy_gettext("Controllable"), NO: lazy_gettext("Not controllable")}),
        validators=[InputRequired(lazy_gettext("Say whether it is controllable."))],
    )
    action = TextAreaField(
        lazy_gettext("Corrective action"),
        validators=[DataRequired(lazy_gettext("Say what will be done.")), Length(max=LONGEST)],
    )
    owner = SelectField(
        lazy_gettext("Owner"),
        coerce=lambda one: int(one) if one else None,
        validators=[InputRequired(lazy_gettext("Choose who acts."))],
    )
    due_on = DateField(lazy_pgettext("action", "Due"), validators=[DataRequired(lazy_gettext("Say by when."))])
    metric = StringField(
        lazy_gettext("Metric that will show it"),
        validators=[Length(max=200)],
        description=lazy_gettext(
            "With its value today and the one expected, as in “DSAT of refunds, from 9 % to 6 %”."
        ),
    )
    check_on = DateField(lazy_gettext("Effect checked on"), validators=[Optional()])


for _place in range(1, WHYS + 1):
    _label = lazy_gettext("Why %(number)s", number=_place)
    setattr(AnalysisForm, f"why_{_place}", StringField(_label, validators=[Length(max=500)]))


class CheckForm(FlaskForm):
    """What the effect check found."""

    effective = RadioField(
        lazy_gettext("Did it help?"),
        choices=_choices({YES: lazy_gettext("It helped"), NO: lazy_gettext("It did not help")}),
        validators=[InputRequired(lazy_gettext("Say whether it helped."))],
    )
    outcome = TextAreaField(
        lazy_gettext("What was measured"),
        validators=[DataRequired(lazy_gettext("Say what was measured.")), Length(max=LONGEST)],
    )


class ReopenForm(FlaskForm):
    """Another due day."""

    due_on = DateField(lazy_pgettext("action", "Due"), validators=[DataRequired(lazy_gettext("Say by when."))])
