"""What the search finds here: audits and cases by reference, scorecards and imports by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.access import may
from app.accounts.permissions import Permission
from app.audits import labels
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Import, Scorecard, ScorecardVersion
from app.core.database import begins
from app.core.finding import Asked, Finder, Hit
from app.core.i18n import day

TELLING = 4
"""From so many letters on the beginning of a reference says which it is; shorter ones begin thousands."""


def _audits(asked: Asked) -> Sequence[Hit]:
    """Those of that reference, or of that contact; then those whose reference begins so. Of each the latest first."""
    contact = (select(Audit.id).where(one) for one in _begins(asked, Audit.contact_ref))
    known = union(*_referenced(asked, Audit), *contact).subquery()
    found = Audit.visible_to(asked.viewer).where(Audit.id.in_(select(known.c.id))).options(joinedload(Audit.person))
    exactly = Audit.reference.in_(_typed(asked)) | Audit.contact_ref.in_(_typed(asked))
    return [_audit(one) for one in asked.first(found.order_by(~exactly, Audit.contact_at.desc(), Audit.id))]


def _typed(asked: Asked) -> list[str]:
    """The words as references may be written."""
    return sorted({asked.words, asked.words.upper(), asked.words.lower()})


def _begins(asked: Asked, column: Any) -> list[ColumnElement[bool]]:
    """Whether a reference begins with the words, or is them where they are too short to tell one by: by an index each."""
    telling = len(asked.words) >= TELLING and any(one.isdigit() for one in asked.words)
    return [begins(asked.session, column, one) if telling else column == one for one in _typed(asked)]


def _referenced(asked: Asked, model: Any) -> list[Select[int]]:
    """Ids of the rows of these references, from any source: the index of references begins with the source."""
    sources = _sources(model)
    return [select(model.id).where(model.source.in_(sources), one) for one in _begins(asked, model.reference)]


def _sources(model: Any) -> Select[str]:
    """Where rows came from, by stepping through that index."""
    known = select(func.min(model.source).label("source")).cte("known_source", recursive=True)
    following = select(func.min(model.source)).where(model.source > known.c.source).scalar_subquery()
    known = known.union_all(select(following).where(known.c.source.is_not(None)))
    return select(known.c.source).where(known.c.source.is_not(None))


def _audit(one: Audit) -> Hit:
    return Hit(
        url_for("audits.audit", audit_id=one.id),
        _("Audit %(ref)s", ref=one.reference),
        f"{one.person.name} · {day(one.contact_at)}",
        ("fatal", _("fatal error")) if one.fatal else None,
    )


def _cases(asked: Asked) -> Sequence[Hit]:
    if not may(asked.viewer, Permission.SEE_AUDITS):
        return ()
    known = union(
        *_referenced(asked, DsatCase), select(DsatCase.id).where(DsatCase.contact_ref.in_(_typed(asked)))
    ).subquery()
    found = DsatCase.visible_to(asked.viewer).where(DsatCase.id.in_(select(known.c.id)))
    found = found.options(joinedload(DsatCase.person))
    return [
        Hit(
            url_for("audits.dsat_case", case_id=one.id),
            _("Case %(ref)s", ref=one.reference),
            f"{one.person.name} · {day(one.received_at)}",
        )
        for one in asked.first(found.order_by(DsatCase.received_at.desc(), DsatCase.id))
    ]


def _scorecards(asked: Asked) -> Sequence[Hit]:
    """The newest version of each."""
    newest = select(func.max(ScorecardVersion.id)).group_by(ScorecardVersion.scorecard_id)
    named = asked.each(Scorecard.name_en, Scorecard.name_es, Scorecard.code)
    known = Scorecard.visible_to(asked.viewer).where(named).with_only_columns(Scorecard.id)
    found = (
        select(ScorecardVersion).join(ScorecardVersion.scorecard).options(contains_eager(ScorecardVersion.scorecard))
    )
    found = found.where(Scorecard.id.in_(known), ScorecardVersion.id.in_(newest)).order_by(Scorecard.code)
    return [
        Hit(url_for("audits.scorecard", version_id=one.id), one.scorecard.name, f"{one.scorecard.code} · {one.label}")
        for one in asked.first(found)
    ]


def _imports(asked: Asked) -> Sequence[Hit]:
    if not may(asked.viewer, Permission.IMPORT_AUDITS):
        return ()
    found = Import.visible_to(asked.viewer).where(asked.each(Import.file_name))
    return [
        Hit(
            url_for("audits.import_page", import_id=one.id),
            one.file_name,
            day(one.created_at),
            (labels.IMPORT_LOOKS[one.state], labels.IMPORT_STATES[one.state]),
        )
        for one in asked.first(found.order_by(Import.created_at.desc(), Import.id.desc()))
    ]


FINDERS = (
    Finder("audits", lazy_gettext("Audits"), _audits, lambda words: url_for("audits.index", q=words)),
    Finder("cases", lazy_gettext("DSAT cases"), _cases, lambda words: url_for("audits.dsat", q=words)),
    Finder("scorecards", lazy_gettext("Scorecards"), _scorecards),
    Finder("imports", lazy_gettext("Imports"), _imports, lambda words: url_for("audits.imports", q=words)),
)
