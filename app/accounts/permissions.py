"""What each role may do: the one table. Whose records it reaches is in `reach.py`."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A part somebody plays over a unit and all below it."""

    AGENT = "agent"
    TEAM_LEAD = "team_lead"
    TRAINER = "trainer"
    AUDITOR = "auditor"
    PROGRAM_MANAGER = "program_manager"
    PARTNER_MANAGER = "partner_manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """Something a person may do to records within reach."""

    USE = "use"  # signed in: own page, own records
    SEE_PEOPLE = "see_people"
    SEE_AUDITS = "see_audits"
    SEE_GAPS = "see_gaps"
    SEE_LEARNING = "see_learning"
    SEE_COACHING = "see_coaching"
    SEE_REPORTS = "see_reports"
    LEARN = "learn"  # take modules, acknowledge sessions: one's own
    ASSIGN_MODULES = "assign_modules"
    WRITE_MODULES = "write_modules"
    LOG_SESSIONS = "log_sessions"
    REVIEW_COACHING = "review_coaching"  # sessions drawn for it, never one's own
    WAIVE_OBLIGATIONS = "waive_obligations"
    IMPORT_AUDITS = "import_audits"
    AUDIT = "audit"  # fill scorecards about agents within reach, answer disputes
    DISPUTE = "dispute"  # findings of one's agents; one's own need no permission
    LEAD_QUALITY = "lead_quality"  # scorecards, sampling plans, routing and reopening of disputes
    SET_POLICIES = "set_policies"
    SEE_COHORTS = "see_cohorts"
    NOMINATE = "nominate"  # people within reach, for a cohort
    APPROVE_NOMINATIONS = "approve_nominations"  # for the partner
    RUN_COHORTS = "run_cohorts"  # programmes, cohorts, approval for the programme, attendance, outcomes
    ADMINISTER = "administer"


_SEE = {
    Permission.SEE_PEOPLE,
    Permission.SEE_AUDITS,
    Permission.SEE_GAPS,
    Permission.SEE_LEARNING,
    Permission.SEE_COACHING,
}
_COHORTS = {Permission.SEE_COHORTS, Permission.NOMINATE}
_OWN = {Permission.USE, Permission.LEARN}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(_OWN),
    Role.TEAM_LEAD: frozenset(
        _OWN
        | _SEE
        | _COHORTS
        | {Permission.SEE_REPORTS, Permission.LOG_SESSIONS, Permission.ASSIGN_MODULES, Permission.DISPUTE}
    ),
    Role.TRAINER: frozenset(
        _OWN
        | _SEE
        | _COHORTS
        | {
            Permission.SEE_REPORTS,
            Permission.ASSIGN_MODULES,
            Permission.WRITE_MODULES,
            Permission.RUN_COHORTS,
            Permission.REVIEW_COACHING,
        }
    ),
    Role.AUDITOR: frozenset(
        _OWN | {Permission.SEE_PEOPLE, Permission.SEE_AUDITS, Permission.SEE_GAPS, Permission.AUDIT}
    ),
    Role.PROGRAM_MANAGER: frozenset(
        _OWN
        | _SEE
        | _COHORTS
        | {
            Permission.SEE_REPORTS,
            Permission.ASSIGN_MODULES,
            Permission.WRITE_MODULES,
            Permission.WAIVE_OBLIGATIONS,
            Permission.REVIEW_COACHING,
            Permission.IMPORT_AUDITS,
            Permission.AUDIT,
            Permission.LEAD_QUALITY,
            Permission.SET_POLICIES,
            Permission.RUN_COHORTS,
        }
    ),
    Role.PARTNER_MANAGER: frozenset(_OWN | _SEE | _COHORTS | {Permission.SEE_REPORTS, Permission.APPROVE_NOMINATIONS}),
    Role.ADMINISTRATOR: frozenset(set(Permission)),
}
"""Administrators may do all there is within their unit; a row here is the whole truth about a role."""


def roles_with(permission: Permission) -> list[Role]:
    """The roles that carry a permission."""
    return [role for role, granted in GRANTS.items() if permission in granted]
