"""The gate of a launch: its checklist with evidence and owners, and the signatures of both parts."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.cohorts import labels
from app.cohorts.blueprint import bp
from app.cohorts.launches import services
from app.cohorts.launches.forms import CheckForm, SignForm
from app.cohorts.launches.models import GateCheck
from app.cohorts.launches.pages import SIGNS, board, owners, seen_launch
from app.cohorts.launches.rules import Part, Verdict
from app.cohorts.programmes.forms import choices_of, stripped
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import said_on


@bp.post("/launches/<int:launch_id>/checks")
@requires(Permission.RUN_COHORTS)
def add_check(launch_id: int) -> ResponseReturnValue:
    """Put something on the checklist."""
    found, form = seen_launch(launch_id, Permission.RUN_COHORTS), CheckForm()
    form.owner.choices = choices_of(owners())
    if form.validate():
        owner = db.session.get_one(User, int(form.owner.data or 0))
        facts: dict[str, Any] = {"text": form.text.data or "", "due_on": form.due_on.data}
        with said_on(form):
            services.add_check(db.session(), found, owner=owner, **facts, by=viewer(), on=now())
            db.session.commit()
            flash(_("On the checklist; %(name)s is notified.", name=owner.name))
            return redirect(url_for("cohorts.launch", launch_id=found.id, _anchor="gate"))
    return board(found, check=form)


@bp.post("/launches/checks/<int:check_id>/settle")
@requires(Permission.SEE_COHORTS)
def settle_check(check_id: int) -> ResponseReturnValue:
    """Say that something is in order: its owner, or who runs launches."""
    found = one_or_404(GateCheck.visible_to(viewer(), Permission.RUN_COHORTS).where(GateCheck.id == check_id))
    evidence = stripped(request.form.get("evidence"))[:500]
    services.settle_check(db.session(), found, evidence=evidence, by=viewer(), on=now())
    db.session.commit()
    flash(_("In order, with its evidence."))
    return redirect(url_for("cohorts.launch", launch_id=found.launch_id, _anchor="gate"))


@bp.post("/launches/<int:launch_id>/sign")
@requires(Permission.RUN_COHORTS)
def sign_launch(launch_id: int) -> ResponseReturnValue:
    """Sign for one part: go, conditional or no-go."""
    found, form = seen_launch(launch_id, Permission.RUN_COHORTS), SignForm()
    if not form.validate():
        return board(found, sign=form)
    part, verdict = Part(form.part.data), Verdict(form.verdict.data)
    if not everywhere(viewer(), SIGNS[part]):
        abort(403)
    with said_on(form):
        services.sign(db.session(), found, part, verdict, remark=form.remark.data or "", by=viewer(), on=now())
        db.session.commit()
        if found.verdict is None:
            flash(_("Signed. The other part is still to be signed."))
        else:
            flash(_("Signed. The go/no-go is decided: %(verdict)s.", verdict=labels.VERDICTS[found.verdict]))
        return redirect(url_for("cohorts.launch", launch_id=found.id, _anchor="gate"))
    return board(found, sign=form)
