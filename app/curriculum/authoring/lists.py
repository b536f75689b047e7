"""What waits for its translation, or for review: modules and questions in one list."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union_all

from app.accounts.models import User
from app.core.tables import Cell, Column, Filter, Table, search, state, text
from app.curriculum.authoring.models import ModuleDraft
from app.curriculum.models import WRITTEN, Module, ModuleKind, ModuleState
from app.curriculum.quizzes.models import Option, Question

MODULE, QUESTION, REVIEW = "module", "question", "review"
MISSING, STALE = "missing", "stale"


def _lacks(row: Any, language: str) -> ColumnElement[bool]:
    """Whether a module or draft lacks this language."""
    other = "es" if language == "en" else "en"
    title, body, theirs = (getattr(row, name) for name in (f"title_{language}", f"body_{language}", f"body_{other}"))
    unpacked = and_(row.kind == ModuleKind.PACKAGE, getattr(row, f"package_{language}_id").is_(None))
    return or_(title == "", and_(row.kind.in_(WRITTEN), body == "", theirs != ""), unpacked)


def _modules(
    row: Any, language: str, title: Any, code: Any, number: Any, holds: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    lacks = _lacks(row, language)
    why = case((lacks, literal(MISSING)), else_=literal(STALE))
    return select(
        literal(MODULE).label("what"), number.label("number"), code.label("code"), title.label("title"),
        literal(language).label("language"), why.label("why"),
    ).where(holds, or_(lacks, row.stale == language))  # fmt: skip


def _questions(language: str) -> Select[*tuple[Any, ...]]:
    own, other = getattr(Question, f"text_{language}"), getattr(Question, f"text_{'es' if language == 'en' else 'en'}")
    option = exists().where(
        Option.question_id == Question.id,
        or_(
            *(
                and_(getattr(Option, f"{part}_{language}") == "", getattr(Option, f"{part}_{two}") != "")
                for part in ("text", "match", "feedback")
                for two in ("es" if language == "en" else "en",)
            )
        ),
    )
    two = "es" if language == "en" else "en"
    feedback = and_(getattr(Question, f"feedback_{language}") == "", getattr(Question, f"feedback_{two}") != "")
    return select(
        literal(QUESTION), Question.id, Question.code, func.coalesce(func.nullif(own, ""), other), literal(language),
        literal(MISSING),
    ).where(Question.retired.is_(False), Question.ready.is_(False), or_(own == "", feedback, option))  # fmt: skip


def waiting(viewer: User) -> Select[*tuple[Any, ...]]:
    """(what, its id, code, title, language, why) of all that waits, for who may write."""
    drafted = select(ModuleDraft.module_id)
    title = func.coalesce(func.nullif(Module.title_en, ""), Module.title_es)
    drafts_title = func.coalesce(func.nullif(ModuleDraft.title_en, ""), ModuleDraft.title_es)
    parts = []
    for language in ("en", "es"):
        live = and_(Module.state != ModuleState.RETIRED, Module.id.not_in(drafted))
        parts.append(_modules(Module, language, title, Module.code, Module.id, live))
        drafts = _modules(
            ModuleDraft, language, drafts_title, Module.code, Module.id, Module.state != ModuleState.RETIRED
        )
        parts.append(drafts.join(Module, Module.id == ModuleDraft.module_id))
        parts.append(_questions(language))
    review = select(literal(MODULE), Module.id, Module.code, title, literal(""), literal(REVIEW))
    parts.append(review.where(Module.review_asked_at.is_not(None)))
    rows = union_all(*parts).subquery("waiting")
    return select(*rows.c)


def waiting_table() -> Table:
    """The list; its columns stand in the subquery, so they are named by text."""
    from sqlalchemy import column

    return Table(
        id="translations",
        columns=[
            Column("title", lazy_gettext("Title"), _title, sort=column("title")),
            Column("code", lazy_gettext("Code"), lambda row: text(row.code), sort=column("code")),
            Column("what", lazy_gettext("Kind"), lambda row: text(KINDS[row.what]), sort=column("what")),
            Column("language", lazy_gettext("Language"), lambda row: text(_language(row.language))),
            Column("why", lazy_gettext("Waiting for"), _why, sort=column("why")),
        ],
        filters=[
            search(column("title"), column("code")),
            Filter(
                "language",
                lazy_gettext("Language"),
                lambda v: column("language") == v,
                lambda: [("en", _("English")), ("es", _("Spanish"))],
            ),
            Filter("kind", lazy_gettext("Kind"), lambda v: column("what") == v, lambda: list(KINDS.items())),
            Filter("why", lazy_gettext("Waiting for"), lambda v: column("why") == v, lambda: list(WHYS.items())),
        ],
        sort="code",
        caption=lazy_gettext("Waiting for translation or review"),
        tie_break=column("language"),
        empty_text=lazy_gettext("Nothing is waiting: everything exists in both languages."),
    )


KINDS = {MODULE: lazy_gettext("Module"), QUESTION: lazy_gettext("Question")}
WHYS = {
    MISSING: lazy_gettext("Translation missing"),
    STALE: lazy_gettext("Translation out of date"),
    REVIEW: lazy_gettext("Review requested"),
}


def _title(row: Any) -> Cell:
    if row.what == QUESTION:
        return text(row.title[:90], url=url_for("curriculum.edit_question", question_id=row.number))
    endpoint = "curriculum.publish" if row.why == REVIEW else "curriculum.edit_module"
    return text(row.title, url=url_for(endpoint, module_id=row.number))


def _why(row: Any) -> Cell:
    return state(WHYS[row.why], "accent" if row.why == REVIEW else "warn")


def _language(code: str) -> str:
    return {"en": _("English"), "es": _("Spanish")}.get(code, "–")
