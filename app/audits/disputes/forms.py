"""The shape of input of disputes."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.audits import labels
from app.audits.auditing.forms import choices_of, stripped
from app.audits.disputes.rules import DisputeState
from app.audits.models import Cause, Criterion, Result

LONGEST = 2_000
NOT_APPLICABLE = "accepted_na"
CHOICES = choices_of(
    [
        (DisputeState.ACCEPTED, lazy_gettext("Accept: it was done")),
        (NOT_APPLICABLE, lazy_gettext("Accept: it did not apply")),
        (DisputeState.PARTLY, lazy_gettext("Accept in part: missed, for another cause")),
        (DisputeState.REJECTED, lazy_gettext("Reject: it was missed")),
    ]
)


def _words(label: Any) -> TextAreaField:
    return TextAreaField(label, filters=[stripped], validators=[DataRequired(), Length(max=LONGEST)])


class ReasonForm(FlaskForm):
    """Why."""

    reason = _words(lazy_gettext("Reason"))


class RerouteForm(ReasonForm):
    """Who answers instead, and why."""

    to = SelectField(lazy_gettext("Who answers"))


class AnswerForm(FlaskForm):
    """An answer to a dispute."""

    outcome = RadioField(lazy_gettext("Answer"), choices=CHOICES)
    cause = SelectField(lazy_gettext("Cause"))
    text = _words(lazy_gettext("Reason"))

    def __init__(self, criterion: Criterion, **rest: Any) -> None:
        super().__init__(**rest)
        self.criterion = criterion
        named = [(cause, labels.CAUSES[cause]) for cause in criterion.offered]
        self.cause.choices = choices_of([("", lazy_gettext("only when accepted in part")), *named])

    def validate_cause(self, field: SelectField) -> None:
        if self.outcome.data == DisputeState.PARTLY and not field.data:
            raise ValidationError(_("To accept in part, choose another cause."))

    @property
    def state(self) -> DisputeState:
        return DisputeState.ACCEPTED if self.outcome.data == NOT_APPLICABLE else DisputeState(self.outcome.data)

    @property
    def result(self) -> Result:
        return Result.NA if self.outcome.data == NOT_APPLICABLE else Result.PASS

    @property
    def chosen_cause(self) -> Cause | None:
        return Cause(self.cause.data) if self.cause.data and self.state is DisputeState.PARTLY else None
