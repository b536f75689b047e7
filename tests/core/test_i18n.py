"""Sentences with a number in them: the number as the reader writes it, in code, in templates and by choice of the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import render_template_string
from flask_babel import ngettext
from markupsafe import Markup

from app.core.i18n import speak_to
from tests.core.look import create_look

SINGULAR, PLURAL = "Assigned to %(num)s person.", "Assigned to %(num)s people."
READERS = [
    ("en", None, "Assigned to 200,000 people."),
    ("en", "comma", "Assigned to 200.000 people."),
    ("es", None, "Asignado a 200,000 personas."),
    ("es", "comma", "Asignado a 200.000 personas."),
]


@pytest.mark.once
def test_a_count_in_a_sentence_has_the_separators_of_its_reader() -> None:
    template = "{{ ngettext(one, many, count) }}"
    with create_look().test_request_context():
        for language, number_format, said in READERS:
            with speak_to(language, "UTC", number_format):
                assert ngettext(SINGULAR, PLURAL, 200_000) == said
                assert render_template_string(template, one=SINGULAR, many=PLURAL, count=200_000) == said
        with speak_to("en", "UTC", None):
            assert ngettext(SINGULAR, PLURAL, 1) == "Assigned to 1 person."
            marked = render_template_string("{{ ngettext('%(num)s <b>', '%(num)s %(name)s', 2000, name='<i>') }}")
            assert marked == Markup("2,000 &lt;i&gt;")


@pytest.mark.once
def test_no_sentence_writes_its_number_by_itself() -> None:
    root = Path(__file__).parents[2] / "app"
    sources = [path for kind in ("*.py", "*.html", "*.txt") for path in root.rglob(kind)]
    assert not [path for path in sources if "%(num)d" in path.read_text()]
