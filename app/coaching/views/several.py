"""Planning sessions with several agents in one go: times are proposed, may be changed, and are planned together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching import labels, queries, services
from app.coaching.blueprint import bp
from app.coaching.conflicts import LOOKS_AHEAD, STEP, Diary
from app.coaching.forms import PlaceForm, SeveralForm
from app.coaching.models import Obligation
from app.coaching.rules import SessionKind
from app.coaching.views.log import agents_of, likely_kind
from app.core import i18n
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.web import row_number

MOST = 25
"""Sessions planned in one go."""
LONGEST_AHEAD = timedelta(days=92)


@dataclass(slots=True)
class Plan:
    """One session to be planned: with whom, what for, and what stands in its way."""

    agent: User
    owed: list[Obligation]
    place: PlaceForm
    ways: list[str] = default(default_factory=list)
    late: bool = False
    """Whether it would be held after the first of them is due."""


@bp.route("/schedule/several", methods=["GET", "POST"])
@requires(Permission.LOG_SESSIONS)
def several() -> ResponseReturnValue:
    """Plan a session for each agent of the obligations in the address."""
    owed = _owed()
    if not owed:
        return redirect(url_for("coaching.queue"))
    form = SeveralForm()
    plans = _plans(form, owed)
    proposes = not form.is_submitted() or "propose" in request.form
    fine = not form.is_submitted() or (form.validate() and _in_range(form, plans, proposes=proposes))
    if fine:
        diary = _diary(form, plans, proposes=proposes)
        if proposes:
            _propose(form, plans, diary)
        _judge(form, plans, diary)
        if not proposes and ("anyway" in request.form or not any(plan.ways for plan in plans)):
            return _save(form, plans)
    page = render_template(
        "coaching/several.html", form=form, plans=plans, cause=labels.cause, due=labels.due, at=now(), proposes=proposes
    )
    return page, 200 if fine else 422


def _owed() -> Sequence[Obligation]:
    """What was chosen in the queue, the first due first; 404 for what is not the viewer's to meet."""
    asked = {number for number in request.args.getlist("obligation", type=row_number) if number}
    if len(asked) > MOST:
        raise Refused(_("At most %(most)s sessions can be planned in one go. Choose fewer.", most=MOST))
    mine = queries.queue(viewer(), now()).where(Obligation.id.in_(asked)).options(joinedload(Obligation.person))
    found = db.session.scalars(mine).all()
    seen = Obligation.visible_to(viewer(), Permission.LOG_SESSIONS).where(Obligation.id.in_(asked))
    if len(db.session.scalars(seen.with_only_columns(Obligation.id)).all()) != len(asked):
        raise NotFound
    agents_of({one.person_id for one in found})
    return found


def _plans(form: SeveralForm, owed: Sequence[Obligation]) -> list[Plan]:
    """A session for each agent, in the order their first obligation is due; what was typed stays with its agent."""
    by_person: dict[int, list[Obligation]] = {}
    for one in owed:
        by_person.setdefault(one.person_id, []).append(one)
    typed = {entry.form.person.data: entry.form for entry in form.places}
    if set(typed) != {str(person) for person in by_person}:
        while form.places.entries:
            form.places.pop_entry()
        typed = {}
        for person, theirs in by_person.items():
            entry = form.places.append_entry({"person": str(person), "kind": likely_kind(theirs, 1).value})
            typed[str(person)] = entry.form
    if not form.is_submitted():
        _start(form)
    return [Plan(theirs[0].person, theirs, typed[str(person)]) for person, theirs in by_person.items()]


def _start(form: SeveralForm) -> None:
    """From the next full quarter of an hour after the next hour."""
    begins = now().replace(second=0, microsecond=0) + timedelta(hours=1)
    begins += (STEP - timedelta(minutes=begins.minute % 15)) % STEP
    here = i18n.local(begins)
    form.first_day.data, form.first_at.data = here.date(), here.time()


def _in_range(form: SeveralForm, plans: Sequence[Plan], *, proposes: bool) -> bool:
    """Whether all times are still to come, and not years away; what is wrong is said at its field."""
    looked_at: list[tuple[Any, datetime]] = (
        [(form.first_at, form.first)] if proposes else [(plan.place.at, plan.place.moment) for plan in plans]
    )
    wrong = [(field, moment) for field, moment in looked_at if not now() < moment <= now() + LONGEST_AHEAD]
    for field, moment in wrong:
        said = _("This time has passed.") if moment <= now() else _("This is more than three months ahead.")
        field.errors = [*field.errors, said]
    return not wrong


def _diary(form: SeveralForm, plans: Sequence[Plan], *, proposes: bool) -> Diary:
    moments = [form.first] if proposes else [plan.place.moment for plan in plans]
    ends = max(moments) + (LOOKS_AHEAD if proposes else timedelta(0)) + timedelta(minutes=form.length)
    return Diary.of(db.session(), viewer(), [plan.agent for plan in plans], min(moments), ends)


def _propose(form: SeveralForm, plans: Sequence[Plan], diary: Diary) -> None:
    """The first free times, in the order the sessions are due."""
    taken = list(diary.busy)
    for plan in plans:
        begins = diary.first_free(plan.agent, viewer(), form.first, form.length) or form.first
        diary.take(plan.agent, viewer(), begins, form.length)
        plan.place.start_at(begins)
    diary.busy = taken


def _judge(form: SeveralForm, plans: Sequence[Plan], diary: Diary) -> None:
    """What stands in the way of each, the other sessions of the form among it."""
    length = timedelta(minutes=form.length)
    for plan in plans:
        begins = plan.place.moment
        plan.late = begins > plan.owed[0].due_at
        plan.ways = diary.says([plan.agent], viewer(), begins, form.length)
        for other in plans:
            if other is not plan and abs(other.place.moment - begins) < length:
                plan.ways.append(_("The session with %(name)s is at the same time.", name=other.agent.name))


def _save(form: SeveralForm, plans: Sequence[Plan]) -> ResponseReturnValue:
    on = now()
    for plan in plans:
        services.schedule(
            db.session(),
            by=viewer(),
            kind=SessionKind(plan.place.kind.data),
            person_ids=[plan.agent.id],
            scheduled_for=plan.place.moment,
            minutes=form.length,
            on=on,
        )
    db.session.commit()
    flash(
        ngettext(
            "%(num)s session scheduled. The agent is notified.",
            "%(num)s sessions scheduled. Each agent is notified.",
            len(plans),
        )
    )
    return redirect(url_for("coaching.queue"))
