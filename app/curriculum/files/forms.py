"""The shape of input: a file, and what is to be said of it."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.curriculum.forms import choices_of, stripped


class FileForm(FlaskForm):
    """A file; of a picture what it shows, of captions their language."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file."))])
    alt_en = StringField(
        lazy_gettext("What the picture shows, in English"), filters=[stripped], validators=[Length(max=300)]
    )
    alt_es = StringField(
        lazy_gettext("What the picture shows, in Spanish"), filters=[stripped], validators=[Length(max=300)]
    )
    language = SelectField(
        lazy_gettext("Language of the captions"),
        choices=choices_of({"en": lazy_gettext("English"), "es": lazy_gettext("Spanish")}.items()),
    )
