"""What is wrong in a file, said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import pytest
from flask import Flask
from flask_babel import Babel, lazy_gettext

from app.core.problems import VALUE_LENGTH, BadFile, Problem, ProblemKind, add_sentences, describe


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.app_context():
        yield


@pytest.mark.parametrize("kind", ProblemKind)
def test_every_kind_has_its_sentence(kind):
    sentence = describe(Problem(kind, 12, "Resultado", "quizás", "2026-10-31"))
    assert "%" not in sentence
    assert sentence.endswith((".", "quizás"))


def test_a_sentence_names_row_column_value_and_mend():
    problem = Problem(ProblemKind.BAD_DATE, 1204, "Fecha", "31/10/26", "2026-10-31")
    assert describe(problem) == (
        "Row 1204, column “Fecha”: “31/10/26” is not a date. Write year, month and day, as in 2026-10-31."
    )


def test_a_percent_sign_in_a_value_is_only_text():
    assert "“100 %(line)s”" in describe(Problem(ProblemKind.BAD_NUMBER, 3, "score", "100 %(line)s", "0.85"))


def test_a_bad_file_says_a_sentence_for_each_problem():
    said = str(BadFile(Problem(ProblemKind.EMPTY_FILE), Problem(ProblemKind.REQUIRED, 3, "result")))
    assert said.splitlines()[1] == "Row 3, column “result”: the cell is empty. Fill it in."


def test_a_room_adds_kinds_of_its_own():
    class Kitchen(StrEnum):
        TOO_HOT = "too_hot"

    add_sentences({Kitchen.TOO_HOT: lazy_gettext("Row %(line)s is too hot. Wait.")})
    assert describe(Problem(Kitchen.TOO_HOT, 7)) == "Row 7 is too hot. Wait."


def test_a_value_is_shown_on_one_line_and_cut():
    problem = Problem(ProblemKind.BAD_VALUE, value="a\n\x1b[31m" + "b" * 200)
    assert problem.value is not None
    assert problem.value.isprintable()
    assert len(problem.value) == VALUE_LENGTH
