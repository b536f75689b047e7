"""The weekly decision: evidence one week further, and the states that follow, for everybody at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, case, func, select, type_coerce
from sqlalchemy.orm import Session

from app.core import bulk
from app.core.clock import monday_of_number, week_number
from app.gaps import decay, posterior, rules, standing, states
from app.gaps.models import Cell, Decision, Gap, Transition
from app.gaps.rules import ACTIVE, GapState

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

OPENED = (GapState.OPEN.code, GapState.RELAPSED.code)
ACTIVE_CODES = tuple(s.code for s in ACTIVE)
DRIFT = 0.005  # a probability that moved less is not written


@dataclass(slots=True)
class Board:
    """All gaps as arrays, sorted by key; `decided` is the week number their evidence stands at."""

    id: Ints
    key: Ints
    state: NDArray[np.int8]
    n: Floats
    f: Floats
    since: Ints
    checks13: Ints
    fails13: Ints
    expected13: Floats
    decided: Ints
    last_week: Ints
    closed: Ints  # number of the week it was closed in last, −1
    probability: Floats
    mean: Floats

    @property
    def person(self) -> Ints:
        return self.key >> 20

    @property
    def competency(self) -> Ints:
        return self.key & 0xFFFFF


@dataclass(frozen=True, slots=True)
class Decided:
    """What a weekly decision did."""

    week: date
    pairs: int
    opened: int
    closed: int
    relapsed: int


def load(session: Session) -> Board:
    """Read all gaps."""
    code = case(*((Gap.state == state, state.code) for state in rules.STATES[1:]), else_=0)
    statement = select(
        Gap.id, Gap.person_id, Gap.competency_id, code, Gap.n, Gap.f, Gap.since, Gap.checks13, Gap.fails13, Gap.expected13,
        Gap.decided_week, func.coalesce(Gap.last_week, -1), func.coalesce(Gap.closed_week, -1), Gap.probability, Gap.mean,
    )  # fmt: skip
    kinds: tuple[bulk.Kind, ...] = (
        "i8",
        "i8",
        "i8",
        "i8",
        "f8",
        "f8",
        "i8",
        "i8",
        "i8",
        "f8",
        "i8",
        "i8",
        "i8",
        "f8",
        "f8",
    )
    found = bulk.arrays(session, statement, *kinds)
    key = standing.keys(found[1], found[2])
    order = np.argsort(key)
    if (order[1:] > order[:-1]).all():
        order = np.arange(len(key))
    gap_id, _p, _c, state, n, f, since, checks13, fails13, expected13, decided, last, closed, probability, mean = (
        a[order] for a in found
    )
    return Board(
        id=gap_id, key=key[order], state=state.astype(np.int8), n=n, f=f, since=since, checks13=checks13, fails13=fails13,
        expected13=expected13, decided=decided, last_week=last, closed=closed, probability=probability, mean=mean,
    )  # fmt: skip


def admit(session: Session, week: int, where: standing.Belonging) -> None:
    """Give each pair that has cells up to `week` and no gap yet its row, folded up to the week before."""
    missing = (
        select(Cell.person_id, Cell.competency_id)
        .outerjoin(Gap, (Gap.person_id == Cell.person_id) & (Gap.competency_id == Cell.competency_id))
        .where(type_coerce(Cell.week, Integer) <= week, Gap.id.is_(None))
        .distinct()
    )
    person, competency = bulk.arrays(session, missing, "i8", "i8")
    if not len(person):
        return
    new = np.sort(standing.keys(person, competency))
    people = np.unique(person).tolist()
    before = standing.fold(
        session, week - 1, where, people=people if len(people) <= bulk.BLOCK // 40 else None, pairs=new
    )
    at, known = standing.place(standing.keys(before.person, before.competency), new)
    target = standing.targets(session)

    def of(values: NDArray[np.float64] | Ints) -> list[float]:
        return np.where(known, values[at], 0).tolist() if len(values) else [0] * len(new)

    evidence, window = before.evidence, before.window
    allowed = [1 - target[c] for c in (new & 0xFFFFF).tolist()]
    expected = [s * a for s, a in zip(of(window.standard), allowed, strict=True)]
    last = [w if w > 0 else None for w in of(before.last_week)]
    rows = zip(
        (new >> 20).tolist(), (new & 0xFFFFF).tolist(), [GapState.NONE.value] * len(new), [week - 1] * len(new), of(evidence.n),
        of(evidence.f), of(evidence.since), of(window.checks), of(window.fails), expected, last,
        [0.0] * len(new), [0.0] * len(new), strict=True,
    )  # fmt: skip
    names = [
        "person_id", "competency_id", "state", "decided_week", "n", "f", "since", "checks13", "fails13", "expected13",
        "last_week", "mean", "probability",
    ]  # fmt: skip
    bulk.insert(session, Gap, names, rows, raw=True)


def decide(
    session: Session, week: date, *, on: datetime, effects_id: int | None, replayed: bool, rewritten: bool = False
) -> Decided:
    """Decide one week, whose cells are settled: everybody's evidence one week further, and the states that follow.

    Writes what changed: gaps, their transitions, and the decision itself.
    """
    number = week_number(week)
    where = standing.belonging(session, standing.sunday(week))
    admit(session, number, where)
    board = load(session)
    before = board.state.copy()
    target = standing.targets(session)
    goal = np.array([target[c] for c in board.competency.tolist()], dtype=float) if len(board.key) else np.zeros(0)
    touched, completed = _advance(session, board, number, where, goal)
    board.mean = posterior.expected_rates(standing.groups(where, board.person, board.competency), board.n, board.f)
    belief = posterior.believe(board.n, board.f, board.mean)
    probability = belief.probability(goal) if len(goal) else goal
    never = board.closed < 0
    signals = states.Signals(
        probability=probability,
        fails13=board.fails13,
        checks13=board.checks13,
        since=board.since,
        completed=completed,
        weeks_since_closed=np.where(never, states.NEVER, number - board.closed),
        closed_by_hand=np.zeros(len(board.key), dtype=bool),
    )
    board.state = states.decide(board.state, signals)
    moved = board.state != before
    changed = touched | moved | (np.abs(probability - board.probability) > DRIFT)
    board.probability = probability
    _write(session, board, number, changed)
    decided = _record(session, board, before, np.flatnonzero(moved), week, effects_id, replayed, rewritten)
    session.add(
        Decision(
            week=week, decided_at=on, effects_id=effects_id, pairs=decided.pairs, opened=decided.opened,
            closed=decided.closed, relapsed=decided.relapsed, replayed=replayed,
        )
    )  # fmt: skip
    session.flush()
    return decided


def _advance(
    session: Session, board: Board, week: int, where: standing.Belonging, goal: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Bring evidence and the 13-week sums to the end of `week`; returns what was touched, and completed a remedy."""
    size = len(board.key)
    checks, fails, worth = _cell_sums(session, board.key, week)
    old_checks, old_fails, old_worth = _cell_sums(session, board.key, week - rules.WINDOW_WEEKS)
    completions, moves = standing.events(session, where, board.key, week=week)
    completed = decay.happened(completions, size, week)
    halved = decay.happened(moves, size, week)
    before = decay.Evidence(board.n, board.f, board.since)
    weeks = np.maximum(week - board.decided, 0)
    after = decay.step(before, checks, fails, worth, completed=completed, moved=halved, weeks=weeks)
    board.n, board.f, board.since = after.n, after.f, after.since
    board.checks13 = board.checks13 + checks - old_checks
    board.fails13 = board.fails13 + fails - old_fails
    expected = board.expected13 + (worth - old_worth) * (1 - goal)
    board.expected13 = np.where(board.checks13 > 0, np.maximum(expected, 0), 0)
    board.last_week = np.where(checks > 0, week, board.last_week)
    board.decided = np.full(size, week, dtype=np.int64)
    return (checks > 0) | (old_checks > 0) | completed | halved, completed


def _cell_sums(session: Session, known: Ints, week: int) -> tuple[Ints, Ints, Floats]:
    """Raw checks, fails and standard checks of each pair in one week."""
    person, competency, _week, n_raw, fails, standard = standing.read_cells(
        session, type_coerce(Cell.week, Integer) == week
    )
    at, found = standing.place(known, standing.keys(person, competency))
    sums = np.zeros(len(known), np.int64), np.zeros(len(known), np.int64), np.zeros(len(known))
    for total, values in zip(sums, (n_raw, fails, standard), strict=True):
        total[at[found]] = values[found]
    return sums


def _write(session: Session, board: Board, week: int, changed: NDArray[np.bool_]) -> None:
    """Write the evidence of the pairs that changed."""
    bulk.update(
        session,
        Gap,
        "id",
        {
            "id": board.id[changed],
            "n": board.n[changed],
            "f": board.f[changed],
            "since": board.since[changed],
            "checks13": board.checks13[changed],
            "fails13": board.fails13[changed],
            "expected13": board.expected13[changed],
            "probability": board.probability[changed],
            "mean": board.mean[changed],
            "decided_week": board.decided[changed],
            "last_week": board.last_week[changed],
        },
    )


def _record(
    session: Session,
    board: Board,
    before: NDArray[np.int8],
    moved: Ints,
    week: date,
    effects_id: int | None,
    replayed: bool,
    rewritten: bool,
) -> Decided:
    """Write the transitions of a week, and the states they lead to."""
    names = rules.decode(board.state[moved])
    rows = [
        (
            int(board.id[i]), week_number(week), rules.STATES[before[i]].value, state.value, float(board.probability[i]),
            float(board.n[i]), float(board.f[i]), int(board.checks13[i]), int(board.fails13[i]), int(board.since[i]),
            effects_id, replayed, rewritten,
        )
        for i, state in zip(moved.tolist(), names, strict=True)
    ]  # fmt: skip
    columns = [
        "gap_id", "week", "from_state", "to_state", "probability", "n", "f", "checks13", "fails13", "since", "effects_id",
        "replayed", "rewritten",
    ]  # fmt: skip
    bulk.insert(session, Transition, columns, rows, raw=True)
    after = board.state[moved]
    opened = np.isin(after, OPENED) & ~np.isin(before[moved], ACTIVE_CODES)
    closed = after == GapState.CLOSED.code
    now = {"id": board.id[moved], "state": np.array([n.value for n in names], dtype=object)}
    bulk.update(session, Gap, "id", {**now, "state_week": np.full(len(moved), week_number(week))})
    weeks = np.full(len(moved), week_number(week))
    bulk.update(session, Gap, "id", {"id": board.id[moved][closed], "closed_week": weeks[closed]})
    days = np.array([standing.sunday(week)] * int(opened.sum()), dtype=object)
    bulk.update(session, Gap, "id", {"id": board.id[moved][opened], "opened_on": days})
    session.expire_all()
    return Decided(
        week=week,
        pairs=len(board.key),
        opened=int((after == GapState.OPEN.code)[opened].sum()),
        closed=int(closed.sum()),
        relapsed=int((after == GapState.RELAPSED.code).sum()),
    )


def last_decided(session: Session) -> date | None:
    """The Monday of the last decided week."""
    return session.scalar(select(func.max(Decision.week)))


def is_decided(session: Session, week: date) -> bool:
    """Whether a week has been decided."""
    return session.get(Decision, week) is not None


def weeks_between(first: date, last: date) -> Sequence[date]:
    """The Mondays from the week of `first` to the week of `last`."""
    start, end = week_number(first), week_number(last)
    return [monday_of_number(w) for w in range(start, end + 1)]


__all__ = ["Board", "Decided", "admit", "decide", "is_decided", "last_decided", "load", "weeks_between"]
