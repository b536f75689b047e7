"""When a video was watched to its end: what was seen is what was played, and no more than time has passed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Spans = list[list[float]]

ENOUGH = 0.95
"""Of its length; and its end."""
END = 3.0
"""Seconds: whoever saw the last of these saw the end."""
FASTEST = 2.0
"""As fast as a player plays."""
SLACK = 20.0
"""Seconds: what is reported may be as late as that."""
CLOSE = 1.0
"""Seconds between spans that are one."""
MOST_SPANS = 500


def joined(spans: Iterable[Sequence[float]], length: float) -> Spans:
    """The spans within the length, in order, those that touch made one."""
    found: Spans = []
    for start, end in sorted((max(float(a), 0.0), min(float(b), length)) for a, b in spans):
        if end <= start:
            continue
        if found and start <= found[-1][1] + CLOSE:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found[:MOST_SPANS]


def seen(spans: Iterable[Sequence[float]]) -> float:
    """How many seconds they cover."""
    return sum(end - start for start, end in spans)


def is_plausible(before: Spans, after: Spans, passed: float) -> bool:
    """Whether so much more can have been seen while so many seconds passed."""
    return seen(after) - seen(before) <= passed * FASTEST + SLACK


def is_watched(spans: Spans, length: float) -> bool:
    """Whether nearly all was seen, the end included."""
    return length > 0 and seen(spans) >= ENOUGH * length and bool(spans) and spans[-1][1] >= length - END
