"""The causes of cases from the most frequent down, with what markets or partners have of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.accounts.models import UnitKind
from app.accounts.queries import Place
from app.core import charts
from app.core.exports import Sheet
from app.core.i18n import percent

PARTNER, MARKET = "partner", "market"


@dataclass(frozen=True, slots=True)
class Line:
    """A cause: its cases, the share of all with those above it, and how many of each part."""

    key: str
    name: str
    count: int
    total: int
    so_far: int
    parts: Mapping[str, int]

    @property
    def added_up(self) -> float:
        """The share of all cases it has together with those above it."""
        return self.so_far / self.total


@dataclass(frozen=True, slots=True)
class Pareto:
    """The lines, and the parts they are told apart by: key and name."""

    lines: Sequence[Line]
    parts: Sequence[tuple[str, str]]
    total: int


def pareto(rows: Sequence[Any], by: str, places: Mapping[int, Place], names: Mapping[Any, Any]) -> Pareto:
    """From (cause, team, cases): the lines, most cases first, by partner or market."""
    totals: Counter[Any] = Counter()
    cells: dict[Any, Counter[str]] = {}
    labels: dict[str, str] = {}
    for cause, team, count in rows:
        key, name = _part(team, by, places)
        labels[key] = name
        totals[cause] += count
        cells.setdefault(cause, Counter())[key] += count
    order = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0].value))
    so_far, lines = 0, []
    for cause, count in order:
        so_far += count
        lines.append(Line(cause.value, str(names[cause]), count, totals.total(), so_far, cells[cause]))
    return Pareto(lines, sorted(labels.items(), key=lambda pair: (pair[0] == "", pair[1])), totals.total())


def _part(team: int | None, by: str, places: Mapping[int, Place]) -> tuple[str, str]:
    """The partner or market of a team, "" where it is in none."""
    place = places.get(team or 0)
    if by == MARKET:
        return (place.market, place.market) if place and place.market else ("", _("No market"))
    above = (places[number] for number in place.ancestors) if place else ()
    partner = next((one for one in above if one.kind is UnitKind.PARTNER), None)
    return (str(partner.id), partner.name) if partner else ("", _("No partner"))


def drawing(found: Pareto) -> charts.Spec:
    """The chart of the lines."""
    bars = [{"cause": one.name, "cases": one.count, "share": percent(one.added_up, 0)} for one in found.lines]
    return charts.pareto(bars, name="cause", value="cases", share="share", unit=_("Cases"))


def as_sheet(found: Pareto) -> Sheet:
    """The lines as a file."""
    headers = [_("Cause"), _("Cases"), _("Share"), _("Added up"), *(name for _key, name in found.parts)]
    rows = [
        [one.name, one.count, one.count / one.total, one.added_up, *(one.parts.get(key, 0) for key, _n in found.parts)]
        for one in found.lines
    ]
    kinds = ["text", "number", "rate", "rate", *("number" for _part in found.parts)]
    return Sheet(_("Causes"), headers, rows, kinds=kinds)
