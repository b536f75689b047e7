"""What the search finds here: modules, paths and live sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def _titled(kind: type[Module | Path], page: str) -> Callable[[Asked], Sequence[Hit]]:
    """Finds what has a title and a code by both, the retired last; `page` is the address of one."""
    endpoint, key = f"curriculum.{page}", f"{page}_id"

    def look(asked: Asked) -> Sequence[Hit]:
        named = asked.each(kind.title_en, kind.title_es, kind.code)
        found = kind.visible_to(asked.viewer).where(named).order_by(kind.state == ModuleState.RETIRED, kind.code)
        return [
            Hit(url_for(endpoint, **{key: one.id}), one.title, one.code, _state(one.state))
            for one in asked.first(found)
        ]

    return look


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
    Finder(
        "modules",
        lazy_gettext("Modules"),
        _titled(Module, "module"),
        lambda words: url_for("curriculum.modules", q=words),
    ),
    Finder("paths", lazy_gettext("Paths"), _titled(Path, "path"), lambda words: url_for("curriculum.paths", q=words)),
    Finder("live", lazy_gettext("Live sessions"), _live),
)
