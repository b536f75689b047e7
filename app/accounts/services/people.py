"""Deeds about one person: adding, changing, being away, leaving."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Absence, AbsenceKind, User
from app.accounts.record import log
from app.accounts.services.places import answer_for, end_places, keep_an_administrator
from app.core.errors import Refused
from app.core.follow import Event, announce


def add_person(session: Session, *, by: User | None, on: datetime, **facts: Any) -> User:
    """Add somebody who can't sign in until invited; `facts` are columns of `User`, employee_no and name at least."""
    facts["email"] = tidy_email(facts.get("email"))
    _must_be_free(session, None, facts)
    user = User(**facts)
    session.add(user)
    session.flush()
    log(session, "person.added", user, by=by, on=on, person_id=user.id, name=user.name)
    return user


def change_person(session: Session, user: User, *, by: User | None, on: datetime, **changes: Any) -> bool:
    """Change columns of a person; returns whether anything is new."""
    if "email" in changes:
        changes["email"] = tidy_email(changes["email"])
    news = {key: [getattr(user, key), value] for key, value in changes.items() if getattr(user, key) != value}
    if not news:
        return False
    if by is not user:
        answer_for(session, user, by=by, on=on)
    _must_be_free(session, user.id, {key: value for key, (_old, value) in news.items()})
    for key, (_old, value) in news.items():
        setattr(user, key, value)
    log(session, "person.changed", user, by=by, on=on, person_id=user.id, **plain(news))
    return True


def leave(session: Session, user: User, day: date, *, by: User | None, on: datetime) -> None:
    """Note that a person leaves: from that day no team, no role and no sign-in; other rooms are told."""
    answer_for(session, user, by=by, on=on)
    if user.hired_on is not None and day < user.hired_on:
        raise Refused(_("A person can't leave before their hiring date."))
    for grant in user.grants:
        keep_an_administrator(session, grant, day)
    before, user.left_on = user.left_on, day
    end_places(session, user, day, before=before)
    log(session, "person.left", user, by=by, on=on, person_id=user.id, left_on=day.isoformat())
    announce(session, Event.PERSON_LEFT, person_id=user.id, day=day, on=on)


def note_absence(
    session: Session, user: User, kind: AbsenceKind, first: date, last: date, *, by: User | None, on: datetime
) -> Absence:
    """Note that somebody is away from a day to a day, both included; known days get the kind told now."""
    if last < first:
        raise Refused(_("The last day of an absence can't be before its first."))
    days = {"user_id": user.id, "from_day": first, "to_day": last}
    absence = session.scalar(select(Absence).filter_by(**days)) or Absence(**days)
    absence.kind = kind
    session.add(absence)
    session.flush()
    log(session, "absence.noted", absence, by=by, on=on, person_id=user.id, **_told(absence))
    return absence


def drop_absence(session: Session, absence: Absence, *, by: User | None, on: datetime) -> None:
    """Take an absence back."""
    log(session, "absence.dropped", absence, by=by, on=on, person_id=absence.user_id, **_told(absence))
    session.delete(absence)


def _told(absence: Absence) -> dict[str, str]:
    return {
        "kind": absence.kind.value,
        "from_day": absence.from_day.isoformat(),
        "to_day": absence.to_day.isoformat(),
    }


def tidy_email(email: str | None) -> str | None:
    """The address as it is kept: without blanks, in lower case, or none."""
    return (email or "").strip().lower() or None


def plain(news: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Changes (`column: [before, after]`) as the activity log keeps them."""
    return {key: [v.isoformat() if isinstance(v, date) else v for v in values] for key, values in news.items()}


def _must_be_free(session: Session, user_id: int | None, facts: dict[str, Any]) -> None:
    """Raise `Refused` when another person has this employee number or e-mail."""
    for column, sentence in (
        (User.employee_no, _("Another person has this employee number.")),
        (User.email, _("Another person has this email address.")),
    ):
        value = facts.get(column.key)
        if value and session.scalar(select(User.id).where(column == value, User.id != (user_id or 0))) is not None:
            raise Refused(sentence)
