"""The units a people file names: found, or made with the market, time zone and language its rows tell.

Market, time zone and language are the site's (of the deepest unit where no site is named): the most frequent of its
rows. A team of another market keeps its own; another time zone or language is the person's. A line of business is the
team's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.intake import PersonRow, Told
from app.accounts.models import Unit, UnitKind, UnitTree
from app.accounts.problems import PeopleProblem
from app.accounts.queries import Place, places
from app.accounts.services.units import programme_unit
from app.core import bulk
from app.core.problems import Problem

ATTRIBUTES = ("market", "time_zone", "language", "line_of_business")


@dataclass(slots=True)
class Draft:
    """A unit the file names, known or not yet."""

    kind: UnitKind
    name: str
    path: str
    parent: str
    place: Place | None
    told: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in ATTRIBUTES})
    own: dict[str, str] = field(default_factory=dict)
    """What is to be written on the unit."""
    market_line: int = 0
    market: str | None = None

    def settled(self, name: str) -> str | None:
        """What holds for the unit as known, before this file."""
        return getattr(self.place, name) if self.place is not None else None


@dataclass(slots=True)
class FileUnits:
    """The units of a file by key, and what is wrong with them."""

    drafts: dict[str, Draft]
    problems: list[Problem]

    @property
    def new(self) -> list[Draft]:
        return [draft for draft in self.drafts.values() if draft.place is None]


def key_of(row: PersonRow) -> str:
    """What identifies the deepest unit a row names: its path, whatever its case; the programme's is empty."""
    return _key(row.units)


@lru_cache(maxsize=1 << 14)
def _key(units: tuple[tuple[UnitKind, str], ...]) -> str:
    return "/".join(name for _kind, name in units).casefold()


def gather(session: Session, told: Told) -> FileUnits:
    """The units of the rows, compared with those known."""
    known = {place.path.casefold(): place for place in places(session).values()}
    units = FileUnits({}, [])
    for row in told.rows:
        keys = list(_drafts_of(row, known, units, told.headers))
        if keys:
            _count(row, keys, units, told.headers)
    _settle_markets(units, told.headers)
    for draft in units.drafts.values():
        for name, values in draft.told.items():
            if values and draft.settled(name) is None and name != "market":
                draft.own[name] = values.most_common(1)[0][0]
    return units


def _drafts_of(row: PersonRow, known: dict[str, Place], units: FileUnits, headers: dict[str, str]) -> Iterator[str]:
    """Keys of the units of a row, from the top; each noted when it is named first."""
    parent = ""
    for kind, name in row.units:
        key = f"{parent}/{name}".strip("/").casefold()
        draft = units.drafts.get(key)
        if draft is None:
            above = units.drafts[parent].path if parent else ""
            place = known.get(key)
            path = place.path if place else f"{above}/{name}".strip("/")
            draft = units.drafts[key] = Draft(kind, name, path, parent, place)
        if (draft.place.kind if draft.place else draft.kind) is not kind:
            units.problems.append(Problem(PeopleProblem.UNIT_KIND, row.line, headers[kind.value], name))
        yield key
        parent = key


def _count(row: PersonRow, keys: list[str], units: FileUnits, headers: dict[str, str]) -> None:
    """Note what a row tells of its site and of its deepest unit."""
    deepest = units.drafts[keys[-1]]
    holder = next((d for key in keys if (d := units.drafts[key]).kind is UnitKind.SITE), deepest)
    for name in ("market", "time_zone", "language"):
        value = getattr(row, name)
        if value is not None:
            holder.told[name][value] += 1
    if row.line_of_business is not None and deepest.kind is UnitKind.TEAM:
        deepest.told["line_of_business"][row.line_of_business] += 1
    if row.market is None or row.market == deepest.market:
        return
    if deepest.market is not None:
        units.problems.append(_differs(row.line, row.market, deepest.market, headers))
    else:
        deepest.market, deepest.market_line = row.market, row.line


def _settle_markets(units: FileUnits, headers: dict[str, str]) -> None:
    """Give sites the market most of their rows tell, and other markets to the teams that tell them."""
    resolved: dict[str, str | None] = {"": None}
    for key, draft in units.drafts.items():  # a unit comes after those above it
        known = draft.settled("market")
        resolved[key] = known or resolved[draft.parent]
        votes = draft.told["market"]
        if votes and known is None:
            resolved[key] = draft.own["market"] = votes.most_common(1)[0][0]
        if draft.market is None or draft.market == resolved[key]:
            continue
        if known is None and not votes:
            resolved[key] = draft.own["market"] = draft.market
        else:
            units.problems.append(_differs(draft.market_line, draft.market, resolved[key] or "", headers))


def _differs(line: int, value: str, other: str, headers: dict[str, str]) -> Problem:
    return Problem(PeopleProblem.UNIT_DIFFERS, line, headers["market"], value, other)


def make(session: Session, units: FileUnits) -> dict[str, Place]:
    """Write the units; returns them by key with what holds in each, the programme at the empty key."""
    root = programme_unit(session)
    above: dict[str, tuple[int, ...]] = {"": (root.id,)}
    above |= {key: draft.place.ancestors for key, draft in units.drafts.items() if draft.place is not None}
    missing = {key: draft for key, draft in units.drafts.items() if draft.place is None}
    for depth in sorted({key.count("/") for key in missing}):
        _insert(session, {key: draft for key, draft in missing.items() if key.count("/") == depth}, above)
    for draft in units.drafts.values():
        if draft.place is not None and draft.own:
            session.execute(update(Unit).where(Unit.id == draft.place.id).values(draft.own))
    settled = places(session)
    return {key: settled[ancestors[-1]] for key, ancestors in above.items()}


def _insert(session: Session, level: dict[str, Draft], above: dict[str, tuple[int, ...]]) -> None:
    """Insert the units of one depth, and their places in the tree."""
    columns = ("id", "kind", "name", "path", "parent_id", *ATTRIBUTES)
    rows = []
    tree: list[tuple[int, int, int]] = []
    for number, (key, draft) in enumerate(level.items(), start=bulk.reserve_ids(session, Unit, len(level))):
        above[key] = (*above[draft.parent], number)
        own = (draft.own.get(name) for name in ATTRIBUTES)
        rows.append((number, draft.kind, draft.name, draft.path, above[draft.parent][-1], *own))
        tree += [(ancestor, number, len(above[key]) - 1 - index) for index, ancestor in enumerate(above[key])]
    bulk.insert(session, Unit, columns, rows)
    bulk.insert(session, UnitTree, ("ancestor_id", "unit_id", "depth"), tree)
