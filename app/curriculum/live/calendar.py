"""Live sessions as calendars read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.calendars import Entry
from app.curriculum.live import queries
from app.curriculum.live.models import LiveSession

LOOKS_BACK = timedelta(days=60)
MOST = 500


def entry_of(live: LiveSession, *, out: bool = False) -> Entry:
    """What a calendar holds of a session, in the language spoken; `out`: for who no longer takes part."""
    return Entry(
        key=f"live-session-{live.id}",
        begins=live.starts_at,
        minutes=live.minutes,
        revision=live.revision,
        title=live.module.title.text,
        path=f"/curriculum/modules/{live.module_id}",
        off=out or live.cancelled_at is not None,
        place=live.place,
    )


def entries(session: Session, reader: User, *, on: datetime) -> list[Entry]:
    """The sessions somebody has a seat in or teaches, for the own feed."""
    return [entry_of(one) for one in session.scalars(queries.of_reader(reader.id, on - LOOKS_BACK).limit(MOST))]
