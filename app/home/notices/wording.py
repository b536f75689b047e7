"""What sentences of several subjects share: names from a notice's detail, its days and times, and reasons to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import LazyString, lazy_gettext

from app.core.clock import zone
from app.core.i18n import Bilingual, day

Detail = Mapping[str, Any]
Sentences = dict[str, Callable[[Detail, str], str]]
"""By kind, what makes the sentence from the detail and the time zone of who reads it."""
Whys = dict[str, LazyString]
"""By kind, why somebody is told."""

LEADS = lazy_gettext("Because you lead the agent's team.")
MANAGED = lazy_gettext("Because you manage the unit these people are in.")
MANAGES = lazy_gettext("Because you manage the unit, and the team lead was notified twice.")
ASSIGNED = lazy_gettext("Because it was assigned to you.")
TAKES_PART = lazy_gettext("Because you take part in it.")
ANSWERS = lazy_gettext("Because it is yours to answer or to do.")
HOLDS = lazy_gettext("Because it is yours.")
AUDITED = lazy_gettext("Because it is about an audit of yours.")
MANAGES_UNIT = lazy_gettext("Because you manage the unit.")
TEACHES = lazy_gettext("Because you train the people in this unit.")


def module(detail: Detail) -> str:
    """The title of the module it is about."""
    return Bilingual(detail["module_en"], detail["module_es"]).text


def path(detail: Detail) -> str:
    """The title of the path it is about."""
    return Bilingual(detail["path_en"], detail["path_es"]).text


def title(detail: Detail) -> str:
    """The title of what is governed."""
    return Bilingual(detail["title_en"], detail["title_es"]).text


def due(detail: Detail) -> str:
    """The day it is due."""
    return day(date.fromisoformat(detail["due_on"]))


def when(written: str, zone_name: str) -> str:
    """A moment on the clock of that zone."""
    here = datetime.fromisoformat(written).astimezone(zone(zone_name))
    return f"{day(here.date())}, {here:%H:%M}"
