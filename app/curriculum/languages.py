"""Nobody is given what is not there in the language they read: who that is, and how they are told to whoever gives it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, not_, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.errors import Refused
from app.core.i18n import LANGUAGES
from app.curriculum.models import Module, ModuleState
from app.curriculum.paths.models import PathStep, PathVersion
from app.curriculum.queries import written_in

Unread = set[tuple[int, int]]
"""(person, module or path) of who reads a language it is not there in."""
MOST_NAMED = 10


def lacking(session: Session, module_ids: Collection[int] | None = None) -> dict[int, set[str]]:
    """By module, the languages it can't be taken in: of these, or of all that are published."""
    wanted = Module.state == ModuleState.PUBLISHED if module_ids is None else Module.id.in_(module_ids)
    there = [written_in(code) for code in LANGUAGES]
    rows = session.execute(select(Module.id, *there).where(wanted, or_(*(not_(one) for one in there))))
    return {number: {code for code, has in zip(LANGUAGES, all_of_them, strict=True) if not has}
            for number, *all_of_them in rows}  # fmt: skip


def lacking_of_paths(session: Session, modules: Mapping[int, set[str]]) -> dict[int, set[str]]:
    """By path, the languages that one of its steps can't be taken in."""
    if not modules:
        return {}
    found: dict[int, set[str]] = {}
    steps = select(PathVersion.path_id, PathStep.module_id).join(PathStep, PathStep.version_id == PathVersion.id)
    for path, module in session.execute(steps.where(PathVersion.is_current, PathStep.module_id.in_(modules))):
        found.setdefault(path, set()).update(modules[module])
    return found


def lacking_of_path(session: Session, path_id: int) -> set[str]:
    """The languages that a step of this path can't be taken in."""
    return lacking_of_paths(session, lacking(session)).get(path_id, set())


def unread(session: Session, lacks: Mapping[int, set[str]], people: Select[int] | Collection[int]) -> Unread:
    """Who of these people could not read what lacks their language; asks nothing where nothing lacks any."""
    codes = set().union(*lacks.values()) if lacks else set()
    if not codes:
        return set()
    readers = session.execute(select(User.id, User.language).where(User.id.in_(people), User.language.in_(codes)))
    return {(person, what) for person, code in readers for what, missing in lacks.items() if code in missing}


def must_be_readable(
    session: Session, title: str, lacks: Collection[str], people: Collection[int], *, by: User
) -> None:
    """Raises `Refused` with who of these people reads a language it lacks, by language; shorter to who takes it alone."""
    if not lacks:
        return
    if set(people) == {by.id} and by.language in lacks:
        raise Refused(_("It does not exist in your language yet, so you can't take it yet."))
    wanted = select(User.name, User.language).where(User.id.in_(set(people)), User.language.in_(lacks))
    found: dict[str, list[str]] = {}
    for name, code in session.execute(wanted.order_by(User.name, User.id)):
        found.setdefault(code, []).append(name)
    if found:
        said = "; ".join(_readers(code, names) for code, names in sorted(found.items()))
        raise Refused(
            _(
                "“%(title)s” can't be assigned to people who read a language it is missing in. %(who)s.",
                title=title,
                who=said,
            )
        )


def _readers(code: str, names: list[str]) -> str:
    """Spanish: Ana Ruiz, Beto Paz and 3 more."""
    said, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if more > 0:
        said = ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", more, names=said)
    return {"en": _("Missing in English: %(names)s", names=said), "es": _("Missing in Spanish: %(names)s", names=said)}[
        code
    ]
