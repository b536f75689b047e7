"""The shape of an outline as typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from app.coaching.outlines.rules import problem_of
from app.coaching.outlines.services import say

LONGEST = 2_000


class OutlineForm(FlaskForm):
    """Headings in both languages, and from when on."""

    text_en = TextAreaField(lazy_gettext("Headings in English"), validators=[DataRequired(), Length(max=LONGEST)])
    text_es = TextAreaField(lazy_gettext("Headings in Spanish"), validators=[DataRequired(), Length(max=LONGEST)])
    valid_from = DateField(lazy_gettext("Valid from"), validators=[InputRequired()])

    def __init__(self, today: date, **rest: Any) -> None:
        super().__init__(**rest)
        self.today = today

    def validate_text_es(self, field: TextAreaField) -> None:
        problem = problem_of(self.text_en.data or "", field.data or "")
        if problem is not None:
            raise ValidationError(say(problem))

    def validate_valid_from(self, field: DateField) -> None:
        if field.data is not None and field.data < self.today:
            raise ValidationError(_("An outline applies from today or a later day."))
