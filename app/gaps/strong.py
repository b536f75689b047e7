"""What people do well: competencies they were checked enough on and missed least, in 13 weeks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.curriculum.models import Competency
from app.gaps import board
from app.gaps.models import Gap
from app.gaps.rules import GapState

LEAST_CHECKS = 6


@dataclass(frozen=True, slots=True)
class Strength:
    """A person's competency with its raw checks and fails of 13 weeks."""

    person_id: int
    competency: Competency
    checks13: int
    fails13: int


def strengths(session: Session, viewer: User, people: Collection[int], most: int) -> list[Strength]:
    """Of these people, as far as the viewer may see their gaps: the best first, at most so many of each."""
    seen = Gap.visible_to(viewer, Permission.SEE_GAPS).where(
        Gap.person_id.in_(people), Gap.state.in_((GapState.NONE, GapState.CLOSED))
    )
    stands = board.load(session, sorted(people))
    figures = zip(stands.checks13.tolist(), stands.fails13.tolist(), stands.expected13.tolist(), strict=True)
    known = dict(zip(stands.id.tolist(), figures, strict=True))
    found = []
    for gap in session.scalars(seen):
        checks, fails, expected = known.get(gap.id, (gap.checks13, gap.fails13, gap.expected13))
        if checks >= LEAST_CHECKS and fails <= expected:
            found.append((fails / checks, -checks, gap.id, gap.person_id, gap.competency_id, checks, fails))
    competencies = select(Competency).where(Competency.id.in_({row[4] for row in found}))
    names = {one.id: one for one in session.scalars(competencies)}
    strong: list[Strength] = []
    for _rate, _checks, _gap, person, competency, checks, fails in sorted(found):
        if sum(one.person_id == person for one in strong) < most:
            strong.append(Strength(person, names[competency], checks, fails))
    return strong
