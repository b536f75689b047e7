"""Pages of reaudits: one beside the first answers, what is contested in it, and what is to be scored again."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from app.accounts.access import may, requires, viewer
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.audits import labels as words
from app.audits.blueprint import bp
from app.audits.disputes.forms import ReasonForm
from app.audits.models import Audit, Criterion, ScorecardVersion
from app.audits.reaudits import contests, figures, labels, lists, queries, reading, services
from app.audits.reaudits.forms import AnswerForm
from app.audits.reaudits.models import Contest, ContestState, Reaudit
from app.core.clock import now
from app.core.database import db, one_or_404


@bp.get("/reaudits")
@requires(Permission.AUDIT)
def reaudits() -> ResponseReturnValue:
    """Reaudits of the viewer's own audits with what they add up to; all for who leads quality there."""
    me, leads = viewer(), may(viewer(), Permission.LEAD_QUALITY)
    mine = figures.load(db.session(), queries.pairs(queries.own(me))).whole()
    return lists.table(me, leads=leads).answer(
        queries.compared(me).options(joinedload(Audit.person), joinedload(Audit.auditor)),
        "audits/reaudits/index.html",
        leads=leads,
        mine=mine if mine.contacts else None,
        labels=labels,
    )


@bp.post("/reaudits/drawn/<int:drawn_id>/begin")
@requires(Permission.AUDIT)
def begin_reaudit(drawn_id: int) -> ResponseReturnValue:
    """Open the form on a contact the viewer is to score again."""
    mine = (Reaudit.id == drawn_id, Reaudit.reauditor_id == viewer().id)
    drawn = one_or_404(Reaudit.visible_to(viewer()).where(*mine))
    draft = services.begin(db.session(), drawn, by=viewer(), on=now())
    db.session.commit()
    return redirect(url_for("audits.audit_draft", draft_id=draft.id))


# --- One ---


@bp.get("/reaudits/<int:audit_id>")
@requires(Permission.AUDIT)
def reaudit(audit_id: int) -> ResponseReturnValue:
    """A reaudit beside the first answers."""
    return _page(*_pair(audit_id)), 200


@bp.route("/reaudits/<int:audit_id>/contest/<int:criterion_id>", methods=["GET", "POST"])
@requires(Permission.AUDIT)
def contest_reaudit(audit_id: int, criterion_id: int) -> ResponseReturnValue:
    """Say why the first answer was right."""
    again, first = _pair(audit_id)
    criterion = db.session.get(Criterion, criterion_id)
    if criterion is None or criterion.version_id != again.version_id or first.auditor_id != viewer().id:
        raise NotFound
    form = ReasonForm()
    if form.validate_on_submit():
        contests.contest(db.session(), again, first, criterion_id, str(form.reason.data), by=viewer(), on=now())
        db.session.commit()
        flash(_("Contested. Whoever leads quality will answer."))
        return redirect(url_for("audits.reaudit", audit_id=audit_id))
    page = render_template("audits/reaudits/contest.html", form=form, again=again, first=first, criterion=criterion)
    return page, 422 if form.errors else 200


@bp.post("/reaudits/contests/<int:contest_id>")
@requires(Permission.LEAD_QUALITY)
def answer_contest(contest_id: int) -> ResponseReturnValue:
    """Uphold the reaudit, or grant that the auditor was right."""
    found = one_or_404(Contest.visible_to(viewer()).where(Contest.id == contest_id))
    form = AnswerForm(prefix=f"c{found.id}")
    if not form.validate_on_submit():
        return _page(*_pair(found.audit_id), form=form, of=found), 422
    granted = ContestState(form.outcome.data) is ContestState.GRANTED
    contests.answer(db.session(), found, str(form.text.data), granted=granted, by=viewer(), on=now())
    db.session.commit()
    flash(_("Answered. The auditor is notified."))
    return redirect(url_for("audits.reaudit", audit_id=found.audit_id))


@bp.post("/reaudits/<int:audit_id>/correct/<int:criterion_id>")
@requires(Permission.LEAD_QUALITY)
def correct_first(audit_id: int, criterion_id: int) -> ResponseReturnValue:
    """Correct the first audit openly, as the reaudit found."""
    again, first = _pair(audit_id)
    criterion = db.session.get(Criterion, criterion_id)
    if criterion is None or criterion.version_id != again.version_id:
        raise NotFound
    contests.correct_first(db.session(), again, first, criterion_id, by=viewer(), on=now())
    db.session.commit()
    flash(_("Corrected. Scores, evidence and gaps follow, and the agent is notified."))
    return redirect(url_for("audits.reaudit", audit_id=audit_id))


def _pair(audit_id: int) -> tuple[Audit, Audit]:
    version = joinedload(Audit.version).joinedload(ScorecardVersion.scorecard)
    again = one_or_404(queries.compared(viewer()).where(Audit.id == audit_id).options(version))
    options = (joinedload(Audit.person), joinedload(Audit.auditor))
    return again, db.session.get_one(Audit, again.reaudit_of_id, options=options)


def _led(me: User) -> Select[int]:
    return unit_scope(me, Permission.LEAD_QUALITY)


def _page(again: Audit, first: Audit, form: AnswerForm | None = None, of: Contest | None = None) -> str:
    me, session = viewer(), db.session()
    leads = session.scalar(select(Unit.id).where(Unit.id == first.team_id, Unit.id.in_(_led(me)))) is not None
    own = first.auditor_id == me.id
    parts = reading.beside(session, me, again, first)
    may_answer = leads and not own and again.auditor_id != me.id
    opened = [row.contest for _section, rows in parts for row in rows if row.contest]
    forms = {one.id: AnswerForm(formdata=None, prefix=f"c{one.id}") for one in opened if one.state is ContestState.OPEN}
    if form is not None and of is not None:
        forms[of.id] = form
    only = queries.compared(me).where(Audit.id == again.id)
    return render_template(
        "audits/reaudits/reaudit.html",
        again=again,
        first=first,
        parts=parts,
        figures=figures.load(session, queries.pairs(only)).whole(),
        leads=leads,
        own=own,
        may_correct=leads and not own,
        forms=forms if may_answer else {},
        labels=labels,
        words=words,
    )
