"""The page of what helped: the effect of modules, sessions and coaches, with interval, sample and a plain verdict."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from app.accounts.access import requires, viewer
from app.accounts.filters import belonging_to, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.labels import SESSION_KINDS
from app.coaching.rules import SessionKind
from app.core import charts, exports
from app.core.database import db
from app.core.web import address, row_number
from app.curriculum.models import Competency, Module
from app.gaps.rules import INTERVAL
from app.remedies import effect_words, effects, measuring
from app.remedies.blueprint import thread as bp
from app.remedies.effects import Cut
from app.remedies.models import Outcome

CHARTED = 12


@bp.get("/effects")
@requires(Permission.SEE_REPORTS)
def effects_of_remedies() -> ResponseReturnValue:
    """What helped, by module, kind of session, coach or competency; `?format=csv` for the figures as a file."""
    cut, unit, units = _asked()
    lines = effects.by(db.session(), cut, _rows(unit))
    names = _names(cut, [one.key for one in lines])
    if request.args.get("format") in ("csv", "xlsx"):
        return exports.download([effect_words.sheet(lines, names)], request.args["format"], f"effects-{cut.value}")
    charted = min(sum(effect_words.is_said(one.effect) for one in lines), CHARTED)
    drawing: dict[str, Any] = {"by": cut.value, "unit": unit or None}
    return render_template(
        "remedies/effects.html",
        tabs=[(address(by=None if one is Cut.MODULE else one.value), name, one is cut) for one, name in _cuts()],
        lines=[(names.get(one.key, ("", None)), one.effect) for one in lines],
        title=effect_words.title(lines, names),
        charted=charted > 0,
        height=effect_words.height(charted),
        chart_urls=[
            url_for("thread.effects_chart", **drawing),
            url_for("thread.effects_chart", theme="dark", **drawing),
        ],
        watched=measuring.in_progress(db.session()),
        cut=cut,
        unit=unit,
        units=units,
        words=effect_words,
        level=INTERVAL,
    )


@bp.get("/effects.svg")
@requires(Permission.SEE_REPORTS)
def effects_chart() -> Response:
    """The effects with their intervals, drawn."""
    cut, unit, _units = _asked()
    lines = [one for one in effects.by(db.session(), cut, _rows(unit)) if effect_words.is_said(one.effect)][:CHARTED]
    names = _names(cut, [one.key for one in lines])
    return charts.answer(effect_words.spec(lines, names))


def _asked() -> tuple[Cut, str, list[tuple[str, str]]]:
    """By what, for which unit, and the units to choose from; what is none of them is left out."""
    units = unit_options(viewer(), Permission.SEE_REPORTS)
    cut, unit = request.args.get("by", ""), request.args.get("unit", "")
    known = {one.value for one in Cut}
    return Cut(cut) if cut in known else Cut.MODULE, unit if unit in dict(units) else "", units


def _rows(unit: str) -> Select[Outcome]:
    rows = effects.seen_by(viewer())
    return rows.where(Outcome.person_id.in_(belonging_to(row_number(unit)))) if unit else rows


def _cuts() -> list[tuple[Cut, str]]:
    return [
        (Cut.MODULE, _("Modules")),
        (Cut.KIND, _("Sessions")),
        (Cut.COACH, _("Coaches")),
        (Cut.COMPETENCY, _("Competencies")),
    ]


def _names(cut: Cut, keys: list[Any]) -> dict[Any, tuple[Any, str | None]]:
    """What each line is called, and where it leads."""
    session = db.session()
    if cut is Cut.MODULE:
        modules = session.scalars(select(Module).where(Module.id.in_(keys)))
        return {one.id: (one.title, url_for("curriculum.module", module_id=one.id)) for one in modules}
    if cut is Cut.KIND:
        return {kind: (str(SESSION_KINDS[SessionKind(kind)]), None) for kind in keys}
    if cut is Cut.COACH:
        coaches = session.scalars(select(User).where(User.id.in_(keys)))
        return {one.id: (one.name, None) for one in coaches}
    competencies = session.scalars(select(Competency).where(Competency.id.in_(keys)))
    return {one.id: (one.name, url_for("gaps.index", competency=one.id)) for one in competencies}
