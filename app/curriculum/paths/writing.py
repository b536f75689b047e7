"""Deeds of who writes paths: the draft, publishing it as a version, retiring. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.core.i18n import LANGUAGES
from app.curriculum.models import Module, ModuleState
from app.curriculum.paths import queries, rules
from app.curriculum.paths.models import Path, PathStep, PathVersion
from app.curriculum.quizzes.models import Quiz

CONTENT = ("title_en", "title_es", "about_en", "about_es", "in_order", "counts_earlier", "days")
STEP = ("position", "module_id", "optional", "after", "branch_on", "branch", "branch_score")


def save(
    session: Session,
    path: Path,
    facts: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    *,
    revision: int,
    by: User | None,
    on: datetime,
) -> PathVersion:
    """Keep what was written of a new or known path in its draft; nobody learns by it before it is published.

    `facts` are `CONTENT`, `code` and `shorter_id`. Raises `Refused` when somebody else has saved since `revision`.
    """
    if path.id is not None:
        session.refresh(path, ["revision", "state"], with_for_update=True)
        if revision != path.revision:
            raise Refused(
                _(
                    "Somebody else has saved this path in the meantime. Copy what you wrote, reload the page and add it again."
                )
            )
    path.code, path.shorter_id = facts["code"], facts["shorter_id"]
    path.revision = (path.revision or 0) + 1
    path.state = path.state or ModuleState.DRAFT
    if path.state is ModuleState.DRAFT:
        path.title_en, path.title_es = facts["title_en"], facts["title_es"]
    session.add(path)
    session.flush()
    draft = session.scalars(queries.draft_of(path.id)).one_or_none() or PathVersion(path_id=path.id)
    for name in CONTENT:
        setattr(draft, name, facts[name])
    draft.steps = []
    session.add(draft)
    session.flush()
    draft.steps = [PathStep(**{name: one.get(name) for name in STEP}) for one in steps]
    session.flush()
    record.log(session, "path.written", path, by=by, on=on, path=path.code)
    return draft


def publish(session: Session, path: Path, *, by: User | None, on: datetime) -> PathVersion:
    """Let the draft be what is assigned from now on; who is under way stays on the version they began.

    Raises `Refused` while a title is missing, a module of it is not published, or a step is not in order.
    """
    draft = session.scalars(queries.draft_of(path.id)).one_or_none()
    if draft is None:
        raise Refused(_("Nothing about this path has changed."))
    must_be_complete(session, draft)
    latest = session.scalar(select(func.max(PathVersion.number)).where(PathVersion.path_id == path.id)) or 0
    session.execute(update(PathVersion).where(PathVersion.path_id == path.id).values(is_current=False))
    draft.number, draft.is_current, draft.published_at = latest + 1, True, on
    draft.published_by_id = by.id if by is not None else None
    path.title_en, path.title_es, path.state = draft.title_en, draft.title_es, ModuleState.PUBLISHED
    session.flush()
    record.log(session, "path.published", path, by=by, on=on, path=path.code, version=draft.number)
    return draft


def must_be_complete(session: Session, draft: PathVersion) -> None:
    """Raises `Refused` with what is missing before it can be published."""
    names = {"en": _("English"), "es": _("Spanish")}
    missing = [names[code] for code in LANGUAGES if not getattr(draft, f"title_{code}") or _lacks_words(draft, code)]
    if missing:
        raise Refused(_("It can't be published yet. Still missing: %(languages)s.", languages=", ".join(missing)))
    if all(one.optional for one in draft.steps):
        raise Refused(_("It can't be published yet: it has no required step."))
    modules = [one.module_id for one in draft.steps]
    unready = session.scalars(
        select(Module.code).where(Module.id.in_(modules), Module.state != ModuleState.PUBLISHED).order_by(Module.code)
    ).all()
    if unready:
        raise Refused(_("It can't be published yet: these modules are not: %(modules)s.", modules=", ".join(unready)))
    if rules.faults(draft.steps, with_quiz(session, modules)):
        raise Refused(_("It can't be published yet: its steps are not in order. Saving it again shows what is wrong."))


def _lacks_words(draft: PathVersion, code: str) -> bool:
    return bool(draft.about_en or draft.about_es) and not getattr(draft, f"about_{code}")


def with_quiz(session: Session, module_ids: Sequence[int]) -> set[int]:
    """Which of these modules have a quiz."""
    return set(session.scalars(select(Quiz.module_id).where(Quiz.module_id.in_(module_ids))))


def throw_away(session: Session, draft: PathVersion, path: Path, *, by: User, on: datetime) -> None:
    """Forget what was written since the path was published. Raises `Refused` for one that never was."""
    if path.state is ModuleState.DRAFT:
        raise Refused(_("It was never published, so there is nothing else to keep."))
    path.revision += 1
    session.delete(draft)
    record.log(session, "path.draft_dropped", path, by=by, on=on, path=path.code)


def retire(session: Session, path: Path, *, by: User, on: datetime) -> None:
    """Take the path off the list: it can no longer be given; who is under way may still walk it."""
    path.state = ModuleState.RETIRED
    record.log(session, "path.retired", path, by=by, on=on, path=path.code)
