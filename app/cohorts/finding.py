"""What the search finds here: cohorts, programmes for trainers, deliveries and launches."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import joinedload

from app.accounts.access import may
from app.accounts.permissions import Permission
from app.cohorts.deliveries.models import Delivery
from app.cohorts.launches.models import Launch
from app.cohorts.programmes.models import Cohort, TrainerProgramme
from app.core.finding import Asked, Finder, Hit
from app.core.i18n import day


def _cohorts(asked: Asked) -> Sequence[Hit]:
    found = Cohort.visible_to(asked.viewer).where(asked.each(Cohort.name)).options(joinedload(Cohort.programme))
    return [
        Hit(url_for("cohorts.cohort", cohort_id=one.id), one.name, one.programme.title)
        for one in asked.first(found.order_by(Cohort.starts_on.desc(), Cohort.id))
    ]


def _programmes(asked: Asked) -> Sequence[Hit]:
    named = asked.each(TrainerProgramme.title_en, TrainerProgramme.title_es, TrainerProgramme.code)
    found = TrainerProgramme.visible_to(asked.viewer).where(named).order_by(TrainerProgramme.code)
    return [Hit(url_for("cohorts.programme", programme_id=one.id), one.title, one.code) for one in asked.first(found)]


def _deliveries(asked: Asked) -> Sequence[Hit]:
    found = Delivery.visible_to(asked.viewer).where(asked.each(Delivery.title)).options(joinedload(Delivery.unit))
    return [
        Hit(
            url_for("cohorts.delivery", delivery_id=one.id),
            one.title,
            f"{one.unit.path.replace('/', ' · ') or one.unit.name} · {day(one.starts_at)}",
        )
        for one in asked.first(found.order_by(Delivery.starts_at.desc(), Delivery.id))
    ]


def _launches(asked: Asked) -> Sequence[Hit]:
    if not may(asked.viewer, Permission.SEE_COHORTS):
        return ()
    named = asked.each(Launch.title_en, Launch.title_es, Launch.code)
    found = Launch.visible_to(asked.viewer).where(named).order_by(Launch.go_live_on.desc(), Launch.id)
    return [
        Hit(url_for("cohorts.launch", launch_id=one.id), one.title, f"{one.code} · {day(one.go_live_on)}")
        for one in asked.first(found)
    ]


FINDERS = (
    Finder("cohorts", lazy_gettext("Cohorts"), _cohorts),
    Finder("programmes", lazy_gettext("Trainer programmes"), _programmes),
    Finder("deliveries", lazy_gettext("Deliveries"), _deliveries),
    Finder("launches", lazy_gettext("Launches"), _launches),
)
