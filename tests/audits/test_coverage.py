"""The coverage map: what is asked against what is taught, with its holes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.audits.models import CriterionCompetency
from app.core.clock import now
from app.curriculum.models import Module, ModuleKind, ModuleState
from tests.curriculum.test_views import text_of
from tests.scored import audit, make_scored


@pytest.fixture
def world(session, people):
    return make_scored(session, people)


def test_the_map_shows_holes_and_misses_within_reach(people, world, as_user, session):
    day = now().date() - timedelta(days=7)
    for person in (people.ana, people.sol):
        audit(session, world, person, day, 1)
    session.commit()
    client = as_user(people.tomas, "es")
    page = text_of(client.get("/audits/coverage"))
    for words in ("Línea 1", "Política de reembolso", "Reembolsos paso a paso (EN · ES)", "1 línea tiene un hueco"):
        assert words in page
    only = text_of(client.get("/audits/coverage?hole=module"))
    assert "Línea 2" in only
    assert "Línea 1" not in only
    row = client.get("/audits/coverage?q=C1&format=csv").get_data(as_text=True).splitlines()[1]
    assert row.endswith(",2"), "both missed it"


def test_a_draft_and_a_criterion_without_competency_are_holes(people, world, as_user, session):
    draft = {"kind": ModuleKind.ARTICLE, "minutes": 5, "state": ModuleState.DRAFT, "competencies": [world.tone]}
    session.add(Module(code="M09", title_en="Tone", title_es="", **draft))
    session.query(CriterionCompetency).filter_by(criterion_id=world.lines[0].id).delete()
    session.commit()
    page = text_of(as_user(people.tomas).get("/audits/coverage"))
    for words in ("only a draft", "Tone (EN)", "measures no competency", "2 lines have a gap"):
        assert words in page
    assert "Line 2" not in text_of(as_user(people.tomas).get("/audits/coverage?hole=competency"))


@pytest.mark.parametrize("who", ["ana", "paola", "ivan", "carmen"])
def test_the_map_is_for_who_writes_modules(people, as_user, who):
    assert as_user(getattr(people, who)).get("/audits/coverage").status_code == 403
