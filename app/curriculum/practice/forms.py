"""The shape of input: the rubric of a practice."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, NumberRange, ValidationError

from app.core import rubrics
from app.curriculum.forms import stripped
from app.curriculum.practice.models import Practice


class RubricForm(FlaskForm):
    """What is observed, and how much of it is enough."""

    rubric = TextAreaField(
        lazy_gettext("Rubric"),
        filters=[stripped],
        validators=[DataRequired()],
        description=lazy_gettext(
            "One line for each thing observed: English | Spanish | points, "
            "as in “Opens clearly | Abre con claridad | 4”."
        ),
    )
    mark = IntegerField(
        lazy_gettext("Passed from this percentage of the points"),
        default=80,
        validators=[InputRequired(), NumberRange(1, 100)],
    )
    leads_observe = BooleanField(lazy_gettext("Team leads may observe too, not only trainers"), default=True)

    def __init__(self, practice: Practice | None, **rest: Any) -> None:
        super().__init__(**rest)
        if practice is not None and not self.is_submitted():
            self.rubric.data = rubrics.written((one.text_en, one.text_es, one.most) for one in practice.lines)
            self.mark.data = round(100 * practice.pass_share)
            self.leads_observe.data = practice.leads_observe

    def validate_rubric(self, field: TextAreaField) -> None:
        _lines, problem = rubrics.read(field.data)
        if problem:
            raise ValidationError(problem)

    @property
    def lines(self) -> list[rubrics.Line]:
        """The lines of the rubric."""
        return rubrics.read(self.rubric.data)[0]
