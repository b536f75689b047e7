"""Who is ready for a launch, by site: modules done, at a delivery, quiz passed, and a trainer there.

Counted for the teams in the viewer's scope alone, as they are on that day, in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, true, union_all
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

Counts = tuple[int, ...]
"""People, learned, taught, passed, ready."""
NOBODY: Counts = (0,) * 5


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
    return _targets(session, viewer, [launch], places(session))[launch.id]


def _targets(
    session: Session, viewer: User | None, launches: Sequence[Launch], known: Mapping[int, Place]
) -> dict[int, dict[int, Place]]:
    """The teams of each launch."""
    scope = None if viewer is None else set(session.scalars(unit_scope(viewer, Permission.SEE_COHORTS)))
    teams = {
        number: place
        for number, place in known.items()
        if place.kind is UnitKind.TEAM and (scope is None or number in scope)
    }
    asked = {launch.id: {unit.id for unit in launch.units} for launch in launches}
    return {
        one: {number: place for number, place in teams.items() if units & set(place.ancestors)}
        for one, units in asked.items()
    }


def readiness(session: Session, viewer: User | None, launch: Launch, day: date) -> list[Ready]:
    """Each site of a launch on that day, by path."""
    return readiness_of(session, viewer, [launch], day)[launch.id]


def readiness_of(
    session: Session, viewer: User | None, launches: Sequence[Launch], day: date
) -> dict[int, list[Ready]]:
    """Each site of each launch on that day, by path: as many queries for many launches as for one."""
    known = places(session)
    targets = _targets(session, viewer, launches, known)
    counts = _by_team(session, launches, targets, day)
    trainers = _trainers(session, launches, day)
    found = {}
    for launch in launches:
        teams = targets[launch.id]
        sites = sorted({place.site_id for place in teams.values()}, key=lambda number: known[number].path)
        found[launch.id] = [
            _at_site(known[site], teams, counts.get(launch.id, {}), trainers[launch.id]) for site in sites
        ]
    return found


def _at_site(site: Place, teams: Mapping[int, Place], counts: Mapping[int, Counts], trainers: Sequence[Place]) -> Ready:
    below = [counts.get(number, NOBODY) for number, place in teams.items() if place.site_id == site.id]
    people, learned, taught, passed, ready = (sum(column) for column in zip(*below, strict=True))
    there = sum(1 for place in trainers if site.id in place.ancestors)
    return Ready(site.id, site.path.replace("/", " · "), people, learned, taught, passed, ready, there)


def whole(sites: Iterable[Ready], name: str) -> Ready:
    """All sites together."""
    rows = list(sites)
    sums = {
        key: sum(getattr(one, key) for one in rows)
        for key in ("people", "learned", "taught", "passed", "ready", "trainers")
    }
    return Ready(0, name, **sums)


def _by_team(
    session: Session, launches: Sequence[Launch], targets: Mapping[int, Iterable[int]], day: date
) -> dict[int, dict[int, Counts]]:
    """(people, learned, taught, passed, ready) by launch and team."""
    if not launches:
        return {}
    found: dict[int, dict[int, Counts]] = {}
    for launch, team, *counts in session.execute(
        union_all(*(_counted(launch, targets[launch.id], day) for launch in launches))
    ):
        found.setdefault(launch, {})[team] = tuple(counts)
    return found


def _counted(launch: Launch, teams: Iterable[int], day: date) -> Select[*tuple[Any, ...]]:
    members = members_on(day).where(Membership.team_id.in_(teams)).subquery(f"members_{launch.id}")
    person = members.c.user_id
    learned, taught, passed = _learned(launch, person), _taught(launch, person), _passed(launch, person)

    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    return select(
        literal(launch.id),
        members.c.team_id,
        func.count(),
        counted(learned),
        counted(taught),
        counted(passed),
        counted(and_(learned, taught, passed)),
    ).group_by(members.c.team_id)


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


def _trainers(session: Session, launches: Sequence[Launch], day: date) -> dict[int, list[Place]]:
    """Where those belong who may teach each on the day of going live."""
    programmes = {one.id: one.cohort.programme_id for one in launches if one.cohort is not None}
    latest = select(TrainerLicence).where(
        TrainerLicence.programme_id.in_(set(programmes.values())), TrainerLicence.is_latest
    )
    licences = session.scalars(latest.options(joinedload(TrainerLicence.programme))).all() if programmes else []
    held = holding(session, licences) if licences else {}
    at = belongings(session, {one.person_id for one in licences}, day) if licences else {}
    found: dict[int, list[Place]] = {}
    for launch in launches:
        by, wanted = max(day, launch.go_live_on), programmes.get(launch.id)
        able = {one.person_id for one in licences if one.programme_id == wanted and held[one.id].until >= by}
        found[launch.id] = [at[person] for person in sorted(able) if person in at]
    return found


def missing_people(session: Session, viewer: User, launch: Launch, day: date, unit_id: int | None) -> Any:
    """Who is not ready yet, by name: (number, name, learned, taught, passed)."""
    teams = target_teams(session, viewer, launch)
    asked = [number for number, place in teams.items() if unit_id is None or unit_id in place.ancestors]
    members = members_on(day).where(Membership.team_id.in_(asked)).with_only_columns(Membership.user_id)
    parts = [_learned(launch, User.id), _taught(launch, User.id), _passed(launch, User.id)]
    said = [case((one, 1), else_=0) for one in parts]
    return select(User.id, User.name, *said).where(User.id.in_(members), ~and_(*parts)).order_by(User.name, User.id)
