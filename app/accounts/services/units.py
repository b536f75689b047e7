"""Units: finding and making them along a path, and changing what they are called and what holds in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import Unit, UnitKind, UnitTree, User
from app.accounts.record import log
from app.core.errors import Refused

LEVELS = (UnitKind.PARTNER, UnitKind.SITE, UnitKind.TEAM)
PROGRAMME_NAME = "Programme"


def programme_unit(session: Session) -> Unit:
    """The root of the organisation, made when there is none."""
    return session.scalar(queries.programme()) or _make(session, UnitKind.PROGRAMME, PROGRAMME_NAME, None)


def unit_at(session: Session, path: str, kinds: Sequence[UnitKind] = LEVELS, **attributes: str | None) -> Unit:
    """The unit at `Partner/Site/Team` or above, made with all above it where missing.

    `kinds` are those of the levels of the path. `attributes` (market, time_zone, line_of_business, language) are given
    to the deepest one when it is made. Raises `Refused` when a unit of another kind is there.
    """
    unit = programme_unit(session)
    names = [fit_name(name) for name in path.split("/")] if path else []
    if len(names) > len(kinds):
        raise Refused(_("%(path)s has more levels than the organisation has.", path=path))
    for depth, (kind, name) in enumerate(zip(kinds, names, strict=False), start=1):
        unit = _child(session, unit, kind, name, attributes if depth == len(names) else {})
    return unit


def _child(session: Session, parent: Unit, kind: UnitKind, name: str, attributes: Mapping[str, str | None]) -> Unit:
    found = session.scalar(select(Unit).where(Unit.parent_id == parent.id, Unit.name == name))
    if found is None:
        return _make(session, kind, name, parent, **attributes)
    if found.kind is not kind:
        raise Refused(_("%(path)s already exists, as a unit of another kind.", path=found.path))
    return found


def add_unit(
    session: Session,
    parent: Unit,
    kind: UnitKind,
    name: str,
    *,
    by: User | None,
    on: datetime,
    **attributes: str | None,
) -> Unit:
    """Make a unit below another; `Refused` when the name is taken there or the kind does not go below the parent."""
    if kind is UnitKind.PROGRAMME or rank(kind) <= rank(parent.kind):
        raise Refused(_("A unit of this kind can't be below “%(name)s”.", name=parent.name))
    name = fit_name(name)
    _must_be_free(session, parent.id, name)
    unit = _make(session, kind, name, parent, **attributes)
    log(session, "unit.added", unit, by=by, on=on, path=unit.path)
    return unit


def change_unit(session: Session, unit: Unit, *, by: User | None, on: datetime, **changes: str | None) -> bool:
    """Change the name, market, time_zone, line_of_business or language of a unit; returns whether anything is new."""
    if "name" in changes:
        changes["name"] = fit_name(changes["name"] or "")
    news: dict[str, Any] = {key: [getattr(unit, key), value] for key, value in changes.items()}
    news = {key: values for key, values in news.items() if values[0] != values[1]}
    if not news:
        return False
    if "name" in news:
        _must_be_free(session, unit.parent_id, news["name"][1])
        _rename(session, unit, news["name"][1])
    for key, (_old, value) in news.items():
        setattr(unit, key, value)
    log(session, "unit.changed", unit, by=by, on=on, path=unit.path, **news)
    return True


def rank(kind: UnitKind) -> int:
    """How deep a kind stands: a programme 0, a team 3."""
    return list(UnitKind).index(kind)


def fit_name(name: str) -> str:
    """The name without blanks around it; `Refused` when it is empty or holds the sign that parts a path."""
    name = " ".join(name.split())
    if not name or "/" in name:
        raise Refused(_("A unit needs a name without “/”, which separates the units of a path."))
    return name


def _must_be_free(session: Session, parent_id: int | None, name: str) -> None:
    if session.scalar(select(Unit.id).where(Unit.parent_id == parent_id, Unit.name == name)) is not None:
        raise Refused(_("There is already a unit called “%(name)s” here.", name=name))


def _make(session: Session, kind: UnitKind, name: str, parent: Unit | None, **attributes: Any) -> Unit:
    """A unit with its place in the tree: below itself and below all that its parent is below."""
    path = "" if parent is None else f"{parent.path}/{name}" if parent.path else name
    unit = Unit(kind=kind, name=name, path=path, parent_id=parent.id if parent else None, **attributes)
    session.add(unit)
    session.flush()
    above = () if parent is None else session.scalars(select(UnitTree).where(UnitTree.unit_id == parent.id)).all()
    session.add_all(UnitTree(ancestor_id=a.ancestor_id, unit_id=unit.id, depth=a.depth + 1) for a in above)
    session.add(UnitTree(ancestor_id=unit.id, unit_id=unit.id, depth=0))
    session.flush()
    return unit


def _rename(session: Session, unit: Unit, name: str) -> None:
    """Give a unit another name, and all below it their new path."""
    if unit.kind is UnitKind.PROGRAMME:
        return
    old = unit.path
    new = "/".join([*old.split("/")[:-1], name])
    for below in session.scalars(select(Unit).where(Unit.id.in_(queries.subtree(unit.id)))):
        below.path = new + below.path[len(old) :]
