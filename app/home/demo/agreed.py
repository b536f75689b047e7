"""The priorities of the last months as they were agreed upon: the month before followed up, the present one signed."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import last_month, month_start
from app.core.errors import Refused
from app.governance import services
from app.governance.rules import Answer, Part
from app.home import daily

DAY_OF_SIGNING = 3
MOVED_PLACE, MOVED_TO = 4, 2
WHY = "El lanzamiento del mes depende de esto."


def agree(session: Session, last: date, signers: list[User]) -> None:
    """Draw up and sign the lists of this month and of the one before; `signers` sign one part each, in order."""
    for month in (last_month(last), month_start(last)):
        day = month + timedelta(days=DAY_OF_SIGNING - 1)
        on = daily.moment_of(day)
        try:
            drawn = services.draw_up(session, month, today=day, by=signers[0], on=on)
        except Refused:
            continue
        for number, entry in enumerate(list(drawn.entries)):
            moves = entry.rank == MOVED_PLACE
            services.settle_entry(
                session,
                entry,
                place=MOVED_TO if moves else entry.place,
                reason=WHY if moves else "",
                answer=entry.answer or (Answer.HUDDLE, Answer.ARTICLE)[number % 2],
                owner_id=signers[number % len(signers)].id,
                due_on=month + timedelta(days=20),
                by=signers[0],
                on=on,
            )
        for part, who in zip(Part, signers, strict=False):
            services.sign(session, drawn, part, by=who, on=on)
