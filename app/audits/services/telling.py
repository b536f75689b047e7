"""Which competencies criteria tell of: changed on versions in use too, as no score rests on it. Evidence follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.audits.models import Criterion, CriterionCompetency, Scorecard
from app.audits.services.locking import lock
from app.core import bulk
from app.core.follow import Event, announce


@dataclass(slots=True)
class MapAsked:
    """What criteria of a scorecard are to tell of. `waits`: a job will see to it."""

    card: Scorecard
    wanted: Mapping[int, Collection[int]]
    waits: bool = False


def put_off(session: Session, card: Scorecard, wanted: Mapping[int, Collection[int]], *, by: User) -> bool:
    """Leave this to a job where it takes too long for somebody who waits; returns whether it was."""
    asked = MapAsked(card, wanted)
    announce(session, Event.MAP_CHANGING, asked=asked, by=by)
    return asked.waits


def criteria_of(session: Session, identities: Collection[int]) -> dict[int, list[int]]:
    """The ids of criteria in all versions, by identity."""
    found: dict[int, list[int]] = {}
    statement = select(Criterion.identity_id, Criterion.id).where(Criterion.identity_id.in_(identities))
    for identity, criterion in session.execute(statement.order_by(Criterion.id)):
        found.setdefault(identity, []).append(criterion)
    return found


def map_of(session: Session, criteria: Collection[int]) -> dict[int, set[int]]:
    """The competencies each of these criteria tells of."""
    found: dict[int, set[int]] = {criterion: set() for criterion in criteria}
    links = select(CriterionCompetency.criterion_id, CriterionCompetency.competency_id)
    for block in bulk.chunks(sorted(found)):
        for criterion, competency in session.execute(links.where(CriterionCompetency.criterion_id.in_(block))):
            found[criterion].add(competency)
    return found


def tell_of(
    session: Session, card: Scorecard, wanted: Mapping[int, Collection[int]], *, by: User | None, on: datetime
) -> int:
    """Let criteria (of any versions of one scorecard) tell of these competencies; returns how many changed."""
    lock(session)
    before = {
        criterion: known for criterion, known in map_of(session, wanted).items() if known != set(wanted[criterion])
    }
    if not before:
        return 0
    for block in bulk.chunks(sorted(before)):
        session.execute(delete(CriterionCompetency).where(CriterionCompetency.criterion_id.in_(block)))
    session.add_all(
        CriterionCompetency(criterion_id=criterion, competency_id=competency)
        for criterion in sorted(before)
        for competency in sorted(wanted[criterion])
    )
    session.flush()
    session.expire_all()
    log(session, "scorecard.mapped", card, by=by, on=on, scorecard=card.code, criteria=len(before))
    announce(session, Event.MAP_CHANGED, before=before, by=by, on=on)
    return len(before)
