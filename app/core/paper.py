"""The one way a document of one page or more is put on paper for somebody: a template, in their language, tagged."""

from __future__ import annotations

from typing import Any

from flask import render_template

from app.core.i18n import speak


def pdf(template: str, language: str, **context: Any) -> bytes:
    """The template as PDF/UA in a language, whatever the one who asks reads."""
    from weasyprint import HTML

    with speak(language):
        page = render_template(template, lang=language, **context)
    made: bytes = HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
    return made
