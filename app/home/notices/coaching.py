"""What notices of coaching sessions and what is owed say."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.coaching.rules import ObligationKind
from app.core.i18n import month_name, number
from app.home import reminders
from app.home.notices.wording import LEADS, MANAGES, TAKES_PART, Detail, Sentences, Whys, when


def _session_overdue(detail: Detail, zone_name: str) -> str:
    facts = {"name": detail["name"], "when": when(detail["due_at"], zone_name)}
    said = OVERDUE.get(ObligationKind(detail["obligation"]), OVERDUE[ObligationKind.CADENCE])
    return str(said) % facts


OVERDUE = {
    ObligationKind.FATAL: lazy_gettext(
        "The session with %(name)s after a fatal error was due by %(when)s and was not held by then."
    ),
    ObligationKind.GAP: lazy_gettext(
        "The session with %(name)s on a new gap was due by %(when)s and was not held by then."
    ),
    ObligationKind.ASKED: lazy_gettext("The session %(name)s asked for was due by %(when)s and was not held by then."),
    ObligationKind.NOMINATED: lazy_gettext(
        "The session with %(name)s that quality proposed was due by %(when)s and was not held by then."
    ),
    ObligationKind.FAILED: lazy_gettext(
        "The session with %(name)s after an audit below the mark was due by %(when)s and was not held by then."
    ),
    ObligationKind.DSAT: lazy_gettext(
        "The session with %(name)s after a dissatisfied customer was due by %(when)s and was not held by then."
    ),
    ObligationKind.REPEAT: lazy_gettext(
        "The session with %(name)s on a repeat finding was due by %(when)s and was not held by then."
    ),
    ObligationKind.FOLLOW_UP: lazy_gettext(
        "The follow-up session with %(name)s was due by %(when)s and was not held by then."
    ),
    ObligationKind.CADENCE: lazy_gettext(
        "The regular session with %(name)s was due by %(when)s and was not held by then."
    ),
}
"""By what it was owed for."""


def _session_unconfirmed(detail: Detail, zone_name: str) -> str:
    by_when = when(detail["acknowledge_by"], zone_name)
    return _("A coaching session was due to be confirmed by %(when)s and was not.", when=by_when)


def _session_held(detail: Detail, zone_name: str) -> str:
    if not detail.get("acknowledge_by"):
        return _("A coaching session was logged; please read and confirm it.")
    by_when = when(detail["acknowledge_by"], zone_name)
    return _("A coaching session was logged; please read and confirm it by %(when)s.", when=by_when)


def _session_scheduled(detail: Detail, zone_name: str) -> str:
    return _("A coaching session is planned for %(when)s.", when=when(detail["scheduled_for"], zone_name))


def _session_cancelled(_detail: Detail, _zone: str) -> str:
    return _("A planned coaching session was cancelled.")


def _session_no_show(detail: Detail, zone_name: str) -> str:
    return _("The session planned for %(when)s did not take place.", when=when(detail["scheduled_for"], zone_name))


def _session_asked(detail: Detail, zone_name: str) -> str:
    facts = {**detail, "when": when(detail["due_at"], zone_name)}
    return _("%(name)s asks for a session, due by %(when)s: “%(reason)s”", **facts)


def _session_nominated(detail: Detail, zone_name: str) -> str:
    facts = {**detail, "when": when(detail["due_at"], zone_name)}
    return _("Quality proposes a session with %(name)s, due by %(when)s: “%(reason)s”", **facts)


def _obligations_reassigned(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s open session came with agents who joined your team.",
        "%(num)s open sessions came with agents who joined your team.",
        detail["count"],
    )


def _escalated(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s session has been overdue for %(days)s days and nobody has held it.",
        "%(num)s sessions have been overdue for %(days)s days and nobody has held them.",
        detail["count"],
        days=detail["days"],
    )


def _standing(detail: Detail, _zone: str) -> str:
    return _(
        "%(month)s closes in a few days: %(part)s of %(whole)s sessions on time so far; %(left)s can still be held on time.",
        month=month_name(date.fromisoformat(detail["month"])),
        part=number(detail["in_time"]),
        whole=number(detail["due"]),
        left=number(detail["left"]),
    )


def _reviewed(detail: Detail, _zone: str) -> str:
    return _("%(name)s reviewed a session you held.", name=detail["name"])


def _clash_first(detail: Detail, _zone: str) -> str:
    return _("%(name)s tried to settle the same for %(about)s at the same time; what you saved first counts.", **detail)


def _clash_second(detail: Detail, _zone: str) -> str:
    if not detail["name"]:
        return _("Something owed to %(about)s was settled by somebody else first; nothing was saved twice.", **detail)
    return _("%(name)s settled something owed to %(about)s first; nothing was saved twice.", **detail)


SENTENCES: Sentences = {
    reminders.SESSION_OVERDUE: _session_overdue,
    reminders.TO_CONFIRM: _session_unconfirmed,
    "session.held": _session_held,
    "session.scheduled": _session_scheduled,
    "session.cancelled": _session_cancelled,
    "session.no_show": _session_no_show,
    "session.asked": _session_asked,
    "session.nominated": _session_nominated,
    "obligations.reassigned": _obligations_reassigned,
    reminders.ESCALATED: _escalated,
    reminders.STANDING: _standing,
    "coaching.reviewed": _reviewed,
    "clash.first": _clash_first,
    "clash.second": _clash_second,
}
WHYS: Whys = {
    reminders.SESSION_OVERDUE: LEADS,
    reminders.ESCALATED: MANAGES,
    reminders.STANDING: lazy_gettext("Because you lead the team."),
    "obligations.reassigned": lazy_gettext("Because you lead the team they came to."),
    "session.asked": LEADS,
    "session.nominated": LEADS,
    "session.held": TAKES_PART,
    "session.scheduled": TAKES_PART,
    "session.cancelled": lazy_gettext("Because you were going to take part in it."),
    "session.no_show": lazy_gettext("Because you were going to take part in it."),
    reminders.TO_CONFIRM: TAKES_PART,
    "coaching.reviewed": lazy_gettext("Because you held the session."),
    "clash.first": lazy_gettext("Because what you saved came first."),
    "clash.second": lazy_gettext("Because you tried it at the same time."),
}
"""All else concerns the reader."""
