"""The ledger: what was owed, to whom, and what became of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.audits.models import Audit
from app.coaching import agenda, labels, lists, services
from app.coaching.blueprint import bp
from app.coaching.forms import WaiveForm
from app.coaching.models import CoachingSession, Obligation, ObligationChange
from app.coaching.rules import ObligationState
from app.coaching.views.log import told
from app.core.clock import day_of, month_start, now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import time_zone
from app.gaps.models import Gap


@bp.get("/obligations")
@requires(Permission.SEE_COACHING)
def obligations() -> ResponseReturnValue:
    """All that was owed within scope; figures of compliance lead here, each to the rows it counts."""
    return lists.obligation_table(viewer(), now()).answer(lists.obligations(viewer()), "coaching/obligations.html")


@bp.get("/agents")
@requires(Permission.SEE_COACHING)
def by_agent() -> ResponseReturnValue:
    """Compliance agent by agent, of the month asked for; of this month when none is."""
    if "month" not in request.args:
        month = month_start(day_of(now(), time_zone()))
        return redirect(url_for("coaching.by_agent", **{**request.args.to_dict(), "month": f"{month:%Y-%m}"}))  # ty: ignore[invalid-argument-type]
    table = lists.agent_table(viewer(), now())
    return table.answer(lists.agents(viewer(), now()), "coaching/agents.html")


@bp.get("/coverage")
@requires(Permission.SEE_COACHING)
def coverage() -> ResponseReturnValue:
    """The former address of the list by agent."""
    return redirect(url_for("coaching.by_agent", **request.args.to_dict()))  # ty: ignore[invalid-argument-type]


@bp.get("/confirmations")
@requires(Permission.SEE_COACHING)
def confirmations() -> ResponseReturnValue:
    """The records agents are asked to confirm; what acknowledgement counts."""
    table = lists.confirmation_table(viewer(), now())
    return table.answer(
        lists.confirmations(viewer()),
        "coaching/counted.html",
        heading=_("Sessions to be confirmed"),
        lead=_("Each agent confirms having read their record of a session, by the time the policy sets."),
    )


@bp.get("/obligations/<int:obligation_id>")
@requires(Permission.SEE_COACHING)
def obligation(obligation_id: int) -> ResponseReturnValue:
    """One obligation: why it arose, when it was due, and what became of it."""
    return _page(_obligation(obligation_id, Permission.SEE_COACHING), WaiveForm())


@bp.post("/obligations/<int:obligation_id>/waive")
@requires(Permission.WAIVE_OBLIGATIONS)
def waive(obligation_id: int) -> ResponseReturnValue:
    """Let an obligation go, with a reason."""
    found, form = _obligation(obligation_id, Permission.WAIVE_OBLIGATIONS), WaiveForm()
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        services.waive(db.session(), found, reason=form.reason.data or "", by=viewer(), on=now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        told(refusal)
        raise
    flash(_("Obligation waived."))
    return redirect(url_for("coaching.obligation", obligation_id=found.id))


def _obligation(obligation_id: int, to: Permission) -> Obligation:
    return one_or_404(
        Obligation.visible_to(viewer(), to)
        .where(Obligation.id == obligation_id)
        .options(
            joinedload(Obligation.person),
            joinedload(Obligation.lead),
            joinedload(Obligation.team),
            joinedload(Obligation.session).joinedload(CoachingSession.coach),
            joinedload(Obligation.waived_by),
            selectinload(Obligation.changes).options(
                joinedload(ObligationChange.owner), joinedload(ObligationChange.team)
            ),
        )
    )


def _page(found: Obligation, form: WaiveForm) -> str:
    audits = Audit.visible_to(viewer()).where(Audit.id == found.audit_id)
    gaps = Gap.visible_to(viewer(), Permission.SEE_GAPS).where(Gap.id == found.gap_id)
    return render_template(
        "coaching/obligation.html",
        obligation=found,
        state=lists.obligation_state(found, now()),
        cause=labels.cause(found),
        reason=labels.reason(found),
        audit=db.session.scalars(audits).first(),
        case=agenda.cases_of(db.session(), viewer(), [found]).get(found.dsat_case_id or 0),
        gap=db.session.scalars(gaps.options(joinedload(Gap.competency))).first(),
        form=form,
        is_open=found.state in (ObligationState.OPEN, ObligationState.MISSED),
        may_waive=found.state is ObligationState.OPEN and may(viewer(), Permission.WAIVE_OBLIGATIONS),
    )
