"""Logging a session: whom it was with, what to talk about, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from app.accounts.access import requires, viewer
from app.accounts.filters import by_unit, teams_of
from app.accounts.models import Membership, User
from app.accounts.permissions import Permission
from app.accounts.queries import members_on
from app.coaching import agenda, labels, queries, services, talking
from app.coaching.blueprint import bp
from app.coaching.forms import SessionForm, choices_of
from app.coaching.models import CoachingSession, Obligation
from app.coaching.outlines.rules import to_fill_in
from app.coaching.outlines.services import known_headings, outlines_on, text_of
from app.coaching.rules import CommitmentState, ObligationKind, SessionKind, SessionState, Terms
from app.coaching.talking import Talk
from app.core import i18n
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.tables import Column, Table, search, text
from app.core.web import row_number
from app.curriculum.models import Competency
from app.gaps import labels as gap_labels
from app.gaps.models import Gap

SETTLED = "settled-"
"""What the fields of earlier commitments are called, before their id."""
AGENTS_A_PAGE = 50


@bp.route("/log", methods=["GET", "POST"])
@requires(Permission.LOG_SESSIONS)
def log() -> ResponseReturnValue:
    """The session form, filled in from what is known; without a person, the choice of one."""
    start = _start()
    if not start.agents:
        return _choose()
    at = now()
    talks = talking.talks(db.session(), viewer(), start.agents, at=at, time_zone=i18n.time_zone())
    form = _form(start, talks, at)
    if form.is_submitted():
        try:
            _refuse_what_is_settled(form)
            if not form.validate():
                return _page(form, start, at, talks), 422
            held = _log(form, start, talks, at)
        except Refused as refusal:
            db.session.rollback()
            told(refusal)
            form.form_errors.append(str(refusal))
            return _page(form, _start(), at), 409
        flash(
            ngettext(
                "Session logged. The agent is asked to confirm it.",
                "Session logged. The agents are asked to confirm it.",
                len(start.agents),
            )
        )
        return redirect(url_for("coaching.session", session_id=held.id))
    return _page(form, start, at, talks)


def _refuse_what_is_settled(form: SessionForm) -> None:
    """The page may have been open while somebody else met or waived what is ticked on it."""
    offered = {int(choice.value) for choice in form.meets.choices}
    ticked = {int(one) for one in form.meets.data or ()} - offered
    mine = Obligation.visible_to(viewer(), Permission.LOG_SESSIONS)
    for found in db.session.scalars(mine.where(Obligation.id.in_(ticked)).order_by(Obligation.id)):
        form.meets.data = [one for one in form.meets.data or () if int(one) in offered]
        raise services.settled_by_another(db.session(), found.id)


def told(refusal: Refused) -> None:
    """Where somebody else was first, leave a notice with both; what was begun is rolled back by now."""
    if isinstance(refusal, services.Clash):
        services.tell_both(db.session(), refusal, by=viewer(), on=now())
        db.session.commit()


# --- With whom, and why ---


@dataclass(frozen=True, slots=True)
class Start:
    """What the address of the form says: the agents, what it is owed for, the session that was planned."""

    agents: Sequence[User]
    obligation: Obligation | None = None
    planned: CoachingSession | None = None


def _start() -> Start:
    """Read the address; anybody or anything out of scope is not found."""
    obligation = planned = None
    people = set(request.args.getlist("person", type=row_number))
    if (number := request.args.get("obligation", type=row_number)) is not None:
        mine = Obligation.visible_to(viewer(), Permission.LOG_SESSIONS)
        obligation = one_or_404(mine.where(Obligation.id == number))
        people.add(obligation.person_id)
    if (number := request.args.get("session", type=row_number)) is not None:
        planned = db.session.scalars(queries.movable(viewer()).where(CoachingSession.id == number)).first()
        if planned is None:
            raise gone(number)
        people |= {record.person_id for record in planned.records}
    return Start(agents_of(people), obligation, planned)


def gone(session_id: int) -> Exception:
    """Why a session can't be logged any more: somebody else has held it or called it off; else it is not found."""
    seen = CoachingSession.visible_to(viewer(), Permission.LOG_SESSIONS)
    found = one_or_404(seen.where(CoachingSession.id == session_id, CoachingSession.state != SessionState.SCHEDULED))
    if not found.records:
        return NotFound()
    clash = services.held_by_another(db.session(), found.id, found.records[0].person_id)
    told(clash)
    return clash


def agents_of(people: set[int]) -> Sequence[User]:
    """These agents by name; 404 when one of them is not the viewer's to coach."""
    if not people:
        return []
    today = day_of(now(), i18n.time_zone())
    found = db.session.scalars(queries.coachable(viewer(), today).where(User.id.in_(people))).all()
    if len(found) != len(people):
        raise NotFound
    return found


def _choose() -> ResponseReturnValue:
    """The agents a session may be held with; several make a group."""
    today = day_of(now(), i18n.time_zone())
    agents = Table(
        id="agents",
        columns=[Column("name", lazy_gettext("Agent"), lambda u: text(u.name))],
        filters=[
            search(User.name, User.employee_no, label=lazy_gettext("Search agents")),
            by_unit(User.id, viewer(), Permission.LOG_SESSIONS),
        ],
        per_page=AGENTS_A_PAGE,
    )
    page = agents.page(queries.coachable(viewer(), today))
    ids = [row.item.id for row in page.rows]
    owed: dict[int, list[Obligation]] = {}
    for obligation in db.session.scalars(queries.owed_to(ids, now())):
        owed.setdefault(obligation.person_id, []).append(obligation)
    teams = teams_of(db.session(), ids)
    return render_template("coaching/choose.html", table=page, owed=owed, teams=teams, cause=labels.cause, at=now())


# --- The form ---


def _form(start: Start, talks: Sequence[Talk], at: datetime) -> SessionForm:
    """The form with all that may be chosen; at first with what is most likely chosen."""
    form = SessionForm(viewer(), start.agents, at, known_headings(db.session()))
    form.meets.choices = choices_of((o.id, labels.cause(o)) for talk in talks for o in talk.owed)
    form.topics.choices = choices_of((c.id, c.name.text) for c in _competencies())
    if not form.is_submitted():
        _fill_in(form, start, talks, at)
    return form


def _competencies() -> Sequence[Competency]:
    return db.session.scalars(select(Competency).order_by(Competency.name.sql())).all()


def _fill_in(form: SessionForm, start: Start, talks: Sequence[Talk], at: datetime) -> None:
    ticked = likely(start.obligation, talks)
    form.start_at(min(at, start.planned.scheduled_for or at) if start.planned else at)
    form.kind.data = (start.planned.kind if start.planned else likely_kind(ticked, len(talks))).value
    form.meets.data = [o.id for o in ticked]
    form.topics.data = sorted(talked_about(ticked, talks))
    form.notes.data = _templates(at)[SessionKind(form.kind.data)]
    held_on = form.day.data or at.date()
    terms = _terms(start.agents[0])
    for one in form.commitments:
        one.form.due_on.data = held_on + timedelta(days=7)
    if any(o.kind in (ObligationKind.FATAL, ObligationKind.GAP) for o in ticked):
        form.follow_up_on.data = held_on + timedelta(days=terms.follow_up_days)


def _templates(at: datetime) -> dict[SessionKind, str]:
    """By kind of session, the headings to be filled in, in the reader's language."""
    held = outlines_on(db.session(), _programme_day(at))
    return {kind: to_fill_in(text_of(held.get(kind), kind).text) for kind in SessionKind}


def _programme_day(at: datetime) -> date:
    return day_of(at, current_app.config["PROGRAMME_TIME_ZONE"])


def likely(asked: Obligation | None, talks: Sequence[Talk]) -> list[Obligation]:
    """What the session most likely meets: what was asked for and whatever an event opened; else the regular one."""
    owed = [o for talk in talks for o in talk.owed]
    ticked = [o for o in owed if o.kind is not ObligationKind.CADENCE or o == asked]
    return ticked or owed[: len(talks)]


def likely_kind(ticked: Sequence[Obligation], agents: int) -> SessionKind:
    """What kind of session meets these."""
    kinds = {o.kind for o in ticked}
    if agents > 1:
        return SessionKind.GROUP
    if ObligationKind.FATAL in kinds:
        return SessionKind.FATAL
    return SessionKind.FOLLOW_UP if kinds == {ObligationKind.FOLLOW_UP} else SessionKind.ONE_TO_ONE


def talked_about(ticked: Sequence[Obligation], talks: Sequence[Talk]) -> set[int]:
    """The competencies of the gaps and fatal errors that are met."""
    met = {o.id for o in ticked}
    gaps = {o.gap_id for o in ticked if o.gap_id is not None}
    found = {topic.gap.competency_id for talk in talks for topic in talk.topics if topic.gap.id in gaps}
    fatal = [f for talk in talks for f in talk.fatal if f.obligation.id in met]
    return found | {c.id for f in fatal for finding in f.findings for c in finding.criterion.competencies}


def _terms(agent: User) -> Terms:
    today = day_of(now(), i18n.time_zone())
    member = members_on(today).where(Membership.user_id == agent.id)
    team = db.session.scalar(member.with_only_columns(Membership.team_id))
    return agenda.terms_at(db.session(), team, today)


def _log(form: SessionForm, start: Start, talks: Sequence[Talk], at: datetime) -> CoachingSession:
    held = services.log_session(
        db.session(),
        by=viewer(),
        kind=SessionKind(form.kind.data),
        held_at=form.moment,
        records=form.said,
        meets=[int(one) for one in form.meets.data or ()],
        topics=[int(one) for one in form.topics.data or ()],
        follow_up_on=form.follow_up_on.data,
        settled=_settled(talks),
        outline=outlines_on(db.session(), _programme_day(at)).get(SessionKind(form.kind.data)),
        planned=start.planned,
        on=at,
    )
    db.session.commit()
    return held


def _settled(talks: Sequence[Talk]) -> dict[int, CommitmentState]:
    """Which earlier commitments were said to be kept or not."""
    choices = {state.value: state for state in (CommitmentState.KEPT, CommitmentState.NOT_KEPT)}
    told = {c.id: request.form.get(f"{SETTLED}{c.id}", "") for talk in talks for c in talk.commitments}
    return {number: choices[value] for number, value in told.items() if value in choices}


def _page(form: SessionForm, start: Start, at: datetime, talks: Sequence[Talk] | None = None) -> str:
    if talks is None:
        talks = talking.talks(db.session(), viewer(), start.agents, at=at, time_zone=i18n.time_zone())
    competencies = _competencies()
    about = {t.gap.competency_id for talk in talks for t in talk.topics}
    about |= talked_about([o for talk in talks for o in talk.owed], talks)
    return render_template(
        "coaching/log.html",
        form=form,
        talks=talks,
        start=start,
        at=at,
        first=[c for c in competencies if c.id in about],
        rest=[c for c in competencies if c.id not in about],
        cause=labels.cause,
        due=labels.due,
        sentence=_sentence,
        sureness=gap_labels.sureness,
        gap_states=gap_labels.STATES,
        gap_tones=gap_labels.TONES,
        settled={c.id: request.form.get(f"{SETTLED}{c.id}") for talk in talks for c in talk.commitments},
        templates=_templates(at),
        confirm_hours=_terms(start.agents[0]).acknowledge_hours,
        draft=f"session-{'-'.join(str(agent.id) for agent in start.agents)}",
    )


def _sentence(gap: Gap) -> str:
    """What the evidence of a gap says."""
    return gap_labels.sentence(
        missed=gap.fails13,
        checks=gap.checks13,
        expected=gap.expected13,
        probability=gap.probability,
        target=gap.competency.target,
    )
