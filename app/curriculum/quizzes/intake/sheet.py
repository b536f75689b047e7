"""Questions as a table: a row for each option, the question's own columns in its first row. What goes out comes in again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

from app.core.problems import BadFile
from app.core.rows import Cells
from app.core.sheets import Column, Row, open_table
from app.curriculum.quizzes.intake.told import DIFFICULTIES, LONGEST_CODE, File, Told
from app.curriculum.quizzes.models import Question
from app.curriculum.quizzes.rules import QuestionKind

COLUMNS = (
    Column("question", aliases=("Pregunta", "Question code", "Código de pregunta")),
    Column("kind", aliases=("Tipo",)),
    Column("competency", aliases=("Competencia",)),
    Column("difficulty", required=False, aliases=("Dificultad",)),
    Column("text_en", aliases=("Question in English", "Pregunta en inglés")),
    Column("text_es", aliases=("Question in Spanish", "Pregunta en español")),
    Column("feedback_en", required=False, aliases=("Explanation in English", "Explicación en inglés")),
    Column("feedback_es", required=False, aliases=("Explanation in Spanish", "Explicación en español")),
    Column("option_en", required=False, aliases=("Option in English", "Opción en inglés")),
    Column("option_es", required=False, aliases=("Option in Spanish", "Opción en español")),
    Column("right", required=False, aliases=("Correcta",)),
    Column("match_en", required=False, aliases=("Match in English", "Pareja en inglés")),
    Column("match_es", required=False, aliases=("Match in Spanish", "Pareja en español")),
    Column("value", required=False, aliases=("Número", "Valor")),
    Column("tolerance", required=False, aliases=("Tolerancia",)),
    Column("option_feedback_en", required=False, aliases=("Feedback in English", "Retroalimentación en inglés")),
    Column("option_feedback_es", required=False, aliases=("Feedback in Spanish", "Retroalimentación en español")),
)
KINDS = {one.value: one for one in QuestionKind}
YES = {"1": True, "yes": True, "sí": True, "si": True, "x": True, "true": True, "0": False, "no": False, "false": False}
MAX_ROWS = 50_000
LONGEST = 4_000
WORDS = ("text", "feedback")


def read(path: str | PathLike[str]) -> File:
    """What the table tells; raises `BadFile` when it is none."""
    table, cells = open_table(path, columns=COLUMNS, max_rows=MAX_ROWS), Cells()
    found = File(unknown_columns=tuple(table.unknown))
    known: dict[str, Told] = {}
    for row in cells.rows(table):
        told = _question(row, cells, known)
        if told is not None:
            option = _option(row, cells, told.kind)
            if option is not None:
                told.options.append(option)
    if cells.problems:
        raise BadFile(*cells.problems)
    found.questions = list(known.values())
    return found


def _question(row: Row, cells: Cells, known: dict[str, Told]) -> Told | None:
    code = cells.text(row, "question", required=True, longest=LONGEST_CODE)
    if not code or code in known:
        return known.get(code)
    kind = cells.choice(row, "kind", KINDS)
    difficulty = cells.choice(row, "difficulty", DIFFICULTIES, default=DIFFICULTIES["medium"])
    words = {
        f"{name}_{code_}": cells.text(row, f"{name}_{code_}", longest=LONGEST)
        for name in WORDS
        for code_ in ("en", "es")
    }
    if kind is None:
        return None
    known[code] = Told(row.line, code, kind, row["competency"], difficulty, words)
    return known[code]


def _option(row: Row, cells: Cells, kind: QuestionKind) -> dict[str, Any] | None:
    told: dict[str, Any] = {
        "text_en": cells.text(row, "option_en", longest=500),
        "text_es": cells.text(row, "option_es", longest=500),
        "match_en": cells.text(row, "match_en", longest=500),
        "match_es": cells.text(row, "match_es", longest=500),
        "feedback_en": cells.text(row, "option_feedback_en", longest=500),
        "feedback_es": cells.text(row, "option_feedback_es", longest=500),
        "value": cells.number(row, "value"),
        "tolerance": cells.number(row, "tolerance", low=0, high=1e12, span="0–10¹²"),
        "is_right": bool(cells.choice(row, "right", YES, default=False)),
    }
    if not any(told[name] for name in ("text_en", "text_es", "match_en", "match_es")) and told["value"] is None:
        return None
    if kind in (QuestionKind.ORDERING, QuestionKind.MATCHING):
        told["is_right"] = False
    return told


def rows(questions: Iterable[Question]) -> Iterator[list[Any]]:
    """The rows of the table these questions make."""
    for one in questions:
        head = [
            one.code, one.kind.value, one.competency.code, one.difficulty.value,
            one.text_en, one.text_es, one.feedback_en, one.feedback_es,
        ]  # fmt: skip
        for option in one.options:
            yield [
                *head, option.text_en, option.text_es, "1" if option.is_right else "0", option.match_en, option.match_es,
                option.value, option.tolerance, option.feedback_en, option.feedback_es,
            ]  # fmt: skip
