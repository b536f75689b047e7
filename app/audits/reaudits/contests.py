"""What follows from a reaudit: the auditor contests it, who leads quality answers, and corrects the first audit openly."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Grant, UnitTree, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.queries import valid_on
from app.accounts.reach import unit_scope
from app.accounts.record import log, tell
from app.audits.models import Audit, Criterion
from app.audits.reaudits.models import Contest, ContestState
from app.audits.reaudits.services import path_of
from app.audits.services import locking
from app.audits.services.single import correct_check, words_now
from app.core.errors import Refused


def differs(session: Session, again: Audit, first: Audit, criterion_id: int) -> bool:
    """Whether a check of a reaudit has another result than the first audit has now."""
    there = counterpart(session, criterion_id, first)
    if there is None:
        return False
    mine, theirs = words_now(session, again.id, criterion_id), words_now(session, first.id, there)
    return bool(mine["result"] != theirs["result"])


def counterpart(session: Session, criterion_id: int, first: Audit) -> int | None:
    """The same criterion in the version of the first audit."""
    identity = select(Criterion.identity_id).where(Criterion.id == criterion_id).scalar_subquery()
    same = (Criterion.version_id == first.version_id, Criterion.identity_id == identity)
    return session.scalar(select(Criterion.id).where(*same))


def contest(
    session: Session, again: Audit, first: Audit, criterion_id: int, reason: str, *, by: User, on: datetime
) -> Contest:
    """Say that the first answer was right. `Refused` for all but the auditor, for what agrees, and a second time."""
    if first.auditor_id != by.id:
        raise Refused(_("Only the auditor whose audit was scored again can contest it."))
    if not differs(session, again, first, criterion_id):
        raise Refused(_("Both answers are the same here."))
    same = select(Contest.id).where(Contest.audit_id == again.id, Contest.criterion_id == criterion_id)
    if session.scalar(same) is not None:
        raise Refused(_("This check is already contested."))
    made = Contest(
        audit_id=again.id,
        criterion_id=criterion_id,
        team_id=first.team_id,
        by_id=by.id,
        reason=reason,
        raised_at=on,
        state=ContestState.OPEN,
    )
    session.add(made)
    session.flush()
    log(session, "reaudit.contested", made, by=by, on=on)
    key, facts = f"reaudit-contested:{made.id}", {"reference": first.reference}
    people = {one for one in _leads(session, first, on) if one not in (by.id, again.auditor_id)}
    tell(session, people, "reaudit.contested", key=key, path=path_of(again.id), on=on, **facts)
    return made


def _leads(session: Session, first: Audit, on: datetime) -> set[int]:
    """Who leads quality over the team of an audit, nearest first: those of the lowest unit that has any."""
    rows = session.execute(
        select(UnitTree.depth, Grant.user_id)
        .join(Grant, Grant.unit_id == UnitTree.ancestor_id)
        .where(
            UnitTree.unit_id == first.team_id,
            Grant.role.in_(roles_with(Permission.LEAD_QUALITY)),
            valid_on(Grant, on.date()),
        )
    ).all()
    nearest = min((depth for depth, _person in rows), default=0)
    return {person for depth, person in rows if depth == nearest}


def answer(session: Session, found: Contest, text: str, *, granted: bool, by: User, on: datetime) -> None:
    """Uphold the reaudit, or grant that the auditor was right: then the check counts as agreed."""
    session.refresh(found, with_for_update={"of": Contest})
    again = session.get_one(Audit, found.audit_id)
    if by.id in (found.by_id, again.auditor_id) or not _leads_there(session, found.team_id, by):
        raise Refused(_("Only whoever leads quality there, and is not involved, can do this."))
    if found.state is not ContestState.OPEN:
        raise Refused(_("This has already been answered."))
    found.state = ContestState.GRANTED if granted else ContestState.UPHELD
    found.answer, found.answered_by_id, found.answered_at = text, by.id, on
    log(session, "reaudit.answered", found, by=by, on=on)
    first = session.get_one(Audit, again.reaudit_of_id)
    key, facts = f"reaudit-answered:{found.id}", {"reference": first.reference}
    tell(session, [found.by_id], "reaudit.answered", key=key, path=path_of(again.id), on=on, **facts)


def correct_first(session: Session, again: Audit, first: Audit, criterion_id: int, *, by: User, on: datetime) -> None:
    """Let the first audit say what the reaudit says: an open correction that scores, evidence and gaps follow.

    `Refused` for all but who leads quality there, for one's own audit, where both agree, and while it is contested.
    """
    locking.lock(session)
    if first.auditor_id == by.id or not _leads_there(session, first.team_id, by):
        raise Refused(_("Only whoever leads quality there, and is not involved, can do this."))
    if not differs(session, again, first, criterion_id):
        raise Refused(_("Both answers are the same here."))
    same = select(Contest.state).where(Contest.audit_id == again.id, Contest.criterion_id == criterion_id)
    if session.scalar(same) in (ContestState.OPEN, ContestState.GRANTED):
        raise Refused(_("The auditor contests this check, or was found to be right."))
    there = counterpart(session, criterion_id, first) or criterion_id
    before, after = words_now(session, first.id, there), words_now(session, again.id, criterion_id)
    correct_check(session, first, there, before, after, by=by, on=on)
    log(session, "reaudit.corrected", first, by=by, on=on, person_id=first.person_id, reference=first.reference)
    key, path = f"audit-corrected:{first.id}:{criterion_id}:{on.isoformat()}", f"/audits/{first.id}"
    tell(session, [first.person_id], "audit.corrected", key=key, path=path, on=on, reference=first.reference)


def _leads_there(session: Session, team_id: int | None, by: User) -> bool:
    within = unit_scope(by, Permission.LEAD_QUALITY)
    return team_id is not None and team_id in set(session.scalars(within))
