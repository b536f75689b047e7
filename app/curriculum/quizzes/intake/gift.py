"""GIFT, the plain text format of questions that Moodle and others write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.problems import Problem
from app.curriculum.quizzes.intake.told import Aside, File, QuestionProblem, Told, code_of, place, words_of
from app.curriculum.quizzes.labels import TRUE_FALSE
from app.curriculum.quizzes.rules import QuestionKind

ESCAPED = {"\\~": "\ue000", "\\=": "\ue001", "\\#": "\ue002", "\\{": "\ue003", "\\}": "\ue004", "\\:": "\ue005"}
PLAIN = {mark: pair[1] for pair, mark in ESCAPED.items()}
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")
DIGITS = r"(-?(?:\d+(?:\.\d+)?|\.\d+))"
NUMBER = re.compile(rf"^\s*{DIGITS}\s*(?:(\.\.|:)\s*{DIGITS})?\s*$")


def read(text: str, language: str, competencies: Iterable[str]) -> File:
    """What the text tells; a question that can't be read is a problem, one of a kind Hilo lacks is told as aside."""
    found, codes = File(), list(competencies)
    category: tuple[Any, Any] = (None, None)
    for line, block in _blocks(text):
        if block.startswith("$CATEGORY:"):
            category = place(block.partition(":")[2].strip(), codes)
            continue
        _question(found, line, block, language, category)
    return found


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """(row, text) of each question or category, comments left out and escapes put away."""
    for pair, mark in ESCAPED.items():
        text = text.replace(pair, mark)
    block: list[str] = []
    first = 0
    depth = 0
    for number, line in enumerate([*text.lstrip("\ufeff").splitlines(), ""], start=1):
        if line.lstrip().startswith("//"):
            continue
        if block and depth > 0 and line.startswith(("::", "$CATEGORY:")):  # a brace was never closed: it ends here
            yield first, "\n".join(block)
            block, depth = [], 0
        if line.startswith("$CATEGORY:"):
            yield number, line
        elif line.strip() or (depth > 0 and number < len(text)):
            first = first if block else number
            block.append(line)
            depth += line.count("{") - line.count("}")
        elif block:
            yield first, "\n".join(block)
            block, depth = [], 0
    if block:
        yield first, "\n".join(block)


def _question(found: File, line: int, block: str, language: str, category: tuple[Any, Any]) -> None:
    name, _sep, rest = _title(block)
    body = re.match(r"(?s)^(.*?)\{(.*)\}(.*)$", rest)
    if body is None:
        if "{" in rest or "}" in rest:
            found.problems.append(Problem(QuestionProblem.BAD_GIFT, line=line, value=_plain(rest)))
        else:
            found.asides.append((line, _plain(name or rest)[:80], Aside.KIND))
        return
    before, answers, after = (part.strip() for part in body.groups())
    text = _plain(before + (" _____ " + after if after else ""))
    text = re.sub(r"^\[(html|markdown|plain|moodle)\]", "", text)
    answers, _sep, general = answers.partition("####")
    code = code_of(_plain(name), text)
    told = _answers(answers.strip(), language)
    if told is None or isinstance(told, Aside):
        if told is None:
            found.problems.append(Problem(QuestionProblem.BAD_GIFT, line=line, value=code))
        else:
            found.asides.append((line, code, told))
        return
    kind, options = told
    if "<img" in text.casefold():
        found.asides.append((line, code, Aside.PICTURE))
    words = {**words_of("text", text, language), **words_of("feedback", _plain(general), language)}
    found.questions.append(Told(line, code, kind, *category, words=words, options=options))


def _title(block: str) -> tuple[str, str, str]:
    named = re.match(r"(?s)^\s*::(.*?)::(.*)$", block)
    return (named.group(1), "::", named.group(2)) if named else ("", "", block)


def _plain(text: str) -> str:
    for mark, character in PLAIN.items():
        text = text.replace(mark, character)
    return text.replace("\\n", "\n").replace("\\\\", "\\").strip()


def _answers(text: str, language: str) -> tuple[QuestionKind, list[dict[str, Any]]] | Aside | None:
    if not text:
        return Aside.ESSAY
    if text.startswith("#"):
        return _numeric(text[1:], language)
    word, *feedback = (part.strip() for part in text.split("#"))
    if word.upper() in TRUE + FALSE:
        return _true_false(word.upper() in TRUE, feedback, language)
    parts = [(mark, *_weighed(rest)) for mark, rest in re.findall(r"(?s)([=~])([^=~]*)", text)]
    if not parts or not re.match(r"\s*[=~]", text):
        return None
    if all(mark == "=" and "->" in said for mark, _w, said in parts):
        return _matching(parts, language)
    return _choices(parts, language)


def _weighed(text: str) -> tuple[float | None, str]:
    found = re.match(r"(?s)^\s*%(-?[\d.]+)%(.*)$", text)
    return (float(found.group(1)), found.group(2)) if found else (None, text)


def _said(text: str, language: str, name: str = "text") -> dict[str, Any]:
    """An answer and, after #, its feedback."""
    answer, _sep, feedback = text.partition("#")
    return {**words_of(name, _plain(answer), language), **words_of("feedback", _plain(feedback), language)}


def _true_false(is_true: bool, feedback: list[str], language: str) -> tuple[QuestionKind, list[dict[str, Any]]]:
    """The first feedback is for the wrong answer, the second for the right one."""
    options = []
    for value, (text_en, text_es) in zip((True, False), TRUE_FALSE, strict=True):
        right = value is is_true
        said = feedback[int(right)] if len(feedback) > int(right) else ""
        words = words_of("feedback", _plain(said), language)
        options.append({"is_right": right, "text_en": text_en, "text_es": text_es, **words})
    return QuestionKind.TRUE_FALSE, options


def _numeric(text: str, language: str) -> tuple[QuestionKind, list[dict[str, Any]]] | None:
    parts = [_weighed(part) for part in text.split("=") if part.strip()]
    options = []
    for weight, part in parts:
        number, _sep, feedback = part.partition("#")
        read_as = NUMBER.match(number.replace("~", ""))
        if read_as is None:
            return None
        first, between, second = read_as.groups()
        try:
            value, tolerance = _range(float(first), between, float(second or 0))
        except ValueError:
            return None
        words = words_of("feedback", _plain(feedback), language)
        options.append({"is_right": weight is None or weight >= 100, "value": value, "tolerance": tolerance, **words})
    return (QuestionKind.NUMERIC, options) if options else None


def _range(first: float, between: str | None, second: float) -> tuple[float, float]:
    if between == "..":
        return (first + second) / 2, abs(second - first) / 2
    return first, second


def _matching(parts: list[tuple[str, float | None, str]], language: str) -> tuple[QuestionKind, list[dict[str, Any]]]:
    options = []
    for _mark, _weight, said in parts:
        item, _sep, match = said.partition("->")
        words = {**words_of("text", _plain(item), language), **words_of("match", _plain(match), language)}
        options.append({"is_right": False, **words})
    return QuestionKind.MATCHING, options


def _choices(
    parts: list[tuple[str, float | None, str]], language: str
) -> tuple[QuestionKind, list[dict[str, Any]]] | Aside:
    equal = [mark == "=" for mark, _weight, _said in parts]
    weights = [weight or 0.0 for _mark, weight, _said in parts]
    if all(equal) and all(weight is None or weight >= 100 for _m, weight, _s in parts):
        return QuestionKind.SHORT_TEXT, [{"is_right": True, **_said(said, language)} for _m, _w, said in parts]
    if any(equal) and any(0 < weight < 100 for weight in weights):
        return Aside.PARTLY
    several = not any(equal)
    right = [weight > 0 if several else mark for mark, weight in zip(equal, weights, strict=True)]
    kind = QuestionKind.MULTIPLE if sum(right) > 1 or (several and max(weights) < 100) else QuestionKind.SINGLE
    return kind, [
        {"is_right": is_right, **_said(said, language)} for is_right, (_m, _w, said) in zip(right, parts, strict=True)
    ]
