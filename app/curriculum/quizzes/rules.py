"""Pure decisions about questions and quizzes: whether a question is whole, what an answer is worth, what is drawn, what may
happen next, and whether a question tells who knows from who does not."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Protocol


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    ORDERING = "ordering"
    MATCHING = "matching"
    NUMERIC = "numeric"
    SHORT_TEXT = "short_text"


CHOSEN = (QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.TRUE_FALSE)
WRITTEN = (QuestionKind.NUMERIC, QuestionKind.SHORT_TEXT)


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Between(StrEnum):
    """What must happen between a failed attempt and the next."""

    NOTHING = "nothing"
    COOL_DOWN = "cool_down"
    REVIEW = "review"


class Fault(StrEnum):
    """Why a question can't be asked as it is."""

    TOO_FEW = "too_few"
    NONE_RIGHT = "none_right"
    SEVERAL_RIGHT = "several_right"
    NO_VALUE = "no_value"
    NO_MATCH = "no_match"
    NOT_TWO = "not_two"


class OptionLike(Protocol):
    """What decisions ask of an option."""

    id: int
    is_right: bool
    text_en: str
    text_es: str
    match_en: str
    match_es: str
    feedback_en: str
    feedback_es: str
    value: float | None
    tolerance: float | None


# --- Whole or not ---


def fault(kind: QuestionKind, options: Sequence[OptionLike]) -> Fault | None:
    """What makes the question impossible to answer, if anything does."""
    right = sum(1 for one in options if one.is_right)
    if kind is QuestionKind.TRUE_FALSE and len(options) != 2:
        return Fault.NOT_TWO
    if (kind in CHOSEN or kind in (QuestionKind.ORDERING, QuestionKind.MATCHING)) and len(_asked(kind, options)) < 2:
        return Fault.TOO_FEW
    if kind in (*CHOSEN, *WRITTEN) and not right:
        return Fault.NONE_RIGHT
    if kind in (QuestionKind.SINGLE, QuestionKind.TRUE_FALSE) and right > 1:
        return Fault.SEVERAL_RIGHT
    if kind is QuestionKind.NUMERIC and any(one.value is None for one in options):
        return Fault.NO_VALUE
    if kind is QuestionKind.MATCHING and any(not (one.match_en or one.match_es) for one in options):
        return Fault.NO_MATCH
    return None


def _asked(kind: QuestionKind, options: Iterable[OptionLike]) -> list[OptionLike]:
    """The options that are themselves asked about; of a matching question those with a text."""
    return [one for one in options if kind is not QuestionKind.MATCHING or one.text_en or one.text_es]


def missing_languages(kind: QuestionKind, question: Any, options: Sequence[OptionLike]) -> list[str]:
    """The languages in which something of the question is missing that is there in the other one, or its text."""
    missing = []
    for code, other in (("en", "es"), ("es", "en")):
        lacks = not getattr(question, f"text_{code}") or _lacks(question, "feedback", code, other)
        parts = ("feedback",) if kind is QuestionKind.NUMERIC else ("text", "match", "feedback")
        if lacks or any(_lacks(one, part, code, other) for one in options for part in parts):
            missing.append(code)
    return missing


def _lacks(row: Any, part: str, code: str, other: str) -> bool:
    return bool(getattr(row, f"{part}_{other}")) and not getattr(row, f"{part}_{code}")


# --- Marking ---


def mark(kind: QuestionKind, options: Sequence[OptionLike], answer: Sequence[Any] | None) -> float:
    """What an answer is worth, from 0 to 1; nothing answered is worth nothing.

    An answer is a list: ids of chosen options; ids in the order given; pairs of an option's id and that of the chosen
    match; or the one text that was written.
    """
    if not answer:
        return 0.0
    if kind in CHOSEN:
        return _mark_chosen(kind, options, answer)
    if kind is QuestionKind.ORDERING:
        right = [one.id for one in options]
        return sum(1 for given, wanted in zip(answer, right, strict=False) if given == wanted) / len(right)
    if kind is QuestionKind.MATCHING:
        return _mark_pairs(options, answer)
    return float(any(one.is_right and fits(kind, one, str(answer[0])) for one in options))


def _mark_chosen(kind: QuestionKind, options: Sequence[OptionLike], answer: Sequence[Any]) -> float:
    right = {one.id for one in options if one.is_right}
    chosen = set(answer)
    if kind is not QuestionKind.MULTIPLE:
        return float(len(chosen) == 1 and chosen <= right)
    return max(0.0, (len(chosen & right) - len(chosen - right)) / len(right))


def _mark_pairs(options: Sequence[OptionLike], answer: Sequence[Any]) -> float:
    by_id = {one.id: one for one in options}
    asked = _asked(QuestionKind.MATCHING, options)
    given = {pair[0]: pair[1] for pair in answer}
    right = sum(1 for one in asked if given.get(one.id) in by_id and _same_match(one, by_id[given[one.id]]))
    return right / len(asked)


def _same_match(one: OptionLike, other: OptionLike) -> bool:
    return (one.match_en, one.match_es) == (other.match_en, other.match_es)


def fits(kind: QuestionKind, option: OptionLike, written: str) -> bool:
    """Whether what somebody wrote is what this option accepts."""
    if kind is QuestionKind.NUMERIC:
        return option.value is not None and any(
            abs(number - option.value) <= (option.tolerance or 0.0) + 1e-9 * max(1.0, abs(option.value))
            for number in readings(written)
        )
    given = plain(written)
    accepted = [plain(text) for text in (option.text_en, option.text_es) if text]
    return any(re.fullmatch(re.escape(text).replace(r"\*", ".*"), given) for text in accepted)


def readings(written: str) -> list[float]:
    """The numbers a text may mean: a lone comma or point may part decimals or thousands, as one's language has it."""
    text = re.sub(r"[\s%$€]", "", written.replace("−", "-"))
    candidates = {text, text.replace(",", "."), text.replace(",", ""), text.replace(".", "").replace(",", ".")}
    if "," not in text and not re.fullmatch(r"-?\d{1,3}(\.\d{3})+", text):
        candidates = {text}
    found = {float(one) for one in candidates if re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)", one, re.ASCII)}
    return sorted(number for number in found if math.isfinite(number))


def plain(text: str) -> str:
    """A text without accents, case, marks at its end and blanks too many: what short answers are compared by."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in parts if not unicodedata.combining(one))
    return " ".join(letters.split()).strip(" .!?¡¿")


# --- Drawing ---


class DrawLike(Protocol):
    competency_id: int | None
    difficulty: Difficulty | None
    count: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be drawn; `seen` says how often this person was asked it before."""

    id: int
    competency_id: int
    difficulty: Difficulty
    seen: int = 0


def draw(draws: Sequence[DrawLike], bank: Sequence[Candidate], taught: Collection[int], rng: Random) -> list[int]:
    """Ids of the questions of one attempt: none twice, those not seen before first.

    Where the bank is too small there are fewer. The draw with the least to choose from is served first.
    """
    shuffled = sorted(bank, key=lambda one: (one.seen, rng.random()))
    fitting = [[one.id for one in shuffled if suits(wanted, one, taught)] for wanted in draws]
    taken: dict[int, list[int]] = {}
    used: set[int] = set()
    for place in sorted(range(len(draws)), key=lambda place: len(fitting[place])):
        free = [number for number in fitting[place] if number not in used][: draws[place].count]
        taken[place] = free
        used.update(free)
    return [number for place in range(len(draws)) for number in taken[place]]


def suits(wanted: DrawLike, one: Candidate, taught: Collection[int]) -> bool:
    """Whether a draw may take this question."""
    competencies = taught if wanted.competency_id is None else (wanted.competency_id,)
    return one.competency_id in competencies and wanted.difficulty in (None, one.difficulty)


# --- What may happen next ---


class Next(StrEnum):
    """Where somebody stands with a quiz."""

    START = "start"
    GO_ON = "go_on"
    PASSED = "passed"
    WAIT = "wait"
    REVIEW = "review"
    NO_MORE = "no_more"


class TermsLike(Protocol):
    attempts: int | None
    between: Between
    cool_down_hours: int


class AttemptLike(Protocol):
    started_at: datetime
    closes_at: datetime | None
    ended_at: datetime | None
    passed: bool | None
    reviewed_at: datetime | None
    forgiven: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do next; `left` is None without a limit; `at`: from when on, where one has to wait."""

    next: Next
    left: int | None = None
    at: datetime | None = None


def standing(terms: TermsLike, attempts: Sequence[AttemptLike], on: datetime) -> Standing:
    """Decide from all attempts, the oldest first."""
    counted = sum(1 for one in attempts if not one.forgiven)
    left = None if terms.attempts is None else max(0, terms.attempts - counted)
    if any(one.passed for one in attempts):
        return Standing(Next.PASSED, left)
    last = attempts[-1] if attempts else None
    if last is not None and last.ended_at is None:
        return Standing(Next.GO_ON, left)
    if left == 0:
        return Standing(Next.NO_MORE, left)
    if last is None or last.ended_at is None or last.forgiven:
        return Standing(Next.START, left)
    if terms.between is Between.COOL_DOWN:
        again = last.ended_at + timedelta(hours=terms.cool_down_hours)
        return Standing(Next.WAIT, left, again) if on < again else Standing(Next.START, left)
    if terms.between is Between.REVIEW and last.reviewed_at is None:
        return Standing(Next.REVIEW, left)
    return Standing(Next.START, left)


def is_over(attempt: AttemptLike, on: datetime) -> bool:
    """Whether its time has run out."""
    return attempt.closes_at is not None and on >= attempt.closes_at


def most_used(languages: Iterable[str | None], otherwise: str) -> str:
    """The language in which most answers were given."""
    counts = Counter(one for one in languages if one)
    return max(sorted(counts), key=lambda one: (counts[one], one == otherwise)) if counts else otherwise


# --- Whether a question is any good ---


class Warning(StrEnum):
    """What a question's record says against it."""

    WRONG_KEY = "wrong_key"  # those who know less get it right more often
    TELLS_NOTHING = "tells_nothing"
    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"


ENOUGH = 20
"""First attempts from which on a record says something."""
LEAST_DISCRIMINATION = 0.1
EASIEST, HARDEST = 0.95, 0.2


@dataclass(frozen=True, slots=True)
class Record:
    """How a question fared in first attempts: how often asked, the mean score (difficulty), and the correlation of its score
    with that of the other questions of the attempt (discrimination), None where it can't be told."""

    asked: int
    difficulty: float | None
    discrimination: float | None


def record(n: int, x: float, rest: float, xx: float, rest2: float, xrest: float) -> Record:
    """From sums over first attempts: of the score, of the mean score of the rest, of squares, and of products."""
    if not n:
        return Record(0, None, None)
    spread = (xx - x * x / n) * (rest2 - rest * rest / n)
    if n < 2 or spread <= 1e-12:
        return Record(n, x / n, None)
    return Record(n, x / n, max(-1.0, min(1.0, (xrest - x * rest / n) / math.sqrt(spread))))


def warning(one: Record) -> Warning | None:
    """What is to be looked at, once there is enough to judge by."""
    if one.asked < ENOUGH or one.difficulty is None:
        return None
    if one.discrimination is not None and one.discrimination < 0:
        return Warning.WRONG_KEY
    if one.difficulty > EASIEST:
        return Warning.TOO_EASY
    if one.difficulty < HARDEST:
        return Warning.TOO_HARD
    if one.discrimination is not None and one.discrimination < LEAST_DISCRIMINATION:
        return Warning.TELLS_NOTHING
    return None
