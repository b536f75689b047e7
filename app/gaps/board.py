"""The board: where every pair stands after the last decided week, as arrays; kept packed, a row a person.

Figures of gaps are written to their rows too, for lists and screens, where they are worth showing: those of pairs at
rest below `rules.LEAST_SAID` are not (see `models.Gap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, case, func, select, text, true, type_coerce
from sqlalchemy.orm import Session

from app.core import bulk
from app.gaps import cells, rules, standing
from app.gaps.models import MOVED, Gap, Tally
from app.gaps.rules import Bools, Codes, Floats, GapState, Ints

LINE = np.dtype(
    [
        ("competency", "<i4"), ("since", "<i4"), ("checks13", "<i4"), ("fails13", "<i4"), ("last_week", "<i4"), ("gap", "<i8"),
        ("n", "<f8"), ("f", "<f8"), ("mean", "<f8"), ("probability", "<f8"), ("expected13", "<f8"),
    ]
)  # fmt: skip
"""One pair in a packed row."""

AT_REST = (GapState.NONE.code, GapState.ARCHIVED.code)
MANY = 5_000  # people: more are read whole


@dataclass(slots=True)
class Board:
    """Pairs as arrays, sorted by key; `decided` is the week number their evidence stands at.

    `probability` is 0 where no decision could hang on it: at rest, with too few fails or surely too unlikely to be watched.
    """

    id: Ints
    key: Ints
    n: Floats
    f: Floats
    since: Ints
    checks13: Ints
    fails13: Ints
    expected13: Floats
    decided: Ints
    last_week: Ints
    probability: Floats
    mean: Floats

    @property
    def person(self) -> Ints:
        return self.key >> 20

    @property
    def competency(self) -> Ints:
        return self.key & 0xFFFFF

    def __len__(self) -> int:
        return len(self.key)


def load(session: Session, people: Sequence[int] | None = None) -> Board:
    """The board of everybody, or of some."""
    among = true() if people is None or len(people) > MANY else Tally.person_id.in_(people)
    statement = select(Tally.person_id, type_coerce(Tally.week, Integer), Tally.packed).where(among)
    person, week, packed = bulk.arrays(session, statement.order_by(Tally.person_id), "i8", "i8", "O")
    sizes = np.fromiter(map(len, packed), np.int64, len(packed)) // LINE.itemsize
    lines: Any = np.frombuffer(b"".join(packed), LINE)
    return Board(
        id=lines["gap"].astype(np.int64),
        key=standing.keys(np.repeat(person, sizes), lines["competency"].astype(np.int64)),
        decided=np.repeat(week, sizes),
        **{name: lines[name].astype(np.int64) for name in ("since", "checks13", "fails13", "last_week")},
        **{name: lines[name].astype(float) for name in ("n", "f", "mean", "probability", "expected13")},
    )


def states(session: Session, board: Board) -> tuple[Codes, Ints]:
    """State of each pair, and the number of the week it was closed in last (−1: never)."""
    code = case(*((Gap.state == state, state.code) for state in rules.STATES[1:]), else_=0)
    statement = select(Gap.person_id, Gap.competency_id, code, func.coalesce(Gap.closed_week, -1)).where(text(MOVED))
    person, competency, found, closed = bulk.arrays(session, statement, "i8", "i8", "i8", "i8")
    at, known = standing.place(board.key, standing.keys(person, competency))
    state, last = np.zeros(len(board), np.int8), np.full(len(board), -1, np.int64)
    state[at[known]], last[at[known]] = found[known], closed[known]
    return state, last


def store(session: Session, board: Board, people: Ints | None = None, *, known: Ints | None = None) -> None:
    """Keep the board of everybody on it, or of some of them, at the week their pairs stand at.

    `known` are those who have been kept before, where that is at hand.
    """
    if not len(board):
        return
    person = board.person
    starts = np.flatnonzero(np.r_[True, person[1:] != person[:-1]])
    who, weeks = person[starts], board.decided[starts]
    lines: Any = np.empty(len(board), LINE)
    lines["competency"], lines["gap"] = board.competency, board.id
    for name in LINE.names or ():
        if name not in ("competency", "gap"):
            lines[name] = getattr(board, name)
    packed = np.empty(len(who), dtype=object)
    packed[:] = cells.slices(lines, starts)
    wanted = np.ones(len(who), bool) if people is None else np.isin(who, people)
    is_known = np.isin(who, bulk.arrays(session, select(Tally.person_id), "i8")[0] if known is None else known)
    old, new = wanted & is_known, wanted & ~is_known
    bulk.update(session, Tally, "person_id", {"person_id": who[old], "week": weeks[old], "packed": packed[old]})
    rows = zip(who[new].tolist(), weeks[new].tolist(), packed[new].tolist(), strict=True)
    bulk.insert(session, Tally, ["person_id", "week", "packed"], rows, raw=True)


def show(session: Session, board: Board, chosen: Bools) -> None:
    """Write the figures of these pairs to their gaps."""
    last = np.array([w if w > 0 else None for w in board.last_week[chosen].tolist()], dtype=object)
    names = ("id", "n", "f", "since", "checks13", "fails13", "expected13", "probability", "mean")
    columns = {name: getattr(board, name)[chosen] for name in names}
    bulk.update(session, Gap, "id", {**columns, "decided_week": board.decided[chosen], "last_week": last})


def worth_showing(state: Codes, before: Floats, after: Floats) -> Bools:
    """Pairs whose figures are written: by state, or by the probability before or after."""
    return ~np.isin(state, AT_REST) | (np.maximum(before, after) >= rules.LEAST_SAID)


def admit(session: Session, board: Board, keys: Ints, week: int, where: standing.Belonging) -> Board:
    """The board with those of these pairs that were not on it, folded up to the end of `week`; each gets its gap."""
    _at, known = standing.place(board.key, keys)
    new = np.unique(keys[~known])
    if not len(new):
        return board
    people = np.unique(new >> 20).tolist()
    few = people if len(people) <= bulk.BLOCK // 40 else None
    before = standing.fold(session, week, where, people=few, pairs=new)
    at, found = standing.place(standing.keys(before.person, before.competency), new)
    allowed = 1 - goals(session, new & 0xFFFFF)

    def of(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(found, values[at], 0) if len(values) else np.zeros(len(new), values.dtype)

    nothing = np.zeros(len(new))
    added = Board(
        id=_gaps(session, new, few, week), key=new, n=of(before.evidence.n), f=of(before.evidence.f),
        since=of(before.evidence.since), checks13=of(before.window.checks), fails13=of(before.window.fails),
        expected13=of(before.window.standard) * allowed, decided=np.full(len(new), week),
        last_week=np.where(found, of(before.last_week), -1), probability=nothing, mean=nothing,
    )  # fmt: skip
    return _merged(board, added)


def goals(session: Session, competency: Ints) -> Floats:
    """The target of each of these competencies."""
    target = standing.targets(session)
    ids, index = standing.distinct_small(competency)
    return np.array([target[one] for one in ids.tolist()], dtype=float)[index]


def means(session: Session, people: Sequence[int]) -> dict[tuple[int, int], float]:
    """The expected fail rate of each pair of these people, as of the last decision that had one."""
    board = load(session, people)
    pairs = zip(board.person.tolist(), board.competency.tolist(), board.mean.tolist(), strict=True)
    return {(person, competency): mean for person, competency, mean in pairs if mean}


def _gaps(session: Session, keys: Ints, people: Sequence[int] | None, week: int) -> Ints:
    """The ids of the gaps of these pairs, made where there are none."""
    among = true() if people is None else Gap.person_id.in_(people)
    statement = select(Gap.id, Gap.person_id, Gap.competency_id).where(among)
    ids, person, competency = bulk.arrays(session, statement, "i8", "i8", "i8")
    order = np.argsort(standing.keys(person, competency))
    at, known = standing.place(standing.keys(person, competency)[order], keys)
    found = np.zeros(len(keys), np.int64)
    found[known] = ids[order][at[known]]
    missing = np.flatnonzero(~known)
    if len(missing):
        first = bulk.reserve_ids(session, Gap, len(missing))
        found[missing] = first + np.arange(len(missing))
        _insert(session, found[missing], keys[missing], week)
    return found


def _insert(session: Session, ids: Ints, keys: Ints, week: int) -> None:
    zero = {
        "n": 0.0,
        "f": 0.0,
        "mean": 0.0,
        "probability": 0.0,
        "expected13": 0.0,
        "since": 0,
        "checks13": 0,
        "fails13": 0,
    }
    columns = ["id", "person_id", "competency_id", "state", "decided_week", *zero]
    rest = (GapState.NONE.value, week, *zero.values())
    rows = zip(ids.tolist(), (keys >> 20).tolist(), (keys & 0xFFFFF).tolist(), strict=True)
    bulk.insert(session, Gap, columns, ((*row, *rest) for row in rows), raw=True)


def _merged(one: Board, other: Board) -> Board:
    order = np.argsort(np.concatenate([one.key, other.key]))
    return Board(
        **{f.name: np.concatenate([getattr(one, f.name), getattr(other, f.name)])[order] for f in fields(Board)}
    )


__all__ = ["Board", "admit", "goals", "load", "means", "show", "states", "store", "worth_showing"]
