"""What each audit of a file says of itself, settled for all of them at once: who, when, why and on which scorecard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.audits.catalog import Catalog
from app.audits.intake.columns import purpose_of
from app.audits.intake.gathered import Gathered, Mask, absent
from app.audits.intake.problems import FindingProblem
from app.audits.models import Purpose
from app.core.clock import day_of
from app.core.problems import Problem, ProblemKind
from app.core.sheets import TIME_EXAMPLE, looks_like_formula, parse_date, parse_datetimes

Ids = NDArray[np.int64]
Objects = NDArray[np.object_]
Hint = Callable[[int], str | None] | str | None

LONGEST_REFERENCE = 200
FURTHEST_AHEAD = timedelta(days=400)
"""A date beyond that is a mistyped year; a clock that is somewhat behind stops nothing."""


@dataclass(slots=True)
class Heads:
    """One entry per audit; of a bad one some are missing (None, or −1 among numbers)."""

    source: Objects
    reference: Objects
    contact_ref: Objects
    person: Ids
    auditor: Ids
    team: Ids
    """Of the person on the contact's day; −1 for none."""
    card: Objects
    version: Ids
    purpose: Objects
    channel: Objects
    language: Objects
    contact_at: Objects
    audited_at: Objects
    audited_on: Objects
    """The day of the audit at the agent's site."""
    reaudit_of: Objects


def settle(found: Gathered, catalog: Catalog, *, now: datetime) -> Heads:
    """Settle what the audits say of themselves, but for their versions; what is wrong is noted in `found`."""
    _check_texts(found)
    person = _agents(found, catalog)
    auditor = _people(found, catalog.people, "auditor_no", FindingProblem.UNKNOWN_AUDITOR)
    contact_at, sites = _moments(found, catalog, "contact_at", person, now)
    audited_at, audit_sites = _moments(found, catalog, "audited_at", person, now)
    contact_on, audited_on = _days(contact_at, sites), _days(audited_at, audit_sites)
    _check_order(found, contact_on, audited_on)
    ordinals = np.fromiter((day.toordinal() if day else 0 for day in contact_on), np.int64, len(found))
    return Heads(
        source=found.heads["source"].texts,
        reference=found.heads["audit_ref"].texts,
        contact_ref=_texts(found, "contact_ref"),
        person=person,
        auditor=auditor,
        team=catalog.teams.on(person, ordinals),
        card=_cards(found, catalog),
        version=np.full(len(found), -1, np.int64),
        purpose=_purposes(found),
        channel=_texts(found, "channel"),
        language=_texts(found, "language"),
        contact_at=contact_at,
        audited_at=audited_at,
        audited_on=audited_on,
        reaudit_of=_texts(found, "reaudit_of"),
    )


def complain(found: Gathered, mask: Mask, kind: StrEnum, name: str, hint: Hint = None) -> None:
    """Note the same problem with a column of the head of these audits; `hint` is one for all, or gives each its own."""
    cells, column = found.heads[name], found.headers[name]

    def make(audit: int) -> Problem:
        said = hint if hint is None or isinstance(hint, str) else hint(audit)
        return Problem(kind, int(found.lines[audit]), column, cells.distinct[cells.codes[audit]] or None, said)

    found.complaints.where(mask, make)
    found.blame(np.flatnonzero(mask))


def versions(found: Gathered, heads: Heads, catalog: Catalog, stored: Ids) -> None:
    """Settle which version of its scorecard each audit is on: the one named, the one stored, or that of its day."""
    labels = found.heads["version"].texts
    carded = ~absent(heads.card)
    for audit in np.flatnonzero(carded).tolist():
        card, label, day = heads.card[audit], labels[audit], heads.audited_on[audit]
        if label:
            named = card.labelled(label)
            heads.version[audit] = named.id if named else -1
        elif stored[audit] >= 0 and catalog.card_codes[int(stored[audit])] == card.code:
            heads.version[audit] = stored[audit]
        elif day is not None:
            heads.version[audit] = card.on(day).id
    unknown = (heads.version < 0) & (labels != "") & carded
    complain(found, unknown, FindingProblem.UNKNOWN_VERSION, "version")


def _check_texts(found: Gathered) -> None:
    """References are short and are no formulas."""
    for name in ("source", "audit_ref", "contact_ref", "channel", "language", "reaudit_of"):
        cells = found.heads[name]
        complain(found, cells.where(looks_like_formula), ProblemKind.FORMULA, name)
        long = cells.where(lambda text: len(text) > LONGEST_REFERENCE)
        complain(found, long, ProblemKind.TOO_LONG, name, str(LONGEST_REFERENCE))


def _agents(found: Gathered, catalog: Catalog) -> Ids:
    within, people = catalog.agents, catalog.people
    if within is not None:
        people = {number: person for number, person in people.items() if person in within}
    complain(found, found.heads["employee_no"].where(lambda text: not text), ProblemKind.REQUIRED, "employee_no")
    return _people(found, people, "employee_no", FindingProblem.UNKNOWN_AGENT)


def _people(found: Gathered, people: Mapping[str, int], name: str, kind: StrEnum) -> Ids:
    cells = found.heads[name]
    ids = cells.map(lambda text: people.get(text, -1)).astype(np.int64)
    complain(found, (ids < 0) & cells.where(bool), kind, name)
    return ids


def _cards(found: Gathered, catalog: Catalog) -> Objects:
    cells = found.heads["scorecard"]
    cards = cells.map(catalog.cards.get)
    empty = cells.where(lambda text: not text)
    complain(found, absent(cards) & ~empty, FindingProblem.UNKNOWN_SCORECARD, "scorecard")
    complain(found, empty, ProblemKind.REQUIRED, "scorecard")
    return cards


def _purposes(found: Gathered) -> Objects:
    cells = found.heads["purpose"]
    purposes = cells.map(purpose_of)
    unknown = cells.where(lambda text: purpose_of(text) is None)
    complain(found, unknown, ProblemKind.BAD_VALUE, "purpose", ", ".join(Purpose))
    return purposes


def _texts(found: Gathered, name: str) -> Objects:
    return found.heads[name].map(lambda text: text or None)


def _moments(found: Gathered, catalog: Catalog, name: str, person: Ids, now: datetime) -> tuple[Objects, list[str]]:
    """The moments of a column, and the zone of each person's site then."""
    cells = found.heads[name]
    written = cells.map(lambda text: _ordinal(text[:10])).astype(np.int64)
    zones = catalog.teams.zones_on(person, written)
    texts = cells.texts
    moments = np.empty(len(texts), np.object_)
    moments[:] = parse_datetimes(texts.tolist(), zones)
    empty, unread = cells.where(lambda text: not text), absent(moments)
    complain(found, empty, ProblemKind.REQUIRED, name)
    complain(found, unread & ~empty, ProblemKind.BAD_TIME, name, found.hints.get(name, TIME_EXAMPLE))
    latest = now + FURTHEST_AHEAD
    ahead = np.fromiter((moment is not None and moment > latest for moment in moments), np.bool_, len(moments))
    complain(found, ahead, FindingProblem.FUTURE, name)
    return moments, zones


@lru_cache(maxsize=1 << 12)
def _ordinal(text: str) -> int:
    """The number of a day; 0 for what is none."""
    day = parse_date(text)
    return day.toordinal() if day else 0


def _days(moments: Objects, zones: list[str]) -> Objects:
    """The calendar day of each moment where it was."""
    days = np.empty(len(moments), np.object_)
    days[:] = [moment and day_of(moment, zone) for moment, zone in zip(moments.tolist(), zones, strict=True)]
    return days


def _check_order(found: Gathered, contact_on: Objects, audited_on: Objects) -> None:
    """Nothing is audited on a day before it happened."""
    pairs = zip(contact_on.tolist(), audited_on.tolist(), strict=True)
    early = np.fromiter((_is_before(audited, contact) for contact, audited in pairs), np.bool_, len(found))
    said = found.heads["contact_at"].texts
    complain(found, early, FindingProblem.BEFORE_CONTACT, "audited_at", lambda audit: str(said[audit]))


def _is_before(first: date | None, second: date | None) -> bool:
    return first is not None and second is not None and first < second
