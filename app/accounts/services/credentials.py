"""Passwords and the links that set them.

A wrong password and an unknown e-mail answer alike and take the same time. After several wrong passwords in a row an
account rests for a while, longer each time; a link from a mail ends the rest.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.accounts.services.people import tidy_email
from app.accounts.services.places import answer_for
from app.core import jobs
from app.core.errors import Refused

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 200
FREE_TRIES = 5
"""Wrong passwords in a row before an account rests."""
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)


class Purpose(StrEnum):
    """Why somebody is given a link that sets a password."""

    INVITATION = "invitation"
    RESET = "reset"


LIFE = {Purpose.INVITATION: timedelta(days=7), Purpose.RESET: timedelta(hours=1)}


# --- Passwords ---


def password_fault(password: str, user: User | None = None) -> str | None:
    """Why a password can't be taken, in the reader's language; None when it can."""
    if len(password) < SHORTEST:
        return _("The password needs %(least)s characters or more.", least=SHORTEST)
    if len(password) > LONGEST:
        return _("The password can have at most %(most)s characters.", most=LONGEST)
    own = [part for part in (user.email, user.name, user.employee_no) if part] if user is not None else []
    if len(set(password)) < 4 or password.lower() in {part.lower() for part in own}:
        return _("The password is too easy to guess.")
    return None


def set_password(session: Session, user: User, password: str, *, by: User | None, on: datetime) -> None:
    """Give somebody a password; ends their sessions everywhere, and the rest after wrong ones."""
    fault = password_fault(password, user)
    if fault is not None:
        raise Refused(fault)
    user.password_hash = _hasher().hash(password)
    user.session_key = secrets.token_hex(8)
    user.failed_sign_ins, user.locked_until = 0, None
    log(session, "password.set", user, by=by, on=on, person_id=user.id)


def fits(user: User, password: str) -> bool:
    """Whether this is the person's password."""
    return _verified(user.password_hash, password)


def signed_in_by(session: Session, email: str, password: str, *, on: datetime) -> User | None:
    """The person with this e-mail and password who may sign in now, or None; wrong tries count: commit either way."""
    user = session.scalar(select(User).where(User.email == tidy_email(email)).with_for_update())
    right = _verified(user.password_hash if user is not None else None, password)
    if user is None or not user.is_active or (user.locked_until is not None and user.locked_until > on):
        return None
    if not right:
        _count_wrong(user, on)
        return None
    if _hasher().check_needs_rehash(user.password_hash or ""):
        user.password_hash = _hasher().hash(password)
    user.failed_sign_ins, user.locked_until, user.last_sign_in_at = 0, None, on
    return user


def _count_wrong(user: User, on: datetime) -> None:
    user.failed_sign_ins += 1
    beyond = user.failed_sign_ins - FREE_TRIES
    if beyond >= 0:
        user.locked_until = on + min(FIRST_REST * 2 ** min(beyond, 10), LONGEST_REST)


def _hasher() -> PasswordHasher:
    return _hasher_with(**current_app.config["ARGON2"])


@lru_cache(maxsize=4)
def _hasher_with(time_cost: int, memory_cost: int, parallelism: int) -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=time_cost, memory_cost=memory_cost, parallelism=parallelism)


@lru_cache(maxsize=4)
def _nobodys_hash(hasher: PasswordHasher) -> str:
    """A hash no password fits, to be compared with where there is none, so that it takes as long."""
    return hasher.hash(secrets.token_hex(16))


def _verified(password_hash: str | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    hasher = _hasher()
    try:
        return hasher.verify(password_hash or _nobodys_hash(hasher), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


# --- Links ---


def sign_in_link(user: User, purpose: Purpose = Purpose.INVITATION) -> str:
    """The address of the page where this person sets a password and is signed in: once, and while it lives."""
    token = _signer().dumps([user.id, purpose.value, _fingerprint(user)])
    return f"{current_app.config['BASE_URL'].rstrip('/')}/account/reset/{token}"


def user_of_link(session: Session, token: str) -> tuple[User, Purpose] | None:
    """Whose link this is and what for, or None when it was used, has expired or was never given."""
    try:
        number, purpose_name, fingerprint = _signer().loads(token, max_age=_seconds(LIFE[Purpose.INVITATION]))
        purpose = Purpose(purpose_name)
        _signer().loads(token, max_age=_seconds(LIFE[purpose]))
    except (BadData, ValueError, TypeError):
        return None
    user = session.get(User, number)
    if user is None or user.has_left or not secrets.compare_digest(_fingerprint(user), str(fingerprint)):
        return None
    return user, purpose


def invite(session: Session, user: User, *, by: User | None, on: datetime) -> None:
    """Ask somebody in, by a mail with a link; `Refused` without an e-mail or for who left."""
    answer_for(session, user, by=by, on=on)
    if not user.email:
        raise Refused(_("There is no email address to send the invitation to."))
    if user.has_left:
        raise Refused(_("%(name)s has left.", name=user.name))
    log(session, "person.invited", user, by=by, on=on, person_id=user.id)
    mail_link(session, user, Purpose.RESET if user.password_hash else Purpose.INVITATION)


def ask_reset(session: Session, email: str) -> None:
    """Send a link to the person with this e-mail, if one may sign in; who asks is not told whether there is one."""
    user = session.scalar(select(User).where(User.email == tidy_email(email)))
    if user is not None and user.is_active:
        mail_link(session, user, Purpose.RESET)


def mail_link(session: Session, user: User, purpose: Purpose) -> None:
    """Have a link mailed; asked again while the mail is on its way, it goes once."""
    jobs.enqueue(session, "accounts.mail_link", key=f"{user.id}:{purpose}", user_id=user.id, purpose=purpose.value)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="hilo-link")


def _fingerprint(user: User) -> str:
    """What changes with the password or e-mail, so that a link dies with either."""
    known = f"{user.id}:{user.email}:{user.session_key}:{user.password_hash}"
    return blake2b(known.encode(), digest_size=12, key=str(current_app.secret_key).encode()[:64]).hexdigest()


def _seconds(life: timedelta) -> int:
    return int(life.total_seconds())
