"""Practice: the rubric, who may observe, attempts that all stay, and passing that completes with the score."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.core.errors import Refused
from app.core.rubrics import read, written
from app.curriculum.authoring.services import publish
from app.curriculum.models import AssignmentState, ModuleKind, ModuleState
from app.curriculum.practice import rules, services
from app.curriculum.practice.models import PracticeObservation
from app.curriculum.services import complete
from tests.curriculum.conftest import ON, give
from tests.curriculum.test_views import text_of

LINES = [("Opens clearly", "Abre con claridad", 4), ("Closes", "Cierra", 2)]


@pytest.fixture
def played(session, module, people):
    """A module that is practised."""
    module.kind = ModuleKind.PRACTICE
    services.set_rubric(session, module, LINES, pass_share=0.75, leads_observe=True, by=people.tomas, on=ON)
    session.commit()
    return module


def marks(session, module, *points):
    lines = services.practice_of(session, module).lines
    return {line.id: one for line, one in zip(lines, points, strict=True)}


@pytest.mark.once
@pytest.mark.parametrize(
    "text", ["", "Opens | Abre", "Opens | Abre | 0", "Opens | Abre | 11", "| Abre | 3", "Opens | Abre | ²", "a|b|3\nx"]
)
def test_a_rubric_is_read_line_by_line(app, text):
    with app.test_request_context():
        lines, problem = read(text)
        assert lines == []
        assert problem is not None or text == ""


@pytest.mark.once
def test_a_rubric_written_reads_the_same(app):
    assert read(written(LINES)) == (LINES, None)
    assert rules.is_passed(rules.share([3, 2], [4, 2]), 5 / 6)
    assert not rules.is_passed(rules.share([3, 1], [4, 2]), 0.75)


def test_attempts_stay_and_passing_completes_with_the_score(session, people, played):
    given = give(session, people.ana, played)
    practice = services.practice_of(session, played)
    with pytest.raises(Refused):
        complete(session, given, on=ON, language="es")
    facts = {"language": "es", "remark": "Otra vez", "on": ON}
    for by in (people.ana,):
        with pytest.raises(Refused):
            services.score(session, practice, given, marks(session, played, 4, 2), by=by, **facts)
    with pytest.raises(Refused):
        services.score(session, practice, given, {}, by=people.paola, **facts)
    first = services.score(session, practice, given, marks(session, played, 3, 1), by=people.paola, **facts)
    assert (first.passed, given.state) == (False, AssignmentState.STARTED)
    services.set_rubric(session, played, LINES[:1], pass_share=0.5, leads_observe=False, by=people.tomas, on=ON)
    with pytest.raises(Refused):
        services.score(session, practice, given, marks(session, played, 4), by=people.paola, **facts)
    second = services.score(session, practice, given, marks(session, played, 3), by=people.tomas, **facts)
    assert (second.number, second.passed, given.score, given.language) == (2, True, 0.75, "es")
    assert given.state is AssignmentState.COMPLETED
    assert [
        len(one.marks) for one in session.scalars(select(PracticeObservation).order_by(PracticeObservation.number))
    ] == [2, 1]
    with pytest.raises(Refused):
        services.score(session, practice, given, marks(session, played, 4), by=people.tomas, **facts)
    assert len(session.scalars(select(Notice).where(Notice.kind == "practice.scored")).all()) == 2


def test_without_rubric_nothing_is_published(session, people, module):
    module.kind, module.state = ModuleKind.PRACTICE, ModuleState.DRAFT
    session.commit()
    with pytest.raises(Refused):
        publish(session, module, by=people.tomas, on=ON)
    services.set_rubric(session, module, LINES, pass_share=0.8, leads_observe=True, by=people.tomas, on=ON)
    assert publish(session, module, by=people.tomas, on=ON).number == 1


def test_observed_on_screen_by_who_may_and_read_by_who_it_is_about(session, people, played, as_user):
    given, beyond = give(session, people.ana, played), give(session, people.sol, played)
    path = f"/curriculum/assignments/{given.id}/observe"
    statuses = {"ana": 403, "raul": 404, "carmen": 403, "paola": 200, "tomas": 200}
    for name, expected in statuses.items():
        assert as_user(getattr(people, name)).get(path).status_code == expected, name
    lead = as_user(people.paola, "es")
    waiting = text_of(lead.get("/curriculum/practice"))
    assert "Ana Ruiz" in waiting
    assert "Sol Paz" not in waiting
    assert lead.post(path, data={}).status_code == 422
    form = {f"line-{line}": points for line, points in marks(session, played, 4, 1).items()}
    at = lead.post(path, data={**form, "language": "en", "remark": "Clear"}).location
    made = session.scalars(select(PracticeObservation)).one()
    assert (made.language, made.passed) == ("en", True)
    for name, expected in {"ana": 200, "paola": 200, "carmen": 200, "sol": 404, "raul": 404, "pedro": 404}.items():
        assert as_user(getattr(people, name)).get(at).status_code == expected, name
    assert "Intento 1" in text_of(as_user(people.ana, "es").get(f"/curriculum/learn/{given.id}"))
    assert "Abre con claridad" in text_of(as_user(people.ana, "es").get(f"/curriculum/modules/{played.id}"))
    assert as_user(people.raul).get(f"/curriculum/assignments/{beyond.id}").status_code == 200
    assert as_user(None).get(at).status_code == 302


def test_a_learner_asks_to_be_observed_once_a_day(session, people, played, as_user):
    given = give(session, people.ana, played)
    client, path = as_user(people.ana), f"/curriculum/learn/{given.id}/ask-observer"
    assert "Ask to be observed" in text_of(client.get(f"/curriculum/learn/{given.id}"))
    assert [client.post(path).status_code for _time in range(2)] == [302, 302]
    assert session.scalars(select(Notice.person_id).where(Notice.kind == "practice.asked")).all() == [people.paola.id]
    assert as_user(people.luis).post(path).status_code == 404
    assert "Ana Ruiz asks to be observed" in text_of(as_user(people.paola).get("/notices"))


def test_the_rubric_is_for_who_writes(people, played, as_user):
    path = f"/curriculum/modules/{played.id}/rubric"
    assert as_user(people.paola).get(path).status_code == 403
    client = as_user(people.tomas)
    assert client.post(path, data={"rubric": "x", "mark": "80"}).status_code == 422
    assert client.post(path, data={"rubric": written(LINES), "mark": "80"}).status_code == 302
