"""Whether a module is there in both languages; retiring it; what competencies are called. See `authoring/` for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.core.i18n import LANGUAGES
from app.curriculum.models import WRITTEN, Competency, Module, ModuleKind, ModuleState


class Writing(Protocol):
    """What holds the texts of a module: the module itself, or its draft."""

    kind: ModuleKind
    url: str | None
    package_en_id: int | None
    package_es_id: int | None
    title_en: str
    title_es: str
    body_en: str
    body_es: str


def missing_languages(module: Writing) -> list[str]:
    """The languages in which the module cannot be taken yet: title, text of an article and package must be in both.

    What has text in neither language lives elsewhere, or is told by its title; its titles suffice.
    """
    written = module.kind in WRITTEN and bool(module.body_en or module.body_es)
    packed = module.kind is ModuleKind.PACKAGE
    return [
        code
        for code in LANGUAGES
        if not getattr(module, f"title_{code}")
        or (written and not getattr(module, f"body_{code}"))
        or (packed and getattr(module, f"package_{code}_id") is None)
    ]


def retire(session: Session, module: Module, *, by: User, on: datetime) -> None:
    """Take the module off the list: it can no longer be assigned; who has it open may still complete it."""
    module.state = ModuleState.RETIRED
    record.log(session, "module.retired", module, by=by, on=on, module=module.code)


def describe(session: Session, competency: Competency, facts: Mapping[str, str], *, by: User, on: datetime) -> None:
    """Change what a competency is called and how it is described."""
    for name, value in facts.items():
        setattr(competency, name, value)
    record.log(session, "competency.described", competency, by=by, on=on, competency=competency.code)


def must_be_complete(module: Writing) -> None:
    """Raises `Refused` while a language is missing, with the languages, and for a video or file that is not there."""
    if module.kind in (ModuleKind.VIDEO, ModuleKind.FILE) and not module.url:
        raise Refused(_("It can't be published yet: its file, or the address of one elsewhere, is missing."))
    missing = missing_languages(module)
    if missing:
        names = {"en": _("English"), "es": _("Spanish")}
        wanted = ", ".join(names[code] for code in missing)
        raise Refused(_("It can't be published yet. Still missing: %(languages)s.", languages=wanted))
