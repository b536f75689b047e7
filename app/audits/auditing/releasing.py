"""A finished draft becomes an audit, along the road of imported ones; and its agent reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import valid_on
from app.accounts.record import log, tell
from app.audits import catalog as catalogs
from app.audits.auditing import answers
from app.audits.auditing.models import Acknowledgement, AuditDraft
from app.audits.auditing.services import criteria_of, lock, release_sample
from app.audits.catalog import Catalog
from app.audits.intake.columns import CAUSES
from app.audits.intake.gathered import Gathered
from app.audits.intake.heads import Heads
from app.audits.intake.marks import Marks
from app.audits.models import BLIND_PURPOSES, Audit, AuditState
from app.audits.reaudits import services as reaudits
from app.audits.sampling.rules import SampleState
from app.audits.services import locking
from app.audits.services.planning import Plan, Summary
from app.audits.services.writing import insert_audits
from app.core.clock import day_of, zone
from app.core.errors import Refused
from app.core.follow import Event, announce
from app.core.sheets import Cells

SOURCE = "hilo"
LATEST = timedelta(days=60)
"""So far ahead a release may be set."""


def finish(session: Session, draft: AuditDraft, *, by: User, on: datetime, release_at: datetime | None = None) -> None:
    """Say that a draft is whole; it waits to be released, by hand or at a set time. `Refused` while something is missing."""
    lock(session, draft)
    _refuse_unready(session, draft)
    if release_at is not None and not on < release_at <= on + LATEST:
        raise Refused(_("Set a future time, within the next %(days)s days.", days=LATEST.days))
    draft.finished_at, draft.release_at = on, release_at
    log(session, "audit.finished", draft, by=by, on=on, reference=draft.reference)


def release_due(session: Session, on: datetime) -> int:
    """Release what was set to be by now, as its auditor asked for; what can't be waits for its auditor again."""
    due = select(AuditDraft).where(AuditDraft.release_at <= on, AuditDraft.finished_at.is_not(None))
    released = 0
    for draft in session.scalars(due.order_by(AuditDraft.release_at, AuditDraft.id)).all():
        try:
            with session.begin_nested():
                release(session, draft, by=None, on=on)
            released += 1
        except Refused:
            draft.release_at = None
            key, facts = f"audit-unreleased:{draft.id}:{on.isoformat()}", {"reference": draft.reference}
            path = f"/audits/drafts/{draft.id}"
            tell(session, [draft.auditor_id], "audit.unreleased", key=key, path=path, on=on, **facts)
    return released


def release(session: Session, draft: AuditDraft, *, by: User | None, on: datetime) -> Audit:
    """Make the draft an audit that its agent sees and rules act on; the draft goes.

    `Refused` while something is missing or a copy waits to be settled.
    """
    locking.lock(session)
    lock(session, draft)
    _refuse_unready(session, draft)
    touched = insert_audits(session, _plan(session, draft, on), None, on, released_at=on)
    audit = session.scalars(select(Audit).where(Audit.source == SOURCE, Audit.reference == draft.reference)).one()
    log(session, "audit.released", audit, by=by, on=on, person_id=_about(audit), reference=audit.reference)
    if audit.purpose not in BLIND_PURPOSES:
        key, path = f"audit-released:{audit.id}", f"/audits/{audit.id}"
        tell(session, [audit.person_id], "audit.released", key=key, path=path, on=on, reference=audit.reference)
        announce(session, Event.FINDINGS_CHANGED, touched=sorted(touched), on=on)
    reaudits.handed_in(session, draft, audit, on=on)
    release_sample(session, draft, SampleState.DONE)
    session.delete(draft)
    session.flush()
    return audit


def _about(audit: Audit) -> int | None:
    """Whom the line in the activity log is about: a blind audit's agent must not come upon it."""
    return None if audit.purpose in BLIND_PURPOSES else audit.person_id


def _refuse_unready(session: Session, draft: AuditDraft) -> None:
    if draft.copies:
        raise Refused(_("Two people saved this audit at once. First choose between what they wrote."))
    if answers.lacks(answers.from_data(draft.content), criteria_of(session, draft)):
        raise Refused(_("Some criteria are not answered yet, or a miss has no cause."))


def _plan(session: Session, draft: AuditDraft, on: datetime) -> Plan:
    """What an import of this one audit would write."""
    version = catalogs.version(session, draft.version_id)
    content = answers.from_data(draft.content)
    said = [content.of(number) for number in version.ids.tolist()]
    marks = Marks(
        audit=np.zeros(len(said), np.int32),
        place=np.arange(len(said), dtype=np.int16),
        result=np.array([answers.CODES[one.result] for one in said if one.result], np.int8),
        cause=np.array([CAUSES.index(one.cause) for one in said], np.int8),
        comment=Cells.of([one.comment for one in said]),
    )
    teams = catalogs.Teams(*[np.zeros(0, np.int64)] * 3, zones={}, zone=_zone())
    catalog = Catalog({}, None, teams, {}, _zone(), {version.id: version}, {})
    alone = cast("Gathered", range(1))  # only its length is asked for
    return Plan(catalog, alone, _heads(session, draft, on), marks, np.zeros(1, np.int64), [], cast("Summary", None))


def _heads(session: Session, draft: AuditDraft, on: datetime) -> Heads:
    team = _team(session, draft)
    content = answers.from_data(draft.content)
    return Heads(
        source=_objects(SOURCE),
        reference=_objects(draft.reference),
        contact_ref=_objects(content.head["contact_ref"] or None),
        person=np.array([draft.person_id], np.int64),
        auditor=np.array([draft.auditor_id], np.int64),
        team=np.array([-1 if team is None else team], np.int64),
        card=_objects(None),
        version=np.array([draft.version_id], np.int64),
        purpose=_objects(draft.purpose),
        channel=_objects(content.head["channel"] or None),
        language=_objects(content.head["language"] or None),
        contact_at=_objects(draft.contact_at),
        audited_at=_objects(draft.finished_at or on),
        audited_on=_objects(day_of(on, _zone())),
        reaudit_of=_objects(None),
    )


def _objects(value: Any) -> Any:
    column = np.empty(1, np.object_)
    column[0] = value
    return column


def _team(session: Session, draft: AuditDraft) -> int | None:
    """The team of the agent on the contact's day, as the programme counts days."""
    day = draft.contact_at.astimezone(zone(_zone())).date()
    mine = select(Membership.team_id).where(Membership.user_id == draft.person_id, valid_on(Membership, day))
    return session.scalar(mine.order_by(Membership.valid_from.desc()).limit(1))


def _zone() -> str:
    return str(current_app.config["PROGRAMME_TIME_ZONE"])


# --- Read by its agent ---


def acknowledge(session: Session, audit: Audit, comment: str, *, by: User, on: datetime) -> None:
    """The agent has read the audit. `Refused` for anybody else, and a second time."""
    if audit.person_id != by.id or audit.released_at is None or audit.purpose in BLIND_PURPOSES:
        raise Refused(_("Only the agent whose contact was audited confirms having read the audit."))
    if session.get(Acknowledgement, audit.id) is not None:
        raise Refused(_("This audit has already been confirmed as read."))
    session.add(Acknowledgement(audit_id=audit.id, person_id=by.id, at=on, comment=comment))
    session.execute(update(Audit).where(Audit.id == audit.id).values(state=AuditState.ACKNOWLEDGED))
    log(session, "audit.acknowledged", audit, by=by, on=on, person_id=by.id, reference=audit.reference)
