"""Deeds on risks: raised, changed, reviewed with a score, closed and opened again. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.governance import scoping
from app.governance.risks.models import Risk, RiskScore

OWNED = "risk.owned"


def path_of(risk: Risk) -> str:
    """Where a risk is read."""
    return f"/governance/risks/{risk.id}"


def save(session: Session, risk: Risk, facts: Mapping[str, Any], *, owner: User, by: User, on: datetime) -> Risk:
    """Raise a risk, or change what is written of it; its score changes by a review alone.

    `Refused` for an owner who does not see the unit, a review in the past, and once it is closed.
    """
    new, before = risk.id is None, risk.owner_id
    _must_be_open(risk)
    scoping.must_see(session, owner, [facts["unit_id"]], on.date())
    if not new:
        facts = {name: value for name, value in facts.items() if name not in ("likelihood", "impact", "review_on")}
    elif facts["review_on"] < on.date():
        raise Refused(_("The day of the next review is in the past."))
    for name, value in facts.items():
        setattr(risk, name, value)
    risk.owner = owner
    if new:
        risk.raised_on = on.date()
    session.add(risk)
    session.flush()
    if new:
        _score(session, risk, "", by=by, on=on)
    record.log(session, "risk.raised" if new else "risk.changed", risk, by=by, on=on, name=risk.title_en)
    if owner.id not in (by.id, before):
        detail = {"title_en": risk.title_en, "title_es": risk.title_es, "due_on": risk.review_on.isoformat()}
        record.tell(session, [owner.id], OWNED, key=f"risk:{risk.id}", path=path_of(risk), on=on, **detail)
    return risk


def review(
    session: Session, risk: Risk, *, likelihood: int, impact: int, note: str, review_on: date, by: User, on: datetime
) -> None:
    """Look at it again: its score now, why it changed, and when next. The score it had stays in its history."""
    _must_be_open(risk)
    changed = (likelihood, impact) != (risk.likelihood, risk.impact)
    if changed and not note.strip():
        raise Refused(_("Say why the score changes: the reason stays with the risk."))
    if review_on <= on.date():
        raise Refused(_("The next review must be after today."))
    before = risk.score
    risk.likelihood, risk.impact, risk.review_on = likelihood, impact, review_on
    _score(session, risk, note, by=by, on=on)
    record.log(session, "risk.reviewed", risk, by=by, on=on, name=risk.title_en, was=before, score=risk.score)


def close(session: Session, risk: Risk, because: str, *, by: User, on: datetime) -> None:
    """It can no longer happen, or it did."""
    _must_be_open(risk)
    if not because.strip():
        raise Refused(_("Say why it is closed: the reason stays with the risk."))
    risk.closed_on, risk.closed_because = on.date(), because.strip()
    record.log(session, "risk.closed", risk, by=by, on=on, name=risk.title_en)


def reopen(session: Session, risk: Risk, *, review_on: date, by: User, on: datetime) -> None:
    """It can happen after all; looked at again by a day."""
    if risk.closed_on is None:
        raise Refused(_("The risk is open."))
    if review_on <= on.date():
        raise Refused(_("The next review must be after today."))
    risk.closed_on, risk.closed_because, risk.review_on = None, "", review_on
    record.log(session, "risk.reopened", risk, by=by, on=on, name=risk.title_en)


def _score(session: Session, risk: Risk, note: str, *, by: User, on: datetime) -> None:
    session.add(
        RiskScore(
            risk_id=risk.id, likelihood=risk.likelihood, impact=risk.impact, note=note.strip(), at=on, by_id=by.id
        )
    )
    session.flush()
    session.expire(risk, ["scores"])


def _must_be_open(risk: Risk) -> None:
    if risk.closed_on is not None:
        raise Refused(_("The risk is closed and no longer changes; it can be opened again."))
