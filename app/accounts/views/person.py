"""One person, for administrators: who they are, where they belong, what they may do, inviting, leaving."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms.fields import SelectChoice

from app.accounts import labels
from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.forms import AbsenceForm, DayForm, NewPersonForm, PersonForm, PlaceForm
from app.accounts.models import Absence, Activity, Grant, Membership, Unit, UnitKind, User
from app.accounts.permissions import Permission, Role
from app.accounts.reach import everywhere, unit_scope
from app.accounts.services import (
    add_person,
    change_person,
    give_role,
    invite,
    leave,
    leave_team,
    move,
    take_role,
)
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.i18n import time_zone

SHOWN_ACTIVITY = 10
SHOWN_ABSENCES = 10


def today() -> date:
    """The present day where the reader is."""
    return day_of(now(), time_zone())


@admin.get("/people/new")
@requires(Permission.ADMINISTER)
def new_person() -> ResponseReturnValue:
    """The form of somebody new."""
    form = NewPersonForm(units=_unit_choices(), valid_from=today(), language=viewer().language)
    return render_template("accounts/admin/new_person.html", form=form)


@admin.post("/people/new")
@requires(Permission.ADMINISTER)
def make_person() -> ResponseReturnValue:
    """Add somebody with a first place, or nothing of both."""
    form = NewPersonForm(units=_unit_choices())
    if form.validate_on_submit():
        with said_on(form):
            made = add_person(db.session, by=viewer(), on=now(), **form.facts())
            _place(made, form)
            db.session.commit()
            flash(_("%(name)s added.", name=made.name))
            return redirect(url_for("admin.person", person_id=made.id))
    return render_template("accounts/admin/new_person.html", form=form), 422


@admin.get("/people/<int:person_id>")
@requires(Permission.ADMINISTER)
def person(person_id: int) -> ResponseReturnValue:
    """Somebody, with the forms to change them."""
    return person_page(_person(person_id))


@admin.post("/people/<int:person_id>")
@requires(Permission.ADMINISTER)
def change_facts(person_id: int) -> ResponseReturnValue:
    shown, form = _person(person_id), PersonForm()
    if form.validate_on_submit():
        with said_on(form):
            change_person(db.session, shown, by=viewer(), on=now(), **form.facts())
            db.session.commit()
            flash(_("Changes saved."))
            return _back(person_id)
    return person_page(shown, form), 422


@admin.post("/people/<int:person_id>/places")
@requires(Permission.ADMINISTER)
def give_place(person_id: int) -> ResponseReturnValue:
    """Give a role over a unit, or move an agent to a team."""
    shown, form = _person(person_id), PlaceForm(_unit_choices())
    if form.validate_on_submit():
        with said_on(form):
            _place(shown, form)
            db.session.commit()
            flash(_("Team or role assigned."))
            return _back(person_id)
    return person_page(shown, place=form), 422


@admin.post("/people/<int:person_id>/team/end")
@requires(Permission.ADMINISTER)
def end_team(person_id: int) -> ResponseReturnValue:
    """Take somebody out of the team."""
    shown = _person(person_id)
    leave_team(db.session, shown, _day(), by=viewer(), on=now())
    db.session.commit()
    flash(_("Team ended."))
    return _back(person_id)


@admin.post("/grants/<int:grant_id>/end")
@requires(Permission.ADMINISTER)
def end_role(grant_id: int) -> ResponseReturnValue:
    """Take a role away."""
    scope = unit_scope(viewer(), Permission.ADMINISTER)
    grant = one_or_404(
        Grant.visible_to(viewer(), Permission.ADMINISTER).where(Grant.id == grant_id, Grant.unit_id.in_(scope))
    )
    person_id = grant.user_id
    take_role(db.session, grant, _day(), by=viewer(), on=now())
    db.session.commit()
    flash(_("Role removed."))
    return _back(person_id)


@admin.post("/people/<int:person_id>/leave")
@requires(Permission.ADMINISTER)
def end_person(person_id: int) -> ResponseReturnValue:
    """Note that somebody leaves."""
    shown = _person(person_id)
    leave(db.session, shown, _day(), by=viewer(), on=now())
    db.session.commit()
    flash(_("Leaving day of %(name)s recorded.", name=shown.name))
    return _back(person_id)


@admin.post("/people/<int:person_id>/invite")
@requires(Permission.ADMINISTER)
def send_invitation(person_id: int) -> ResponseReturnValue:
    """Mail a link that sets the password."""
    shown = _person(person_id)
    invite(db.session, shown, by=viewer(), on=now())
    db.session.commit()
    flash(_("A link is on its way to %(email)s.", email=shown.email))
    return _back(person_id)


def _person(person_id: int) -> User:
    return one_or_404(User.visible_to(viewer(), Permission.ADMINISTER).where(User.id == person_id))


def _back(person_id: int) -> ResponseReturnValue:
    """To the person, unless they are now outside the viewer's reach."""
    seen = User.visible_to(viewer(), Permission.ADMINISTER).where(User.id == person_id)
    if db.session.scalar(seen) is None:
        return redirect(url_for("admin.people_list"))
    return redirect(url_for("admin.person", person_id=person_id))


def _day() -> date:
    """The day a form asks for; today when it says none."""
    form = DayForm()
    return form.day.data if form.validate_on_submit() and form.day.data else today()


def _place(shown: User, form: PlaceForm) -> None:
    """Move to the team or give the role the form says."""
    chosen = one_or_404(Unit.visible_to(viewer(), Permission.ADMINISTER).where(Unit.id == int(form.unit.data or 0)))
    day, on = form.valid_from.data or today(), now()
    if form.chosen_role is Role.AGENT:
        move(db.session, shown, chosen, day, by=viewer(), on=on)
    else:
        give_role(db.session, shown, form.chosen_role, chosen, day, by=viewer(), on=on)


def _unit_choices() -> list[SelectChoice]:
    """The units one administers, grouped by what they are, teams first."""
    order, names = list(UnitKind)[::-1], {kind: str(name) for kind, name in labels.UNIT_KINDS.items()}
    seen = select(Unit.id, Unit.path, Unit.name, Unit.kind).where(
        Unit.id.in_(unit_scope(viewer(), Permission.ADMINISTER))
    )
    return [
        SelectChoice(str(one.id), one.path or one.name, optgroup=names[one.kind])
        for one in sorted(db.session.execute(seen), key=lambda one: (order.index(one.kind), one.path))
    ]


def person_page(
    shown: User, form: PersonForm | None = None, *, place: PlaceForm | None = None, absence: AbsenceForm | None = None
) -> str:
    """The page of a person: facts, places past and present within scope, what was done; a form as it was sent."""
    scope = unit_scope(viewer(), Permission.ADMINISTER)
    memberships = (
        Membership.visible_to(viewer(), Permission.ADMINISTER)
        .where(Membership.user_id == shown.id, Membership.team_id.in_(scope))
        .options(joinedload(Membership.team))
        .order_by(Membership.valid_from.desc())
    )
    grants = (
        select(Grant)
        .where(Grant.user_id == shown.id, Grant.unit_id.in_(scope))
        .options(joinedload(Grant.unit))
        .order_by(Grant.valid_from.desc(), Grant.id)
    )
    done = Activity.visible_to(viewer()).where(Activity.person_id == shown.id).options(joinedload(Activity.actor))
    context: dict[str, Any] = {
        "memberships": db.session.scalars(memberships).all(),
        "grants": db.session.scalars(grants).all(),
        "activity": db.session.scalars(
            done.order_by(Activity.at.desc(), Activity.id.desc()).limit(SHOWN_ACTIVITY)
        ).all(),
        "absences": db.session.scalars(
            select(Absence).where(Absence.user_id == shown.id).order_by(Absence.from_day.desc()).limit(SHOWN_ABSENCES)
        ).all(),
        "absence_kinds": labels.ABSENCE_KINDS,
        "absence_form": absence or AbsenceForm(formdata=None, first=today(), last=today()),
        "everywhere": everywhere(viewer(), Permission.ADMINISTER),
        "roles": labels.ROLES,
        "today": today(),
        "verb": labels.verb,
        "detail": labels.detail,
        "place_form": place or PlaceForm(_unit_choices(), formdata=None, valid_from=today()),
    }
    form = form or PersonForm(formdata=None, obj=shown)
    return render_template("accounts/admin/person.html", person=shown, form=form, **context)
