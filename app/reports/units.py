"""Figures of teams added up along the tree of units within reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.accounts.permissions import Permission
from app.accounts.queries import Place, places
from app.accounts.reach import unit_scope
from app.reports.declared import Question
from app.reports.laid_out import Row

Counts = Mapping[int, Sequence[float]]
"""By team id, what was counted there; of each the same number of figures."""


@dataclass(frozen=True)
class Units:
    """The units a report may name: all there are by id, and which of them are within reach."""

    known: Mapping[int, Place]
    scope: frozenset[int]

    @classmethod
    def of(cls, asked: Question) -> Units:
        """Those in scope, of the unit asked for."""
        known = places(asked.session)
        scope = None if asked.viewer is None else unit_scope(asked.viewer, Permission.SEE_REPORTS)
        seen = known if scope is None else asked.session.scalars(scope).all()
        top = asked.unit_id
        return cls(known, frozenset(one for one in seen if top is None or top in known[one].ancestors))

    @cached_property
    def in_order(self) -> list[Place]:
        """Parents before what is below them, by name."""
        mine = [self.known[one] for one in self.scope]
        return sorted(mine, key=lambda one: [self.known[above].name.casefold() for above in one.ancestors])

    def depth(self, place: Place) -> int:
        """How many units within reach stand above it."""
        return sum(above in self.scope for above in place.ancestors) - 1

    def added_up(self, counts: Counts) -> list[tuple[Place, list[float]]]:
        """Each unit below which anything was counted, with the sums of it and all below."""
        sums: dict[int, np.ndarray] = {}
        for team, figures in counts.items():
            here = np.asarray(figures, float)
            for above in self.known[team].ancestors:
                if above in self.scope:
                    sums[above] = sums[above] + here if above in sums else here
        return [(place, sums[place.id].tolist()) for place in self.in_order if place.id in sums]

    def row(self, place: Place, values: Sequence[object]) -> Row:
        """The line of a unit: its path in files, its name in the tree."""
        depth = self.depth(place)
        about = {"unit": place.id, "name": place.name, "sum": depth == 0}
        return Row((place.path or place.name, *values), depth, about)


def whole(counts: Counts, figures: int) -> list[float]:
    """All teams together."""
    return np.sum([list(one) for one in counts.values()], axis=0).tolist() if counts else [0.0] * figures
