"""Deeds about where people belong: moving to a team, giving and taking roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Grant, Membership, Unit, UnitKind, User
from app.accounts.permissions import Permission, Role
from app.accounts.queries import valid_on
from app.accounts.reach import everywhere, unit_scope
from app.accounts.record import log
from app.accounts.rules import Span, timeline
from app.accounts.services import spans
from app.core.errors import Refused


def move(session: Session, user: User, team: Unit, day: date, *, by: User | None, on: datetime) -> bool:
    """Put somebody in a team from a day on, which ends the team before; returns whether that is new."""
    if team.kind is not UnitKind.TEAM:
        raise Refused(_("%(path)s is not a team.", path=team.path or team.name))
    answer_for(session, user, by=by, on=on)
    must_administer(session, by, team)
    if not _settle(session, user, Membership, (user.id, None, None), [Span((team.id, None), day)]):
        return False
    log(session, "person.moved", team, by=by, on=on, person_id=user.id, unit=team.path, valid_from=day.isoformat())
    return True


def leave_team(session: Session, user: User, day: date, *, by: User | None, on: datetime) -> bool:
    """Take somebody out of the team they are in on a day, with no other; returns whether they were in one."""
    answer_for(session, user, by=by, on=on)
    if not _settle(session, user, Membership, (user.id, None, None), [], stops=day):
        return False
    log(session, "person.unassigned", user, by=by, on=on, person_id=user.id, valid_to=day.isoformat())
    return True


def give_role(
    session: Session, user: User, role: Role, unit: Unit, day: date, *, by: User | None, on: datetime
) -> bool:
    """Give somebody a role over a unit from a day on; returns whether that is new."""
    if role is Role.AGENT:
        raise Refused(_("An agent is somebody in a team: move the person to a team instead."))
    must_administer(session, by, unit)
    if not _settle(session, user, Grant, (user.id, role, unit.id), [Span((unit.id, None), day)]):
        return False
    log(session, "role.given", unit, by=by, on=on, person_id=user.id, role=role.value, unit=unit.path)
    return True


def take_role(session: Session, grant: Grant, day: date, *, by: User | None, on: datetime) -> None:
    """End a role on a day; the programme keeps at least one administrator."""
    must_administer(session, by, grant.unit)
    keep_an_administrator(session, grant, day)
    facts = {"role": grant.role.value, "unit": grant.unit.path}
    log(session, "role.taken", grant.unit, by=by, on=on, person_id=grant.user_id, **facts)
    if grant.valid_from >= day:
        session.delete(grant)
    else:
        grant.valid_to = day
    session.flush()


def end_places(session: Session, user: User, day: date, *, before: date | None) -> None:
    """End team and roles on the day of leaving, or move that end when it was another day (`before`)."""
    for table, known_of in ((Membership, spans.known_memberships), (Grant, spans.known_grants)):
        known = known_of(session, [user.id])
        wanted = {o: timeline(list(rows.values()), [], left_before=before, left=day) for o, rows in known.items()}
        spans.write(session, table, spans.compare(known, wanted))
    session.flush()
    session.expire(user)


def answer_for(session: Session, user: User, *, by: User | None, on: datetime) -> None:
    """Raise `Refused` unless `by` administers every place the person belongs to.

    Otherwise the administrator of a part could take the account of somebody who may do more elsewhere.
    """
    if by is None or everywhere(by, Permission.ADMINISTER):
        return
    own, day = unit_scope(by, Permission.ADMINISTER), on.date()
    for table, unit in ((Grant, Grant.unit_id), (Membership, Membership.team_id)):
        open_elsewhere = select(table.id).where(
            table.user_id == user.id, or_(table.valid_to.is_(None), table.valid_to > day), unit.not_in(own)
        )
        if session.scalar(open_elsewhere.limit(1)) is not None:
            raise Refused(
                _("%(name)s also belongs to other units: this takes an administrator of the programme.", name=user.name)
            )


def keep_an_administrator(session: Session, grant: Grant, day: date) -> None:
    """Raise `Refused` when without this role nobody would administer the programme on that day."""
    holds = grant.valid_from <= day and (grant.valid_to is None or grant.valid_to > day)
    if not holds or grant.role is not Role.ADMINISTRATOR or grant.unit.kind is not UnitKind.PROGRAMME:
        return
    others = (
        select(func.count())
        .select_from(Grant)
        .join(User, User.id == Grant.user_id)
        .where(Grant.role == Role.ADMINISTRATOR, Grant.unit_id == grant.unit_id, valid_on(Grant, day))
        .where(User.id != grant.user_id, User.left_on.is_(None))
    )
    if not session.scalar(others):
        raise Refused(_("This is the last administrator of the programme: give the role to somebody else first."))


def must_administer(session: Session, by: User | None, unit: Unit) -> None:
    """Raise `Refused` unless `by` administers the unit."""
    if by is None:
        return
    own = unit_scope(by, Permission.ADMINISTER).subquery()
    if session.scalar(select(own.c[0]).where(own.c[0] == unit.id)) is None:
        raise Refused(_("This takes an administrator of %(path)s.", path=unit.path or unit.name))


def _settle(
    session: Session,
    user: User,
    table: type[Membership] | type[Grant],
    owner: spans.Owner,
    told: Sequence[Span],
    stops: date | None = None,
) -> bool:
    """Lay what is told over what is known and write the difference; who gets a place after having left is back."""
    is_back = user.left_on is not None and any(span.start >= user.left_on for span in told)
    left = None if is_back else user.left_on
    known = (spans.known_memberships if table is Membership else spans.known_grants)(session, [user.id])
    rows = list(known.get(owner, {}).values())
    difference = spans.compare(known, {owner: timeline(rows, told, left_before=left, left=left, stops=stops)})
    spans.write(session, table, difference)
    user.left_on = left
    session.flush()
    session.expire(user)
    return bool(difference)
