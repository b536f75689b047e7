"""What makes a catalogue wrong is found."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from scripts import translations


def catalogue(**messages: str) -> Catalog:
    made = Catalog(locale="es")
    for text, translated in messages.items():
        made.add(text.replace("_", " "), translated)
    return made


def test_what_is_missing_and_what_is_no_longer_used() -> None:
    found = list(translations._differences(catalogue(New="", Kept=""), catalogue(Kept="Queda", Old="Viejo")))
    assert found == ["not in the catalogue: 'New'", "no longer used: 'Old'"]


@pytest.mark.parametrize(
    ("text", "translated", "faults"),
    [
        ("Open", "", 1),
        ("%(n)s of %(m)s", "%(m)s: %(n)s", 0),
        ("%(n)s of %(m)s", "%(n)s de %(k)s", 1),
        ("%(n)s hours", "horas", 1),
        (("One hour", "%(n)s hours"), ("Una hora", "%(n)s horas"), 0),
        (("%(n)s hour", "%(n)s hours"), ("%(n)s hora", ""), 1),
    ],
)
def test_empty_ones_and_lost_placeholders(text: str | tuple[str], translated: str | tuple[str], faults: int) -> None:
    made = Catalog(locale="es")
    made.add(text, translated)
    assert len(list(translations._faults(made))) == faults


def test_a_fuzzy_one_is_a_fault() -> None:
    made = Catalog(locale="es")
    made.add("Open", "Abierto", flags=["fuzzy"])
    assert list(translations._faults(made)) == ["fuzzy: 'Open'"]
