"""Who is ready for a launch, by site: modules done, at a delivery, quiz passed, and a trainer there.

Counted for the teams in the viewer's scope alone, as they are on that day, in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Membership, UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, belongings, members_on, places
from app.accounts.reach import unit_scope
from app.cohorts.deliveries.cascade import reached_people
from app.cohorts.deliveries.models import DeliverySeat
from app.cohorts.launches.models import Launch
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.services import holding
from app.curriculum.models import Assignment, AssignmentState, Module
from app.curriculum.queries import still_counts


@dataclass(frozen=True, slots=True)
class Ready:
    """A site: its people, how many of them meet each requirement and all of them, and the trainers there."""

    unit_id: int
    name: str
    people: int
    learned: int
    taught: int
    passed: int
    ready: int
    trainers: int

    @property
    def plain(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def target_teams(session: Session, viewer: User | None, launch: Launch) -> dict[int, Place]:
    """The teams a launch is for; within the viewer's scope, or all of them without one."""
    scope = None if viewer is None else set(session.scalars(unit_scope(viewer, Permission.SEE_COHORTS)))
    units = {unit.id for unit in launch.units}
    return {
        number: place
        for number, place in places(session).items()
        if place.kind is UnitKind.TEAM and units & set(place.ancestors) and (scope is None or number in scope)
    }


def readiness(session: Session, viewer: User | None, launch: Launch, day: date) -> list[Ready]:
    """Each site of a launch on that day, by path."""
    teams = target_teams(session, viewer, launch)
    counts = _by_team(session, launch, teams, day)
    trainers, named = _trainers(session, launch, day), places(session)
    found = []
    for site in sorted({place.site_id for place in teams.values()}, key=lambda number: named[number].path):
        below = [counts.get(number, (0,) * 5) for number, place in teams.items() if place.site_id == site]
        people, learned, taught, passed, ready = (sum(column) for column in zip(*below, strict=True))
        there = sum(1 for place in trainers if site in place.ancestors)
        name = named[site].path.replace("/", " · ")
        found.append(Ready(site, name, people, learned, taught, passed, ready, there))
    return found


def whole(sites: Iterable[Ready], name: str) -> Ready:
    """All sites together."""
    rows = list(sites)
    sums = {
        key: sum(getattr(one, key) for one in rows)
        for key in ("people", "learned", "taught", "passed", "ready", "trainers")
    }
    return Ready(0, name, **sums)


def _by_team(
    session: Session, launch: Launch, teams: Iterable[int], day: date
) -> dict[int, tuple[int, int, int, int, int]]:
    """(people, learned, taught, passed, ready) by team."""
    members = members_on(day).where(Membership.team_id.in_(teams)).subquery("members")
    person = members.c.user_id
    learned, taught, passed = _learned(launch, person), _taught(launch, person), _passed(launch, person)

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    rows = session.execute(
        select(
            members.c.team_id,
            func.count(),
            counted(learned),
            counted(taught),
            counted(passed),
            counted(and_(learned, taught, passed)),
        ).group_by(members.c.team_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4], row[5]) for row in rows}


def _learned(launch: Launch, person: Any) -> ColumnElement[bool]:
    asked = [module.id for module in launch.modules]
    if not asked:
        return true()
    done = (
        select(Assignment.person_id)
        .join(Module, Module.id == Assignment.module_id)
        .where(Assignment.module_id.in_(asked), Assignment.state == AssignmentState.COMPLETED, still_counts())
        .group_by(Assignment.person_id)
        .having(func.count(Assignment.module_id.distinct()) == len(asked))
    )
    return person.in_(done)


def _taught(launch: Launch, person: Any) -> ColumnElement[bool]:
    return true() if launch.cohort_id is None else person.in_(reached_people(launch.cohort_id))


def _passed(launch: Launch, person: Any) -> ColumnElement[bool]:
    if launch.cohort_id is None:
        return true()
    enough = reached_people(launch.cohort_id).where(DeliverySeat.after >= launch.pass_mark)
    return person.in_(enough)


def _trainers(session: Session, launch: Launch, day: date) -> Sequence[Place]:
    """Where those belong who may teach it on the day of going live."""
    if launch.cohort is None:
        return []
    latest = select(TrainerLicence).where(
        TrainerLicence.programme_id == launch.cohort.programme_id, TrainerLicence.is_latest
    )
    found = session.scalars(latest.options(joinedload(TrainerLicence.programme))).all()
    held, by = holding(session, found), max(day, launch.go_live_on)
    able = {one.person_id for one in found if held[one.id].until >= by}
    return list(belongings(session, able, day).values())


def missing_people(session: Session, viewer: User, launch: Launch, day: date, unit_id: int | None) -> Any:
    """Who is not ready yet, by name: (number, name, learned, taught, passed)."""
    teams = target_teams(session, viewer, launch)
    asked = [number for number, place in teams.items() if unit_id is None or unit_id in place.ancestors]
    members = members_on(day).where(Membership.team_id.in_(asked)).with_only_columns(Membership.user_id)
    parts = [_learned(launch, User.id), _taught(launch, User.id), _passed(launch, User.id)]
    said = [case((one, 1), else_=0) for one in parts]
    return select(User.id, User.name, *said).where(User.id.in_(members), ~and_(*parts)).order_by(User.name, User.id)
