"""What a sample suggests: offered to a person, used only once confirmed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from html import unescape

from app.audits.intake.headers import CHECK, HEAD
from app.audits.profiles.dates import styles_of
from app.audits.profiles.mapping import DATES, MAXIMUM, OF_CASES, PEOPLE, SCORE, Columns, Field, PersonBy, Scale, Shape
from app.audits.profiles.results import decimal_of, is_number, number, offered
from app.audits.profiles.synonyms import ABOUT, ATTRIBUTES, SYNONYMS
from app.core.words import folded

REFERENCES = ("audit_ref", "contact_ref")
LEAST_LIKE = 0.72
MOST_ANSWERS, LONGEST_ANSWER = 8, 24
"""Different answers a column of a question may hold, and their letters."""
NESTING = re.compile(r"\.(?=\S)| · |: ")
"""What stands in a name between what a column belongs to and its own: of a record, a group of columns, a sheet."""
REMARKS = re.compile(r"comment|comentario|\bobs\b|\bnotas?\b|notes?|observac|feedback|remark")
TOTAL = re.compile(
    r"\b(?:total|overall|final|final score|nota|puntaje|score|average|promedio|resultado)$|^(?:total|overall)\b"
)
"""A column that sums the others up is no question."""
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]\.?\s?m\.?)?", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")


def columns(
    examples: Mapping[str, Sequence[str]], numbers: Collection[str] = (), shape: Shape | None = None
) -> Columns:
    """Guess from the names of the columns and what stands in them; `numbers` are the employee numbers known here."""
    fields = _fields(examples)
    shape = shape or (Shape.ANSWERS if {"criterion", "result"} <= set(fields) else Shape.AUDITS)
    questions, comments = (), {}
    if shape is Shape.CASES:
        fields = _of_cases(fields)
    if shape is Shape.AUDITS:
        fields = {name: at for name, at in fields.items() if name not in {"criterion", "result", "comment", MAXIMUM}}
        questions, comments = _questions(examples, {name for at in fields.values() for name in at.columns})
    people = {name: _person_by(fields[name].columns[0], examples, numbers) for name in PEOPLE if name in fields}
    return Columns(shape, fields, people, questions, comments)


def _of_cases(fields: dict[str, Field]) -> dict[str, Field]:
    """What is read of a case: the result is the score of the survey."""
    if "result" in fields:
        fields = {**fields, SCORE: fields["result"]}
    return {name: at for name, at in fields.items() if name in OF_CASES}


def key(name: str) -> str:
    """The words of a header, folded."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unescape(name))
    return " ".join(_WORD.findall(folded(spaced)))


def _fields(examples: Mapping[str, Sequence[str]]) -> dict[str, Field]:
    """The best column of each field, the surest first; each column once."""
    dated = {column: texts for column, texts in examples.items() if not _is_clock(texts)}
    rated = sorted(
        ((_rate(column, name, texts), name, column) for name in SYNONYMS for column, texts in dated.items()),
        key=lambda one: -one[0],
    )
    fields: dict[str, Field] = {}
    taken: set[str] = set()
    for rate, name, column in rated:
        if rate > 0 and name not in fields and column not in taken:
            fields[name] = Field((column,))
            taken.add(column)
    fields |= _other_dates(fields, dated, taken)
    for name in DATES:
        if name in fields and (clock := _clock_beside(fields[name].columns[0], examples, taken)):
            fields[name] = Field((*fields[name].columns, clock))
            taken.add(clock)
    return fields


def _other_dates(fields: Mapping[str, Field], dated: Mapping[str, Sequence[str]], taken: set[str]) -> dict[str, Field]:
    """The dates no name told: by words about a contact or an audit, else the only other date there is.

    Where there is but one date, it is both; where several are left to choose from, none is suggested.
    """
    left = [column for column, texts in dated.items() if column not in taken and _is_date([t for t in texts if t][:50])]
    found: dict[str, Field] = {}
    for name in DATES:
        if name not in fields and (told := [column for column in left if _is_about(column, name)]):
            found[name] = Field((told[0],))
            left.remove(told[0])
    for name in DATES:
        other = next((at for kind, at in {**fields, **found}.items() if kind in DATES and kind != name), None)
        if name in fields or name in found or other is None or len(left) > 1:
            continue
        found[name] = Field((left[0],)) if left else other
    taken.update(column for at in found.values() for column in at.columns)
    return found


def _is_about(column: str, name: str) -> bool:
    """Whether words of a header begin as those about this moment do, and none as those about the other."""
    said = key(column).split()
    telling = {kind: any(word.startswith(begin) for word in said for begin in ABOUT[kind].split()) for kind in DATES}
    return telling[name] and sum(telling.values()) == 1


def _rate(column: str, name: str, texts: Sequence[str]) -> float:
    """How likely a column is a field: by the whole name, its end, or the field's words in it; dates must look like dates."""
    said = key(column)
    parts = NESTING.split(column)
    ends = {key(" ".join(parts[at:])) for at in range(len(parts))}
    names = {key(one) for one in _names(name)}
    rate = 3.0 if said in names else 2.5 if ends & names else 0.0
    if not rate and name in (*PEOPLE, "audit_ref"):
        rate = 2.0 if bare(said) in {bare(one) for one in names} else 0.0
    if not rate:
        words = set(said.split())
        rate = max((len(one.split()) / 4 for one in names if " " in one and set(one.split()) < words), default=0.0)
    filled = [text for text in texts if text]
    if rate and name in DATES and not styles_of(filled[:50]):
        return 0.0
    if rate and name not in DATES and filled and _is_date(filled[:50]):
        return 0.0
    if rate and name in REFERENCES and filled and all(offered(text) is not None for text in filled):
        return 0.0
    return rate


def bare(words: str) -> str:
    """The words of a header without those that only say how something is named."""
    return " ".join(word for word in words.split() if word not in ATTRIBUTES) or words


def _names(name: str) -> list[str]:
    own = next((column for column in (*HEAD, *CHECK) if column.name == name), None)
    return [name, *SYNONYMS[name].split("|"), *(own.aliases if own else ())]


def _is_date(texts: Sequence[str]) -> bool:
    return bool(styles_of(texts)) and not all(text.isdigit() and len(text) < 10 for text in texts)


def _clock_beside(column: str, examples: Mapping[str, Sequence[str]], taken: Collection[str]) -> str | None:
    """The column of the time that stands after a date without one."""
    names = list(examples)
    after = names.index(column) + 1
    if after >= len(names) or names[after] in taken or any(":" in text for text in examples[column]):
        return None
    return names[after] if _is_clock(examples[names[after]]) else None


def _is_clock(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and all(_CLOCK.fullmatch(text) for text in filled)


def _questions(examples: Mapping[str, Sequence[str]], taken: Collection[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The columns that hold results, and those of comments that stand after one.

    A column with few short words, some of them results, is a question as well where others surely are.
    """
    open_to_it = {
        column: {text for text in texts if text}
        for column, texts in examples.items()
        if column not in taken and not TOTAL.search(key(column))
    }
    sure = {column for column, said in open_to_it.items() if said and all(map(_is_result, said))}
    questions: list[str] = []
    comments: dict[str, str] = {}
    for column, said in open_to_it.items():
        if REMARKS.search(key(column)) and questions:
            comments[column] = questions[-1]
        elif column in sure or (sure and _has_results(said)):
            questions.append(column)
    return tuple(questions), comments


def _has_results(said: Collection[str]) -> bool:
    return any(map(_is_result, said)) and len(said) <= MOST_ANSWERS and max(map(len, said)) <= LONGEST_ANSWER


def _is_result(text: str) -> bool:
    return offered(text) is not None or is_number(text)


def _person_by(column: str, examples: Mapping[str, Sequence[str]], numbers: Collection[str]) -> PersonBy:
    texts = [text for text in examples[column] if text]
    if any("@" in text for text in texts):
        return PersonBy.EMAIL
    if texts and any(text in numbers for text in texts):
        return PersonBy.NUMBER
    return PersonBy.NAME if texts and names_people(texts) else PersonBy.OTHER


def names_people(texts: Sequence[str]) -> bool:
    """Whether these are mails, or names of two words at least."""
    return all("@" in text or re.search(r"[^\W\d_]+[ ,]+[^\W\d_]+", text) for text in texts)


def scale(texts: Sequence[str]) -> tuple[Scale, str, float | None]:
    """How results seem to be written: the scale, the decimal mark, and the maximum where they are points."""
    plain = [text for text in texts if text and offered(text) is None]
    numbers = [text for text in [*plain, *(text for text in texts if text in ("0", "1"))] if is_number(text)]
    decimal = decimal_of(numbers) or "."
    if not [text for text in plain if is_number(text)]:
        return Scale.WORDS, decimal, None
    if any(text.endswith("%") for text in numbers):
        return Scale.POINTS, decimal, 100.0
    return Scale.POINTS, decimal, max((found for text in numbers if (found := number(text, decimal))), default=None)


def maxima(marks: Mapping[str, Sequence[str]], decimal: str) -> tuple[dict[str, float], bool]:
    """The points possible of each question where they differ, and whether that is sure.

    It is where each question got all or nothing. Where some got a part, the highest in a sample may not be all of them.
    """
    found = {one: {value for text in texts if (value := number(text, decimal))} for one, texts in marks.items()}
    most = {one: max(values) for one, values in found.items() if values}
    shares = any(text.endswith("%") for texts in marks.values() for text in texts)
    if shares or len(set(most.values())) < 2:
        return {}, True
    return most, all(len(values) < 2 for values in found.values())


def like(text: str, known: Mapping[str, str]) -> str | None:
    """The value of what is called most like a text, when it is like enough; `known` is by what things are called."""
    last = NESTING.split(text)[-1]
    if last != text and (inner := like(last, known)) is not None:
        return inner
    wanted = key(text)
    if not wanted:
        return None
    best, found = LEAST_LIKE, None
    for called, value in known.items():
        other = key(called)
        if other == wanted:
            return value
        ratio = SequenceMatcher(None, wanted, other).ratio()
        if ratio > best:
            best, found = ratio, value
    return found
