"""Attempts: begun once, answered in time, handed in once, all kept."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.authoring import services as writing
from app.curriculum.models import AssignmentState, ModuleState
from app.curriculum.quizzes import lists, queries, rules, services, taking
from app.curriculum.quizzes.models import Asked, Attempt
from app.curriculum.quizzes.rules import Between, Next, QuestionKind
from app.gaps.models import Remedy
from tests.conftest import make_user
from tests.curriculum.conftest import ON, give
from tests.curriculum.quiz_cast import answer_all, ask, begun, choice, quiz_of, right_of, single

LATER = ON + timedelta(minutes=11)


@pytest.fixture
def bank(session, refund):
    found = [single(session, refund, f"Q{n}") for n in range(6)]
    session.commit()
    return found


def test_passing_completes_the_module_with_score_and_language(session, people, module, bank):
    attempt = begun(session, quiz_of(session, module, 5), people.ana, module)
    assert attempt.assignment.state is AssignmentState.STARTED
    answer_all(session, attempt, right=4, language="es")
    taking.hand_in(session, attempt, on=ON)
    session.commit()
    assert (attempt.passed, attempt.score, attempt.language) == (True, pytest.approx(0.8), "es")
    done = attempt.assignment
    assert (done.state, done.language, done.score) == (AssignmentState.COMPLETED, "es", pytest.approx(0.8))
    assert session.scalars(select(Remedy)).one().key == f"assignment:{done.id}:{module.competencies[0].id}"


def test_failing_leaves_the_module_open_and_the_attempt_kept(session, people, module, bank):
    quiz = quiz_of(session, module, 5, attempts=2)
    first = begun(session, quiz, people.ana, module)
    answer_all(session, first, right=3)
    taking.hand_in(session, first, on=ON)
    session.commit()
    assert first.assignment.state is AssignmentState.STARTED
    assert session.scalars(select(Remedy)).all() == []
    second = taking.begin(session, quiz, first.assignment, on=LATER)
    assert second.number == 2
    taking.hand_in(session, second, on=LATER)
    with pytest.raises(Refused):
        taking.begin(session, quiz, first.assignment, on=LATER)
    taking.forgive(session, second, by=people.paola, on=LATER)
    assert taking.begin(session, quiz, first.assignment, on=LATER).number == 3
    kept = session.scalars(queries.attempts_of(first.assignment_id)).all()
    assert [one.score for one in kept] == [pytest.approx(0.6), 0, None]


def test_nobody_forgives_their_own_attempt(session, people, module, bank):
    attempt = begun(session, quiz_of(session, module, 5), people.paola, module)
    taking.hand_in(session, attempt, on=ON)
    with pytest.raises(Refused):
        taking.forgive(session, attempt, by=people.paola, on=ON)


def test_two_tabs_get_one_attempt_and_an_old_page_cannot_overwrite(session, people, module, bank):
    quiz = quiz_of(session, module, 3)
    attempt = begun(session, quiz, people.ana, module)
    assert taking.begin(session, quiz, attempt.assignment, on=ON).id == attempt.id
    given = right_of(attempt.asked[0])
    assert taking.answer(session, attempt, 0, given, revision=0, language="en", on=ON)
    with pytest.raises(Refused, match="another tab"):
        taking.answer(session, attempt, 0, given, revision=0, language="en", on=ON)
    taking.hand_in(session, attempt, on=ON)
    session.commit()
    for deed in (
        lambda: taking.answer(session, attempt, 1, given, revision=0, language="en", on=ON),
        lambda: taking.hand_in(session, attempt, on=ON),
    ):
        with pytest.raises(Refused):
            deed()


def test_what_comes_after_the_time_is_not_taken(session, people, module, bank):
    attempt = begun(session, quiz_of(session, module, 3, minutes=10), people.ana, module)
    assert attempt.closes_at == ON + timedelta(minutes=10)
    first, second = attempt.asked[0], attempt.asked[1]
    assert taking.answer(session, attempt, 0, right_of(first), revision=0, language="en", on=ON)
    assert not taking.answer(session, attempt, 1, right_of(second), revision=0, language="en", on=LATER)
    session.commit()
    assert (attempt.timed_out, attempt.ended_at, attempt.score) == (True, attempt.closes_at, pytest.approx(1 / 3))


def test_time_runs_on_though_nobody_looks(session, people, module, bank):
    quiz = quiz_of(session, module, 1, minutes=10)
    attempt = begun(session, quiz, people.ana, module)
    answer_all(session, attempt, right=1)
    assert taking.close_overdue(session, on=ON) == 0
    assert taking.close_overdue(session, on=LATER) == 1
    session.commit()
    assert (attempt.passed, attempt.assignment.state) == (True, AssignmentState.COMPLETED)
    assert taking.close_overdue(session, on=LATER) == 0


def test_beginning_again_after_the_time_is_the_next_attempt(session, people, module, bank):
    quiz = quiz_of(session, module, 3, minutes=10)
    attempt = begun(session, quiz, people.ana, module)
    again = taking.begin(session, quiz, attempt.assignment, on=LATER)
    assert (again.number, attempt.timed_out) == (2, True)


def test_a_pause_or_reading_again_comes_between(session, people, module, bank):
    quiz = quiz_of(session, module, 3, between=Between.REVIEW)
    attempt = begun(session, quiz, people.ana, module)
    taking.hand_in(session, attempt, on=ON)
    with pytest.raises(Refused, match="read again"):
        taking.begin(session, quiz, attempt.assignment, on=ON)
    taking.note_review(session, quiz, attempt.assignment, on=ON)
    assert taking.standing(session, quiz, attempt.assignment, ON).next is Next.START
    quiz.between, quiz.cool_down_hours = Between.COOL_DOWN, 2
    with pytest.raises(Refused, match="yet"):
        taking.begin(session, quiz, attempt.assignment, on=ON + timedelta(hours=1))


def test_the_next_attempt_asks_what_was_not_asked(session, people, module, bank):
    quiz = quiz_of(session, module, 3)
    first = begun(session, quiz, people.ana, module)
    taking.hand_in(session, first, on=ON)
    second = taking.begin(session, quiz, first.assignment, on=ON, rng=Random(2))
    asked = [{one.question_id for one in attempt.asked} for attempt in (first, second)]
    assert asked[0] & asked[1] == set()


def test_only_whole_questions_of_what_is_taught_are_drawn(session, people, module, refund):
    from app.curriculum.models import Competency

    other = Competency(code="K09", name_en="Tone", name_es="Tono", target=0.9)
    session.add(other)
    session.flush()
    quiz = quiz_of(session, module, 5)
    single(session, other, "OTHER")
    single(session, refund, "HALF", text_es="")
    services.retire(session, single(session, refund, "OLD"), by=people.tomas, on=ON)
    session.commit()
    given = give(session, people.ana, module)
    with pytest.raises(Refused, match="no question"):
        taking.begin(session, quiz, given, on=ON)
    only = single(session, refund, "ONE")
    session.commit()
    assert services.shortfall(session, quiz) == 4
    assert [one.question_id for one in taking.begin(session, quiz, given, on=ON).asked] == [only.id]


def test_a_module_with_a_quiz_is_not_completed_by_saying_so(session, people, module, bank):
    quiz_of(session, module, 3)
    given = give(session, people.ana, module)
    with pytest.raises(Refused, match="quiz"):
        curriculum.complete(session, given, on=ON, language="en")


def test_a_quiz_the_bank_cannot_fill_is_not_published(session, people, module, bank):
    quiz = quiz_of(session, module, 7)
    module.state = ModuleState.DRAFT
    with pytest.raises(Refused, match="1 question"):
        writing.publish(session, module, by=people.tomas, on=ON)
    quiz.draws[0].count = 6
    writing.publish(session, module, by=people.tomas, on=ON)


def test_what_is_right_cannot_change_once_asked_but_words_can(session, people, module, bank):
    begun(session, quiz_of(session, module, 6), people.ana, module)
    question = bank[0]
    facts = {"code": "Q0", "kind": question.kind, "competency_id": question.competency_id, "text_en": "Clearer?"}
    options = [
        {name: getattr(one, name) for name in (*services.OPTION_WORDS, *services.FROZEN)} for one in question.options
    ]
    assert services.write_question(session, question, facts, options, by=people.tomas, on=ON)
    options[1]["is_right"], options[0]["is_right"] = True, False
    with pytest.raises(Refused, match="copy"):
        services.write_question(session, question, facts, options, by=people.tomas, on=ON)
    fresh = services.copy(session, question, by=people.tomas, on=ON)
    assert (fresh.code, len(fresh.options), fresh.ready) == ("Q0-2", 3, True)
    assert services.write_question(session, fresh, {**facts, "code": "Q0-2"}, options, by=people.tomas, on=ON)


def test_an_answer_is_read_from_places_not_from_ids(session, people, module, refund):
    order = [choice("first"), choice("second"), choice("third")]
    pairs = [
        {**choice(text), "match_en": match, "match_es": match} for text, match in (("a", "x"), ("b", "y"), ("", "z"))
    ]
    pairs[2]["text_es"] = ""
    ask(session, refund, "ORDER", QuestionKind.ORDERING, order)
    ask(session, refund, "PAIRS", QuestionKind.MATCHING, pairs)
    attempt = begun(session, quiz_of(session, module, 2), people.ana, module)
    by_kind = {one.question.kind: one for one in attempt.asked}
    asked = by_kind[QuestionKind.ORDERING]
    right = [one.id for one in asked.question.options]
    fields = {f"place-{n}": [str(right.index(one) + 1)] for n, one in enumerate(asked.shown)}
    assert taking.read_answer(asked, QuestionKind.ORDERING, fields) == right
    assert taking.read_answer(asked, QuestionKind.ORDERING, {}) is None
    asked = by_kind[QuestionKind.MATCHING]
    assert (len(asked.shown), len(asked.matches)) == (2, 3)
    fields = {f"match-{n}": [str(asked.matches.index(one))] for n, one in enumerate(asked.shown)}
    assert taking.read_answer(asked, QuestionKind.MATCHING, fields) == [[one, one] for one in asked.shown]
    assert taking.read_answer(asked, QuestionKind.MATCHING, {"match-0": ["99"], "match-1": ["²"]}) is None


def test_records_pool_first_attempts_and_flag_what_tells_nothing(session, people, module, refund):
    """Forty people: the better half gets Q1 and Q2 right; Q0's key is upside down."""
    questions = [single(session, refund, f"Q{n}") for n in range(3)]
    session.commit()
    quiz_of(session, module, 3)
    for n in range(40):
        person = make_user(session, f"N{n} Soto", team=people.refunds, employee_no=f"N{n}")
        given = give(session, person, module)
        attempt = Attempt(
            assignment_id=given.id,
            module_id=module.id,
            person_id=person.id,
            number=1,
            started_at=ON,
            ended_at=ON,
            pass_mark=0.8,
        )
        good = n % 2 == 0
        marks = [not good, good, good and n % 4 == 0]
        attempt.asked = [
            Asked(position=p, question_id=q.id, shown=[], matches=[], score=float(mark))
            for p, (q, mark) in enumerate(zip(questions, marks, strict=True))
        ]
        session.add(attempt)
    session.commit()
    records = lists.records_of([one.id for one in questions])
    assert rules.warning(records[questions[0].id]) is rules.Warning.WRONG_KEY
    flagged = set(session.scalars(queries.looked_at()))
    assert flagged == {one.id for one in questions if rules.warning(records[one.id])}
