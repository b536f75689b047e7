"""A file read through a profile: the same table of rows as if somebody had written it for Hilo.

Rows keep their numbers and columns their headers, so that what is wrong is said of the file as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from os import PathLike

import numpy as np

from app.audits.intake.headers import CHECK_NAMES, HEAD_NAMES
from app.audits.intake.problems import FindingProblem
from app.audits.profiles.columns import combined, constant, only, turned
from app.audits.profiles.dates import EXAMPLES, to_iso
from app.audits.profiles.mapping import (
    DATES,
    MAXIMUM,
    OF_CASES,
    PEOPLE,
    SCORE,
    DateStyle,
    Mapping,
    PersonBy,
    Scale,
    Shape,
    plain,
    plainly,
)
from app.audits.profiles.results import number, of_points
from app.audits.profiles.whole import Whole, open_whole
from app.core.problems import Problem
from app.core.sheets import Block, Cells
from app.core.words import folded

FOREIGN = "\u200b"
"""Ends an id of another system nobody has said the person of, so that it is never taken for an employee number."""
LEFT_OUT = "\0"
"""Stands where the profile leaves something out; no cell of a file can hold it."""
JOINTS = dict.fromkeys(DATES, " ")


@dataclass(frozen=True, slots=True)
class Directory:
    """Employee numbers by e-mail and by name, both folded; a name of several people is not there."""

    by_email: Names[str, str] = field(default_factory=dict)
    by_name: Names[str, str] = field(default_factory=dict)


def name_key(name: str) -> str:
    """A name as it is compared: whatever its case, accents and blanks, and which of its parts stands first."""
    return " ".join(sorted(folded(name).replace(",", " ").split()))


class MappedTable:
    """A table of findings made of another tool's file; see `app.core.sheets.Table`, which it stands in for."""

    repeats = True

    def __init__(self, path: str | PathLike[str], mapping: Mapping, directory: Directory) -> None:
        self.mapping, self.directory = mapping, directory
        self.raw: Whole = open_whole(path, mapping, mapping.columns(), required=self._required())
        self.wide = mapping.shape is Shape.AUDITS
        self.columns = tuple(name for name in self._canonical() if name in mapping.fields)
        self._codes = self._question_codes() if self.wide else {}
        self.headers: Names[str, str] = self._headers()
        self.unknown = (*self._keys(), *self.raw.unknown)
        self._left_out = 0

    def _required(self) -> list[str]:
        """The columns without which the file is not the one the profile was made for; a question may be gone."""
        single = [name for one in self.mapping.fields.values() for name in one.columns]
        return list(dict.fromkeys(single))

    def _canonical(self) -> tuple[str, ...]:
        if self.mapping.shape is Shape.CASES:
            return OF_CASES
        return HEAD_NAMES if self.wide else (*HEAD_NAMES, *CHECK_NAMES)

    @property
    def remarks(self) -> list[Problem]:
        """What is said of the whole file, once it has been read."""
        left = [Problem(FindingProblem.LEFT_OUT, value=str(self._left_out))] if self._left_out else []
        return [*self.raw.remarks, *left]

    @property
    def hints(self) -> dict[str, str]:
        """What a cell of a column may say."""
        hints = {name: EXAMPLES[style] for name, style in self.mapping.dates.items() if style is not DateStyle.ISO}
        said = [word for word in self.mapping.words.get("result", {}) if word]
        if self.mapping.scale is Scale.POINTS:
            said = ["0–" + (f"{self.mapping.maximum:g}" if self.mapping.maximum else "max"), *said]
        if said:
            hints |= dict.fromkeys(["result", *(code for code in self._codes.values() if code)], ", ".join(said[:12]))
        return hints

    def blocks(self) -> Iterator[Block]:
        """The rows in blocks."""
        self._left_out = 0
        for block in self.raw.blocks():
            yield self._kept(self._rows(block))

    def _rows(self, block: Block) -> Block:
        if self.mapping.shape is Shape.CASES:
            return self._cases(block)
        return self._wide(block) if self.wide else self._long(block)

    # --- What is the same in both shapes ---

    def _head(self, block: Block) -> dict[str, Cells]:
        cells = {name: self._field(block, name) for name in HEAD_NAMES}
        for name in DATES:
            style = self.mapping.dates.get(name, DateStyle.ISO)
            cells[name] = turned(cells[name], lambda text, one=style: to_iso(text, one, self.mapping.time_zone) or text)
        for name in PEOPLE:
            cells[name] = turned(cells[name], self._person(name))
        for name in ("scorecard", "purpose"):
            cells[name] = turned(cells[name], self._word(name))
        for name in ("auditor_no", "purpose"):  # nobody, and the usual purpose
            cells[name] = turned(cells[name], lambda text: "" if text == LEFT_OUT else text)
        return cells

    def _field(self, block: Block, name: str) -> Cells:
        """The cells of a field as the file has them."""
        at = self.mapping.at(name)
        if not at.columns:
            return constant(at.says, len(block))
        joint = JOINTS.get(name, "-")
        return combined(
            [block.cells[one] for one in at.columns], lambda *texts: plainly(joint.join(filter(None, texts)))
        )

    def _word(self, name: str) -> Callable[[str], str]:
        said = self.mapping.said(name)

        def turn(text: str) -> str:
            meaning = said.get(plain(text), text)
            return LEFT_OUT if meaning is None else meaning

        return turn

    def _person(self, name: str) -> Callable[[str], str]:
        """What turns what the file calls a person into the employee number."""
        said, by = self.mapping.said(name), self.mapping.person_by.get(name, PersonBy.NUMBER)

        def turn(text: str) -> str:
            if not text:
                return text
            if (known := said.get(plain(text), text)) != text:
                return LEFT_OUT if known is None else known
            if by is PersonBy.EMAIL:
                return self.directory.by_email.get(text.casefold(), text + FOREIGN)
            if by is PersonBy.NAME:
                return self.directory.by_name.get(name_key(text), text + FOREIGN)
            return text + FOREIGN if by is PersonBy.OTHER and plain(text) not in said else text

        return turn

    def _kept(self, block: Block) -> Block:
        """The block without the rows the profile leaves out."""
        names = [name for name in ("employee_no", "scorecard", "criterion", "result") if name in block.cells]
        left = np.zeros(len(block), np.bool_)
        for name in names:
            left |= block.cells[name].where(lambda text: text == LEFT_OUT)
        if not left.any():
            return block
        self._left_out += int(left.sum())
        return only(block, ~left)

    # --- A row per case ---

    def _cases(self, block: Block) -> Block:
        said = {name: self._field(block, name) for name in ("comment", SCORE)}
        return Block(block.lines, {**self._head(block), **said}, self.headers, block.problems)

    # --- A row per answer or section ---

    def _long(self, block: Block) -> Block:
        cells = self._head(block)
        asked = self._field(block, "criterion")
        cells["criterion"] = turned(asked, self._word("criterion"))
        cells["result"] = self._results(self._field(block, "result"), asked, self._maximum(block))
        cells["cause"] = self._causes(self._field(block, "cause"))
        cells["comment"] = self._field(block, "comment")
        return Block(block.lines, cells, self.headers, block.problems)

    def _maximum(self, block: Block) -> Cells | None:
        return self._field(block, MAXIMUM) if self.mapping.at(MAXIMUM).columns else None

    def _causes(self, cells: Cells) -> Cells:
        turn = self._word("cause")
        return turned(cells, lambda text: "" if (said := turn(text)) == LEFT_OUT else said)

    def _results(self, cells: Cells, asked: Cells | None, maximum: Cells | None, question: str = "") -> Cells:
        """Results in Hilo's words; what means none stays as it is written, and is complained of."""
        said = self.mapping.said("result")
        own = {plain(name): value for name, value in self.mapping.maxima.items()}

        def turn(text: str, question: str = question, most: str = "") -> str:
            if plain(text) in said:
                meaning = said[plain(text)]
                return LEFT_OUT if meaning is None else meaning
            if self.mapping.scale is Scale.WORDS or not text:
                return text
            found = of_points(text, self._most(most) or own.get(plain(question)) or self.mapping.maximum, self.mapping)
            return text if found is None else found.value

        if asked is None:
            return turned(cells, turn)
        return combined([cells, asked] if maximum is None else [cells, asked, maximum], turn)

    def _most(self, text: str) -> float | None:
        return number(text, self.mapping.decimal) if text else None

    # --- A row per audit ---

    def _question_codes(self) -> dict[str, str | None]:
        """Question → criterion, None for one that is left out; of those the file has."""
        word = self._word("criterion")
        codes = {name: word(name) for name in self.mapping.questions if name in self.raw.columns}
        return {name: None if code == LEFT_OUT else code for name, code in codes.items()}

    def _keys(self) -> list[str]:
        """The headers of a wide file, as Hilo would have them."""
        asked = [code for code in self._codes.values() if code is not None]
        return [*asked, *(key for key, _column in self._comment_columns())]

    def _comment_columns(self) -> list[tuple[str, str]]:
        return [
            (f"{code}:comment", column)
            for column, question in self.mapping.comments.items()
            if column in self.raw.columns and (code := self._codes.get(question)) is not None
        ]

    def _wide(self, block: Block) -> Block:
        cells = self._head(block)
        for question, code in self._codes.items():
            if code is not None:
                found = self._results(block.cells[question], None, None, question)
                cells[code] = turned(found, lambda text: "" if text == LEFT_OUT else text)
        for key, column in self._comment_columns():
            said = turned(block.cells[column], plainly)
            cells[key] = _answered_only(said, cells[key.removesuffix(":comment")])
        return Block(block.lines, cells, self.headers, block.problems)

    def _headers(self) -> dict[str, str]:
        """How each column is called in the file."""
        headers = {name: " + ".join(self.mapping.at(name).columns) or name for name in self._canonical()}
        headers |= {code: question for question, code in self._codes.items() if code is not None}
        return headers | dict(self._comment_columns()) if self.wide else headers


def _answered_only(comments: Cells, results: Cells) -> Cells:
    """Comments of what was answered: tools write some beside what was not."""
    return combined([comments, results], lambda comment, result: comment if result else "")


def open_mapped(path: str | PathLike[str], mapping: Mapping, directory: Directory) -> MappedTable:
    """A file of findings read through a profile; raises `BadFile`."""
    return MappedTable(path, mapping, directory)


def as_it_stands(path: str | PathLike[str], mapping: Mapping) -> Whole:
    """The file below its header, with all its columns."""
    return open_whole(path, mapping)
