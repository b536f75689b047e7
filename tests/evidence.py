"""Weekly evidence for tests, a pair at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import pytest
from sqlalchemy import delete

from app.core.clock import monday_of_number, week_number
from app.gaps import board, cells, decisions, services, standing
from app.gaps.board import Board
from app.gaps.models import Cell


class Pair(NamedTuple):
    """The evidence of one person on one competency in one week."""

    person_id: int
    competency_id: int
    week: date
    n_raw: int
    fails: int
    standard: float


def all_cells(session: Any, where: Any = None) -> list[Pair]:
    """Everything that is kept, in order."""
    rows = zip(*(column.tolist() for column in cells.read(session, where)), strict=True)
    return sorted(Pair(person, about, monday_of_number(week), *rest) for person, about, week, *rest in rows)


def as_recounted(session: Any, *, on: datetime) -> Board | None:
    """Hold all evidence, and where pairs stand at the last decision, against folding all findings from scratch.

    Returns where they stand; none before any week is decided.
    """
    services.settle(session, on=on)
    assert services.rebuild(session, check=True) == 0
    last = decisions.last_decided(session)
    if last is None:
        return None
    where = standing.belonging(session, standing.sunday(last))
    fresh = standing.fold(session, week_number(last), where)
    kept = board.load(session)
    at, known = standing.place(kept.key, standing.keys(fresh.person, fresh.competency))
    assert known.all()
    left = 2.0 ** ((kept.decided[at] - week_number(last)) / 8)
    assert kept.n[at] * left == pytest.approx(fresh.evidence.n, abs=1e-9)
    assert kept.f[at] * left == pytest.approx(fresh.evidence.f, abs=1e-9)
    assert kept.since[at].tolist() == fresh.evidence.since.tolist()
    assert kept.checks13[at].tolist() == fresh.window.checks.tolist()
    assert kept.fails13[at].tolist() == fresh.window.fails.tolist()
    told_of_none = np.setdiff1d(np.arange(len(kept)), at)
    assert not kept.n[told_of_none].any()
    assert not kept.checks13[told_of_none].any()
    return kept


def put_cell(
    session: Any, *, person_id: int, competency_id: int, week: date, n_raw: int, fails: int, standard: float
) -> Pair:
    """Add the evidence of one pair in one week, in place of what there was of it."""
    one = Pair(person_id, competency_id, week, n_raw, fails, standard)
    put_cells(session, [one])
    return one


def put_cells(session: Any, new: Sequence[Pair]) -> None:
    """Add evidence of one person, in place of what there was of each pair and week."""
    here = (Cell.person_id == new[0].person_id) & Cell.week.in_({one.week for one in new})
    pairs = {(one.competency_id, one.week): one for one in (*all_cells(session, here), *new)}
    session.execute(delete(Cell).where(here))
    columns = zip(*(pair._replace(week=week_number(pair.week)) for pair in pairs.values()), strict=True)
    cells.write(session, cells.Cells(*(np.array(column) for column in columns)))
