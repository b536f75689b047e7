"""The shape of input: writing modules, naming competencies, assigning, waiving."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.database import db
from app.core.i18n import LANGUAGES
from app.curriculum import labels
from app.curriculum.models import WRITTEN, AssignmentReason, Module, ModuleKind
from app.curriculum.rules import is_own_file, is_web_address

LONGEST_TEXT = 100_000


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from (value, name) pairs; names may be lazy."""
    return [SelectChoice(str(value), name) for value, name in pairs]


def stripped(value: str | None) -> str:
    """What was typed, without the space around it."""
    return (value or "").strip()


class ModuleForm(FlaskForm):
    """A module, its two languages side by side."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[
            InputRequired(),
            Length(max=40),
            Regexp(r"^[\w.-]+$", message=lazy_gettext("Letters, digits, dots, dashes and underscores only.")),
        ],
        description=lazy_gettext("A short name that files and rules use, as in M07."),
    )
    kind = SelectField(lazy_gettext("Kind"), choices=choices_of(labels.MODULE_KINDS.items()))
    minutes = IntegerField(lazy_gettext("Minutes"), default=10, validators=[InputRequired(), NumberRange(1, 600)])
    url = StringField(
        lazy_gettext("Address"),
        filters=[stripped],
        validators=[Length(max=2000)],
        description=lazy_gettext(
            "Of a video, file or page elsewhere, with https://. Your own files can be added once a draft is saved."
        ),
    )
    title_en = StringField(lazy_gettext("Title in English"), filters=[stripped], validators=[Length(max=200)])
    title_es = StringField(lazy_gettext("Title in Spanish"), filters=[stripped], validators=[Length(max=200)])
    body_en = TextAreaField(lazy_gettext("Text in English"), filters=[stripped], validators=[Length(max=LONGEST_TEXT)])
    body_es = TextAreaField(lazy_gettext("Text in Spanish"), filters=[stripped], validators=[Length(max=LONGEST_TEXT)])
    competencies = SelectMultipleField(
        lazy_gettext("Competencies it teaches"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    up_to_date = BooleanField(lazy_gettext("The translation says the same: neither language is out of date"))
    revision = HiddenField()

    def __init__(
        self,
        module: Module | None,
        options: list[tuple[int, str]],
        *,
        holder: Any = None,
        publishing: bool = False,
        **rest: Any,
    ) -> None:
        """`holder` has the texts being written, `options` are competencies (id, name); `publishing`: both languages."""
        own = {"code": module.code, "revision": module.revision} if module is not None else {}
        super().__init__(obj=holder or module, data=own, **rest)
        self.module = module
        self.publishing = publishing
        self.competencies.choices = choices_of(options)
        if module is not None and not self.is_submitted():
            self.competencies.data = [one.id for one in module.competencies]

    def validate_code(self, field: StringField) -> None:
        others = db.session.query(Module.id).filter(Module.code == field.data)
        if self.module is not None and self.module.id is not None:
            others = others.filter(Module.id != self.module.id)
        if others.first() is not None:
            raise ValidationError(_("Another module has this code."))

    def validate_title_en(self, field: StringField) -> None:
        if not field.data and not self.title_es.data:
            raise ValidationError(_("A title is needed in at least one language."))
        self._must_be_written(field)

    def validate_title_es(self, field: StringField) -> None:
        self._must_be_written(field)

    def validate_body_en(self, field: TextAreaField) -> None:
        if self.body_es.data and self.kind.data in WRITTEN:
            self._must_be_written(field)

    def validate_body_es(self, field: TextAreaField) -> None:
        if self.body_en.data and self.kind.data in WRITTEN:
            self._must_be_written(field)

    def _must_be_written(self, field: StringField) -> None:
        if self.publishing and not field.data:
            raise ValidationError(_("Missing: a published module needs both languages."))

    def validate_url(self, field: StringField) -> None:
        if field.data and not is_web_address(field.data) and not is_own_file(field.data):
            raise ValidationError(_("Write the whole address, with https:// in front."))
        if not field.data and self.kind.data == ModuleKind.LINK.value:
            raise ValidationError(_("A link needs its address."))

    @property
    def competency_ids(self) -> list[int]:
        """What it teaches."""
        return [int(one) for one in self.competencies.data or []]

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the module."""
        return {
            "code": self.code.data,
            "kind": ModuleKind(self.kind.data),
            "minutes": self.minutes.data,
            "url": self.url.data or None,
            "title_en": self.title_en.data,
            "title_es": self.title_es.data,
            "body_en": self.body_en.data,
            "body_es": self.body_es.data,
        }


class CompetencyForm(FlaskForm):
    """What a competency is called in both languages."""

    name_en = StringField(lazy_gettext("Name in English"), filters=[stripped], validators=[Length(max=120)])
    name_es = StringField(lazy_gettext("Name in Spanish"), filters=[stripped], validators=[Length(max=120)])
    description_en = TextAreaField(
        lazy_gettext("Description in English"), filters=[stripped], validators=[Length(max=2000)]
    )
    description_es = TextAreaField(
        lazy_gettext("Description in Spanish"), filters=[stripped], validators=[Length(max=2000)]
    )

    def validate_name_en(self, field: StringField) -> None:
        if not field.data and not self.name_es.data:
            raise ValidationError(_("A name is needed in at least one language."))

    @property
    def facts(self) -> dict[str, str]:
        """The columns of the competency."""
        return {name: getattr(self, name).data for name in ("name_en", "name_es", "description_en", "description_es")}


class AssignForm(FlaskForm):
    """Who gets the module, why, and by when."""

    people = SelectMultipleField(lazy_gettext("People"), coerce=int)
    reason = SelectField(
        lazy_gettext("Reason"),
        choices=choices_of(pair for pair in labels.REASONS.items() if pair[0] is not AssignmentReason.SELF),
    )
    due_on = DateField(lazy_gettext("Due on"), validators=[InputRequired()])

    def __init__(self, people: list[int], today: Any, **rest: Any) -> None:
        super().__init__(**rest)
        self.people.choices = [SelectChoice(str(person)) for person in people]
        self.today = today

    def validate_people(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Nobody is chosen."))

    def validate_due_on(self, field: DateField) -> None:
        if field.data is not None and field.data < self.today:
            raise ValidationError(_("The due date has passed."))

    @property
    def chosen_reason(self) -> AssignmentReason:
        return AssignmentReason(self.reason.data)


class WaiveForm(FlaskForm):
    """Why somebody is spared a module."""

    reason = StringField(lazy_gettext("Reason"), filters=[stripped], validators=[InputRequired(), Length(max=300)])


class CompleteForm(FlaskForm):
    """The language a module was read in."""

    language = SelectField(choices=[*LANGUAGES], validators=[Optional()])
