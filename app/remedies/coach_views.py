"""The page of coaches: sessions, ratings, reviews, and what coaching by each changed, where the sample allows to say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.quality.queries import reviews_of_coaches, sessions_of_coaches
from app.coaching.quality.rules import FEWEST
from app.coaching.rules import add_months
from app.core import exports
from app.core.clock import month_start, now
from app.core.database import db
from app.curriculum.services import programme_day
from app.gaps import outcomes
from app.gaps.outcomes import Effect
from app.gaps.rules import INTERVAL
from app.remedies import effect_words, effects
from app.remedies.blueprint import bp
from app.remedies.effects import Cut

MONTHS = 6
FEWEST_RATINGS = 5
"""Of so few ratings no mean is said."""


@dataclass(frozen=True, slots=True)
class Coach:
    """What is known of one coach."""

    person: User
    sessions: int
    agents: int
    useful: tuple[int, int]
    """Sum and number of ratings."""
    applicable: tuple[int, int]
    reviews: int
    points: int
    points_of: int
    effect: Effect

    @property
    def too_few_reviews(self) -> bool:
        return self.reviews < FEWEST


@bp.get("/coaches")
@requires(Permission.SEE_REPORTS)
def coaches() -> ResponseReturnValue:
    """Coach by coach, of the last months; `?format=csv` for the figures as a file."""
    since = add_months(month_start(programme_day(now())), -MONTHS)
    rows = of_coaches(since)
    if request.args.get("format") in ("csv", "xlsx"):
        return exports.download([_sheet(rows)], request.args["format"], "coaches")
    return render_template(
        "remedies/coaches.html",
        rows=rows,
        since=since,
        mean=mean,
        fewest=FEWEST,
        words=effect_words,
        level=INTERVAL,
        export_urls={one: url_for("remedies.coaches", format=one) for one in ("csv", "xlsx")},
    )


def of_coaches(since: date) -> list[Coach]:
    """Who coached in the teams in scope since a day, by name."""
    session, user = db.session(), viewer()
    held = {row[0]: row[1:] for row in session.execute(sessions_of_coaches(user, since)).all()}
    reviewed = {row[0]: row[1:] for row in session.execute(reviews_of_coaches(user, since)).all()}
    changed = {one.key: one.effect for one in effects.by(session, Cut.COACH, effects.seen_by(user))}
    people = session.scalars(select(User).where(User.id.in_({*held, *reviewed})).order_by(User.name, User.id))
    found = []
    for one in people:
        sessions, agents, useful, rated, applicable, rated_so = held.get(one.id, (0,) * 6)
        reviews, points, points_of = reviewed.get(one.id, (0,) * 3)
        effect = changed.get(one.id, outcomes.NOTHING)
        ratings = (useful, rated), (applicable, rated_so)
        found.append(Coach(one, sessions, agents, *ratings, reviews, points, points_of, effect))
    return found


def mean(rating: tuple[int, int]) -> float | None:
    """The mean of ratings; none of too few."""
    total, many = rating
    return total / many if many >= FEWEST_RATINGS else None


def _sheet(rows: list[Coach]) -> exports.Sheet:
    headers = [
        _("Coach"), _("Sessions"), _("Agents"), _("Useful, 1 to 5"), _("Ratings"), _("Applicable, 1 to 5"), _("Ratings"),
        _("Points"), _("Points possible"), _("Reviews"), _("Verdict"), _("Effect, points"), _("Interval from"),
        _("Interval to"), _("Agents it is based on"),
    ]  # fmt: skip
    kinds = ["text", *["number"] * 2, *["decimal", "number"] * 2, *["number"] * 3, "text", *["decimal"] * 3, "number"]
    return exports.Sheet("coaches", headers, [_line(one) for one in rows], kinds)


def _line(one: Coach) -> list[object]:
    said = effect_words.is_said(one.effect)
    figures = [one.effect.points, one.effect.low, one.effect.high] if said else [None] * 3
    return [
        one.person.name, one.sessions, one.agents, mean(one.useful), one.useful[1], mean(one.applicable), one.applicable[1],
        one.points, one.points_of, one.reviews, str(effect_words.VERDICTS[one.effect.verdict]),
        *(None if value is None else 100 * value for value in figures), one.effect.agents,
    ]  # fmt: skip
