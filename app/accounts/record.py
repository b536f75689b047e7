"""The activity log and notices: how every room says what was done and whom to tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Activity, Letter, Notice, User


def log(
    session: Session,
    verb: str,
    subject: Any,
    *,
    by: User | None,
    on: datetime,
    person_id: int | None = None,
    **detail: Any,
) -> None:
    """Leave a line: who (`by`, None for Hilo itself) did `verb` to `subject` (a row with an id), about whom."""
    session.add(
        Activity(
            at=on,
            actor_id=by.id if by is not None else None,
            verb=verb,
            subject_kind=subject.__tablename__,
            subject_id=getattr(subject, "id", None),
            person_id=person_id,
            detail=detail,
        )
    )


def sent(session: Session, person: User, kind: str, subject: str, *, on: datetime) -> None:
    """Leave a line in the log of sends."""
    session.add(Letter(person_id=person.id, kind=kind, subject=subject, sent_to=person.email or "", sent_at=on))


def tell(
    session: Session, people: Iterable[int], kind: str, *, key: str, path: str, on: datetime, **detail: Any
) -> int:
    """Give people a notice, once for each `key`; returns how many are new."""
    wanted = set(people)
    known = set(session.scalars(select(Notice.person_id).where(Notice.key == key, Notice.person_id.in_(wanted))))
    new = wanted - known
    session.add_all(
        Notice(person_id=p, key=key, kind=kind, path=path, created_at=on, detail=detail) for p in sorted(new)
    )
    return len(new)
