"""Scores of audits: pure arithmetic over many audits of one scorecard version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PASS, FAIL, NA = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Weights:
    """The criteria of a version, in order: weight, whether critical and fatal, section, and whether a fail fails that."""

    weight: NDArray[np.float64]
    critical: NDArray[np.bool_]
    fatal: NDArray[np.bool_]
    section: NDArray[np.int64] | None = None
    fails_section: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry per audit. Scores are fractions, nan where nothing applied; four numbers, none overwriting another."""

    total: NDArray[np.float64]
    critical: NDArray[np.float64]
    noncritical: NDArray[np.float64]
    fatal: NDArray[np.bool_]
    checks: NDArray[np.int64]
    fails: NDArray[np.int64]


def score(results: NDArray[np.int8], weights: Weights) -> Scores:
    """Score audits × criteria (`PASS`, `FAIL`, `NA`).

    The total is the weighted share passed of what applied, less all of a section that a fail in it takes along, and
    nought with a fatal error. Critical and non-critical scores are the same share within their own criteria, where a
    fatal error counts as any fail.
    """
    applied, passed = results != NA, results == PASS
    fatal = ((results == FAIL) & weights.fatal).any(axis=1)
    share = _share(passed & ~_taken(results, weights), applied, weights.weight)
    return Scores(
        total=np.where(fatal & ~np.isnan(share), 0.0, share),
        critical=_share(passed, applied, weights.weight * weights.critical),
        noncritical=_share(passed, applied, weights.weight * ~weights.critical),
        fatal=fatal,
        checks=applied.sum(axis=1),
        fails=(results == FAIL).sum(axis=1),
    )


def _taken(results: NDArray[np.int8], weights: Weights) -> NDArray[np.bool_]:
    """The checks of which a fail in their section takes the points."""
    taken = np.zeros(results.shape, np.bool_)
    if weights.section is None or weights.fails_section is None:
        return taken
    for section in np.unique(weights.section[weights.fails_section]):
        here = weights.section == section
        failed = ((results == FAIL) & (here & weights.fails_section)).any(axis=1)
        taken[np.ix_(failed, here)] = True
    return taken


def _share(passed: NDArray[np.bool_], applied: NDArray[np.bool_], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = applied @ weight
    return np.divide(passed @ weight, whole, out=np.full(len(whole), np.nan), where=whole > 0)
