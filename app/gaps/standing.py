"""Where pairs stand: read from their cells, as arrays. A pair is a person on a competency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, String, case, select, true, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import Place, is_member_on, places
from app.core import bulk
from app.core.clock import monday_of, week_number
from app.curriculum import targets as curriculum_targets
from app.curriculum.models import Competency
from app.gaps import cells, decay, posterior
from app.gaps.models import Cell, Remedy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def keys(person: Ints, competency: Ints) -> Ints:
    """One number for each person and competency."""
    return (person << 20) + competency


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where people belonged on a day, and when they changed lines of business before it. Arrays, in the order of `person`."""

    person: Ints
    line: Ints
    """Numbers that tell lines of business apart."""
    site: Ints
    moves: list[tuple[int, int]]
    """(person id, week number of the change)."""
    team: Ints
    """The team they are in on that day; −1 for who is in none, or has left."""
    places: dict[int, Place]
    """All units, as they are now."""


def belonging(session: Session, day: date, people: Sequence[int] | None = None) -> Belonging:
    """Line of business and site of everybody, or of some, who has been in a team by that day: the present one, or the last."""
    statement = (
        select(
            Membership.user_id,
            Membership.team_id,
            Membership.line_of_business,
            type_coerce(Membership.valid_from, String),
            case((is_member_on(day), Membership.team_id), else_=-1),
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.valid_from <= day, true() if people is None else Membership.user_id.in_(people))
        .order_by(Membership.user_id, Membership.valid_from, Membership.id)
    )
    person, team, own, since, present = bulk.arrays(session, statement, "i8", "i8", "O", "O", "i8")
    known = places(session)
    teams, index = np.unique(team, return_inverse=True)
    numbers: dict[str | None, int] = {}
    line = np.array(
        [numbers.setdefault(known[t].line_of_business, len(numbers)) for t in teams.tolist()], dtype=np.int64
    )[index]
    for row in np.flatnonzero(own.astype(bool)).tolist():
        line[row] = numbers.setdefault(own[row], len(numbers))
    same = person[1:] == person[:-1]
    moved = np.flatnonzero(same & (line[1:] != line[:-1])) + 1
    last = np.r_[~same, True][: len(person)]
    site = np.array([known[t].site_id for t in teams.tolist()], dtype=np.int64)[index]
    weeks = [week_number(date.fromisoformat(str(since[row]))) for row in moved.tolist()]
    moves = list(zip(person[moved].tolist(), weeks, strict=True))
    return Belonging(person[last], line[last], site[last], moves, present[last], known)


def groups(where: Belonging, person: Ints, competency: Ints) -> posterior.Groups:
    """The groups whose common rate each pair is drawn towards."""
    people, agent = distinct(person)
    at, found = place(where.person, people)
    line = np.where(found, where.line[at], -1) if len(where.person) else np.full(len(people), -1)
    site = np.where(found, where.site[at], -1) if len(where.person) else np.full(len(people), -1)
    about, subject = distinct_small(competency)
    of_line = np.unique(line, return_inverse=True)[1]
    of_site = np.unique(of_line * (site.max(initial=0) + 2) + site + 1, return_inverse=True)[1]
    return posterior.Groups(
        line=of_line[agent] * len(about) + subject, site=of_site[agent] * len(about) + subject, agent=agent
    )


def distinct(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values and the place of each among them, as `np.unique` has them; at once where they are sorted."""
    if len(values) and (values[1:] >= values[:-1]).all():
        first = np.r_[True, values[1:] != values[:-1]]
        return values[first], np.cumsum(first) - 1
    found, index = np.unique(values, return_inverse=True)
    return found, index


def distinct_small(values: Ints) -> tuple[Ints, Ints]:
    """As `distinct`, for small numbers that are not negative: by counting, without sorting."""
    there = np.bincount(values) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[values]


def targets(session: Session, day: date | None = None) -> dict[int, float]:
    """Target pass rate by competency id: what evidence is held against now, or was in force on a day."""
    held = dict(session.execute(select(Competency.id, Competency.target)).all())
    return held if day is None else held | curriculum_targets.in_force(session, monday_of(day))


def other_targets(session: Session, day: date) -> dict[int, float]:
    """The targets in force on a day where evidence is held against another one now."""
    return curriculum_targets.other(session, monday_of(day))


@dataclass(frozen=True, slots=True)
class Standings:
    """Pairs with evidence, at the end of a week; arrays of one length."""

    person: Ints
    competency: Ints
    evidence: decay.Evidence
    window: decay.Window
    last_week: Ints  # number of the last week with a check


def fold(
    session: Session, as_of: int, where: Belonging, *, people: Sequence[int] | None = None, pairs: Ints | None = None
) -> Standings:
    """Fold the cells of everybody, of these people, or of these pairs (`keys`), up to week `as_of`, from scratch."""
    among = true() if people is None else Cell.person_id.in_(people)
    person, competency, week, n_raw, fails, standard = cells.read(session, among & (cells.week_number <= as_of))
    if pairs is not None:
        mine = np.isin(keys(person, competency), pairs)
        person, competency, week = person[mine], competency[mine], week[mine]
        n_raw, fails, standard = n_raw[mine], fails[mine], standard[mine]
    return gather(session, person, competency, week, n_raw, fails, standard, as_of=as_of, where=where, people=people)


def gather(
    session: Session,
    person: Ints,
    competency: Ints,
    week: Ints,
    n_raw: Ints,
    fails: Ints,
    standard: Floats,
    *,
    as_of: int,
    where: Belonging,
    people: Sequence[int] | None = None,
) -> Standings:
    """Fold these cells, with the remedies and moves of their people."""
    known, index = np.unique(keys(person, competency), return_inverse=True)
    folded = decay.Cells(index, week, n_raw, fails, standard)
    last = np.full(len(known), -1, dtype=np.int64)
    np.maximum.at(last, index, week)
    completions, moves = events(session, where, known, people)
    return Standings(
        person=known >> 20,
        competency=known & 0xFFFFF,
        evidence=decay.fold(folded, len(known), as_of, completions=completions, moves=moves),
        window=decay.window(folded, len(known), as_of),
        last_week=last,
    )


def events(
    session: Session, where: Belonging, known: Ints, people: Sequence[int] | None = None, week: int | None = None
) -> tuple[decay.Events, decay.Events]:
    """Completed remedies and moves of these pairs (`keys`, sorted), in all weeks or in one."""
    statement = select(Remedy.person_id, Remedy.competency_id, type_coerce(Remedy.week, Integer))
    if people is not None:
        statement = statement.where(Remedy.person_id.in_(people))
    if week is not None:
        statement = statement.where(type_coerce(Remedy.week, Integer) == week)
    person, competency, when = bulk.arrays(session, statement, "i8", "i8", "i8")
    at, found = place(known, keys(person, competency))
    completions = decay.Events(at[found], when[found])
    moved = [(p, w) for p, w in where.moves if week is None or w == week]
    if not moved:
        return completions, decay.NO_EVENTS
    owner = known >> 20
    pair, weeks = (
        zip(*((i, w) for p, w in moved for i in np.flatnonzero(owner == p).tolist()), strict=True)
        if any((owner == p).any() for p, _w in moved)
        else ((), ())
    )
    return completions, decay.Events(np.array(pair, dtype=np.int64), np.array(weeks, dtype=np.int64))


def place(known: Ints, wanted: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Where each wanted key stands among the known, sorted ones, and whether it does."""
    if not len(known):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return at, known[at] == wanted


def sunday(week: date) -> date:
    """The last day of a week."""
    return monday_of(week) + timedelta(days=6)
