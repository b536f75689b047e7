"""Jobs of the reports that are mailed: finding what is due, and each letter."""

from __future__ import annotations

from app.core.clock import now
from app.core.database import db
from app.core.jobs import job
from app.reports.kept import sending


@job("reports.due", schedule="*/15 * * * *", make_up=False)
def find_due() -> None:
    """Every quarter of an hour: zones there are that are a quarter off."""
    sending.find_due(db.session(), now())


@job(sending.JOB, attempts=4)
def send(send_id: int) -> None:
    """Send one letter."""
    sending.deliver(db.session(), send_id)
