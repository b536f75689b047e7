"""Deeds on saved views and schedules. None commits, none knows of a request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import GRANTS, Permission, Role
from app.accounts.reach import unit_scope
from app.accounts.record import log
from app.core.errors import Refused
from app.reports.gallery import REPORTS
from app.reports.kept.models import Recipient, SavedView, Schedule
from app.reports.kept.rules import LAST_DAY, Every, Told

DROPPED = {"month", "format", "lang", "report"}
"""What an address says that a view does not keep: its month is that of the reading."""
MOST = 50
"""Recipients of a schedule."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom a view is shared: who holds this role, or any, at or below a unit; nobody without a unit."""

    unit_id: int | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """When a view is mailed, what it tells of, and as what."""

    every: Every
    day: int
    hour: int
    told: Told
    file_format: str


def save(
    session: Session, name: str, report: str, query: Mapping[str, str], sharing: Sharing, *, by: User, on: datetime
) -> SavedView:
    """Keep a report with its filters. `Refused` for a name one has already, or sharing beyond one's own units."""
    made = SavedView(owner_id=by.id, report=report, made_at=on)
    made.query = {key: value for key, value in query.items() if key not in DROPPED and value}
    _put(session, made, name, sharing, by=by)
    session.add(made)
    session.flush()
    log(session, "view.saved", made, by=by, on=on, name=name)
    return made


def change(session: Session, view: SavedView, name: str, sharing: Sharing, *, by: User, on: datetime) -> None:
    """Rename it, share it or share it no more."""
    _put(session, view, name, sharing, by=by)
    log(session, "view.changed", view, by=by, on=on, name=name)


def _put(session: Session, view: SavedView, name: str, sharing: Sharing, *, by: User) -> None:
    known = select(SavedView.id).where(SavedView.owner_id == by.id, SavedView.name == name)
    with session.no_autoflush:
        other = session.scalar(known)
    if other is not None and other != view.id:
        raise Refused(_("You already have a view called “%(name)s”.", name=name))
    if sharing.unit_id is not None and sharing.unit_id not in set(
        session.scalars(unit_scope(by, Permission.SEE_REPORTS))
    ):
        raise Refused(_("A view can only be shared within units whose reports you can read."))
    view.name, view.shared_unit_id = name, sharing.unit_id
    view.shared_role = sharing.role if sharing.unit_id is not None else None


def drop(session: Session, view: SavedView, *, by: User, on: datetime) -> None:
    """Forget a view, and what was mailed of it."""
    log(session, "view.dropped", view, by=by, on=on, name=view.name)
    session.delete(view)


# --- By mail ---


def schedule(
    session: Session, view: SavedView, timing: Timing, people: Collection[User], *, by: User, on: datetime
) -> Schedule:
    """Have a view mailed from now on."""
    made = Schedule(view=view, active_from=on)
    _time(made, timing)
    session.add(made)
    session.flush()
    _address(made, people, by=by, on=on)
    log(session, "schedule.made", made, by=by, on=on, name=view.name)
    return made


def reschedule(
    session: Session, one: Schedule, timing: Timing, people: Collection[User], *, by: User, on: datetime
) -> None:
    """Change when and to whom it is mailed; who has stopped it stays stopped."""
    _time(one, timing)
    one.active_from = on
    _address(one, people, by=by, on=on)
    log(session, "schedule.changed", one, by=by, on=on, name=one.view.name)


def _time(one: Schedule, timing: Timing) -> None:
    most = 6 if timing.every is Every.WEEK else LAST_DAY
    least = 0 if timing.every is Every.WEEK else 1
    if not least <= timing.day <= most:
        raise Refused(_("Choose a day from 1 to %(last)s, which every month has.", last=LAST_DAY))
    if timing.told is Told.NEXT and not REPORTS[one.view.report].ahead:
        raise Refused(_("This report has nothing to say about a future month."))
    one.every, one.day, one.hour = timing.every, timing.day, timing.hour
    one.told, one.file_format = timing.told, timing.file_format


def _address(one: Schedule, people: Collection[User], *, by: User, on: datetime) -> None:
    if not people:
        raise Refused(_("Name at least one recipient."))
    if len(people) > MOST:
        raise Refused(ngettext("At most %(num)s recipient.", "At most %(num)s recipients.", MOST))
    known = {found.person_id: found for found in one.recipients}
    wanted = {person.id for person in people}
    one.recipients = [
        known.get(number) or Recipient(person_id=number, added_by_id=by.id, added_at=on) for number in sorted(wanted)
    ]


def found_people(session: Session, words: Iterable[str], *, by: User) -> list[User]:
    """The people of these addresses or employee numbers, within reach and at work. `Refused` names those not found."""
    asked = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    lowered = [word.casefold() for word in asked]
    seen = User.visible_to(by, Permission.SEE_REPORTS).where(
        or_(func.lower(User.email).in_(lowered), func.lower(User.employee_no).in_(lowered))
    )
    people = [one for one in session.scalars(seen.order_by(User.name)) if not one.has_left]
    names = {one.employee_no.casefold() for one in people} | {(one.email or "").casefold() for one in people}
    missing = [word for word, low in zip(asked, lowered, strict=True) if low not in names]
    if missing:
        raise Refused(
            _("Nobody within reach has the address or employee number %(words)s.", words=", ".join(missing[:5]))
        )
    without = [one.name for one in people if not one.email]
    if without:
        raise Refused(_("No email address is known for %(names)s.", names=", ".join(without[:5])))
    return people


def pause(session: Session, one: Schedule, *, by: User, on: datetime) -> None:
    """Send nothing until it is resumed."""
    if one.paused_at is None:
        one.paused_at = on
        log(session, "schedule.paused", one, by=by, on=on, name=one.view.name)


def resume(session: Session, one: Schedule, *, by: User, on: datetime) -> None:
    """Send again, from now on: what was left out stays so."""
    if one.paused_at is not None:
        one.paused_at, one.active_from = None, on
        log(session, "schedule.resumed", one, by=by, on=on, name=one.view.name)


def stop(session: Session, one: Schedule, *, by: User, on: datetime) -> None:
    """Be mailed no more: the recipient's own deed."""
    for mine in one.recipients:
        if mine.person_id == by.id and mine.stopped_at is None:
            mine.stopped_at = on
            log(session, "schedule.stopped", one, by=by, on=on, person_id=by.id, name=one.view.name)


def end(session: Session, one: Schedule, *, by: User, on: datetime) -> None:
    """Mail it no more, and forget what was sent; the letters stay in the log of letters."""
    log(session, "schedule.ended", one, by=by, on=on, name=one.view.name)
    session.delete(one)


def roles_that_read() -> list[Role]:
    """The roles a view can be shared with."""
    return [role for role, granted in GRANTS.items() if Permission.SEE_REPORTS in granted]
