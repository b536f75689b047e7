"""What a findings file refers to, read once: people and where they were, scorecards, their versions and criteria."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from flask import current_app
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.permissions import Permission
from app.accounts.queries import places
from app.accounts.reach import everywhere, reach
from app.audits.models import Criterion, Scorecard, ScorecardVersion
from app.audits.rules import Weights

Ids = NDArray[np.int64]
Line = tuple[int, str, float, bool, bool, int, bool]
"""A criterion: id, code, weight, whether critical and fatal, its section, and whether a fail fails that."""

_DAY_BITS = 20  # a day's ordinal fits, until the year 2871
_NO_END = (1 << _DAY_BITS) - 1


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a scorecard and its criteria in order."""

    id: int
    label: str
    ids: Ids
    """Of the criteria."""
    codes: dict[str, int]
    """Code → place among the criteria."""
    weights: Weights


@dataclass(slots=True)
class Card:
    """A scorecard with its versions, the one valid longest first."""

    code: str
    versions: list[Version] = field(default_factory=list)
    starts: list[date] = field(default_factory=list)
    """The first day of each version; the first one is valid ever."""

    def on(self, day: date) -> Version:
        """The newest version that was valid on a day."""
        return self.versions[max(0, bisect_right(self.starts, day) - 1)]

    def labelled(self, label: str) -> Version | None:
        """The version of this label."""
        return next((version for version in self.versions if version.label == label), None)


@dataclass(frozen=True, slots=True)
class Teams:
    """Who was in which team when: memberships in the order of person and first day, and the zone of each team's site."""

    began: Ids
    """Person and first day in one number."""
    ended: Ids
    """Person and the day after the last one."""
    team: Ids
    zones: dict[int, str]
    zone: str
    """The programme's."""

    def on(self, person: Ids, day: Ids) -> Ids:
        """The team each person was in on a day (an ordinal); −1 for none."""
        at, theirs = self._nearest(person, day)
        when = (person << _DAY_BITS) + day
        there = theirs & (self.began[at] <= when) & (when < self.ended[at]) if len(self.team) else theirs
        return np.where(there, self.team[at], -1) if len(self.team) else np.full(len(person), -1, np.int64)

    def zones_on(self, person: Ids, day: Ids) -> list[str]:
        """The time zone of each person's site on a day; between teams of the nearest one, without any the programme's."""
        if not len(self.team):
            return [self.zone] * len(person)
        at, theirs = self._nearest(person, day)
        return [self.zones.get(team, self.zone) for team in np.where(theirs, self.team[at], -1).tolist()]

    def _nearest(self, person: Ids, day: Ids) -> tuple[Ids, NDArray[np.bool_]]:
        """The place of each person's last membership begun by a day, else of the first; and whether there is one."""
        if not len(self.team):
            return np.zeros(len(person), np.int64), np.zeros(len(person), np.bool_)
        before = np.searchsorted(self.began, (person << _DAY_BITS) + day, side="right") - 1
        owner = self.began >> _DAY_BITS
        begun = (before >= 0) & (owner[np.maximum(before, 0)] == person)
        at = np.minimum(np.where(begun, before, before + 1), len(owner) - 1)
        return at, owner[at] == person


@dataclass(frozen=True, slots=True)
class Catalog:
    """People, teams and scorecards by the names files use."""

    people: dict[str, int]
    agents: frozenset[int] | None
    """Whose audits may come in; None for everybody's."""
    teams: Teams
    cards: dict[str, Card]
    zone: str
    """The programme's."""
    versions: dict[int, Version]
    card_codes: dict[int, str]
    """Version → scorecard."""

    @property
    def criteria(self) -> set[str]:
        """The codes of all criteria."""
        return {code for version in self.versions.values() for code in version.codes}


def load(session: Session, by: User | None = None) -> Catalog:
    """Read the catalog: six queries. Somebody (`by`) may bring in audits of the people within reach only."""
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    people = dict(session.execute(select(User.employee_no, User.id)).all())
    cards = _cards(session)
    return Catalog(
        people=people,
        agents=_agents(session, by),
        teams=_teams(session, zone),
        cards=cards,
        zone=zone,
        versions={version.id: version for card in cards.values() for version in card.versions},
        card_codes={version.id: card.code for card in cards.values() for version in card.versions},
    )


def version(session: Session, version_id: int) -> Version:
    """One version with its criteria."""
    found = session.get_one(ScorecardVersion, version_id)
    return _version(found, _lines(session, version_id).get(version_id, []))


def _agents(session: Session, by: User | None) -> frozenset[int] | None:
    if by is None or everywhere(by, Permission.IMPORT_AUDITS):
        return None
    within = select(User.id).where(User.id.in_(reach(by, Permission.IMPORT_AUDITS)))
    return frozenset(session.scalars(within))


def _teams(session: Session, zone: str) -> Teams:
    columns = (Membership.user_id, Membership.valid_from, Membership.valid_to, Membership.team_id)
    rows = session.execute(select(*columns).order_by(Membership.user_id, Membership.valid_from)).all()
    began = [(person << _DAY_BITS) + start.toordinal() for person, start, _end, _team in rows]
    ended = [(person << _DAY_BITS) + (end.toordinal() if end else _NO_END) for person, _start, end, _team in rows]
    zones = {place.id: place.time_zone for place in places(session).values()}
    whole = [np.array(column, np.int64) for column in (began, ended, [row[3] for row in rows])]
    return Teams(*whole, zones=zones, zone=zone)


def _cards(session: Session) -> dict[str, Card]:
    lines = _lines(session)
    found = session.execute(select(Scorecard.code, ScorecardVersion).join(Scorecard.versions)).all()
    cards: dict[str, Card] = {}
    for code, version in sorted(found, key=lambda row: (row[1].valid_from or date.min, row[1].id)):
        card = cards.setdefault(code, Card(code))
        card.starts.append(version.valid_from or date.min if card.versions else date.min)
        card.versions.append(_version(version, lines.get(version.id, [])))
    return cards


def _lines(session: Session, version_id: int | None = None) -> dict[int, list[Line]]:
    """The criteria of all versions, or of one, in order."""
    columns = (Criterion.id, Criterion.code, Criterion.weight, Criterion.severity, Criterion.section_id)
    lines: dict[int, list[Line]] = {}
    statement = select(Criterion.version_id, *columns, Criterion.fails_section)
    if version_id is not None:
        statement = statement.where(Criterion.version_id == version_id)
    for row in session.execute(statement.order_by(Criterion.version_id, Criterion.position)):
        critical, fatal = row.severity.is_critical, row.severity.is_fatal
        line = (row.id, row.code, row.weight, critical, fatal, row.section_id, row.fails_section)
        lines.setdefault(row.version_id, []).append(line)
    return lines


def _version(version: ScorecardVersion, lines: Sequence[Line]) -> Version:
    ids, codes, weight, critical, fatal, section, fails_section = zip(*lines, strict=True) if lines else [()] * 7
    return Version(
        id=version.id,
        label=version.label,
        ids=np.array(ids, np.int64),
        codes={code: place for place, code in enumerate(codes)},
        weights=Weights(
            weight=np.array(weight, float),
            critical=np.array(critical, bool),
            fatal=np.array(fatal, bool),
            section=np.array(section, np.int64),
            fails_section=np.array(fails_section, bool),
        ),
    )
