"""The first screen of an auditor: what waits to be audited, answered or scored, and what was audited this month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.access import may
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.auditing.models import AuditDraft
from app.audits.calibration.queries import to_score
from app.audits.disputes.models import Dispute
from app.audits.disputes.rules import DisputeState
from app.audits.models import Audit, Purpose, ScorecardVersion
from app.audits.reaudits import queries as reaudits
from app.audits.reaudits.models import Reaudit
from app.audits.sampling.models import Sample
from app.audits.sampling.rules import SampleState
from app.core.clock import day_of, month_start, start_of

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Waits:
    """How much of a kind waits, and by when the first of it is due."""

    count: int
    due: Any


@dataclass(frozen=True, slots=True)
class AuditorHome:
    """Everything on the page."""

    month: date
    today: date
    at: datetime
    purposes: Mapping[Purpose, tuple[int, int]]
    """(audits, those with a fatal error) of the month by purpose."""
    lately: Sequence[Audit]
    may_import: bool
    queue: Waits
    again: Waits
    disputes: Waits
    calibrations: Waits
    begun: Waits
    """Drafts; `due` is when the oldest was begun."""
    finished: Waits
    """Whole, and not released."""

    @property
    def audits(self) -> int:
        return sum(count for count, _fatal in self.purposes.values())

    @property
    def fatal(self) -> int:
        return sum(fatal for _count, fatal in self.purposes.values())

    @property
    def waiting(self) -> bool:
        """Whether anything waits for the auditor."""
        return any((self.queue.count, self.again.count, self.disputes.count, self.calibrations.count, self.drafts))

    @property
    def drafts(self) -> int:
        return self.begun.count + self.finished.count


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str) -> AuditorHome:
    """What an auditor finds, as of now."""
    today = day_of(at, time_zone)
    month = month_start(today)
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
        today=today,
        at=at,
        purposes={purpose: (count, fatal) for purpose, count, fatal in session.execute(by_purpose)},
        lately=session.scalars(lately).all(),
        may_import=may(viewer, Permission.IMPORT_AUDITS),
        **_waiting(session, viewer),
    )


def _waiting(session: Session, viewer: User) -> dict[str, Waits]:
    """What waits for the auditor, by kind: one query."""
    drafts = AuditDraft.visible_to(viewer).where(AuditDraft.auditor_id == viewer.id)
    samples = Sample.visible_to(viewer).where(Sample.auditor_id == viewer.id, Sample.state == SampleState.OPEN)
    disputes = Dispute.visible_to(viewer).where(Dispute.answerer_id == viewer.id, Dispute.state == DisputeState.OPEN)
    held, meets_at = to_score(viewer)
    kinds: dict[str, tuple[Select[Any], Any]] = {
        "queue": (samples, Sample.due_on),
        "again": (reaudits.queue(viewer), Reaudit.due_on),
        "disputes": (disputes, Dispute.due_at),
        "calibrations": (held, meets_at),
        "begun": (drafts.where(AuditDraft.finished_at.is_(None)), AuditDraft.started_at),
        "finished": (drafts.where(AuditDraft.finished_at.is_not(None)), AuditDraft.finished_at),
    }
    columns = []
    for name, (statement, due) in kinds.items():
        plain = statement.order_by(None)
        columns.append(
            plain.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery().label(f"{name}_count")
        )
        columns.append(
            plain.with_only_columns(func.min(due), maintain_column_froms=True).scalar_subquery().label(f"{name}_due")
        )
    row = session.execute(select(*columns)).one()
    return {name: Waits(row[2 * place] or 0, row[2 * place + 1]) for place, name in enumerate(kinds)}
