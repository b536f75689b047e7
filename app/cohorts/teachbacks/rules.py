"""Pure decisions: how far two observers agree, what their marks add up to, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, median

from app.cohorts.programmes.rules import Outcome

Marks = Sequence[int]
"""Points by line of the rubric, in its order."""
NEARLY = 1e-9


def agreement(first: Marks, second: Marks, most: Marks) -> float:
    """One less the points two observers are apart, line by line, as a share of all there are: never of the totals alone."""
    apart = sum(abs(a - b) for a, b in zip(first, second, strict=True))
    return 1 - apart / sum(most)


def needs_third(sheets: Sequence[Marks], most: Marks, tolerance: float) -> bool:
    """Whether the first two are farther apart than the tolerance and nobody else has scored."""
    return len(sheets) == 2 and 1 - agreement(sheets[0], sheets[1], most) > tolerance + NEARLY


def settled(sheets: Sequence[Marks]) -> list[float]:
    """What each line comes to: the mean of two, the median of three."""
    together = mean if len(sheets) == 2 else median
    return [float(together(line)) for line in zip(*sheets, strict=True)]


def share(sheets: Sequence[Marks], most: Marks) -> float:
    """The share of all points."""
    return sum(settled(sheets)) / sum(most)


def outcome(reached: float, *, certified: float, conditional: float, attempt: int) -> Outcome:
    """What follows from a share of the points; who would be conditional once more is not certified."""
    if reached >= certified - NEARLY:
        return Outcome.CERTIFIED
    if reached >= conditional - NEARLY and attempt == 1:
        return Outcome.CONDITIONAL
    return Outcome.NOT_CERTIFIED
