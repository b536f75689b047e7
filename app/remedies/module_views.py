"""The pages of how modules do, and what came of them."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.accounts.access import requires, viewer
from app.accounts.filters import belonging_to, unit_options
from app.accounts.permissions import Permission
from app.core.database import db, one_or_404
from app.core.web import row_number
from app.curriculum.following.queries import given
from app.curriculum.models import Assignment, Module
from app.gaps.outcomes import NOTHING
from app.remedies import effect_words, effects, module_lists
from app.remedies.blueprint import bp
from app.remedies.effects import Cut
from app.remedies.models import Outcome

REMARKS_SHOWN = 20


@bp.get("/modules")
@requires(Permission.SEE_LEARNING)
def module_results() -> ResponseReturnValue:
    """All modules that were given, with completion, time, quiz, ratings and effect."""
    within, rows = given(viewer()), effects.seen_by(viewer())
    unit = request.args.get("unit", "")
    if unit in dict(unit_options(viewer(), Permission.SEE_LEARNING)):
        people = belonging_to(row_number(unit))
        within, rows = within.where(Assignment.person_id.in_(people)), rows.where(Outcome.person_id.in_(people))
    return module_lists.module_table(viewer(), rows).answer(
        module_lists.modules(viewer(), within), "remedies/modules.html"
    )


@bp.get("/modules/<int:module_id>")
@requires(Permission.SEE_LEARNING)
def module_result(module_id: int) -> ResponseReturnValue:
    """How one module does, by team, with what learners say of it and what came of it."""
    module = one_or_404(Module.visible_to(viewer()).where(Module.id == module_id))
    within = given(viewer()).where(Assignment.module_id == module.id)
    whole = db.session.execute(module_lists.counts(within, Assignment.module_id)).one_or_none()
    quiz = db.session.execute(module_lists.firsts(within, Assignment.module_id)).one_or_none()
    stars = dict(db.session.execute(module_lists.stars_given(within)).all())
    return module_lists.team_table(module.id).answer(
        module_lists.teams(within),
        "remedies/module.html",
        module=module,
        whole=whole,
        quiz=quiz,
        lead=module_lists.lead(whole),
        minutes=module_lists.minutes(whole) if whole is not None else None,
        stars=module_lists.spread(stars) if stars else [],
        remarks=db.session.execute(module_lists.remarks(within).limit(REMARKS_SHOWN)).all(),
        effect=_effect(effects.seen_by(viewer()).where(Outcome.module_id == module.id)),
        words=effect_words,
    )


def _effect(rows: Select[Outcome]) -> object:
    lines = effects.by(db.session(), Cut.MODULE, rows)
    return lines[0].effect if lines else NOTHING
