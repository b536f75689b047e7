"""The pages of certificates: terms, the list, the document, and the check that is open to everybody."""

from __future__ import annotations

import io
from datetime import date
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZipFile

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core import paper
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.exports import MIME
from app.core.web import limiter, public
from app.curriculum import services as curriculum
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.certificates import lists, rules, services
from app.curriculum.certificates.forms import TermsForm
from app.curriculum.certificates.models import Certificate, CertificateTerms
from app.curriculum.certificates.renewing import renew
from app.curriculum.models import Assignment

MOST_RENEWED = 500
MOST_PRINTED = 60
"""Each takes a part of a second."""
SHOWN = 8


def _today() -> date:
    return curriculum.programme_day(now())


# --- What a module certifies ---


@bp.route("/modules/<int:module_id>/certificate", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def certificate_terms(module_id: int) -> ResponseReturnValue:
    """Until when the module's certificates are valid, with what that means for people who completed it."""
    module = seen_module(module_id)
    terms = db.session.get(CertificateTerms, module.id)
    form = TermsForm(terms)
    if form.validate_on_submit() and request.form.get("then") != "preview":
        services.set_terms(db.session(), module, form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Saved. Everybody who completes the module from now on gets a certificate."))
        return redirect(url_for("curriculum.certificate_terms", module_id=module.id))
    written = CertificateTerms(module_id=module.id, **form.facts) if form.is_submitted() and not form.errors else terms
    page = render_template(
        "curriculum/certificates/terms.html",
        module=module,
        terms=terms,
        form=form,
        preview=_preview(module.id, written) if written is not None else [],
        lacking=services.lacking(db.session(), terms, module.id),
    )
    return page, 422 if form.errors else 200


def _preview(module_id: int, terms: CertificateTerms) -> list[tuple[str, date, date | None]]:
    """(person, completed on, valid until) of the last ones who completed the module, within reach."""
    done = Assignment.visible_to(viewer(), Permission.SEE_LEARNING).where(
        Assignment.module_id == module_id, Assignment.completed_on.is_not(None)
    )
    newest = done.order_by(Assignment.completed_on.desc(), Assignment.id.desc()).limit(SHOWN)
    found = db.session.scalars(newest.options(joinedload(Assignment.person)))
    return [
        (one.person.name, one.completed_on, rules.expiry(terms, one.completed_on, None))
        for one in found
        if one.completed_on is not None
    ]


@bp.post("/modules/<int:module_id>/certificate/drop")
@requires(Permission.WRITE_MODULES)
def drop_certificate_terms(module_id: int) -> ResponseReturnValue:
    module = seen_module(module_id)
    terms = one_or_404(CertificateTerms.visible_to(viewer()).where(CertificateTerms.module_id == module.id))
    services.drop_terms(db.session(), terms, module, by=viewer(), on=now())
    db.session.commit()
    flash(_("The module no longer gives a certificate. What was issued stays valid."))
    return redirect(url_for("curriculum.module", module_id=module.id))


@bp.post("/modules/<int:module_id>/certificate/issue")
@requires(Permission.WRITE_MODULES)
def issue_certificates(module_id: int) -> ResponseReturnValue:
    """Issue what is missing for completions of before."""
    module = seen_module(module_id)
    count = services.issue_missing(db.session(), module, by=viewer(), on=now())
    db.session.commit()
    flash(ngettext("%(num)s certificate issued.", "%(num)s certificates issued.", count))
    return redirect(url_for("curriculum.certificate_terms", module_id=module.id))


# --- The list ---


@bp.get("/certificates")
@requires(Permission.SEE_LEARNING)
def certificates() -> ResponseReturnValue:
    """The certificates of people within reach, the first to expire first."""
    today = _today()
    concern = Certificate.visible_to(viewer(), Permission.SEE_LEARNING).where(lists.concern(today))
    count = select(func.count()).select_from(concern.with_only_columns(Certificate.id).subquery())
    return lists.certificate_table(viewer(), today).answer(
        lists.certificates(viewer()), "curriculum/certificates/list.html", soon=db.session.scalar(count) or 0
    )


@bp.post("/certificates/renew")
@requires(Permission.ASSIGN_MODULES)
def renew_certificates() -> ResponseReturnValue:
    """Assign the modules anew to those whose certificates the list shows and that expire soon or have."""
    today = _today()
    within = lists.certificates(viewer(), Permission.ASSIGN_MODULES).where(lists.concern(today))
    found = lists.certificate_table(viewer(), today).narrowed(within).order_by(Certificate.expires_on, Certificate.id)
    certified = db.session.scalars(found.limit(MOST_RENEWED)).all()
    given = renew(db.session(), certified, today=today, by=viewer(), on=now())
    db.session.commit()
    if given:
        flash(ngettext("Assigned to %(num)s person.", "Assigned to %(num)s people.", given))
    else:
        flash(_("Nobody to add: everybody on the list already has it open."), "warn")
    return redirect(_list())


def _list() -> str:
    """The list, filtered as it was."""
    return f"{url_for('curriculum.certificates')}?{urlencode(list(request.args.items(multi=True)))}"


# --- The document ---


@bp.get("/certificates/<int:certificate_id>.pdf")
@requires(Permission.USE)
def certificate_pdf(certificate_id: int) -> ResponseReturnValue:
    """The certificate on paper, in its holder's language."""
    found = one_or_404(
        Certificate.visible_to(viewer(), Permission.SEE_LEARNING)
        .where(Certificate.id == certificate_id)
        .options(joinedload(Certificate.person))
    )
    return send_file(
        io.BytesIO(_paper(found)), mimetype=MIME["pdf"], as_attachment=True, download_name=f"{found.number}.pdf"
    )


@bp.get("/certificates/papers.zip")
@requires(Permission.SEE_LEARNING)
def certificate_papers() -> ResponseReturnValue:
    """The certificates the list shows on paper, each in its holder's language, as one archive."""
    found = lists.certificate_table(viewer(), _today()).narrowed(lists.certificates(viewer()))
    several = db.session.scalars(found.order_by(Certificate.id).limit(MOST_PRINTED + 1)).all()
    if not several or len(several) > MOST_PRINTED:
        flash(_("From 1 to %(most)s certificates are printed at a time: narrow the list.", most=MOST_PRINTED), "warn")
        return redirect(_list())
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for one in several:
            archive.writestr(f"{one.person.employee_no}-{one.number}.pdf".replace("/", "-"), _paper(one))
    packed.seek(0)
    return send_file(packed, mimetype="application/zip", as_attachment=True, download_name="certificates.zip")


def _paper(found: Certificate) -> bytes:
    check = url_for("curriculum.check_certificate", number=found.number)
    return paper.pdf(
        "curriculum/certificates/paper.print.html",
        found.person.language,
        certificate=found,
        address=f"{current_app.config['BASE_URL'].rstrip('/')}{check}",
        place="Hilo",
    )


# --- Open to everybody ---


@bp.get("/certificates/check")
@public
@limiter.limit("30 per minute; 300 per hour")
def check_certificate() -> ResponseReturnValue:
    """Whether a certificate of this number was issued, to whom, for what, and until when: nothing else."""
    number = request.args.get("number", "").strip().upper()[:40]
    found = (
        db.session.scalars(
            select(Certificate).where(Certificate.number == number).options(joinedload(Certificate.person))
        ).one_or_none()
        if number and "\x00" not in number
        else None
    )
    return render_template(
        "curriculum/certificates/check.html",
        number=number.replace("\x00", ""),
        certificate=found,
        state=lists.STATES[rules.validity(found.expires_on, _today())] if found is not None else None,
    )
