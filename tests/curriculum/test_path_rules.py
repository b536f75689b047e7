"""Where somebody stands on a path, and what is wrong with one as it is written: tables of cases."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.curriculum.paths.rules import Branch, Fault, Known, Stand, count, faults, is_walked, stands

DONE, OPEN, LOCKED, UNDECIDED, SKIPPED = Stand.DONE, Stand.OPEN, Stand.LOCKED, Stand.UNDECIDED, Stand.SKIPPED


@dataclass
class Step:
    """The module has the number of the position unless it says otherwise."""

    position: int
    optional: bool = False
    after: int | None = None
    branch_on: int | None = None
    branch: Branch | None = None
    branch_score: float | None = None
    module: int | None = None

    @property
    def module_id(self) -> int:
        return self.module or self.position


def below(position, on, score, **rest):
    return Step(position, branch_on=on, branch=Branch.BELOW, branch_score=score, **rest)


def at_least(position, on, score, **rest):
    return Step(position, branch_on=on, branch=Branch.AT_LEAST, branch_score=score, **rest)


THREE = [Step(1), Step(2), Step(3)]
BRANCHING = [Step(1), below(2, 1, 0.8), at_least(3, 1, 0.8), Step(4)]
PASSED = Known(done=True)


@pytest.mark.parametrize(
    ("steps", "known", "in_order", "expected"),
    [
        (THREE, {}, True, [OPEN, LOCKED, LOCKED]),
        (THREE, {}, False, [OPEN, OPEN, OPEN]),
        (THREE, {1: PASSED}, True, [DONE, OPEN, LOCKED]),
        (THREE, {2: PASSED}, True, [OPEN, DONE, LOCKED]),
        (THREE, {1: PASSED, 2: PASSED, 3: PASSED}, True, [DONE, DONE, DONE]),
        # an optional step holds up nothing, and waits for what is before it
        ([Step(1), Step(2, optional=True), Step(3)], {}, True, [OPEN, LOCKED, LOCKED]),
        ([Step(1), Step(2, optional=True), Step(3)], {1: PASSED}, True, [DONE, OPEN, OPEN]),
        # prerequisites where the order is free
        ([Step(1), Step(2), Step(3, after=2)], {}, False, [OPEN, OPEN, LOCKED]),
        ([Step(1), Step(2), Step(3, after=2)], {2: PASSED}, False, [OPEN, DONE, OPEN]),
        # branching by the first result, failed or passed
        (BRANCHING, {}, True, [OPEN, UNDECIDED, UNDECIDED, LOCKED]),
        (BRANCHING, {1: Known(under_way=True, result=0.5)}, True, [OPEN, LOCKED, SKIPPED, LOCKED]),
        (BRANCHING, {1: Known(done=True, result=0.5)}, True, [DONE, OPEN, SKIPPED, LOCKED]),
        (BRANCHING, {1: Known(done=True, result=0.8)}, True, [DONE, SKIPPED, OPEN, LOCKED]),
        (BRANCHING, {1: Known(done=True, result=0.9), 3: PASSED}, True, [DONE, SKIPPED, DONE, OPEN]),
        (BRANCHING, {1: PASSED}, True, [DONE, OPEN, SKIPPED, LOCKED]),  # spared, so nothing is known: all is taught
        (BRANCHING, {1: Known(under_way=True, result=0.5)}, False, [OPEN, OPEN, SKIPPED, OPEN]),
        # what hangs on a step off the way is off it too; what waits for one waits for what that waited for
        (
            [Step(1), below(2, 1, 0.8), at_least(3, 2, 0.5)],
            {1: Known(done=True, result=1.0)},
            True,
            [DONE, SKIPPED, SKIPPED],
        ),
        (
            [Step(1), Step(2), below(3, 1, 0.8, after=2), Step(4, after=3)],
            {1: Known(done=True, result=1.0)},
            False,
            [DONE, OPEN, SKIPPED, LOCKED],
        ),
    ],
)
def test_where_somebody_stands(steps, known, in_order, expected):
    assert list(stands(steps, known, set(), in_order=in_order).values()) == expected


def test_a_retired_module_is_left_out_unless_it_is_under_way_or_done():
    for known, expected in (({}, SKIPPED), ({1: Known(under_way=True)}, OPEN), ({1: PASSED}, DONE)):
        assert stands([Step(1), Step(2)], known, {1}, in_order=True)[1] is expected


def test_progress_counts_what_is_required_and_on_the_way():
    known = {1: Known(done=True, result=0.9)}
    steps = [*BRANCHING, Step(5, optional=True)]
    found = stands(steps, known, set(), in_order=True)
    assert count(steps, found) == (1, 3)
    assert not is_walked(steps, found)
    found = stands(steps, {**known, 3: PASSED, 4: PASSED}, set(), in_order=True)
    assert count(steps, found) == (3, 3)
    assert is_walked(steps, found)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (THREE, []),
        ([Step(1), Step(2, module=1)], [(2, Fault.TWICE)]),
        ([Step(1, after=1)], [(1, Fault.NOT_EARLIER)]),
        ([Step(1, after=2), Step(2)], [(1, Fault.NOT_EARLIER)]),
        ([Step(1), Step(2, after=0)], [(2, Fault.NOT_EARLIER)]),
        ([Step(1, optional=True), Step(2, after=1)], [(2, Fault.WAITS_FOR_OPTIONAL)]),
        ([Step(1, optional=True), Step(2, optional=True, after=1)], []),
        (BRANCHING, []),
        ([Step(1), Step(2), below(3, 2, 0.5)], [(3, Fault.NO_QUIZ)]),
        ([Step(1), Step(2, branch_on=1)], [(2, Fault.HALF_A_BRANCH)]),
        ([Step(1), Step(2, branch_score=0.5)], [(2, Fault.HALF_A_BRANCH)]),
    ],
)
def test_what_is_wrong_with_a_path(steps, expected):
    assert faults(steps, {1}) == expected


@st.composite
def whole_paths(draw):
    """A path without faults; every module has a quiz."""
    steps = []
    for position in range(1, draw(st.integers(1, 7)) + 1):
        required = [one.position for one in steps if not one.optional]
        pick = st.none() | st.sampled_from(required) if required else st.none()
        on = draw(pick)
        branch = (on, draw(st.sampled_from(Branch)), 0.5) if on else (None, None, None)
        steps.append(Step(position, draw(st.booleans()), draw(pick), *branch))
    return steps


@settings(max_examples=60)
@given(whole_paths(), st.booleans(), st.randoms(use_true_random=False))
def test_whoever_does_what_is_open_reaches_the_end(steps, in_order, rng):
    assert faults(steps, {one.position for one in steps}) == []
    known: dict[int, Known] = {}
    for _turn in range(len(steps) + 1):
        found = stands(steps, known, set(), in_order=in_order)
        ready = [one for one in steps if found[one.position] is OPEN and not one.optional]
        if not ready:
            break
        known[rng.choice(ready).module_id] = Known(done=True, result=rng.choice([0.2, 0.9]))
    assert is_walked(steps, stands(steps, known, set(), in_order=in_order))
