"""Pure decisions about texts in two languages: which translation is out of date, and what differs between versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from app.core.i18n import LANGUAGES

PARTS = ("title", "body")


def stale_after(
    before: Mapping[str, Any], after: Mapping[str, Any], stale: str | None, *, up_to_date: bool
) -> str | None:
    """Which language's text is out of date once `before` has become `after`; `stale` is which one was.

    Where one language was changed and the other has text that was not, that one is. Where both were, or the writer says
    that the translation is `up_to_date`, none is. A text that is not there yet is missing, not out of date.
    """
    if up_to_date:
        return None
    changed = {
        code
        for code in LANGUAGES
        if any(before.get(f"{part}_{code}", "") != after.get(f"{part}_{code}", "") for part in PARTS)
    }
    if len(changed) != 1:
        return None if changed else stale
    (one,) = changed
    if stale == one:
        return None
    if not _has_text(before, one):
        return stale  # the translation was written for the first time
    other = next(code for code in LANGUAGES if code != one)
    return other if _has_text(after, other) else None


def _has_text(texts: Mapping[str, Any], code: str) -> bool:
    return any(texts.get(f"{part}_{code}") for part in PARTS)


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, and what became of it."""

    change: Change
    text: str


AROUND = 2
"""So many unchanged lines are shown before and after a change."""


def difference(before: str, after: str) -> list[Line]:
    """Line by line what was taken and added, with a few lines around; empty when nothing changed."""
    old, new = before.splitlines(), after.splitlines()
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND)
    return [line for group in groups for line in _lines(old, new, group)]


def _lines(old: list[str], new: list[str], group: list[tuple[str, int, int, int, int]]) -> Iterator[Line]:
    for tag, old_from, old_to, new_from, new_to in group:
        if tag == "equal":
            yield from (Line(Change.SAME, text) for text in old[old_from:old_to])
            continue
        yield from (Line(Change.TAKEN, text) for text in old[old_from:old_to])
        yield from (Line(Change.ADDED, text) for text in new[new_from:new_to])
