"""The pages of quizzes: who may, whose records, nothing that tells in the page, in both languages."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.curriculum.models import Assignment, AssignmentState
from app.curriculum.quizzes.models import Attempt, Question, Quiz
from app.curriculum.quizzes.rules import QuestionKind
from tests.curriculum.conftest import give
from tests.curriculum.quiz_cast import ask, begun, choice, quiz_of, right_of, single
from tests.curriculum.test_views import text_of


@pytest.fixture
def quiz(session, module, refund) -> Quiz:
    for n in range(4):
        single(session, refund, f"Q{n}", feedback_en="It stands in the policy.", feedback_es="Está en la política.")
    return quiz_of(session, module, 2, attempts=2, minutes=10)


def place_of_right(session, attempt: Attempt, place: int) -> int:
    asked = attempt.asked[place]
    return asked.shown.index(right_of(asked)[0])


@pytest.mark.once
def test_an_agent_takes_the_quiz_in_spanish_and_passes(people, module, quiz, as_user, session):
    given = give(session, people.ana, module)
    client = as_user(people.ana, "es")
    page = text_of(client.get(f"/curriculum/learn/{given.id}"))
    assert "Empezar el cuestionario" in page
    assert "Marcar como completado" not in page
    assert client.post(f"/curriculum/learn/{given.id}/complete").status_code == 409
    begun_at = client.post(f"/curriculum/learn/{given.id}/quiz")
    attempt = session.scalars(select(Attempt)).one()
    assert begun_at.location == f"/curriculum/quiz/{attempt.id}/1"
    for place in (1, 2):
        page = text_of(client.get(f"/curriculum/quiz/{attempt.id}/{place}"))
        assert f"Pregunta {place} de 2" in page
        form = {"answer": place_of_right(session, attempt, place - 1), "revision": 0, "then": "next"}
        assert client.post(f"/curriculum/quiz/{attempt.id}/{place}", data=form).status_code == 302
    assert "Todas las preguntas tienen respuesta" in text_of(client.get(f"/curriculum/quiz/{attempt.id}/end"))
    assert client.post(f"/curriculum/quiz/{attempt.id}/hand-in").status_code == 302
    page = text_of(client.get(f"/curriculum/quiz/{attempt.id}/result"))
    assert "Aprobado con 100" in page
    assert "Está en la política." in page
    session.expire_all()
    done = session.get(Assignment, given.id)
    assert (done.state, done.language, done.score) == (AssignmentState.COMPLETED, "es", 1)


def test_a_page_holds_nothing_that_tells_what_is_right(people, module, refund, as_user, session):
    ask(session, refund, "ORDER", QuestionKind.ORDERING, [choice(text) for text in ("uno", "dos", "tres", "cuatro")])
    attempt = begun(session, quiz_of(session, module, 1), people.ana, module)
    page = as_user(people.ana).get(f"/curriculum/quiz/{attempt.id}/1").get_data(as_text=True)
    shown = re.findall(r'<select[^>]*name="place-(\d)"', page)
    assert shown == ["0", "1", "2", "3"]
    assert not re.search(r'name="\w*option', page)
    for word in ("is_right", "It stands in the policy", "Read the policy"):
        assert word not in page
    ids = [str(one.id) for one in attempt.asked[0].question.options]
    assert not any(f'value="{one}"' in page for one in ids if int(one) > 10)


def test_a_failed_attempt_keeps_its_secrets_until_nothing_is_left(people, module, quiz, as_user, session):
    attempt = begun(session, quiz, people.ana, module, on=now())
    client = as_user(people.ana)
    wrong = next(n for n, one in enumerate(attempt.asked[0].shown) if attempt.asked[0].question.options[1].id == one)
    client.post(f"/curriculum/quiz/{attempt.id}/1", data={"answer": wrong, "revision": 0})
    client.post(f"/curriculum/quiz/{attempt.id}/hand-in")
    page = text_of(client.get(f"/curriculum/quiz/{attempt.id}/result"))
    assert "Not passed yet: 0" in page
    assert "Read the policy" in page, "the feedback to what was chosen"
    assert "What is right" not in page
    client.post(f"/curriculum/learn/{attempt.assignment_id}/quiz")
    second = session.scalars(select(Attempt).where(Attempt.number == 2)).one()
    client.post(f"/curriculum/quiz/{second.id}/hand-in")
    assert "What is right" in text_of(client.get(f"/curriculum/quiz/{attempt.id}/result"))
    assert "No attempts are left" in text_of(client.get(f"/curriculum/learn/{attempt.assignment_id}"))
    assert client.post(f"/curriculum/learn/{attempt.assignment_id}/quiz").status_code == 409


def test_time_survives_a_reload_and_ends_on_the_server(people, module, quiz, as_user, session):
    attempt = begun(session, quiz, people.ana, module, on=now() - timedelta(minutes=4))
    client = as_user(people.ana)
    page = client.get(f"/curriculum/quiz/{attempt.id}/1").get_data(as_text=True)
    left = int(re.search(r'data-countdown="(\d+)"', page).group(1))
    assert 5 * 60 < left <= 6 * 60
    session.execute(update(Attempt).values(closes_at=now() - timedelta(seconds=1)))
    session.commit()
    page = text_of(client.get(f"/curriculum/quiz/{attempt.id}/1"))
    assert "Time is up" in page
    assert "answer-0" not in page
    late = client.post(f"/curriculum/quiz/{attempt.id}/1", data={"answer": 0, "revision": 0})
    assert late.location == f"/curriculum/quiz/{attempt.id}/result"
    session.expire_all()
    assert session.get(Attempt, attempt.id).timed_out


def test_a_second_tab_cannot_answer_over_the_first(people, module, quiz, as_user, session):
    attempt = begun(session, quiz, people.ana, module, on=now())
    client, path = as_user(people.ana), f"/curriculum/quiz/{attempt.id}/1"
    assert client.post(path, data={"answer": 0, "revision": 0}).status_code == 302
    assert client.post(path, data={"answer": 0, "revision": 0}).status_code == 302, "the same again is no change"
    assert client.post(path, data={"answer": 1, "revision": 0}).location == path
    session.expire_all()
    assert attempt.asked[0].answer == [attempt.asked[0].shown[0]], "the first answer stands"
    assert "answered in another tab" in text_of(client.get(path))
    assert client.post(path, data={"answer": 1, "revision": 1}).status_code == 302
    result = f"/curriculum/quiz/{attempt.id}/result"
    assert client.post(f"/curriculum/quiz/{attempt.id}/hand-in").location == result
    session.expire_all()
    ended = attempt.ended_at
    assert client.post(path, data={"answer": 0, "revision": 2}).location == path
    assert client.post(f"/curriculum/quiz/{attempt.id}/hand-in").location == result
    session.expire_all()
    assert (attempt.ended_at, attempt.asked[0].answer) == (ended, [attempt.asked[0].shown[1]])
    assert client.get(path).location == f"/curriculum/quiz/{attempt.id}/result"


def test_nobody_takes_a_quiz_for_somebody_else(people, module, quiz, as_user, session):
    attempt = begun(session, quiz, people.ana, module, on=now())
    for who in (people.luis, people.paola, people.ada, people.sol):
        client = as_user(who)
        assert client.get(f"/curriculum/quiz/{attempt.id}/1").status_code == 404
        assert client.post(f"/curriculum/quiz/{attempt.id}/hand-in").status_code == 404
        assert client.post(f"/curriculum/learn/{attempt.assignment_id}/quiz").status_code == 404


def test_attempts_are_seen_within_reach_and_keys_by_who_writes(people, module, quiz, as_user, session):
    mine, other = (begun(session, quiz, person, module, on=now()) for person in (people.ana, people.sol))
    for attempt, person in ((mine, people.ana), (other, people.sol)):
        as_user(person).post(f"/curriculum/quiz/{attempt.id}/hand-in")
    path = f"/curriculum/modules/{module.id}/attempts"
    page = text_of(as_user(people.paola).get(path))
    assert "Ana Ruiz" in page
    assert "Sol Paz" not in page
    assert "Sol Paz" not in text_of(as_user(people.carmen).get(f"{path}?format=csv"))
    assert as_user(people.paola).get(f"/curriculum/attempts/{other.id}").status_code == 404
    assert as_user(people.ana).get(path).status_code == 403
    assert "What is right" not in text_of(as_user(people.paola).get(f"/curriculum/attempts/{mine.id}"))
    assert "Lo correcto" in text_of(as_user(people.tomas, "es").get(f"/curriculum/attempts/{mine.id}"))
    forgive = f"/curriculum/attempts/{mine.id}/forgive"
    assert as_user(people.raul).post(forgive).status_code == 404
    assert as_user(people.carmen).post(forgive).status_code == 403
    assert as_user(people.paola).post(forgive).status_code == 302


@pytest.mark.parametrize("who", ["ana", "paola", "ivan", "carmen"])
def test_the_bank_is_for_who_writes_modules(people, module, quiz, as_user, session, who):
    question = session.scalars(select(Question)).first()
    client = as_user(getattr(people, who))
    for path in ("/curriculum/questions", f"/curriculum/questions/{question.id}/edit", "/curriculum/questions/export"):
        assert client.get(path).status_code == 403
    assert client.get(f"/curriculum/modules/{module.id}/quiz").status_code == 403


KINDS = {
    "single": {"options-0-text_en": "a", "options-0-text_es": "a", "options-0-is_right": "y", "options-1-text_en": "b", "options-1-text_es": "b"},
    "numeric": {"options-0-value": "12,5", "options-0-tolerance": "0.5", "options-0-is_right": "y"},
    "ordering": {"options-0-text_en": "a", "options-0-text_es": "a", "options-1-text_en": "b", "options-1-text_es": "b"},
    "true_false": {
        "options-0-text_en": "True", "options-0-text_es": "Verdadero", "options-0-is_right": "y",
        "options-1-text_en": "False", "options-1-text_es": "Falso",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_trainer_writes_questions(people, module, refund, as_user, session, kind):
    client, path = as_user(people.tomas), f"/curriculum/questions/new?kind={kind}"
    assert client.get(path).status_code == 200
    form = {"code": "K01-1", "competency": refund.id, "difficulty": "hard", "text_en": "Who?"}
    refused = client.post(path, data=form)
    assert refused.status_code == 422
    assert client.post(path, data={**form, **KINDS[kind]}).status_code == 302
    found = session.scalars(select(Question)).one()
    assert (found.kind, found.ready, len(found.options) >= 1) == (QuestionKind(kind), False, True)
    edit = f"/curriculum/questions/{found.id}/edit"
    assert "Espera traducción" in text_of(as_user(people.tomas, "es").get(edit))
    assert client.post(edit, data={**form, **KINDS[kind], "text_es": "¿Quién?"}).status_code == 302
    session.expire_all()
    assert session.get(Question, found.id).ready
    assert client.post(f"/curriculum/questions/{found.id}/copy").status_code == 302
    assert client.post(f"/curriculum/questions/{found.id}/retire").status_code == 302
    assert client.post(f"/curriculum/questions/{found.id}/restore").status_code == 302


def test_a_trainer_sets_a_modules_quiz_and_takes_it_away(people, module, refund, as_user, session):
    single(session, refund, "Q1")
    client, path = as_user(people.tomas), f"/curriculum/modules/{module.id}/quiz"
    assert client.post(path, data={"pass_mark": 70, "between": "nothing"}).status_code == 422
    form = {
        "pass_mark": 70,
        "between": "cool_down",
        "cool_down_hours": 4,
        "draws-0-count": 3,
        "draws-0-competency": refund.id,
        "draws-0-difficulty": "",
    }
    assert client.post(path, data=form).status_code == 302
    found = session.get(Quiz, module.id)
    assert (found.pass_mark, found.minutes, found.shuffle, found.draws[0].count) == (0.7, None, False, 3)
    assert "le faltan 2 preguntas" in text_of(as_user(people.tomas, "es").get(path))
    assert client.post(f"{path}/drop").status_code == 302
    assert client.post(f"{path}/drop").status_code == 404


def test_a_file_of_questions_comes_in_on_screen(people, refund, as_user, session):
    client = as_user(people.tomas, "es")
    path = "/curriculum/questions/import"
    assert client.get(path).status_code == 200
    file = (io.BytesIO("::q::¿Quién? {=a ~b}".encode()), "bank.gift")
    done = client.post(path, data={"file": file, "language": "es", "competency": "K01"})
    assert "1 nuevas, 0 cambiadas" in text_of(done)
    bad = (io.BytesIO(b"::q::Who? {=a"), "bank.gift")
    refused = client.post(path, data={"file": bad, "language": "en", "competency": "K01"})
    assert refused.status_code == 422
    assert "Fila 1" in text_of(refused)
    assert client.get("/curriculum/questions/export").status_code == 200


def test_the_bank_and_attempts_ask_as_much_for_many_as_for_few(
    people, module, quiz, refund, as_user, session, count_queries
):
    attempt = begun(session, quiz, people.ana, module, on=now())
    client = as_user(people.tomas)
    paths = ("/curriculum/questions", f"/curriculum/modules/{module.id}/attempts", "/curriculum/questions/export")
    few = {path: count_queries(lambda path=path: client.get(path)) for path in paths}
    for n in range(15):
        single(session, refund, f"M{n}")
        begun(session, quiz, people.luis if n == 0 else people.sol, module, on=now()) if n < 2 else None
    session.commit()
    for path in paths:
        assert count_queries(lambda path=path: client.get(path)) <= few[path]
    assert attempt.id
