"""Forms within forms: the rows of a list, read in the reader's language like the form around them."""

from __future__ import annotations

from typing import Any

from flask_wtf.i18n import translations
from wtforms import Form


class PartForm(Form):
    """A part of a form, as `FormField` takes it; it has no token of its own."""

    class Meta:
        def get_translations(self, _form: Form) -> Any:
            return translations
