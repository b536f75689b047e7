"""Finding a person, an audit, a gap or a module from anywhere, within what one may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import or_ as any_of
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.accounts.filters import teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import Audit
from app.core.words import contains
from app.curriculum.models import Competency, Module
from app.gaps.models import Gap
from app.gaps.rules import GapState

SHORTEST = 2
SHOWN = 8
MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What the words found, at most so many of each kind."""

    words: str = ""
    people: Sequence[User] = ()
    teams: dict[int, str] = field(default_factory=dict)
    audits: Sequence[Audit] = ()
    gaps: Sequence[Gap] = ()
    modules: Sequence[Module] = ()

    @property
    def asked(self) -> bool:
        return len(self.words) >= SHORTEST

    @property
    def count(self) -> int:
        return len(self.people) + len(self.audits) + len(self.gaps) + len(self.modules)


def find(session: Session, viewer: User, words: str) -> Found:
    """Search for each of the words; too short a text finds nothing."""
    words = " ".join(words.split())
    if len(words) < SHORTEST:
        return Found(words)
    parts = words.split()[:MOST_WORDS]
    people = session.scalars(
        User.visible_to(viewer, Permission.SEE_PEOPLE)
        .where(_each(parts, User.name, User.employee_no, User.email))
        .order_by(User.left_on.is_not(None), User.name, User.id)
        .limit(SHOWN)
    ).all()
    return Found(
        words=words,
        people=people,
        teams=teams_of(session, [one.id for one in people]),
        audits=_audits(session, viewer, words),
        gaps=_gaps(session, viewer, parts),
        modules=session.scalars(
            Module.visible_to(viewer)
            .where(_each(parts, Module.title_en, Module.title_es, Module.code))
            .order_by(Module.code)
            .limit(SHOWN)
        ).all(),
    )


def _each(words: Sequence[str], *columns: Any) -> ColumnElement[bool]:
    """Whether each word stands in one of the columns."""
    return reduce(and_, (any_of(*(contains(column, word) for column in columns)) for word in words))


def _audits(session: Session, viewer: User, words: str) -> Sequence[Audit]:
    """The audits of that reference; else those whose reference, or that of the contact, begins so."""
    exact = Audit.source.in_(_sources()) & Audit.reference.in_({words, words.upper(), words.lower()})
    newest = Audit.visible_to(viewer).order_by(Audit.contact_at.desc(), Audit.id.desc()).limit(SHOWN)
    newest = newest.options(joinedload(Audit.person))
    found = session.scalars(newest.where(exact)).all()
    if found or not any(one.isdigit() for one in words):
        return found
    begins = (column.istartswith(words, autoescape=True) for column in (Audit.reference, Audit.contact_ref))
    return session.scalars(newest.where(any_of(*begins))).all()


def _sources() -> Select[str]:
    """Where audits came from, by stepping through an index: the key of an audit begins with its source."""
    known = select(func.min(Audit.source).label("source")).cte("known_source", recursive=True)
    following = select(func.min(Audit.source)).where(Audit.source > known.c.source).scalar_subquery()
    known = known.union_all(select(following).where(known.c.source.is_not(None)))
    return select(known.c.source).where(known.c.source.is_not(None))


def _gaps(session: Session, viewer: User, words: Sequence[str]) -> Sequence[Gap]:
    """Gaps by person and competency, the surest first."""
    columns = (User.name, Competency.name_en, Competency.name_es, Competency.code)
    statement = (
        Gap.visible_to(viewer, Permission.SEE_GAPS)
        .join(Gap.person)
        .join(Gap.competency)
        .where(Gap.state != GapState.NONE, _each(words, *columns))
        .order_by(Gap.probability.desc(), Gap.id)
        .limit(SHOWN)
        .options(contains_eager(Gap.person), contains_eager(Gap.competency))
    )
    return session.scalars(statement).all()
