"""The figures of a month cut by unit, lead, kind, market and tenure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places
from app.accounts.reach import unit_scope
from app.coaching.compliance.facts import CUT_BY, Counting, Fact, Facts, Ints, Wait, surely_over
from app.coaching.compliance.lines import Compliance, Cut, Line
from app.coaching.rules import TARGET, TARGET_METRIC, ObligationKind, Tally, Tenure, is_tracked
from app.core.clock import last_month
from app.metrics.queries import aims, targets
from app.metrics.rules import Aims, target_for

Key = TypeVar("Key", bound=Hashable)


def compliance(
    session: Session,
    viewer: User | None,
    month: date,
    *,
    at: datetime,
    unit_id: int | None = None,
    lead_id: int | None = None,
) -> Compliance:
    """Compliance of a month (its first day) as it stands at a moment.

    Within the units where `viewer` sees coaching, or of the whole programme when there is no viewer (command line,
    jobs); `unit_id` narrows it to one unit and all below, `lead_id` to what one lead owed.
    """
    known, live = places(session), settings.live_from(session)
    shown = _units_in_scope(session, viewer, known, unit_id)
    counting = Counting.of(session, viewer, at, unit_id=unit_id, lead_id=lead_id)
    last = last_month(month)
    top = unit_id if unit_id is not None else next((p.id for p in known.values() if p.parent_id is None), None)
    cut = _Counted(
        facts=counting.facts(last, month),
        waits=counting.waits([month]),
        changes=counting.changes(month),
        month=month,
        before_known=is_tracked(last, live),
        base=_base(month, top, lead_id),
        target=_Targets(known, aims(session.execute(targets())), month),
        top=top,
        closed=month in counting.closed,
        closed_before=last in counting.closed,
    )
    trend = counting.trend(month, cut.facts, live)
    return Compliance(
        month=month,
        at=at,
        tracked=is_tracked(month, live),
        finished=at >= surely_over(month),
        closed_at=counting.closed.get(month),
        total=next(iter(cut.lines(None, lambda _none: "all", lambda _key: {})), cut.nothing()),
        units=_unit_lines(cut, known, shown),
        leads=_lead_lines(session, cut),
        kinds=_kind_lines(cut),
        markets=_market_lines(cut, known),
        tenures=_tenure_lines(cut),
        trend=trend,
        closed_months=frozenset(one for one, _tally in trend if one in counting.closed),
    )


def target_in(session: Session, unit_id: int | None, month: date) -> float:
    """The share in time asked for in a unit in a month."""
    return _Targets(places(session), aims(session.execute(targets())), month).of(unit_id)


def _units_in_scope(session: Session, viewer: User | None, known: Mapping[int, Place], unit_id: int | None) -> set[int]:
    """The units the report may name, narrowed to one and those below it."""
    mine = set(known) if viewer is None else set(session.scalars(unit_scope(viewer, Permission.SEE_COACHING)))
    return mine if unit_id is None else {u for u in mine if unit_id in known[u].ancestors}


def _base(month: date, unit_id: int | None, lead_id: int | None) -> dict[str, str]:
    """What all figures share: the month, up to now, and the unit; the programme stands for all in scope."""
    narrowed = {} if unit_id is None else {"unit": str(unit_id)}
    by_lead = {} if lead_id is None else {"lead": str(lead_id)}
    return {"month": f"{month:%Y-%m}", "due": "by_now", **narrowed, **by_lead}


@dataclass(frozen=True, slots=True)
class _Targets:
    """The share in time asked for in each unit."""

    known: Mapping[int, Place]
    aims: Aims
    month: date

    def of(self, unit_id: int | None) -> float:
        place = self.known.get(unit_id or 0)
        found = target_for(self.aims, TARGET_METRIC, place.ancestors, self.month) if place is not None else None
        return TARGET if found is None else found


# --- How it is cut ---


@dataclass(frozen=True, slots=True)
class _Counted:
    """The facts of two months, ready to be cut by anything."""

    facts: Facts
    waits: Sequence[Wait]
    changes: Sequence[tuple[Fact, int]]
    month: date
    before_known: bool
    base: Mapping[str, str]
    target: _Targets
    top: int | None
    closed: bool
    closed_before: bool

    def lines(
        self,
        by: Cut | None,
        key_of: Callable[[Any], Key],
        filters: Callable[[Key], Mapping[str, str]],
        named: Callable[[Key], dict[str, Any]] = lambda _key: {},
        spread: Callable[[Key], Iterable[Key]] = lambda key: (key,),
    ) -> list[Line]:
        """A line for each key that anything of the two months has.

        `key_of` makes it of a value of the column the cut rests on; `spread` gives all keys it counts in.
        """
        found: dict[Key, Ints] = {}
        for value, counts in self.facts.by(by).items():
            for key in spread(key_of(value)):
                have = found.get(key)
                found[key] = counts if have is None else have + counts
        since, waits = self._since(by, key_of, spread), self._waits(by, key_of, spread)
        shared: dict[str, Any] = {"target": self.target.of(self.top), "closed_before": self.closed_before}
        lines = []
        for key, counts in found.items():
            before, now = (Tally(*of_month) for of_month in counts.tolist())
            moved, changed = since.get(key, (Tally(), 0))
            lines.append(
                Line(
                    now,
                    before if self.before_known else None,
                    median(waits[key]) if key in waits else None,
                    len(waits.get(key, ())),
                    {**self.base, **filters(key)},
                    self.closed,
                    moved,
                    changed,
                    **(shared | named(key)),
                )
            )
        return lines

    def _since(
        self, by: Cut | None, key_of: Callable[[Any], Key], spread: Callable[[Key], Iterable[Key]]
    ) -> dict[Key, tuple[Tally, int]]:
        """By what the figures of a closed month differ now, and how many obligations that comes from."""
        found: dict[Key, tuple[Tally, int]] = {}
        for fact, count in self.changes:
            for key in spread(key_of(_value(fact, by))):
                moved, changed = found.get(key, (Tally(), 0))
                found[key] = moved + Tally(*fact.counts), changed + count
        return found

    def _waits(
        self, by: Cut | None, key_of: Callable[[Any], Key], spread: Callable[[Key], Iterable[Key]]
    ) -> dict[Key, list[float]]:
        """How long fatal errors waited for the session that met them."""
        found: dict[Key, list[float]] = defaultdict(list)
        for wait in self.waits:
            for key in spread(key_of(_value(wait, by))):
                found[key].append(wait.hours)
        return found

    def nothing(self) -> Line:
        """The line of a month in which nothing was owed."""
        before = Tally() if self.before_known else None
        return Line(Tally(), before, None, 0, dict(self.base), self.closed, target=self.target.of(self.top))


def _value(one: Fact | Wait, by: Cut | None) -> Any:
    """The value of the column a cut rests on."""
    return None if by is None else getattr(one, CUT_BY[by].key)


def _unit_lines(cut: _Counted, known: Mapping[int, Place], shown: set[int]) -> list[Line]:
    """The tree of units that were owed anything, each with all below it, in the order of their paths."""
    lines = cut.lines(
        Cut.UNIT,
        int,
        lambda unit: {"unit": str(unit)},
        lambda unit: {
            "unit": known[unit],
            "depth": sum(above in shown for above in known[unit].ancestors) - 1,
            "target": cut.target.of(unit),
        },
        spread=lambda team: [unit for unit in known[team].ancestors if unit in shown],
    )
    return sorted(lines, key=lambda line: [known[u].name.casefold() for u in line.unit.ancestors] if line.unit else [])


def _lead_lines(session: Session, cut: _Counted) -> list[Line]:
    """By the lead of that time, by name; the line of teams without one last."""
    ids = [one for one in cut.facts.by(Cut.LEAD) if one is not None]
    people = {u.id: u for u in session.scalars(select(User).where(User.id.in_(ids)))}
    lines = cut.lines(
        Cut.LEAD,
        lambda lead: lead,
        lambda lead: {"lead": "none" if lead is None else str(lead)},
        lambda lead: {"lead": None if lead is None else people[lead]},
    )
    return sorted(lines, key=lambda line: (line.lead is None, line.lead.name.casefold() if line.lead else ""))


def _kind_lines(cut: _Counted) -> list[Line]:
    """By what the session was owed for."""
    lines = cut.lines(Cut.KIND, ObligationKind, lambda kind: {"kind": kind.value}, lambda kind: {"kind": kind})
    return sorted(lines, key=lambda line: list(ObligationKind).index(line.kind) if line.kind else 0)


def _market_lines(cut: _Counted, known: Mapping[int, Place]) -> list[Line]:
    """By the market of the team; the line of teams without one last."""
    lines = cut.lines(
        Cut.MARKET,
        lambda team: known[team].market,
        lambda market: {"market": market or "none"},
        lambda market: {"market": market},
    )
    return sorted(lines, key=lambda line: (line.market is None, line.market or ""))


def _tenure_lines(cut: _Counted) -> list[Line]:
    """By how long the agent had been here when the session came to be owed; not known for old rows."""
    lines = cut.lines(
        Cut.TENURE,
        lambda tenure: tenure,
        lambda tenure: {"tenure": tenure.value if tenure else "none"},
        lambda tenure: {"tenure": tenure},
    )
    return sorted(lines, key=lambda line: list(Tenure).index(line.tenure) if line.tenure else len(Tenure))
