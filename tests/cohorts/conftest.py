"""What the tests of cohorts share: a programme, and a cohort with seats for both partners."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest

from app.cohorts.programmes import nominating, services
from app.cohorts.programmes.models import Cohort, Enrolment, TrainerProgramme
from app.cohorts.programmes.rules import Side
from tests.conftest import Cast

ON = datetime.fromisoformat("2026-11-03T15:00:00+00:00")
LINES = [("Opens clearly", "Abre con claridad", 4), ("Lets people try", "Deja practicar", 4), ("Checks", "Verifica", 2)]
FACTS = {
    "code": "T1", "title_en": "Trainer of refunds", "title_es": "Formador de reembolsos",
    "requirements_en": "Teach *one* module", "requirements_es": "Enseñar *un* módulo", "module_id": None,
    "least_attendance": 0.8, "pass_share": 0.8, "conditional_share": 0.6, "tolerance": 0.2, "months": 12,
    "activity_deliveries": 2, "activity_days": 180, "retired": False,
}  # fmt: skip


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


@pytest.fixture
def programme(session: Any, people: Cast) -> TrainerProgramme:
    made = services.save_programme(session(), TrainerProgramme(), FACTS, LINES, by=people.tomas, on=ON)
    session.commit()
    return made


@pytest.fixture
def cohort(session: Any, people: Cast, programme: TrainerProgramme) -> Cohort:
    """Three seats, two of them Norte's and one Sur's; Tomás teaches."""
    facts = {
        "programme_id": programme.id, "name": "Refunds 1", "market": "CO", "language": "es", "time_zone": "America/Bogota",
        "starts_on": date(2026, 11, 2), "ends_on": date(2026, 11, 20), "seats": 3,
    }  # fmt: skip
    budgets = {people.norte.id: 2, people.sur.id: 1}
    made = services.save_cohort(session(), Cohort(), facts, budgets, [people.tomas], by=people.mariana, on=ON)
    session.commit()
    return made


def seat(session: Any, people: Cast, cohort: Cohort, person: Any, *, on: datetime = ON) -> Enrolment:
    """Somebody nominated by the lead and approved by both sides."""
    sur = person.id in (people.sol.id, people.raul.id)
    lead, manager = (people.raul, people.pedro) if sur else (people.paola, people.carmen)
    made = nominating.nominate(session(), cohort, person, reason="", approves=(), by=lead, on=on)
    nominating.approve(session(), made, Side.PARTNER, by=manager, on=on)
    nominating.approve(session(), made, Side.PROGRAMME, by=people.tomas, on=on)
    session.commit()
    return made
