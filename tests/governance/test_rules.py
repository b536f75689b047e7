"""The order of a list, its reasons and its signatures."""

from __future__ import annotations

import pytest

from app.governance.rules import Part, agreed, moved, needs_reason


@pytest.mark.parametrize(
    ("place", "order"), [(1, [3, 1, 2, 4]), (2, [1, 3, 2, 4]), (4, [1, 2, 4, 3]), (99, [1, 2, 4, 3]), (0, [3, 1, 2, 4])]
)
def test_an_entry_moves_and_the_others_keep_their_order(place: int, order: list[int]) -> None:
    assert moved([1, 2, 3, 4], 3, place) == order


def test_a_move_needs_a_reason() -> None:
    assert needs_reason(1, 2, "  ")
    assert needs_reason(1, 2, "why")
    assert not needs_reason(1, 2, "Launch of the new policy")
    assert not needs_reason(2, 2, "")


def test_it_is_agreed_once_nobody_is_missing() -> None:
    assert not agreed([Part.PROGRAMME, Part.TRAINING])
    assert agreed([Part.KNOWLEDGE, Part.PROGRAMME, Part.TRAINING])
