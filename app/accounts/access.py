"""The door of every route: who is asking, and may they."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, has_request_context, redirect, request, url_for
from flask_login import LoginManager, current_user
from sqlalchemy import or_, select
from werkzeug.exceptions import Forbidden

from app.accounts.models import Membership, User
from app.accounts.permissions import GRANTS, Permission, Role
from app.accounts.reach import held
from app.core.clock import now
from app.core.database import db

View = TypeVar("View", bound=Callable[..., Any])

login = LoginManager()


@login.user_loader
def load_user(session_id: str) -> User | None:
    """The person of a session, unless the password changed or they left since."""
    number, _, key = session_id.partition(":")
    user = db.session.get(User, int(number)) if number.isdecimal() else None
    return user if user is not None and user.session_key == key and user.is_active else None


def signed_in() -> User | None:
    """Who is signed in, or None."""
    user = current_user._get_current_object() if current_user else None
    return user if isinstance(user, User) else None


def viewer() -> User:
    """Who is signed in; only for routes behind `requires`."""
    user = signed_in()
    if user is None:
        raise Forbidden
    return user


def roles_of(user: User) -> set[Role]:
    """The roles somebody holds today anywhere; a member of a team is an agent. Looked up once a request."""
    known: dict[int, set[Role]] = g.setdefault("roles", {}) if has_request_context() else {}
    if user.id not in known:
        roles = {one.role for one in held(user)}
        member = select(Membership.id).where(
            Membership.user_id == user.id, or_(Membership.valid_to.is_(None), Membership.valid_to > now().date())
        )
        if db.session.scalar(member.limit(1)) is not None:
            roles.add(Role.AGENT)
        known[user.id] = roles
    return known[user.id]


def may(user: User, permission: Permission) -> bool:
    """Whether somebody holds the permission anywhere; whose rows is `visible_to(viewer, permission)`."""
    if permission is Permission.USE:
        return True
    return any(permission in GRANTS[role] for role in roles_of(user))


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a route with what it takes: 403 without it, the sign-in page for who is not signed in."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            user = signed_in()
            if user is None:
                return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")))
            if not may(user, permission):
                raise Forbidden
            return view(*args, **kwargs)

        guarded.permission = permission  # ty: ignore[missing-attribute]
        return guarded  # ty: ignore[invalid-explicit-return]

    return mark
