"""What answers are worth, what is drawn, what may happen next, and which questions are no good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.curriculum.quizzes import rules
from app.curriculum.quizzes.rules import (
    Between,
    Candidate,
    Difficulty,
    Fault,
    Next,
    QuestionKind,
    Record,
    Warning,
)

ON = datetime(2026, 11, 3, 15, tzinfo=UTC)


@dataclass
class Option:
    id: int
    is_right: bool = False
    text_en: str = ""
    text_es: str = ""
    match_en: str = ""
    match_es: str = ""
    feedback_en: str = ""
    feedback_es: str = ""
    value: float | None = None
    tolerance: float | None = None


CHOICES = [Option(1, True, "a", "a"), Option(2, False, "b", "b"), Option(3, True, "c", "c"), Option(4, False, "d", "d")]
ONE = [Option(1, True, "a", "a"), Option(2, False, "b", "b")]
ORDER = [Option(1, text_en="a"), Option(2, text_en="b"), Option(3, text_en="c")]
PAIRS = [
    Option(1, text_en="a", match_en="x"),
    Option(2, text_en="b", match_en="y"),
    Option(3, match_en="z"),
    Option(4, text_en="c", match_en="x"),
]
NUMBERS = [Option(1, True, value=12.5, tolerance=0.5), Option(2, False, value=99)]
WORDS = [Option(1, True, "Refund", "Reembolso"), Option(2, True, "money*back", "devolución")]


@pytest.mark.parametrize(
    ("kind", "options", "answer", "worth"),
    [
        (QuestionKind.SINGLE, ONE, [1], 1),
        (QuestionKind.SINGLE, ONE, [2], 0),
        (QuestionKind.SINGLE, ONE, [1, 2], 0),
        (QuestionKind.SINGLE, ONE, None, 0),
        (QuestionKind.TRUE_FALSE, ONE, [1], 1),
        (QuestionKind.MULTIPLE, CHOICES, [1, 3], 1),
        (QuestionKind.MULTIPLE, CHOICES, [1], 0.5),
        (QuestionKind.MULTIPLE, CHOICES, [1, 2], 0),
        (QuestionKind.MULTIPLE, CHOICES, [1, 2, 3, 4], 0),
        (QuestionKind.ORDERING, ORDER, [1, 2, 3], 1),
        (QuestionKind.ORDERING, ORDER, [1, 3, 2], 1 / 3),
        (QuestionKind.MATCHING, PAIRS, [[1, 1], [2, 2], [4, 4]], 1),
        (QuestionKind.MATCHING, PAIRS, [[1, 4], [2, 2], [4, 1]], 1),  # equal matches stand for each other
        (QuestionKind.MATCHING, PAIRS, [[1, 1], [2, 3]], 1 / 3),
        (QuestionKind.NUMERIC, NUMBERS, ["12,9"], 1),
        (QuestionKind.NUMERIC, NUMBERS, ["13.1"], 0),
        (QuestionKind.NUMERIC, NUMBERS, ["99"], 0),
        (QuestionKind.NUMERIC, NUMBERS, ["twelve"], 0),
        (QuestionKind.SHORT_TEXT, WORDS, ["  REEMBOLSO. "], 1),
        (QuestionKind.SHORT_TEXT, WORDS, ["devolucion"], 1),
        (QuestionKind.SHORT_TEXT, WORDS, ["Money will be given back"], 1),
        (QuestionKind.SHORT_TEXT, WORDS, ["refunds"], 0),
    ],
)
def test_an_answer_is_worth_what_of_it_is_right(kind, options, answer, worth):
    assert rules.mark(kind, options, answer) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1,234", [1.234, 1234]),
        ("1.234,5", [1234.5]),
        ("1,234.5", [1234.5]),
        ("-3", [-3]),
        ("1.5", [1.5]),
        ("nan", []),
        ("", []),
    ],
)
def test_a_number_is_read_as_either_language_has_it(written, meant):
    found = rules.readings(written)
    assert all(any(abs(one - two) < 1e-9 for two in found) for one in meant)
    assert bool(found) is bool(meant)


@settings(max_examples=50)
@given(st.text("0123456789.,-−%$ añ*\\(", max_size=12))
def test_whatever_somebody_writes_is_marked(text):
    assert rules.mark(QuestionKind.NUMERIC, NUMBERS, [text]) in (0, 1)
    assert rules.mark(QuestionKind.SHORT_TEXT, WORDS, [text]) in (0, 1)


@pytest.mark.parametrize(
    ("kind", "options", "fault"),
    [
        (QuestionKind.SINGLE, ONE, None),
        (QuestionKind.SINGLE, ONE[:1], Fault.TOO_FEW),
        (QuestionKind.SINGLE, CHOICES, Fault.SEVERAL_RIGHT),
        (QuestionKind.MULTIPLE, CHOICES, None),
        (QuestionKind.MULTIPLE, [Option(1), Option(2)], Fault.NONE_RIGHT),
        (QuestionKind.TRUE_FALSE, CHOICES, Fault.NOT_TWO),
        (QuestionKind.ORDERING, ORDER, None),
        (QuestionKind.MATCHING, PAIRS, None),
        (QuestionKind.MATCHING, PAIRS[2:], Fault.TOO_FEW),
        (QuestionKind.MATCHING, ORDER, Fault.NO_MATCH),
        (QuestionKind.NUMERIC, NUMBERS, None),
        (QuestionKind.NUMERIC, WORDS, Fault.NO_VALUE),
        (QuestionKind.SHORT_TEXT, [], Fault.NONE_RIGHT),
    ],
)
def test_a_question_that_cannot_be_answered_is_found(kind, options, fault):
    assert rules.fault(kind, options) is fault


def test_what_is_there_in_one_language_is_wanted_in_the_other():
    question = SimpleNamespace(text_en="a", text_es="b", feedback_en="", feedback_es="")
    assert rules.missing_languages(QuestionKind.SINGLE, question, ONE) == []
    assert rules.missing_languages(QuestionKind.SINGLE, question, [Option(1, text_en="a")]) == ["es"]
    question.feedback_es, question.text_es = "x", ""
    assert rules.missing_languages(QuestionKind.SINGLE, question, ONE) == ["en", "es"]


def test_a_draw_takes_none_twice_and_the_unseen_first():
    bank = [Candidate(n, 1, Difficulty.EASY, seen=n % 2) for n in range(10)]
    bank += [Candidate(20, 2, Difficulty.HARD), Candidate(21, 3, Difficulty.HARD)]
    draws = [
        SimpleNamespace(competency_id=None, difficulty=None, count=4),
        SimpleNamespace(competency_id=2, difficulty=Difficulty.HARD, count=1),
    ]
    drawn = rules.draw(draws, bank, {1, 2}, Random(3))
    assert drawn[-1] == 20, "the draw with the least to choose from is served"
    assert len(set(drawn)) == 5
    assert all(number % 2 == 0 for number in drawn)
    few = rules.draw([SimpleNamespace(competency_id=2, difficulty=None, count=3)], bank, set(), Random(3))
    assert few == [20]


def past(ended_hours_ago: float | None, *, passed: bool = False, reviewed: bool = False, forgiven: bool = False):
    ended = None if ended_hours_ago is None else ON - timedelta(hours=ended_hours_ago)
    reviewed_at = ON if reviewed else None
    return SimpleNamespace(
        started_at=ON, closes_at=None, ended_at=ended, passed=passed, reviewed_at=reviewed_at, forgiven=forgiven
    )


@pytest.mark.parametrize(
    ("terms", "attempts", "expected"),
    [
        ((None, Between.NOTHING), [], Next.START),
        ((2, Between.NOTHING), [past(5), past(1)], Next.NO_MORE),
        ((2, Between.NOTHING), [past(5), past(1, forgiven=True)], Next.START),
        ((1, Between.NOTHING), [past(5, passed=True)], Next.PASSED),
        ((1, Between.NOTHING), [past(None)], Next.GO_ON),
        ((3, Between.COOL_DOWN), [past(23)], Next.WAIT),
        ((3, Between.COOL_DOWN), [past(24)], Next.START),
        ((3, Between.REVIEW), [past(1)], Next.REVIEW),
        ((3, Between.REVIEW), [past(1, reviewed=True)], Next.START),
    ],
)
def test_what_may_happen_next(terms, attempts, expected):
    quiz = SimpleNamespace(attempts=terms[0], between=terms[1], cool_down_hours=24)
    found = rules.standing(quiz, attempts, ON)
    assert found.next is expected
    assert (found.at is not None) is (expected is Next.WAIT)


@pytest.mark.parametrize(
    ("record", "warning"),
    [
        (Record(19, 0.1, -0.5), None),
        (Record(20, 0.5, -0.1), Warning.WRONG_KEY),
        (Record(20, 0.99, None), Warning.TOO_EASY),
        (Record(20, 0.1, 0.4), Warning.TOO_HARD),
        (Record(20, 0.5, 0.05), Warning.TELLS_NOTHING),
        (Record(20, 0.5, 0.4), None),
        (Record(0, None, None), None),
    ],
)
def test_a_bad_question_is_warned_about(record, warning):
    assert rules.warning(record) is warning


def test_a_record_is_the_mean_and_the_correlation_with_the_rest():
    import numpy as np

    x = np.array([0, 1, 1, 0, 1.0, 0.5])
    rest = np.array([0.2, 0.9, 0.7, 0.3, 1.0, 0.4])
    sums = (len(x), x.sum(), rest.sum(), (x * x).sum(), (rest * rest).sum(), (x * rest).sum())
    found = rules.record(*sums)
    assert found.difficulty == pytest.approx(x.mean())
    assert found.discrimination == pytest.approx(np.corrcoef(x, rest)[0, 1])


def test_most_answers_tell_the_language():
    assert rules.most_used(["es", "en", "es", None], "en") == "es"
    assert rules.most_used([None], "en") == "en"
    assert rules.most_used(["es", "en"], "en") == "en"
