"""What a file tells of a question, in whatever format, and what all formats share."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext

from app.core.problems import Problem, add_sentences
from app.curriculum.quizzes.rules import Difficulty, QuestionKind, plain

LONGEST_CODE = 60
DIFFICULTIES = {
    "easy": Difficulty.EASY, "fácil": Difficulty.EASY, "facil": Difficulty.EASY,
    "medium": Difficulty.MEDIUM, "medio": Difficulty.MEDIUM, "media": Difficulty.MEDIUM,
    "hard": Difficulty.HARD, "difícil": Difficulty.HARD, "dificil": Difficulty.HARD,
}  # fmt: skip


class QuestionProblem(StrEnum):
    """What only files of questions can have wrong."""

    NOT_WHOLE = "question_not_whole"  # hint: why
    NO_COMPETENCY = "question_without_competency"
    NO_TEXT = "question_without_text"
    ASKED = "question_asked_already"
    OTHER_OPTIONS = "question_with_other_options"
    OTHER_KIND = "question_of_another_kind"
    BAD_GIFT = "bad_gift"
    BAD_XML = "bad_xml"
    XML_ENTITIES = "xml_entities"


class Aside(StrEnum):
    """What is not taken from a file, and said so."""

    ESSAY = "essay"
    KIND = "kind"  # a kind of question that Hilo does not have
    PARTLY = "partly"  # choices that are partly right
    PICTURE = "picture"


add_sentences(
    {
        QuestionProblem.NOT_WHOLE: lazy_gettext("Row %(line)s, question “%(value)s”: %(hint)s"),
        QuestionProblem.NO_COMPETENCY: lazy_gettext(
            "Row %(line)s, question “%(value)s”: no competency is known for it. Name its code in the category, or "
            "choose one for the file."
        ),
        QuestionProblem.NO_TEXT: lazy_gettext(
            "Row %(line)s, question “%(value)s”: it has no text in either language. Write one."
        ),
        QuestionProblem.ASKED: lazy_gettext(
            "Row %(line)s, question “%(value)s”: it has been asked already, so what is right can't change, nor how many "
            "options there are. Give the changed question a name of its own."
        ),
        QuestionProblem.OTHER_OPTIONS: lazy_gettext(
            "Row %(line)s, question “%(value)s”: it is known here with other options, so the second language can't be "
            "added to it. Give it the same options in the same order, or a name of its own."
        ),
        QuestionProblem.OTHER_KIND: lazy_gettext(
            "Row %(line)s, question “%(value)s”: it is known here as another kind of question (%(hint)s). Give it a "
            "name of its own."
        ),
        QuestionProblem.BAD_GIFT: lazy_gettext(
            "Row %(line)s: the answers of “%(value)s” can't be read as GIFT. Look for a brace that is not closed, or "
            "put a backslash before ~ = # { } that are part of the text."
        ),
        QuestionProblem.BAD_XML: lazy_gettext(
            "The file is not Moodle XML that can be read (%(value)s). Export it again as Moodle XML."
        ),
        QuestionProblem.XML_ENTITIES: lazy_gettext(
            "The file is not Moodle XML: it begins with definitions (DOCTYPE) that Moodle does not write. Export it again "
            "as Moodle XML."
        ),
    }
)


@dataclass(slots=True)
class Told:
    """A question as a file tells it. Words that the file does not have are left out of `words` and `options`."""

    line: int
    code: str
    kind: QuestionKind
    competency: str | None = None
    difficulty: Difficulty | None = None
    words: dict[str, str] = field(default_factory=dict)
    options: list[dict[str, Any]] = field(default_factory=list)

    def problem(self, kind: StrEnum, hint: str | None = None) -> Problem:
        return Problem(kind, line=self.line, value=self.code, hint=hint)


@dataclass(slots=True)
class File:
    """All that a file tells. `asides`: (row, name, why) of what is not taken."""

    questions: list[Told] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    asides: list[tuple[int, str, Aside]] = field(default_factory=list)
    unknown_columns: tuple[str, ...] = ()


def code_of(name: str, text: str) -> str:
    """The code of a question from its name there; without one from its text, so that the same file names it the same."""
    slug = re.sub(r"[^\w.-]+", "-", name.strip()).strip("-")[:LONGEST_CODE]
    return slug or "Q-" + hashlib.sha256(plain(text).encode()).hexdigest()[:10]


def place(path: str, competencies: Iterable[str]) -> tuple[str | None, Difficulty | None]:
    """The competency and difficulty that a category names: the last of its parts that is the code of one."""
    known = {one.casefold(): one for one in competencies}
    parts = [part.strip().casefold() for part in re.split(r"(?<!/)/(?!/)", path)]
    competency = next((known[part] for part in reversed(parts) if part in known), None)
    return competency, next((DIFFICULTIES[part] for part in reversed(parts) if part in DIFFICULTIES), None)


SPAN = re.compile(r"<span(?=[^>]*multilang)[^>]*\blang=[\"']?(en|es)[^>]*>(.*?)</span>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"\{mlang\s+(en|es)[^}]*\}(.*?)\{mlang\}", re.IGNORECASE | re.DOTALL)


def in_languages(text: str, language: str) -> dict[str, str]:
    """The text by language: as Moodle's multilang marks say, else in the language of the file."""
    for pattern in (SPAN, TAG):
        marked = pattern.findall(text)
        if marked:
            around = pattern.sub("\0", text).split("\0")
            before, after = around[0], around[-1]
            return {one.lower(): without_html(before + said + after) for one, said in marked}
    return {language: without_html(text)}


def words_of(name: str, text: str, language: str) -> dict[str, str]:
    """The columns `<name>_en` and `<name>_es` that this text fills."""
    return {f"{name}_{one}": said for one, said in in_languages(text, language).items() if said}


def without_html(text: str) -> str:
    """The words of a text that may be HTML, its paragraphs and line breaks kept."""
    if "<" not in text and "&" not in text:
        return text.strip()
    import nh3

    broken = re.sub(r"(?i)<br\s*/?>|</(?:p|div|li|h\d)>", "\n", text)
    stripped = html.unescape(nh3.clean(broken, tags=set()))
    lines = (" ".join(line.split()) for line in stripped.replace("\xa0", " ").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
