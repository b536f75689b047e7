"""Deeds of who writes modules: drafts, review, publishing as a new version, throwing a draft away. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.curriculum.authoring.models import CONTENT, TEXTS, ModuleDraft, ModuleVersion
from app.curriculum.authoring.rules import stale_after
from app.curriculum.models import Competency, Module, ModuleKind, ModuleState
from app.curriculum.practice.services import must_be_scored
from app.curriculum.quizzes.services import must_be_drawable
from app.curriculum.writing import must_be_complete

Holder = Module | ModuleDraft
"""What holds the text that is being written."""


def draft_of(session: Session, module: Module) -> ModuleDraft | None:
    """What is being written of a published module, if anything is."""
    return session.get(ModuleDraft, module.id) if module.id is not None else None


def holder_of(session: Session, module: Module) -> Holder:
    """What holds the text to go on writing: the draft, or the module itself."""
    return draft_of(session, module) or module


def save(
    session: Session,
    module: Module,
    facts: Mapping[str, Any],
    *,
    competency_ids: Iterable[int],
    revision: int,
    up_to_date: bool = False,
    quietly: bool = False,
    by: User,
    on: datetime,
) -> Holder:
    """Keep what was written of a new or known module; of a published one in a draft that learners do not see.

    Code and competencies are the module's own at once. `revision` is the one the writer began from: raises `Refused` when
    somebody else has saved since. `quietly`: kept by itself while somebody types, which leaves no line of activity.
    """
    if module.id is not None:
        session.refresh(module, ["revision", "state"], with_for_update=True)
        if revision != module.revision:
            raise Refused(
                _(
                    "Somebody else has saved this module in the meantime. Copy what you wrote, reload the page and add it again."
                )
            )
    module.revision = (module.revision or 0) + 1
    module.code = facts["code"]
    content = {name: facts[name] for name in CONTENT if name in facts and name != "stale"}
    holder = _holder_to_write(session, module, content, by, on)
    before = {name: getattr(holder, name) or "" for name in TEXTS}
    stale = stale_after(before, content, holder.stale, up_to_date=up_to_date)
    for name, value in {**content, "stale": stale}.items():
        setattr(holder, name, value)
    if isinstance(holder, ModuleDraft):
        holder.written_at, holder.written_by_id = on, by.id
    wanted = select(Competency).where(Competency.id.in_(list(competency_ids))).order_by(Competency.code)
    module.competencies = list(session.scalars(wanted))
    session.add(holder)
    session.add(module)
    session.flush()
    if not quietly:
        record.log(session, "module.written", module, by=by, on=on, module=module.code)
    return holder


def _holder_to_write(session: Session, module: Module, content: Mapping[str, Any], by: User, on: datetime) -> Holder:
    """The module itself while it was never published; else its draft, begun when the content differs."""
    if module.state is not ModuleState.PUBLISHED:
        return module
    draft = draft_of(session, module)
    if draft is None and all(getattr(module, name) == value for name, value in content.items()):
        return module
    return draft or ModuleDraft(
        module_id=module.id, written_at=on, written_by_id=by.id, **{name: getattr(module, name) for name in CONTENT}
    )


def save_packages(
    session: Session, module: Module, package_id: int, languages: Iterable[str], *, by: User, on: datetime
) -> None:
    """Let a package serve these languages of a module; of a published one in its draft."""
    _save_some(session, module, {f"package_{code}_id": package_id for code in languages}, by=by, on=on)
    record.log(session, "module.package_added", module, by=by, on=on, module=module.code)


def save_main_file(session: Session, module: Module, address: str, *, by: User, on: datetime) -> None:
    """Let a module be made of the file at that address; of a published one in its draft."""
    _save_some(session, module, {"url": address}, by=by, on=on)


def _save_some(session: Session, module: Module, changes: Mapping[str, Any], *, by: User, on: datetime) -> None:
    """Change this much of what is being written."""
    holder = holder_of(session, module)
    facts = {**{name: getattr(holder, name) for name in CONTENT if name != "stale"}, **changes}
    save(
        session,
        module,
        {"code": module.code, **facts},
        competency_ids=[one.id for one in module.competencies],
        revision=module.revision,
        quietly=True,
        by=by,
        on=on,
    )


def ask_for_review(session: Session, module: Module, *, by: User, on: datetime) -> None:
    """Say that somebody else should look before it is published."""
    module.review_asked_at, module.review_asked_by_id, module.review_remark = on, by.id, ""
    record.log(session, "module.review_asked", module, by=by, on=on, module=module.code)


def give_back(session: Session, module: Module, *, remark: str, by: User, on: datetime) -> None:
    """End a review with what is to be changed; who asked for it is told. Raises `Refused` when none was asked for."""
    if module.review_asked_by_id is None:
        raise Refused(_("Nobody has requested a review of this module."))
    asked_by, asked_at = module.review_asked_by_id, module.review_asked_at
    module.review_asked_at, module.review_asked_by_id, module.review_remark = None, None, remark
    if asked_by != by.id and asked_at is not None:
        key = f"module-review:{module.id}:{asked_at.isoformat()}"
        facts = {"module_en": module.title_en or module.title_es, "module_es": module.title_es or module.title_en}
        record.tell(
            session,
            [asked_by],
            "module.given_back",
            key=key,
            path=f"/curriculum/modules/{module.id}/edit",
            on=on,
            remark=remark,
            **facts,
        )
    record.log(session, "module.given_back", module, by=by, on=on, module=module.code, reason=remark)


def publish(
    session: Session, module: Module, *, counts_earlier: bool = True, note: str = "", by: User, on: datetime
) -> ModuleVersion:
    """Open what was written to everybody, as a new version.

    Unless completions of earlier versions still count, who completed one may be assigned the module anew as if they never
    had. Raises `Refused` while a language, or a question of its quiz, is missing: of whoever reads it, everybody must be
    able to.
    """
    draft = draft_of(session, module)
    must_be_publishable(session, module)
    latest = session.scalar(select(func.max(ModuleVersion.number)).where(ModuleVersion.module_id == module.id)) or 0
    if not latest and module.state is ModuleState.PUBLISHED and draft is not None:
        session.add(_version(module, latest := 1, published_at=None, published_by_id=None))
    if draft is not None:
        for name in CONTENT:
            setattr(module, name, getattr(draft, name))
        session.delete(draft)
    module.state = ModuleState.PUBLISHED
    module.review_asked_at = module.review_asked_by_id = None
    module.review_remark = ""
    if not counts_earlier:
        module.counts_from = on
    version = _version(
        module, latest + 1, published_at=on, published_by_id=by.id, note=note, counts_earlier=counts_earlier
    )
    session.add(version)
    session.flush()
    record.log(session, "module.published", module, by=by, on=on, module=module.code, version=version.number)
    return version


def must_be_publishable(session: Session, module: Module) -> None:
    """Raises `Refused` with what is missing: a language, a file, the rubric of a practice, questions of its quiz."""
    writing = holder_of(session, module)
    must_be_complete(writing)
    if writing.kind is ModuleKind.PRACTICE:
        must_be_scored(session, module)
    must_be_drawable(session, module)


def replace(session: Session, module: Module, content: Mapping[str, Any], *, by: User | None, on: datetime) -> None:
    """Let this be what learners read at once, as a version of its own when it was published: for files."""
    if all(getattr(module, name) == value for name, value in content.items()):
        return
    latest = session.scalar(select(func.max(ModuleVersion.number)).where(ModuleVersion.module_id == module.id)) or 0
    live = module.state is ModuleState.PUBLISHED
    if live and not latest:
        session.add(_version(module, latest := 1, published_at=None, published_by_id=None))
    for name, value in content.items():
        setattr(module, name, value)
    module.revision += 1
    if live:
        number = by.id if by is not None else None
        session.add(_version(module, latest + 1, published_at=on, published_by_id=number))
    session.flush()


def _version(module: Module, number: int, **facts: Any) -> ModuleVersion:
    return ModuleVersion(
        module_id=module.id, number=number, **{name: getattr(module, name) for name in CONTENT}, **facts
    )


def throw_away(session: Session, draft: ModuleDraft, *, by: User, on: datetime) -> None:
    """Forget what was written since the module was published."""
    draft.module.revision += 1
    session.delete(draft)
    record.log(session, "module.draft_dropped", draft.module, by=by, on=on, module=draft.module.code)
