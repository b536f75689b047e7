"""Where each role may go: the rail, and the bottom bar of a phone. At most eight places."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.accounts.access import may, roles_of, viewer
from app.accounts.permissions import Permission, Role
from app.core.frame import Place

ORDER = (
    Role.PROGRAM_MANAGER,
    Role.PARTNER_MANAGER,
    Role.TEAM_LEAD,
    Role.TRAINER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
    Role.AGENT,
)
"""Which role's first screen somebody with several sees."""

Spec = tuple[object, str, str]

_GAPS: Spec = (_l("Gaps"), "gaps.index", "gap")
_AUDITS: Spec = (_l("Audits"), "audits.index", "check")
_REPORTS: Spec = (_l("Reports"), "reports.index", "chart")
_PEOPLE: Spec = (_l("People"), "people.index", "people")
_SESSIONS: Spec = (_l("Sessions"), "coaching.sessions", "session")
_COMMITMENTS: Spec = (_l("Commitments"), "coaching.commitments", "flag")
_LEARNING: Spec = (_l("Learning"), "curriculum.assignments", "module")
_MODULES: Spec = (_l("Modules"), "curriculum.modules", "module")
_COMPLIANCE: Spec = (_l("Compliance"), "reports.coaching_compliance", "chart")
_PRIORITIES: Spec = (_l("Priorities"), "reports.learning_priorities", "flag")
_MAP: Spec = (_l("Team"), "gaps.heat_map", "people")
# Translators: the first screen, in the navigation
_HOME: Spec = (lazy_pgettext("navigation", "Home"), "home.index", "home")

PLACES: dict[Role, tuple[Spec, ...]] = {
    Role.AGENT: (_HOME, (_l("Learn"), "curriculum.learning", "module"), _GAPS, _SESSIONS, _AUDITS),
    Role.TEAM_LEAD: (
        (_l("My queue"), "home.index", "home"), _MAP, _GAPS, _SESSIONS, _COMMITMENTS, _LEARNING, _AUDITS, _REPORTS,
    ),
    Role.TRAINER: (
        _HOME, _GAPS, _MODULES, (_l("Assignments"), "curriculum.assignments", "flag"),
        (_l("Rules"), "remedies.index", "settings"), _REPORTS, _PEOPLE,
    ),
    Role.PROGRAM_MANAGER: (
        (_l("Programme"), "home.index", "home"), _COMPLIANCE, _PRIORITIES, _GAPS, _AUDITS, _LEARNING,
        (_l("Coaching"), "coaching.obligations", "session"), _PEOPLE,
    ),
    Role.PARTNER_MANAGER: (
        (_l("Programme"), "home.index", "home"), _COMPLIANCE, _PRIORITIES, _GAPS, _AUDITS, _LEARNING,
        (_l("Coaching"), "coaching.obligations", "session"), _PEOPLE,
    ),
    Role.AUDITOR: (_HOME, _AUDITS, (_l("Scorecards"), "audits.scorecards", "list"), _GAPS, _PEOPLE),
    Role.ADMINISTRATOR: (
        _HOME, (_l("Administration"), "admin.index", "settings"), _PEOPLE, (_l("Imports"), "audits.imports", "upload"),
        _AUDITS, _GAPS, (_l("Coaching"), "coaching.obligations", "session"), _REPORTS,
    ),
}  # fmt: skip
"""Label, endpoint and icon of each place, the first five in the bottom bar."""


def chosen_role() -> Role:
    """The role whose screens the viewer sees: the weightiest they hold."""
    held = roles_of(viewer())
    return next((role for role in ORDER if role in held), Role.AGENT)


def places() -> list[Place]:
    """The places of the viewer's role."""
    return [
        Place(label, url_for(endpoint), icon, phone=number < 5)
        for number, (label, endpoint, icon) in enumerate(PLACES[chosen_role()])
    ]


def doors() -> dict[str, str]:
    """What the frame links to."""
    return {
        "home": url_for("home.index"),
        "search": url_for("home.search"),
        "account": url_for("account.profile"),
        "sign_out": url_for("account.sign_out"),
        "theme": url_for("account.theme"),
        "definitions": url_for("reports.definitions"),
    }


def may_administer() -> bool:
    """Whether the viewer administers anything."""
    return may(viewer(), Permission.ADMINISTER)
