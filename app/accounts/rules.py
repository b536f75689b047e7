"""How the days of a membership or role follow from what is known and what a file says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """In a place (a team, with the line of business where it is not the team's) from a day until, not with, another."""

    place: tuple[int, str | None]
    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.start <= day and (self.end is None or self.end > day)


def timeline(
    known: Sequence[Span],
    told: Collection[Span],
    *,
    left_before: date | None = None,
    left: date | None = None,
    stops: date | None = None,
) -> list[Span]:
    """What is known with what is told laid over it, in order, one place at a time.

    Told again, a place that holds on that day already is no news. Told anew, it ends what went before. `left_before` is
    the day of leaving as it was known: an end that came from it falls away; `left` is the day as told now. `stops` ends
    what holds on that day without anything after it.
    """
    starts = {span.start for span in known}
    spans = {s.start: Span(s.place, s.start) if s.end in starts or s.end == left_before else s for s in known}
    for span in sorted(told, key=lambda s: s.start):
        if not _holds(spans, span):
            spans[span.start] = span
    return _joined(_in_order(list(spans.values()), left, stops))


def _holds(spans: dict[date, Span], told: Span) -> bool:
    """Whether the place told holds on its first day already."""
    begun = [span for start, span in spans.items() if start <= told.start]
    newest = max(begun, key=lambda span: span.start, default=None)
    if newest is None or newest.place != told.place:
        return False
    return newest.start == told.start or newest.covers(told.start)


def _in_order(spans: list[Span], left: date | None, stops: date | None) -> list[Span]:
    """The spans by day, each ended by the next one, by leaving or by a stop."""
    spans.sort(key=lambda span: span.start)
    following = [span.start for span in spans[1:]] + [None]
    ordered = []
    for span, following_start in zip(spans, following, strict=True):
        stopped = stops if stops is not None and span.start <= stops else None
        ends = [day for day in (span.end, following_start, left, stopped) if day is not None]
        ordered.append(Span(span.place, span.start, max(min(ends), span.start) if ends else None))
    return ordered


def _joined(spans: list[Span]) -> list[Span]:
    """The spans with neighbours of one place made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].place == span.place and joined[-1].end == span.start:
            joined[-1] = Span(span.place, joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined
