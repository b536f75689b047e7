"""The one way a document of one page or more is put on paper for somebody: a template, in their language, tagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template

from app.core.i18n import speak

VARIANT = "pdf/ua-1"


def pdf(template: str, language: str, *, shorter: Sequence[Mapping[str, Any]] = (), **context: Any) -> bytes:
    """The template as PDF/UA in a language, whatever the one who asks reads.

    What must stay one page brings what to put in place of parts of its context, ever `shorter`, until it is one.
    """
    from weasyprint import HTML

    for cut in ({}, *shorter):
        with speak(language):
            page = render_template(template, lang=language, **{**context, **cut})
        laid_out = HTML(string=page).render(pdf_variant=VARIANT)
        if len(laid_out.pages) == 1:
            break
    made: bytes = laid_out.write_pdf(pdf_variant=VARIANT)
    return made
