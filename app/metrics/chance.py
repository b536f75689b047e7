"""What chance explains of a figure: pure statistics of shares and of means by month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

CHANCE = 0.001
"""A result that chance alone would bring about less often than this is off target beyond chance."""
SIGMAS = 3
LEAST_HISTORY = 3
"""With fewer earlier months no control limits are said."""
MOVING = 2.66
"""Three sigmas of single values in mean moving ranges: 3 ÷ 1.128 (Wheeler, Understanding Variation, 1993)."""

Z = 1.959963984540054


def at_least(part: int, whole: int, rate: float) -> float:
    """P(X ≥ part) of a binomial count of `whole` trials: the regularised incomplete beta function I(part, whole − part + 1)."""
    from scipy.special import betainc

    return 1.0 if part <= 0 else float(betainc(part, whole - part + 1, rate))


def at_most(part: int, whole: int, rate: float) -> float:
    """P(X ≤ part) of a binomial count of `whole` trials."""
    return at_least(whole - part, whole, 1 - rate)


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which a figure stays by chance alone."""

    low: float
    middle: float
    high: float

    def says(self, rate: float) -> str:
        """Whether a figure is `above`, `below` or `within` the limits."""
        return "above" if rate > self.high else "below" if rate < self.low else "within"


def wilson(part: float, whole: float) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a share; None where nothing was counted."""
    if not whole:
        return None
    share, square = part / whole, Z * Z / whole
    middle = (share + square / 2) / (1 + square)
    spread = Z * math.sqrt(share * (1 - share) / whole + square / (4 * whole)) / (1 + square)
    return middle - spread if part > 0 else 0.0, middle + spread if part < whole else 1.0


def control_limits(earlier: Sequence[tuple[int, int]], size: int) -> Limits | None:
    """Three-sigma limits of a share of `size` trials (a p chart), from (part, whole) of earlier months; None with too few."""
    known = [(part, whole) for part, whole in earlier if whole]
    if len(known) < LEAST_HISTORY or not size:
        return None
    middle = sum(part for part, _whole in known) / sum(whole for _part, whole in known)
    spread = SIGMAS * math.sqrt(middle * (1 - middle) / size)
    return Limits(max(0.0, middle - spread), middle, min(1.0, middle + spread))


def natural_limits(earlier: Sequence[float]) -> Limits | None:
    """Limits of a mean by month (an XmR chart), from how much earlier months differed from each other; None with too few."""
    if len(earlier) < LEAST_HISTORY:
        return None
    middle = sum(earlier) / len(earlier)
    moves = [abs(after - before) for before, after in pairwise(earlier)]
    spread = MOVING * sum(moves) / len(moves)
    return Limits(middle - spread, middle, middle + spread)
