"""Scores: a table of cases, and against a plain implementation."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audits.rules import FAIL, NA, PASS, Weights, score

P, F, N = PASS, FAIL, NA
WEIGHTS = Weights(
    weight=np.array([1.0, 2.0, 2.0, 3.0]),
    critical=np.array([False, True, True, False]),
    fatal=np.array([False, True, False, False]),
)


@pytest.mark.parametrize(
    ("results", "total", "critical", "noncritical", "fatal", "checks", "fails"),
    [
        ([P, P, P, P], 1, 1, 1, False, 4, 0),
        ([F, P, P, P], 7 / 8, 1, 3 / 4, False, 4, 1),
        ([P, P, F, P], 6 / 8, 2 / 4, 1, False, 4, 1),
        ([P, F, P, P], 0, 2 / 4, 1, True, 4, 1),  # fatal: the total is nought, the others say what they say
        ([N, P, F, N], 2 / 4, 2 / 4, None, False, 2, 1),
        ([N, F, N, N], 0, 0, None, True, 1, 1),
        ([N, N, N, N], None, None, None, False, 0, 0),
    ],
)
def test_scores(
    results: list[int],
    total: float | None,
    critical: float | None,
    noncritical: float | None,
    fatal: bool,
    checks: int,
    fails: int,
) -> None:
    found = score(np.array([results], np.int8), WEIGHTS)
    for value, expected in ((found.total, total), (found.critical, critical), (found.noncritical, noncritical)):
        assert value[0] == pytest.approx(expected, nan_ok=True) if expected is not None else math.isnan(value[0])
    assert (found.fatal[0], found.checks[0], found.fails[0]) == (fatal, checks, fails)


def plainly(results: Sequence[int], weights: Sequence[float], chosen: Sequence[bool]) -> float:
    """The weighted share passed of what applied, one criterion at a time."""
    passed = whole = 0.0
    for result, weight, wanted in zip(results, weights, chosen, strict=True):
        if wanted and result != NA:
            whole += weight
            passed += weight if result == PASS else 0
    return passed / whole if whole else math.nan


criteria = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0, 2.5, 10.0]), st.sampled_from(["minor", "critical", "fatal"])),
    min_size=1,
    max_size=12,
)


@given(st.data(), criteria)
def test_scores_are_those_of_a_plain_implementation(data: st.DataObject, lines: list[tuple[float, str]]) -> None:
    row = st.lists(st.sampled_from([PASS, FAIL, NA]), min_size=len(lines), max_size=len(lines))
    audits = data.draw(st.lists(row, min_size=1, max_size=5))
    weight = [w for w, _s in lines]
    critical = [s != "minor" for _w, s in lines]
    is_fatal = [s == "fatal" for _w, s in lines]
    found = score(np.array(audits, np.int8), Weights(np.array(weight), np.array(critical), np.array(is_fatal)))
    for index, results in enumerate(audits):
        fatal = any(r == FAIL and f for r, f in zip(results, is_fatal, strict=True))
        whole = plainly(results, weight, [True] * len(lines))
        assert found.total[index] == pytest.approx(0.0 if fatal and not math.isnan(whole) else whole, nan_ok=True)
        assert found.critical[index] == pytest.approx(plainly(results, weight, critical), nan_ok=True)
        assert found.noncritical[index] == pytest.approx(
            plainly(results, weight, [not c for c in critical]), nan_ok=True
        )
        assert found.fatal[index] == fatal
        assert found.checks[index] == sum(r != NA for r in results)
        assert found.fails[index] == sum(r == FAIL for r in results)
