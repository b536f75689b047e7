"""What a draft of a scorecard holds, as data: sections and criteria, how they are changed, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.audits.models import Cause, ErrorClass, Severity

FIRST_CODE = "C1"
_ENDS_IN_DIGITS = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A criterion; competencies by their codes."""

    key: int
    code: str
    text_en: str = ""
    text_es: str = ""
    guidance_en: str = ""
    guidance_es: str = ""
    weight: float = 1.0
    severity: Severity = Severity.MINOR
    error_class: ErrorClass | None = None
    fails_section: bool = False
    na_allowed: bool = True
    causes: tuple[str, ...] = ()
    """Offered on a fail; none: all there are."""
    competencies: tuple[str, ...] = ()

    @property
    def offered(self) -> list[Cause]:
        return [cause for cause in Cause if not self.causes or cause.value in self.causes]


@dataclass(slots=True)
class Part:
    """A section with its criteria in order."""

    key: int
    name_en: str
    name_es: str
    entries: list[Entry] = field(default_factory=list)


class FlawKind(StrEnum):
    """What keeps a draft from being published."""

    EMPTY = "empty"
    EMPTY_SECTION = "empty_section"
    SECTION_LANGUAGE = "section_language"
    TEXT_LANGUAGE = "text_language"
    GUIDANCE_LANGUAGE = "guidance_language"
    NO_WEIGHT = "no_weight"
    SAME_NAME = "same_name"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to mend, and where: the key and name of a section or criterion."""

    kind: FlawKind
    key: int | None = None
    name: str = ""


@dataclass(slots=True)
class Document:
    """The sections of a draft; each part and entry has a key that nothing else ever has in it."""

    parts: list[Part] = field(default_factory=list)
    last_key: int = 0

    def entries(self) -> Iterator[Entry]:
        """All criteria in order."""
        for part in self.parts:
            yield from part.entries

    def part(self, key: int) -> Part | None:
        """The section of this key."""
        return next((part for part in self.parts if part.key == key), None)

    def entry(self, key: int) -> Entry | None:
        """The criterion of this key."""
        return next((entry for entry in self.entries() if entry.key == key), None)

    def part_of(self, key: int) -> Part | None:
        """The section a criterion is in."""
        return next((part for part in self.parts if any(entry.key == key for entry in part.entries)), None)

    def new_key(self) -> int:
        self.last_key += 1
        return self.last_key

    def add_part(self, name_en: str, name_es: str) -> Part:
        """A section more, at the end."""
        part = Part(self.new_key(), name_en, name_es)
        self.parts.append(part)
        return part

    def put(self, entry: Entry, part: Part) -> None:
        """Add a criterion at the end of a section, or change the one of this key, where it stays unless the section changes."""
        old = self.part_of(entry.key)
        if old is part:
            part.entries = [entry if one.key == entry.key else one for one in part.entries]
            return
        self.remove(entry.key)
        part.entries.append(entry)

    def remove(self, key: int) -> None:
        """Take a criterion, or an empty section, away."""
        for part in self.parts:
            part.entries = [entry for entry in part.entries if entry.key != key]
        self.parts = [part for part in self.parts if part.key != key or part.entries]

    def move(self, key: int, step: int) -> None:
        """Move a section, or a criterion, one place up (−1) or down (1); a criterion goes on into the next section."""
        part = self.part(key)
        if part is not None:
            _shift(self.parts, self.parts.index(part), step)
            return
        part, entry = self.part_of(key), self.entry(key)
        if part is None or entry is None:
            return
        if not _shift(part.entries, part.entries.index(entry), step):
            self._cross(part, entry, step)

    def _cross(self, part: Part, entry: Entry, step: int) -> None:
        place = self.parts.index(part) + step
        if 0 <= place < len(self.parts):
            part.entries.remove(entry)
            others = self.parts[place].entries
            others.insert(0 if step > 0 else len(others), entry)

    def next_code(self, taken: Iterable[str] = ()) -> str:
        """A code for a new criterion: one after the highest of the last one's kind, and never one that was used before."""
        used = {entry.code for entry in self.entries()} | set(taken)
        codes = [entry.code for entry in self.entries()] or sorted(used) or [""]
        found = _ENDS_IN_DIGITS.match(codes[-1])
        if found is None:
            return FIRST_CODE if FIRST_CODE not in used else f"C{len(used) + 1}"
        stem, width = found[1], len(found[2])
        numbers = [int(m[2]) for code in used if (m := _ENDS_IN_DIGITS.match(code)) and m[1] == stem]
        return f"{stem}{max(numbers) + 1:0{width}}"


def _shift(entries: list[Any], place: int, step: int) -> bool:
    if not 0 <= place + step < len(entries):
        return False
    entries[place], entries[place + step] = entries[place + step], entries[place]
    return True


def flaws(document: Document) -> list[Flaw]:
    """What is missing before a draft can be published."""
    if not any(document.entries()):
        return [Flaw(FlawKind.EMPTY)]
    found = [flaw for part in document.parts for flaw in _flaws_of(part)]
    names = [(part.name_en.casefold(), part.name_es.casefold()) for part in document.parts]
    found += [
        Flaw(FlawKind.SAME_NAME, part.key, part.name_en or part.name_es)
        for place, part in enumerate(document.parts)
        if names[place] in names[:place]
    ]
    if not any(entry.weight for entry in document.entries()):
        found.append(Flaw(FlawKind.NO_WEIGHT))
    return found


def _flaws_of(part: Part) -> Iterator[Flaw]:
    name = part.name_en or part.name_es
    if not part.entries:
        yield Flaw(FlawKind.EMPTY_SECTION, part.key, name)
    if not (part.name_en and part.name_es):
        yield Flaw(FlawKind.SECTION_LANGUAGE, part.key, name)
    for entry in part.entries:
        if not (entry.text_en and entry.text_es):
            yield Flaw(FlawKind.TEXT_LANGUAGE, entry.key, entry.code)
        if bool(entry.guidance_en) != bool(entry.guidance_es):
            yield Flaw(FlawKind.GUIDANCE_LANGUAGE, entry.key, entry.code)


# --- Kept as JSON ---


def to_data(document: Document) -> dict[str, Any]:
    """The document as it is kept."""
    return {
        "last_key": document.last_key,
        "sections": [
            {
                "key": part.key,
                "name_en": part.name_en,
                "name_es": part.name_es,
                "criteria": [entry_to_data(entry) for entry in part.entries],
            }
            for part in document.parts
        ],
    }


def from_data(data: Mapping[str, Any]) -> Document:
    """The document from what is kept."""
    parts = [
        Part(one["key"], one["name_en"], one["name_es"], [entry_from_data(each) for each in one["criteria"]])
        for one in data.get("sections", [])
    ]
    return Document(parts, data.get("last_key", 0))


def entry_to_data(entry: Entry) -> dict[str, Any]:
    """A criterion as it is kept."""
    return {
        "key": entry.key,
        "code": entry.code,
        "text_en": entry.text_en,
        "text_es": entry.text_es,
        "guidance_en": entry.guidance_en,
        "guidance_es": entry.guidance_es,
        "weight": entry.weight,
        "severity": entry.severity.value,
        "error_class": entry.error_class.value if entry.error_class else None,
        "fails_section": entry.fails_section,
        "na_allowed": entry.na_allowed,
        "causes": list(entry.causes),
        "competencies": list(entry.competencies),
    }


def entry_from_data(data: Mapping[str, Any]) -> Entry:
    """A criterion from what is kept."""
    return replace(
        Entry(data["key"], data["code"]),
        **{name: data[name] for name in ("text_en", "text_es", "guidance_en", "guidance_es", "weight")},
        severity=Severity(data["severity"]),
        error_class=ErrorClass(data["error_class"]) if data["error_class"] else None,
        fails_section=data["fails_section"],
        na_allowed=data["na_allowed"],
        causes=tuple(data["causes"]),
        competencies=tuple(data["competencies"]),
    )


def shares(document: Document) -> Mapping[int, float]:
    """The share of the whole weight each criterion has, by key."""
    whole = sum(entry.weight for entry in document.entries())
    return {entry.key: entry.weight / whole if whole else 0.0 for entry in document.entries()}


def of_sections(sections: Sequence[tuple[str, str, Sequence[Entry]]]) -> Document:
    """A document of (name in English, in Spanish, criteria), with keys of its own."""
    document = Document()
    for name_en, name_es, entries in sections:
        part = document.add_part(name_en, name_es)
        part.entries = [replace(entry, key=document.new_key()) for entry in entries]
    return document
