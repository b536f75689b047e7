"""Who is meant where a file names people by mail or by name."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits.profiles.mapped import Directory, name_key
from app.audits.profiles.mapping import Mapping, PersonBy


def directory(session: Session, mapping: Mapping, by: User | None) -> Directory:
    """The people a mapping asks for by mail or name; none are read when it asks for neither."""
    if not {PersonBy.EMAIL, PersonBy.NAME} & set(mapping.person_by.values()):
        return Directory()
    return everybody(session, by)


def everybody(session: Session, by: User | None) -> Directory:
    """All people `by` may see; a name that several have is nobody's."""
    seen = select(User.employee_no, User.email, User.name)
    if by is not None and not everywhere(by, Permission.IMPORT_AUDITS):
        seen = User.visible_to(by).with_only_columns(User.employee_no, User.email, User.name)
    rows = session.execute(seen).all()
    names = Counter(name_key(name) for _number, _email, name in rows)
    return Directory(
        by_email={email.casefold(): number for number, email, _name in rows if email},
        by_name={name_key(name): number for number, _email, name in rows if names[name_key(name)] == 1},
    )
