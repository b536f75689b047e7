"""What only a findings file can have wrong, and how problems are collected: counted all, kept in words the first ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from flask_babel import lazy_gettext
from numpy.typing import NDArray

from app.core.problems import Problem, add_sentences

MOST_OF_A_KIND = 200
"""So many problems of one kind in one column are kept in words."""


class FindingProblem(StrEnum):
    """Kinds of problem of findings files; the last ones are remarks, which stop nothing."""

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

    LEFT_AS_STORED = "left_as_stored"  # column; value: how many audits
    CAUSE_LEFT_OUT = "cause_left_out"  # value: how many checks
    LEFT_OUT = "left_out"  # value: how many rows
    REPEATED = "repeated"  # value: how many rows
    COUNTED_THROUGH = "counted_through"  # value: the sheets with their rows
    SHEETS_LEFT = "sheets_left"  # value: their names
    KEYS_TWICE = "keys_twice"  # value: how many; hint: the sheet
    KEYS_LACKING = "keys_lacking"  # value: how many rows; hint: the sheet


add_sentences(
    {
        FindingProblem.NO_CRITERIA: lazy_gettext(
            "No column named in row %(line)s is a criterion of a scorecard known here. "
            "Import the scorecard first, or add the columns “criterion” and “result”."
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
            "Row %(line)s, column “%(column)s”: there is no scorecard “%(value)s”. "
            "Correct it, or import the scorecard first."
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
            "Row %(line)s, column “%(column)s”: %(value)s is more than a year ahead. Correct the date."
        ),
        FindingProblem.BEFORE_CONTACT: lazy_gettext(
            "Row %(line)s, column “%(column)s”: the audit (%(value)s) is earlier than its contact (%(hint)s). "
            "Correct one of them."
        ),
        FindingProblem.STORED_OTHERWISE: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” differs from what is stored for this audit (%(hint)s). "
            "Give the audit another reference, or correct the cell."
        ),
        FindingProblem.LEFT_AS_STORED: lazy_gettext(
            "In %(value)s known audits, column “%(column)s” differs from what is stored and was left as it is there."
        ),
        FindingProblem.LEFT_OUT: lazy_gettext("%(value)s rows are left out, as the mapping profile says."),
        FindingProblem.REPEATED: lazy_gettext(
            "Rows that say word for word what another row of their audit says: %(value)s. They count once."
        ),
        FindingProblem.COUNTED_THROUGH: lazy_gettext("Rows are counted through all sheets: %(value)s."),
        FindingProblem.SHEETS_LEFT: lazy_gettext("Sheets not read, because they have other columns: %(value)s."),
        FindingProblem.KEYS_TWICE: lazy_gettext(
            "Keys found in several rows of the sheet “%(hint)s”: %(value)s. The first row of each was read."
        ),
        FindingProblem.KEYS_LACKING: lazy_gettext(
            "Rows whose key the sheet “%(hint)s” does not hold: %(value)s. What it would say of them is empty."
        ),
        FindingProblem.CAUSE_LEFT_OUT: lazy_gettext(
            "%(value)s checks that did not fail have a cause; only the causes of fails are kept."
        ),
    }
)


@dataclass(slots=True)
class Complaints:
    """The problems of a file. `most`: how many of one kind in one column are kept in words; None keeps all."""

    most: int | None = MOST_OF_A_KIND
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[tuple[StrEnum, str | None]] = field(default_factory=Counter)
    """By kind and column."""

    def __len__(self) -> int:
        return self.counts.total()

    def add(self, problems: Iterable[Problem]) -> None:
        """Note some problems."""
        for problem in problems:
            self._keep(problem)

    def where(self, mask: NDArray[np.bool_], make: Callable[[int], Problem]) -> None:
        """Note the problem `make` gives for each place of the mask; all are of one kind and column."""
        places = np.flatnonzero(mask)
        if not len(places):
            return
        first = make(int(places[0]))
        key = (first.kind, first.column)
        room = len(places) if self.most is None else max(self.most - self.counts[key], 0)
        self.problems += [make(place) for place in places[:room].tolist()]
        self.counts[key] += len(places)

    def _keep(self, problem: Problem) -> None:
        key = (problem.kind, problem.column)
        if self.most is None or self.counts[key] < self.most:
            self.problems.append(problem)
        self.counts[key] += 1

    def sorted(self) -> list[Problem]:
        """The problems kept, by row."""
        return sorted(self.problems, key=lambda p: p.line or 0)
