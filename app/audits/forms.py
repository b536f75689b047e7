"""What pages of audits ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField


class UploadForm(FlaskForm):
    """A file of findings, and how it is read."""

    profile = SelectField(
        lazy_gettext("Read it as"),
        default="",
        description=lazy_gettext("The standard columns, or the mapping profile of the tool it comes from."),
    )

    file = FileField(
        lazy_gettext("File of findings"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV, XLSX or JSON, up to 64 MB."),
    )
