"""Headings as lines: what makes a good outline, what it looks like in a note, and what is left of it when nothing was written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from app.coaching.rules import SessionKind

MOST_LINES = 8
LONGEST_LINE = 120
ENDS = (":", "?", "!", ".")

DEFAULTS: dict[SessionKind, tuple[str, str]] = {
    SessionKind.ONE_TO_ONE: ("Goal\nReality\nOptions\nWay forward", "Meta\nRealidad\nOpciones\nPlan"),
    SessionKind.SIDE_BY_SIDE: (
        "Contacts listened to\nWhat went well\nWhat to try next time",
        "Contactos escuchados\nQué salió bien\nQué probar la próxima vez",
    ),
    SessionKind.FATAL: (
        "What happened\nWhy it happened\nWhat is done differently from now on\nHow it is checked",
        "Qué pasó\nPor qué pasó\nQué cambia desde ahora\nCómo se verifica",
    ),
    SessionKind.GROUP: (
        "Topic\nExamples looked at\nWhat the team agreed",
        "Tema\nEjemplos revisados\nQué acordó el equipo",
    ),
    SessionKind.FOLLOW_UP: (
        "What was agreed last time\nWhat changed since\nWhat comes next",
        "Qué se acordó la vez anterior\nQué cambió desde entonces\nQué sigue",
    ),
    SessionKind.COACH_THE_COACH: (
        "What the review showed\nHow the coach sees it\nWhat to try in the next session",
        "Qué mostró la revisión\nCómo lo ve el coach\nQué probar en la próxima sesión",
    ),
}
"""English and Spanish, until somebody changes them; for a talk one to one it is GROW."""


class Problem(StrEnum):
    """What is wrong with an outline."""

    EMPTY = "empty"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"
    UNEVEN = "uneven"  # not as many headings in one language as in the other
    TWICE = "twice"


def lines_of(text: str) -> list[str]:
    """The headings, one a line, without the space around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def tidy(text: str) -> str:
    """The text as it is kept."""
    return "\n".join(lines_of(text))


def problem_of(english: str, spanish: str) -> Problem | None:
    """What is wrong with an outline in its two languages, if anything."""
    both = [lines_of(english), lines_of(spanish)]
    if not all(both):
        return Problem.EMPTY
    if any(len(lines) > MOST_LINES for lines in both):
        return Problem.TOO_MANY
    if any(len(line) > LONGEST_LINE for lines in both for line in lines):
        return Problem.TOO_LONG
    if any(len({line.casefold() for line in lines}) < len(lines) for lines in both):
        return Problem.TWICE
    return Problem.UNEVEN if len(both[0]) != len(both[1]) else None


def headings(text: str) -> list[str]:
    """The headings as they stand in a note: `Goal:`, `What happened?`."""
    return [line if line.endswith(ENDS) else f"{line}:" for line in lines_of(text)]


def to_fill_in(text: str) -> str:
    """A note that has only its headings."""
    return "\n".join(f"{heading} " for heading in headings(text))


def written(note: str, known: Collection[str]) -> str:
    """A note less the headings that nothing was written under; `known` are the headings of all outlines."""
    lines = [line.rstrip() for line in note.strip().splitlines()]
    kept = [
        line for place, line in enumerate(lines) if line not in known or _has_words(lines[place + 1 :], tuple(known))
    ]
    return "\n".join(kept).strip()


def _has_words(after: Sequence[str], known: tuple[str, ...]) -> bool:
    """Whether something stands between a heading and the next."""
    following = next((line for line in after if line), None)
    return following is not None and not following.startswith(known)
