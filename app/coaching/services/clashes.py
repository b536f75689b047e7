"""Two people at the same obligation or session: the first to commit holds, and both are told."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Activity, User
from app.accounts.record import tell
from app.coaching.models import Obligation
from app.core.errors import Refused


class Clash(Refused):
    """Somebody else was first. Once what was begun is rolled back, `tell_both` leaves a notice with both."""

    def __init__(self, message: str, *, first_id: int | None, key: str, path: str, person_id: int) -> None:
        super().__init__(message)
        self.first_id, self.key, self.path, self.person_id = first_id, key, path, person_id


def settled_by_another(session: Session, obligation_id: int) -> Clash:
    """What to raise when an obligation was met or waived by somebody else meanwhile: it says by whom."""
    found = session.scalars(
        select(Obligation).where(Obligation.id == obligation_id).execution_options(populate_existing=True)
    ).one()
    if found.session is not None:
        first, said = found.session.coach, _("%(name)s has logged a session that meets one of these obligations.")
    else:
        first, said = found.waived_by, _("%(name)s has waived one of these obligations.")
    lost = _("None of this was saved; reload the page.")
    message = (
        _("One of these obligations is no longer open. Reload the page.")
        if first is None
        else f"{said % {'name': first.name}} {lost}"
    )
    return Clash(
        message,
        first_id=first.id if first is not None else None,
        key=f"clash:obligation:{obligation_id}",
        path=f"/coaching/obligations/{obligation_id}",
        person_id=found.person_id,
    )


def held_by_another(session: Session, session_id: int, person_id: int) -> Clash:
    """What to raise when a planned session was held or called off by somebody else meanwhile."""
    return Clash(
        _("This session is no longer planned: it was held or cancelled."),
        first_id=_settled_by(session, session_id, person_id),
        key=f"clash:session:{session_id}",
        path=f"/coaching/sessions/{session_id}",
        person_id=person_id,
    )


def _settled_by(session: Session, session_id: int, person_id: int) -> int | None:
    """Who logged a session, called it off or noted that nobody came, if it was anybody: not always its coach."""
    return session.scalar(
        select(Activity.actor_id)
        .where(
            Activity.person_id == person_id,
            Activity.subject_id == session_id,
            Activity.verb.in_(("session.logged", "session.cancelled", "session.no_show")),
        )
        .order_by(Activity.id.desc())
        .limit(1)
    )


def tell_both(session: Session, clash: Clash, *, by: User, on: datetime) -> None:
    """Leave a notice with who was first and with who came second, once for each clash."""
    about = session.get_one(User, clash.person_id).name
    if clash.first_id is not None and clash.first_id != by.id:
        key = f"{clash.key}:{by.id}"
        tell(session, [clash.first_id], "clash.first", key=key, path=clash.path, on=on, name=by.name, about=about)
    first = session.get(User, clash.first_id) if clash.first_id is not None else None
    name = first.name if first is not None else ""
    tell(session, [by.id], "clash.second", key=clash.key, path=clash.path, on=on, name=name, about=about)
