"""Rubrics as people write and mark them: a line of text for each thing observed, and the points of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from flask_babel import gettext as _

from app.core.i18n import Bilingual

MOST_LINES, MOST_POINTS = 30, 10

Line = tuple[str, str, int]
"""English, Spanish, most points."""


class Marked(Protocol):
    """A line that is marked."""

    id: int
    most: int

    @property
    def text(self) -> Bilingual: ...


def written(lines: Iterable[Line]) -> str:
    """A rubric as it is typed: `Opens clearly | Abre con claridad | 4`."""
    return "\n".join(" | ".join(str(part) for part in line) for line in lines)


def read(text: str | None) -> tuple[list[Line], str | None]:
    """The lines as typed, and what needs mending first."""
    rows = [row for row in (text or "").splitlines() if row.strip()]
    if len(rows) > MOST_LINES:
        return [], _("A rubric has at most %(most)s lines.", most=MOST_LINES)
    found = [_line(row) for row in rows]
    for number, line in enumerate(found, start=1):
        if line is None:
            said = _(
                "Line %(number)s of the rubric needs English | Spanish | points from 1 to %(most)s.",
                number=number,
                most=MOST_POINTS,
            )
            return [], said
    return [line for line in found if line is not None], None


def _line(row: str) -> Line | None:
    parts = [part.strip() for part in row.split("|")]
    if len(parts) != 3 or not all(parts[:2]) or not (parts[2].isascii() and parts[2].isdigit()):
        return None
    points = int(parts[2][:4])
    return (parts[0], parts[1], points) if 1 <= points <= MOST_POINTS else None


def read_marks(lines: Iterable[Marked], asked: Mapping[str, str]) -> tuple[dict[int, int], list[str]]:
    """The points by line as chosen on a page (`line-7`), and what needs mending."""
    marks, problems = {}, []
    for line in lines:
        typed = asked.get(f"line-{line.id}", "")
        if typed.isascii() and typed.isdigit() and len(typed) < 3 and int(typed) <= line.most:
            marks[line.id] = int(typed)
        else:
            facts = {"line": line.text.text, "most": line.most}
            problems.append(_("“%(line)s” needs its points, from 0 to %(most)s.", **facts))
    return marks, problems
