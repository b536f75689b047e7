"""The pages of live sessions: the list, planning, the list of who is in and was there, and signing up."""

from __future__ import annotations

from collections.abc import Iterable

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import teams_of, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.i18n import moment
from app.core.web import row_number
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.live import lists, queries, services
from app.curriculum.live.forms import AddForm, LiveForm
from app.curriculum.live.models import LiveSeat, LiveSession
from app.curriculum.live.rules import Stage
from app.curriculum.models import ModuleKind
from app.curriculum.services import programme_day

MOST = 200
"""People offered to be put on a list."""


@bp.get("/live")
@requires(Permission.USE)
def live_sessions() -> ResponseReturnValue:
    """The live sessions for the reader's people: to come, held and called off."""
    return lists.session_table(viewer(), now()).answer(lists.sessions(viewer()), "curriculum/live/list.html")


@bp.get("/live/<int:live_id>")
@requires(Permission.USE)
def live_session(live_id: int) -> ResponseReturnValue:
    """One session: when and where, and who of the reader's people is in."""
    return _page(_live(live_id))


def _page(live: LiveSession, add: AddForm | None = None) -> ResponseReturnValue:
    user, at = viewer(), now()
    runs = _runs(live)
    found = LiveSeat.visible_to(user).where(LiveSeat.session_id == live.id, LiveSeat.stage != Stage.GIVEN_BACK)
    by_place = found.order_by(LiveSeat.stage == Stage.WAITING, LiveSeat.asked_at, LiveSeat.id)
    seats = db.session.scalars(by_place.options(joinedload(LiveSeat.person))).all()
    people = _addable(live) if runs and live.cancelled_at is None else []
    page = render_template(
        "curriculum/live/session.html",
        live=live,
        offer=lists.Offer(live, *lists.counts_of(db.session(), [live.id]).get(live.id, (0, 0)), _stage(seats)),
        when=lists.when(live),
        held_in=lists.language_name(live.language),
        state=lists.state_of(live, at),
        seats=seats,
        teams=teams_of(db.session(), [seat.person_id for seat in seats]),
        runs=runs,
        may_see_people=may(user, Permission.SEE_LEARNING),
        begun=live.starts_at <= at,
        add=add or AddForm(people, formdata=None),
    )
    return page, 422 if add is not None and add.errors else 200


def _stage(seats: Iterable[LiveSeat]) -> Stage | None:
    return next((seat.stage for seat in seats if seat.person_id == viewer().id), None)


def _addable(live: LiveSession) -> list[User]:
    return list(db.session.scalars(queries.without_seat(viewer(), live, programme_day(now())).limit(MOST)))


def _live(live_id: int, to: Permission = Permission.USE) -> LiveSession:
    loaded = joinedload(LiveSession.module), joinedload(LiveSession.trainer), joinedload(LiveSession.unit)
    return one_or_404(LiveSession.visible_to(viewer(), to).where(LiveSession.id == live_id).options(*loaded))


def _runs(live: LiveSession) -> bool:
    """Whether the reader runs this session."""
    if not may(viewer(), Permission.WRITE_MODULES):
        return False
    mine = LiveSession.visible_to(viewer(), Permission.WRITE_MODULES).where(LiveSession.id == live.id)
    return db.session.scalar(mine.with_only_columns(LiveSession.id)) is not None


# --- Planning ---


@bp.route("/modules/<int:module_id>/live/new", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def plan_live(module_id: int) -> ResponseReturnValue:
    """Plan a session of a module."""
    module = seen_module(module_id)
    if module.kind is not ModuleKind.LIVE:
        abort(404)
    zone_here = viewer().time_zone or current_app.config["PROGRAMME_TIME_ZONE"]
    proposed = LiveSession(time_zone=zone_here, minutes=module.minutes, trainer_id=viewer().id, seats=12, language="es")
    form = _form(proposed)
    if form.validate_on_submit():
        made = services.plan(db.session(), module, form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Session planned."))
        return redirect(url_for("curriculum.live_session", live_id=made.id))
    page = render_template("curriculum/live/form.html", form=form, module=module, live=None)
    return page, 422 if form.errors else 200


@bp.route("/live/<int:live_id>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def edit_live(live_id: int) -> ResponseReturnValue:
    """Move a session, say where it is, or change its seats."""
    found = _live(live_id, Permission.WRITE_MODULES)
    form = _form(found)
    if form.validate_on_submit():
        services.change(db.session(), found, form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Session changed. Calendars are updated."))
        return redirect(url_for("curriculum.live_session", live_id=found.id))
    page = render_template("curriculum/live/form.html", form=form, module=found.module, live=found)
    return page, 422 if form.errors else 200


def _form(live: LiveSession) -> LiveForm:
    trainers = list(db.session.scalars(queries.trainers(viewer(), programme_day(now()))))
    if live.trainer is not None and live.trainer not in trainers:
        trainers.append(live.trainer)
    units = unit_options(viewer(), Permission.WRITE_MODULES)
    if live.unit is not None and str(live.unit_id) not in dict(units):
        units.append((str(live.unit_id), live.unit.path or live.unit.name))
    return LiveForm(live, units, trainers)


@bp.post("/live/<int:live_id>/cancel")
@requires(Permission.WRITE_MODULES)
def cancel_live(live_id: int) -> ResponseReturnValue:
    """Call a session off."""
    found = _live(live_id, Permission.WRITE_MODULES)
    services.call_off(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Session cancelled. Everybody with a seat is notified."))
    return redirect(url_for("curriculum.live_session", live_id=found.id))


@bp.post("/live/<int:live_id>/add")
@requires(Permission.WRITE_MODULES)
def add_to_live(live_id: int) -> ResponseReturnValue:
    """Put people on the list of a session."""
    found = _live(live_id, Permission.WRITE_MODULES)
    people = {one.id: one for one in _addable(found)}
    form = AddForm(list(people.values()))
    if not form.validate_on_submit():
        return _page(found, form)
    chosen = [people[int(number)] for number in form.people.data or []]
    added = services.add(db.session(), found, chosen, by=viewer(), on=now())
    db.session.commit()
    flash(ngettext("%(num)s person is on the list.", "%(num)s people are on the list.", added))
    return redirect(url_for("curriculum.live_session", live_id=found.id))


@bp.post("/live/<int:live_id>/attendance")
@requires(Permission.WRITE_MODULES)
def live_attendance(live_id: int) -> ResponseReturnValue:
    """Write down who was there."""
    found = _live(live_id, Permission.WRITE_MODULES)
    try:
        present = {row_number(one) for one in request.form.getlist("present")}
    except ValueError:
        abort(422)
    count = services.attended(db.session(), found, present, by=viewer(), on=now())
    db.session.commit()
    flash(ngettext("%(num)s person attended.", "%(num)s people attended.", count))
    return redirect(url_for("curriculum.live_session", live_id=found.id))


# --- Seats of one's own ---


@bp.post("/live/<int:live_id>/sign-up")
@requires(Permission.LEARN)
def sign_up(live_id: int) -> ResponseReturnValue:
    """Take a seat, or a place on the waiting list."""
    found = _live(live_id)
    seat = services.sign_up(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    if seat.stage is Stage.SEATED:
        flash(_("You have a seat: %(when)s. A calendar invitation follows by email.", when=moment(found.starts_at)))
    else:
        flash(_("You are on the waiting list. Hilo tells you as soon as a seat is free."))
    return redirect(_back(found))


@bp.post("/live/<int:live_id>/give-back")
@requires(Permission.LEARN)
def give_seat_back(live_id: int) -> ResponseReturnValue:
    """Free one's own seat, or leave the waiting list."""
    found = _live(live_id)
    own = LiveSeat.visible_to(viewer()).where(LiveSeat.session_id == found.id, LiveSeat.person_id == viewer().id)
    services.give_back(db.session(), one_or_404(own), by=viewer(), on=now())
    db.session.commit()
    flash(_("Your seat is free again."))
    return redirect(_back(found))


def _back(live: LiveSession) -> str:
    return url_for("curriculum.live_session", live_id=live.id)
