"""For threads: how what checks are held against changed, and what that did to gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audits.models import Criterion
from app.core.clock import day_of
from app.core.i18n import Bilingual
from app.gaps.models import Gap
from app.gaps.redefining.models import Redefinition, RedefinitionKind, Rederived
from app.remedies.entries import Redefined, Standing


def of_gaps(session: Session, gaps: Sequence[Gap], since: datetime, zone: str) -> Iterator[tuple[Gap, Redefined]]:
    """The changes since a moment that concern these gaps, with what they did to each: three queries, however many."""
    by_competency = {gap.competency_id: gap for gap in gaps}
    rows = of_competencies(session, by_competency, since)
    if not rows:
        return
    ids = [row.id for row in rows]
    wanted = select(Rederived).where(Rederived.redefinition_id.in_(ids), Rederived.gap_id.in_([gap.id for gap in gaps]))
    moved = {(one.redefinition_id, one.gap_id): one for one in session.scalars(wanted)}
    named = names(session, rows)
    for row in rows:
        gap = by_competency[row.competency_id]
        yield gap, told(row, named, day_of(row.at, zone), moved.get((row.id, gap.id)))


def of_competencies(session: Session, ids: Sequence[int] | dict[int, Gap], since: datetime) -> list[Redefinition]:
    """The changes of these competencies since a moment."""
    statement = (
        select(Redefinition)
        .where(Redefinition.competency_id.in_(ids), Redefinition.at >= since)
        .options(joinedload(Redefinition.by))
        .order_by(Redefinition.id)
    )
    return list(session.scalars(statement))


def names(session: Session, rows: Sequence[Redefinition]) -> dict[int, Bilingual]:
    """The text of each criterion named in these changes, by identity, as its last version has it."""
    wanted = {one for row in rows for key in ("came", "left") for one in row.detail.get(key, ())}
    if not wanted:
        return {}
    criteria = session.scalars(select(Criterion).where(Criterion.identity_id.in_(wanted)).order_by(Criterion.id))
    return {one.identity_id: one.text for one in criteria}


def told(row: Redefinition, named: dict[int, Bilingual], day: date, moved: Rederived | None) -> Redefined:
    """A change as an entry of a thread."""
    detail, by = row.detail, row.by.name if row.by is not None else None
    both = None if moved is None else (
        Standing(moved.probability_before, moved.checks_before, moved.fails_before),
        Standing(moved.probability_after, moved.checks_after, moved.fails_after),
    )  # fmt: skip
    if row.kind is RedefinitionKind.TARGET:
        return Redefined(day, row.week, by, (detail["before"], detail["after"]), moved=both)
    came, left = (tuple(named[one] for one in detail[key] if one in named) for key in ("came", "left"))
    return Redefined(day, row.week, by, None, came, left, both)
