"""What is done in a business review: said, frozen, held, agreed on."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.access import requires, viewer
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import Bilingual, language
from app.core.web import row_number
from app.governance.reviews import queries, services
from app.governance.reviews.models import BusinessReview, ReviewAction
from app.governance.reviews.rules import ActionState, Part, ReviewState
from app.reports.reviews import forms
from app.reports.reviews.views.blueprint import SEES, WRITES, bp, one_seen, one_to_change, page_of, today, writes_in
from app.reports.reviews.views.one import figures_of, half_said, show


@bp.post("/<int:review_id>/comments/<part>")
@requires(WRITES)
def comment(review_id: int, part: str) -> ResponseReturnValue:
    """Keep what is said of a part, as it is typed or when it is sent."""
    found = one_to_change(review_id)
    if part not in {one.value for one in Part}:
        abort(404)
    said = {name: request.form.get(name, "")[:4000] for name in ("en", "es")}
    revision = request.form.get("revision", 0, type=row_number)
    try:
        kept = services.comment_on(db.session(), found, Part(part), **said, revision=revision)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        if request.form.get("send"):
            raise
        return {"says": str(refusal)}, 409
    if request.form.get("send"):
        flash(_("Comment saved."))
        return redirect(f"{page_of(found)}#{part}")
    return {"says": _said(kept.text), "revision": kept.revision}


def _said(words: Bilingual) -> str:
    if half_said(words):
        return _("Saved. The Spanish is missing.") if words.en else _("Saved. The English is missing.")
    return _("Saved.")


@bp.post("/<int:review_id>/freeze")
@requires(WRITES)
def freeze(review_id: int) -> ResponseReturnValue:
    """Keep the figures for good."""
    found = one_to_change(review_id)
    figures = figures_of(found)
    services.freeze(db.session(), found, figures, today=today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("The figures are frozen, and the partner managers of the unit are notified."))
    return redirect(page_of(found))


@bp.post("/<int:review_id>/hold")
@requires(WRITES)
def hold(review_id: int) -> ResponseReturnValue:
    """The meeting is over."""
    found, form = one_to_change(review_id), forms.HoldForm()
    if not form.validate() or form.held_on.data is None:
        return show(found, form)
    services.hold(db.session(), found, form.held_on.data, today=today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("Review closed; its actions go on, and come back in the next one."))
    return redirect(page_of(found))


@bp.post("/<int:review_id>/discard")
@requires(WRITES)
def discard(review_id: int) -> ResponseReturnValue:
    """Take a draft away."""
    services.discard(db.session(), one_to_change(review_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Draft deleted."))
    return redirect(url_for("reviews.index"))


@bp.post("/<int:review_id>/decisions")
@requires(WRITES)
def decide(review_id: int) -> ResponseReturnValue:
    """Write a decision down."""
    found, form = one_to_change(review_id), forms.DecisionForm()
    if not form.validate():
        return show(found, form)
    said = {"language": language(), "review_on": form.review_on.data}
    try:
        services.decide(db.session(), found, form.text.data or "", form.why.data or "", **said, by=viewer(), on=now())
    except Refused as refusal:
        if found.state is ReviewState.HELD:
            raise
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return show(one_to_change(review_id), form)
    db.session.commit()
    return redirect(f"{page_of(found)}#agreed")


@bp.post("/<int:review_id>/actions")
@requires(WRITES)
def agree(review_id: int) -> ResponseReturnValue:
    """Agree on an action."""
    found = one_to_change(review_id)
    owners = list(db.session.scalars(queries.owners(found.unit_id, today())))
    form = forms.ActionForm([(str(one.id), one.name) for one in owners])
    if not form.validate() or form.due_on.data is None:
        return show(found, form)
    owner = next(one for one in owners if str(one.id) == form.owner.data)
    what = {"owner": owner, "due_on": form.due_on.data, "today": today(), "by": viewer(), "on": now()}
    try:
        services.agree(db.session(), found, form.action.data or "", **what)
    except Refused as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return show(one_to_change(review_id), form)
    db.session.commit()
    return redirect(f"{page_of(found)}#agreed")


@bp.post("/actions/<int:action_id>")
@requires(SEES)
def settle(action_id: int) -> ResponseReturnValue:
    """Say what became of an action: who owns it, or sets policies in its unit."""
    seen = BusinessReview.visible_to(viewer()).with_only_columns(BusinessReview.id)
    action = one_or_404(select(ReviewAction).where(ReviewAction.id == action_id, ReviewAction.review_id.in_(seen)))
    if action.owner_id != viewer().id and not writes_in(action.review):
        abort(403)
    form = forms.OutcomeForm()
    if not form.validate():
        abort(422)
    chosen, outcome = ActionState(form.state.data), form.outcome.data or ""
    services.settle(db.session(), action, chosen, outcome, today=today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("Outcome saved."))
    asked = request.form.get("review", type=row_number)
    here = action.review if asked is None else one_seen(asked)
    return redirect(f"{page_of(here)}#agreed")
