"""What a notice says, in the reader's language: on the first screen and in the daily mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.accounts.models import Notice
from app.coaching.rules import ObligationKind
from app.core.clock import zone
from app.core.i18n import Bilingual, day, month_name, number, time_zone
from app.curriculum.following.rules import REMINDED
from app.governance.initiatives.services import MILESTONE_OWNED, OWNED
from app.governance.reviews import services as reviews
from app.governance.risks.services import OWNED as RISK_OWNED
from app.home import governing, lapsing, reminders

Detail = Mapping[str, Any]


def sentence(notice: Notice, zone_name: str | None = None) -> str:
    """What happened, in one sentence, with times of that zone or the reader's; `KeyError` for a kind nobody tells of."""
    return SENTENCES[notice.kind](notice.detail, zone_name or time_zone())


def _module_assigned(detail: Detail, _zone: str) -> str:
    if not detail.get("due_on"):
        return _("A module was assigned: “%(module)s”.", module=_module(detail))
    return _("A module was assigned: “%(module)s”, due on %(day)s.", module=_module(detail), day=_due(detail))


def _module_due_soon(detail: Detail, _zone: str) -> str:
    return _("The module “%(module)s” is due on %(day)s.", module=_module(detail), day=_due(detail))


def _module_overdue(detail: Detail, _zone: str) -> str:
    return _(
        "The module “%(module)s” was due on %(day)s and was not completed by then.",
        module=_module(detail),
        day=_due(detail),
    )


def _certificate_expires(detail: Detail, _zone: str) -> str:
    return _("The certificate “%(module)s” expires on %(day)s.", module=_module(detail), day=_due(detail))


def _certificates_expire(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s certificate expires within %(days)s days and was not renewed yet.",
        "%(num)s certificates expire within %(days)s days and were not renewed yet.",
        detail["count"],
        days=detail["days"],
    )


def _learning_reminded(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s module is overdue, since %(day)s. Somebody asks to complete it.",
        "%(num)s modules are overdue, the first since %(day)s. Somebody asks to complete them.",
        detail["count"],
        day=_due(detail),
    )


def _path_assigned(detail: Detail, _zone: str) -> str:
    if not detail.get("due_on"):
        return _("A path was assigned: “%(path)s”.", path=_path(detail))
    return _("A path was assigned: “%(path)s”, due on %(day)s.", path=_path(detail), day=_due(detail))


def _path_due_soon(detail: Detail, _zone: str) -> str:
    return _("The path “%(path)s” is due on %(day)s.", path=_path(detail), day=_due(detail))


def _path_overdue(detail: Detail, _zone: str) -> str:
    return _(
        "The path “%(path)s” was due on %(day)s and was not completed by then.", path=_path(detail), day=_due(detail)
    )


def _live_seated(detail: Detail, zone_name: str) -> str:
    facts = {"module": _module(detail), "when": _when(detail["at"], zone_name)}
    return _("A seat is kept in the live session “%(module)s” on %(when)s.", **facts)


def _live_waiting(detail: Detail, zone_name: str) -> str:
    facts = {"module": _module(detail), "when": _when(detail["at"], zone_name)}
    return _("The live session “%(module)s” on %(when)s is full: there is a place on the waiting list.", **facts)


def _live_cancelled(detail: Detail, zone_name: str) -> str:
    facts = {"module": _module(detail), "when": _when(detail["at"], zone_name)}
    return _("The live session “%(module)s” on %(when)s was called off. Another one can be chosen.", **facts)


def _practice_scored(detail: Detail, _zone: str) -> str:
    if detail["passed"]:
        return _("The practice “%(module)s” was observed and is passed.", module=_module(detail))
    return _("The practice “%(module)s” was observed; it can be tried again.", module=_module(detail))


def _practice_asked(detail: Detail, _zone: str) -> str:
    return _("%(name)s asks to be observed in “%(module)s”.", name=detail["name"], module=_module(detail))


def _module_given_back(detail: Detail, _zone: str) -> str:
    facts = {"module": _module(detail), "remark": detail["remark"]}
    return _("The module “%(module)s” came back from review: %(remark)s", **facts)


def _session_overdue(detail: Detail, zone_name: str) -> str:
    facts = {"name": detail["name"], "when": _when(detail["due_at"], zone_name)}
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
    by_when = _when(detail["acknowledge_by"], zone_name)
    return _("A coaching session was to be confirmed by %(when)s and was not by then.", when=by_when)


def _session_held(detail: Detail, zone_name: str) -> str:
    if not detail.get("acknowledge_by"):
        return _("A coaching session was logged, to be read and confirmed.")
    by_when = _when(detail["acknowledge_by"], zone_name)
    return _("A coaching session was logged, to be read and confirmed by %(when)s.", when=by_when)


def _session_scheduled(detail: Detail, zone_name: str) -> str:
    return _("A coaching session is planned for %(when)s.", when=_when(detail["scheduled_for"], zone_name))


def _session_cancelled(_detail: Detail, _zone: str) -> str:
    return _("A planned coaching session was called off.")


def _audit_released(detail: Detail, _zone: str) -> str:
    return _("A contact was audited: audit %(reference)s, to be read.", reference=detail["reference"])


def _obligations_reassigned(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s open session came with agents who joined a team led here.",
        "%(num)s open sessions came with agents who joined a team led here.",
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
        "%(month)s closes in a few days: %(part)s of %(whole)s sessions in time so far, %(left)s can still be held in time.",
        month=month_name(date.fromisoformat(detail["month"])),
        part=number(detail["in_time"]),
        whole=number(detail["due"]),
        left=number(detail["left"]),
    )


def _reviewed(detail: Detail, _zone: str) -> str:
    return _("%(name)s has reviewed a session of one's own.", name=detail["name"])


def _session_no_show(detail: Detail, zone_name: str) -> str:
    return _("The session planned for %(when)s did not take place.", when=_when(detail["scheduled_for"], zone_name))


def _session_asked(detail: Detail, zone_name: str) -> str:
    facts = {**detail, "when": _when(detail["due_at"], zone_name)}
    return _("%(name)s asks for a session, due by %(when)s: “%(reason)s”", **facts)


def _session_nominated(detail: Detail, zone_name: str) -> str:
    facts = {**detail, "when": _when(detail["due_at"], zone_name)}
    return _("Quality proposes a session with %(name)s, due by %(when)s: “%(reason)s”", **facts)


def _clash_first(detail: Detail, _zone: str) -> str:
    return _(
        "%(name)s tried to settle the same for %(about)s at the same time; what was saved here first holds.", **detail
    )


def _clash_second(detail: Detail, _zone: str) -> str:
    if not detail["name"]:
        return _("Something owed to %(about)s was settled by somebody else first; nothing was saved twice.", **detail)
    return _("%(name)s settled something owed to %(about)s first; nothing was saved twice.", **detail)


def _dispute_to_answer(detail: Detail, zone_name: str) -> str:
    by_when = _when(detail["due"], zone_name)
    return _(
        "A miss of audit %(reference)s is disputed, to be answered by %(when)s.",
        reference=detail["reference"],
        when=by_when,
    )


def _dispute_answered(detail: Detail, _zone: str) -> str:
    return _("The dispute of a miss in audit %(reference)s was answered.", reference=detail["reference"])


def _audit_unreleased(detail: Detail, _zone: str) -> str:
    return _("Audit %(reference)s could not be released at the set time: something in it is open.", **detail)


def _reaudit_done(detail: Detail, _zone: str) -> str:
    return _("Audit %(reference)s was scored again by somebody who did not see its answers.", **detail)


def _reaudit_contested(detail: Detail, _zone: str) -> str:
    return _("The reaudit of audit %(reference)s is contested by its auditor.", **detail)


def _reaudit_answered(detail: Detail, _zone: str) -> str:
    return _("What was contested in the reaudit of audit %(reference)s was answered.", **detail)


def _calibration_scoring(detail: Detail, zone_name: str) -> str:
    if not detail.get("meets_at"):
        return _("The calibration “%(name)s” is to be scored.", **detail)
    return _(
        "The calibration “%(name)s” is to be scored before the meeting of %(when)s.",
        name=detail["name"],
        when=_when(detail["meets_at"], zone_name),
    )


def _calibration_review(detail: Detail, _zone: str) -> str:
    return _("The answers of the calibration “%(name)s” are to be looked at.", **detail)


def _calibration_resolved(detail: Detail, _zone: str) -> str:
    return _("The calibration “%(name)s” is resolved: its agreed answers stand.", **detail)


def _audit_corrected(detail: Detail, _zone: str) -> str:
    return _("A check of audit %(reference)s was corrected.", **detail)


def _root_cause_owned(detail: Detail, _zone: str) -> str:
    return _(
        "A corrective action for DSAT case %(reference)s is to be taken by %(day)s.",
        reference=detail["reference"],
        day=_due(detail),
    )


def _module(detail: Detail) -> str:
    return Bilingual(detail["module_en"], detail["module_es"]).text


def _path(detail: Detail) -> str:
    return Bilingual(detail["path_en"], detail["path_es"]).text


def _due(detail: Detail) -> str:
    return day(date.fromisoformat(detail["due_on"]))


def _when(written: str, zone_name: str) -> str:
    here = datetime.fromisoformat(written).astimezone(zone(zone_name))
    return f"{day(here.date())}, {here:%H:%M}"


def _cohort_seated(detail: Detail, _zone: str) -> str:
    return _("A seat is kept in the cohort “%(name)s”.", **detail)


def _cohort_cancelled(detail: Detail, _zone: str) -> str:
    return _("The cohort “%(name)s” was called off.", **detail)


def _teach_back_to_score(detail: Detail, zone_name: str) -> str:
    facts = {"name": detail["name"], "when": _when(detail["planned_for"], zone_name)}
    return _("The teach-back of %(name)s on %(when)s is to be scored.", **facts)


def _teach_back_decided(_detail: Detail, _zone: str) -> str:
    return _("It is decided what came of the teach-back.")


def _licence_issued(detail: Detail, _zone: str) -> str:
    return _("A licence to teach was issued, valid until %(day)s.", day=day(date.fromisoformat(detail["day"])))


def _licence_lapses(detail: Detail, _zone: str) -> str:
    facts = {"programme": Bilingual(detail["programme_en"], detail["programme_es"]).text, "day": _due(detail)}
    if detail["by_activity"]:
        return _("The licence to teach “%(programme)s” lapses on %(day)s unless it is kept by teaching.", **facts)
    return _("The licence to teach “%(programme)s” lapses on %(day)s unless it is renewed.", **facts)


def _licence_lapsed(detail: Detail, _zone: str) -> str:
    programme = Bilingual(detail["programme_en"], detail["programme_es"]).text
    return _("The licence to teach “%(programme)s” lapsed on %(day)s.", programme=programme, day=_due(detail))


def _licences_lapse(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s trainer holds a licence that lapses within %(days)s days.",
        "%(num)s trainers hold a licence that lapses within %(days)s days.",
        detail["count"],
        days=detail["days"],
    )


def _review_ready(detail: Detail, _zone: str) -> str:
    month = month_name(date.fromisoformat(detail["month"]))
    return _("The business review of %(unit)s for %(month)s is ready to be read.", unit=detail["unit"], month=month)


def _review_action(detail: Detail, _zone: str) -> str:
    facts = {"unit": detail["unit"], "action": detail["action"], "day": _due(detail)}
    return _("Agreed in the business review of %(unit)s, to be done by %(day)s: “%(action)s”", **facts)


def _review_action_overdue(detail: Detail, _zone: str) -> str:
    facts = {"unit": detail["unit"], "action": detail["action"], "day": _due(detail)}
    return _("An action of the business review of %(unit)s was to be done by %(day)s: “%(action)s”", **facts)


def _launch_check(detail: Detail, _zone: str) -> str:
    return _("Something on the checklist of a launch is to be seen to: %(name)s", **detail)


def _initiative_owned(detail: Detail, _zone: str) -> str:
    return _("The initiative “%(title)s” is to be led.", title=_title(detail))


def _milestone_owned(detail: Detail, _zone: str) -> str:
    facts = {"text": detail["text"], "title": _title(detail), "day": _due(detail)}
    return _("A milestone of “%(title)s” is due on %(day)s: %(text)s", **facts)


def _milestone_due_soon(detail: Detail, _zone: str) -> str:
    facts = {"text": detail["text"], "title": _title(detail), "day": _due(detail)}
    return _("A milestone of “%(title)s” is due soon, on %(day)s: %(text)s", **facts)


def _milestone_overdue(detail: Detail, _zone: str) -> str:
    facts = {"text": detail["text"], "title": _title(detail), "day": _due(detail)}
    return _("A milestone of “%(title)s” was due on %(day)s and is still open: %(text)s", **facts)


def _post_mortem_due(detail: Detail, _zone: str) -> str:
    return _(
        "It is to be written by %(day)s what the initiative “%(title)s” taught.", title=_title(detail), day=_due(detail)
    )


def _risk_owned(detail: Detail, _zone: str) -> str:
    return _("The risk “%(title)s” is to be looked at by %(day)s.", title=_title(detail), day=_due(detail))


def _risk_review_due(detail: Detail, _zone: str) -> str:
    return _("The review of the risk “%(title)s” was due on %(day)s.", title=_title(detail), day=_due(detail))


def _decision_review_due(detail: Detail, _zone: str) -> str:
    return _("The decision “%(title)s” was to be looked at again on %(day)s.", title=_title(detail), day=_due(detail))


def _title(detail: Detail) -> str:
    return Bilingual(detail["title_en"], detail["title_es"]).text


SENTENCES: dict[str, Callable[[Detail, str], str]] = {
    "module.assigned": _module_assigned,
    "root_cause.owned": _root_cause_owned,
    "module.given_back": _module_given_back,
    "live.seated": _live_seated,
    "live.waiting": _live_waiting,
    "live.cancelled": _live_cancelled,
    "practice.scored": _practice_scored,
    "practice.asked": _practice_asked,
    REMINDED: _learning_reminded,
    reminders.CERTIFICATE_EXPIRES: _certificate_expires,
    reminders.CERTIFICATES_EXPIRE: _certificates_expire,
    "path.assigned": _path_assigned,
    reminders.PATH_DUE_SOON: _path_due_soon,
    reminders.PATH_OVERDUE: _path_overdue,
    reminders.MODULE_DUE_SOON: _module_due_soon,
    reminders.MODULE_OVERDUE: _module_overdue,
    reminders.SESSION_OVERDUE: _session_overdue,
    reminders.ESCALATED: _escalated,
    reminders.STANDING: _standing,
    "coaching.reviewed": _reviewed,
    reminders.TO_CONFIRM: _session_unconfirmed,
    "session.held": _session_held,
    "session.scheduled": _session_scheduled,
    "session.cancelled": _session_cancelled,
    "audit.released": _audit_released,
    "session.no_show": _session_no_show,
    "session.asked": _session_asked,
    "session.nominated": _session_nominated,
    "clash.first": _clash_first,
    "clash.second": _clash_second,
    "obligations.reassigned": _obligations_reassigned,
    "dispute.to_answer": _dispute_to_answer,
    "dispute.answered": _dispute_answered,
    "cohort.seated": _cohort_seated,
    "cohort.cancelled": _cohort_cancelled,
    "audit.unreleased": _audit_unreleased,
    "reaudit.done": _reaudit_done,
    "reaudit.contested": _reaudit_contested,
    "reaudit.answered": _reaudit_answered,
    "audit.corrected": _audit_corrected,
    "teach_back.to_score": _teach_back_to_score,
    "teach_back.decided": _teach_back_decided,
    "licence.issued": _licence_issued,
    lapsing.LAPSES: _licence_lapses,
    lapsing.LAPSED: _licence_lapsed,
    lapsing.OTHERS: _licences_lapse,
    "launch.check": _launch_check,
    reviews.READY: _review_ready,
    reviews.ACTION: _review_action,
    governing.REVIEW_ACTION_OVERDUE: _review_action_overdue,
    "calibration.scoring": _calibration_scoring,
    "calibration.review": _calibration_review,
    "calibration.resolved": _calibration_resolved,
    OWNED: _initiative_owned,
    MILESTONE_OWNED: _milestone_owned,
    governing.MILESTONE_DUE_SOON: _milestone_due_soon,
    governing.MILESTONE_OVERDUE: _milestone_overdue,
    governing.POST_MORTEM_DUE: _post_mortem_due,
    RISK_OWNED: _risk_owned,
    governing.RISK_REVIEW_DUE: _risk_review_due,
    governing.DECISION_REVIEW_DUE: _decision_review_due,
}


def why(notice: Notice) -> str:
    """Why somebody got a notice."""
    return str(WHYS.get(notice.kind, OWN))


OWN = lazy_gettext("Because it concerns oneself.")
MANAGES_UNIT = lazy_gettext("Because the unit is managed here.")
LEADS = lazy_gettext("Because the session is owed by the team led here.")
TEACHES = lazy_gettext("Because the people are in a unit trained here.")
MANAGES = lazy_gettext("Because the team lead was told twice and the team is in a unit managed here.")
MANAGED = lazy_gettext("Because the people are in a unit managed here.")
WHYS = {
    lapsing.OTHERS: MANAGED,
    reminders.SESSION_OVERDUE: LEADS,
    reminders.ESCALATED: MANAGES,
    reminders.STANDING: LEADS,
    reminders.CERTIFICATES_EXPIRE: TEACHES,
    "obligations.reassigned": LEADS,
    reviews.READY: MANAGES_UNIT,
    "session.asked": LEADS,
    "practice.asked": lazy_gettext("Because the person is in a team led or trained here."),
    "session.nominated": LEADS,
    "clash.first": lazy_gettext("Because what was saved here was saved first."),
    "clash.second": lazy_gettext("Because it was tried here at the same time."),
}
"""By kind; all else concerns the reader."""
