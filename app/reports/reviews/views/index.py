"""All business reviews within reach, and where one begins."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.models import Unit
from app.accounts.reach import unit_scope
from app.core.clock import last_month, month_of, month_start, now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import month_name
from app.core.tables import Cell, Column, Filter, Table, day_column, state, text
from app.core.web import row_number
from app.governance.reviews import labels, services
from app.governance.reviews.models import BusinessReview
from app.governance.reviews.rules import ActionState, ReviewState
from app.reports.reviews import forms
from app.reports.reviews.views.blueprint import SEES, WRITES, bp, page_of, today


@bp.route("", methods=["GET", "POST"])
@requires(SEES)
def index() -> ResponseReturnValue:
    """The reviews within reach; who sets policies begins one here."""
    form = _begin_form() if may(viewer(), WRITES) else None
    if request.method == "POST":
        if form is None:
            abort(403)
        begun = _begin(form)
        if begun is not None:
            flash(_("Draft created: its figures are recalculated each time it is opened, until they are frozen."))
            return redirect(page_of(begun))
    seen = (
        BusinessReview.visible_to(viewer())
        .join(BusinessReview.unit)
        .options(joinedload(BusinessReview.unit), selectinload(BusinessReview.actions))
    )
    answer = make_response(_table().answer(seen, "reports/reviews/index.html", form=form))
    if form is not None and form.errors:
        answer.status_code = 422
    return answer


def _begin_form() -> forms.BeginForm:
    form = forms.BeginForm(unit_options(viewer(), WRITES))
    if not form.is_submitted():
        form.month.data = f"{last_month(month_start(today())):%Y-%m}"
    return form


def _begin(form: forms.BeginForm) -> BusinessReview | None:
    if not form.validate():
        return None
    try:
        month = month_of((form.month.data or "").strip())
    except ValueError:
        form.form_errors.append(_("“%(typed)s” is not a month; write it as 2026-10.", typed=form.month.data))
        return None
    scope = unit_scope(viewer(), WRITES)
    unit = one_or_404(select(Unit).where(Unit.id == row_number(form.unit.data or ""), Unit.id.in_(scope)))
    try:
        made = services.begin(db.session(), unit, month, today=today(), by=viewer(), on=now())
    except Refused as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return None
    db.session.commit()
    return made


def _table() -> Table:
    return Table(
        id="reviews",
        columns=[
            Column("unit", lazy_gettext("Unit"), _named, sort=Unit.path),
            Column("month", lazy_gettext("Month"), lambda r: text(month_name(r.month)), sort=BusinessReview.month),
            Column("state", lazy_gettext("State"), _standing, BusinessReview.state),
            day_column("held", lazy_gettext("Held on"), BusinessReview.held_on),
            Column("open", lazy_gettext("Actions open"), _open, align="end", kind="number"),
        ],
        filters=[
            Filter("state", lazy_gettext("State"), lambda v: BusinessReview.state == ReviewState(v),
                   lambda: [(one.value, name) for one, name in labels.STATES.items()]),
            Filter("month", lazy_gettext("Month"), lambda v: BusinessReview.month == month_of(v), kind="month"),
        ],
        sort="-month",
        caption=lazy_gettext("Business reviews"),
        tie_break=BusinessReview.id,
        empty_text=lazy_gettext("No business reviews match. One appears here when its figures are frozen."),
    )  # fmt: skip


def _named(review: BusinessReview) -> Cell:
    path = review.unit.path or review.unit.name
    return text(path.replace("/", " · "), url=url_for("reviews.review", review_id=review.id))


def _standing(review: BusinessReview) -> Cell:
    return state(labels.STATES[review.state], labels.TONES[review.state])


def _open(review: BusinessReview) -> Cell:
    return Cell("number", sum(one.state is ActionState.OPEN for one in review.actions))
