"""The shape of input: a value of a month, a target, a file of either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, MonthField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from app.core.numbers import NumberField
from app.metrics.labels import METRICS
from app.metrics.performance import COMPUTED
from app.metrics.rules import least
from app.metrics.services import LONGEST

LEAST = 1e-9
_COMPUTED = {one.code for one in COMPUTED}


def _metric_field() -> StringField:
    return StringField(
        lazy_gettext("Metric"),
        validators=[InputRequired(lazy_gettext("Say which metric.")), Length(max=LONGEST)],
        description=lazy_gettext("As files name it, for instance csat, dsat, contact_rate, aht, fcr, service_level."),
    )


class _OfUnit(FlaskForm):
    unit = SelectField(lazy_gettext("Unit"))

    def __init__(self, units: Sequence[tuple[str, str]], **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices = [SelectChoice(value, label) for value, label in units]


class ValueForm(_OfUnit):
    """So much of so much, of a unit in a month."""

    metric = _metric_field()
    month = MonthField(lazy_gettext("Month"), validators=[InputRequired(lazy_gettext("Choose the month."))])
    numerator = NumberField(lazy_gettext("Numerator"), validators=[InputRequired()])
    denominator = NumberField(
        lazy_gettext("Denominator"),
        validators=[InputRequired(), NumberRange(min=LEAST, message=lazy_gettext("It must be more than 0."))],
        description=lazy_gettext("For 43 satisfied of 50 who answered: 43 and 50."),
    )

    def validate_metric(self, field: StringField) -> None:
        if (field.data or "").strip().casefold() in _COMPUTED:
            raise ValidationError(lazy_gettext("Hilo calculates this itself."))

    def validate_numerator(self, field: NumberField) -> None:
        metric = (self.metric.data or "").strip().casefold()
        if field.data is not None and field.data < least(metric):
            raise ValidationError(lazy_gettext("It is 0 or more."))


class TargetForm(_OfUnit):
    """What a metric should be in a unit and all below it."""

    metric = _metric_field()
    target = NumberField(
        lazy_gettext("Target"),
        validators=[InputRequired()],
        description=lazy_gettext("A share as a fraction: 0.9 for 90 per cent."),
    )
    valid_from = DateField(lazy_gettext("Valid from"), validators=[InputRequired()])


class FileForm(FlaskForm):
    """A file of values or of targets."""

    kind = RadioField(
        lazy_gettext("What it holds"),
        default="values",
    )
    file = FileField(
        lazy_gettext("File"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV (UTF-8) or XLSX, up to 64 MB."),
    )

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.kind.choices = [SelectChoice("values", _("Values")), SelectChoice("targets", _("Targets"))]


def known_metrics() -> list[tuple[str, str]]:
    """What is usually measured, as suggestions: code and name."""
    return [(code, str(name)) for code, name in METRICS.items()]
