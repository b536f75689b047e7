"""Evidence of everybody at the end of a day, from where gaps stand instead of from years of cells.

Decayed evidence is a sum over weeks. So the sums that the last decision left with the gaps lead to those of another day
once the weeks between the two are added, or taken away. Equal to `snapshot.fold` but for rounding; what it reads does not
grow with the years kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Integer, select, type_coerce
from sqlalchemy.orm import Session

from app.core import bulk
from app.core.clock import week_number
from app.gaps import board, cells, decay, snapshot, standing
from app.gaps.decisions import last_decided
from app.gaps.models import Cell, Remedy
from app.gaps.rules import DECAY, WINDOW_WEEKS, Floats, Ints

FAR_WEEKS = 26
"""Days further from the last decision are folded from cells: the weeks between would be as many."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """Pairs with evidence at the end of a day; arrays of one length. `n` and `f` are decayed, `checks13` raw."""

    person: Ints
    competency: Ints
    n: Floats
    f: Floats
    checks13: Ints


@dataclass(frozen=True, slots=True)
class Entries:
    """Amounts of evidence of pairs (`standing.keys`) as of a week; negative ones are taken away."""

    key: Ints
    week: Ints
    n: Floats
    f: Floats
    checks13: Floats


def recall(session: Session, as_of: date, where: standing.Belonging) -> Recalled:
    """The evidence known at the end of `as_of`; `where` says where people belonged that day.

    Who ever changed lines of business is folded from cells: a change may be known only after the decision it halves. So are
    competencies that had another target then.
    """
    week, last = week_number(as_of), last_decided(session)
    if last is None or abs(week - week_number(last)) > FAR_WEEKS:
        return _plain(snapshot.fold(session, as_of, where))
    sunday = standing.sunday(last)
    later = where if sunday <= as_of else standing.belonging(session, sunday)
    moved = sorted({person for person, _week in later.moves})
    rolled = _roll(session, week, week_number(last), _late(session, as_of))
    other = sorted(standing.other_targets(session, as_of))
    parts = [_only(rolled, ~np.isin(rolled.person, moved) & ~np.isin(rolled.competency, other))]
    if other:
        whole = _plain(snapshot.fold(session, as_of, where))
        parts.append(_only(whole, np.isin(whole.competency, other) & ~np.isin(whole.person, moved)))
    parts += [_plain(snapshot.fold(session, as_of, where, people=block)) for block in bulk.chunks(moved)]
    return Recalled(*(np.concatenate([getattr(part, name) for part in parts]) for name in Recalled.__slots__))


def _plain(found: standing.Standings) -> Recalled:
    return Recalled(found.person, found.competency, found.evidence.n, found.evidence.f, found.window.checks)


def _only(found: Recalled, mine: np.ndarray) -> Recalled:
    return Recalled(*(getattr(found, name)[mine] for name in Recalled.__slots__))


def _roll(session: Session, week: int, decided: int, late: Entries) -> Recalled:
    """From the last decided week to `week`, forward or back."""
    low, high = min(week, decided), max(week, decided)
    remedies = _remedies(session, int(late.week.min(initial=low)))
    main = [_kept(session), *_between(session, low, high, remedies, forward=week > decided)]
    known = np.unique(np.concatenate([entries.key for entries in (*main, late)]))
    start = Entries(known, np.full(len(known), low), np.ones(len(known)), np.zeros(len(known)), np.zeros(len(known)))
    sums = _fold(known, main, high, remedies)
    left = _fold(known, [start], high, remedies).n if week < decided else 1.0
    correction = _fold(known, [late], week, remedies)
    checks = sum(np.bincount(np.searchsorted(known, e.key), e.checks13, len(known)) for e in (*main, late))
    return Recalled(
        person=known >> 20,
        competency=known & 0xFFFFF,
        n=np.maximum(sums.n / left + correction.n, 0),
        f=np.maximum(sums.f / left + correction.f, 0),
        checks13=np.rint(checks).astype(np.int64),
    )


def _fold(known: Ints, parts: list[Entries], as_of: int, remedies: tuple[Ints, Ints]) -> decay.Evidence:
    """The sum of these entries at the end of a week, each decayed and halved since its own."""
    key, week, n, f = (np.concatenate([getattr(part, name) for part in parts]) for name in ("key", "week", "n", "f"))
    pair, mine = standing.place(known, remedies[0])
    cells = decay.Cells(np.searchsorted(known, key), week, np.zeros(len(key)), f, n)
    return decay.fold(cells, len(known), as_of, completions=decay.Events(pair[mine], remedies[1][mine]))


def _kept(session: Session) -> Entries:
    """Where gaps stand. Nothing happened to a pair between the week it stands at and the last decided one."""
    found = board.load(session)
    return Entries(found.key, found.decided, found.n, found.f, found.checks13.astype(float))


def _remedies(session: Session, since: int) -> tuple[Ints, Ints]:
    """Pair and week of what was completed after that week."""
    statement = select(Remedy.person_id, Remedy.competency_id, type_coerce(Remedy.week, Integer)).where(
        type_coerce(Remedy.week, Integer) > since
    )
    person, competency, week = bulk.arrays(session, statement, "i8", "i8", "i8")
    return standing.keys(person, competency), week


def _between(
    session: Session, low: int, high: int, remedies: tuple[Ints, Ints], *, forward: bool
) -> tuple[Entries, ...]:
    """What the weeks after `low` up to `high` add, or going back take away: week by week for pairs that had a remedy
    completed in them, in one sum for all others."""
    if low == high:
        return ()
    sign = 1 if forward else -1
    among = remedies[0][(remedies[1] > low) & (remedies[1] <= high)]
    sums = _sums(session, low, high, sign)
    calm = ~np.isin(sums.key, among)
    rest = Entries(sums.key, sums.week, sums.n * calm, sums.f * calm, sums.checks13)
    remedied = select(Remedy.person_id).where(type_coerce(Remedy.week, Integer).between(low + 1, high))
    person, competency, week, _n_raw, fails, standard = cells.read(
        session, cells.week_number.between(low + 1, high) & Cell.person_id.in_(remedied)
    )
    key = standing.keys(person, competency)
    mine = np.isin(key, among)
    single = Entries(
        key[mine], week[mine], sign * standard[mine], sign * fails[mine].astype(float), np.zeros(int(mine.sum()))
    )
    return rest, single


def _sums(session: Session, low: int, high: int, sign: int) -> Entries:
    """Decayed sums of the weeks after `low` up to `high`, as of `high`, and by how much the 13-week count moved."""
    weeks = range(low + 1, high + 1)
    among = sorted({*weeks, *(week - WINDOW_WEEKS for week in weeks)})
    found = cells.read(session, cells.week_number.in_(among))
    inside = found.week > low
    weight = sign * np.where(inside, DECAY ** (high - found.week).astype(float), 0.0)
    # weeks that come into the 13, less those that fall out of them
    count = sign * (inside.astype(int) - (found.week <= high - WINDOW_WEEKS).astype(int))
    known, index = np.unique(standing.keys(found.person, found.competency), return_inverse=True)

    def total(amount: Floats) -> Floats:
        return np.bincount(index, amount, len(known)).astype(float)

    n, f, checks = total(weight * found.standard), total(weight * found.fails), total(count * found.n_raw)
    return Entries(known, np.full(len(known), high), n, f, checks)


def _late(session: Session, as_of: date) -> Entries:
    """What cells would have held less or more, had they been made at the end of that day."""
    unknown, week = snapshot.unknown(session, as_of), week_number(as_of)
    if unknown.known is None:
        return Entries(*(np.zeros(0, kind) for kind in (np.int64, np.int64, float, float, float)))
    now = snapshot.pick(cells.read(session, Cell.week.in_(unknown.weeks)), unknown.keys)
    then = unknown.known
    columns = [
        (standing.keys(then.person, then.competency), then.week, then.standard, then.fails, then.n_raw),
        (standing.keys(now[0], now[1]), now[2], -now[5], -now[4], -now[3]),
    ]
    key, when, n, f, checks = (np.concatenate(pair) for pair in zip(*columns, strict=True))
    inside = when > week - WINDOW_WEEKS
    return Entries(key, when, n, f.astype(float), np.where(inside, checks, 0).astype(float))
