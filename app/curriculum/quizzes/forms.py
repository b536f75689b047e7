"""The shape of input: questions with their options, and what a module's quiz asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.core.database import db
from app.core.numbers import NumberField
from app.core.parts import PartForm
from app.curriculum.forms import choices_of, stripped
from app.curriculum.quizzes import labels, rules
from app.curriculum.quizzes.models import Option, Question, Quiz
from app.curriculum.quizzes.rules import CHOSEN, Between, Difficulty, QuestionKind
from app.curriculum.quizzes.services import OPTION_WORDS

ROWS = 8
DRAW_ROWS = 5
LONGEST = 4_000


def _words(longest: int = 500) -> Any:
    return StringField(filters=[stripped], validators=[Length(max=longest)])


class OptionForm(PartForm):
    """One option: what counts of it depends on the kind of question."""

    is_right = BooleanField()
    text_en = _words()
    text_es = _words()
    match_en = _words()
    match_es = _words()
    feedback_en = _words()
    feedback_es = _words()
    value = NumberField(validators=[Optional()])
    tolerance = NumberField(validators=[Optional(), NumberRange(min=0)])

    @property
    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name).data for name in (*OPTION_WORDS, "is_right", "value", "tolerance")}


class QuestionForm(FlaskForm):
    """A question, its two languages side by side."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[
            InputRequired(),
            Length(max=60),
            Regexp(r"^[\w.-]+$", message=lazy_gettext("Letters, digits, dots, dashes and underscores only.")),
        ],
        description=lazy_gettext("A short name that files use, as in K01-003."),
    )
    competency = SelectField(lazy_gettext("Competency"), coerce=int)
    difficulty = SelectField(lazy_gettext("Difficulty"), choices=choices_of(labels.DIFFICULTIES.items()))
    text_en = TextAreaField(lazy_gettext("Question in English"), filters=[stripped], validators=[Length(max=LONGEST)])
    text_es = TextAreaField(lazy_gettext("Question in Spanish"), filters=[stripped], validators=[Length(max=LONGEST)])
    feedback_en = TextAreaField(
        lazy_gettext("Explanation in English"), filters=[stripped], validators=[Length(max=LONGEST)]
    )
    feedback_es = TextAreaField(
        lazy_gettext("Explanation in Spanish"), filters=[stripped], validators=[Length(max=LONGEST)]
    )
    options = FieldList(FormField(OptionForm), lazy_gettext("Options"), max_entries=30)

    def __init__(self, question: Question, competencies: Iterable[tuple[str, str]], **rest: Any) -> None:
        self.question = question
        words = ("code", "text_en", "text_es", "feedback_en", "feedback_es")
        data: dict[str, Any] = {name: getattr(question, name) for name in words}
        data["competency"] = question.competency_id
        data["difficulty"] = (question.difficulty or Difficulty.MEDIUM).value
        data["options"] = [*question.options, *(_blank(question.kind, n) for n in range(_rows_wanted(question)))]
        super().__init__(data=data, **rest)
        self.competency.choices = choices_of(competencies)

    def validate_code(self, field: StringField) -> None:
        others = select(Question.id).where(Question.code == field.data)
        if self.question.id is not None:
            others = others.where(Question.id != self.question.id)
        if db.session.scalar(others) is not None:
            raise ValidationError(_("Another question has this code."))

    def validate_text_en(self, field: TextAreaField) -> None:
        if not field.data and not self.text_es.data:
            raise ValidationError(_("The question is needed in at least one language."))

    def validate_options(self, field: FieldList) -> None:
        told = [Option(id=n, **one) for n, one in enumerate(self.option_facts)]
        found = rules.fault(self.question.kind, told)
        if found is not None:
            raise ValidationError(str(labels.FAULTS[found]))

    @property
    def option_facts(self) -> list[dict[str, Any]]:
        """What was written of the options, in order, without empty rows."""
        kind = self.question.kind
        facts = [row.form.facts for row in self.options if not _is_empty(kind, row.form)]
        if kind in (QuestionKind.ORDERING, QuestionKind.MATCHING):
            facts = [{**one, "is_right": False} for one in facts]
        return facts

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the question."""
        words = ("code", "text_en", "text_es", "feedback_en", "feedback_es")
        return {
            **{name: getattr(self, name).data for name in words},
            "competency_id": self.competency.data,
            "difficulty": Difficulty(self.difficulty.data),
            "kind": self.question.kind,
        }


def _rows_wanted(question: Question) -> int:
    if question.kind is QuestionKind.TRUE_FALSE:
        return 2 - len(question.options)
    return max(ROWS - len(question.options), 2)


def _blank(kind: QuestionKind, place: int) -> dict[str, Any]:
    """An empty row; what is written for a text or number is accepted unless it is unticked."""
    if kind is QuestionKind.TRUE_FALSE:
        text_en, text_es = labels.TRUE_FALSE[place]
        return {"text_en": text_en, "text_es": text_es}
    return {"is_right": kind not in CHOSEN}


def _is_empty(kind: QuestionKind, row: OptionForm) -> bool:
    if kind is QuestionKind.NUMERIC:
        return row.value.data is None
    return not any(field.data for field in (row.text_en, row.text_es, row.match_en, row.match_es))


class DrawForm(PartForm):
    """So many questions of a competency and difficulty."""

    count = IntegerField(validators=[Optional(), NumberRange(1, 100)])
    competency = SelectField(validate_choice=True)
    difficulty = SelectField(choices=[])


class QuizForm(FlaskForm):
    """A module's quiz."""

    pass_mark = IntegerField(
        lazy_gettext("Pass mark in per cent"), default=80, validators=[InputRequired(), NumberRange(1, 100)]
    )
    minutes = IntegerField(
        lazy_gettext("Time limit in minutes"),
        validators=[Optional(), NumberRange(1, 600)],
        description=lazy_gettext("Empty: no limit. The clock goes on when the page is closed."),
    )
    attempts = IntegerField(
        lazy_gettext("Attempts"),
        default=3,
        validators=[Optional(), NumberRange(1, 99)],
        description=lazy_gettext("Empty: no limit."),
    )
    between = SelectField(
        lazy_gettext("Between a failed attempt and the next"), choices=choices_of(labels.BETWEEN.items())
    )
    cool_down_hours = IntegerField(
        lazy_gettext("Hours of the pause"), default=24, validators=[Optional(), NumberRange(1, 24 * 90)]
    )
    shuffle = BooleanField(lazy_gettext("Shuffle questions and options"), default=True)
    draws = FieldList(FormField(DrawForm), lazy_gettext("Questions drawn"), max_entries=20)

    def __init__(self, quiz: Quiz | None, competencies: list[tuple[str, str]], **rest: Any) -> None:
        """`competencies` are those the module teaches, (id, name)."""
        known = [_draw_data(one) for one in quiz.draws] if quiz is not None else [{"count": 5}]
        rows = known + [{} for _row in range(max(DRAW_ROWS - len(known), 1))]
        super().__init__(data={**_quiz_data(quiz), "draws": rows}, **rest)
        for row in self.draws:
            row.form.competency.choices = choices_of([("", _("any it teaches")), *competencies])
            row.form.difficulty.choices = choices_of([("", _("any")), *labels.DIFFICULTIES.items()])

    def validate_draws(self, field: FieldList) -> None:
        if not self.draw_facts:
            raise ValidationError(_("Say how many questions are drawn."))

    @property
    def draw_facts(self) -> list[dict[str, Any]]:
        """The rows that draw something."""
        return [
            {
                "count": row.form.count.data,
                "competency_id": int(row.form.competency.data) if row.form.competency.data else None,
                "difficulty": Difficulty(row.form.difficulty.data) if row.form.difficulty.data else None,
            }
            for row in self.draws
            if row.form.count.data
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the quiz."""
        return {
            "pass_mark": (self.pass_mark.data or 0) / 100,
            "minutes": self.minutes.data,
            "attempts": self.attempts.data,
            "between": Between(self.between.data),
            "cool_down_hours": self.cool_down_hours.data or 24,
            "shuffle": self.shuffle.data,
        }


def _quiz_data(quiz: Quiz | None) -> dict[str, Any]:
    if quiz is None:
        return {}
    return {
        "pass_mark": round(100 * quiz.pass_mark),
        "minutes": quiz.minutes,
        "attempts": quiz.attempts,
        "between": quiz.between.value,
        "cool_down_hours": quiz.cool_down_hours or 24,
        "shuffle": quiz.shuffle,
    }


def _draw_data(one: Any) -> dict[str, Any]:
    return {
        "count": one.count,
        "competency": str(one.competency_id or ""),
        "difficulty": one.difficulty.value if one.difficulty else "",
    }


class QuestionFileForm(FlaskForm):
    """A file of questions, and what it does not say itself."""

    file = FileField(
        lazy_gettext("File"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV or XLSX, GIFT (.gift, .txt) or Moodle XML (.xml)."),
    )
    language = SelectField(
        lazy_gettext("Language of the file"),
        choices=choices_of({"en": lazy_gettext("English"), "es": lazy_gettext("Spanish")}.items()),
        description=lazy_gettext(
            "Of GIFT and Moodle files, where a text does not say its own. The same questions in the other language "
            "fill in what is missing."
        ),
    )
    competency = SelectField(
        lazy_gettext("Competency"),
        description=lazy_gettext("For GIFT and Moodle questions whose category is not the code of one."),
    )

    def __init__(self, competencies: Iterable[tuple[str, str]], **rest: Any) -> None:
        super().__init__(**rest)
        self.competency.choices = choices_of([("", pgettext("competencies", "none")), *competencies])
