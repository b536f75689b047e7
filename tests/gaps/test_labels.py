"""What is said aloud of a gap, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core.i18n import speak
from app.gaps.labels import STATES, TONES, sentence, sureness
from app.gaps.rules import GapState


@pytest.fixture(autouse=True)
def application(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


SAID = [
    (
        {"missed": 13, "checks": 16, "expected": 2.4, "probability": 0.978, "target": 0.85},
        "13 of 16 checks missed in the last 13 weeks (an agent at target would miss about 2.4); "
        "97 % sure that the true pass rate is below the 85 % target.",
        "13 de 16 controles sin cumplir en las últimas 13 semanas (un agente en la meta tendría unos 2.4); "
        "97 % de certeza de que la tasa real de cumplimiento está por debajo de la meta de 85 %.",
    ),
    (
        {"missed": 0, "checks": 1, "expected": 0.15, "probability": 0.31, "target": 0.85},
        "0 of 1 check missed in the last 13 weeks (an agent at target would miss about 0.2); "
        "no evidence that the true pass rate is below the 85 % target.",
        "0 de 1 control sin cumplir en las últimas 13 semanas (un agente en la meta tendría unos 0.2); "
        "sin evidencia de que la tasa real de cumplimiento esté por debajo de la meta de 85 %.",
    ),
    (
        {"missed": 0, "checks": 0, "expected": 0.0, "probability": 0.4, "target": 0.9},
        "There is not enough evidence yet: no check in the last 13 weeks.",
        "Todavía no hay evidencia suficiente: ningún control en las últimas 13 semanas.",
    ),
]


@pytest.mark.parametrize(("facts", "english", "spanish"), SAID)
def test_one_sentence_says_what_the_checks_tell(facts: dict[str, float], english: str, spanish: str) -> None:
    for language, said in (("en", english), ("es", spanish)):
        with speak(language):
            told = sentence(**facts)
            assert told.replace("\u00a0", " ") == said
            assert "\u00a0%" in told or "%" not in told, "the sign never stands alone on a line"


def test_how_sure_one_is_never_sounds_like_more() -> None:
    with speak("en"):
        assert [sureness(p).replace("\u00a0", " ") for p in (0.6999, 0.70, 0.8999, 0.9999)] == [
            "no evidence of a gap", "70 % sure", "89 % sure", "99 % sure",
        ]  # fmt: skip


def test_each_state_has_a_name_in_both_languages_and_a_look() -> None:
    assert set(STATES) == set(TONES) == set(GapState)
    for state in GapState:
        names = []
        for language in ("en", "es"):
            with speak(language):
                names.append(str(STATES[state]))
        assert names[0] != names[1], state
