"""What the search finds here: gaps by agent and competency, and competencies."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import lazy_gettext
from markupsafe import Markup
from sqlalchemy import Select, select, union
from sqlalchemy.orm import joinedload

from app.accounts.access import may
from app.accounts.filters import called
from app.accounts.permissions import Permission
from app.core.finding import Asked, Finder, Hit
from app.core.words import every_word, parts_of
from app.curriculum.models import Competency
from app.gaps import labels
from app.gaps.models import Gap
from app.gaps.rules import GapState


def _gaps(asked: Asked) -> Sequence[Hit]:
    """Those of the people called so, or of people and competencies called so together; the surest first."""
    seen = Gap.visible_to(asked.viewer, Permission.SEE_GAPS).where(Gap.state != GapState.NONE)
    named = seen.where(Gap.id.in_(_named(asked)))
    named = named.options(joinedload(Gap.person), joinedload(Gap.competency))
    return [
        Hit(
            url_for("thread.gap", gap_id=one.id),
            Markup("{}: {}").format(one.person.name, one.competency.name),
            state=(labels.TONES[one.state], labels.STATES[one.state]),
        )
        for one in asked.first(named.order_by(Gap.probability.desc(), Gap.id))
    ]


def _named(asked: Asked) -> Select[int]:
    """Ids of the gaps, each way by an index: an "or" of both would go through all there are."""
    by_person = select(Gap.id).where(called(Gap.person_id, asked.words))
    about: set[int] | None = None
    others = []
    for word in parts_of(asked.words):
        found = set(
            asked.session.scalars(
                Competency.visible_to(asked.viewer).where(every_word(word, *_WORDS)).with_only_columns(Competency.id)
            )
        )
        if found:
            about = found if about is None else about & found
        else:
            others.append(word)
    if not about:
        return by_person
    by_both = select(Gap.id).where(Gap.competency_id.in_(sorted(about)))
    if others:
        by_both = by_both.where(called(Gap.person_id, " ".join(others)))
    known = union(by_person, by_both).subquery()
    return select(known.c.id)


def _competencies(asked: Asked) -> Sequence[Hit]:
    """To the gaps on each, for who sees gaps of others."""
    if not may(asked.viewer, Permission.SEE_GAPS):
        return ()
    found = Competency.visible_to(asked.viewer).where(asked.each(*_WORDS)).order_by(Competency.code)
    return [Hit(url_for("thread.competency", competency_id=one.id), one.name, one.code) for one in asked.first(found)]


_WORDS = (Competency.name_en, Competency.name_es, Competency.code)

FINDERS = (
    Finder("gaps", lazy_gettext("Gaps"), _gaps, lambda words: url_for("gaps.index", q=words)),
    Finder("competencies", lazy_gettext("Competencies"), _competencies),
)
