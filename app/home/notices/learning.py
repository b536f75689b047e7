"""What notices of modules, certificates, paths, live sessions and practices say."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.curriculum.following.rules import REMINDED
from app.home import reminders
from app.home.notices.wording import (
    ASSIGNED,
    HOLDS,
    TAKES_PART,
    TEACHES,
    Detail,
    Sentences,
    Whys,
    due,
    module,
    path,
    when,
)


def _module_assigned(detail: Detail, _zone: str) -> str:
    if not detail.get("due_on"):
        return _("A module was assigned: “%(module)s”.", module=module(detail))
    return _("A module was assigned: “%(module)s”, due on %(day)s.", module=module(detail), day=due(detail))


def _module_due_soon(detail: Detail, _zone: str) -> str:
    return _("The module “%(module)s” is due on %(day)s.", module=module(detail), day=due(detail))


def _module_overdue(detail: Detail, _zone: str) -> str:
    return _(
        "The module “%(module)s” was due on %(day)s and was not completed by then.",
        module=module(detail),
        day=due(detail),
    )


def _module_given_back(detail: Detail, _zone: str) -> str:
    facts = {"module": module(detail), "remark": detail["remark"]}
    return _("The module “%(module)s” came back from review: %(remark)s", **facts)


def _learning_reminded(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s module is overdue since %(day)s. Please complete it.",
        "%(num)s modules are overdue, the first since %(day)s. Please complete them.",
        detail["count"],
        day=due(detail),
    )


def _certificate_expires(detail: Detail, _zone: str) -> str:
    return _("The certificate “%(module)s” expires on %(day)s.", module=module(detail), day=due(detail))


def _certificates_expire(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s certificate expires within %(days)s days and was not renewed yet.",
        "%(num)s certificates expire within %(days)s days and were not renewed yet.",
        detail["count"],
        days=detail["days"],
    )


def _path_assigned(detail: Detail, _zone: str) -> str:
    if not detail.get("due_on"):
        return _("A path was assigned: “%(path)s”.", path=path(detail))
    return _("A path was assigned: “%(path)s”, due on %(day)s.", path=path(detail), day=due(detail))


def _path_due_soon(detail: Detail, _zone: str) -> str:
    return _("The path “%(path)s” is due on %(day)s.", path=path(detail), day=due(detail))


def _path_overdue(detail: Detail, _zone: str) -> str:
    return _(
        "The path “%(path)s” was due on %(day)s and was not completed by then.", path=path(detail), day=due(detail)
    )


def _live_seated(detail: Detail, zone_name: str) -> str:
    facts = {"module": module(detail), "when": when(detail["at"], zone_name)}
    return _("You have a seat in the live session “%(module)s” on %(when)s.", **facts)


def _live_waiting(detail: Detail, zone_name: str) -> str:
    facts = {"module": module(detail), "when": when(detail["at"], zone_name)}
    return _("The live session “%(module)s” on %(when)s is full: you are on the waiting list.", **facts)


def _live_cancelled(detail: Detail, zone_name: str) -> str:
    facts = {"module": module(detail), "when": when(detail["at"], zone_name)}
    return _("The live session “%(module)s” on %(when)s was cancelled. You can choose another one.", **facts)


def _practice_scored(detail: Detail, _zone: str) -> str:
    if detail["passed"]:
        return _("The practice “%(module)s” was observed and passed.", module=module(detail))
    return _("The practice “%(module)s” was observed and not passed yet; you can try again.", module=module(detail))


def _practice_asked(detail: Detail, _zone: str) -> str:
    return _("%(name)s asks to be observed in “%(module)s”.", name=detail["name"], module=module(detail))


SENTENCES: Sentences = {
    "module.assigned": _module_assigned,
    reminders.MODULE_DUE_SOON: _module_due_soon,
    reminders.MODULE_OVERDUE: _module_overdue,
    "module.given_back": _module_given_back,
    REMINDED: _learning_reminded,
    reminders.CERTIFICATE_EXPIRES: _certificate_expires,
    reminders.CERTIFICATES_EXPIRE: _certificates_expire,
    "path.assigned": _path_assigned,
    reminders.PATH_DUE_SOON: _path_due_soon,
    reminders.PATH_OVERDUE: _path_overdue,
    "live.seated": _live_seated,
    "live.waiting": _live_waiting,
    "live.cancelled": _live_cancelled,
    "practice.scored": _practice_scored,
    "practice.asked": _practice_asked,
}
WHYS: Whys = {
    reminders.CERTIFICATES_EXPIRE: TEACHES,
    **dict.fromkeys(
        (
            "module.assigned",
            "path.assigned",
            "module.given_back",
            REMINDED,
            reminders.MODULE_DUE_SOON,
            reminders.MODULE_OVERDUE,
            reminders.PATH_DUE_SOON,
            reminders.PATH_OVERDUE,
        ),
        ASSIGNED,
    ),
    **dict.fromkeys(("live.seated", "live.waiting", "live.cancelled", "practice.scored"), TAKES_PART),
    reminders.CERTIFICATE_EXPIRES: HOLDS,
    "practice.asked": lazy_gettext("Because you lead or train the person's team."),
}
"""All else concerns the reader."""
