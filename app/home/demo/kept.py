"""What the program manager keeps of reports: a view shared with the trainers, and its letter of each month."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Role
from app.accounts.queries import programme
from app.home import daily
from app.reports.kept import services
from app.reports.kept.rules import Every, Told
from app.reports.kept.services import Sharing, Timing

NAME, REPORT, FILTERS = "Cumplimiento de coaching por líder", "compliance", {"by": "lead"}
TIMING = Timing(Every.MONTH, day=2, hour=8, told=Told.BEFORE, file_format="xlsx")


def keep(session: Session, last: date, owner: User, reader: User) -> None:
    """Keep the view on the last day, and have it mailed to both from then on."""
    on, unit = daily.moment_of(last), session.scalars(programme()).one()
    view = services.save(session, NAME, REPORT, FILTERS, Sharing(unit.id, Role.TRAINER), by=owner, on=on)
    services.schedule(session, view, TIMING, [owner, reader], by=owner, on=on)
