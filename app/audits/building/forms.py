"""The shape of input of the scorecard builder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.audits import labels
from app.audits.building.document import Document, Entry
from app.audits.intake.scorecards import LONGEST_TEXT
from app.audits.models import Cause, ErrorClass, Severity
from app.core.i18n import Bilingual

LONGEST_NAME = 120
LONGEST_CODE = 40
FAILS_SECTION = "fails_section"


def stripped(value: str | None) -> str:
    """What was typed, without the space around it."""
    return (value or "").strip()


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Pairs (value, label) as a field takes them."""
    return [SelectChoice(str(value), label) for value, label in pairs]


def _name(label: Any) -> StringField:
    return StringField(label, filters=[stripped], validators=[DataRequired(), Length(max=LONGEST_NAME)])


def _words(label: Any, *validators: Any) -> TextAreaField:
    return TextAreaField(label, filters=[stripped], validators=[*validators, Length(max=LONGEST_TEXT)])


def _boxes(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())


class NewScorecardForm(FlaskForm):
    """A scorecard that there is not yet."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[DataRequired(), Length(max=LONGEST_CODE)],
        description=lazy_gettext("Short, as files of findings name it: BUYER."),
    )
    name_en = _name(lazy_gettext("Name in English"))
    name_es = _name(lazy_gettext("Name in Spanish"))


class HeadForm(FlaskForm):
    """What a version is called, and from when on contacts are audited on it."""

    name_en = _name(lazy_gettext("Name in English"))
    name_es = _name(lazy_gettext("Name in Spanish"))
    label = StringField(
        lazy_gettext("Version"), filters=[stripped], validators=[DataRequired(), Length(max=LONGEST_CODE)]
    )
    valid_from = DateField(
        lazy_gettext("Valid from"),
        validators=[Optional()],
        description=lazy_gettext(
            "Audits of that day and later are done on it. Empty: the first version from the beginning, "
            "a later one from the day it is published."
        ),
    )


class SectionForm(FlaskForm):
    """What a section is called."""

    name_en = _name(lazy_gettext("Name in English"))
    name_es = _name(lazy_gettext("Name in Spanish"))


class CriterionForm(FlaskForm):
    """A criterion."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[DataRequired(), Length(max=LONGEST_CODE)],
        description=lazy_gettext("Evidence continues from version to version under the same code."),
    )
    section = SelectField(lazy_gettext("Section"))
    weight = FloatField(lazy_gettext("Weight"), validators=[InputRequired(), NumberRange(0, 1000)])
    text_en = _words(lazy_gettext("What is checked, in English"), DataRequired())
    text_es = _words(lazy_gettext("What is checked, in Spanish"), DataRequired())
    guidance_en = _words(lazy_gettext("Guidance in English"))
    guidance_es = _words(lazy_gettext("Guidance in Spanish"))
    severity = SelectField(
        lazy_gettext("Severity"),
        choices=choices_of(
            [
                (Severity.MINOR, labels.SEVERITIES[Severity.MINOR]),
                (Severity.MAJOR, labels.SEVERITIES[Severity.MAJOR]),
                (Severity.CRITICAL, labels.SEVERITIES[Severity.CRITICAL]),
                (FAILS_SECTION, lazy_pgettext("severity", "Critical: a fail takes all points of the section")),
                (Severity.FATAL, lazy_pgettext("severity", "Fatal: a fail fails the whole audit")),
            ]
        ),
    )
    error_class = SelectField(
        lazy_gettext("Error class"),
        choices=choices_of([("", lazy_gettext("not critical")), *labels.ERROR_CLASSES.items()]),
        description=lazy_gettext("Who is affected by a critical or fatal error."),
    )
    na_allowed = BooleanField(lazy_gettext("May be answered with “not applicable”"), default=True)
    causes = _boxes(lazy_gettext("Causes offered when it is missed"))
    competencies = _boxes(lazy_gettext("Competencies it measures"))

    def __init__(self, document: Document, competencies: Iterable[tuple[str, str]], **rest: Any) -> None:
        super().__init__(**rest)
        self.section.choices = choices_of(
            (part.key, Bilingual(part.name_en, part.name_es).text) for part in document.parts
        )
        self.causes.choices = choices_of(labels.CAUSES.items())
        self.competencies.choices = choices_of(competencies)

    def fill_in(self, entry: Entry, part_key: int | None) -> None:
        """Show a criterion as it is."""
        for name in ("code", "weight", "text_en", "text_es", "guidance_en", "guidance_es", "na_allowed"):
            getattr(self, name).data = getattr(entry, name)
        self.section.data = str(part_key) if part_key is not None else None
        self.severity.data = FAILS_SECTION if entry.fails_section else entry.severity.value
        self.error_class.data = entry.error_class.value if entry.error_class else ""
        self.causes.data = [cause.value for cause in entry.offered]
        self.competencies.data = list(entry.competencies)

    def validate_code(self, field: StringField) -> None:
        if ":" in (field.data or ""):
            raise ValidationError(_("A code has no colon."))

    def validate_causes(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Offer at least one cause."))

    def validate_error_class(self, field: SelectField) -> None:
        if self._critical and not field.data:
            raise ValidationError(_("Say who is affected by this error."))

    def validate_guidance_es(self, field: TextAreaField) -> None:
        if bool(field.data) != bool(self.guidance_en.data):
            raise ValidationError(_("Guidance is written in both languages, or in neither."))

    @property
    def _critical(self) -> bool:
        return self.severity.data in (Severity.CRITICAL, Severity.FATAL, FAILS_SECTION)

    @property
    def entry(self) -> Entry:
        """The criterion as typed; its key is still to be given."""
        same = ("code", "text_en", "text_es", "guidance_en", "guidance_es", "weight", "na_allowed")
        chosen = [cause.value for cause in Cause if cause.value in (self.causes.data or [])]
        fails_section = self.severity.data == FAILS_SECTION
        return Entry(
            key=0,
            **{name: getattr(self, name).data for name in same},
            severity=Severity.CRITICAL if fails_section else Severity(self.severity.data),
            error_class=ErrorClass(self.error_class.data) if self._critical else None,
            fails_section=fails_section,
            causes=tuple(chosen) if len(chosen) < len(Cause) else (),
            competencies=tuple(sorted(self.competencies.data or [])),
        )


class ScorecardFileForm(FlaskForm):
    """A file of scorecards."""

    file = FileField(
        lazy_gettext("File of scorecards"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV (UTF-8), XLSX or JSON."),
    )
