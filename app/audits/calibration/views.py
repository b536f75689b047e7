"""Pages of calibrations: the list, making one, and one along its life."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.permissions import Permission
from app.audits import labels as words
from app.audits.blueprint import bp
from app.audits.calibration import labels, lists, services
from app.audits.calibration.forms import AgreedForm, CalibrationForm, MeetingForm
from app.audits.calibration.models import Calibration, CalibrationSeat
from app.audits.calibration.rules import SEEN, CalibrationState, next_state
from app.audits.calibration.sheet import Sheet, sheet_of
from app.audits.models import Audit, Criterion, Result, Scorecard, ScorecardVersion
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.web import row_number


@bp.get("/calibrations")
@requires(Permission.AUDIT)
def calibrations() -> ResponseReturnValue:
    """Calibrations the viewer takes part in, and all where the viewer leads quality."""
    leads = may(viewer(), Permission.LEAD_QUALITY)
    return lists.table(viewer()).answer(
        Calibration.visible_to(viewer()).options(joinedload(Calibration.unit), selectinload(Calibration.seats)),
        "audits/calibration/index.html",
        leads=leads,
    )


# --- Made ---


@bp.route("/calibrations/new", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def new_calibration() -> ResponseReturnValue:
    """Make one; `?audit=` takes the contact from an audit."""
    form = _form(_from_audit())
    if form.validate_on_submit():
        made = services.make(db.session(), form.terms, by=viewer(), on=now())
        db.session.commit()
        return redirect(url_for("audits.calibration", calibration_id=made.id))
    return render_template("audits/calibration/new.html", form=form, draft=None), 422 if form.errors else 200


@bp.route("/calibrations/<int:calibration_id>/edit", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def edit_calibration(calibration_id: int) -> ResponseReturnValue:
    """Say anew what a draft is about."""
    one = _one(calibration_id)
    form = _form(CalibrationForm.facts(one))
    if form.validate_on_submit():
        services.change(db.session(), one, form.terms, by=viewer(), on=now())
        db.session.commit()
        return redirect(url_for("audits.calibration", calibration_id=calibration_id))
    return render_template("audits/calibration/new.html", form=form, draft=one), 422 if form.errors else 200


def _form(facts: dict[str, Any]) -> CalibrationForm:
    rows = db.session.execute(
        select(ScorecardVersion.id, Scorecard.name.sql(), ScorecardVersion.label)
        .join(ScorecardVersion.scorecard)
        .order_by(Scorecard.name.sql(), ScorecardVersion.id.desc())
    )
    versions = [(number, f"{name} {label}") for number, name, label in rows]
    return CalibrationForm(unit_options(viewer(), Permission.LEAD_QUALITY), versions, data=facts)


def _from_audit() -> dict[str, Any]:
    """The contact of the audit the address names; its answers are not taken along."""
    number = request.args.get("audit", type=row_number)
    if number is None:
        return {}
    audit = one_or_404(Audit.visible_to(viewer()).where(Audit.id == number))
    about = Calibration(
        name="",
        unit_id=audit.team_id or 0,
        version_id=audit.version_id,
        contact_ref=audit.contact_ref or audit.reference,
    )
    about.contact_at, about.channel, about.meets_at, about.tolerance = audit.contact_at, audit.channel or "", None, 0.1
    return CalibrationForm.facts(about)


@bp.post("/calibrations/<int:calibration_id>/people")
@requires(Permission.LEAD_QUALITY)
def invite_to_calibration(calibration_id: int) -> ResponseReturnValue:
    """Say who takes part and who is the reference."""
    one = _one(calibration_id)
    people = set(request.form.getlist("people", type=row_number))
    reference = request.form.get("reference", type=row_number)
    services.invite(db.session(), one, people, reference, by=viewer(), on=now())
    db.session.commit()
    flash(_("Saved. Participants are notified once the calibration is opened."))
    return redirect(url_for("audits.calibration", calibration_id=calibration_id))


@bp.post("/calibrations/<int:calibration_id>/discard")
@requires(Permission.LEAD_QUALITY)
def discard_calibration(calibration_id: int) -> ResponseReturnValue:
    """Give a draft up."""
    services.discard(db.session(), _one(calibration_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Draft discarded."))
    return redirect(url_for("audits.calibrations"))


# --- Along its life ---


@bp.get("/calibrations/<int:calibration_id>")
@requires(Permission.AUDIT)
def calibration(calibration_id: int) -> ResponseReturnValue:
    """One calibration, as far as the viewer may see it in its state."""
    return _page(_one(calibration_id)), 200


@bp.post("/calibrations/<int:calibration_id>/move")
@requires(Permission.LEAD_QUALITY)
def move_calibration(calibration_id: int) -> ResponseReturnValue:
    """Go on to the next state."""
    try:
        to = CalibrationState(request.form.get("to", ""))
    except ValueError:
        raise NotFound from None
    services.move(db.session(), _one(calibration_id), to, by=viewer(), on=now())
    db.session.commit()
    flash(str(labels.STATES[to]) + ".")
    return redirect(url_for("audits.calibration", calibration_id=calibration_id))


@bp.post("/calibrations/<int:calibration_id>/agree/<int:criterion_id>")
@requires(Permission.LEAD_QUALITY)
def agree_on(calibration_id: int, criterion_id: int) -> ResponseReturnValue:
    """Record the agreed answer to a criterion."""
    one, criterion = _one(calibration_id), db.session.get(Criterion, criterion_id)
    if criterion is None or criterion.version_id != one.version_id:
        raise NotFound
    form = AgreedForm(criterion)
    if not form.validate_on_submit():
        return _page(one, agreeing=(criterion_id, form)), 422
    result = Result(str(form.result.data))
    services.agree(db.session(), one, criterion_id, result, str(form.note.data), by=viewer(), on=now())
    db.session.commit()
    return redirect(url_for("audits.calibration", calibration_id=calibration_id) + f"#item-{criterion_id}")


@bp.post("/calibrations/<int:calibration_id>/meeting")
@requires(Permission.LEAD_QUALITY)
def note_meeting(calibration_id: int) -> ResponseReturnValue:
    """Note who attended and what was talked about."""
    one, form = _one(calibration_id), MeetingForm()
    if not form.validate_on_submit():
        return _page(one, meeting=form), 422
    attended = set(request.form.getlist("attended", type=row_number))
    services.note_meeting(db.session(), one, attended, str(form.discussion.data or ""), by=viewer(), on=now())
    db.session.commit()
    flash(_("Recorded."))
    return redirect(url_for("audits.calibration", calibration_id=calibration_id))


# --- Shared ---


def _page(one: Calibration, agreeing: tuple[int, AgreedForm] | None = None, meeting: MeetingForm | None = None) -> str:
    session, me = db.session(), viewer()
    leads = services.leads(session, one, me)
    sheet = sheet_of(session, one) if one.state in SEEN else Sheet([], [])
    review = leads and one.state is CalibrationState.REVIEW
    forms = {row.criterion.id: AgreedForm(row.criterion, formdata=None, obj=row.agreed) for row in sheet.rows if review}
    if agreeing is not None:
        forms[agreeing[0]] = agreeing[1]
    noted = leads and one.state in (CalibrationState.REVIEW, CalibrationState.RESOLVED)
    to = next_state(one.state)
    return render_template(
        "audits/calibration/calibration.html",
        one=one,
        leads=leads,
        seat=next((seat for seat in one.seats if seat.person_id == me.id), None),
        able=session.scalars(services.able(one, now())).all() if leads and one.state is CalibrationState.DRAFT else [],
        sheet=sheet,
        forms=forms,
        names=_names(sheet, leads=leads),
        meeting=(meeting or MeetingForm(formdata=None, obj=one)) if noted else None,
        to=to if leads else None,
        handed=sum(seat.handed_in_at is not None for seat in one.seats),
        labels=labels,
        words=words,
    )


def _names(sheet: Sheet, *, leads: bool) -> list[str]:
    """Whose each column is: others by number, but for who leads quality."""
    found, number = [], 0
    for column in sheet.columns:
        number += not column.seat.reference
        if column.seat.person_id == viewer().id and not leads:
            found.append(_("your answers"))
        elif column.seat.reference:
            found.append(_("Reference: %(name)s", name=column.seat.person.name) if leads else _("Reference"))
        else:
            found.append(column.seat.person.name if leads else _("Participant %(number)s", number=number))
    return found


def _loaded() -> Select[Calibration]:
    version = joinedload(Calibration.version).joinedload(ScorecardVersion.scorecard)
    seats = selectinload(Calibration.seats).joinedload(CalibrationSeat.person)
    return Calibration.visible_to(viewer()).options(
        version, seats, joinedload(Calibration.unit), selectinload(Calibration.agreed)
    )


def _one(calibration_id: int) -> Calibration:
    return one_or_404(_loaded().where(Calibration.id == calibration_id))
