"""What pages of audits ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class UploadForm(FlaskForm):
    """A file of findings."""

    file = FileField(
        lazy_gettext("File of findings"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV (UTF-8) or XLSX, up to 64 MB."),
    )
