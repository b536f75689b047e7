"""The 5 × 5 matrix, and what may be done about a risk. Pure."""

from __future__ import annotations

from enum import StrEnum

SCALE = (1, 2, 3, 4, 5)


class Response(StrEnum):
    """What is done about a risk."""

    AVOID = "avoid"
    REDUCE = "reduce"
    TRANSFER = "transfer"
    ACCEPT = "accept"


class Level(StrEnum):
    """How grave a risk is, from likelihood × impact."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


FROM = {Level.CRITICAL: 16, Level.HIGH: 10, Level.MEDIUM: 5, Level.LOW: 1}
"""The least score of each level, the gravest first."""


def score(likelihood: int, impact: int) -> int:
    """1 to 25."""
    return likelihood * impact


def level(likelihood: int, impact: int) -> Level:
    """How grave a risk is."""
    found = score(likelihood, impact)
    return next(one for one, least in FROM.items() if found >= least)
