"""Moodle XML, the fuller of the two formats that Moodle writes questions in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.core.problems import BadFile, Problem
from app.curriculum.quizzes.intake.told import (
    DIFFICULTIES,
    Aside,
    File,
    QuestionProblem,
    Told,
    code_of,
    place,
    words_of,
)
from app.curriculum.quizzes.labels import TRUE_FALSE
from app.curriculum.quizzes.rules import QuestionKind

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KINDS = {
    "multichoice": QuestionKind.SINGLE,
    "truefalse": QuestionKind.TRUE_FALSE,
    "shortanswer": QuestionKind.SHORT_TEXT,
    "numerical": QuestionKind.NUMERIC,
    "matching": QuestionKind.MATCHING,
    "ordering": QuestionKind.ORDERING,
}
Options = list[dict[str, Any]]


def read(content: bytes, language: str, competencies: Iterable[str]) -> File:
    """What the file tells. Raises `BadFile` when it is no XML, or XML with entities of its own.

    XML has no rows that a person sees, so questions are counted.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadFile(Problem(QuestionProblem.XML_ENTITIES)) from error
    except (ParseError, ValueError) as error:
        raise BadFile(Problem(QuestionProblem.BAD_XML, value=str(error) or type(error).__name__)) from error
    found, codes = File(), list(competencies)
    category: tuple[Any, Any] = (None, None)
    count = 0
    for element in root.iter("question"):
        if element.get("type") == "category":
            category = place(_text(element, "category"), codes)
            continue
        count += 1
        _question(found, count, element, language, category)
    return found


def _text(element: Element, path: str) -> str:
    return (element.findtext(f"{path}/text") or element.findtext(path) or "").strip()


def _question(found: File, line: int, element: Element, language: str, category: tuple[Any, Any]) -> None:
    text = _text(element, "questiontext")
    code = code_of(element.findtext("idnumber") or _text(element, "name"), text)
    kind = KINDS.get(element.get("type") or "")
    if kind is None:
        essay = element.get("type") == "essay"
        found.asides.append((line, code, Aside.ESSAY if essay else Aside.KIND))
        return
    if "<img" in text.casefold():
        found.asides.append((line, code, Aside.PICTURE))
    told = _options(element, kind, language)
    if isinstance(told, Aside):
        found.asides.append((line, code, told))
        return
    kind, options = told
    tags = [(_text(tag, ".") or tag.text or "").strip().casefold() for tag in element.iter("tag")]
    difficulty = next((DIFFICULTIES[one] for one in tags if one in DIFFICULTIES), category[1])
    words = {
        **words_of("text", text, language),
        **words_of("feedback", _text(element, "generalfeedback"), language),
    }
    found.questions.append(Told(line, code, kind, category[0], difficulty, words, options))


def _options(element: Element, kind: QuestionKind, language: str) -> tuple[QuestionKind, Options] | Aside:
    if kind is QuestionKind.MATCHING:
        return kind, [_pair(one, language) for one in element.findall("subquestion")]
    answers = element.findall("answer")
    shares = [_number_of(one.get("fraction")) or 0.0 for one in answers]
    if kind is QuestionKind.ORDERING:
        return kind, [{**_words(one, language), "is_right": False} for one in answers]
    if kind is QuestionKind.TRUE_FALSE:
        return kind, _true_false(answers, language)
    if kind is QuestionKind.SINGLE and (element.findtext("single") or "true").strip() in ("false", "0"):
        kind = QuestionKind.MULTIPLE
    elif any(0 < share < 100 for share in shares):
        return Aside.PARTLY
    options = []
    for one, share in zip(answers, shares, strict=True):
        told = {**_words(one, language), "is_right": share > 0}
        options.append(_number(told, one, language) if kind is QuestionKind.NUMERIC else told)
    return kind, options


def _words(answer: Element, language: str) -> dict[str, Any]:
    return {
        **words_of("text", answer.findtext("text") or "", language),
        **words_of("feedback", _text(answer, "feedback"), language),
    }


def _pair(one: Element, language: str) -> dict[str, Any]:
    match = words_of("match", _text(one, "answer"), language)
    return {**words_of("text", one.findtext("text") or "", language), **match, "is_right": False}


def _true_false(answers: list[Element], language: str) -> Options:
    by_value = {(one.findtext("text") or "").strip().casefold(): one for one in answers}
    options = []
    for name, (text_en, text_es) in zip(("true", "false"), TRUE_FALSE, strict=True):
        one = by_value.get(name)
        right = one is not None and (_number_of(one.get("fraction")) or 0.0) > 0
        words = words_of("feedback", _text(one, "feedback"), language) if one is not None else {}
        options.append({"text_en": text_en, "text_es": text_es, "is_right": right, **words})
    return options


def _number(told: dict[str, Any], answer: Element, language: str) -> dict[str, Any]:
    told = {name: value for name, value in told.items() if not name.startswith("text_")}
    tolerance = _number_of(answer.findtext("tolerance") or "0")
    return {
        **told,
        "value": _number_of(answer.findtext("text")),
        "tolerance": None if tolerance is None else abs(tolerance),
    }


def _number_of(text: str | None) -> float | None:
    """The number a text is; None for none, and for what is no number to count with."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
