"""How a findings file comes in: read in blocks, checked column by column, folded into audits and marks.

Both shapes, one row per check (long) and one row per audit (wide), end in the same `Intake`. Bad rows are data: what is
wrong is a `Problem`, and the audit it is in is bad as a whole. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from flask_babel import lazy_gettext
from numpy.typing import NDArray

from app.audits.catalog import Card, Catalog, Version
from app.audits.models import Cause, Purpose, Result
from app.audits.rules import FAIL, NA, PASS
from app.core.clock import day_of
from app.core.problems import BadFile, Problem, ProblemKind, add_sentences
from app.core.sheets.block import Block
from app.core.sheets.cells import Cells
from app.core.sheets.columns import Column
from app.core.sheets.table import Table, open_table
from app.core.sheets.values import parse_datetime

HEAD = (
    Column("source", required=False, aliases=("fuente", "origen", "sistema")),
    Column("audit_ref", aliases=("auditoria", "referencia", "id_auditoria", "audit", "audit_id")),
    Column("contact_ref", required=False, aliases=("contacto", "id_contacto", "contact")),
    Column("employee_no", aliases=("agente", "numero_de_empleado", "legajo", "agent")),
    Column("auditor_no", required=False, aliases=("auditor", "analista", "analista_de_calidad")),
    Column("scorecard", aliases=("pauta", "pauta_de_evaluacion", "formulario")),
    Column("version", required=False, aliases=("scorecard_version", "version_de_pauta")),
    Column("purpose", required=False, aliases=("proposito", "motivo")),
    Column("channel", required=False, aliases=("canal",)),
    Column("language", required=False, aliases=("idioma",)),
    Column("contact_at", aliases=("fecha_de_contacto", "fecha_contacto")),
    Column("audited_at", aliases=("fecha_de_auditoria", "fecha_auditoria")),
    Column("reaudit_of", required=False, aliases=("reauditoria_de",)),
)
LONG = (
    Column("criterion", required=False, aliases=("criterio", "item")),
    Column("result", required=False, aliases=("resultado",)),
    Column("comment", required=False, aliases=("comentario", "observacion")),
    Column("cause", required=False, aliases=("causa",)),
)
NAMES = tuple(c.name for c in HEAD)
DEFAULT_SOURCE = "file"
MOST_PROBLEMS = 1_000

RESULTS = {
    **dict.fromkeys(("pass", "passed", "yes", "y", "1", "ok", "cumple", "si", "sí", "aprobado"), PASS),
    **dict.fromkeys(("fail", "failed", "no", "n", "0", "no cumple", "reprobado"), FAIL),
    **dict.fromkeys(("na", "n/a", "n.a.", "not applicable", "no aplica"), NA),
}
RESULT_NAMES = (Result.PASS, Result.FAIL, Result.NA)
CAUSES = tuple(Cause)
CAUSE_WORDS = {
    **{cause.value: code for code, cause in enumerate(CAUSES, start=1)},
    **{
        word: code
        for code, words in enumerate(
            (("conocimiento",), ("habilidad",), ("voluntad", "actitud"), ("proceso",), ("herramienta",), ("política", "politica"), ("cliente",)),
            start=1,
        )
        for word in words
    },
}  # fmt: skip
EXAMPLE_TIME = "2026-10-31T14:30"


class FindingProblem(StrEnum):
    """What only a findings file can have wrong."""

    NO_CRITERIA = "no_criteria"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_AUDITOR = "unknown_auditor"
    UNKNOWN_SCORECARD = "unknown_scorecard"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_CRITERION = "unknown_criterion"
    UNKNOWN_REAUDIT = "unknown_reaudit"
    FUTURE = "future"
    BEFORE_CONTACT = "before_contact"
    STORED_OTHERWISE = "stored_otherwise"


add_sentences(
    {
        FindingProblem.NO_CRITERIA: lazy_gettext(
            "Row %(line)s names no criteria. Add the columns “criterion” and “result”, or one column for each criterion code."
        ),
        FindingProblem.UNKNOWN_AGENT: lazy_gettext(
            "Row %(line)s, column “%(column)s”: there is no person with the number “%(value)s”. "
            "Correct it, or import the person first."
        ),
        FindingProblem.UNKNOWN_AUDITOR: lazy_gettext(
            "Row %(line)s, column “%(column)s”: there is no auditor with the number “%(value)s”. "
            "Correct it, or import the person first."
        ),
        FindingProblem.UNKNOWN_SCORECARD: lazy_gettext(
            "Row %(line)s, column “%(column)s”: there is no scorecard “%(value)s”. Correct it, or import the scorecard first."
        ),
        FindingProblem.UNKNOWN_VERSION: lazy_gettext(
            "Row %(line)s, column “%(column)s”: the scorecard has no version “%(value)s”. "
            "Correct it, or leave the cell empty for the version valid on the day."
        ),
        FindingProblem.UNKNOWN_CRITERION: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” is no criterion of the scorecard %(hint)s. Correct the code."
        ),
        FindingProblem.UNKNOWN_REAUDIT: lazy_gettext(
            "Row %(line)s, column “%(column)s”: there is no audit “%(value)s” to be scored again. "
            "Correct the reference, or import that audit first."
        ),
        FindingProblem.FUTURE: lazy_gettext(
            "Row %(line)s, column “%(column)s”: %(value)s lies in the future. Correct the date."
        ),
        FindingProblem.BEFORE_CONTACT: lazy_gettext(
            "Row %(line)s, column “%(column)s”: the audit (%(value)s) is earlier than its contact (%(hint)s). Correct one of them."
        ),
        FindingProblem.STORED_OTHERWISE: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” differs from what is stored for this audit (%(hint)s). "
            "Give the audit another reference, or correct the cell."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Head:
    """What one audit says of itself, settled."""

    line: int
    source: str
    reference: str
    contact_ref: str | None
    person: int
    auditor: int | None
    card: str
    version: Version
    purpose: Purpose
    channel: str | None
    language: str | None
    contact_at: datetime
    audited_at: datetime
    reaudit_of: str | None


@dataclass(slots=True)
class Intake:
    """A file, folded: heads, and marks in four parallel arrays; `comments` by the place of the mark."""

    rows: int = 0
    wide: bool = False
    unknown: tuple[str, ...] = ()
    heads: list[Head | None] = field(default_factory=list)
    """One per audit of the file, in order; None for a bad one."""
    lines: list[int] = field(default_factory=list)
    """The row each audit begins in."""
    row_counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows of each audit."""
    audit: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    place: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    """Of the criterion in its version."""
    result: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    cause: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    """0 for none, else place in `CAUSES` plus one."""
    comments: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    bad_rows: int = 0

    def complain(
        self, kind: StrEnum, line: int | None, column: str | None, value: str | None, hint: str | None = None
    ) -> None:
        """Note a problem; the first thousand are kept in words."""
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(kind, line, column, value, hint))


Tick = Callable[[int], None]


def read(path: Path, catalog: Catalog, *, now: datetime, tick: Tick = lambda rows: None) -> Intake:
    """Read and check a findings file. `tick` is told how many rows have been read.

    Raises `BadFile` when the file as a whole can't be read.
    """
    table = open_table(path, columns=(*HEAD, *LONG), keep_unknown=True)
    return _Reader(table, catalog, now).read(tick)


@dataclass(slots=True)
class _Extra:
    """A column of a wide file that belongs to a criterion: its result, comment or cause."""

    header: str
    code: str
    part: str


class _Reader:
    """Reads one file; holds what blocks share."""

    def __init__(self, table: Table, catalog: Catalog, now: datetime) -> None:
        self.table, self.catalog, self.now = table, catalog, now
        self.wide = "criterion" not in table.columns
        self.seen: dict[tuple[str, str], int] = {}
        self.texts: list[tuple[str, ...]] = []
        self.intake = Intake(wide=self.wide)
        self.parts: list[tuple[NDArray[Any], ...]] = []
        self.marks = 0
        self.bad: set[int] = set()
        self.extras = self._extras() if self.wide else []

    def _extras(self) -> list[_Extra]:
        codes = {code for card in self.catalog.cards.values() for v in card.versions for code in v.criteria}
        found, unknown = [], []
        for header in self.table.unknown:
            code, _, part = header.partition(":")
            part = part.strip().lower()
            named = {
                "": "result",
                "comment": "comment",
                "comentario": "comment",
                "cause": "cause",
                "causa": "cause",
            }.get(part)
            if code.strip() in codes and named is not None:
                found.append(_Extra(header, code.strip(), named))
            else:
                unknown.append(header)
        self.intake.unknown = tuple(unknown)
        if not any(e.part == "result" for e in found):
            raise BadFile(Problem(FindingProblem.NO_CRITERIA, 1))
        return found

    def read(self, tick: Tick) -> Intake:
        if not self.wide:
            self.intake.unknown = tuple(self.table.unknown)
            if "result" not in self.table.columns:
                raise BadFile(Problem(FindingProblem.NO_CRITERIA, 1))
        for block in self.table.blocks():
            self._block(block)
            self.intake.rows += len(block.lines) + len(block.problems)
            tick(self.intake.rows)
        self._finish()
        return self.intake

    def _block(self, block: Block) -> None:
        for problem in block.problems:
            self.intake.bad_rows += 1
            self.intake.complain(problem.kind, problem.line, problem.column, problem.value, problem.hint)
        if not len(block.lines):
            return
        audit, fresh = self._audits(block)
        self._heads(block, audit, fresh)
        if self.wide:
            self._wide_marks(block, audit)
        else:
            self._long_marks(block, audit)

    # --- audits: which rows are about which ---

    def _audits(self, block: Block) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
        """The audit of each row, and the rows that begin a new one: (row, audit)."""
        source, reference = block.cells["source"], block.cells["audit_ref"]
        combined = source.codes.astype(np.int64) * max(len(reference.distinct), 1) + reference.codes
        _unique, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        numbers = np.zeros(len(first), dtype=np.int64)
        fresh = []
        for place in np.argsort(first).tolist():
            row = int(first[place])
            key = (source.distinct[source.codes[row]] or DEFAULT_SOURCE, reference.distinct[reference.codes[row]])
            number = self.seen.get(key)
            if number is None:
                number = self.seen[key] = len(self.seen)
                fresh.append((row, number))
            elif self.wide:
                self._repeated(block, row, number, key[1])
            else:
                self._compare(block, row, number)
            numbers[place] = number
        audit = numbers[inverse]
        if self.wide and len(first) < len(audit):
            again = np.ones(len(audit), dtype=bool)
            again[first] = False
            for row in np.flatnonzero(again).tolist():
                self._repeated(block, row, int(audit[row]), reference.distinct[reference.codes[row]])
        return audit, fresh

    def _repeated(self, block: Block, row: int, audit: int, reference: str) -> None:
        earlier = self.intake.lines[audit] if audit < len(self.intake.lines) else self._line(block, int(row))
        self.intake.complain(ProblemKind.DUPLICATE_ROW, self._line(block, row), None, reference, str(earlier))
        self.bad.add(audit)

    def _compare(self, block: Block, row: int, audit: int) -> None:
        """An audit that goes on in another block must still say the same of itself."""
        for name, text, earlier in zip(NAMES, self._head_texts(block, row), self.texts[audit], strict=True):
            if text != earlier:
                line = str(self.intake.lines[audit])
                self.intake.complain(ProblemKind.INCONSISTENT, self._line(block, row), self._header(name), text, line)
                self.bad.add(audit)

    def _heads(self, block: Block, audit: NDArray[np.int64], fresh: list[tuple[int, int]]) -> None:
        self.intake.lines.extend(self._line(block, row) for row, _number in fresh)
        texts = [self._head_texts(block, row) for row, _number in fresh]
        self.texts.extend(texts)
        if not self.wide:
            self._same_heads(block, audit)
        for (row, number), words in zip(fresh, texts, strict=True):
            head = self._head(self._line(block, row), dict(zip(NAMES, words, strict=True)))
            if head is None:
                self.bad.add(number)
            self.intake.heads.append(head)

    def _same_heads(self, block: Block, audit: NDArray[np.int64]) -> None:
        """All rows of an audit must say the same of it."""
        numbers, first, inverse = np.unique(audit, return_index=True, return_inverse=True)
        for name in NAMES:
            codes = block.cells[name].codes
            differs = np.flatnonzero(codes != codes[first][inverse])
            for row in differs.tolist():
                number = int(numbers[inverse[row]])
                text = block.cells[name].distinct[codes[row]]
                earlier = str(self._line(block, int(first[inverse[row]])))
                self.intake.complain(
                    ProblemKind.INCONSISTENT, self._line(block, row), self._header(name), text, earlier
                )
                self.bad.add(number)

    def _head(self, line: int, text: dict[str, str]) -> Head | None:
        """Settle what an audit says of itself; None, with its problems noted, when it can't be."""
        before = self.intake.problem_count
        person = self._known(self.catalog.people, "employee_no", text, line, FindingProblem.UNKNOWN_AGENT)
        auditor = None
        if text["auditor_no"]:
            auditor = self._known(self.catalog.people, "auditor_no", text, line, FindingProblem.UNKNOWN_AUDITOR)
        card = self._known(self.catalog.cards, "scorecard", text, line, FindingProblem.UNKNOWN_SCORECARD)
        purpose = self._purpose(text, line)
        zone = self.catalog.zone if person is None else self.catalog.zone_of(person)
        contact_at = self._moment("contact_at", text, line, zone)
        audited_at = self._moment("audited_at", text, line, zone)
        if contact_at and audited_at and day_of(audited_at, zone) < day_of(contact_at, zone):
            said = (text["audited_at"], text["contact_at"])
            self.intake.complain(FindingProblem.BEFORE_CONTACT, line, self._header("audited_at"), *said)
        if not text["audit_ref"]:
            self.intake.complain(ProblemKind.REQUIRED, line, self._header("audit_ref"), None)
        version = None
        if card is not None and audited_at is not None:
            version = self._version(card, text, line, day_of(audited_at, zone))
        if self.intake.problem_count > before or person is None or card is None or version is None:
            return None
        if contact_at is None or audited_at is None or purpose is None:
            return None
        return Head(
            line=line, source=text["source"] or DEFAULT_SOURCE, reference=text["audit_ref"], contact_ref=text["contact_ref"] or None,
            person=person, auditor=auditor, card=card.code, version=version, purpose=purpose, channel=text["channel"] or None,
            language=text["language"] or None, contact_at=contact_at, audited_at=audited_at, reaudit_of=text["reaudit_of"] or None,
        )  # fmt: skip

    def _known(self, known: dict[str, Any], name: str, text: dict[str, str], line: int, kind: StrEnum) -> Any:
        value = text[name]
        if not value:
            self.intake.complain(ProblemKind.REQUIRED, line, self._header(name), None)
            return None
        found = known.get(value)
        if found is None:
            self.intake.complain(kind, line, self._header(name), value)
        return found

    def _purpose(self, text: dict[str, str], line: int) -> Purpose | None:
        try:
            return Purpose((text["purpose"] or Purpose.RANDOM.value).lower())
        except ValueError:
            allowed = ", ".join(p.value for p in Purpose)
            self.intake.complain(ProblemKind.BAD_VALUE, line, self._header("purpose"), text["purpose"], allowed)
            return None

    def _moment(self, name: str, text: dict[str, str], line: int, zone: str) -> datetime | None:
        if not text[name]:
            self.intake.complain(ProblemKind.REQUIRED, line, self._header(name), None)
            return None
        moment = parse_datetime(text[name], zone)
        if moment is None:
            self.intake.complain(ProblemKind.BAD_TIME, line, self._header(name), text[name], EXAMPLE_TIME)
        elif moment > self.now:
            self.intake.complain(FindingProblem.FUTURE, line, self._header(name), text[name])
        return moment

    def _version(self, card: Card, text: dict[str, str], line: int, day: date) -> Version | None:
        if not text["version"]:
            return card.on(day)
        found = next((v for v in card.versions if v.label == text["version"]), None)
        if found is None:
            self.intake.complain(FindingProblem.UNKNOWN_VERSION, line, self._header("version"), text["version"])
        return found

    # --- marks: what was found ---

    def _long_marks(self, block: Block, audit: NDArray[np.int64]) -> None:
        criterion, result = block.cells["criterion"], block.cells["result"]
        codes = result.map(lambda t: RESULTS.get(t.lower(), -1)).astype(np.int8)
        causes = self._cause_codes(block.cells["cause"])
        for row in np.flatnonzero(codes < 0).tolist():
            self._bad_result(block, row, int(audit[row]), "result", result)
        self._bad_causes(block, audit, block.cells["cause"], causes, "cause")
        place = self._places(block, audit, criterion)
        self._duplicates(block, audit, place, criterion)
        good = (codes >= 0) & (causes >= 0) & (place >= 0)
        self._keep(audit[good], place[good], codes[good], causes[good], self._texts(block, "comment", good))

    def _places(self, block: Block, audit: NDArray[np.int64], criterion: Cells) -> NDArray[np.int16]:
        """The place of each row's criterion in the version of its audit; −1, with a problem, where it has none."""
        found = np.full(len(audit), -1, dtype=np.int16)
        versions = np.array([h.version.id if h else -1 for h in self.intake.heads], dtype=np.int64)[audit]
        by_id = self.catalog.versions
        for version_id in np.unique(versions).tolist():
            rows = np.flatnonzero(versions == version_id)
            if version_id < 0:
                continue
            places = np.array([by_id[version_id].criteria.get(code, -1) for code in criterion.distinct], dtype=np.int16)
            found[rows] = places[criterion.codes[rows]]
        for row in np.flatnonzero((found < 0) & (versions >= 0)).tolist():
            head = self.intake.heads[int(audit[row])]
            text = criterion.distinct[criterion.codes[row]]
            kind = FindingProblem.UNKNOWN_CRITERION if text else ProblemKind.REQUIRED
            card = head.card if head else None
            self.intake.complain(kind, self._line(block, row), self._header("criterion"), text or None, card)
            self.bad.add(int(audit[row]))
        return found

    def _duplicates(self, block: Block, audit: NDArray[np.int64], place: NDArray[np.int16], criterion: Cells) -> None:
        """The same audit and criterion twice in a file."""
        key = audit * 4096 + place
        order = np.argsort(key, kind="stable")
        again = order[1:][key[order][1:] == key[order][:-1]]
        for row in again[place[again] >= 0].tolist():
            earlier = int(np.flatnonzero(key == key[row])[0])
            text = criterion.distinct[criterion.codes[row]]
            self.intake.complain(
                ProblemKind.DUPLICATE_ROW, self._line(block, row), None,
                f"{self.texts[int(audit[row])][1]} · {text}", str(self._line(block, earlier)),
            )  # fmt: skip
            self.bad.add(int(audit[row]))

    def _wide_marks(self, block: Block, audit: NDArray[np.int64]) -> None:
        by_code: dict[str, dict[str, _Extra]] = {}
        for extra in self.extras:
            by_code.setdefault(extra.code, {})[extra.part] = extra
        versions = np.array([h.version.id if h else -1 for h in self.intake.heads], dtype=np.int64)[audit]
        known = self.catalog.versions
        for code, parts in by_code.items():
            if "result" not in parts:
                continue
            cells = block.cells[parts["result"].header]
            given = cells.where(bool)
            codes = cells.map(lambda t: RESULTS.get(t.lower(), -1)).astype(np.int8)
            for row in np.flatnonzero(given & (codes < 0)).tolist():
                self._bad_result(block, row, int(audit[row]), parts["result"].header, cells)
            place_in = {v: known[v].criteria.get(code, -1) for v in np.unique(versions).tolist() if v >= 0}
            place = np.array([place_in.get(v, -1) for v in versions.tolist()], dtype=np.int16)
            for row in np.flatnonzero(given & (codes >= 0) & (place < 0) & (versions >= 0)).tolist():
                head = self.intake.heads[int(audit[row])]
                line = self._line(block, row)
                self.intake.complain(FindingProblem.UNKNOWN_CRITERION, line, code, code, head.card if head else None)
                self.bad.add(int(audit[row]))
            cause_cells = block.cells[parts["cause"].header] if "cause" in parts else Cells.empty(len(audit))
            causes = self._cause_codes(cause_cells)
            if "cause" in parts:
                self._bad_causes(block, audit, cause_cells, causes, parts["cause"].header)
            good = given & (codes >= 0) & (place >= 0) & (causes >= 0)
            comments = self._texts(block, parts["comment"].header, good) if "comment" in parts else {}
            self._keep(audit[good], place[good], codes[good], causes[good], comments)

    def _cause_codes(self, cells: Cells) -> NDArray[np.int8]:
        return cells.map(lambda t: CAUSE_WORDS.get(t.lower(), -1) if t else 0).astype(np.int8)

    def _bad_result(self, block: Block, row: int, audit: int, name: str, cells: Cells) -> None:
        text = cells.distinct[cells.codes[row]]
        kind = ProblemKind.BAD_VALUE if text else ProblemKind.REQUIRED
        self.intake.complain(kind, self._line(block, row), self._header(name), text or None, "pass, fail, na")
        self.bad.add(audit)

    def _bad_causes(
        self, block: Block, audit: NDArray[np.int64], cells: Cells, causes: NDArray[np.int8], name: str
    ) -> None:
        for row in np.flatnonzero(causes < 0).tolist():
            text = cells.distinct[cells.codes[row]]
            allowed = ", ".join(c.value for c in CAUSES)
            self.intake.complain(ProblemKind.BAD_VALUE, self._line(block, row), self._header(name), text, allowed)
            self.bad.add(int(audit[row]))

    def _texts(self, block: Block, name: str, good: NDArray[np.bool_]) -> dict[int, str]:
        """The texts of a column, where there are any, by their place among the good rows."""
        cells = block.cells[name]
        codes = cells.codes[good]
        empty = np.array([not t for t in cells.distinct], dtype=bool)
        return {row: cells.distinct[codes[row]] for row in np.flatnonzero(~empty[codes]).tolist()}

    def _keep(
        self,
        audit: NDArray[np.int64],
        place: NDArray[np.int16],
        result: NDArray[np.int8],
        cause: NDArray[np.int8],
        comments: dict[int, str],
    ) -> None:
        self.parts.append((audit.astype(np.int32), place, result, np.where(result == FAIL, cause, 0).astype(np.int8)))
        self.intake.comments.update({self.marks + row: text for row, text in comments.items()})
        self.marks += len(audit)

    def _finish(self) -> None:
        intake = self.intake
        if self.parts:
            intake.audit, intake.place, intake.result, intake.cause = (
                np.concatenate(columns) for columns in zip(*self.parts, strict=True)
            )
        if not self.wide:
            self._duplicates_across_blocks()
            intake.row_counts = np.bincount(intake.audit, minlength=len(intake.heads))
        else:
            intake.row_counts = np.ones(len(intake.heads), np.int64)
        for number in self.bad:
            intake.heads[number] = None
            intake.bad_rows += int(intake.row_counts[number]) or 1

    def _duplicates_across_blocks(self) -> None:
        intake = self.intake
        key = intake.audit.astype(np.int64) * 4096 + intake.place
        numbers, counts = np.unique(key, return_counts=True)
        for repeated in numbers[counts > 1].tolist():
            audit = repeated // 4096
            if audit not in self.bad:
                line = intake.lines[audit]
                intake.complain(ProblemKind.DUPLICATE_ROW, line, None, self.texts[audit][1], str(line))
                self.bad.add(audit)

    # --- cells and headers ---

    def _head_texts(self, block: Block, row: int) -> tuple[str, ...]:
        return tuple(self._text(block, name, row) for name in NAMES)

    def _text(self, block: Block, name: str, row: int) -> str:
        cells = block.cells[name]
        return cells.distinct[cells.codes[row]]

    def _line(self, block: Block, row: int) -> int:
        return int(block.lines[row])

    def _header(self, name: str) -> str:
        return self.table.headers.get(name, name)
