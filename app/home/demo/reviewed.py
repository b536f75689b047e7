"""Reviews of coaching sessions in the demo programme: one of each coach a month is drawn, most are written, one discussed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.services import programme_unit
from app.coaching.quality import services
from app.coaching.quality.models import Review
from app.coaching.quality.rules import Item, Mark
from app.coaching.services import Said
from app.core.clock import month_start, next_month
from app.home import daily
from app.home.demo import content

WRITTEN = 0.85
"""Share of the drawn sessions that were reviewed."""
MARKS = (Mark.YES, Mark.PARTLY, Mark.NO, Mark.NA)
CHANCES: dict[Item, tuple[float, float, float, float]] = {
    Item.EVIDENCE: (0.75, 0.2, 0.05, 0.0),
    Item.BEHAVIOUR: (0.6, 0.3, 0.1, 0.0),
    Item.LISTENED: (0.5, 0.3, 0.2, 0.0),
    Item.CAUSE: (0.4, 0.35, 0.2, 0.05),
    Item.COMMITMENT: (0.8, 0.15, 0.05, 0.0),
    Item.CHECKED: (0.45, 0.35, 0.2, 0.0),
}


def plan(session: Session, first: date, by: User) -> None:
    """Have a session of each coach drawn each month, from the first whole one on."""
    month = first if first.day == 1 else next_month(first)
    unit = programme_unit(session)
    services.make_plan(session, unit, 1, first_month=month_start(month), by=by, on=daily.moment_of(first))


def write(session: Session, rng: np.random.Generator, reviewers: list[User], last: date) -> None:
    """Write most of the reviews that were drawn, by turns, and talk about the first that found something missing."""
    talked, words = False, content.reviews()
    for number, one in enumerate(session.scalars(select(Review).order_by(Review.id)).all()):
        marks = {item: MARKS[int(rng.choice(len(MARKS), p=chances))] for item, chances in CHANCES.items()}
        done, days = float(rng.random()) < WRITTEN, int(rng.integers(3, 20))
        by = reviewers[number % len(reviewers)]
        day = one.drawn_at.date() + timedelta(days=days)
        if not done or day > last or one.coach_id == by.id:
            continue
        missing = [item for item, mark in marks.items() if mark is Mark.NO]
        comment = words.comments[missing[0].value] if missing else words.good
        services.review(session, one, marks, comment.get(by.language), by=by, on=daily.moment_of(day))
        after = day + timedelta(days=4)
        if missing and not talked and after <= last:
            talked = True
            promised = [(words.promise.get(by.language), one.coach_id, after + timedelta(days=14))]
            said = Said(one.coach_id, words.talk.get(by.language).strip(), "", promised)
            on = daily.moment_of(after)
            services.log_talk(session, one, said, held_at=on - timedelta(hours=8), by=by, on=on)
