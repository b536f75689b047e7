"""What the tests of first screens share: a fixed moment, and a world with records about everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from app.gaps.rules import GapState
from tests.conftest import Cast
from tests.home.audited import make_audited
from tests.home.world import NOW, World
from tests.shelf import Shelf


@pytest.fixture
def at_nine() -> Iterator[None]:
    """It is Tuesday 3 November 2026, 09:14 in Bogotá."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def audited(session: Any, shelf: Shelf) -> None:
    """A small programme that has been audited for some weeks, and in which no day has been run yet."""
    shelf.have("audited", lambda: make_audited(session))


@pytest.fixture
def empty_world(at_nine: None, session: Any, people: Cast) -> World:
    """The cast and what is audited and taught, without a record about anybody."""
    world = World(session, people)
    session.commit()
    return world


@pytest.fixture
def world(empty_world: World) -> World:
    """Something of everything about Ana and Luis of Norte, and Sol of Sur; Luis has a gap without a remedy."""
    people = empty_world.people
    empty_world.everything(people.ana, people.refunds, people.paola)
    empty_world.everything(people.luis, people.refunds, people.paola, tone=GapState.OPEN)
    empty_world.everything(people.sol, people.orders, people.raul)
    empty_world.session.commit()
    return empty_world
