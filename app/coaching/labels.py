"""What everything of coaching is called, for gettext."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import LazyString, lazy_gettext, lazy_pgettext
from flask_babel import gettext as _

from app.coaching.models import Obligation
from app.coaching.rules import (
    Away,
    Clock,
    CommitmentState,
    ObligationKind,
    ObligationState,
    SessionKind,
    SessionState,
    Tenure,
)
from app.core.i18n import NBSP, day, hours, local, weekday_or_day

OBLIGATION_KINDS: dict[ObligationKind, LazyString] = {
    ObligationKind.CADENCE: lazy_gettext("Regular session"),
    ObligationKind.FATAL: lazy_gettext("Fatal error"),
    ObligationKind.GAP: lazy_gettext("Gap opened"),
    ObligationKind.FOLLOW_UP: lazy_gettext("Follow-up session"),
    ObligationKind.ASKED: lazy_gettext("Requested by the agent"),
    ObligationKind.NOMINATED: lazy_gettext("Proposed by quality"),
    ObligationKind.FAILED: lazy_gettext("Audit below the mark"),
    ObligationKind.DSAT: lazy_gettext("Dissatisfied customer"),
    ObligationKind.REPEAT: lazy_gettext("Repeat finding"),
}

OBLIGATION_STATES: dict[ObligationState, LazyString] = {
    ObligationState.OPEN: lazy_pgettext("obligation", "Open"),
    ObligationState.MET: lazy_pgettext("obligation", "On time"),
    ObligationState.MET_LATE: lazy_pgettext("obligation", "Late"),
    ObligationState.MISSED: lazy_pgettext("obligation", "Missed"),
    ObligationState.WAIVED: lazy_pgettext("obligation", "Waived"),
    ObligationState.VOID: lazy_pgettext("obligation", "Void"),
}

TENURES: dict[Tenure, LazyString] = {
    Tenure.NEW: lazy_gettext("Up to 3 months"),
    Tenure.SETTLING: lazy_gettext("3 to 12 months"),
    Tenure.SETTLED: lazy_gettext("Over 12 months"),
}

SESSION_KINDS: dict[SessionKind, LazyString] = {
    SessionKind.ONE_TO_ONE: lazy_pgettext("session", "One-to-one"),
    SessionKind.SIDE_BY_SIDE: lazy_pgettext("session", "Side-by-side"),
    SessionKind.FATAL: lazy_pgettext("session", "Fatal error"),
    SessionKind.GROUP: lazy_pgettext("session", "Group"),
    SessionKind.FOLLOW_UP: lazy_pgettext("session", "Follow-up"),
    SessionKind.COACH_THE_COACH: lazy_pgettext("session", "Coach the coach"),
}

KINDS_WITH_AGENTS = {kind: name for kind, name in SESSION_KINDS.items() if kind is not SessionKind.COACH_THE_COACH}
"""What a session with agents may be."""

SESSION_STATES: dict[SessionState, LazyString] = {
    SessionState.SCHEDULED: lazy_pgettext("session", "Scheduled"),
    SessionState.HELD: lazy_pgettext("session", "Held"),
    SessionState.CANCELLED: lazy_pgettext("session", "Cancelled"),
    SessionState.NO_SHOW: lazy_pgettext("session", "No-show"),
}

COMMITMENT_STATES: dict[CommitmentState, LazyString] = {
    CommitmentState.OPEN: lazy_pgettext("commitment", "Open"),
    CommitmentState.KEPT: lazy_pgettext("commitment", "Kept"),
    CommitmentState.NOT_KEPT: lazy_pgettext("commitment", "Not kept"),
}

VOID_REASONS: dict[str, LazyString] = {
    "no_longer_fatal": lazy_gettext("After a correction the audit is no longer fatal."),
    "left": lazy_gettext("The agent has left."),
    "no_longer_failed": lazy_gettext("After a correction the audit is no longer below the mark."),
    "not_coachable": lazy_gettext("The case was decided again: coaching would not help."),
    "away": lazy_gettext("The agent was away when it fell due."),
}

VERBS: dict[str, LazyString] = {
    "session.scheduled": lazy_gettext("scheduled a session"),
    "session.changed": lazy_gettext("changed a planned session"),
    "session.moved": lazy_gettext("moved a session"),
    "session.cancelled": lazy_gettext("cancelled a session"),
    "session.no_show": lazy_gettext("recorded a no-show"),
    "session.attached": lazy_gettext("added a file to a session"),
    "session.asked": lazy_gettext("requested a session"),
    "session.nominated": lazy_gettext("proposed an agent for coaching"),
    "session.logged": lazy_gettext("logged a session"),
    "session.acknowledged": lazy_gettext("confirmed a session"),
    "sessions.imported": lazy_gettext("imported earlier sessions"),
    "obligation.waived": lazy_gettext("waived an obligation"),
    "commitment.kept": lazy_gettext("settled a commitment as kept"),
    "commitment.not_kept": lazy_gettext("settled a commitment as not kept"),
    "policy.set": lazy_gettext("changed a coaching policy"),
    "calendar.made": lazy_gettext("created an address for their calendar"),
    "calendar.revoked": lazy_gettext("revoked the address of their calendar"),
    "review_plan.made": lazy_gettext("created a plan for session reviews"),
    "review_plan.ended": lazy_gettext("ended a plan for session reviews"),
    "coaching.reviewed": lazy_gettext("reviewed a coaching session"),
    "outline.set": lazy_gettext("changed an outline of session notes"),
    "hours.set": lazy_gettext("changed opening hours"),
}
"""What stands in the activity log after the name of who did it."""

OBLIGATION_LOOKS: dict[ObligationState, str] = {
    ObligationState.OPEN: "open",
    ObligationState.MET: "met",
    ObligationState.MET_LATE: "warn",
    ObligationState.MISSED: "missed",
    ObligationState.WAIVED: "waived",
    ObligationState.VOID: "void",
}
"""How the interface draws a state."""

COMMITMENT_LOOKS: dict[CommitmentState, str] = {
    CommitmentState.OPEN: "open",
    CommitmentState.KEPT: "met",
    CommitmentState.NOT_KEPT: "missed",
}

SESSION_LOOKS: dict[SessionState, str] = {
    SessionState.SCHEDULED: "scheduled",
    SessionState.HELD: "met",
    SessionState.CANCELLED: "void",
    SessionState.NO_SHOW: "missed",
}

TERM_NAMES: dict[str, LazyString] = {
    "days_new": lazy_gettext("Days between sessions, up to 3 months of tenure"),
    "days_settling": lazy_gettext("Days between sessions, up to 12 months"),
    "days_settled": lazy_gettext("Days between sessions, later"),
    "days_with_gap": lazy_gettext("Days between sessions at most, while a gap is active"),
    "fatal_hours": lazy_gettext("Hours after a fatal error"),
    "gap_hours": lazy_gettext("Hours after a gap opens"),
    "follow_up_days": lazy_gettext("Days until a follow-up"),
    "acknowledge_hours": lazy_gettext("Hours to confirm a session"),
    "asked_hours": lazy_gettext("Hours after an agent asks for a session"),
    "nominated_hours": lazy_gettext("Hours after quality proposes a session"),
    "failed_hours": lazy_gettext("Hours after an audit below the mark"),
    "failed_below": lazy_gettext("The mark: score in per cent"),
    "dsat_hours": lazy_gettext("Hours after a dissatisfied customer's case is decided to be coachable"),
    "repeat_hours": lazy_gettext("Hours after a repeat finding"),
    "repeat_times": lazy_gettext("Times the same criterion is missed to make a repeat finding"),
    "repeat_days": lazy_gettext("within this many days"),
}


CLOCKS: dict[Clock, LazyString] = {
    Clock.CALENDAR: lazy_gettext("Day and night"),
    Clock.WORKING: lazy_gettext("While the site is open, without public holidays"),
}

AWAY_RULES: dict[Away, LazyString] = {
    Away.STOPS: lazy_gettext("Each day away moves the due time by a day"),
    Away.WAIVES: lazy_gettext("What falls due while away is waived"),
    Away.RUNS_ON: lazy_gettext("Due times stay as they are"),
}


def cadence(days: int) -> str:
    """What a regular session every so many days is called."""
    named = {7: _("Weekly session"), 14: _("Fortnightly session"), 30: _("Monthly session")}
    return named.get(days) or _("Session every %(days)s days", days=days)


def cause(obligation: Obligation) -> str:
    """What a session is owed for, in two or three words."""
    if obligation.kind is ObligationKind.CADENCE:
        length = (obligation.due_at - obligation.opened_at) / timedelta(days=1)
        return cadence(round(length) - (obligation.put_off_days or 0))
    return str(OBLIGATION_KINDS[obligation.kind])


def due(moment: datetime, at: datetime) -> str:
    """A due time as a reader thinks of it: the end of a day by the day alone."""
    here, today = local(moment), local(at).date()
    if (here.hour, here.minute) != (23, 59):
        return weekday_or_day(moment, at)
    return {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get((here.date() - today).days) or day(moment, "long")


def left(moment: datetime, at: datetime) -> str:
    """How long there is until a moment to come: `2 h 40 min`, `26 h`, `5 d`."""
    minutes = int((moment - at) / timedelta(minutes=1))
    if minutes < 6 * 60:
        full, rest = divmod(max(minutes, 0), 60)
        return f"{full}{NBSP}h {rest}{NBSP}min" if full else f"{rest}{NBSP}min"
    return hours(minutes / 60)


def reason(obligation: Obligation) -> str:
    """Why it was waived or is void: as written, or as kept by Hilo itself."""
    return str(VOID_REASONS.get(obligation.reason or "", obligation.reason or ""))
