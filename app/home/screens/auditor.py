"""The first screen of an auditor: what they audited this month, and what was fatal in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy.orm import Session, joinedload

from app.accounts.access import may
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import Audit, Purpose, ScorecardVersion
from app.core.clock import day_of, month_start, start_of

SHOWN = 10


@dataclass(frozen=True, slots=True)
class AuditorHome:
    """Everything on the page."""

    month: date
    purposes: Mapping[Purpose, tuple[int, int]]
    """(audits, those with a fatal error) of the month by purpose."""
    lately: Sequence[Audit]
    may_import: bool

    @property
    def audits(self) -> int:
        return sum(count for count, _fatal in self.purposes.values())

    @property
    def fatal(self) -> int:
        return sum(fatal for _count, fatal in self.purposes.values())


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str) -> AuditorHome:
    """What an auditor finds, as of now."""
    month = month_start(day_of(at, time_zone))
    mine = Audit.visible_to(viewer).where(Audit.auditor_id == viewer.id)
    by_purpose = (
        mine.where(Audit.audited_at >= start_of(month, time_zone))
        .with_only_columns(Audit.purpose, func.count(), func.count().filter(Audit.fatal))
        .group_by(Audit.purpose)
    )
    lately = (
        mine.order_by(Audit.audited_at.desc(), Audit.id.desc())
        .limit(SHOWN)
        .options(joinedload(Audit.person), joinedload(Audit.version).joinedload(ScorecardVersion.scorecard))
    )
    return AuditorHome(
        month=month,
        purposes={purpose: (count, fatal) for purpose, count, fatal in session.execute(by_purpose)},
        lately=session.scalars(lately).all(),
        may_import=may(viewer, Permission.IMPORT_AUDITS),
    )
