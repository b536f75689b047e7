"""What is remembered: weekly cells folded into decayed evidence per pair, from scratch or one week further.

A pair is an agent on a competency, numbered 0, 1, 2 … by the caller. A week is its number as `core.clock.week_number`
counts. Source: the gap model, docs/gap-model.md, section "What is remembered".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rules import DECAY, HALVING, WINDOW_WEEKS, Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Cells:
    """Weekly cells: what pair, what week, raw checks, fails, and standard checks (Σe). Any order."""

    pair: NDArray
    week: NDArray
    checks: NDArray
    fails: NDArray
    standard: NDArray


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to a pair in a week, once or more often."""

    pair: NDArray
    week: NDArray


NO_EVENTS = Events(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Evidence:
    """State of pairs at the end of a week: decayed standard checks, decayed fails, raw checks since the last remedy."""

    n: Floats
    f: Floats
    since: Ints


@dataclass(frozen=True, slots=True)
class Window:
    """Raw sums over the last weeks, not decayed: checks, fails, standard checks."""

    checks: Ints
    fails: Ints
    standard: Floats


def step(
    before: Evidence,
    checks: ArrayLike,
    fails: ArrayLike,
    standard: ArrayLike,
    *,
    completed: ArrayLike = False,
    moved: ArrayLike = False,
    weeks: ArrayLike = 1,
    decay: float = DECAY,
) -> Evidence:
    """Evidence `weeks` weeks later, the cell of that last week added.

    `completed`: a remedy of the competency was completed in that week; `moved`: the agent changed line of business in
    it. Each of the two halves what was there before; a completion starts `since` anew. The weeks between had no cell
    and no event.
    """
    completed, moved = np.asarray(completed, bool), np.asarray(moved, bool)
    left = decay ** np.asarray(weeks, float) * np.where(completed, HALVING, 1.0) * np.where(moved, HALVING, 1.0)
    return Evidence(
        n=before.n * left + standard,
        f=before.f * left + fails,
        since=np.where(completed, 0, before.since) + np.asarray(checks),
    )


def fold(
    cells: Cells,
    pairs: int,
    as_of: int,
    *,
    completions: Events = NO_EVENTS,
    moves: Events = NO_EVENTS,
    decay: float = DECAY,
) -> Evidence:
    """Evidence of `pairs` pairs at the end of week `as_of`, from their cells; later cells and events do not count.

    Equal to `step` week by week: a cell weighs decay^(weeks ago) · ½^(later weeks with a completion, or with a move).
    """
    seen = cells.week <= as_of
    pair, week = cells.pair[seen], cells.week[seen]
    halvings = _weeks_after(completions, pair, week, as_of) + _weeks_after(moves, pair, week, as_of)
    weight = decay ** (as_of - week).astype(float) * HALVING**halvings
    counted = week >= _last_weeks(completions, pairs, as_of)[pair]
    return Evidence(
        n=_sums(pair, weight * cells.standard[seen], pairs),
        f=_sums(pair, weight * cells.fails[seen], pairs),
        since=_counts(pair[counted], cells.checks[seen][counted], pairs),
    )


def window(cells: Cells, pairs: int, as_of: int, *, weeks: int = WINDOW_WEEKS) -> Window:
    """Raw sums of each pair over the `weeks` weeks that end with `as_of`."""
    seen = (cells.week <= as_of) & (cells.week > as_of - weeks)
    pair = cells.pair[seen]
    return Window(
        checks=_counts(pair, cells.checks[seen], pairs),
        fails=_counts(pair, cells.fails[seen], pairs),
        standard=_sums(pair, cells.standard[seen], pairs),
    )


def happened(events: Events, pairs: int, week: int) -> Bools:
    """Which pairs had the event in this week."""
    flags = np.zeros(pairs, dtype=bool)
    flags[events.pair[events.week == week]] = True
    return flags


def _sums(pair: NDArray, amount: NDArray, pairs: int) -> Floats:
    return np.bincount(pair, amount, pairs).astype(np.float64)


def _counts(pair: NDArray, amount: NDArray, pairs: int) -> Ints:
    return np.rint(_sums(pair, amount, pairs)).astype(np.int64)


def _weeks_after(events: Events, pair: NDArray, week: NDArray, as_of: int) -> Ints:
    """How many distinct weeks after `week`, up to `as_of`, had an event of the pair."""
    span = as_of + 1
    counted = events.week <= as_of
    keys = np.unique(events.pair[counted].astype(np.int64) * span + events.week[counted])
    first = pair.astype(np.int64) * span
    return np.searchsorted(keys, first + as_of, side="right") - np.searchsorted(keys, first + week, side="right")


def _last_weeks(events: Events, pairs: int, as_of: int) -> Ints:
    """The last week up to `as_of` with an event, per pair; −1 where there is none."""
    last = np.full(pairs, -1, dtype=np.int64)
    counted = events.week <= as_of
    np.maximum.at(last, events.pair[counted], events.week[counted])
    return last
