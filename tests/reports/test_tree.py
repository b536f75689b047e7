"""Which lines of the tree of units are shown."""

from __future__ import annotations

import pytest

from app.accounts.models import UnitKind
from app.accounts.queries import Place
from app.coaching.compliance import Line
from app.coaching.rules import Tally
from app.reports import tree as module
from app.reports.tree import most_missing, tree

KINDS = (UnitKind.PROGRAMME, UnitKind.PARTNER, UnitKind.SITE, UnitKind.TEAM)


def line(*ancestors: int, root: int = 1) -> Line:
    depth = len(ancestors) - root
    place = Place(
        id=ancestors[-1], name=f"U{ancestors[-1]}", path="x", kind=KINDS[len(ancestors) - 1],
        parent_id=ancestors[-2] if len(ancestors) > 1 else None, ancestors=ancestors, market=None, time_zone="UTC",
        line_of_business=None, language="en",
    )  # fmt: skip
    return Line(Tally(), None, None, 0, {}, unit=place, depth=depth)


WHOLE = [
    line(1), line(1, 2), line(1, 2, 3), line(1, 2, 3, 4), line(1, 2, 3, 8), line(1, 5), line(1, 5, 6), line(1, 5, 6, 7),
    line(1, 5, 6, 9),
]  # fmt: skip


def shown(lines: list[Line], asked: str = "") -> list[int]:
    return [one.unit.id for one in tree(lines, asked).lines if one.unit]


def test_a_small_tree_is_shown_whole() -> None:
    assert shown(WHOLE) == [1, 2, 3, 4, 8, 5, 6, 7, 9]
    assert tree(WHOLE, "").whole
    assert tree(WHOLE, "").branches == {}


@pytest.mark.parametrize(
    ("asked", "units"),
    [
        ("", [1, 2, 3, 5, 6]),
        ("all", [1, 2, 3, 4, 8, 5, 6, 7, 9]),
        ("0", [1]),
        ("1", [1, 2, 5]),
        ("1,2,5,6", [1, 2, 3, 5, 6, 7, 9]),
        ("3", [1]),
        ("1,4,77,x,-2", [1, 2, 5]),
    ],
)
def test_a_large_one_folds_its_teams_until_asked(monkeypatch: pytest.MonkeyPatch, asked: str, units: list[int]) -> None:
    monkeypatch.setattr(module, "FEW_LINES", 3)
    assert shown(WHOLE, asked) == units


def test_each_branch_asks_for_the_same_with_itself_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_LINES", 3)
    branches = tree(WHOLE, "").branches
    assert {unit: (b.below, b.unfolded) for unit, b in branches.items()} == {
        1: (2, True), 2: (1, True), 3: (2, False), 5: (1, True), 6: (2, False),
    }  # fmt: skip
    assert branches[3].ask == "1,2,3,5"
    assert branches[1].ask == "2,5"
    assert tree(WHOLE, "1").branches[1].ask == "0"


def test_who_sees_one_site_sees_its_teams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW_LINES", 1)
    site = [line(1, 2, 3, root=3), line(1, 2, 3, 4, root=3), line(1, 2, 3, 8, root=3)]
    assert shown(site) == [3, 4, 8]


def test_of_leads_those_are_kept_who_missed_most_in_the_order_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEADS_SHOWN", 2)
    entries = [
        (name, Line(Tally(in_time=met, missed=missed), None, None, 0, {}))
        for name, met, missed in (("Ana", 9, 1), ("Eva", 2, 5), ("Luz", 9, 0), ("Sol", 1, 2))
    ]
    assert [name for name, _line in most_missing(entries)] == ["Eva", "Sol"]
