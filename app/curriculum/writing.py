"""Deeds of writing: modules in two languages, published when both are there, and what competencies are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.core.i18n import LANGUAGES
from app.curriculum.models import Competency, Module, ModuleKind, ModuleState
from app.curriculum.quizzes.services import must_be_drawable


def missing_languages(module: Module) -> list[str]:
    """The languages in which the module cannot be taken yet: the title, and of an article the text, must be in both.

    An article that has text in neither language lives elsewhere, or is told by its title; its titles suffice.
    """
    written = module.kind is ModuleKind.ARTICLE and bool(module.body_en or module.body_es)
    return [
        code
        for code in LANGUAGES
        if not getattr(module, f"title_{code}") or (written and not getattr(module, f"body_{code}"))
    ]


def write(
    session: Session,
    module: Module,
    facts: Mapping[str, Any],
    *,
    competency_ids: Iterable[int],
    by: User,
    on: datetime,
) -> Module:
    """Keep what was written of a new or known module. Raises `Refused` when a published one would lose a language."""
    for name, value in facts.items():
        setattr(module, name, value)
    module.competencies = list(
        session.scalars(select(Competency).where(Competency.id.in_(list(competency_ids))).order_by(Competency.code))
    )
    if module.state is ModuleState.PUBLISHED:
        _must_be_complete(module)
    session.add(module)
    session.flush()
    record.log(session, "module.written", module, by=by, on=on, module=module.code)
    return module


def publish(session: Session, module: Module, *, by: User, on: datetime) -> None:
    """Open the module to everybody. Raises `Refused` while a language, or a question of its quiz, is missing."""
    _must_be_complete(module)
    must_be_drawable(session, module)
    module.state = ModuleState.PUBLISHED
    record.log(session, "module.published", module, by=by, on=on, module=module.code)


def retire(session: Session, module: Module, *, by: User, on: datetime) -> None:
    """Take the module off the list: it can no longer be assigned; who has it open may still complete it."""
    module.state = ModuleState.RETIRED
    record.log(session, "module.retired", module, by=by, on=on, module=module.code)


def describe(session: Session, competency: Competency, facts: Mapping[str, str], *, by: User, on: datetime) -> None:
    """Change what a competency is called and how it is described."""
    for name, value in facts.items():
        setattr(competency, name, value)
    record.log(session, "competency.described", competency, by=by, on=on, competency=competency.code)


def _must_be_complete(module: Module) -> None:
    missing = missing_languages(module)
    if missing:
        names = {"en": _("English"), "es": _("Spanish")}
        wanted = ", ".join(names[code] for code in missing)
        raise Refused(_("It can't be published yet. Still missing: %(languages)s.", languages=wanted))
