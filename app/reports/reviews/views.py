"""The pages of business reviews: all of them, one with its figures and what is said, and the same as a file."""

from __future__ import annotations

import io
from datetime import date

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core import sheet_charts
from app.core.clock import day_of, last_month, month_of, month_start, now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.exports import MIME
from app.core.i18n import Bilingual, month_name, time_zone
from app.core.tables import Cell, Column, Filter, Table, on_day, state, text
from app.core.web import address, row_number
from app.governance.reviews import labels, queries, rules, services
from app.governance.reviews.models import BusinessReview, ReviewAction, ReviewDecision
from app.governance.reviews.rules import ActionState, Part, ReviewState
from app.reports.reviews import drawing, forms, rendering
from app.reports.reviews.document import FORMATS, Document
from app.reports.views import chart_urls

bp = Blueprint("reviews", __name__, url_prefix="/reports/reviews", template_folder="templates")

SEES, WRITES = Permission.SEE_REPORTS, Permission.SET_POLICIES


# --- All of them ---


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
            flash(_("The draft is begun: its figures are drawn each time it is opened, until they are frozen."))
            return redirect(_page(begun))
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
        form.month.data = f"{last_month(month_start(_today())):%Y-%m}"
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
        made = services.begin(db.session(), unit, month, today=_today(), by=viewer(), on=now())
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
            Column("held", lazy_gettext("Held on"), lambda r: on_day(r.held_on), sort=BusinessReview.held_on, kind="date"),
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
        empty_text=lazy_gettext("No business review matches. One appears here when its figures are frozen."),
    )  # fmt: skip


def _named(review: BusinessReview) -> Cell:
    path = review.unit.path or review.unit.name
    return text(path.replace("/", " · "), url=url_for("reviews.review", review_id=review.id))


def _standing(review: BusinessReview) -> Cell:
    return state(labels.STATES[review.state], labels.TONES[review.state])


def _open(review: BusinessReview) -> Cell:
    return Cell("number", sum(one.state is ActionState.OPEN for one in review.actions))


# --- One ---


@bp.get("/<int:review_id>")
@requires(SEES)
def review(review_id: int) -> ResponseReturnValue:
    """A review: what its figures say, what is said of them, what came back and what is agreed; or the same as a file."""
    return _show(_one(review_id))


def _show(found: BusinessReview, failed: FlaskForm | None = None) -> ResponseReturnValue:
    made = Document.of(found, _figures(found))
    if (file_format := request.args.get("format")) in FORMATS:
        return _file(made, str(file_format))
    writes = _writes(found)
    open_to_change = writes and found.state is not ReviewState.HELD
    page = render_template(
        "reports/reviews/review.html",
        review=found,
        document=made,
        charts=_charts(made),
        comments={one.part: one for one in found.comments},
        commenting=writes and found.state is ReviewState.DRAFT,
        came_back=db.session.scalars(queries.came_back(found.unit_id, found.month)).all(),
        forms=_forms(found, failed) if open_to_change else {},
        writes=writes,
        may_freeze=writes and found.state is ReviewState.DRAFT and rules.may_freeze(found.month, _today()),
        may_settle=lambda action: writes or action.owner_id == viewer().id,
        outcome=lambda: forms.OutcomeForm(formdata=None),
        today=_today(),
        is_late=rules.is_late,
        labels=labels,
        states=ReviewState,
        action_states=ActionState,
        parts=Part,
        without=[str(labels.PARTS[one.part]) for one in found.comments if _half(one.text)],
        Bilingual=Bilingual,
        export_urls={name: address(format=name) for name in FORMATS},
    )
    return page, 422 if failed is not None else 200


def _figures(found: BusinessReview) -> drawing.Figures:
    """As frozen; of a draft as they stand now."""
    if found.figures is not None:
        return found.figures
    return drawing.draw(db.session(), found.unit, found.month, at=now(), today=_today())


def _charts(made: Document) -> dict[str, tuple[str, str]]:
    """The addresses of charts, for the light and the dark theme, by the name of their sheet."""
    drawn = [one for section in made.sections for one in section.charts]
    return {sheet.name: chart_urls(sheet_charts.spec(sheet, chart)) for sheet, chart in drawn}


def _file(made: Document, file_format: str) -> ResponseReturnValue:
    content = io.BytesIO(rendering.render(made, file_format))
    name = f"{made.file_name}.{file_format}"
    return send_file(content, mimetype=MIME[file_format], as_attachment=True, download_name=name)


def _half(words: Bilingual) -> bool:
    """Whether something is said in one language alone."""
    return bool(words.en) != bool(words.es)


def _forms(found: BusinessReview, failed: FlaskForm | None) -> dict[str, FlaskForm]:
    owners = db.session.scalars(queries.owners(found.unit_id, _today()))
    made: dict[str, FlaskForm] = {
        "decision": forms.DecisionForm(formdata=None),
        "action": forms.ActionForm([(str(one.id), one.name) for one in owners], formdata=None),
        "hold": forms.HoldForm(formdata=None, held_on=_today()),
    }
    if failed is not None:
        made[next(key for key, one in made.items() if type(one) is type(failed))] = failed
    return made


# --- Deeds ---


@bp.post("/<int:review_id>/comments/<part>")
@requires(WRITES)
def comment(review_id: int, part: str) -> ResponseReturnValue:
    """Keep what is said of a part, as it is typed or when it is sent."""
    found = _mine(review_id)
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
        flash(_("The comment is kept."))
        return redirect(f"{_page(found)}#{part}")
    return {"says": _said(kept.text), "revision": kept.revision}


def _said(words: Bilingual) -> str:
    if _half(words):
        return _("Kept. The Spanish is missing.") if words.en else _("Kept. The English is missing.")
    return _("Kept.")


@bp.post("/<int:review_id>/freeze")
@requires(WRITES)
def freeze(review_id: int) -> ResponseReturnValue:
    """Keep the figures for good."""
    found = _mine(review_id)
    figures = _figures(found)
    services.freeze(db.session(), found, figures, today=_today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("The figures are frozen, and the partner managers of the unit are told."))
    return redirect(_page(found))


@bp.post("/<int:review_id>/hold")
@requires(WRITES)
def hold(review_id: int) -> ResponseReturnValue:
    """The meeting is over."""
    found, form = _mine(review_id), forms.HoldForm()
    if not form.validate() or form.held_on.data is None:
        return _show(found, form)
    services.hold(db.session(), found, form.held_on.data, today=_today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("The review is closed; its actions go on, and come back in the next one."))
    return redirect(_page(found))


@bp.post("/<int:review_id>/discard")
@requires(WRITES)
def discard(review_id: int) -> ResponseReturnValue:
    """Take a draft away."""
    services.discard(db.session(), _mine(review_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("The draft is gone."))
    return redirect(url_for("reviews.index"))


@bp.post("/<int:review_id>/decisions")
@requires(WRITES)
def decide(review_id: int) -> ResponseReturnValue:
    """Write a decision down."""
    found, form = _mine(review_id), forms.DecisionForm()
    if not form.validate():
        return _show(found, form)
    services.decide(db.session(), found, form.text.data or "", by=viewer(), on=now())
    db.session.commit()
    return redirect(f"{_page(found)}#agreed")


@bp.post("/<int:review_id>/actions")
@requires(WRITES)
def agree(review_id: int) -> ResponseReturnValue:
    """Agree on an action."""
    found = _mine(review_id)
    owners = list(db.session.scalars(queries.owners(found.unit_id, _today())))
    form = forms.ActionForm([(str(one.id), one.name) for one in owners])
    if not form.validate() or form.due_on.data is None:
        return _show(found, form)
    owner = next(one for one in owners if str(one.id) == form.owner.data)
    what = {"owner": owner, "due_on": form.due_on.data, "today": _today(), "by": viewer(), "on": now()}
    try:
        services.agree(db.session(), found, form.action.data or "", **what)
    except Refused as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))
        return _show(_mine(review_id), form)
    db.session.commit()
    return redirect(f"{_page(found)}#agreed")


@bp.post("/actions/<int:action_id>")
@requires(SEES)
def settle(action_id: int) -> ResponseReturnValue:
    """Say what became of an action: who owns it, or sets policies in its unit."""
    seen = BusinessReview.visible_to(viewer()).with_only_columns(BusinessReview.id)
    action = one_or_404(select(ReviewAction).where(ReviewAction.id == action_id, ReviewAction.review_id.in_(seen)))
    if action.owner_id != viewer().id and not _writes(action.review):
        abort(403)
    form = forms.OutcomeForm()
    if not form.validate():
        abort(422)
    chosen, outcome = ActionState(form.state.data), form.outcome.data or ""
    services.settle(db.session(), action, chosen, outcome, today=_today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("It is kept what became of it."))
    asked = request.form.get("review", type=row_number)
    here = action.review if asked is None else _one(asked)
    return redirect(f"{_page(here)}#agreed")


# --- Whose it is ---


def _one(review_id: int) -> BusinessReview:
    """A review within sight, with all that is in it."""
    whole = (
        joinedload(BusinessReview.unit),
        joinedload(BusinessReview.frozen_by),
        selectinload(BusinessReview.comments),
        selectinload(BusinessReview.decisions).joinedload(ReviewDecision.by),
        selectinload(BusinessReview.actions).joinedload(ReviewAction.owner),
    )
    return one_or_404(BusinessReview.visible_to(viewer()).where(BusinessReview.id == review_id).options(*whole))


def _mine(review_id: int) -> BusinessReview:
    """A review that the viewer may change: unseen it is not found, seen but another's it is not permitted."""
    found = _one(review_id)
    if not _writes(found):
        abort(403)
    return found


def _writes(found: BusinessReview) -> bool:
    scope = unit_scope(viewer(), WRITES)
    return db.session.scalar(select(Unit.id).where(Unit.id == found.unit_id, Unit.id.in_(scope))) is not None


def _page(found: BusinessReview) -> str:
    return url_for("reviews.review", review_id=found.id)


def _today() -> date:
    return day_of(now(), time_zone())
