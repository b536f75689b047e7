"""Deeds: another target from a week on, another map from now on; what was decided stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.models import Criterion, CriterionCompetency
from app.audits.services.telling import MapAsked
from app.core import headway, jobs
from app.core.clock import day_of, monday_of
from app.core.errors import Refused
from app.core.i18n import day as day_said
from app.curriculum import targets
from app.curriculum.models import Competency, CompetencyTarget
from app.curriculum.targets import TargetChange
from app.gaps.redefining import deriving, size
from app.gaps.redefining.jobs import SET_MAP, SET_TARGETS, map_path, target_path
from app.gaps.redefining.models import Redefinition, RedefinitionKind


def targets_changing(
    session: Session, *, changes: Sequence[TargetChange], by: User | None, on: datetime, later: bool = False
) -> None:
    """Write down targets from the next decision on or a later one, and derive evidence where they hold already.

    Before the first decision nothing was decided by another target: one without a week holds as if it always had. With
    `later`, a job does all of it in a large programme.
    """
    following = deriving.next_week(session)
    for one in changes:
        if following is not None and one.week is not None and one.week < following:
            one.refused = _(
                "Past decisions stay: the target of %(code)s can change from the week of %(day)s on.",
                code=one.competency.code,
                day=day_said(following, "long"),
            )
    if any(one.refused for one in changes):
        return
    if later and by is not None and size.is_large(session):
        _leave(session, changes, by)
        return
    outright = set()
    for one in changes:
        week = one.week or following
        if week is None:
            one.competency.target = one.target
            outright.add(one.competency.id)
            targets.note(session, one, None, by=by, on=on)
        else:
            targets.put(session, one, week, by=by, on=on)
    if outright:
        session.flush()
        deriving.derive(session, outright, (), ())
    take_effect(session, following or _week_of(on), on=on)


def _leave(session: Session, changes: Sequence[TargetChange], by: User) -> None:
    """Let a job change these targets."""
    told = [(one.competency.id, one.target, one.week.isoformat() if one.week else None) for one in changes]
    headway.expect(session, [target_path(one.competency.id) for one in changes])
    jobs.enqueue(session, SET_TARGETS, changes=told, by_id=by.id)
    for one in changes:
        one.waits = True


def map_changing(session: Session, *, asked: MapAsked, by: User) -> None:
    """In a large programme, let a job change what criteria tell of."""
    if not size.is_large(session):
        return
    links = {str(one): sorted(told) for one, told in asked.wanted.items()}
    headway.expect(session, [map_path(asked.card.id)])
    jobs.enqueue(session, SET_MAP, scorecard_id=asked.card.id, links=links, by_id=by.id)
    asked.waits = True


def take_effect(session: Session, week: date, *, on: datetime) -> None:
    """Hold evidence against the targets in force in a week, that of the next decision; the first time is told in the history."""
    wanted = targets.other(session, week)
    if not wanted:
        return
    changing = session.scalars(select(Competency).where(Competency.id.in_(wanted)).order_by(Competency.id)).all()
    notes = [note for one in changing if (note := _target_note(session, one, week, on=on)) is not None]
    for one in changing:
        one.target = wanted[one.id]
    session.add_all(notes)
    session.flush()
    deriving.derive(session, {one.id for one in changing}, (), notes)


def _target_note(session: Session, one: Competency, week: date, *, on: datetime) -> Redefinition | None:
    """What is told of a target that comes to hold for the first time; none when it only holds again."""
    rows = session.scalars(
        select(CompetencyTarget)
        .where(CompetencyTarget.competency_id == one.id, CompetencyTarget.valid_from <= week)
        .order_by(CompetencyTarget.valid_from)
    ).all()
    fresh = rows[-1].applied_at is None
    for row in rows:
        row.applied_at = row.applied_at or on
    if not fresh:
        return None
    return Redefinition(
        competency_id=one.id,
        kind=RedefinitionKind.TARGET,
        week=rows[-1].valid_from,
        at=on,
        by_id=rows[-1].set_by_id,
        detail={"before": one.target, "after": rows[-1].target},
    )


def drop_target(session: Session, row: CompetencyTarget, *, by: User, on: datetime) -> None:
    """Take back a target that does not hold yet."""
    following = deriving.next_week(session)
    if row.applied_at is not None or (following is not None and row.valid_from <= following):
        raise Refused(_("This target already applies. Set another one from a future week."))
    targets.note(session, TargetChange(row.competency, row.competency.target), row.valid_from, by=by, on=on)
    session.delete(row)
    session.flush()


def map_changed(session: Session, *, before: Mapping[int, Collection[int]], by: User | None, on: datetime) -> None:
    """Derive evidence under another map, and tell it in the gaps of each competency that gained or lost a criterion."""
    now: dict[int, set[int]] = {criterion: set() for criterion in before}
    links = select(CriterionCompetency.criterion_id, CriterionCompetency.competency_id)
    for criterion, competency in session.execute(links.where(CriterionCompetency.criterion_id.in_(before))):
        now[criterion].add(competency)
    identity = dict(session.execute(select(Criterion.id, Criterion.identity_id).where(Criterion.id.in_(before))).all())
    came: dict[int, set[int]] = {}
    left: dict[int, set[int]] = {}
    for criterion, old in before.items():
        for competency in now[criterion] - set(old):
            came.setdefault(competency, set()).add(identity[criterion])
        for competency in set(old) - now[criterion]:
            left.setdefault(competency, set()).add(identity[criterion])
    about = came.keys() | left.keys()
    notes = [
        Redefinition(
            competency_id=one,
            kind=RedefinitionKind.MAP,
            week=deriving.next_week(session) or _week_of(on),
            at=on,
            by_id=by.id if by is not None else None,
            detail={"came": sorted(came.get(one, ())), "left": sorted(left.get(one, ()))},
        )
        for one in sorted(about)
    ]
    session.add_all(notes)
    session.flush()
    deriving.derive(session, about, before, notes)


def _week_of(on: datetime) -> date:
    return monday_of(day_of(on, current_app.config["PROGRAMME_TIME_ZONE"]))
