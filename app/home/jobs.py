"""Jobs of the house as a whole: the nightly run, and each person's letter of the day."""

from __future__ import annotations

from datetime import date, timedelta

from flask import current_app
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.models import Letters, Notice, User
from app.accounts.record import sent
from app.core import mail
from app.core.clock import now, start_of
from app.core.database import db
from app.core.i18n import speak
from app.core.jobs import job
from app.home import daily, notices, reminders

YESTERDAY = timedelta(days=1)
MOST = 30
"""So many notices are told in one letter; the rest is counted."""


@job("home.daily", schedule="10 0 * * *", make_up=True)
def run_nightly() -> None:
    """Soon after midnight in the programme's zone: everything of the day that has ended, and of any day left out."""
    on = now()
    daily.run(daily.today(on) - YESTERDAY, on=on)


@job(reminders.DIGEST, attempts=4)
def send_digest(person_id: int, day: str) -> None:
    """Mail somebody what is new of that day and not mailed yet, in one letter."""
    person = db.session.get(User, person_id)
    news = _news(person, date.fromisoformat(day)) if person is not None else []
    if person is None or person.letters is Letters.NEVER or not person.email or not person.is_active or not news:
        return
    with speak(person.language):
        letter = _letter(person, news)
    written = mail.compose(person.email, person.language, lambda: _subject(len(news)), "home/digest.txt", **letter)
    mail.send(written)
    at = now()
    for notice in news:
        notice.mailed_at = at
    sent(db.session(), person, reminders.DIGEST, written.subject, on=at)


def _news(person: User, day: date) -> list[Notice]:
    since = start_of(reminders.first_day(day, person.letters), current_app.config["PROGRAMME_TIME_ZONE"])
    statement = (
        select(Notice)
        .where(Notice.person_id == person.id, Notice.created_at >= since)
        .where(Notice.mailed_at.is_(None), Notice.read_at.is_(None))
    )
    return list(db.session.scalars(statement.order_by(Notice.created_at, Notice.id)))


def _subject(count: int) -> str:
    return ngettext("Hilo: %(num)s new notice", "Hilo: %(num)s new notices", count)


def _letter(person: User, news: list[Notice]) -> dict[str, object]:
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    zone = person.time_zone or current_app.config["PROGRAMME_TIME_ZONE"]
    groups: dict[str, list[tuple[str, str]]] = {}
    for notice in news[:MOST]:
        groups.setdefault(notices.why(notice), []).append((notices.sentence(notice, zone), base + notice.path))
    return {
        "name": person.first_name,
        "groups": list(groups.items()),
        "more": max(len(news) - MOST, 0),
        "weekly": person.letters is Letters.WEEKLY,
        "home": base,
    }
