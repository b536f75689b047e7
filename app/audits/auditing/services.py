"""Deeds on drafts of audits. None commits, none knows of a request."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.accounts.record import log
from app.audits import reading
from app.audits.auditing import answers
from app.audits.auditing.answers import Content, Place
from app.audits.auditing.models import AuditDraft, DraftCopy
from app.audits.models import BLIND_PURPOSES, Criterion, Purpose, Scorecard, ScorecardVersion
from app.audits.reaudits.models import Reaudit
from app.audits.sampling.models import Sample
from app.audits.sampling.rules import SampleState
from app.core.clock import day_of
from app.core.database import affected
from app.core.errors import Refused

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
A_LITTLE_AHEAD = timedelta(minutes=10)


def auditable(viewer: User, on: datetime) -> Select[User]:
    """The agents somebody may audit: those within reach who have not left, oneself never; by name."""
    return (
        select(User)
        .where(
            User.id.in_(agents_in(viewer, Permission.AUDIT)),
            User.id != viewer.id,
            or_(User.left_on.is_(None), User.left_on > on.date()),
        )
        .order_by(User.name, User.id)
    )


def version_on(session: Session, scorecard: Scorecard, contact_at: datetime, time_zone: str) -> ScorecardVersion | None:
    """The newest version that was valid on the day of a contact, as imported audits take it."""
    versions = session.scalars(
        select(ScorecardVersion).where(ScorecardVersion.scorecard_id == scorecard.id).order_by(ScorecardVersion.id)
    ).all()
    return newest_valid(versions, day_of(contact_at, time_zone))


def newest_valid(versions: Sequence[ScorecardVersion], day: date) -> ScorecardVersion | None:
    """Of the versions of a scorecard the newest that was valid on a day; where none was yet, the first one."""
    ordered = sorted(versions, key=lambda one: (one.valid_from is not None, one.valid_from or day, one.id))
    valid = [one for one in ordered if one.valid_from is None or one.valid_from <= day]
    return (valid or ordered[:1] or [None])[-1]


@dataclass(frozen=True, slots=True)
class Contact:
    """What is to be audited; `sample_id` where a plan drew it."""

    person_id: int
    version_id: int
    purpose: Purpose
    contact_at: datetime
    contact_ref: str = ""
    channel: str = ""
    language: str = ""
    sample_id: int | None = None


def start(session: Session, contact: Contact, *, by: User, on: datetime) -> AuditDraft:
    """Begin an audit. `Refused` for oneself, for a time to come, and for a purpose that is drawn and not chosen."""
    if contact.person_id == by.id:
        raise Refused(_("Nobody can audit their own contacts."))
    if contact.purpose in BLIND_PURPOSES:
        raise Refused(_("Reaudits and calibrations are drawn, not chosen."))
    if contact.contact_at > on + A_LITTLE_AHEAD:
        raise Refused(_("This contact is in the future."))
    return begin(session, contact, by=by, on=on)


def begin(session: Session, contact: Contact, *, by: User, on: datetime) -> AuditDraft:
    """A draft without answers, of a contact that was chosen or drawn."""
    head = {"contact_ref": contact.contact_ref, "channel": contact.channel, "language": contact.language}
    draft = AuditDraft(
        reference=f"H{on:%y%m%d}-{''.join(secrets.choice(LETTERS) for _place in range(5))}",
        auditor_id=by.id,
        person_id=contact.person_id,
        version_id=contact.version_id,
        purpose=contact.purpose,
        contact_at=contact.contact_at,
        content=answers.to_data(Content(head)),
        revision=1,
        started_at=on,
        saved_at=on,
        saved_by_id=by.id,
    )
    session.add(draft)
    session.flush()
    if contact.sample_id is not None:
        _begin_sample(session, contact.sample_id, draft)
    log(session, "audit.started", draft, by=by, on=on, reference=draft.reference)
    return draft


def _begin_sample(session: Session, sample_id: int, draft: AuditDraft) -> None:
    waiting = (Sample.id == sample_id, Sample.state == SampleState.OPEN)
    begun = update(Sample).where(*waiting).values(state=SampleState.BEGUN, draft_id=draft.id)
    if affected(session, begun) != 1:
        raise Refused(_("This contact of the plan is already being audited, or was withdrawn."))


def criteria_of(session: Session, draft: AuditDraft) -> Sequence[Criterion]:
    """The criteria of a draft in order."""
    return reading.criteria(session, draft.version_id)


# --- Saved ---


def lock(session: Session, draft: AuditDraft) -> None:
    """From here to the end of the transaction nobody else saves this draft."""
    session.flush()
    session.refresh(draft, with_for_update={"of": AuditDraft})


def save(
    session: Session, draft: AuditDraft, content: Content, *, base: int, by: User, on: datetime
) -> DraftCopy | None:
    """Keep what was typed over revision `base`.

    When somebody has saved something else since, nothing is overwritten: what was sent is kept beside it as a copy,
    which is returned; what the same person sends again over that revision takes its place.
    """
    lock(session, draft)
    if answers.from_data(draft.content) == content:
        return None
    if draft.revision != base:
        return _set_aside(session, draft, content, base=base, by=by, on=on)
    _store(draft, content, by=by, on=on)
    return None


def _store(draft: AuditDraft, content: Content, *, by: User, on: datetime) -> None:
    draft.content = answers.to_data(content)
    draft.revision += 1
    draft.saved_at, draft.saved_by_id, draft.finished_at, draft.release_at = on, by.id, None, None


def _set_aside(
    session: Session, draft: AuditDraft, content: Content, *, base: int, by: User, on: datetime
) -> DraftCopy:
    mine = (DraftCopy.draft_id == draft.id, DraftCopy.by_id == by.id, DraftCopy.base == base)
    copy = session.scalar(select(DraftCopy).where(*mine))
    if copy is None:
        copy = DraftCopy(draft_id=draft.id, by_id=by.id, base=base)
        session.add(copy)
    copy.content, copy.at = answers.to_data(content), on
    session.flush()
    return copy


def settle(session: Session, draft: AuditDraft, copy: DraftCopy, taken: set[Place], *, by: User, on: datetime) -> None:
    """Take over what is wanted of a copy; the copy goes."""
    lock(session, draft)
    stored = answers.from_data(draft.content)
    merged = answers.merged(stored, answers.from_data(copy.content), taken)
    if merged != stored:
        _store(draft, merged, by=by, on=on)
    session.delete(copy)
    session.flush()


def discard(session: Session, draft: AuditDraft, *, by: User, on: datetime) -> None:
    """Give a draft up."""
    log(session, "audit.discarded", draft, by=by, on=on, reference=draft.reference)
    for copy in draft.copies:
        session.delete(copy)
    release_sample(session, draft, SampleState.OPEN)
    drawn_again = update(Reaudit).where(Reaudit.draft_id == draft.id)
    session.execute(drawn_again.values(state=SampleState.OPEN, draft_id=None))
    session.delete(draft)
    session.flush()


def release_sample(session: Session, draft: AuditDraft, state: SampleState) -> None:
    """What a plan drew is audited, or waits again, once its draft goes."""
    session.execute(update(Sample).where(Sample.draft_id == draft.id).values(state=state, draft_id=None))
    session.flush()
