"""What notices of audits, disputes, reaudits, calibrations and root causes say."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.core.i18n import Bilingual
from app.gaps.redefining.jobs import REDEFINED
from app.home.notices.wording import ANSWERS, AUDITED, TAKES_PART, Detail, Sentences, Whys, due, when


def _audit_released(detail: Detail, _zone: str) -> str:
    return _("A contact was audited: audit %(reference)s is ready to read.", reference=detail["reference"])


def _audit_unreleased(detail: Detail, _zone: str) -> str:
    return _("Audit %(reference)s could not be released at the set time: something in it is still open.", **detail)


def _audit_corrected(detail: Detail, _zone: str) -> str:
    return _("A check of audit %(reference)s was corrected.", **detail)


def _dispute_to_answer(detail: Detail, zone_name: str) -> str:
    by_when = when(detail["due"], zone_name)
    return _(
        "A miss in audit %(reference)s is disputed; please answer by %(when)s.",
        reference=detail["reference"],
        when=by_when,
    )


def _dispute_answered(detail: Detail, _zone: str) -> str:
    return _("The dispute of a miss in audit %(reference)s was answered.", reference=detail["reference"])


def _reaudit_done(detail: Detail, _zone: str) -> str:
    return _("Audit %(reference)s was scored again by somebody who did not see its answers.", **detail)


def _reaudit_contested(detail: Detail, _zone: str) -> str:
    return _("The reaudit of audit %(reference)s is contested by its auditor.", **detail)


def _reaudit_answered(detail: Detail, _zone: str) -> str:
    return _("What was contested in the reaudit of audit %(reference)s was answered.", **detail)


def _calibration_scoring(detail: Detail, zone_name: str) -> str:
    if not detail.get("meets_at"):
        return _("The calibration “%(name)s” is ready to score.", **detail)
    return _(
        "The calibration “%(name)s” is ready to score before the meeting on %(when)s.",
        name=detail["name"],
        when=when(detail["meets_at"], zone_name),
    )


def _calibration_review(detail: Detail, _zone: str) -> str:
    return _("The answers of the calibration “%(name)s” are ready for review.", **detail)


def _calibration_resolved(detail: Detail, _zone: str) -> str:
    return _("The calibration “%(name)s” is resolved: the agreed answers stand.", **detail)


def _root_cause_owned(detail: Detail, _zone: str) -> str:
    return _(
        "A corrective action for DSAT case %(reference)s is due by %(day)s.",
        reference=detail["reference"],
        day=due(detail),
    )


def _redefined(detail: Detail, _zone: str) -> str:
    facts = {"name": Bilingual(detail["name_en"], detail["name_es"]).text, "why": detail["refused"]}
    if detail["refused"]:
        return _("What checks of “%(name)s” are measured against was not changed: %(why)s", **facts)
    return _("What checks of “%(name)s” are measured against has changed, and all evidence follows it.", **facts)


SENTENCES: Sentences = {
    REDEFINED: _redefined,
    "audit.released": _audit_released,
    "audit.unreleased": _audit_unreleased,
    "audit.corrected": _audit_corrected,
    "dispute.to_answer": _dispute_to_answer,
    "dispute.answered": _dispute_answered,
    "reaudit.done": _reaudit_done,
    "reaudit.contested": _reaudit_contested,
    "reaudit.answered": _reaudit_answered,
    "calibration.scoring": _calibration_scoring,
    "calibration.review": _calibration_review,
    "calibration.resolved": _calibration_resolved,
    "root_cause.owned": _root_cause_owned,
}

WHYS: Whys = {
    REDEFINED: lazy_gettext("Because you asked for it."),
    **dict.fromkeys(("calibration.scoring", "calibration.review", "calibration.resolved"), TAKES_PART),
    **dict.fromkeys(("dispute.to_answer", "reaudit.contested", "root_cause.owned"), ANSWERS),
    **dict.fromkeys(("audit.released", "audit.corrected", "audit.unreleased", "reaudit.done"), AUDITED),
}
