"""Which column a header means."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.problems import Problem, ProblemKind
from app.core.sheets.csvfile import Layout


@dataclass(frozen=True, slots=True)
class Column:
    """A column a file may have: its English name, and the other headers that mean it in either language.

    Headers match whatever their case, accents, blanks and punctuation. `required` is about the header, not the cells.
    """

    name: str
    required: bool = True
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Where the columns stand in a header: `places` by canonical name; `unknown` the headers that mean none."""

    places: dict[str, int]
    unknown: list[str]
    problems: list[Problem]


def header_key(text: str) -> str:
    """A header as it is compared: `Número de empleado`, `numero_de_empleado` and `NUMERO DE EMPLEADO` are one."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def known_headers(columns: Iterable[Column]) -> dict[str, str]:
    """The canonical name by each header that means it, as headers are compared."""
    return {header_key(header): column.name for column in columns for header in (column.name, *column.aliases)}


def match_columns(layout: Layout, columns: Sequence[Column]) -> Match:
    """Match a file's header; problems are required columns that are missing, and columns that are there twice."""
    known = known_headers(columns)
    match = Match({}, [], [])
    for index, header in enumerate(layout.header):
        name = known.get(header_key(header))
        if name is None:
            match.unknown.append(header or f"({index + 1})")
        elif name in match.places:
            match.problems.append(_twice(layout, name, layout.header[match.places[name]], header))
        else:
            match.places[name] = index
    match.problems.extend(_missing(layout, c) for c in columns if c.required and c.name not in match.places)
    return match


def repeated(layout: Layout, headers: Iterable[str]) -> list[Problem]:
    """The headers that are there more than once."""
    counts = Counter(headers)
    return [Problem(ProblemKind.DUPLICATE_HEADER, layout.header_line, h) for h, count in counts.items() if count > 1]


def _twice(layout: Layout, name: str, first: str, second: str) -> Problem:
    if first == second:
        return Problem(ProblemKind.DUPLICATE_HEADER, layout.header_line, first)
    return Problem(ProblemKind.DUPLICATE_COLUMN, layout.header_line, name, first, second)


def _missing(layout: Layout, column: Column) -> Problem:
    names = ", ".join((column.name, *column.aliases))
    return Problem(ProblemKind.MISSING_COLUMN, layout.header_line, column.name, ", ".join(layout.header), names)
