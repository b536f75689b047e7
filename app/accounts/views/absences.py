"""When somebody is away: noted and taken back by administrators."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.forms import AbsenceForm
from app.accounts.models import Absence, AbsenceKind, User
from app.accounts.permissions import Permission
from app.accounts.services import drop_absence, note_absence
from app.accounts.views.person import person_page
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import said_on


@admin.post("/people/<int:person_id>/absences")
@requires(Permission.ADMINISTER)
def add_absence(person_id: int) -> ResponseReturnValue:
    """Note an absence."""
    shown = one_or_404(User.visible_to(viewer(), Permission.ADMINISTER).where(User.id == person_id))
    form = AbsenceForm()
    if form.validate_on_submit() and form.first.data and form.last.data:
        kind = AbsenceKind(form.kind.data)
        with said_on(form):
            note_absence(db.session, shown, kind, form.first.data, form.last.data, by=viewer(), on=now())
            db.session.commit()
            flash(_("Absence recorded."))
            return redirect(url_for("admin.person", person_id=person_id))
    return person_page(shown, absence=form), 422


@admin.post("/absences/<int:absence_id>/drop")
@requires(Permission.ADMINISTER)
def end_absence(absence_id: int) -> ResponseReturnValue:
    """Take an absence back."""
    absence = one_or_404(Absence.visible_to(viewer(), Permission.ADMINISTER).where(Absence.id == absence_id))
    person_id = absence.user_id
    drop_absence(db.session, absence, by=viewer(), on=now())
    db.session.commit()
    flash(_("Absence removed."))
    return redirect(url_for("admin.person", person_id=person_id))
