"""The outlines of session notes: what holds, what will, what held; and another one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.coaching import labels
from app.coaching.blueprint import bp
from app.coaching.outlines import services
from app.coaching.outlines.forms import OutlineForm
from app.coaching.outlines.models import Outline
from app.coaching.outlines.rules import lines_of
from app.coaching.rules import SessionKind
from app.core.clock import day_of, now
from app.core.database import db
from app.core.i18n import Bilingual


def _today() -> date:
    return day_of(now(), current_app.config["PROGRAMME_TIME_ZONE"])


@bp.get("/outlines")
@requires(Permission.USE)
def outlines() -> str:
    """The headings of each kind of session."""
    today = _today()
    held = services.outlines_on(db.session(), today)
    rows = db.session.scalars(
        Outline.visible_to(viewer())
        .order_by(Outline.valid_from.desc(), Outline.id.desc())
        .options(joinedload(Outline.saved_by))
    ).all()
    shown = [
        (
            kind,
            _pairs(services.text_of(held.get(kind), kind)),
            held.get(kind),
            [(one, _pairs(one.text)) for one in rows if one.kind is kind and one.valid_from > today],
            [
                (one, _pairs(one.text))
                for one in rows
                if one.kind is kind and one.valid_from <= today and one is not held.get(kind)
            ],
        )
        for kind in SessionKind
    ]
    return render_template(
        "coaching/outlines/outlines.html",
        shown=shown,
        kinds=labels.SESSION_KINDS,
        may_set=may(viewer(), Permission.WRITE_MODULES),
    )


def _pairs(text: Bilingual) -> list[tuple[str, str]]:
    return list(zip(lines_of(text.en), lines_of(text.es), strict=True))


@bp.route("/outlines/<name>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def edit_outline(name: str) -> ResponseReturnValue:
    """Set other headings for a kind of session, from today or a later day on."""
    if name not in {kind.value for kind in SessionKind}:
        raise NotFound
    kind, form = SessionKind(name), OutlineForm(_today())
    if form.validate_on_submit():
        day: Any = form.valid_from.data
        services.set_outline(
            db.session(),
            kind,
            form.text_en.data or "",
            form.text_es.data or "",
            valid_from=day,
            today=_today(),
            by=viewer(),
            on=now(),
        )
        db.session.commit()
        flash(_("Outline saved. Sessions already logged stay as they were written."))
        return redirect(url_for("coaching.outlines"))
    if not form.is_submitted():
        text = services.text_of(services.outlines_on(db.session(), _today()).get(kind), kind)
        form.text_en.data, form.text_es.data, form.valid_from.data = text.en, text.es, _today()
    page = render_template("coaching/outlines/outline.html", form=form, kind=labels.SESSION_KINDS[kind])
    return page, 422 if form.errors else 200
