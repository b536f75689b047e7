"""What differs between markets: pure decisions on what holds in each of their teams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Told = Counter[Any]
"""What holds, each with the number of teams it holds for."""


class Standing(StrEnum):
    """How a market stands beside the others: as most do, otherwise, or with teams that differ among themselves."""

    SAME = "same"
    OTHER = "other"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is set or used: of what subject, what it is called, and what holds by market."""

    subject: str
    key: str
    name: str
    by_market: Mapping[str, Told]
    say: Callable[[Any], Any] = field(default=str)
    """A value as readers see it; a number stays one."""
    code: Callable[[Any], str] = field(default=str)
    """A value as programs see it, where it is not a number."""


def standings(cells: Sequence[Told]) -> list[Standing]:
    """How each market stands beside the value most markets have. With no such value, as of two that differ, all differ."""
    usual = Counter(value for cell in cells for value in cell).most_common(2)
    if len(usual) > 1 and usual[0][1] == usual[1][1]:
        return [Standing.MIXED if len(cell) > 1 else Standing.OTHER for cell in cells]
    return [
        Standing.MIXED if len(cell) > 1 else Standing.SAME if usual[0][0] in cell else Standing.OTHER for cell in cells
    ]


def differs(found: Sequence[Standing]) -> bool:
    """Whether anything of a line is not the same everywhere."""
    return any(one is not Standing.SAME for one in found)
