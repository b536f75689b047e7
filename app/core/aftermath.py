"""What is to be called once a transaction has been committed, and never if it has not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.core.database import db


@dataclass(frozen=True, slots=True)
class _Noted:
    call: Callable[[], None]
    key: str | None
    within: tuple[SessionTransaction, ...]


def when_committed(session: Session, call: Callable[[], None], key: str | None = None) -> bool:
    """Call this after the present transaction of `session` is committed and its connection free again.

    A savepoint that is rolled back takes with it what was noted inside. Returns False, and notes nothing, when
    something with the same `key` is noted already.
    """
    session.connection()  # begins the transaction when there is none
    noted: list[_Noted] = session.info.setdefault("noted", [])
    if key is not None and any(other.key == key for other in noted):
        return False
    noted.append(_Noted(call, key, tuple(_around(session))))
    return True


def _around(session: Session) -> Iterator[SessionTransaction]:
    """The innermost transaction of the session, and those around it."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    while transaction is not None:
        yield transaction
        transaction = transaction.parent


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, rolled_back: SessionTransaction) -> None:
    noted = session.info.get("noted")
    if noted:
        session.info["noted"] = [one for one in noted if rolled_back not in one.within]


@event.listens_for(db.session, "after_commit")
def _release(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.info["due"] = session.info.pop("noted", [])


@event.listens_for(db.session, "after_transaction_end")
def _call(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop("noted", None)
        for one in session.info.pop("due", []):
            one.call()
