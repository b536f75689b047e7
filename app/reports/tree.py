"""What a page shows of many lines: teams stay folded until asked for, of leads those who missed most."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.coaching.compliance import Line

FEW_LINES = 16
"""A tree of no more lines is shown whole."""
DEEPEST = 2
"""Without being asked, what is this deep below the programme is shown: partners and sites."""
ALL = "all"
LEADS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the tree that has others below it: how many directly, and what to ask for to fold or unfold them."""

    below: int
    unfolded: bool
    ask: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The lines shown, and by unit id those that fold and unfold."""

    lines: list[Line]
    branches: dict[int, Branch]
    whole: bool
    """Whether no line is hidden."""


def tree(lines: Sequence[Line], asked: str) -> Tree:
    """What is shown of these lines (as `Compliance.units` has them, parents first) when `asked` says what is unfolded.

    `asked` is empty, `all`, or unit ids with commas between; ids that are not in the tree are passed over.
    """
    children: dict[int, int] = {}
    for line in lines:
        if line.unit is not None and line.unit.parent_id is not None:
            children[line.unit.parent_id] = children.get(line.unit.parent_id, 0) + 1
    parents = [line.unit.id for line in lines if line.unit is not None and line.unit.id in children]
    unfolded = _unfolded(lines, parents, asked)
    shown = [line for line in lines if line.unit is not None and _above(line, parents) <= unfolded]
    branches = {
        unit: Branch(children[unit], unit in unfolded, _ask(unfolded ^ {unit}, parents))
        for unit in parents
        if len(lines) > FEW_LINES
    }
    return Tree(shown, branches, whole=len(shown) == len(lines))


def _unfolded(lines: Sequence[Line], parents: Collection[int], asked: str) -> set[int]:
    if asked == ALL or (not asked and len(lines) <= FEW_LINES):
        return set(parents)
    if asked:
        named = set(asked.split(","))
        return {unit for unit in parents if str(unit) in named}
    return {
        line.unit.id
        for line in lines
        if line.unit is not None and line.unit.id in parents and (len(line.unit.ancestors) <= DEEPEST or not line.depth)
    }


def _above(line: Line, parents: Collection[int]) -> set[int]:
    """The units of the tree a line stands below."""
    return set() if line.unit is None else set(line.unit.ancestors[:-1]) & set(parents)


def _ask(unfolded: Collection[int], parents: Sequence[int]) -> str:
    return ",".join(str(unit) for unit in parents if unit in unfolded) or "0"


def most_missing(entries: Sequence[tuple[str, Line]]) -> list[tuple[str, Line]]:
    """Of more leads than fit a page those with most sessions not held in time, in the order given."""
    worst = sorted(entries, key=lambda entry: entry[1].tally.in_time - entry[1].tally.due)[:LEADS_SHOWN]
    kept = {id(line) for _name, line in worst}
    return [entry for entry in entries if id(entry[1]) in kept]
