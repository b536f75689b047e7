"""Deeds on calibrations: make, open, score blindly, review, agree, close. None commits, none knows of a request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Grant, UnitTree, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.queries import subtree, valid_on
from app.accounts.reach import unit_scope
from app.accounts.record import log, tell
from app.audits import reading
from app.audits.auditing import answers
from app.audits.auditing.answers import Content
from app.audits.calibration import rules
from app.audits.calibration.models import AgreedAnswer, Calibration, CalibrationSeat
from app.audits.calibration.rules import CalibrationState
from app.audits.calibration.sheet import sheet_of
from app.audits.models import Criterion, Result
from app.core.errors import Refused

FEWEST = 2
"""Participants: the reference and one other."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a calibration is about."""

    name: str
    unit_id: int
    version_id: int
    contact_ref: str
    contact_at: datetime
    channel: str
    meets_at: datetime | None
    tolerance: float


def make(session: Session, terms: Terms, *, by: User, on: datetime) -> Calibration:
    """A draft that nobody else knows of. `Refused` outside the units where quality is led."""
    if terms.unit_id not in set(session.scalars(unit_scope(by, Permission.LEAD_QUALITY))):
        raise Refused(_("You do not lead quality in this unit."))
    made = Calibration(state=CalibrationState.DRAFT, made_by_id=by.id, made_at=on)
    _put(made, terms)
    session.add(made)
    session.flush()
    log(session, "calibration.made", made, by=by, on=on)
    return made


def _put(one: Calibration, terms: Terms) -> None:
    one.name, one.unit_id, one.version_id = terms.name, terms.unit_id, terms.version_id
    one.contact_ref, one.contact_at, one.channel = terms.contact_ref, terms.contact_at, terms.channel
    one.meets_at, one.tolerance = terms.meets_at, terms.tolerance


def change(session: Session, one: Calibration, terms: Terms, *, by: User, on: datetime) -> None:
    """Say anew what a draft is about; another unit or version asks for participants anew."""
    _lock(session, one)
    _need_lead(session, one, by)
    _need(one, CalibrationState.DRAFT)
    if terms.unit_id not in set(session.scalars(unit_scope(by, Permission.LEAD_QUALITY))):
        raise Refused(_("You do not lead quality in this unit."))
    if terms.unit_id != one.unit_id:
        session.execute(delete(CalibrationSeat).where(CalibrationSeat.calibration_id == one.id))
    _put(one, terms)
    log(session, "calibration.changed", one, by=by, on=on)


def able(one: Calibration, on: datetime) -> Select[User]:
    """Who may take part: those who may audit in the unit, or over it, by name."""
    there = or_(
        Grant.unit_id.in_(subtree(one.unit_id)),
        Grant.unit_id.in_(select(UnitTree.ancestor_id).where(UnitTree.unit_id == one.unit_id)),
    )
    held = exists().where(
        Grant.user_id == User.id, Grant.role.in_(roles_with(Permission.AUDIT)), there, valid_on(Grant, on.date())
    )
    left = or_(User.left_on.is_(None), User.left_on > on.date())
    return select(User).where(held, left).order_by(User.name, User.id)


def invite(
    session: Session, one: Calibration, people: Collection[int], reference: int | None, *, by: User, on: datetime
) -> None:
    """Say who takes part and whose answers are the reference."""
    _lock(session, one)
    _need_lead(session, one, by)
    _need(one, CalibrationState.DRAFT)
    wanted = set(people) & set(session.scalars(able(one, on).with_only_columns(User.id).order_by(None)))
    if len(wanted) < FEWEST or reference not in wanted:
        raise Refused(_("Choose at least two participants, and one of them as the reference."))
    session.execute(delete(CalibrationSeat).where(CalibrationSeat.calibration_id == one.id))
    empty = answers.to_data(Content(dict.fromkeys(answers.HEAD, "")))
    session.add_all(
        CalibrationSeat(
            calibration_id=one.id, person_id=person, reference=person == reference, content=empty, revision=1
        )
        for person in sorted(wanted)
    )
    session.flush()
    session.expire(one, ["seats"])


def discard(session: Session, one: Calibration, *, by: User, on: datetime) -> None:
    """Give a draft up."""
    _lock(session, one)
    _need_lead(session, one, by)
    _need(one, CalibrationState.DRAFT)
    log(session, "calibration.discarded", one, by=by, on=on)
    session.execute(delete(CalibrationSeat).where(CalibrationSeat.calibration_id == one.id))
    session.expire(one, ["seats"])
    session.delete(one)
    session.flush()


# --- Scored ---


def seat_of(session: Session, one: Calibration, by: User) -> CalibrationSeat | None:
    """Where somebody takes part."""
    return session.get(CalibrationSeat, (one.id, by.id))


def criteria_of(session: Session, one: Calibration) -> Sequence[Criterion]:
    """The criteria of the calibrated version, in order."""
    return reading.criteria(session, one.version_id)


def save(session: Session, seat: CalibrationSeat, content: Content, *, base: int) -> None:
    """Keep what a participant typed. `Refused` once handed in, and where it was saved elsewhere meanwhile."""
    session.flush()
    session.refresh(seat, with_for_update={"of": CalibrationSeat})
    _need(seat.calibration, CalibrationState.SCORING)
    if seat.handed_in_at is not None:
        raise Refused(_("These answers are handed in."))
    if answers.from_data(seat.content) == content:
        return
    if seat.revision != base:
        raise Refused(_("These answers were saved in another window in the meantime. Open the page again."))
    seat.content, seat.revision = answers.to_data(content), seat.revision + 1


def hand_in(session: Session, seat: CalibrationSeat, *, on: datetime) -> None:
    """The answers are whole and stay as they are. `Refused` while something is missing."""
    _need(seat.calibration, CalibrationState.SCORING)
    if seat.handed_in_at is not None:
        raise Refused(_("These answers are handed in."))
    if answers.lacks(answers.from_data(seat.content), criteria_of(session, seat.calibration)):
        raise Refused(_("Some criteria are not answered yet, or a miss has no cause."))
    seat.handed_in_at = on
    log(session, "calibration.scored", seat.calibration, by=seat.person, on=on)


# --- Along its life ---


def move(session: Session, one: Calibration, to: CalibrationState, *, by: User, on: datetime) -> None:
    """Go on to the next state. `Refused` for any other one, and while something is missing for it."""
    _lock(session, one)
    _need_lead(session, one, by)
    if rules.next_state(one.state) is not to:
        raise Refused(_("The calibration has moved on. Reload the page."))
    _READY[to](session, one)
    one.state = to
    setattr(one, _STAMPS[to], on)
    log(session, f"calibration.{to.value}", one, by=by, on=on)
    if to is not CalibrationState.CLOSED:
        people = [seat.person_id for seat in one.seats if seat.person_id != by.id]
        facts = {"name": one.name, "meets_at": one.meets_at.isoformat() if one.meets_at else None}
        key = f"calibration-{to.value}:{one.id}"
        tell(session, people, f"calibration.{to.value}", key=key, path=path_of(one.id), on=on, **facts)


def path_of(number: int) -> str:
    """Where a calibration is read."""
    return f"/audits/calibrations/{number}"


def _ready_to_score(_session: Session, one: Calibration) -> None:
    if len(one.seats) < FEWEST or not any(seat.reference for seat in one.seats):
        raise Refused(_("Choose at least two participants, and one of them as the reference."))


def _ready_to_review(_session: Session, one: Calibration) -> None:
    handed = [seat for seat in one.seats if seat.handed_in_at is not None]
    if len(handed) < FEWEST or not any(seat.reference for seat in handed):
        raise Refused(_("The reference and at least one other have to hand in first."))


def _ready_to_resolve(session: Session, one: Calibration) -> None:
    if any(row.divergent and row.agreed is None for row in sheet_of(session, one).rows):
        raise Refused(_("Every divergent criterion needs an agreed answer first."))


def _ready_to_close(_session: Session, one: Calibration) -> None:
    if any(seat.attended is None for seat in one.seats):
        raise Refused(_("First record who attended."))


_READY: Mapping[CalibrationState, Callable[[Session, Calibration], None]] = {
    CalibrationState.SCORING: _ready_to_score,
    CalibrationState.REVIEW: _ready_to_review,
    CalibrationState.RESOLVED: _ready_to_resolve,
    CalibrationState.CLOSED: _ready_to_close,
}
_STAMPS = {
    CalibrationState.SCORING: "opened_at",
    CalibrationState.REVIEW: "reviewed_at",
    CalibrationState.RESOLVED: "resolved_at",
    CalibrationState.CLOSED: "closed_at",
}


# --- Reviewed together ---


def agree(
    session: Session, one: Calibration, criterion_id: int, result: Result, note: str, *, by: User, on: datetime
) -> None:
    """Record the answer all agreed on, and why."""
    _lock(session, one)
    _need_lead(session, one, by)
    _need(one, CalibrationState.REVIEW)
    found = session.get(AgreedAnswer, (one.id, criterion_id))
    if found is None:
        found = AgreedAnswer(calibration_id=one.id, criterion_id=criterion_id)
        session.add(found)
    found.result, found.note = result, note
    log(session, "calibration.agreed", one, by=by, on=on, criterion=criterion_id)
    session.flush()
    session.expire(one, ["agreed"])


def note_meeting(
    session: Session, one: Calibration, attended: Collection[int], discussion: str, *, by: User, on: datetime
) -> None:
    """Note who attended and what was talked about."""
    _lock(session, one)
    _need_lead(session, one, by)
    if one.state not in (CalibrationState.REVIEW, CalibrationState.RESOLVED):
        raise Refused(_("The meeting is recorded during review, until the calibration is closed."))
    for seat in one.seats:
        seat.attended = seat.person_id in attended
    one.discussion = discussion
    log(session, "calibration.noted", one, by=by, on=on)


# --- Shared ---


def leads(session: Session, one: Calibration, by: User) -> bool:
    """Whether somebody leads quality where a calibration is held."""
    return one.unit_id in set(session.scalars(unit_scope(by, Permission.LEAD_QUALITY)))


def _need_lead(session: Session, one: Calibration, by: User) -> None:
    if not leads(session, one, by):
        raise Refused(_("Only whoever leads quality there can do this."))


def _need(one: Calibration, state: CalibrationState) -> None:
    if one.state is not state:
        raise Refused(_("The calibration has moved on. Reload the page."))


def _lock(session: Session, one: Calibration) -> None:
    session.flush()
    session.refresh(one, with_for_update={"of": Calibration})
