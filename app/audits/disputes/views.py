"""Pages of disputes: raise, answer, give to somebody else, reopen; and what came of them."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits import labels as words
from app.audits.blueprint import bp
from app.audits.disputes import labels, routing, services
from app.audits.disputes.forms import AnswerForm, ReasonForm, RerouteForm, choices_of
from app.audits.disputes.models import Dispute, DisputeStep
from app.audits.disputes.rules import ANSWERED, DisputeState
from app.audits.models import Audit, Cause, Criterion, Result
from app.core import i18n
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.tables import Cell, Column, Filter, Table, moment_column, state, text

# --- The list ---


@bp.get("/disputes")
@requires(Permission.USE)
def disputes() -> ResponseReturnValue:
    """The disputes the viewer has a part in, those that wait first."""
    statement = (
        Dispute.visible_to(viewer())
        .join(Dispute.person)
        .join(Dispute.audit)
        .options(contains_eager(Dispute.person), contains_eager(Dispute.audit), joinedload(Dispute.criterion))
    )
    return _table().answer(statement, "audits/disputes/index.html", leads=may(viewer(), Permission.LEAD_QUALITY))


def _table() -> Table:
    return Table(
        id="disputes",
        columns=[
            Column("criterion", lazy_gettext("Criterion"), _criterion),
            Column("audit", lazy_gettext("Audit"), lambda one: text(one.audit.reference), sort=Audit.reference),
            Column("agent", lazy_gettext("Agent"), lambda one: text(one.person.name), sort=User.name),
            moment_column("raised", lazy_pgettext("date", "Raised"), Dispute.raised_at),
            moment_column("due", lazy_gettext("Due"), Dispute.due_at),
            Column("state", lazy_gettext("State"), _state, sort=Dispute.state),
        ],
        filters=[
            Filter(
                "state",
                lazy_gettext("State"),
                lambda value: Dispute.state == DisputeState(value),
                lambda: [(one.value, label) for one, label in labels.STATES.items()],
            ),
            Filter(
                "mine",
                lazy_gettext("To answer"),
                lambda _value: (Dispute.answerer_id == viewer().id) & (Dispute.state == DisputeState.OPEN),
                lambda: [("yes", _("by me"))],
            ),
        ],
        sort="-raised",
        caption=lazy_gettext("Disputes"),
        tie_break=Dispute.id.desc(),
        empty_text=lazy_gettext("No disputes. A miss is disputed on the page of its audit, within the time allowed."),
    )


def _criterion(one: Dispute) -> Cell:
    return text(one.criterion.text, url=url_for("audits.dispute", dispute_id=one.id), note=one.criterion.code)


def _state(one: Dispute) -> Cell:
    late = one.state is DisputeState.OPEN and one.due_at < now()
    return state(labels.STATES[one.state], "late" if late else labels.LOOKS[one.state], raw=one.state.value)


# --- Raised ---


@bp.route("/<int:audit_id>/dispute/<int:criterion_id>", methods=["GET", "POST"])
@requires(Permission.USE)
def raise_dispute(audit_id: int, criterion_id: int) -> ResponseReturnValue:
    """Doubt a miss of an audit."""
    audit = one_or_404(Audit.visible_to(viewer()).where(Audit.id == audit_id).options(joinedload(Audit.person)))
    criterion = db.session.get(Criterion, criterion_id)
    said = services.words_now(db.session(), audit.id, criterion_id)
    allowed = services.may_raise(db.session(), audit, viewer(), now())
    if criterion is None or criterion.version_id != audit.version_id or said["result"] != Result.FAIL or not allowed:
        raise NotFound
    form = ReasonForm()
    if form.validate_on_submit():
        made = services.raise_dispute(db.session(), audit, criterion, str(form.reason.data), by=viewer(), on=now())
        db.session.commit()
        flash(
            _(
                "Disputed. Somebody other than the auditor will answer by %(day)s.",
                day=i18n.day(made.due_at - timedelta(seconds=1)),
            )
        )
        return redirect(url_for("audits.dispute", dispute_id=made.id))
    page = render_template(
        "audits/disputes/raise.html",
        form=form,
        audit=audit,
        criterion=criterion,
        cause=words.CAUSES[Cause(said["cause"])] if said["cause"] else None,
        said=said,
        last=services.last_day(db.session(), audit),
    )
    return page, 422 if form.errors else 200


# --- One ---


@bp.get("/disputes/<int:dispute_id>")
@requires(Permission.USE)
def dispute(dispute_id: int) -> ResponseReturnValue:
    """A dispute with its history, and what the viewer may do about it."""
    return _page(_dispute(dispute_id)), 200


@bp.post("/disputes/<int:dispute_id>/answer")
@requires(Permission.AUDIT)
def answer_dispute(dispute_id: int) -> ResponseReturnValue:
    """Accept, accept in part, or reject."""
    found = _dispute(dispute_id)
    form = AnswerForm(found.criterion)
    if not form.validate_on_submit():
        return _page(found, answer=form), 422
    what = {"result": form.result, "cause": form.chosen_cause}
    with said_on(form):
        services.answer(db.session(), found, form.state, str(form.text.data), **what, by=viewer(), on=now())
        db.session.commit()
        flash(_("Answered. What was accepted is corrected, and what rests on it follows."))
        return redirect(url_for("audits.dispute", dispute_id=dispute_id))
    return _page(_dispute(dispute_id), answer=form), 409


@bp.post("/disputes/<int:dispute_id>/reroute")
@requires(Permission.LEAD_QUALITY)
def reroute_dispute(dispute_id: int) -> ResponseReturnValue:
    """Give a dispute to somebody else to answer."""
    found = _dispute(dispute_id)
    form = _reroute_form(found)
    if not form.validate_on_submit():
        return _page(found, reroute=form), 422
    to = db.session.get_one(User, int(str(form.to.data)))
    services.reroute(db.session(), found, to, str(form.reason.data), by=viewer(), on=now())
    db.session.commit()
    flash(_("Passed to %(name)s.", name=to.name))
    return redirect(url_for("audits.dispute", dispute_id=dispute_id))


@bp.post("/disputes/<int:dispute_id>/reopen")
@requires(Permission.LEAD_QUALITY)
def reopen_dispute(dispute_id: int) -> ResponseReturnValue:
    """Let an answered dispute be answered anew."""
    found, form = _dispute(dispute_id), ReasonForm()
    if not form.validate_on_submit():
        return _page(found, reopen=form), 422
    services.reopen(db.session(), found, str(form.reason.data), by=viewer(), on=now())
    db.session.commit()
    flash(_("Reopened: somebody else will answer it again."))
    return redirect(url_for("audits.dispute", dispute_id=dispute_id))


@bp.post("/disputes/<int:dispute_id>/withdraw")
@requires(Permission.USE)
def withdraw_dispute(dispute_id: int) -> ResponseReturnValue:
    """Take a dispute back."""
    services.withdraw(db.session(), _dispute(dispute_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Dispute withdrawn."))
    return redirect(url_for("audits.dispute", dispute_id=dispute_id))


# --- Shared ---


def _page(found: Dispute, **forms: FlaskForm) -> str:
    session, me = db.session(), viewer()
    is_open, leads = found.state is DisputeState.OPEN, services.leads(session, found, me)
    return render_template(
        "audits/disputes/dispute.html",
        dispute=found,
        now_said=services.words_now(session, found.audit_id, found.criterion_id),
        results={one.value: words.RESULTS[one] for one in Result},
        result_looks={one.value: words.RESULT_LOOKS[one] for one in Result},
        causes={one.value: words.CAUSES[one] for one in Cause},
        labels=labels,
        leads=leads,
        late=is_open and found.due_at < now(),
        answer=forms.get("answer") or (AnswerForm(found.criterion) if is_open and _may_answer(found) else None),
        reroute=forms.get("reroute") or (_reroute_form(found) if is_open and leads else None),
        reopen=forms.get("reopen") or (ReasonForm() if leads and found.state in ANSWERED else None),
        may_withdraw=is_open and me.id in (found.person_id, found.raised_by_id),
        sees_names=leads or found.answerer_id == me.id,
    )


def _may_answer(found: Dispute) -> bool:
    return may(viewer(), Permission.AUDIT) and services.may_answer(db.session(), found, viewer())


def _reroute_form(found: Dispute) -> RerouteForm:
    form = RerouteForm(prefix="reroute")
    others = routing.others(db.session(), found, day_of(now(), i18n.time_zone()))
    form.to.choices = choices_of((one.id, one.name) for one in others)
    return form


def _dispute(dispute_id: int) -> Dispute:
    return one_or_404(
        Dispute.visible_to(viewer())
        .where(Dispute.id == dispute_id)
        .options(
            joinedload(Dispute.audit),
            joinedload(Dispute.criterion),
            joinedload(Dispute.person),
            joinedload(Dispute.raised_by),
            joinedload(Dispute.answerer),
            selectinload(Dispute.steps).joinedload(DisputeStep.by),
        )
    )
