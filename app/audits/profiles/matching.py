"""What of a file's words is not known here, and what each may mean: listed for somebody to decide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Names
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits.intake.columns import UNKNOWN, cause_code, purpose_of
from app.audits.models import Criterion, Scorecard, ScorecardVersion
from app.audits.profiles import guessing
from app.audits.profiles.directory import everybody
from app.audits.profiles.mapped import Directory, name_key
from app.audits.profiles.mapping import PEOPLE, Mapping, PersonBy, Scale, plain
from app.audits.profiles.results import is_number, offered

_PARTS = re.compile(r"\s+[-–|/:]\s*|\s*[()\[\]<>|;]\s*")
MOST_LIKENED = 3_000
"""People among whom names that are alike are looked for."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the file: how often it stands there, what it means so far, and what it may mean."""

    text: str
    count: int
    means: str | None = None
    decided: bool = False
    offer: str | None = None
    beside: str | None = None
    """What else the file calls it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What words can mean here."""

    people: Names[str, str]
    """Names by employee number."""
    directory: Directory
    cards: Names[str, str]
    """Names by code."""
    criteria: Names[str, str]
    """Texts by code, of the scorecards the file is about."""
    called: Names[str, str]
    """Code by what a criterion is called, in either language."""


def known(session: Session, mapping: Mapping, by: User | None) -> Known:
    """People within reach, scorecards, and the criteria of those the profile is about: four queries."""
    cards = {card.code: card for card in session.scalars(select(Scorecard).order_by(Scorecard.code))}
    codes = {mapping.at("scorecard").says, *(code for code in mapping.words.get("scorecard", {}).values() if code)}
    about = [card.id for code, card in cards.items() if code in codes] or [card.id for card in cards.values()]
    versions = select(ScorecardVersion.id).where(ScorecardVersion.scorecard_id.in_(about))
    statement = select(Criterion).where(Criterion.version_id.in_(versions))
    lines = session.scalars(statement.order_by(Criterion.version_id, Criterion.position)).all()
    return Known(
        people=_people(session, by),
        directory=everybody(session, by),
        cards={code: card.name.text for code, card in cards.items()},
        criteria={line.code: line.text.text for line in lines},
        called={name: line.code for line in lines for name in (line.code, line.text_en, line.text_es) if name},
    )


def _people(session: Session, by: User | None) -> dict[str, str]:
    columns = (User.employee_no, User.name)
    rows = select(*columns)
    if by is not None and not everywhere(by, Permission.IMPORT_AUDITS):
        rows = User.visible_to(by).with_only_columns(*columns)
    return dict(session.execute(rows.order_by(User.name)).all())


def listed(name: str, mapping: Mapping, seen: Names[str, Any], known: Known) -> list[Word]:
    """The words of a kind that mean nothing here by themselves, the most frequent first: decided or not."""
    said = mapping.said(name)
    found = [(text, count) for text, count in seen.get("words", {}).get(name, []) if text or name == "result"]
    if name != "result":
        found = [(text, count) for text, count in found if not _is_known(name, text, mapping, known)]
    elif mapping.scale is Scale.POINTS:
        found = [(text, count) for text, count in found if plain(text) in said or not is_number(text)]
    offers = _offers(name, [text for text, _count in found if plain(text) not in said], seen, known)
    names = seen.get("names", {}) if name == "employee_no" else {}
    return [
        Word(text, count, said.get(plain(text)), plain(text) in said, offers.get(text), names.get(text))
        for text, count in found
    ]


def undecided(name: str, mapping: Mapping, seen: Names[str, Any], known: Known) -> int:
    """How many words of a kind nobody has decided on."""
    return sum(not word.decided for word in listed(name, mapping, seen, known))


def _is_known(name: str, text: str, mapping: Mapping, known: Known) -> bool:
    if name == "criterion":
        return text in known.criteria
    if name == "scorecard":
        return text in known.cards
    if name == "purpose":
        return purpose_of(text) is not None
    if name == "cause":
        return cause_code(text) != UNKNOWN
    by = mapping.person_by.get(name, PersonBy.NUMBER)
    if by is PersonBy.EMAIL:
        return text.casefold() in known.directory.by_email
    if by is PersonBy.NAME:
        return name_key(text) in known.directory.by_name
    return by is PersonBy.NUMBER and text in known.people


def _offers(name: str, texts: Iterable[str], seen: Names[str, Any], known: Known) -> dict[str, str]:
    if name in PEOPLE:
        return _people_offered(list(texts), seen.get("names", {}) if name == "employee_no" else {}, known)
    found: dict[str, str | None] = {}
    for text in texts:
        if name == "criterion":
            found[text] = guessing.like(text, known.called)
        elif name == "scorecard":
            found[text] = guessing.like(text, {called: code for code, called in known.cards.items()})
        elif name == "result":
            result = offered(text)
            found[text] = result.value if result else None
    return {text: means for text, means in found.items() if means is not None}


def _people_offered(texts: list[str], beside: Names[str, str], known: Known) -> dict[str, str]:
    """By what stands beside, by the number without its noughts, by a name that is alike."""
    by_number = {number.lstrip("0").casefold(): number for number in known.people}
    few = len(known.people) <= MOST_LIKENED and len(texts) <= MOST_LIKENED // 10
    alike = list(known.directory.by_name) if few else []
    found: dict[str, str] = {}
    for text in texts:
        person = person_called(beside.get(text, ""), known) or person_called(text, known)
        person = person or by_number.get(text.lstrip("0").casefold()) or _by_part(text, known)
        if person is None and alike and (close := get_close_matches(name_key(text), alike, 1, 0.85)):
            person = known.directory.by_name[close[0]]
        if person is not None:
            found[text] = person
    return found


def _by_part(text: str, known: Known) -> str | None:
    """Who is meant by a text that says number and name: all its parts that are somebody are the same person."""
    parts = [part for part in _PARTS.split(text) if part.strip()] if _PARTS.search(text) else []
    found = {person for part in parts if (person := person_called(part, known))}
    return found.pop() if len(found) == 1 else None


def person_called(text: str, known: Known) -> str | None:
    """The employee number of who is called so: by number, mail or name."""
    text = text.strip()
    if not text:
        return None
    if text in known.people:
        return text
    return known.directory.by_email.get(text.casefold()) or known.directory.by_name.get(name_key(text))
