"""Sessions: the list, one session, planning and moving it; confirming it; what was promised in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching import labels, lists, queries, services, talking
from app.coaching.blueprint import bp
from app.coaching.conflicts import conflicts
from app.coaching.forms import AcknowledgeForm, AttachForm, ChangeForm, ScheduleForm, choices_of
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import RATINGS, CommitmentState, SessionKind, SessionState
from app.coaching.talking import Since
from app.coaching.views.log import agents_of, gone, told
from app.core import i18n
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.web import row_number, safe_next

RECHECKED = 6
"""Of a larger group, so many records show how checks went since."""
MOST_OFFERED = 60
"""Other agents offered for a planned session."""


@bp.get("/sessions")
@requires(Permission.USE)
def sessions() -> ResponseReturnValue:
    """Sessions held, planned and called off; an agent's own."""
    sees_others = may(viewer(), Permission.SEE_COACHING)
    return lists.session_table(viewer(), sees_others=sees_others).answer(
        lists.sessions(viewer()), "coaching/sessions.html", sees_others=sees_others
    )


@bp.get("/sessions/<int:session_id>")
@requires(Permission.USE)
def session(session_id: int) -> ResponseReturnValue:
    """One session: each reader sees the records within reach, an agent the own one."""
    return _page(_session(session_id), AcknowledgeForm())


def _session(session_id: int) -> CoachingSession:
    return one_or_404(
        CoachingSession.visible_to(viewer())
        .where(CoachingSession.id == session_id)
        .options(joinedload(CoachingSession.coach), selectinload(CoachingSession.topics))
    )


def _page(found: CoachingSession, form: AcknowledgeForm) -> str:
    records = db.session.scalars(
        SessionRecord.visible_to(viewer())
        .where(SessionRecord.session_id == found.id)
        .order_by(SessionRecord.id)
        .options(joinedload(SessionRecord.person), selectinload(SessionRecord.commitments).joinedload(Commitment.owner))
        .options(selectinload(SessionRecord.attachments))
    ).all()
    met = Obligation.visible_to(viewer()).where(Obligation.session_id == found.id).order_by(Obligation.due_at)
    own = next((record for record in records if record.person_id == viewer().id and not record.absent), None)
    is_coach = found.coach_id == viewer().id
    return render_template(
        "coaching/session.html",
        session=found,
        kind=labels.SESSION_KINDS[found.kind],
        state=(labels.SESSION_LOOKS[found.state], labels.SESSION_STATES[found.state]),
        records=records,
        met=db.session.scalars(met.options(joinedload(Obligation.person))).all(),
        own=own,
        form=form,
        is_coach=is_coach,
        may_move=found.state is SessionState.SCHEDULED and _may_move(found),
        is_past=found.scheduled_for is not None and found.scheduled_for <= now(),
        since=_since(found, records),
        attach=AttachForm(),
        sees_obligations=may(viewer(), Permission.SEE_COACHING),
        cause=labels.cause,
        commitment_states=labels.COMMITMENT_STATES,
        commitment_looks=labels.COMMITMENT_LOOKS,
        ratings=[(n, n) for n in RATINGS],
    )


def _since(found: CoachingSession, records: Sequence[SessionRecord]) -> dict[int, list[Since]]:
    """By record, how the checks on what was talked about went before the session and since."""
    if found.held_at is None:
        return {}
    there = [record for record in records if not record.absent]
    return {
        record.id: talking.since(db.session(), viewer(), record.person_id, found.topics, found.held_at)
        for record in there[:RECHECKED]
    }


def _may_move(found: CoachingSession) -> bool:
    mine = queries.movable(viewer()).where(CoachingSession.id == found.id).with_only_columns(CoachingSession.id)
    return may(viewer(), Permission.LOG_SESSIONS) and db.session.scalar(mine) is not None


# --- Planned ---


@bp.route("/schedule", methods=["GET", "POST"])
@requires(Permission.LOG_SESSIONS)
def schedule() -> ResponseReturnValue:
    """Plan a session with the agents of the address."""
    agents = agents_of(set(request.args.getlist("person", type=row_number)))
    if not agents:
        return redirect(url_for("coaching.log"))
    form, ways = ScheduleForm(now()), []
    if form.validate_on_submit():
        ways = _in_the_way(form, agents, viewer())
    if form.is_submitted() and not form.errors and not ways:
        planned = services.schedule(
            db.session(),
            by=viewer(),
            kind=SessionKind(form.kind.data),
            person_ids=[agent.id for agent in agents],
            scheduled_for=form.moment,
            minutes=form.length,
            on=now(),
        )
        db.session.commit()
        flash(_("Session scheduled for %(moment)s.", moment=i18n.moment(planned.scheduled_for)))
        return redirect(url_for("coaching.queue"))
    if not form.is_submitted():
        form.kind.data = (SessionKind.GROUP if len(agents) > 1 else SessionKind.ONE_TO_ONE).value
    page = render_template("coaching/schedule.html", form=form, agents=agents, ways=ways)
    return page, 422 if form.errors else 200


@bp.route("/sessions/<int:session_id>/move", methods=["GET", "POST"])
@requires(Permission.LOG_SESSIONS)
def move(session_id: int) -> ResponseReturnValue:
    """Change a planned session: another time, another coach, other agents."""
    planned = _planned(session_id)
    there = [record.person for record in planned.records]
    form, ways, coaches = ChangeForm(now()), [], _coaches(planned)
    may_join = _may_join(there)
    form.coach.choices = choices_of((one.id, one.name) for one in coaches)
    form.people.choices = choices_of((one.id, one.name) for one in may_join)
    form.was_at = planned.scheduled_for.replace(second=0, microsecond=0) if planned.scheduled_for else None
    if not form.is_submitted():
        _show(form, planned)
    elif form.validate():
        coach = next(one for one in coaches if one.id == form.coach.data)
        chosen = [one for one in may_join if one.id in form.chosen]
        ways = _in_the_way(form, chosen, coach, planned)
        if not ways:
            plan = _plan(form, planned)
            with said_on(form):
                _do(lambda: services.change(db.session(), planned, plan, by=viewer(), on=now()))
                flash(_("Session changed; it is now on %(moment)s.", moment=i18n.moment(planned.scheduled_for)))
                return redirect(url_for("coaching.session", session_id=planned.id))
    page = render_template("coaching/change.html", form=form, agents=there, planned=planned, ways=ways)
    return page, 422 if form.errors else 200


def _coaches(planned: CoachingSession) -> list[User]:
    """Who may hold it instead: whoever may coach all of its agents; and who is to hold it now."""
    people = [record.person_id for record in planned.records]
    found = db.session.scalars(queries.coaches_of(people, day_of(now(), i18n.time_zone()))).all()
    return sorted({one.id: one for one in (*found, planned.coach)}.values(), key=lambda one: one.name)


def _may_join(there: Sequence[User]) -> list[User]:
    """Who may take part: who does already, and other agents the viewer may coach."""
    others = queries.coachable(viewer(), day_of(now(), i18n.time_zone())).limit(MOST_OFFERED)
    found = {one.id: one for one in (*there, *db.session.scalars(others))}
    return sorted(found.values(), key=lambda one: (one not in there, one.name))


def _show(form: ChangeForm, planned: CoachingSession) -> None:
    """Fill in what is planned."""
    form.kind.data = planned.kind.value
    form.start_at(planned.scheduled_for or now())
    form.minutes.data, form.coach.data = str(planned.minutes), planned.coach_id
    form.people.data = [record.person_id for record in planned.records]


def _plan(form: ChangeForm, planned: CoachingSession) -> services.Plan:
    """What was typed; a time that is the same to the minute is the same."""
    when = planned.scheduled_for if form.moment == form.was_at and planned.scheduled_for else form.moment
    return services.Plan(when, form.length, SessionKind(form.kind.data), int(form.coach.data or 0), form.chosen)


def _in_the_way(
    form: ScheduleForm, agents: Sequence[User], coach: User, planned: CoachingSession | None = None
) -> list[str]:
    """What stands in the way of the time chosen; nothing once the reader has seen it and plans it all the same."""
    if "anyway" in request.form:
        return []
    but = planned.id if planned is not None else None
    return conflicts(db.session(), coach, agents, form.moment, form.length, but=but)


@bp.post("/sessions/<int:session_id>/cancel")
@requires(Permission.LOG_SESSIONS)
def cancel(session_id: int) -> ResponseReturnValue:
    """Call a planned session off."""
    planned = _planned(session_id)
    _do(lambda: services.cancel(db.session(), planned, by=viewer(), on=now()))
    flash(_("Session cancelled. The agent is notified."))
    return redirect(url_for("coaching.session", session_id=planned.id))


@bp.post("/sessions/<int:session_id>/no-show")
@requires(Permission.LOG_SESSIONS)
def no_show(session_id: int) -> ResponseReturnValue:
    """Note that nobody came."""
    planned = _planned(session_id)
    _do(lambda: services.no_show(db.session(), planned, by=viewer(), on=now()))
    flash(_("No-show recorded. What is owed stays owed."))
    return redirect(url_for("coaching.session", session_id=planned.id))


def _planned(session_id: int) -> CoachingSession:
    planned = db.session.scalars(queries.movable(viewer()).where(CoachingSession.id == session_id)).first()
    if planned is None:
        raise gone(session_id)
    return planned


def _do(deed: Callable[[], None]) -> None:
    """Do something about a planned session; where somebody else was quicker both are told."""
    try:
        deed()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        told(refusal)
        raise


# --- Held ---


@bp.post("/records/<int:record_id>/acknowledge")
@requires(Permission.USE)
def acknowledge(record_id: int) -> ResponseReturnValue:
    """Confirm the own record of a session, agreeing or not."""
    record = one_or_404(
        SessionRecord.visible_to(viewer()).where(SessionRecord.id == record_id, SessionRecord.person_id == viewer().id)
    )
    form = AcknowledgeForm()
    if not form.validate_on_submit():
        return _page(_session(record.session_id), form), 422
    services.acknowledge(
        db.session(),
        record,
        comment=form.comment.data,
        disagrees=form.disagrees.data,
        by=viewer(),
        on=now(),
        **form.ratings,
    )
    db.session.commit()
    flash(_("Session confirmed."))
    return redirect(url_for("coaching.session", session_id=record.session_id))


@bp.get("/commitments")
@requires(Permission.USE)
def commitments() -> ResponseReturnValue:
    """What was promised, and what became of it. Without a state in the address, what is open."""
    today = day_of(now(), i18n.time_zone())
    table, statement = lists.commitment_table(viewer(), today), lists.commitments(viewer())
    only_open = "state" not in request.args
    if only_open:
        statement = statement.where(Commitment.state == CommitmentState.OPEN)
    if "format" in request.args:
        return table.answer(statement, "coaching/commitments.html")
    page = table.page(statement)
    mine = queries.settleable(viewer()).where(Commitment.id.in_([row.item.id for row in page.rows]))
    may_settle = set(db.session.scalars(mine.with_only_columns(Commitment.id)))
    return render_template("coaching/commitments.html", table=page, may_settle=may_settle, only_open=only_open)


@bp.post("/commitments/<int:commitment_id>/settle")
@requires(Permission.USE)
def settle(commitment_id: int) -> ResponseReturnValue:
    """Say that a commitment was kept or not: its owner, and who coaches the agent."""
    commitment = one_or_404(queries.settleable(viewer()).where(Commitment.id == commitment_id))
    kept = request.form.get("kept") != "no"
    state = CommitmentState.KEPT if kept else CommitmentState.NOT_KEPT
    services.settle_commitment(db.session(), commitment, state=state, by=viewer(), on=now())
    db.session.commit()
    flash(_("Commitment kept.") if kept else _("Commitment marked as not kept."))
    return redirect(safe_next(url_for("coaching.commitments")))
