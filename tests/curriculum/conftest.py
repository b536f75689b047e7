"""Competencies and modules for the tests of this room."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.curriculum import services
from app.curriculum.models import Assignment, AssignmentReason, Competency, Module, ModuleKind, ModuleState

ON = datetime(2026, 11, 3, 15, tzinfo=UTC)
TODAY = date(2026, 11, 3)


@pytest.fixture
def refund(session: Any) -> Competency:
    found = Competency(code="K01", name_en="Refund policy", name_es="Política de reembolso", target=0.85)
    session.add(found)
    session.commit()
    return found


@pytest.fixture
def module(session: Any, refund: Competency) -> Module:
    """A published article in both languages."""
    found = Module(
        code="M01",
        title_en="Refunds, step by step",
        title_es="Reembolsos paso a paso",
        kind=ModuleKind.ARTICLE,
        minutes=12,
        body_en="# Before\n\nRead **this**.",
        body_es="# Antes\n\nLeer **esto**.",
        state=ModuleState.PUBLISHED,
        competencies=[refund],
    )
    session.add(found)
    session.commit()
    return found


def give(session: Any, person: Any, module: Module, by: Any = None, **facts: Any) -> Assignment:
    """Assign the module, committed."""
    found = services.assign(
        session,
        person_id=person.id,
        module_id=module.id,
        reason=facts.pop("reason", AssignmentReason.GAP),
        by=by,
        assigned_on=facts.pop("assigned_on", TODAY),
        due_on=facts.pop("due_on", date(2026, 11, 17)),
        on=facts.pop("on", ON),
        **facts,
    )
    session.commit()
    assert found is not None
    return found
