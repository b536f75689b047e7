"""Sessions asked for: by the agent, and by quality for an agent; and files kept with a record."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select
from werkzeug.exceptions import NotFound

from app.accounts.access import requires, viewer
from app.accounts.models import Membership, User
from app.accounts.permissions import Permission
from app.accounts.queries import valid_on
from app.accounts.reach import agents_in
from app.audits.models import Audit
from app.coaching import services
from app.coaching.blueprint import bp
from app.coaching.forms import AskForm, AttachForm
from app.coaching.models import Attachment, CoachingSession, SessionRecord
from app.coaching.rules import SessionState
from app.core import i18n
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.web import row_number


@bp.route("/ask", methods=["GET", "POST"])
@requires(Permission.LEARN)
def ask() -> ResponseReturnValue:
    """Ask for a session for oneself."""
    form = AskForm()
    if form.validate_on_submit():
        with said_on(form):
            owed = services.ask(db.session(), reason=form.reason.data or "", by=viewer(), on=now())
            db.session.commit()
            flash(_("The team lead is notified; the session is due by %(moment)s.", moment=i18n.moment(owed.due_at)))
            return redirect(url_for("coaching.sessions"))
    in_a_team = select(Membership.id).where(
        Membership.user_id == viewer().id, valid_on(Membership, day_of(now(), i18n.time_zone()))
    )
    page = render_template("coaching/ask.html", form=form, person=None, audit=None, team=db.session.scalar(in_a_team))
    return page, 422 if form.errors else 200


@bp.route("/nominate", methods=["GET", "POST"])
@requires(Permission.SEE_AUDITS)
def nominate() -> ResponseReturnValue:
    """Propose a session with an agent: the one of the audit, or the person, in the address."""
    audit = person = None
    if (number := request.args.get("audit", type=row_number)) is not None:
        audit = one_or_404(Audit.visible_to(viewer()).where(Audit.id == number, Audit.released_at.is_not(None)))
        person = audit.person
    elif (number := request.args.get("person", type=row_number)) is not None:
        person = one_or_404(
            select(User).where(User.id == number, User.id.in_(agents_in(viewer(), Permission.SEE_AUDITS)))
        )
    if person is None:
        return redirect(url_for("audits.index"))
    if person.id == viewer().id:
        raise NotFound
    form = AskForm()
    if form.validate_on_submit():
        with said_on(form):
            owed = services.nominate(
                db.session(), person=person, reason=form.reason.data or "", audit=audit, by=viewer(), on=now()
            )
            db.session.commit()
            flash(_("The team lead is notified; the session is due by %(moment)s.", moment=i18n.moment(owed.due_at)))
            back = url_for("audits.audit", audit_id=audit.id) if audit else url_for("home.person", person_id=person.id)
            return redirect(back)
    page = render_template("coaching/ask.html", form=form, person=person, audit=audit, team=True)
    return page, 422 if form.errors else 200


# --- Files ---


@bp.post("/records/<int:record_id>/attach")
@requires(Permission.USE)
def attach(record_id: int) -> ResponseReturnValue:
    """Keep a file with a record: its coach, or its agent."""
    record = one_or_404(
        SessionRecord.visible_to(viewer())
        .join(SessionRecord.session)
        .where(SessionRecord.id == record_id, CoachingSession.state == SessionState.HELD)
        .where(or_(CoachingSession.coach_id == viewer().id, SessionRecord.person_id == viewer().id))
    )
    form = AttachForm()
    if form.validate_on_submit():
        given = form.file.data
        with said_on(form):
            services.attach(db.session(), record, given.stream, name=given.filename or "", by=viewer(), on=now())
            db.session.commit()
            flash(_("File added."))
    for said in (*form.file.errors, *form.form_errors):
        flash(str(said), "error")
    return redirect(url_for("coaching.session", session_id=record.session_id))


@bp.get("/attachments/<int:attachment_id>")
@requires(Permission.USE)
def attachment(attachment_id: int) -> ResponseReturnValue:
    """A file to be saved: never shown by the browser, whatever it holds."""
    found = one_or_404(Attachment.visible_to(viewer()).where(Attachment.id == attachment_id))
    path = services.stored(found)
    if not path.is_file():
        raise NotFound
    answer = send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=found.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
