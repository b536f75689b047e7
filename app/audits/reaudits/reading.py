"""A reaudit beside what it scored again: criterion by criterion, for the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.audits import reading
from app.audits.models import Audit, Criterion, Result, Section
from app.audits.reading import Check
from app.audits.reaudits.models import Contest, ContestState


@dataclass(frozen=True, slots=True)
class Beside:
    """A criterion as the auditor and as the reaudit found it."""

    criterion: Criterion
    first: Check
    again: Check
    contest: Contest | None

    @property
    def first_result(self) -> Result:
        """What the auditor said, before any correction."""
        return self.first.earlier[-1].result if self.first.earlier else self.first.result

    @property
    def differs(self) -> bool:
        return self.first_result is not self.again.result

    @property
    def open(self) -> bool:
        """Whether the first audit still says something else, and nobody found its auditor to be right."""
        settled = self.contest is not None and self.contest.state is not ContestState.UPHELD
        return self.first.result is not self.again.result and not settled


def beside(session: Session, viewer: User, again: Audit, first: Audit) -> list[tuple[Section, Sequence[Beside]]]:
    """The sections of a reaudit with both answers."""
    seen = Contest.visible_to(viewer).where(Contest.audit_id == again.id).options(joinedload(Contest.by))
    contests = {one.criterion_id: one for one in session.scalars(seen)}
    theirs = {one.criterion.identity_id: one for part in reading.parts(session, first) for one in part.entries}
    found = []
    for part in reading.parts(session, again):
        rows = [
            Beside(one.criterion, theirs[one.criterion.identity_id], one, contests.get(one.criterion.id))
            for one in part.entries
            if one.criterion.identity_id in theirs
        ]
        if rows:
            found.append((part.section, rows))
    return found
