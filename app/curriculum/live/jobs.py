"""Jobs: invitations to live sessions, one letter for each who takes part."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts import invitations
from app.accounts.models import User
from app.core.clock import now
from app.core.database import db
from app.core.i18n import speak
from app.core.jobs import job
from app.curriculum.live.calendar import entry_of
from app.curriculum.live.models import LiveSeat, LiveSession
from app.curriculum.live.rules import Stage
from app.curriculum.live.services import INVITE


@job(INVITE, attempts=4)
def invite(live_id: int, person_id: int, revision: int, asked: str) -> None:
    """Mail somebody that a live session is planned, moved or called off, or that their seat is no longer kept.

    A change overtaken by a later one is not mailed. Who gave a seat back and took it again gets what holds now.
    """
    live, reader = db.session.get(LiveSession, live_id), db.session.get(User, person_id)
    if live is None or reader is None or live.revision != revision or live.starts_at <= now():
        return
    seat = select(LiveSeat.id).where(
        LiveSeat.session_id == live.id, LiveSeat.person_id == reader.id, LiveSeat.stage == Stage.SEATED
    )
    out = live.trainer_id != reader.id and db.session.scalar(seat) is None
    with speak(reader.language):
        entry = entry_of(live, out=out)
    invitations.send(db.session(), entry, reader, live.trainer.name, kind=INVITE, on=now())
