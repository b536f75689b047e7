"""Audits: the list, and the page of one."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits import labels, reading
from app.audits.auditing.models import Acknowledgement
from app.audits.blueprint import bp
from app.audits.disputes import labels as dispute_labels
from app.audits.disputes import services as disputes
from app.audits.disputes.models import Dispute
from app.audits.lists import audits as lists
from app.audits.models import BLIND_PURPOSES, Audit, ScorecardVersion
from app.core.clock import now
from app.core.database import db, one_or_404


@bp.get("")
@requires(Permission.USE)
def index() -> ResponseReturnValue:
    """The audits within scope, and one's own."""
    return lists.audit_table(viewer(), whole="format" in request.args).answer(
        lists.audits(viewer()), "audits/index.html", sees_others=may(viewer(), Permission.SEE_AUDITS)
    )


@bp.get("/<int:audit_id>")
@requires(Permission.USE)
def audit(audit_id: int) -> ResponseReturnValue:
    """One audit: its four scores, and each criterion with what was found."""
    found = one_or_404(
        Audit.visible_to(viewer())
        .where(Audit.id == audit_id)
        .options(
            joinedload(Audit.person),
            joinedload(Audit.auditor),
            joinedload(Audit.team),
            joinedload(Audit.version).joinedload(ScorecardVersion.scorecard),
        )
    )
    parts = reading.parts(db.session(), found)
    return render_template(
        "audits/audit.html",
        audit=found,
        parts=parts,
        fatal=[check for part in parts for check in part.entries if check.fatal],
        blind=found.purpose in BLIND_PURPOSES,
        own=found.person_id == viewer().id,
        leads_quality=may(viewer(), Permission.LEAD_QUALITY),
        again=_scored_again(viewer(), found),
        read=db.session.get(Acknowledgement, found.id),
        disputed=_disputes(found),
        may_dispute=disputes.may_raise(db.session(), found, viewer(), now()),
        dispute_labels=dispute_labels,
        labels=labels,
        may_see_gaps=may(viewer(), Permission.SEE_GAPS) or found.person_id == viewer().id,
    )


def _disputes(found: Audit) -> dict[int, Dispute]:
    """The disputes of this audit the viewer may see, the latest of each criterion."""
    seen = db.session.scalars(Dispute.visible_to(viewer()).where(Dispute.audit_id == found.id).order_by(Dispute.id))
    return {one.criterion_id: one for one in seen}


def _scored_again(reader: User, found: Audit) -> list[Audit]:
    """The audit this one scores again, and those that score this one again, of those the reader may see."""
    related = (Audit.reaudit_of_id == found.id) | (Audit.id == found.reaudit_of_id)
    return list(db.session.scalars(Audit.visible_to(reader).where(related).order_by(Audit.id)))
