"""Pages of decisions: the list, one with what came before and after it, and the form. Nothing here edits one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.filters import unit_options
from app.accounts.labels import named
from app.accounts.models import Unit, User
from app.accounts.queries import subtree
from app.accounts.reach import unit_scope
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.i18n import month_name
from app.core.tables import Cell, Column, Filter, Table, on_day, search, state, text
from app.core.web import row_number
from app.governance import scoping
from app.governance.decisions import forms, services
from app.governance.decisions.models import Resolution, ResolutionLook
from app.governance.desk import desk, today, views, writes
from app.governance.initiatives.models import Initiative
from app.governance.reviews import services as reviews
from app.governance.risks.models import Risk
from app.governance.scoping import SEES, WRITES

STANDS, LATE, OVER = "stands", "late", "superseded"
Row = tuple[Resolution, bool]

# --- The list ---


@desk.get("/decisions")
@requires(SEES)
def decisions() -> ResponseReturnValue:
    """The decisions for units within reach, the newest first."""
    return _table(today()).answer(_decisions(), "governance/decisions/index.html", views=views(), may_write=writes())


def _decisions() -> Select[*tuple[Any, ...]]:
    """(decision, whether it stands)."""
    return (
        Resolution.visible_to(viewer())
        .add_columns(case((Resolution.stands(), True), else_=False))
        .join(User, User.id == Resolution.decided_by_id)
        .join(Unit, Unit.id == Resolution.unit_id)
        .options(contains_eager(Resolution.decided_by), contains_eager(Resolution.unit), joinedload(Resolution.review))
    )


def _table(day: date) -> Table:
    return Table(
        id="decisions",
        columns=[
            Column("title", lazy_gettext("Decision"), _title, lambda: Resolution.title.sql()),
            Column("why", lazy_gettext("Why"), lambda row: text(row[0].why), kind="words"),
            Column(
                "unit",
                lazy_gettext("Unit"),
                lambda row: text(row[0].unit.path.replace("/", " · ") or row[0].unit.name),
                Unit.path,
            ),
            Column("review_of", lazy_gettext("Business review"), _review),
            Column("by", lazy_gettext("Decided by"), lambda row: text(row[0].decided_by.name), User.name),
            Column(
                "on",
                lazy_gettext("Decided on"),
                lambda row: on_day(row[0].decided_on),
                Resolution.decided_on,
                kind="date",
            ),
            Column(
                "review",
                lazy_gettext("Review due"),
                lambda row: on_day(row[0].review_on if row[1] else None),
                Resolution.review_on,
                kind="date",
            ),
            Column("state", lazy_gettext("State"), lambda row: _state(row, day)),
        ],
        filters=_filters(day),
        sort="-on",
        caption=lazy_gettext("Decisions"),
        tie_break=Resolution.id.desc(),
        empty_text=lazy_gettext("No decisions match. Record here what was decided, and why."),
    )


def _filters(day: date) -> list[Filter]:
    def in_state(value: str) -> ColumnElement[bool]:
        if value == LATE:
            return Resolution.late(day)
        return Resolution.stands() if value == STANDS else ~Resolution.stands()

    return [
        search(
            Resolution.title_en, Resolution.title_es, Resolution.why, User.name, label=lazy_gettext("Words or person")
        ),
        Filter(
            "unit",
            lazy_gettext("Unit"),
            lambda value: Resolution.unit_id.in_(subtree(row_number(value))),
            lambda: unit_options(viewer(), SEES),
        ),
        Filter(
            "state",
            lazy_gettext("State"),
            in_state,
            lambda: [
                (STANDS, lazy_gettext("Stands")),
                (LATE, lazy_gettext("Review overdue")),
                (OVER, lazy_gettext("Replaced")),
            ],
        ),
    ]


def _title(row: Row) -> Cell:
    return text(row[0].title, url=url_for("desk.decision", decision_id=row[0].id))


def _review(row: Row) -> Cell:
    """The business review it was decided in; who sees the decision sees that."""
    one = row[0].review
    return text("") if one is None else text(month_name(one.month), url=reviews.path(one))


def _state(row: Row, day: date) -> Cell:
    one, stands = row
    if not stands:
        return state(_("Replaced"), "void", raw=OVER)
    if one.review_on is not None and one.review_on < day:
        return Cell("state", _("Review overdue"), tone="late", raw=LATE)
    return state(_("Stands"), "good", raw=STANDS)


# --- One ---


@desk.get("/decisions/<int:decision_id>")
@requires(SEES)
def decision(decision_id: int) -> ResponseReturnValue:
    """One decision, what it took the place of and what took its place."""
    return _page(_one(decision_id))


def _one(decision_id: int) -> Resolution:
    whole = (
        joinedload(Resolution.decided_by),
        joinedload(Resolution.unit),
        joinedload(Resolution.supersedes),
        joinedload(Resolution.review),
        selectinload(Resolution.looks).joinedload(ResolutionLook.by),
    )
    return one_or_404(Resolution.visible_to(viewer()).where(Resolution.id == decision_id).options(*whole))


def _page(one: Resolution, form: forms.LookForm | None = None) -> ResponseReturnValue:
    later = services.later(db.session(), one)
    initiative = Initiative.visible_to(viewer()).where(Initiative.id == one.initiative_id)
    risk = Risk.visible_to(viewer()).where(Risk.id == one.risk_id)
    own = writes() and one.unit_id in set(db.session.scalars(unit_scope(viewer(), WRITES)))
    return render_template(
        "governance/decisions/one.html",
        one=one,
        later=later,
        own=own,
        answers=own or one.decided_by_id == viewer().id,
        form=form or forms.LookForm(formdata=None),
        initiative=db.session.scalar(initiative) if one.initiative_id else None,
        review=reviews.path(one.review) if one.review is not None else None,
        risk=db.session.scalar(risk) if one.risk_id else None,
        late=later is None and one.review_on is not None and one.review_on < today(),
        trail=scoping.trail(db.session(), one),
        verbs=named("VERBS"),
    ), 422 if form is not None and form.errors else 200


@desk.post("/decisions/<int:decision_id>/look")
@requires(SEES)
def look_at_decision(decision_id: int) -> ResponseReturnValue:
    """Say that it stands: who decided it, or who writes for its unit."""
    one = _one(decision_id)
    if one.decided_by_id != viewer().id and one.unit_id not in set(db.session.scalars(unit_scope(viewer(), WRITES))):
        raise Refused(_("Only its owner, or people who write for these units, can do that."))
    form = forms.LookForm()
    if not form.validate_on_submit():
        return _page(one, form)
    services.look(db.session(), one, form.note.data or "", next_on=form.next_on.data, by=viewer(), on=now())
    return _after(one, _("Review recorded."))


@desk.route("/decisions/new", methods=["GET", "POST"])
@requires(WRITES)
def new_decision() -> ResponseReturnValue:
    """Write a decision down; the address may name the one it takes the place of, an initiative or a risk."""
    form = forms.DecisionForm(**_choices())
    sent = request.form if form.is_submitted() else request.args
    before = _before(sent.get("instead_of", 0, type=row_number))
    if not form.is_submitted():
        _fill(form, before)
    if form.validate_on_submit():
        with said_on(form):
            by = one_or_404(select(User).where(User.id == form.decided_by.data))
            made = services.decide(db.session(), form.facts, decided_by=by, instead_of=before, by=viewer(), on=now())
            return _after(made, _("“%(name)s” saved.", name=made.title.text))
    status = 422 if form.errors or form.form_errors else 200
    return render_template("governance/decisions/form.html", form=form, before=before), status


def _before(number: int) -> Resolution | None:
    if not number:
        return None
    return one_or_404(Resolution.visible_to(viewer(), WRITES).where(Resolution.id == number))


def _fill(form: forms.DecisionForm, before: Resolution | None) -> None:
    form.decided_on.data, form.decided_by.data = today(), viewer().id
    form.initiative_id.data = request.args.get("initiative", 0, type=row_number)
    form.risk_id.data = request.args.get("risk", 0, type=row_number)
    if before is not None:
        form.instead_of.data, form.unit_id.data = str(before.id), before.unit_id
        form.initiative_id.data, form.risk_id.data = before.initiative_id or 0, before.risk_id or 0


def _choices() -> dict[str, Any]:
    initiatives = db.session.scalars(Initiative.visible_to(viewer()).order_by(Initiative.id.desc()))
    risks = db.session.scalars(Risk.visible_to(viewer()).order_by(Risk.id.desc()))
    return {
        "owners": [(one.id, one.name) for one in db.session.scalars(scoping.owners(viewer(), today()))],
        "units": unit_options(viewer(), WRITES),
        "initiatives": [(one.id, one.title.text) for one in initiatives],
        "risks": [(one.id, one.title.text) for one in risks],
    }


def _after(one: Resolution, said: str) -> ResponseReturnValue:
    db.session.commit()
    flash(said)
    return redirect(services.path_of(one))
