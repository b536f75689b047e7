"""The pages of licences: the list with what is not covered, renewal, the certificate, and its check by anybody."""

from __future__ import annotations

import io

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.accounts.queries import programme
from app.cohorts import labels
from app.cohorts.blueprint import bp
from app.cohorts.licences import lists, services
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import SOON, Standing
from app.cohorts.programmes.models import Cohort, Enrolment
from app.cohorts.programmes.pages import today
from app.core import paper
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.exports import MIME
from app.core.web import limiter, public


@bp.get("/trainers")
@requires(Permission.SEE_COHORTS)
def trainers() -> ResponseReturnValue:
    """Who may teach, until when, and where nobody may."""
    markets, partners = lists.coverage(db.session(), viewer(), today())
    return lists.licence_table(viewer(), today()).answer(
        lists.licences(viewer()),
        "cohorts/trainers.html",
        markets=markets,
        partners=partners,
        renewable=_renewable(),
    )


def _renewable() -> list[TrainerLicence]:
    """What may be renewed now: it ends soon and was kept by teaching."""
    seen = TrainerLicence.visible_to(viewer(), Permission.RUN_COHORTS).where(
        TrainerLicence.is_latest, TrainerLicence.expires_on <= today() + SOON, TrainerLicence.expires_on >= today()
    )
    options = (joinedload(TrainerLicence.person), joinedload(TrainerLicence.programme))
    found = db.session.scalars(seen.order_by(TrainerLicence.expires_on, TrainerLicence.id).options(*options)).all()
    held = services.holding(db.session(), found)
    return [
        one for one in found if held[one.id].standing(today()) is not Standing.LAPSED and one.person_id != viewer().id
    ]


@bp.post("/licences/<int:licence_id>/renew")
@requires(Permission.RUN_COHORTS)
def renew_licence(licence_id: int) -> ResponseReturnValue:
    """Renew a licence from its expiry."""
    found = one_or_404(
        TrainerLicence.visible_to(viewer(), Permission.RUN_COHORTS)
        .where(TrainerLicence.id == licence_id)
        .options(
            joinedload(TrainerLicence.programme),
            joinedload(TrainerLicence.enrolment).joinedload(Enrolment.cohort).joinedload(Cohort.programme),
        )
    )
    services.renew(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Renewed. The previous certificate stays on record."))
    return redirect(url_for("cohorts.trainers"))


@bp.get("/licences/<int:licence_id>.pdf")
@requires(Permission.USE)
def licence_pdf(licence_id: int) -> ResponseReturnValue:
    """The certificate on paper, in its holder's language."""
    found = one_or_404(
        TrainerLicence.visible_to(viewer())
        .where(TrainerLicence.id == licence_id)
        .options(joinedload(TrainerLicence.person), joinedload(TrainerLicence.programme))
    )
    check = url_for("cohorts.check_licence", number=found.number)
    made = paper.pdf(
        "cohorts/licence.print.html",
        found.person.language,
        licence=found,
        address=f"{current_app.config['BASE_URL'].rstrip('/')}{check}",
        place=db.session.scalars(programme()).one().name,
        labels=labels,
    )
    name = f"{found.number}.pdf"
    return send_file(io.BytesIO(made), mimetype=MIME["pdf"], as_attachment=True, download_name=name)


@bp.get("/licences/check")
@public
@limiter.limit("30 per minute; 300 per hour")
def check_licence() -> ResponseReturnValue:
    """Whether a certificate of this number was issued, to whom, for what, and until when: nothing else."""
    number = request.args.get("number", "").strip().upper()[:40]
    found = db.session.scalars(
        select(TrainerLicence)
        .where(TrainerLicence.number == number)
        .options(joinedload(TrainerLicence.person), joinedload(TrainerLicence.programme))
    ).one_or_none()
    kept = services.holding(db.session(), [found])[found.id] if found is not None else None
    return render_template(
        "cohorts/licence_check.html",
        number=number,
        licence=found,
        cell=lists.standing_cell(found, kept, today()) if found is not None and kept is not None else None,
    )
