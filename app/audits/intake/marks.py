"""What was found, settled for all checks of a file at once: the place of each criterion in the version of its audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.audits.catalog import Catalog
from app.audits.intake.columns import CAUSES, RESULTS
from app.audits.intake.gathered import Checks, Codes, Gathered, Mask
from app.audits.intake.heads import Heads
from app.audits.intake.problems import FindingProblem
from app.audits.rules import FAIL, NA
from app.core.problems import Problem, ProblemKind
from app.core.sheets import Cells

Places = NDArray[np.int16]

LONGEST_COMMENT = 10_000
_PLACES = 1 << 14  # more criteria than any scorecard has


@dataclass(frozen=True, slots=True)
class Marks:
    """The checks of good audits, one entry each: place of the audit, of the criterion in its version, and what was found."""

    audit: NDArray[np.int32]
    place: Places
    result: Codes
    cause: Codes
    comment: Cells

    def __len__(self) -> int:
        return len(self.audit)


def check(found: Gathered, heads: Heads, catalog: Catalog) -> Places:
    """The place of each check's criterion, −1 where it has none; what is wrong is noted in `found`."""
    place = _places(found, heads, catalog)
    _check_duplicates(found, place)
    _check_comments(found)
    return place


def settle(found: Gathered, place: Places) -> Marks:
    """The checks of good audits."""
    checks = found.checks
    good = ~found.bad[checks.audit] & (place >= 0)
    idle = (checks.result != FAIL) & (checks.cause > 0)
    if count := int((idle & good).sum()):
        found.remarks.append(Problem(FindingProblem.CAUSE_LEFT_OUT, value=str(count)))
    return Marks(
        audit=checks.audit[good],
        place=place[good],
        result=checks.result[good],
        cause=np.where(idle, 0, checks.cause)[good].astype(np.int8),
        comment=Cells(checks.comment.codes[good], checks.comment.distinct),
    )


def _places(found: Gathered, heads: Heads, catalog: Catalog) -> Places:
    """The place of each check's criterion; −1, with a problem, where the version of its audit has none of that code.

    A wide file has columns for criteria of several scorecards: what does not apply there says nothing.
    """
    checks, texts = found.checks, found.checks.criterion.distinct
    ids = sorted(catalog.versions)
    places = np.full((len(ids) + 1, len(texts)), -1, np.int16)
    for row, number in enumerate(ids):
        codes = catalog.versions[number].codes
        places[row] = [codes.get(text, -1) for text in texts]
    version = np.where(heads.version < 0, len(ids), np.searchsorted(ids, heads.version))
    place = places[version[checks.audit], checks.criterion.codes]
    unknown = (place < 0) & (heads.version[checks.audit] >= 0)
    if found.wide:
        unknown &= checks.result != NA
    _complain_of_criteria(found, heads, unknown)
    return place


def _complain_of_criteria(found: Gathered, heads: Heads, unknown: Mask) -> None:
    empty = found.checks.criterion.where(lambda text: not text)

    def make(kind: FindingProblem | ProblemKind, check: int) -> Problem:
        card = heads.card[found.checks.audit[check]].code
        return Problem(
            kind, int(found.checks.line[check]), found.check_column(check), _criterion(found.checks, check), card
        )

    found.complaints.where(unknown & ~empty, lambda check: make(FindingProblem.UNKNOWN_CRITERION, check))
    found.complaints.where(unknown & empty, lambda check: make(ProblemKind.REQUIRED, check))
    found.blame(found.checks.audit[unknown])


def _criterion(checks: Checks, check: int) -> str:
    return checks.criterion.distinct[checks.criterion.codes[check]]


def _check_duplicates(found: Gathered, place: Places) -> None:
    """The same criterion twice in an audit."""
    if found.wide:
        return
    checks = found.checks
    key = checks.audit.astype(np.int64) * _PLACES + place
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero((key[order][1:] == key[order][:-1]) & (place[order][1:] >= 0))
    earlier = dict(zip(order[same + 1].tolist(), order[same].tolist(), strict=True))
    again = np.zeros(len(key), np.bool_)
    again[order[same + 1]] = True
    if found.repeats:
        _leave_repeated(checks, place, again, earlier)
    if count := int((again & (place < 0)).sum()):
        found.remarks.append(Problem(FindingProblem.REPEATED, value=str(count)))
    again &= place >= 0
    references = found.heads["audit_ref"]

    def make(check: int) -> Problem:
        audit = references.distinct[references.codes[checks.audit[check]]]
        value = f"{audit} · {_criterion(checks, check)}"
        line, first = int(checks.line[check]), int(checks.line[earlier[check]])
        return Problem(ProblemKind.DUPLICATE_ROW, line, None, value, str(first))

    found.complaints.where(again, make)
    found.blame(checks.audit[again])


def _leave_repeated(checks: Checks, place: Places, again: Mask, earlier: dict[int, int]) -> None:
    """A row that says word for word what an earlier one says is counted once: exports that were joined repeat rows."""
    for check in np.flatnonzero(again).tolist():
        first = earlier[check]
        codes = (checks.result, checks.cause, checks.comment.codes)
        if all(one[check] == one[first] for one in codes):
            place[check] = -1


def _check_comments(found: Gathered) -> None:
    """Comments are not endless, and none is a formula that was to be worked out."""
    checks, comments = found.checks, found.checks.comment

    def complain(mask: Mask, kind: ProblemKind, hint: str | None = None) -> None:
        def make(check: int) -> Problem:
            text = comments.distinct[comments.codes[check]]
            column = found.headers["comment"] if not found.wide else f"{_criterion(checks, check)}:comment"
            return Problem(kind, int(checks.line[check]), column, text, hint)

        found.complaints.where(mask, make)
        found.blame(checks.audit[mask])

    complain(comments.where(lambda text: len(text) > LONGEST_COMMENT), ProblemKind.TOO_LONG, str(LONGEST_COMMENT))
    complain(comments.where(lambda text: len(text) > 1 and text.startswith("=")), ProblemKind.FORMULA)


def words(result: int, cause: int, comment: str | None) -> dict[str, str | None]:
    """What a check says, as corrections keep it."""
    named = CAUSES[cause]
    return {"result": RESULTS[result].value, "cause": named.value if named else None, "comment": comment or None}
