"""Where each role may go: the rail, and the bottom bar of a phone. At most eight places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import request, session, url_for
from flask_babel import LazyString, lazy_pgettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.access import roles_of, viewer
from app.accounts.labels import ROLES
from app.accounts.models import Membership, Unit
from app.accounts.permissions import Role
from app.accounts.reach import held, last_membership
from app.coaching.models import Obligation, SessionRecord
from app.coaching.queries import queue
from app.core.clock import day_of, end_of, monday_of, now
from app.core.database import db
from app.core.frame import Place
from app.core.i18n import time_zone
from app.curriculum.models import Assignment
from app.curriculum.queries import open_assignments
from app.home.queries import unconfirmed

ORDER = (
    Role.PROGRAM_MANAGER,
    Role.PARTNER_MANAGER,
    Role.TEAM_LEAD,
    Role.TRAINER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
    Role.AGENT,
)
"""Whose first screen somebody with several roles sees, unless they choose another."""

Spec = tuple[LazyString, str, str]

# Translators: the first screen, in the navigation
_HOME: Spec = (lazy_pgettext("navigation", "Home"), "home.index", "home")
_PROGRAMME: Spec = (_l("Programme"), "home.index", "home")
_QUEUE: Spec = (_l("My queue"), "home.index", "home")
_TEAM: Spec = (_l("Team"), "gaps.heat_map", "people")
_GAPS: Spec = (_l("Gaps"), "gaps.index", "gap")
_MAP: Spec = (_l("Heat map"), "gaps.heat_map", "people")
_AUDITS: Spec = (_l("Audits"), "audits.index", "audit")
_DESK: Spec = (_l("My audits"), "audits.desk", "commitment")
_IMPORTS: Spec = (_l("Imports"), "audits.imports", "import")
_SCORECARDS: Spec = (_l("Scorecards"), "audits.scorecards", "scorecard")
_SESSIONS: Spec = (_l("Sessions"), "coaching.sessions", "talk")
_COACHING: Spec = (_l("Coaching"), "coaching.obligations", "talk")
_COMMITMENTS: Spec = (_l("Commitments"), "coaching.commitments", "commitment")
_LEARNING: Spec = (_l("Learning"), "curriculum.assignments", "book")
_MODULES: Spec = (_l("Modules"), "curriculum.modules", "book")
_COMPLIANCE: Spec = (_l("Compliance"), "reports.coaching_compliance", "report")
_PRIORITIES: Spec = (_l("Priorities"), "reports.learning_priorities", "priority")
_REPORTS: Spec = (_l("Reports"), "reports.index", "report")
_RULES: Spec = (_l("Rules"), "remedies.index", "rule")
_COHORTS: Spec = (_l("Cohorts"), "cohorts.index", "cohort")
_PEOPLE: Spec = (_l("People"), "people.index", "person")

PLACES: dict[Role, tuple[Spec, ...]] = {
    Role.AGENT: (_HOME, (_l("Learn"), "curriculum.learning", "book"), _GAPS, _SESSIONS, _AUDITS, _COMMITMENTS),
    Role.TEAM_LEAD: (
        _QUEUE, _TEAM, _GAPS, _SESSIONS, _COMMITMENTS, _LEARNING, _AUDITS, _REPORTS,
    ),
    Role.TRAINER: (
        _HOME, _GAPS, _MODULES, (_l("Assignments"), "curriculum.assignments", "commitment"), _RULES, _COHORTS,
        _REPORTS, _PEOPLE,
    ),
    Role.PROGRAM_MANAGER: (_PROGRAMME, _COMPLIANCE, _PRIORITIES, _GAPS, _AUDITS, _LEARNING, _COHORTS, _PEOPLE),
    Role.PARTNER_MANAGER: (_PROGRAMME, _COMPLIANCE, _PRIORITIES, _GAPS, _AUDITS, _LEARNING, _COHORTS, _PEOPLE),
    Role.AUDITOR: (_HOME, _DESK, _AUDITS, _SCORECARDS, _GAPS, _MAP, _PEOPLE),
    Role.ADMINISTRATOR: (
        _HOME, (_l("Administration"), "admin.index", "settings"), _PEOPLE, _IMPORTS, _AUDITS, _GAPS, _COACHING,
        _REPORTS,
    ),
}  # fmt: skip
"""Label, endpoint and icon of each place, by role."""

DOORS = {
    "home": "home.index",
    "search": "home.search",
    "account": "account.profile",
    "notices": "home.notices",
    "sign_out": "account.sign_out",
    "theme": "account.theme",
    "definitions": "reports.definitions",
    "help": "home.help_index",
}
"""What the frame links to."""

ON_PHONE = 4
"""So many places stand in the bottom bar of a phone; the others are behind "More"."""
CHOSEN = "as"
"""The part of the address, and of the session, that says in which role somebody looks."""


def roles_in_order() -> list[Role]:
    """The roles of the viewer, the weightiest first; who has none looks as an agent."""
    mine = roles_of(viewer())
    return [role for role in ORDER if role in mine] or [Role.AGENT]


def chosen_role() -> Role:
    """The role whose screens the viewer sees: the one chosen last, else the weightiest they hold."""
    mine = roles_in_order()
    return next((role for role in mine if role.value == session.get(CHOSEN)), mine[0])


def choose_role() -> Role:
    """Look in the role the address names, and keep to it, if the viewer holds it."""
    asked = request.args.get(CHOSEN)
    if asked in {role.value for role in roles_in_order()}:
        session[CHOSEN] = asked
    return chosen_role()


def role_tabs() -> list[tuple[str, LazyString, bool]]:
    """The first screens of a viewer with several roles, as tabs."""
    mine, chosen = roles_in_order(), chosen_role()
    if len(mine) < 2:
        return []
    return [(f"{url_for('home.index')}?{CHOSEN}={role.value}", ROLES[role], role is chosen) for role in mine]


def places() -> list[Place]:
    """The places of the viewer's role, with how much waits there."""
    role = chosen_role()
    waiting = WAITING.get(role, dict)()
    return [
        Place(str(label), url_for(endpoint), icon, count=waiting.get(endpoint) or None, phone=number < ON_PHONE)
        for number, (label, endpoint, icon) in enumerate(PLACES[role])
    ]


def _waits_for_an_agent() -> dict[str, int]:
    """Modules to take, and sessions to confirm."""
    modules = open_assignments([viewer().id]).order_by(None).with_only_columns(func.count(Assignment.id))
    sessions = unconfirmed(viewer().id).order_by(None).with_only_columns(func.count(SessionRecord.id))
    counts = db.session.execute(select(modules.scalar_subquery(), sessions.scalar_subquery())).one()
    return dict(zip(("curriculum.learning", "coaching.sessions"), counts, strict=True))


def _waits_for_a_lead() -> dict[str, int]:
    """Sessions owed by the end of this week."""
    at, zone_name = now(), time_zone()
    sunday = monday_of(day_of(at, zone_name)) + timedelta(days=6)
    owed = queue(viewer(), at).where(Obligation.due_at < end_of(sunday, zone_name)).order_by(None)
    return {"home.index": db.session.scalar(owed.with_only_columns(func.count(Obligation.id))) or 0}


WAITING: dict[Role, Callable[[], dict[str, int]]] = {
    Role.AGENT: _waits_for_an_agent,
    Role.TEAM_LEAD: _waits_for_a_lead,
}
"""What is counted beside a place, by its endpoint, in one query a page."""


def doors() -> dict[str, str]:
    """What the frame links to."""
    return {name: url_for(endpoint) for name, endpoint in DOORS.items()}


def place() -> str:
    """The unit the viewer belongs to in the chosen role, for the foot of the rail; of several the first by path."""
    role = chosen_role()
    if role is Role.AGENT:
        mine = Membership.user_id == viewer().id, Membership.valid_from == last_membership()
        return db.session.scalar(select(Unit.name).join(Membership, Membership.team_id == Unit.id).where(*mine)) or ""
    over = [one.unit_id for one in held(viewer()) if one.role is role]
    return db.session.scalar(select(Unit.name).where(Unit.id.in_(over)).order_by(Unit.path).limit(1)) or ""
