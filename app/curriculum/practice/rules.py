"""Pure decisions: what marks on a rubric come to."""

from __future__ import annotations

from collections.abc import Sequence

NEARLY = 1e-9


def share(points: Sequence[int], most: Sequence[int]) -> float:
    """The share of all points there are."""
    return sum(points) / sum(most)


def is_passed(reached: float, pass_share: float) -> bool:
    """Whether a share is enough."""
    return reached >= pass_share - NEARLY
