"""Gaps that wait for a remedy: open, with nothing to learn under way and nothing completed since they opened."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, select

from app.accounts.models import User
from app.curriculum.models import Assignment, ModuleCompetency
from app.curriculum.queries import is_open
from app.gaps.models import Gap, Remedy
from app.gaps.rules import GapState

OPENED = (GapState.OPEN, GapState.RELAPSED)


def without_remedy() -> ColumnElement[bool]:
    """Whether a gap waits for a remedy; those of people who have left do not."""
    under_way = (
        select(Assignment.id)
        .join(ModuleCompetency, ModuleCompetency.module_id == Assignment.module_id)
        .where(Assignment.person_id == Gap.person_id, ModuleCompetency.competency_id == Gap.competency_id, is_open())
        .correlate(Gap)
    )
    completed = (
        select(Remedy.id)
        .where(
            Remedy.person_id == Gap.person_id,
            Remedy.competency_id == Gap.competency_id,
            Remedy.day >= Gap.opened_on,
        )
        .correlate(Gap)
    )
    left = select(User.id).where(User.left_on.is_not(None))
    return and_(Gap.state.in_(OPENED), ~exists(under_way), ~exists(completed), Gap.person_id.not_in(left))
