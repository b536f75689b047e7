"""The list of people, for whoever sees people; and the same list with what is missing, for administrators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts import labels, lacking
from app.accounts.access import may, requires, viewer
from app.accounts.blueprint import admin, people
from app.accounts.lacking import present
from app.accounts.models import Grant, Membership, Unit, UnitKind, User
from app.accounts.permissions import Permission, Role
from app.accounts.queries import subtree, valid_on
from app.accounts.reach import belongs, current, everywhere, last_membership, unit_scope
from app.core.clock import now
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, search, state, text
from app.core.web import row_number

MOST_UNITS = 300
"""More are no choice to pick from: then teams are reached from the list of units."""


@dataclass(slots=True)
class Whereabouts:
    """Where somebody belongs, as far as the viewer sees it."""

    roles: list[Role] = field(default_factory=list)
    team: Unit | None = None
    site: Unit | None = None

    def plays(self, role: Role | None, unit: Unit, above: Unit | None) -> None:
        """Add a part: its role while it holds, and where it is when nothing before it said so."""
        if role is not None and role not in self.roles:
            self.roles.append(role)
        named = {one.kind: one for one in (unit, above) if one is not None}
        self.team = self.team or named.get(UnitKind.TEAM)
        self.site = self.site or named.get(UnitKind.SITE)


def load_whereabouts(rows: Sequence[User]) -> None:
    """Look up teams and roles of the people of a page, in two queries."""
    found: dict[int, Whereabouts] = defaultdict(Whereabouts)
    ids, scope, today = [user.id for user in rows], unit_scope(viewer(), Permission.SEE_PEOPLE), now().date()
    above = aliased(Unit)
    teams = (
        select(Membership.user_id, Membership.valid_to, Unit, above)
        .join(Unit, Unit.id == Membership.team_id)
        .outerjoin(above, above.id == Unit.parent_id)
        .where(Membership.user_id.in_(ids), Membership.valid_from == last_membership())
        .where(or_(Unit.id.in_(scope), Membership.user_id == viewer().id))
    )
    for person, ended, team, parent in db.session.execute(teams):
        found[person].plays(Role.AGENT if ended is None or ended > today else None, team, parent)
    grants = (
        select(Grant.user_id, Grant.role, Unit, above)
        .join(Unit, Unit.id == Grant.unit_id)
        .outerjoin(above, above.id == Unit.parent_id)
        .where(Grant.user_id.in_(ids), current(Grant, today))
        .where(or_(Grant.unit_id.in_(scope), Grant.user_id == viewer().id))
        .order_by(Grant.id)
    )
    for person, role, unit, parent in db.session.execute(grants):
        found[person].plays(role, unit, parent)
    g.whereabouts = found
    g.role_names = {role: str(name) for role, name in labels.ROLES.items()}  # translated once, not in every row
    g.state_names = {key: str(name) for key, (name, _where) in STATES.items()}


def _where(user: User) -> Whereabouts:
    return g.whereabouts[user.id]


def _roles(user: User) -> Cell:
    return text(", ".join(g.role_names[role] for role in _where(user).roles))


def _state(user: User) -> Cell:
    if user.has_left:
        return state(g.state_names["left"], "void")
    if user.password_hash is None:
        return state(g.state_names["waiting"], "plain")
    return state(g.state_names["active"], "good")


def _named(unit: Unit | None) -> Cell:
    return text(unit.name if unit is not None else None)


def unit_choices(to: Permission) -> list[tuple[str, str]]:
    """The units in the viewer's scope by path, the programme by its name; of very many, the chosen team only."""
    seen = select(Unit.id, Unit.path, Unit.name).where(Unit.id.in_(unit_scope(viewer(), to)))
    few = select(func.count()).select_from(seen.subquery()).scalar_subquery() <= MOST_UNITS
    chosen = request.args.get("unit", 0, type=row_number)
    shown = seen.where(or_(Unit.kind != UnitKind.TEAM, Unit.id == chosen, few))
    return [(str(number), path or name) for number, path, name in db.session.execute(shown.order_by(Unit.path))]


def in_unit(value: str) -> ColumnElement[bool]:
    """People who belong to a unit or to one below it."""
    units = subtree(row_number(value))
    return or_(
        User.id.in_(select(Membership.user_id).where(Membership.team_id.in_(units), belongs(Membership))),
        User.id.in_(select(Grant.user_id).where(Grant.unit_id.in_(units), belongs(Grant))),
    )


def with_role(value: str) -> ColumnElement[bool]:
    """People who have a role today, over a unit the viewer sees."""
    role, today, scope = Role(value), now().date(), unit_scope(viewer(), Permission.SEE_PEOPLE)
    if role is Role.AGENT:
        members = valid_on(Membership, today) & Membership.team_id.in_(scope)
        return User.id.in_(select(Membership.user_id).where(members))
    holders = and_(Grant.role == role, current(Grant, today), Grant.unit_id.in_(scope))
    return User.id.in_(select(Grant.user_id).where(holders))


STATES: dict[str, tuple[Any, Callable[[], ColumnElement[bool]]]] = {
    "present": (lazy_pgettext("person", "Present"), present),
    "active": (lazy_pgettext("person", "Active"), lambda: and_(present(), User.password_hash.is_not(None))),
    "waiting": (lazy_gettext("No access"), lambda: and_(present(), User.password_hash.is_(None))),
    "left": (lazy_pgettext("person", "Left"), lambda: ~present()),
}


LACKS: dict[str, tuple[Any, Callable[[], ColumnElement[bool]]]] = {
    "place": (lazy_gettext("Team or role"), lacking.without_team),
    "email": (lazy_gettext("Email"), lacking.without_email),
    "invitation": (lazy_gettext("Password"), lacking.without_invitation),
}


def table(permission: Permission, endpoint: str, more: Sequence[Filter] = ()) -> Table:
    """The list of people, each linked to `endpoint`."""
    return Table(
        id="people",
        caption=lazy_gettext("People"),
        columns=[
            Column(
                "name",
                lazy_gettext("Name"),
                lambda user: text(user.name, url=url_for(endpoint, person_id=user.id)),
                sort=User.name,
            ),
            Column(
                "employee_no",
                lazy_gettext("Employee number"),
                lambda user: text(user.employee_no),
                sort=User.employee_no,
            ),
            Column("roles", lazy_gettext("Roles"), _roles),
            Column("team", lazy_gettext("Team"), lambda user: _named(_where(user).team)),
            Column("site", lazy_gettext("Site"), lambda user: _named(_where(user).site)),
            Column(
                "language",
                lazy_gettext("Language"),
                lambda user: text(labels.LANGUAGES[user.language], raw=user.language),
                sort=User.language,
            ),
            Column("state", lazy_gettext("State"), _state),
        ],
        filters=[
            search(User.name, User.employee_no, User.email),
            Filter("unit", lazy_gettext("Unit"), in_unit, lambda: unit_choices(permission)),
            Filter("role", lazy_gettext("Role"), with_role, lambda: [(r.value, n) for r, n in labels.ROLES.items()]),
            Filter(
                "state",
                lazy_gettext("State"),
                lambda value: STATES[value][1](),
                lambda: [(key, label) for key, (label, _where) in STATES.items()],
            ),
            *more,
        ],
        sort="name",
        tie_break=User.id,
        after=load_whereabouts,
        empty_text=lazy_gettext("Nobody here matches. Remove a filter to see more people."),
    )


PEOPLE = table(Permission.SEE_PEOPLE, "home.person")
ADMIN_PEOPLE = table(
    Permission.ADMINISTER,
    "admin.person",
    [
        Filter(
            "lacks",
            lazy_gettext("Missing"),
            lambda value: LACKS[value][1](),
            lambda: [(key, label) for key, (label, _where) in LACKS.items()],
        )
    ],
)


@people.get("")
@requires(Permission.SEE_PEOPLE)
def index() -> ResponseReturnValue:
    """The people within reach."""
    seen = User.visible_to(viewer(), Permission.SEE_PEOPLE)
    return PEOPLE.answer(seen, "accounts/people.html", may_administer=may(viewer(), Permission.ADMINISTER))


@admin.get("/people")
@requires(Permission.ADMINISTER)
def people_list() -> ResponseReturnValue:
    """The people one administers."""
    whole = everywhere(viewer(), Permission.ADMINISTER)
    seen = User.visible_to(viewer(), Permission.ADMINISTER)
    return ADMIN_PEOPLE.answer(seen, "accounts/admin/people.html", everywhere=whole)
