"""What roles, units and settings are called, and what stands in the activity log.

Every room names its own verbs in its `labels.VERBS`, and the values they keep in `labels.DETAILS`; `verb` and `detail`
know them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.accounts.models import AbsenceKind, Activity, Letters, UnitKind
from app.accounts.permissions import Role
from app.core.clock import zone_names

ROLES: dict[Role, LazyString] = {
    Role.AGENT: lazy_gettext("Agent"),
    Role.TEAM_LEAD: lazy_gettext("Team lead"),
    Role.TRAINER: lazy_gettext("Trainer"),
    Role.AUDITOR: lazy_gettext("Auditor"),
    Role.PROGRAM_MANAGER: lazy_gettext("Programme manager"),
    Role.PARTNER_MANAGER: lazy_gettext("Partner manager"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
}

UNIT_KINDS: dict[UnitKind, LazyString] = {
    UnitKind.PROGRAMME: lazy_gettext("Programme"),
    UnitKind.PARTNER: lazy_gettext("Partner"),
    UnitKind.SITE: lazy_gettext("Site"),
    UnitKind.TEAM: lazy_gettext("Team"),
}

ABSENCE_KINDS: dict[AbsenceKind, LazyString] = {
    AbsenceKind.VACATION: lazy_gettext("Vacation"),
    AbsenceKind.SICK: lazy_gettext("Sick leave"),
    AbsenceKind.LEAVE: lazy_pgettext("absence", "Leave"),
    AbsenceKind.OTHER: lazy_gettext("Other absence"),
}

LANGUAGES: dict[str, str] = {"en": "English", "es": "Español"}
"""Each in its own language, so that a reader finds theirs."""

NUMBER_FORMATS: dict[str, LazyString] = {
    "": lazy_gettext("As usual in the language"),
    "point": lazy_gettext("Point: 1,234.5"),
    "comma": lazy_gettext("Comma: 1.234,5"),
}

REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")

THEMES: dict[str, LazyString] = {
    "": lazy_gettext("Same as the device"),
    "light": lazy_pgettext("theme", "Light"),
    "dark": lazy_pgettext("theme", "Dark"),
}

VERBS: dict[str, LazyString] = {
    "absence.dropped": lazy_gettext("removed an absence"),
    "absence.noted": lazy_gettext("recorded an absence"),
    "absences.imported": lazy_gettext("imported absences"),
    "account.changed": lazy_gettext("changed their account"),
    "password.set": lazy_gettext("set a password"),
    "people.added": lazy_gettext("added people"),
    "people.imported": lazy_gettext("imported people"),
    "person.added": lazy_gettext("added a person"),
    "person.changed": lazy_gettext("changed a person"),
    "person.invited": lazy_gettext("invited a person"),
    "person.left": lazy_gettext("recorded that a person is leaving"),
    "person.moved": lazy_gettext("moved a person to a team"),
    "person.unassigned": lazy_gettext("removed a person from a team"),
    "role.given": lazy_gettext("assigned a role"),
    "role.taken": lazy_gettext("removed a role"),
    "setting.changed": lazy_gettext("changed a setting"),
    "unit.added": lazy_gettext("added a unit"),
    "unit.changed": lazy_gettext("changed a unit"),
}
"""What stands in the activity log after the name of who did it."""

DETAILS: dict[str, LazyString] = {
    "absences_changed": lazy_gettext("absences changed"),
    "absences_new": lazy_gettext("new absences"),
    "competency": lazy_gettext("competency"),
    "email": lazy_gettext("email"),
    "employee_no": lazy_gettext("employee number"),
    "file": lazy_gettext("file"),
    "from_day": lazy_gettext("from"),
    "grants_new": lazy_gettext("new roles"),
    "hired_on": lazy_pgettext("person", "hired"),
    "kind": lazy_gettext("kind"),
    "language": lazy_gettext("language"),
    "left_on": lazy_pgettext("person", "left"),
    "line_of_business": lazy_gettext("line of business"),
    "market": lazy_gettext("market"),
    "memberships_new": lazy_gettext("new teams"),
    "module": lazy_gettext("module"),
    "name": lazy_gettext("name"),
    "number_format": lazy_gettext("number format"),
    "path": lazy_gettext("unit"),
    "people_changed": lazy_gettext("people changed"),
    "people_new": lazy_gettext("new people"),
    "places_ended": lazy_gettext("teams and roles ended"),
    "reason": lazy_gettext("reason"),
    "role": lazy_gettext("role"),
    "rows": lazy_gettext("rows"),
    "setting": lazy_gettext("setting"),
    "theme": lazy_gettext("theme"),
    "time_zone": lazy_gettext("time zone"),
    "to_day": lazy_gettext("to"),
    "unchanged": lazy_gettext("unchanged"),
    "unit": lazy_gettext("unit"),
    "units_new": lazy_gettext("new units"),
    "valid_from": lazy_gettext("from"),
    "valid_to": lazy_gettext("until"),
    "value": lazy_gettext("value"),
    "weekly_contacts": lazy_gettext("contacts a week"),
}
"""What the values of a line are called; a room adds its own in its `labels.DETAILS`."""


def verb(key: str) -> str:
    """What somebody did, to be read after their name; the key itself when no room names it."""
    return str(named("VERBS").get(key, key))


def detail(line: Activity) -> str:
    """The values of a line in the activity log in words; those without a name are left to the export."""
    names, words = named("DETAILS"), _words(line.verb)
    return " · ".join(f"{names[key]}: {_value(value, words)}" for key, value in line.detail.items() if key in names)


@lru_cache(maxsize=4)
def named(table: str) -> dict[str, LazyString]:
    """The entries of this table in the `labels.py` of all rooms."""
    found: dict[str, LazyString] = {}
    for labels in _rooms():
        found |= getattr(labels, table, {})
    return found


@lru_cache(maxsize=1)
def _rooms() -> tuple[ModuleType, ...]:
    """The `labels.py` of every room."""
    house = import_module(__name__.partition(".")[0])
    rooms = (room.name for room in iter_modules(house.__path__, f"{house.__name__}.") if room.ispkg)
    return tuple(import_module(f"{room}.labels") for room in rooms if find_spec(f"{room}.labels") is not None)


@lru_cache(maxsize=256)
def _words(verb_key: str) -> dict[str, LazyString]:
    """What the members of enums are called in the room that names this verb."""
    room = next((labels for labels in _rooms() if verb_key in getattr(labels, "VERBS", {})), None)
    tables = [table for table in vars(room).values() if isinstance(table, dict)] if room is not None else []
    members = ((key, word) for table in tables for key, word in table.items() if isinstance(key, StrEnum))
    return {str(key): word for key, word in members if isinstance(word, LazyString)}


def time_zone_choices(chosen: str | None = None) -> list[tuple[str, str]]:
    """The time zones to choose from by region and city; one chosen earlier under another name is among them."""
    names = {name for name in zone_names() if name.partition("/")[0] in REGIONS} | {"UTC"}
    if chosen in zone_names():
        names.add(str(chosen))
    return [(name, name.replace("_", " ")) for name in sorted(names)]


def _value(value: Any, words: Mapping[str, LazyString]) -> str:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return f"{_value(value[0], words)} → {_value(value[1], words)}"
    if value is None or value == "":
        return "–"
    return str(words.get(str(value), value))


LETTERS = {
    "": lazy_gettext("Once a day, when something is new"),
    Letters.WEEKLY: lazy_gettext("Once a week, on Monday"),
    Letters.NEVER: lazy_gettext("No emails"),
}
"""How often somebody is mailed what is new."""
