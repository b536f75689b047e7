"""What is wrong in a file somebody sent: data first, a sentence in the reader's language when it is shown.

A room with kinds of its own makes a `StrEnum` of them and adds their sentences with `add_sentences`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString, lazy_gettext

VALUE_LENGTH = 80


class ProblemKind(StrEnum):
    """Kinds of problem any file may have. What `value` and `hint` hold, where it is not plain, is said beside."""

    # the whole file
    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    NOT_TEXT = "not_text"
    UNKNOWN_ENCODING = "unknown_encoding"  # value: the cell, read as Windows-1252
    UTF_16 = "utf_16"
    TOO_LARGE = "too_large"  # hint: the limit, "512 MB"
    TOO_LARGE_UNPACKED = "too_large_unpacked"  # hint: the limit
    TOO_MANY_ROWS = "too_many_rows"  # hint: the limit
    NOT_A_SHEET = "not_a_sheet"
    OLD_WORKBOOK = "old_workbook"
    ENCRYPTED = "encrypted"
    BOMB = "bomb"
    ENTITIES = "entities"  # value: the part of the workbook
    NO_SHEET = "no_sheet"  # value: the sheet asked for; hint: the visible ones
    BAD_JSON = "bad_json"  # value: what the parser says
    UNCLOSED_QUOTE = "unclosed_quote"
    MISSING_COLUMN = "missing_column"  # value: the header row; hint: names it goes by
    DUPLICATE_COLUMN = "duplicate_column"  # value, hint: the two headers that mean it
    DUPLICATE_HEADER = "duplicate_header"
    ONLY_FIRST_SHEET = "only_first_sheet"  # value: the sheet read; hint: the others
    ONLY_THIS_SHEET = "only_this_sheet"
    TOO_MANY_PROBLEMS = "too_many_problems"  # hint: how many

    # a row
    RAGGED_ROW = "ragged_row"  # value: cells found; hint: cells expected
    BAD_QUOTES = "bad_quotes"
    DUPLICATE_ROW = "duplicate_row"  # value: the repeated key; hint: the earlier row
    INCONSISTENT = "inconsistent"  # hint: the earlier row

    # a cell
    ERROR_CELL = "error_cell"
    NO_RESULT = "no_result"
    REQUIRED = "required"
    BAD_VALUE = "bad_value"  # hint: the allowed values
    BAD_DATE = "bad_date"  # hint: an example
    BAD_TIME = "bad_time"  # hint: an example
    BAD_NUMBER = "bad_number"  # hint: an example
    BAD_TIME_ZONE = "bad_time_zone"  # hint: an example
    BAD_EMAIL = "bad_email"
    OUT_OF_RANGE = "out_of_range"  # hint: the range
    TOO_LONG = "too_long"  # hint: the most characters
    UNKNOWN_REFERENCE = "unknown_reference"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: `line` is the row as a person sees it there, `column` the header as written there.

    `value` is what stands there, on one line and cut to 80 characters; `hint` is the datum of the mend: allowed values,
    an example, another row.
    """

    kind: StrEnum
    line: int | None = None
    column: str | None = None
    value: str | None = None
    hint: str | None = None

    def __post_init__(self) -> None:
        if self.value is not None:
            object.__setattr__(self, "value", _one_line(self.value))


def _one_line(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text[: VALUE_LENGTH + 1])
    return shown if len(shown) <= VALUE_LENGTH else shown[: VALUE_LENGTH - 1] + "…"


class BadFile(Exception):
    """The file cannot be read at all; `problems` says why. As text: one sentence a line, in the reader's language."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems: Sequence[Problem] = problems

    def __str__(self) -> str:
        return "\n".join(describe(p) for p in self.problems)


def describe(problem: Problem) -> str:
    """One sentence in the reader's language: the row, the column, what stands there, and how to mend it."""
    return str(_SENTENCES[problem.kind]) % {
        "line": "?" if problem.line is None else problem.line,
        "column": problem.column or "?",
        "value": problem.value or "",
        "hint": problem.hint or "",
    }


def add_sentences(sentences: Mapping[StrEnum, LazyString]) -> None:
    """Add the sentences of a room's own kinds; they may name `line`, `column`, `value` and `hint`."""
    _SENTENCES.update(sentences)


_SENTENCES: dict[StrEnum, LazyString] = {
    ProblemKind.EMPTY_FILE: lazy_gettext("The file is empty. Export it again, with column names in its first row."),
    ProblemKind.NO_ROWS: lazy_gettext(
        "The file has column names but no rows below them. Add the rows and send it again."
    ),
    ProblemKind.NOT_TEXT: lazy_gettext(
        "The file is not a table: from row %(line)s on it is not text. Save the table as “CSV UTF-8” or as XLSX."
    ),
    ProblemKind.UNKNOWN_ENCODING: lazy_gettext(
        "Row %(line)s is not written in UTF-8 (near “%(value)s”). "
        "Open the file in the spreadsheet program and save it as “CSV UTF-8”."
    ),
    ProblemKind.UTF_16: lazy_gettext(
        "The file is written in UTF-16. Open it in the spreadsheet program and save it as “CSV UTF-8”."
    ),
    ProblemKind.TOO_LARGE: lazy_gettext("The file is larger than %(hint)s. Split it into smaller files."),
    ProblemKind.TOO_LARGE_UNPACKED: lazy_gettext(
        "The workbook takes more than %(hint)s when unpacked. Split it, or save its sheet as “CSV UTF-8”."
    ),
    ProblemKind.TOO_MANY_ROWS: lazy_gettext("The file has more than %(hint)s rows. Split it into smaller files."),
    ProblemKind.NOT_A_SHEET: lazy_gettext(
        "The file can't be read as a workbook: it is damaged or of another kind. "
        "Save it again as XLSX, or its sheet as “CSV UTF-8”."
    ),
    ProblemKind.OLD_WORKBOOK: lazy_gettext(
        "The file is a workbook of the old kind (.xls). Save it as XLSX or as “CSV UTF-8”."
    ),
    ProblemKind.ENCRYPTED: lazy_gettext(
        "The workbook is protected with a password. Save it without the password and send it again."
    ),
    ProblemKind.BOMB: lazy_gettext(
        "The workbook is refused: unpacked it would take far more memory than its size explains. "
        "Save its sheet as “CSV UTF-8”."
    ),
    ProblemKind.ENTITIES: lazy_gettext(
        "The workbook is refused: its part “%(value)s” declares a document type or entities, "
        "which no spreadsheet needs. "
        "Save its sheet as “CSV UTF-8”."
    ),
    ProblemKind.NO_SHEET: lazy_gettext(
        "The workbook has no visible sheet “%(value)s”. Rename the sheet, or choose one of: %(hint)s."
    ),
    ProblemKind.BAD_JSON: lazy_gettext(
        "The file can't be read as JSON: line %(line)s holds something that does not belong there. Export it again."
    ),
    ProblemKind.UNCLOSED_QUOTE: lazy_gettext(
        "Row %(line)s opens a quotation mark that is not closed, so the rows after it can't be told apart. "
        "Close it, or write it twice where it is part of the text."
    ),
    ProblemKind.MISSING_COLUMN: lazy_gettext(
        "Row %(line)s has no column “%(column)s”. Add it, or rename its column to one of: %(hint)s. "
        "The row reads: %(value)s"
    ),
    ProblemKind.DUPLICATE_COLUMN: lazy_gettext(
        "Row %(line)s has two columns, “%(value)s” and “%(hint)s”, that both mean “%(column)s”. Remove or rename one."
    ),
    ProblemKind.DUPLICATE_HEADER: lazy_gettext(
        "Row %(line)s has more than one column “%(column)s”. Remove or rename all but one."
    ),
    ProblemKind.ONLY_FIRST_SHEET: lazy_gettext(
        "Only the first visible sheet, “%(value)s”, was read; not read: %(hint)s. Put the sheet with the data first."
    ),
    ProblemKind.ONLY_THIS_SHEET: lazy_gettext("Only the sheet “%(value)s” was read; not read: %(hint)s."),
    ProblemKind.TOO_MANY_PROBLEMS: lazy_gettext(
        "The file has %(hint)s problems or more; the first ones are listed. Correct it and send it again."
    ),
    ProblemKind.RAGGED_ROW: lazy_gettext(
        "Row %(line)s has %(value)s cells, and the row of column names has %(hint)s. "
        "Look for a missing or extra separator, or put a text that holds one in quotation marks."
    ),
    ProblemKind.BAD_QUOTES: lazy_gettext(
        "Row %(line)s has text after a closing quotation mark. Write a mark that is part of the text twice."
    ),
    ProblemKind.DUPLICATE_ROW: lazy_gettext("Row %(line)s repeats row %(hint)s (“%(value)s”). Remove one of them."),
    ProblemKind.INCONSISTENT: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” differs from row %(hint)s, which is about the same record. "
        "Make both equal."
    ),
    ProblemKind.ERROR_CELL: lazy_gettext(
        "Row %(line)s, column “%(column)s”: the cell holds the error %(value)s. Correct its formula or write the value."
    ),
    ProblemKind.NO_RESULT: lazy_gettext(
        "Row %(line)s, column “%(column)s”: the formula was saved without its result. "
        "Open the workbook in the spreadsheet program and save it again, or write the value."
    ),
    ProblemKind.REQUIRED: lazy_gettext("Row %(line)s, column “%(column)s”: the cell is empty. Fill it in."),
    ProblemKind.BAD_VALUE: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not one of the values allowed. Write one of: %(hint)s."
    ),
    ProblemKind.BAD_DATE: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not a date. Write year, month and day, as in %(hint)s."
    ),
    ProblemKind.BAD_TIME: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not a date and time. Write it as in %(hint)s."
    ),
    ProblemKind.BAD_NUMBER: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not a number. "
        "Write it with a decimal point and without separators or units, as in %(hint)s."
    ),
    ProblemKind.BAD_TIME_ZONE: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not a time zone. Write its IANA name, as in %(hint)s."
    ),
    ProblemKind.BAD_EMAIL: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not an email address. Correct it or leave the cell empty."
    ),
    ProblemKind.OUT_OF_RANGE: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is out of range. Write a value in the range %(hint)s."
    ),
    ProblemKind.TOO_LONG: lazy_gettext(
        "Row %(line)s, column “%(column)s”: the text “%(value)s” is longer than %(hint)s characters. Shorten it."
    ),
    ProblemKind.UNKNOWN_REFERENCE: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” is not known here. Correct it, or add it first."
    ),
    ProblemKind.FORMULA: lazy_gettext(
        "Row %(line)s, column “%(column)s”: “%(value)s” looks like a formula. Write the plain value."
    ),
}
