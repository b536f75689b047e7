"""How far people are on their paths: looked up for many at once, and what opens next assigned to them.

Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts import record
from app.core.bulk import chunks
from app.curriculum.giving import assign_many, programme_day
from app.curriculum.models import OPEN_STATES, Assignment, AssignmentReason, AssignmentState, Module, ModuleState
from app.curriculum.paths import rules
from app.curriculum.paths.models import PathAssignment, PathStep
from app.curriculum.paths.rules import Known, Stand
from app.curriculum.queries import still_counts
from app.curriculum.quizzes.models import Attempt

FRESH = (AssignmentReason.GAP, AssignmentReason.RECERTIFICATION)
"""Paths given for these reasons are walked anew: nothing completed before counts."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Walk:
    """Where somebody stands on a path: each step, and the assignment it is done by."""

    given: PathAssignment
    steps: Sequence[PathStep]
    stands: dict[int, Stand]
    """By position."""
    assignments: dict[int, int] = field(default_factory=dict)
    """By module, the id of the assignment that counts, or that is open."""
    started: dict[int, datetime] = field(default_factory=dict)
    """By module, when what is open and begun was last looked at."""

    @property
    def next_step(self) -> PathStep | None:
        """Where to go on: what was begun last, else what is first, required before optional."""
        ready = [one for one in self.steps if self.stands[one.position] is Stand.OPEN]
        begun = [one for one in ready if one.module_id in self.started]
        if begun:
            return max(begun, key=lambda one: self.started[one.module_id])
        return min(ready, key=lambda one: (one.optional, one.position), default=None)


def look(session: Session, given: Sequence[PathAssignment]) -> list[Walk]:
    """Where each of them stands, in as many queries as there are blocks of people."""
    steps = _steps(session, {one.version_id for one in given})
    walks = []
    for block in chunks(list(given), 500):
        modules = {step.module_id for one in block for step in steps[one.version_id]}
        people = {one.person_id for one in block}
        facts = _assignments(session, people, modules)
        results = _results(session, people, modules)
        walks += [_walk(one, steps[one.version_id], facts, results) for one in block]
    return walks


def _steps(session: Session, version_ids: set[int]) -> dict[int, list[PathStep]]:
    found: dict[int, list[PathStep]] = {number: [] for number in version_ids}
    for step in session.scalars(
        select(PathStep)
        .where(PathStep.version_id.in_(version_ids))
        .options(joinedload(PathStep.module))
        .order_by(PathStep.version_id, PathStep.position)
    ):
        found[step.version_id].append(step)
    return found


def _assignments(session: Session, people: set[int], modules: set[int]) -> dict[Pair, list[Any]]:
    """What these people were given of these modules, the oldest first."""
    found: dict[Pair, list[Any]] = {}
    for row in session.execute(
        select(
            Assignment.id,
            Assignment.person_id,
            Assignment.module_id,
            Assignment.state,
            Assignment.completed_on,
            Assignment.score,
            func.coalesce(Assignment.seen_at, Assignment.started_at).label("started_at"),
            Assignment.from_history,
            Assignment.path_assignment_id,
            still_counts().label("counts"),
        )
        .join(Module, Module.id == Assignment.module_id)
        .where(Assignment.person_id.in_(people), Assignment.module_id.in_(modules))
        .order_by(Assignment.id)
    ):
        found.setdefault((row.person_id, row.module_id), []).append(row)
    return found


def _results(session: Session, people: set[int], modules: set[int]) -> dict[int, float]:
    """The result of the first attempt, by assignment."""
    ended = Attempt.number == 1, Attempt.ended_at.is_not(None), Attempt.score.is_not(None)
    rows = session.execute(
        select(Attempt.assignment_id, Attempt.score).where(
            Attempt.person_id.in_(people), Attempt.module_id.in_(modules), *ended
        )
    )
    return {assignment: score for assignment, score in rows if score is not None}


def _walk(
    given: PathAssignment,
    steps: Sequence[PathStep],
    facts: dict[Pair, list[Any]],
    results: dict[int, float],
) -> Walk:
    known, assignments, started = {}, {}, {}
    for step in steps:
        rows = [one for one in facts.get((given.person_id, step.module_id), ()) if _concerns(one, given)]
        if not rows:
            continue
        best = max(rows, key=lambda one: (one.state not in OPEN_STATES, one.id))
        under_way = best.state in OPEN_STATES
        known[step.module_id] = Known(not under_way, under_way, results.get(best.id, best.score))
        assignments[step.module_id] = best.id
        if under_way and best.started_at is not None:
            started[step.module_id] = best.started_at
    retired = {one.module_id for one in steps if one.module.state is not ModuleState.PUBLISHED}
    stands = rules.stands(steps, known, retired, in_order=given.version.in_order)
    return Walk(given, steps, stands, assignments, started)


def _concerns(one: Any, given: PathAssignment) -> bool:
    """Whether an assignment is a completion that counts on this path, a step of it that was spared, or still open."""
    if one.state is AssignmentState.COMPLETED:
        earlier = given.version.counts_earlier and given.reason not in FRESH and one.counts
        return bool(earlier or (one.completed_on is not None and one.completed_on >= given.assigned_on))
    if one.state is AssignmentState.WAIVED:
        return bool(one.path_assignment_id == given.id)
    return one.state in OPEN_STATES and not one.from_history


# --- Going on ---


def advance(session: Session, given: Iterable[PathAssignment], *, on: datetime) -> None:
    """Note what is done on these paths, assign the required steps that are open now, and complete what is walked."""
    walks = look(session, [one for one in given if one.state in OPEN_STATES])
    rows = []
    for walk in walks:
        one = walk.given
        one.done, one.total = rules.count(walk.steps, walk.stands)
        if rules.is_walked(walk.steps, walk.stands):
            _complete(session, one, on)
        else:
            rows += [_row(one, step, on) for step in walk.steps if _is_due(walk, step)]
    assign_many(session, rows, by=None, on=on)
    session.flush()


def follow(session: Session, assignment: Assignment, *, on: datetime, begins: bool = True) -> None:
    """Something changed about a module somebody was given: go on with the paths of theirs that it is a step of.

    `begins`: the person did it, so that a path not begun yet now is.
    """
    versions = select(PathStep.version_id).where(PathStep.module_id == assignment.module_id)
    under_way = PathAssignment.person_id == assignment.person_id, PathAssignment.state.in_(OPEN_STATES)
    found = session.scalars(
        select(PathAssignment)
        .where(*under_way, PathAssignment.version_id.in_(versions))
        .options(joinedload(PathAssignment.version, innerjoin=True))
        .order_by(PathAssignment.id)
        .with_for_update(of=PathAssignment)
    ).all()
    if not found:
        return
    session.flush()
    for one in found:
        if begins and one.state is AssignmentState.ASSIGNED:
            one.state, one.started_at = AssignmentState.STARTED, on
    advance(session, found, on=on)


def _is_due(walk: Walk, step: PathStep) -> bool:
    open_now = walk.stands[step.position] is Stand.OPEN
    return open_now and not step.optional and step.module_id not in walk.assignments


def _row(one: PathAssignment, step: PathStep, on: datetime) -> dict[str, Any]:
    return {
        "person_id": one.person_id,
        "module_id": step.module_id,
        "reason": one.reason,
        "assigned_on": programme_day(on),
        "due_on": one.due_on,
        "gap_id": one.gap_id,
        "path_assignment_id": one.id,
        "assigned_by_id": one.assigned_by_id,
    }


def _complete(session: Session, one: PathAssignment, on: datetime) -> None:
    one.state, one.completed_at, one.completed_on = AssignmentState.COMPLETED, on, programme_day(on)
    one.started_at = one.started_at or on
    record.log(session, "path.completed", one, by=None, on=on, person_id=one.person_id, path=one.path.code)
