"""The named cast of the tests: made once, then laid again, for it stands in nearly every test."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Role

LONG_AGO = date(2025, 1, 1)
Identities = dict[str, tuple[type[Unit] | type[User], int]]
"""The class and number of each of the cast, by their name in it."""


class Cast(SimpleNamespace):
    """Two partners that must not see each other, with a person for each role.

    Programme: mariana (program manager), tomas (trainer), ada (administrator).
    Norte / Bogotá / Refunds: ana and luis (agents), paola (team lead), ivan (auditor of Bogotá), carmen (partner manager).
    Sur / Lima / Orders: sol (agent), raul (team lead), pedro (partner manager).
    """

    programme: Unit
    norte: Unit
    bogota: Unit
    refunds: Unit
    sur: Unit
    lima: Unit
    orders: Unit
    ana: User
    luis: User
    sol: User
    paola: User
    raul: User
    tomas: User
    ivan: User
    mariana: User
    carmen: User
    pedro: User
    ada: User


def make_unit(session: Any, kind: UnitKind, name: str, parent: Unit | None = None, **rest: Any) -> Unit:
    """A unit below another, with its place in the tree."""
    path = name if parent is None or not parent.path else f"{parent.path}/{name}"
    unit = Unit(kind=kind, name=name, path="" if parent is None else path, parent=parent, **rest)
    session.add(unit)
    session.flush()
    above = session.query(UnitTree).filter_by(unit_id=parent.id).all() if parent is not None else []
    session.add_all(UnitTree(ancestor_id=a.ancestor_id, unit_id=unit.id, depth=a.depth + 1) for a in above)
    session.add(UnitTree(ancestor_id=unit.id, unit_id=unit.id, depth=0))
    session.flush()
    return unit


def make_user(
    session: Any,
    name: str,
    *,
    team: Unit | None = None,
    role: Role | None = None,
    over: Unit | None = None,
    **rest: Any,
) -> User:
    """A person with a password (`name` in lower case), in a team or with a role over a unit."""
    handle = name.split()[0].lower()
    user = User(
        employee_no=rest.pop("employee_no", handle.upper()),
        name=name,
        email=f"{handle}@example.org",
        password_hash="not a hash",
        hired_on=rest.pop("hired_on", LONG_AGO),
        **rest,
    )
    session.add(user)
    session.flush()
    if team is not None:
        session.add(Membership(user_id=user.id, team_id=team.id, valid_from=LONG_AGO))
    if role is not None and over is not None:
        session.add(Grant(user_id=user.id, role=role, unit_id=over.id, valid_from=LONG_AGO))
    session.flush()
    return user


def make_cast(session: Any) -> Cast:
    """The cast, not yet committed."""
    programme = make_unit(session, UnitKind.PROGRAMME, "Programme", time_zone="America/Bogota")
    norte = make_unit(session, UnitKind.PARTNER, "Norte", programme)
    bogota = make_unit(session, UnitKind.SITE, "Bogotá", norte, market="CO", time_zone="America/Bogota", language="es")
    refunds = make_unit(session, UnitKind.TEAM, "Refunds", bogota, line_of_business="Buyers")
    sur = make_unit(session, UnitKind.PARTNER, "Sur", programme)
    lima = make_unit(session, UnitKind.SITE, "Lima", sur, market="PE", time_zone="America/Lima", language="es")
    orders = make_unit(session, UnitKind.TEAM, "Orders", lima, line_of_business="Buyers")
    return Cast(
        programme=programme,
        norte=norte,
        bogota=bogota,
        refunds=refunds,
        sur=sur,
        lima=lima,
        orders=orders,
        ana=make_user(session, "Ana Ruiz", team=refunds),
        luis=make_user(session, "Luis Mora", team=refunds),
        sol=make_user(session, "Sol Paz", team=orders),
        paola=make_user(session, "Paola Restrepo", role=Role.TEAM_LEAD, over=refunds),
        raul=make_user(session, "Raúl Quispe", role=Role.TEAM_LEAD, over=orders),
        tomas=make_user(session, "Tomás Gil", role=Role.TRAINER, over=programme),
        ivan=make_user(session, "Iván Zúñiga", role=Role.AUDITOR, over=bogota),
        mariana=make_user(session, "Mariana Echeverría", role=Role.PROGRAM_MANAGER, over=programme),
        carmen=make_user(session, "Carmen Lara", role=Role.PARTNER_MANAGER, over=norte),
        pedro=make_user(session, "Pedro Soto", role=Role.PARTNER_MANAGER, over=sur),
        ada=make_user(session, "Ada Núñez", role=Role.ADMINISTRATOR, over=programme),
    )


def identities_of(cast: Cast) -> Identities:
    """Who is who, to be remembered when the session that knew them is gone."""
    return {name: (type(one), one.id) for name, one in vars(cast).items()}


def loaded_cast(session: Any, identities: Identities) -> Cast:
    """The cast as it stands in the database."""
    everybody = [*session.scalars(select(Unit)), *session.scalars(select(User))]
    found = {(type(one), one.id): one for one in everybody}
    return Cast(**{name: found[identity] for name, identity in identities.items()})
