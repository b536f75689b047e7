"""What the search finds here: modules, paths and live sessions."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import contains_eager, joinedload

from app.core.finding import Asked, Finder, Hit
from app.core.i18n import moment
from app.curriculum import labels
from app.curriculum.live.models import LiveSession
from app.curriculum.models import Module, ModuleState
from app.curriculum.paths.models import Path


def _state(state: ModuleState) -> tuple[str, object] | None:
    """What is published needs no mark."""
    return None if state is ModuleState.PUBLISHED else (labels.MODULE_TONES[state], labels.MODULE_STATES[state])


def _modules(asked: Asked) -> Sequence[Hit]:
    named = asked.each(Module.title_en, Module.title_es, Module.code)
    found = Module.visible_to(asked.viewer).where(named).order_by(Module.state == ModuleState.RETIRED, Module.code)
    return [
        Hit(url_for("curriculum.module", module_id=one.id), one.title, one.code, _state(one.state))
        for one in asked.first(found)
    ]


def _paths(asked: Asked) -> Sequence[Hit]:
    named = asked.each(Path.title_en, Path.title_es, Path.code)
    found = Path.visible_to(asked.viewer).where(named).order_by(Path.state == ModuleState.RETIRED, Path.code)
    return [
        Hit(url_for("curriculum.path", path_id=one.id), one.title, one.code, _state(one.state))
        for one in asked.first(found)
    ]


def _live(asked: Asked) -> Sequence[Hit]:
    """By module, the latest first."""
    seen = LiveSession.visible_to(asked.viewer).join(LiveSession.module).options(contains_eager(LiveSession.module))
    found = seen.where(asked.each(Module.title_en, Module.title_es, Module.code))
    found = found.options(joinedload(LiveSession.unit)).order_by(LiveSession.starts_at.desc(), LiveSession.id)
    return [
        Hit(
            url_for("curriculum.live_session", live_id=one.id),
            one.module.title,
            f"{one.unit.path.replace('/', ' · ') or one.unit.name} · {moment(one.starts_at)}",
        )
        for one in asked.first(found)
    ]


FINDERS = (
    Finder("modules", lazy_gettext("Modules"), _modules, lambda words: url_for("curriculum.modules", q=words)),
    Finder("paths", lazy_gettext("Paths"), _paths, lambda words: url_for("curriculum.paths", q=words)),
    Finder("live", lazy_gettext("Live sessions"), _live),
)
