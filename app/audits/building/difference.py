"""Two versions of a scorecard side by side: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from app.audits.building.document import Document, Entry


class Change(StrEnum):
    """What became of a criterion from one version to the other; its code says which one it is."""

    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Side:
    """A criterion in one of the versions, and its section's names."""

    entry: Entry
    section: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion in both versions, and the names of what differs."""

    code: str
    change: Change
    before: Side | None
    after: Side | None
    fields: frozenset[str] = frozenset()


COMPARED = tuple(one.name for one in fields(Entry) if one.name not in ("key", "code"))


def compare(before: Document, after: Document) -> list[Row]:
    """The criteria of the newer version in order, each beside the older one of its code; then those that are gone."""
    old, new = _sides(before), _sides(after)
    kept = [code for code in old if code in new]
    places = {code: place for place, code in enumerate(kept)}
    stays = _longest_rise([places[code] for code in new if code in old])
    rows = [
        _row(code, old.get(code), side, moved=code in places and places[code] not in stays)
        for code, side in new.items()
    ]
    return rows + [Row(code, Change.REMOVED, side, None) for code, side in old.items() if code not in new]


def _sides(document: Document) -> dict[str, Side]:
    return {entry.code: Side(entry, (part.name_en, part.name_es)) for part in document.parts for entry in part.entries}


def _row(code: str, before: Side | None, after: Side, *, moved: bool) -> Row:
    if before is None:
        return Row(code, Change.ADDED, None, after)
    differs = {name for name in COMPARED if getattr(before.entry, name) != getattr(after.entry, name)}
    if before.section != after.section:
        differs.add("section")
    change = Change.CHANGED if differs else Change.MOVED if moved else Change.SAME
    return Row(code, change, before, after, frozenset(differs))


def _longest_rise(places: Sequence[int]) -> set[int]:
    """The most of these that stand in rising order: who is not among them was moved."""
    best: list[list[int]] = []
    for place in places:
        before = max((run for run in best if run[-1] < place), key=len, default=[])
        best.append([*before, place])
    return set(max(best, key=len, default=[]))
