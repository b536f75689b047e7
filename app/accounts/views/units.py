"""Units: the tree, one of them, and adding below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from app.accounts import labels, lacking
from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.forms import NewUnitForm, UnitForm
from app.accounts.models import Grant, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission, Role
from app.accounts.queries import Place, leads_on, members_on, places
from app.accounts.services import add_unit, change_unit
from app.accounts.services.units import rank
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.tables import Cell, Column, Filter, Table, figure, search, text

LACKS = {
    "lead": (lazy_gettext("Team lead"), lacking.without_lead),
    "market": (lazy_gettext("Market"), lacking.without_market),
}


def _load(rows: Sequence[Unit]) -> None:
    """Look up what holds in the units of a page, who leads them, and how many are in them."""
    ids, today = [unit.id for unit in rows], now().date()
    g.places = places(db.session)
    members = members_on(today).subquery()
    counted = (
        select(UnitTree.ancestor_id, func.count())
        .join(members, members.c.team_id == UnitTree.unit_id)
        .where(UnitTree.ancestor_id.in_(ids))
        .group_by(UnitTree.ancestor_id)
    )
    g.head_count = dict(db.session.execute(counted).all())
    g.leads = defaultdict(list)
    led = leads_on(today).where(UnitTree.unit_id.in_(ids)).join(User, User.id == Grant.user_id).add_columns(User.name)
    for unit, _person, name in db.session.execute(led):
        if name not in g.leads[unit]:
            g.leads[unit].append(name)


def _place(unit: Unit) -> Place:
    return g.places[unit.id]


def _attribute(name: str) -> Any:
    def cell(unit: Unit) -> Cell:
        value = getattr(_place(unit), name)
        inherited = value is not None and getattr(unit, name) is None
        return Cell("text", value, note=_("inherited") if inherited else None)

    return cell


UNITS = Table(
    id="units",
    caption=lazy_gettext("Units"),
    columns=[
        Column(
            "path",
            lazy_gettext("Unit"),
            lambda unit: text(
                unit.name,
                url=url_for("admin.unit", unit_id=unit.id),
                note=unit.path.rpartition("/")[0] or None,
                raw=unit.path or unit.name,
            ),
            sort=Unit.path,
        ),
        Column("kind", lazy_gettext("Kind"), lambda unit: text(labels.UNIT_KINDS[unit.kind]), sort=Unit.kind),
        Column("lead", lazy_gettext("Team lead"), lambda unit: text(", ".join(g.leads[unit.id]))),
        Column("market", lazy_gettext("Market"), _attribute("market")),
        Column("time_zone", lazy_gettext("Time zone"), _attribute("time_zone")),
        Column("line_of_business", lazy_gettext("Line of business"), _attribute("line_of_business")),
        Column(
            "agents",
            lazy_gettext("Agents"),
            lambda unit: figure(
                g.head_count.get(unit.id, 0), url=url_for("admin.people_list", unit=unit.id, role=Role.AGENT.value)
            ),
            align="end",
            kind="number",
        ),
    ],
    filters=[
        search(Unit.path),
        Filter(
            "kind",
            lazy_gettext("Kind"),
            lambda value: Unit.kind == UnitKind(value),
            lambda: [(kind.value, label) for kind, label in labels.UNIT_KINDS.items()],
        ),
        Filter(
            "lacks",
            lazy_gettext("Missing"),
            lambda value: LACKS[value][1](),
            lambda: [(key, label) for key, (label, _where) in LACKS.items()],
        ),
    ],
    sort="path",
    tie_break=Unit.id,
    per_page=50,
    after=_load,
    empty_text=lazy_gettext("No unit matches. Remove a filter to see more."),
)


@admin.get("/units")
@requires(Permission.ADMINISTER)
def units() -> ResponseReturnValue:
    """The units one administers, in the order of the tree."""
    return UNITS.answer(Unit.visible_to(viewer(), Permission.ADMINISTER), "accounts/admin/units.html")


@admin.get("/units/<int:unit_id>")
@requires(Permission.ADMINISTER)
def unit(unit_id: int) -> ResponseReturnValue:
    """One unit, to be changed."""
    shown = _unit(unit_id)
    return _unit_page(shown, UnitForm(obj=shown))


@admin.post("/units/<int:unit_id>")
@requires(Permission.ADMINISTER)
def change(unit_id: int) -> ResponseReturnValue:
    shown = _unit(unit_id)
    form = UnitForm()
    if not form.validate_on_submit():
        return _unit_page(shown, form), 422
    change_unit(db.session, shown, by=viewer(), on=now(), **form.facts())
    db.session.commit()
    flash(_("Unit saved."))
    return redirect(url_for("admin.unit", unit_id=unit_id))


@admin.get("/units/<int:unit_id>/add")
@requires(Permission.ADMINISTER)
def new_unit(unit_id: int) -> ResponseReturnValue:
    """The form of a unit below this one."""
    parent = _unit(unit_id)
    return render_template("accounts/admin/new_unit.html", parent=parent, form=NewUnitForm(_kinds_below(parent)))


@admin.post("/units/<int:unit_id>/add")
@requires(Permission.ADMINISTER)
def make_unit(unit_id: int) -> ResponseReturnValue:
    parent = _unit(unit_id)
    form = NewUnitForm(_kinds_below(parent))
    if not form.validate_on_submit():
        return render_template("accounts/admin/new_unit.html", parent=parent, form=form), 422
    facts = form.facts()
    made = add_unit(
        db.session, parent, UnitKind(form.kind.data), facts.pop("name") or "", by=viewer(), on=now(), **facts
    )
    db.session.commit()
    flash(_("Unit added."))
    return redirect(url_for("admin.unit", unit_id=made.id))


def _unit(unit_id: int) -> Unit:
    return one_or_404(Unit.visible_to(viewer(), Permission.ADMINISTER).where(Unit.id == unit_id))


def _kinds_below(parent: Unit) -> list[UnitKind]:
    kinds = [kind for kind in UnitKind if rank(kind) > rank(parent.kind)]
    if not kinds:
        raise NotFound
    return kinds


def _unit_page(shown: Unit, form: UnitForm) -> str:
    """The page of a unit: what holds in it, and what stands below."""
    below = Unit.visible_to(viewer(), Permission.ADMINISTER).where(Unit.parent_id == shown.id).order_by(Unit.name)
    return render_template(
        "accounts/admin/unit.html",
        unit=shown,
        holds=places(db.session)[shown.id],
        form=form,
        kind=labels.UNIT_KINDS[shown.kind],
        below=db.session.scalars(below).all(),
        kinds=labels.UNIT_KINDS,
    )
