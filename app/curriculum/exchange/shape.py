"""What the file holds: JSON with a list each of competencies, questions, modules and paths; codes name one another.

Reading checks the shape of every entry before anything is looked up, and says all that is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.problems import BadFile, Problem, ProblemKind, add_sentences
from app.curriculum.models import ModuleKind, ModuleState
from app.curriculum.paths.rules import Branch
from app.curriculum.quizzes.rules import Between, Difficulty, QuestionKind

ARCHIVED, FILES = "curriculum.json", "files.json"
"""In an archive: the curriculum, and the list of files and packages that come with it."""
FORMAT, VERSION = "hilo-curriculum", 1
MOST_BYTES = 64 << 20
IN_MEMORY = 1 << 20
"""Archives larger than this stand on disk while they are made or read."""
LONGEST = 100_000
MOST_ENTRIES = 20_000


class ExchangeProblem(StrEnum):
    """What only files of a curriculum can have wrong."""

    NOT_ONE = "no_curriculum"
    ENTRY = "curriculum_entry"  # column: the list; value: its code or place; hint: what is wrong


add_sentences(
    {
        ExchangeProblem.NOT_ONE: lazy_gettext(
            "The file can't be read as a Hilo curriculum (%(value)s). Export one again, and change only its entries."
        ),
        ExchangeProblem.ENTRY: lazy_gettext("%(column)s, “%(value)s”: %(hint)s"),
    }
)

TEXT, MAYBE_TEXT, NUMBER, MAYBE_NUMBER, WHOLE, MAYBE_WHOLE, FLAG, CODES = range(8)
Spec = Mapping[str, Any]
"""The fields of an entry: what each is. An enum is one of its values, a list of one `Spec` is a list of such entries."""


def both(*names: str) -> dict[str, Any]:
    return {f"{name}_{code}": TEXT for name in names for code in ("en", "es")}


OPTION: Spec = {**both("text", "match", "feedback"), "is_right": FLAG, "value": MAYBE_NUMBER, "tolerance": MAYBE_NUMBER}
DRAW: Spec = {"competency": MAYBE_TEXT, "difficulty": (Difficulty, None), "count": WHOLE}
QUIZ: Spec = {
    "pass_mark": NUMBER, "minutes": MAYBE_WHOLE, "attempts": MAYBE_WHOLE, "between": Between, "cool_down_hours": WHOLE,
    "shuffle": FLAG, "draws": [DRAW],
}  # fmt: skip
LINE: Spec = {**both("text"), "most": WHOLE}
PRACTICE: Spec = {"pass_share": NUMBER, "leads_observe": FLAG, "lines": [LINE]}
STEP: Spec = {
    "module": TEXT, "optional": FLAG, "after": MAYBE_WHOLE, "branch_on": MAYBE_WHOLE, "branch": (Branch, None),
    "branch_score": MAYBE_NUMBER,
}  # fmt: skip
FILE: Spec = {
    "module": TEXT, "name": TEXT, **both("alt"), "language": MAYBE_TEXT, "retired": FLAG, "address": TEXT, "file": TEXT,
}  # fmt: skip
PACKAGE: Spec = {"module": TEXT, "languages": CODES, "name": TEXT, "file": TEXT}
SPECS: dict[str, Spec] = {
    "competencies": {"code": TEXT, "parent": MAYBE_TEXT, **both("name", "description"), "target": NUMBER},
    "questions": {
        "code": TEXT, "kind": QuestionKind, "competency": TEXT, "difficulty": Difficulty, **both("text", "feedback"),
        "retired": FLAG, "options": [OPTION],
    },
    "modules": {
        "code": TEXT, "state": ModuleState, "kind": ModuleKind, "minutes": WHOLE, "url": MAYBE_TEXT,
        **both("title", "body"), "stale": MAYBE_TEXT, "competencies": CODES, "quiz": (QUIZ, None),
        "practice": (PRACTICE, None),
    },
    "paths": {
        "code": TEXT, "state": ModuleState, **both("title", "about"), "in_order": FLAG, "counts_earlier": FLAG,
        "days": WHOLE, "shorter": MAYBE_TEXT, "steps": [STEP],
    },
}  # fmt: skip
"""In the order in which they are stored: what is named comes before what names it."""


def is_one(head: bytes) -> bool:
    """Whether a file begins as a curriculum does."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and FORMAT.encode() in head


def read(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The entries by list, in shape. Raises `BadFile` with all that is not."""
    if len(content) > MOST_BYTES:
        raise BadFile(Problem(ProblemKind.TOO_LARGE, hint=f"{MOST_BYTES >> 20} MB"))
    try:
        told = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadFile(Problem(ExchangeProblem.NOT_ONE, value=str(error))) from error
    if not isinstance(told, dict) or told.get("format") != FORMAT or told.get("version") != VERSION:
        raise BadFile(Problem(ExchangeProblem.NOT_ONE, value=f"format {FORMAT}, version {VERSION}"))
    problems = [entry_problem(name, name, _("It is unknown here.")) for name in told if name not in _NAMES]
    found = {name: _entries(name, told.get(name, []), problems) for name in SPECS}
    if problems:
        raise BadFile(*problems)
    return found


_NAMES = {"format", "version", *SPECS}


def _no_number(name: str) -> float:
    raise ValueError(name)


def entry_problem(list_name: str, code: str, hint: str) -> Problem:
    """Something wrong with an entry."""
    return Problem(ExchangeProblem.ENTRY, column=list_name, value=code, hint=hint)


def _entries(name: str, told: Any, problems: list[Problem]) -> list[dict[str, Any]]:
    if not isinstance(told, list) or len(told) > MOST_ENTRIES:
        problems.append(entry_problem(name, name, _("It has to be a list.")))
        return []
    seen: set[str] = set()
    for place, one in enumerate(told, start=1):
        code = one.get("code") if isinstance(one, dict) else None
        shown = code if isinstance(code, str) and code else str(place)
        problems += [entry_problem(name, shown, fault) for fault in faults(one, SPECS[name])]
        if shown in seen:
            problems.append(entry_problem(name, shown, _("It appears twice.")))
        seen.add(shown)
        if not code:
            problems.append(entry_problem(name, shown, _("It has no code.")))
    return told


def faults(one: Any, spec: Spec, at: str = "") -> list[str]:
    """What is wrong with the shape of an entry, field by field."""
    if not isinstance(one, dict):
        return [_("“%(field)s” has to be an entry with fields.", field=at or "–")]
    found = [_("“%(field)s” is unknown here.", field=f"{at}{name}") for name in one if name not in spec]
    for name, kind in spec.items():
        if name not in one:
            found.append(_("“%(field)s” is missing.", field=f"{at}{name}"))
        else:
            found += _fault(one[name], kind, f"{at}{name}")
    return found


def _fault(value: Any, kind: Any, at: str) -> list[str]:
    if isinstance(kind, tuple):
        return [] if value is None else _fault(value, kind[0], at)
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [_("“%(field)s” has to be a list.", field=at)]
        return [fault for n, one in enumerate(value, start=1) for fault in faults(one, kind[0], f"{at} {n}: ")]
    if isinstance(kind, dict):
        return faults(value, kind, f"{at}: ")
    if isinstance(kind, type):
        allowed = [one.value for one in kind]
        if value in allowed:
            return []
        return [_("“%(field)s” has to be one of %(values)s.", field=at, values=", ".join(allowed))]
    return [] if _fits(value, kind) else [_("“%(field)s” holds something other than it should.", field=at)]


def _fits(value: Any, kind: int) -> bool:
    if kind in (MAYBE_TEXT, MAYBE_NUMBER, MAYBE_WHOLE) and value is None:
        return True
    if kind in (TEXT, MAYBE_TEXT):
        return isinstance(value, str) and len(value) <= LONGEST and "\x00" not in value
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == CODES:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    number = isinstance(value, int if kind in (WHOLE, MAYBE_WHOLE) else (int, float)) and not isinstance(value, bool)
    return number and abs(value) < 1e12
