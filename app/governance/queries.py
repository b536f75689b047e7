"""Reads other rooms share: which lists wait for somebody's signature."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, exists, false, or_

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.governance.models import PriorityList, PrioritySignature
from app.governance.rules import ListState, Part

SIGNS = {
    Part.PROGRAMME: Permission.SET_POLICIES,
    Part.TRAINING: Permission.WRITE_MODULES,
    Part.KNOWLEDGE: Permission.WRITE_MODULES,
}
"""What it takes, over the whole programme, to sign for a part."""


def to_sign(viewer: User) -> Select[date]:
    """The months whose list is drawn up and still lacks a signature that the viewer may give, the first one first."""
    mine = [part for part, wanted in SIGNS.items() if everywhere(viewer, wanted)]
    signed = exists().where(PrioritySignature.list_id == PriorityList.id)
    given = [~signed.where(PrioritySignature.part == part) for part in mine]
    return (
        PriorityList.visible_to(viewer)
        .where(PriorityList.state == ListState.DRAFT, ~signed.where(PrioritySignature.user_id == viewer.id))
        .where(or_(*given) if given else false())
        .with_only_columns(PriorityList.month)
        .order_by(PriorityList.month)
    )
