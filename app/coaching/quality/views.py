"""Pages of coaching quality: what was drawn and found, one review, the talk about it, and the plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from app.accounts.access import may, requires, viewer
from app.accounts.filters import by_name, name_of
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import unit_scope
from app.coaching import labels as coaching_labels
from app.coaching import lists
from app.coaching.blueprint import bp
from app.coaching.lists.shared import asked_month, month_of
from app.coaching.models import CoachingSession, Commitment, SessionRecord
from app.coaching.outlines.rules import to_fill_in, written
from app.coaching.outlines.services import known_headings, outlines_on, text_of
from app.coaching.quality import labels, services
from app.coaching.quality.forms import PlanForm, ReviewForm, TalkForm
from app.coaching.quality.models import Review, ReviewPlan
from app.coaching.quality.rules import Item
from app.coaching.rules import SessionKind
from app.coaching.services import Said
from app.core.clock import day_of, last_month, now
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.tables import Cell, Column, Filter, Table, at_moment, rate, state, text
from app.core.web import row_number


def _today() -> date:
    return day_of(now(), current_app.config["PROGRAMME_TIME_ZONE"])


# --- The list ---


@bp.get("/quality")
@requires(Permission.SEE_COACHING)
def quality() -> ResponseReturnValue:
    """Sessions that were drawn: what waits for a reviewer, and what was found."""
    mine = Review.visible_to(viewer()).options(
        joinedload(Review.session), joinedload(Review.coach), joinedload(Review.reviewer), joinedload(Review.team)
    )
    return review_table(viewer()).answer(
        mine, "coaching/quality/reviews.html", may_review=may(viewer(), Permission.REVIEW_COACHING)
    )


def review_table(reader: User) -> Table:
    """The list of reviews."""
    return Table(
        id="reviews",
        columns=[
            Column("held", lazy_gettext("Session"), _held, sort=_held_at, kind="moment"),
            Column("coach", lazy_gettext("Coach"), lambda r: text(r.coach.name), sort=lambda: name_of(Review.coach_id)),
            Column("team", lazy_gettext("Team"), lambda r: text(r.team.name, raw=r.team.path)),
            Column("kind", lazy_gettext("Kind"), lambda r: text(coaching_labels.SESSION_KINDS[r.session.kind])),
            Column("state", lazy_gettext("State"), _state, sort=Review.reviewed_at),
            Column("score", lazy_gettext("Points"), _score, sort=Review.points, align="end", kind="rate"),
            Column("reviewer", lazy_gettext("Reviewer"), lambda r: text(r.reviewer.name if r.reviewer else None)),
        ],
        filters=[
            by_name(Review.coach_id, lazy_gettext("Search coaches")),
            Filter("state", lazy_gettext("State"), _stands, _state_options),
            Filter(
                "month", lazy_gettext("Held in month"), lambda v: Review.month == month_of(v), asked_month, kind="month"
            ),
            Filter("unit", lazy_gettext("Unit"), _in_unit, lambda: lists.unit_options(reader)),
        ],
        sort="-held",
        tie_break=Review.id.desc(),
        caption=lazy_gettext("Sessions drawn for review"),
        empty_text=lazy_gettext("No session has been drawn that matches."),
    )


def _held_at() -> Any:
    return select(CoachingSession.held_at).where(CoachingSession.id == Review.session_id).scalar_subquery()


def _held(one: Review) -> Cell:
    return at_moment(one.session.held_at, url=url_for("coaching.review", review_id=one.id))


def _state(one: Review) -> Cell:
    if one.reviewed_at is None:
        return state(_("waiting for a reviewer"), "due")
    return state(_("reviewed"), "good")


def _score(one: Review) -> Cell:
    return text(None) if one.points is None else rate(one.points, one.points_of or 0)


def _state_options() -> list[tuple[str, Any]]:
    return [("waiting", _("waiting for a reviewer")), ("reviewed", _("reviewed")), ("talked", _("discussed"))]


def _stands(value: str) -> ColumnElement[bool]:
    if value == "talked":
        return Review.talk_id.is_not(None)
    return Review.reviewed_at.is_(None) if value == "waiting" else Review.reviewed_at.is_not(None)


def _in_unit(value: str) -> ColumnElement[bool]:
    return Review.team_id.in_(subtree(row_number(value)))


# --- One review ---


@bp.route("/quality/<int:review_id>", methods=["GET", "POST"])
@requires(Permission.SEE_COACHING)
def review(review_id: int) -> ResponseReturnValue:
    """The record of the session beside the rubric; what was found, once it is reviewed."""
    found, form = _review(review_id, Permission.SEE_COACHING), ReviewForm()
    if form.is_submitted():
        _review(review_id, Permission.REVIEW_COACHING)
        if form.validate():
            with said_on(form):
                services.review(db.session(), found, form.marks, form.comment.data or "", by=viewer(), on=now())
                db.session.commit()
                flash(_("Review saved. The coach is notified."))
                return redirect(url_for("coaching.review", review_id=found.id))
    return _page(found, form), 422 if form.errors else 200


def _review(review_id: int, to: Permission) -> Review:
    return one_or_404(Review.visible_to(viewer(), to).where(Review.id == review_id))


def _page(found: Review, form: ReviewForm) -> str:
    records = db.session.scalars(
        SessionRecord.visible_to(viewer())
        .where(SessionRecord.session_id == found.session_id, SessionRecord.absent.is_(False))
        .order_by(SessionRecord.id)
        .options(joinedload(SessionRecord.person), selectinload(SessionRecord.commitments).joinedload(Commitment.owner))
    ).all()
    mine = found.coach_id == viewer().id
    reviews = not mine and _in_scope(found)
    return render_template(
        "coaching/quality/review.html",
        review=found,
        records=records,
        form=form,
        items=list(Item),
        names=labels.ITEMS,
        marks=labels.MARKS,
        looks=labels.MARK_LOOKS,
        kind=coaching_labels.SESSION_KINDS[found.session.kind],
        may_review=reviews and found.reviewed_at is None,
        may_talk=reviews and found.reviewed_at is not None and found.talk_id is None,
        sees_talk=found.talk_id is not None and _sees(found.talk_id),
    )


def _in_scope(found: Review) -> bool:
    mine = Review.visible_to(viewer(), Permission.REVIEW_COACHING).where(Review.id == found.id)
    return (
        may(viewer(), Permission.REVIEW_COACHING) and db.session.scalar(mine.with_only_columns(Review.id)) is not None
    )


def _sees(session_id: int) -> bool:
    seen = CoachingSession.visible_to(viewer()).where(CoachingSession.id == session_id)
    return db.session.scalar(seen.with_only_columns(CoachingSession.id)) is not None


@bp.route("/quality/<int:review_id>/talk", methods=["GET", "POST"])
@requires(Permission.REVIEW_COACHING)
def talk(review_id: int) -> ResponseReturnValue:
    """Log the session that was held with the coach about a review."""
    found = _review(review_id, Permission.REVIEW_COACHING)
    if found.reviewed_at is None or found.coach_id == viewer().id:
        raise NotFound
    form = TalkForm(now())
    if form.validate_on_submit():
        notes = written(form.notes.data or "", known_headings(db.session()))
        promised = [(form.promised[0], found.coach_id, form.promised[1])] if form.promised else []
        said = Said(found.coach_id, notes, "", promised)
        with said_on(form):
            held = services.log_talk(db.session(), found, said, held_at=form.moment, by=viewer(), on=now())
            db.session.commit()
            flash(_("Session logged. The coach is asked to confirm it."))
            return redirect(url_for("coaching.session", session_id=held.id))
    if not form.is_submitted():
        kind = SessionKind.COACH_THE_COACH
        form.notes.data = to_fill_in(text_of(outlines_on(db.session(), _today()).get(kind), kind).text)
    page = render_template("coaching/quality/talk.html", form=form, review=found)
    return page, 422 if form.errors else 200


# --- Plans ---


@bp.route("/quality/plans", methods=["GET", "POST"])
@requires(Permission.REVIEW_COACHING)
def review_plans() -> ResponseReturnValue:
    """By which plans sessions are drawn; and another one, which draws from the month before at once."""
    mine = Unit.visible_to(viewer()).where(Unit.id.in_(unit_scope(viewer(), Permission.REVIEW_COACHING)))
    units = db.session.scalars(mine.order_by(Unit.path)).all()
    form = PlanForm([(u.id, u.path.replace("/", " · ") or u.name) for u in units])
    if form.validate_on_submit():
        unit, today = one_or_404(mine.where(Unit.id == form.unit.data)), _today()
        with said_on(form):
            services.make_plan(
                db.session(), unit, form.per_coach.data or 1, first_month=last_month(today), by=viewer(), on=now()
            )
            drawn = services.draw_months(db.session(), today, on=now())
            db.session.commit()
            flash(
                ngettext(
                    "Plan created; %(num)s session was drawn.", "Plan created; %(num)s sessions were drawn.", drawn
                )
            )
            return redirect(url_for("coaching.quality"))
    plans = db.session.scalars(
        ReviewPlan.visible_to(viewer(), Permission.REVIEW_COACHING)
        .order_by(ReviewPlan.ended_on.is_not(None), ReviewPlan.id.desc())
        .options(joinedload(ReviewPlan.unit))
    ).all()
    return render_template("coaching/quality/plans.html", form=form, plans=plans), 422 if form.errors else 200


@bp.post("/quality/plans/<int:plan_id>/end")
@requires(Permission.REVIEW_COACHING)
def end_review_plan(plan_id: int) -> ResponseReturnValue:
    """Draw no more by a plan."""
    plan = one_or_404(ReviewPlan.visible_to(viewer(), Permission.REVIEW_COACHING).where(ReviewPlan.id == plan_id))
    services.end_plan(db.session(), plan, today=_today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("No more sessions are drawn by this plan."))
    return redirect(url_for("coaching.review_plans"))
