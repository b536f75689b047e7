"""The shape of input: a package, and the languages it is for."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField

from app.core.i18n import LANGUAGES
from app.curriculum.forms import choices_of

BOTH = "both"


class PackageForm(FlaskForm):
    """A file, and whether it serves one language or both."""

    file = FileField(lazy_gettext("Package (ZIP)"), validators=[FileRequired(lazy_gettext("Choose a file."))])
    serves = RadioField(
        lazy_gettext("For people who learn in"),
        choices=choices_of(
            {
                BOTH: lazy_gettext("English and Spanish"),
                "en": lazy_gettext("English"),
                "es": lazy_gettext("Spanish"),
            }.items()
        ),
        default=BOTH,
    )

    @property
    def languages(self) -> list[str]:
        """The languages it serves."""
        return [*LANGUAGES] if self.serves.data == BOTH else [str(self.serves.data)]
