"""What a sample holds: where its table seems to be, examples of its columns, and every word the profile must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Names
from pathlib import Path
from typing import Any

import numpy as np

from app.audits.profiles import guessing
from app.audits.profiles.columns import combined
from app.audits.profiles.mapping import CHOSEN, DATES, MAXIMUM, Mapping, PersonBy, Shape, plainly
from app.audits.profiles.whole import Whole, open_whole
from app.core.sheets import Block, Cells, open_grid

MOST_LOOKED_AT = 12
"""Sheets of a workbook that are looked at for the one to begin with."""
TOP, TAIL = 12, 5
"""Rows shown of the beginning and the end of a file."""
WIDEST, LONGEST, LONGEST_EXAMPLE = 12, 60, 120
EXAMPLES, EXAMPLE_ROWS = 40, 2_000
MOST_WORDS = 5_000
MOST_MARKS = 200
"""Different numbers kept of a question."""
TOTALS = (
    "total",
    "average",
    "promedio",
    "media",
    "suma",
    "sum",
    "grand total",
    "fuente",
    "source",
    "generado",
    "generated",
)


def glimpse(path: Path, *, sheet: str | None = None, rows_of: str | None = None) -> dict[str, Any]:
    """How a file begins and ends, and where its table seems to be."""
    likely, about = (sheet, None) if sheet else _likely_sheets(path)
    grid = open_grid(path, sheet=likely, chosen_list=rows_of)
    top, tail, count = grid.ends(TOP, TAIL)
    header, header_rows = _header(grid.top(TOP)) if grid.kind != "json" else (grid.top(1)[0][0], 1)
    return {
        "kind": grid.kind,
        "encoding": grid.encoding,
        "delimiter": grid.delimiter(),
        "sheet": grid.sheet,
        "sheets": list(grid.sheets),
        "join": about,
        "rows_of": grid.chosen_list,
        "lists": list(grid.lists),
        "top": [[line, _shortened(texts)] for line, texts in top],
        "tail": [[line, _shortened(texts)] for line, texts in tail],
        "rows": count,
        "header": header,
        "header_rows": header_rows,
        "rows_below": _totals(tail, next((len([t for t in texts if t]) for line, texts in top if line == header), 0)),
    }


def _likely_sheets(path: Path) -> tuple[str | None, str | None]:
    """Of a workbook: the first sheet with a table, as covers stand before them, or the first that holds answers; and
    the sheet that seems to say of whom these are, where that one does not. None for the first of all, and for none."""
    sheets = open_grid(path).sheets[:MOST_LOOKED_AT]
    names: dict[str, list[str]] = {}
    told: dict[str, set[str]] = {}
    for name in sheets if len(sheets) > 1 else ():
        top = open_grid(path, sheet=name).top(TOP)
        if sum(sum(map(bool, texts)) > 1 for _line, texts in top) > 1:
            line = _header(top)[0]
            names[name] = next(texts for at, texts in top if at == line)
            below = [texts for at, texts in top if at > line]
            columns = {
                one: [texts[at] for texts in below if at < len(texts)] for at, one in enumerate(names[name]) if one
            }
            told[name] = set(guessing.columns(columns).fields)
    chosen = next((name for name, fields in told.items() if {"criterion", "result"} <= fields), next(iter(names), None))
    if chosen is None or "employee_no" in told[chosen]:
        return chosen, None
    keys = {guessing.key(one) for one in names[chosen]} - {""}
    about = (
        name for name, fields in told.items() if "employee_no" in fields and keys & set(map(guessing.key, names[name]))
    )
    return chosen, next(about, None)


def _shortened(texts: list[str]) -> list[str]:
    cut = [text if len(text) <= LONGEST else text[: LONGEST - 1] + "…" for text in texts[:WIDEST]]
    return [*cut, "…"] if len(texts) > WIDEST else cut


def _header(top: list[tuple[int, list[str]]]) -> tuple[int, int]:
    """The row that seems to name the columns, and in how many rows they are named.

    The first row with most cells filled names them, unless the two above it do so together: each what the other leaves
    empty, as merged cells stand in a file. Names that come again are told apart by the row above.
    """
    filled = [{place for place, text in enumerate(texts) if text} for _line, texts in top]
    most = max(map(len, filled), default=0)
    at = next((place for place, cells in enumerate(filled) if len(cells) == most), 0)
    if at >= 2:
        upper, lower = filled[at - 2], filled[at - 1]
        if upper | lower >= filled[at] and upper - lower and lower - upper and len(lower) > 1:
            return top[at - 1][0], 2
    named = [text for text in top[at][1] if text] if top else []
    groups = filled[at - 1] if at else set()
    return (top[at][0] if top else 1), 2 if len(set(named)) < len(named) and len(groups) > 1 else 1


def _totals(tail: list[tuple[int, list[str]]], width: int) -> int:
    """How many of the last rows seem to be totals or remarks."""
    count = 0
    for _line, texts in reversed(tail):
        first = next((guessing.key(text) for text in texts if text), "")
        if (
            not any(first == word or first.startswith(word + " ") for word in TOTALS)
            and sum(map(bool, texts)) > width / 3
        ):
            break
        count += 1
    return count if count < len(tail) else 0


def examples(path: Path, header: int, mapping: Mapping) -> dict[str, list[str]]:
    """Some of the texts of each column."""
    table = open_whole(path, mapping, header=header)
    block = next(table.blocks(EXAMPLE_ROWS), None)
    if block is None:
        return {name: [] for name in table.columns}
    return {name: _distinct(block.cells[name]) for name in table.columns}


def _distinct(cells: Cells) -> list[str]:
    filled = [text[:LONGEST_EXAMPLE] for text in cells.distinct if text]
    return list(dict.fromkeys(filled))[:EXAMPLES]


def words(path: Path, mapping: Mapping) -> dict[str, Any]:
    """The distinct words of what a profile must know the meaning of, each with how often; whose an id seems to be."""
    table = open_whole(path, mapping)
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*CHOSEN, *DATES)}
    names: dict[str, str] = {}
    groups: dict[str, str] = {}
    marks: dict[str, dict[str, None]] = {}
    rows = 0
    for block in table.blocks():
        rows += len(block)
        _note_marks(block, mapping, marks)
        for name, cells in _asked(block, mapping, table):
            counts[name].update(_counted(cells))
        _note_names(block, mapping, names)
        _note_groups(block, mapping, groups)
    if mapping.shape is Shape.AUDITS:
        counts["criterion"] = Counter(dict.fromkeys(mapping.questions, 1))
        counts["result"].pop("", None)
    found = {name: [list(pair) for pair in counter.most_common(MOST_WORDS)] for name, counter in counts.items()}
    return {
        "rows": rows,
        "words": found,
        "names": names,
        "groups": groups,
        "marks": {one: list(texts) for one, texts in marks.items()},
    }


def _asked(block: Block, mapping: Mapping, table: Whole) -> list[tuple[str, Cells]]:
    asked = []
    for name in (*CHOSEN, *DATES):
        columns = [one for one in mapping.at(name).columns if one in table.columns]
        if columns:
            joint = " " if name in DATES else "-"
            parts = [block.cells[one] for one in columns]
            asked.append((name, combined(parts, lambda *texts, by=joint: plainly(by.join(filter(None, texts))))))
        elif mapping.at(name).says:
            asked.append((name, Cells(np.zeros(len(block), np.int32), (mapping.at(name).says,))))
    if mapping.shape is Shape.AUDITS:
        asked += [("result", block.cells[one]) for one in mapping.questions if one in table.columns]
    return asked


def _counted(cells: Cells) -> dict[str, int]:
    counts = np.bincount(cells.codes, minlength=len(cells.distinct)).tolist()
    return {text: count for text, count in zip(cells.distinct, counts, strict=True) if count}


def _note_marks(block: Block, mapping: Mapping, marks: dict[str, dict[str, None]]) -> None:
    """The numbers each question was answered with, where the file does not say how many points were possible."""
    if mapping.at(MAXIMUM).columns or not len(block):
        return
    if mapping.shape is Shape.AUDITS:
        pairs = [
            (name, text) for name in mapping.questions if name in block.cells for text in block.cells[name].distinct
        ]
    else:
        asked = [mapping.at(name).columns for name in ("criterion", "result")]
        if any(len(columns) != 1 or columns[0] not in block.cells for columns in asked):
            return
        questions, said = (block.cells[columns[0]] for columns in asked)
        both = np.unique(questions.codes.astype(np.int64) * len(said.distinct) + said.codes).tolist()
        pairs = [
            (questions.distinct[one // len(said.distinct)], said.distinct[one % len(said.distinct)]) for one in both
        ]
    for question, text in pairs:
        kept = marks.setdefault(plainly(question), {})
        if len(kept) < MOST_MARKS and guessing.is_number(text):
            kept[text] = None


def _note_names(block: Block, mapping: Mapping, names: dict[str, str]) -> None:
    """What stands beside an id in a column of names or mails: who it seems to be."""
    own = mapping.at("employee_no").columns
    if len(own) != 1 or mapping.person_by.get("employee_no") in (PersonBy.EMAIL, PersonBy.NAME) or not len(block):
        return
    beside = _of_people(block, mapping, own[0])
    if beside is not None:
        _note(block.cells[own[0]], beside, names)


def _note_groups(block: Block, mapping: Mapping, groups: dict[str, str]) -> None:
    """What stands beside an agent in a column of teams, sites or leads: whom they seem to belong to."""
    own = mapping.at("employee_no").columns
    used = set(mapping.columns())
    words = {column: set(guessing.key(column).split()) for column in block.cells if column not in used}
    teams = next((column for kind in GROUP_WORDS for column, said in words.items() if kind & said), None)
    if len(own) == 1 and len(block) and teams is not None:
        _note(block.cells[own[0]], block.cells[teams], groups)


def _note(ids: Cells, beside: Cells, said: dict[str, str]) -> None:
    """The first text beside each id."""
    _codes, first = np.unique(ids.codes, return_index=True)
    for row in first.tolist():
        if text := beside.distinct[beside.codes[row]]:
            said.setdefault(ids.distinct[ids.codes[row]], text)


def _of_people(block: Block, mapping: Mapping, own: str) -> Cells | None:
    """The column of mails or names that is about the agent: read for nothing else, and called like the id's own."""
    used = {*mapping.columns()} - {own}
    for column, cells in block.cells.items():
        words = set(guessing.key(column).split())
        if column in used or column == own or not words & AGENT_WORDS:
            continue
        texts = [text for text in cells.distinct[:50] if text]
        if texts and guessing.names_people(texts):
            return cells
    return None


GROUP_WORDS = (
    frozenset(["team", "equipo", "squad", "celula", "grupo", "group"]),
    frozenset(["supervisor", "lider", "lead", "leader", "coordinador", "jefe"]),
    frozenset(["site", "sede", "centro", "campana", "campaign"]),
)
"""Words of a column that tells whom an agent belongs to, the plainest first."""
AGENT_WORDS = frozenset(
    [
        "agent",
        "agente",
        "asesor",
        "employee",
        "user",
        "evaluatee",
        "advisor",
        "associate",
        "rep",
        "colaborador",
        "ejecutivo",
        "operador",
        "nombre",
        "name",
    ]
)


def texts_of(seen: Names[str, Any], name: str) -> list[str]:
    """The words of a field a survey found."""
    return [text for text, _count in seen.get("words", {}).get(name, [])]
