"""What notices of cohorts, teach-backs, licences to teach and launches say."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.i18n import Bilingual, day
from app.home import lapsing
from app.home.notices.wording import ANSWERS, HOLDS, MANAGED, TAKES_PART, Detail, Sentences, Whys, due, when


def _cohort_seated(detail: Detail, _zone: str) -> str:
    return _("You have a seat in the cohort “%(name)s”.", **detail)


def _cohort_cancelled(detail: Detail, _zone: str) -> str:
    return _("The cohort “%(name)s” was cancelled.", **detail)


def _teach_back_to_score(detail: Detail, zone_name: str) -> str:
    facts = {"name": detail["name"], "when": when(detail["planned_for"], zone_name)}
    return _("The teach-back of %(name)s on %(when)s is ready to score.", **facts)


def _teach_back_decided(_detail: Detail, _zone: str) -> str:
    return _("The outcome of the teach-back has been decided.")


def _licence_issued(detail: Detail, _zone: str) -> str:
    return _("A licence to teach was issued, valid until %(day)s.", day=day(date.fromisoformat(detail["day"])))


def _licence_lapses(detail: Detail, _zone: str) -> str:
    facts = {"programme": Bilingual(detail["programme_en"], detail["programme_es"]).text, "day": due(detail)}
    if detail["by_activity"]:
        return _("The licence to teach “%(programme)s” lapses on %(day)s unless it is kept by teaching.", **facts)
    return _("The licence to teach “%(programme)s” lapses on %(day)s unless it is renewed.", **facts)


def _licence_lapsed(detail: Detail, _zone: str) -> str:
    programme = Bilingual(detail["programme_en"], detail["programme_es"]).text
    return _("The licence to teach “%(programme)s” lapsed on %(day)s.", programme=programme, day=due(detail))


def _licences_lapse(detail: Detail, _zone: str) -> str:
    return ngettext(
        "%(num)s trainer holds a licence that lapses within %(days)s days.",
        "%(num)s trainers hold a licence that lapses within %(days)s days.",
        detail["count"],
        days=detail["days"],
    )


def _launch_check(detail: Detail, _zone: str) -> str:
    return _("Something on the checklist of a launch needs your attention: %(name)s", **detail)


SENTENCES: Sentences = {
    "cohort.seated": _cohort_seated,
    "cohort.cancelled": _cohort_cancelled,
    "teach_back.to_score": _teach_back_to_score,
    "teach_back.decided": _teach_back_decided,
    "licence.issued": _licence_issued,
    lapsing.LAPSES: _licence_lapses,
    lapsing.LAPSED: _licence_lapsed,
    lapsing.OTHERS: _licences_lapse,
    "launch.check": _launch_check,
}
WHYS: Whys = {
    lapsing.OTHERS: MANAGED,
    **dict.fromkeys(("cohort.seated", "cohort.cancelled"), TAKES_PART),
    **dict.fromkeys(("teach_back.to_score", "launch.check"), ANSWERS),
    **dict.fromkeys(("licence.issued", lapsing.LAPSES, lapsing.LAPSED), HOLDS),
}
"""All else concerns the reader."""
