"""What a findings file refers to, read once: people and where they were, scorecards, their versions and criteria."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import Place, places
from app.audits.models import Criterion, Scorecard, ScorecardVersion
from app.audits.rules import Weights


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a scorecard and its criteria in order."""

    id: int
    label: str
    criteria: dict[str, int]
    """Code → place among the version's criteria."""
    ids: NDArray[np.int64]
    weights: Weights


@dataclass(slots=True)
class Card:
    """A scorecard with its versions, the one valid longest first."""

    code: str
    versions: list[Version] = field(default_factory=list)
    starts: list[date] = field(default_factory=list)
    """The first day of each version; the first is valid ever."""

    def on(self, day: date) -> Version:
        """The newest version that was valid on a day."""
        return self.versions[max(0, bisect_right(self.starts, day) - 1)]


@dataclass(frozen=True, slots=True)
class Catalog:
    """People, teams and scorecards by the names files use."""

    people: dict[str, int]
    teams: dict[int, tuple[list[date], list[int]]]
    """Person → days memberships began, in order, and the team each was in."""
    ends: dict[tuple[int, date], date | None]
    places: dict[int, Place]
    cards: dict[str, Card]
    zone: str
    """The programme's."""

    def team_on(self, person: int, day: date) -> int | None:
        """The team a person was in on a day."""
        began, teams = self.teams.get(person, ([], []))
        index = bisect_right(began, day) - 1
        if index < 0:
            return None
        end = self.ends[person, began[index]]
        return teams[index] if end is None or day < end else None

    def zone_of(self, person: int) -> str:
        """The time zone of a person's site: of the present team, or the last."""
        _began, teams = self.teams.get(person, ([], []))
        return self.places[teams[-1]].time_zone if teams else self.zone

    @property
    def versions(self) -> dict[int, Version]:
        return {v.id: v for card in self.cards.values() for v in card.versions}


def load(session: Session, zone: str) -> Catalog:
    """Read the catalog: five queries."""
    people = {number: person for number, person in session.execute(select(User.employee_no, User.id))}
    teams: dict[int, tuple[list[date], list[int]]] = {}
    ends: dict[tuple[int, date], date | None] = {}
    columns = (Membership.user_id, Membership.valid_from, Membership.valid_to, Membership.team_id)
    for person, start, end, team in session.execute(
        select(*columns).order_by(Membership.user_id, Membership.valid_from)
    ):
        began, ids = teams.setdefault(person, ([], []))
        began.append(start)
        ids.append(team)
        ends[person, start] = end
    return Catalog(people, teams, ends, places(session), _cards(session), zone)


def _cards(session: Session) -> dict[str, Card]:
    lines: dict[int, list[Criterion]] = {}
    for criterion in session.scalars(select(Criterion).order_by(Criterion.version_id, Criterion.position)):
        lines.setdefault(criterion.version_id, []).append(criterion)
    cards: dict[str, Card] = {}
    statement = select(Scorecard.code, ScorecardVersion).join(Scorecard.versions)
    rows = session.execute(statement).all()
    for code, version in sorted(rows, key=lambda row: (row[1].valid_from or date.min, row[1].id)):
        card = cards.setdefault(code, Card(code))
        criteria = lines.get(version.id, [])
        card.starts.append(date.min if not card.versions else version.valid_from or date.min)
        card.versions.append(
            Version(
                id=version.id,
                label=version.label,
                criteria={c.code: place for place, c in enumerate(criteria)},
                ids=np.array([c.id for c in criteria], dtype=np.int64),
                weights=Weights(
                    weight=np.array([c.weight for c in criteria], dtype=float),
                    critical=np.array([c.critical for c in criteria], dtype=bool),
                    fatal=np.array([c.fatal for c in criteria], dtype=bool),
                ),
            )
        )
    return cards
