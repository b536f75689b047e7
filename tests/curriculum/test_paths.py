"""Paths: written, frozen as versions, given, walked step by step, branching by quiz result, followed up."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.certificates.models import Certificate
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind, ModuleState
from app.curriculum.paths import progress, services, writing
from app.curriculum.paths.models import Path, PathAssignment, PathVersion
from app.curriculum.paths.rules import Branch, Stand
from app.curriculum.quizzes import taking
from app.curriculum.quizzes.models import Attempt, Quiz
from app.home import reminders
from tests.curriculum.conftest import ON, TODAY, give
from tests.curriculum.quiz_cast import answer_all, quiz_of, single
from tests.curriculum.test_views import text_of

DUE = TODAY + timedelta(days=30)
WORDS = {"title_en": "First weeks", "title_es": "Primeras semanas", "about_en": "", "about_es": ""}


@pytest.fixture
def modules(session, refund, module):
    """Four published modules; the first has a quiz of two questions."""
    more = [
        Module(
            code=f"M0{n}", title_en=f"Module {n}", title_es=f"Módulo {n}", kind=ModuleKind.ARTICLE, minutes=5, body_en="x",
            body_es="x", state=ModuleState.PUBLISHED, competencies=[refund],
        )
        for n in (2, 3, 4)
    ]  # fmt: skip
    session.add_all(more)
    single(session, refund, "Q1")
    single(session, refund, "Q2")
    quiz_of(session, module, 2, attempts=3)
    return [module, *more]


def written(session, by, steps, code="P1", path=None, **facts):
    path = path or Path(code=code, revision=0)
    whole = {**WORDS, "code": code, "shorter_id": None, "in_order": True, "counts_earlier": True, "days": 30, **facts}
    numbered = [{"position": place, **one} for place, one in enumerate(steps, start=1)]
    writing.save(session, path, whole, numbered, revision=path.revision, by=by, on=ON)
    return path


def published(session, by, steps, code="P1", path=None, **facts):
    path = written(session, by, steps, code, path, **facts)
    writing.publish(session, path, by=by, on=ON)
    session.commit()
    return path


@pytest.fixture
def path(session, people, modules):
    """Quiz first; who is below 80 % takes the second module too; then the third; the fourth is optional."""
    below = {"branch_on": 1, "branch": Branch.BELOW, "branch_score": 0.8}
    one, two, three, four = (m.id for m in modules)
    steps = [
        {"module_id": one},
        {"module_id": two, **below},
        {"module_id": three},
        {"module_id": four, "optional": True},
    ]
    return published(session, people.tomas, steps)


def walk(session, person, path, by=None, **facts):
    row = {"person_id": person.id, "reason": AssignmentReason.MANUAL, "assigned_on": TODAY, "due_on": DUE, **facts}
    given = services.give(session, path, [row], by=by, on=ON)
    session.commit()
    return given[0] if given else None


def stands(session, given):
    return list(progress.look(session, [given])[0].stands.values())


def step_of(session, given, module):
    own = Assignment.person_id == given.person_id, Assignment.module_id == module.id
    return session.scalars(select(Assignment).where(*own).order_by(Assignment.id.desc())).first()


def do(session, given, module, right=None):
    """Complete the step, by its quiz where `right` says how many answers are right."""
    one = services.take_step(session, given, module.id, on=ON)
    if right is None:
        curriculum.complete(session, one, on=ON, language="en")
    else:
        attempt = taking.begin(session, session.get(Quiz, module.id), one, on=ON)
        session.commit()
        answer_all(session, attempt, right)
        taking.hand_in(session, attempt, on=ON)
    session.commit()


# --- Walking ---


def test_steps_are_assigned_as_they_open_until_the_path_is_walked(session, people, modules, path):
    one, two, three, four = modules
    given = walk(session, people.ana, path, by=people.tomas)
    assert (given.state, given.done, given.total) == (AssignmentState.ASSIGNED, 0, 2)
    first = step_of(session, given, one)
    assert (first.due_on, first.reason, first.path_assignment_id) == (DUE, AssignmentReason.MANUAL, given.id)
    assert first.assigned_by_id == people.tomas.id
    assert step_of(session, given, three) is None
    do(session, given, one, right=2)
    assert stands(session, given) == [Stand.DONE, Stand.SKIPPED, Stand.OPEN, Stand.LOCKED]
    assert (given.state, given.done, given.total) == (AssignmentState.STARTED, 1, 2)
    assert step_of(session, given, three).assigned_by_id == people.tomas.id
    do(session, given, three)
    assert (given.state, given.done, given.total, given.completed_on) == (AssignmentState.COMPLETED, 2, 2, TODAY)
    assert step_of(session, given, two) is None
    assert step_of(session, given, four) is None  # optional: only who wants to


def test_a_failed_first_attempt_opens_the_branch_at_once_and_passing_later_keeps_it(session, people, modules, path):
    one, two, three, _four = modules
    given = walk(session, people.ana, path)
    do(session, given, one, right=1)
    assert stands(session, given) == [Stand.OPEN, Stand.LOCKED, Stand.LOCKED, Stand.LOCKED]
    do(session, given, one, right=2)
    assert stands(session, given) == [Stand.DONE, Stand.OPEN, Stand.LOCKED, Stand.LOCKED]
    assert step_of(session, given, two) is not None
    assert given.total == 3
    do(session, given, two)
    do(session, given, three)
    assert given.state is AssignmentState.COMPLETED


def test_earlier_completions_count_but_not_for_a_gap_or_a_recertification(session, people, modules, path):
    done = give(session, people.ana, modules[2], assigned_on=TODAY - timedelta(days=9), on=ON - timedelta(days=9))
    curriculum.complete(session, done, on=ON - timedelta(days=5), language="es")
    session.commit()
    given = walk(session, people.ana, path)
    assert stands(session, given)[2] is Stand.DONE
    other = give(session, people.luis, modules[2], assigned_on=TODAY - timedelta(days=9), on=ON - timedelta(days=9))
    curriculum.complete(session, other, on=ON - timedelta(days=5), language="es")
    session.commit()
    fresh = walk(session, people.luis, path, reason=AssignmentReason.GAP)
    assert stands(session, fresh)[2] is not Stand.DONE


def test_who_is_under_way_stays_on_the_version_they_began(session, people, modules, path):
    one, _two, three, _four = modules
    given = walk(session, people.ana, path)
    published(session, people.tomas, [{"module_id": three.id}], path=path, title_en="Shorter", title_es="Más corta")
    later = walk(session, people.luis, path)
    assert (given.version.number, later.version.number) == (1, 2)
    assert given.version.title.text == "First weeks"
    assert len(stands(session, given)) == 4
    do(session, later, three)
    assert later.state is AssignmentState.COMPLETED
    do(session, given, one, right=2)
    assert given.state is AssignmentState.STARTED


def test_a_module_open_already_is_gone_on_with_and_given_once(session, people, modules, path):
    own = give(session, people.ana, modules[0])
    given = walk(session, people.ana, path)
    walked = progress.look(session, [given])[0]
    assert walked.assignments[modules[0].id] == own.id
    assert walk(session, people.ana, path) is None
    assert session.scalar(select(func.count()).select_from(Assignment)) == 1


def test_who_recertifies_in_time_takes_the_shorter_path(session, people, modules, path, as_user):
    """In the window: the shorter one; lapsed, on the whole path again, or new to it: the whole one."""
    short = published(session, people.tomas, [{"module_id": modules[2].id}], code="P1R")
    path.shorter_id = short.id
    later = TODAY + timedelta(days=300)
    again = {"reason": AssignmentReason.RECERTIFICATION, "assigned_on": later}
    held = {people.ana: later, people.luis: later - timedelta(days=1), people.sol: None, people.paola: None}
    version = session.scalars(select(PathVersion.id).where(PathVersion.path_id == path.id)).one()
    for person, until in held.items():
        facts = {"person_id": person.id, "path_id": path.id, "version_id": version, "assigned_on": TODAY}
        walked = {"state": AssignmentState.COMPLETED, "completed_on": TODAY, "reason": AssignmentReason.MANUAL}
        session.add(PathAssignment(**facts, **walked))
        done = Assignment(person_id=person.id, module_id=modules[2].id, assigned_on=TODAY, **walked)
        session.add(done)
        session.flush()
        if until is not None:
            session.add(
                Certificate(number=f"N{person.id}", person_id=person.id, module_id=modules[2].id, assignment_id=done.id,
                            cycle=1, title_en="T", title_es="T", issued_on=TODAY, expires_on=until)
            )  # fmt: skip
    session.commit()
    walk(session, people.paola, path, assigned_on=later - timedelta(days=3))
    asked = {"reason": "recertification", "people": [one.id for one in (*held, people.raul)]}
    with time_machine.travel(ON + timedelta(days=300), tick=False):
        page = as_user(people.tomas).get(f"/curriculum/paths/{path.id}/assign", query_string=asked)
    assert [name in text for text in re.findall(r"<li>(.*?)</li>", page.text, re.DOTALL) if "by the shorter" in text
            for name in ("Ana", "Sol")] == [True, False, False, True]  # fmt: skip
    rows = [{"person_id": one.id, **again} for one in (*held, people.raul)]
    got = services.give(session, path, rows, by=people.tomas, on=ON + timedelta(days=300))
    assert {one.person_id: one.path.code for one in got} == {
        people.ana.id: "P1R", people.sol.id: "P1R", people.luis.id: "P1", people.raul.id: "P1",
    }  # fmt: skip
    assert all(one.state is AssignmentState.ASSIGNED for one in got)  # walked anew


def test_continue_goes_to_what_was_begun_last(session, people, modules):
    steps = [{"module_id": one.id} for one in modules[1:]]
    given = walk(session, people.ana, published(session, people.tomas, steps, in_order=False))
    assert progress.look(session, [given])[0].next_step.module_id == modules[1].id
    curriculum.start(session, step_of(session, given, modules[1]), on=ON)
    curriculum.start(session, step_of(session, given, modules[3]), on=ON + timedelta(minutes=5))
    session.commit()
    assert given.state is AssignmentState.STARTED
    assert progress.look(session, [given])[0].next_step.module_id == modules[3].id


def test_a_retired_module_holds_up_nobody(session, people, modules, path):
    given = walk(session, people.ana, path)
    modules[2].state = ModuleState.RETIRED
    session.commit()
    do(session, given, modules[0], right=2)
    assert given.state is AssignmentState.COMPLETED


def test_waiving_a_step_goes_on_and_waiving_the_path_spares_the_rest(session, people, modules, path):
    given = walk(session, people.ana, path)
    with pytest.raises(Refused, match="step of a path"):
        curriculum.cancel(session, step_of(session, given, modules[0]), by=people.tomas, on=ON)
    curriculum.waive(session, step_of(session, given, modules[0]), reason="Knows it", by=people.tomas, on=ON)
    assert stands(session, given)[0] is Stand.DONE
    services.waive(session, given, reason="Moves on", by=people.tomas, on=ON)
    assert given.state is AssignmentState.WAIVED
    left = {one.state for one in session.scalars(select(Assignment).where(Assignment.path_assignment_id == given.id))}
    assert left == {AssignmentState.WAIVED}


def test_a_path_is_taken_back_before_it_is_begun_and_rescheduled_with_its_steps(session, people, modules, path):
    given = walk(session, people.ana, path, by=people.tomas)
    notice = session.scalars(select(Notice)).one()
    assert (notice.kind, notice.person_id) == ("path.assigned", people.ana.id)
    later = DUE + timedelta(days=7)
    services.reschedule(session, given, due_on=later, by=people.tomas, on=ON)
    assert step_of(session, given, modules[0]).due_on == later
    assert notice.detail["due_on"] == later.isoformat()
    with pytest.raises(Refused):
        services.reschedule(session, given, due_on=later, by=people.ana, on=ON)
    services.cancel(session, given, by=people.tomas, on=ON)
    session.commit()
    assert step_of(session, given, modules[0]).state is AssignmentState.CANCELLED
    assert session.scalars(select(Notice)).all() == []
    again = walk(session, people.ana, path)  # on the same day
    assert (again.id, again.state) == (given.id, AssignmentState.ASSIGNED)
    assert step_of(session, given, modules[0]).state is AssignmentState.ASSIGNED
    curriculum.start(session, step_of(session, given, modules[0]), on=ON)
    with pytest.raises(Refused, match="started"):
        services.cancel(session, given, by=people.tomas, on=ON)


def test_a_path_is_reminded_of_as_a_whole(session, people, modules, path):
    walk(session, people.ana, path)
    day = DUE - reminders.SOON
    assert reminders.remind(session, day, on=ON) == 1
    assert reminders.remind(session, day, on=ON) == 0
    kinds = set(session.scalars(select(Notice.kind)))
    assert kinds == {"path.assigned", "path.due_soon"}


def test_who_leaves_walks_no_further(session, people, modules, path):
    given = walk(session, people.ana, path)
    curriculum.person_left(session, person_id=people.ana.id, day=TODAY, on=ON)
    assert given.state is AssignmentState.CANCELLED
    assert step_of(session, given, modules[0]).state is AssignmentState.CANCELLED


def test_giving_to_many_does_not_ask_more_for_each(session, people, modules, path, count_queries):
    def give_to(*who):
        rows = [
            {"person_id": one.id, "reason": AssignmentReason.LAUNCH, "assigned_on": TODAY, "due_on": DUE} for one in who
        ]
        services.give(session, path, rows, by=people.tomas, on=ON)

    first = count_queries(lambda: give_to(people.ana))
    more = count_queries(lambda: give_to(people.luis, people.sol, people.paola, people.raul))
    assert more <= first + 3 * 4  # SQLite takes what gets a number one by one


# --- Writing ---


def test_what_is_missing_stands_in_the_way_of_publishing(session, people, modules):
    draft = Module(
        code="M09", title_en="Draft", title_es="", kind=ModuleKind.ARTICLE, minutes=5, state=ModuleState.DRAFT
    )
    session.add(draft)
    session.flush()
    one = {"module_id": modules[1].id}
    cases = [
        ([one], {"title_es": ""}, "Spanish"),
        ([one], {"about_en": "For the new"}, "Spanish"),
        ([{**one, "optional": True}], {}, "no required step"),
        ([], {}, "no required step"),
        ([one, {"module_id": draft.id}], {}, "M09"),
        ([one, {"module_id": modules[2].id, "after": 2}], {}, "not in order"),
    ]
    path = None
    for steps, facts, said in cases:
        path = written(session, people.tomas, steps, path=path, **facts)
        with pytest.raises(Refused, match=said):
            writing.publish(session, path, by=people.tomas, on=ON)
    with pytest.raises(Refused, match="Only published"):
        walk(session, people.ana, path)


def test_nobody_saves_over_somebody_else(session, people, modules, path):
    revision = path.revision
    written(session, people.tomas, [{"module_id": modules[1].id}], path=path)
    path_facts = {**WORDS, "code": "P1", "shorter_id": None, "in_order": True, "counts_earlier": True, "days": 9}
    with pytest.raises(Refused, match="Somebody else has saved"):
        writing.save(session, path, path_facts, [], revision=revision, by=people.tomas, on=ON)


# --- Pages ---


def step_fields(n, module, **more):
    return {f"steps-{n}-{name}": str(value) for name, value in {"module": module.id, **more}.items()}


def test_a_path_is_written_published_assigned_and_walked_on_screen(session, people, modules, as_user):
    trainer, learner = as_user(people.tomas), as_user(people.ana, "es")
    form = {"code": "P7", "days": "20", "in_order": "y", "counts_earlier": "y", **WORDS}
    wrong = {**form, **step_fields(0, modules[1], place=1, after=modules[2].id)}
    refused = trainer.post("/curriculum/paths/new", data=wrong)
    assert refused.status_code == 422
    assert "Step 1: it can only wait for, or depend on, a step before it." in text_of(refused)
    branch = {"branch_on": modules[0].id, "branch": "below", "score": 80}
    steps = {
        **step_fields(0, modules[1], place=2, **branch),
        **step_fields(1, modules[0], place=1),
        **step_fields(2, modules[2], place=3, optional="y"),
    }
    saved = trainer.post("/curriculum/paths/new", data={**form, **steps, "then": "publish"})
    path = session.scalars(select(Path)).one()
    assert saved.location == f"/curriculum/paths/{path.id}"
    page = text_of(trainer.get(saved.location))
    assert re.search(r"for people who score below 80.?% in “Refunds, step by step” at the first attempt", page), page
    assert [m for m in (text_of(as_user(people.paola).get("/curriculum/paths")),) if "First weeks" in m]
    given = trainer.post(
        f"/curriculum/paths/{path.id}/assign?unit={people.refunds.id}",
        data={"people": [str(people.ana.id)], "reason": "onboarding", "due_on": "2027-12-31"},
    )
    assert given.status_code == 302
    mine = session.scalars(select(PathAssignment)).one()
    home = text_of(learner.get("/curriculum/learn"))
    assert "Primeras semanas" in home
    assert "0 de 1 paso completado" in home
    assert "Reembolsos paso a paso" in home  # what comes next; not listed as a module besides
    assert home.count("/curriculum/learn/paths/") >= 1
    page = text_of(learner.get(f"/curriculum/learn/paths/{mine.id}"))
    assert "Depende del cuestionario" in page
    onwards = learner.post(f"/curriculum/learn/paths/{mine.id}/go-on")
    assert onwards.status_code == 302
    assert "Primeras semanas" in text_of(learner.get(onwards.location))  # the way back
    locked = learner.post(f"/curriculum/learn/paths/{mine.id}/steps/{modules[2].id}")
    assert locked.status_code == 409
    begun = learner.post(onwards.location + "/quiz")
    later = as_user(people.ana).post(f"/curriculum/learn/paths/{mine.id}/go-on")  # on another device
    assert later.location == begun.location
    assert session.scalars(select(Attempt)).one().assignment_id == step_of(session, mine, modules[0]).id


@pytest.mark.once
def test_who_may_what_and_about_whom(session, people, modules, path, as_user):
    given, far = walk(session, people.ana, path), walk(session, people.sol, path)
    for who, reads, assigns, writes in (
        ("ana", False, False, False),
        ("ivan", False, False, False),
        ("paola", True, True, False),
        ("carmen", True, False, False),
        ("tomas", True, True, True),
    ):
        client = as_user(getattr(people, who))
        assert client.get(f"/curriculum/paths/{path.id}").status_code == 200
        assert client.get(f"/curriculum/paths/assignments/{given.id}").status_code == (200 if reads else 403), who
        assert client.get(f"/curriculum/paths/{path.id}/assign").status_code == (200 if assigns else 403), who
        assert client.get(f"/curriculum/paths/{path.id}/edit").status_code == (200 if writes else 403), who
        if reads and who != "tomas":
            assert client.get(f"/curriculum/paths/assignments/{far.id}").status_code == 404
            listed = text_of(client.get("/curriculum/paths/people"))
            assert "Ana" in listed
            assert people.sol.name not in listed
            exported = client.get("/curriculum/paths/people?format=csv").get_data(as_text=True)
            assert people.sol.name not in exported
    for deed in ("waive", "cancel", "reschedule"):
        address = f"/curriculum/paths/assignments/{far.id}/{deed}"
        assert as_user(people.paola).post(address, data={"reason": "x", "due_on": "2027-01-01"}).status_code == 404
        assert as_user(people.carmen).post(address, data={"reason": "x"}).status_code == 403
    for deed in ("", "/go-on", f"/steps/{modules[0].id}", "/drop"):
        address = f"/curriculum/learn/paths/{far.id}{deed}"
        answer = as_user(people.ana).post(address) if deed else as_user(people.ana).get(address)
        assert answer.status_code == 404
    assert as_user(None).get(f"/curriculum/learn/paths/{given.id}").status_code == 302
    stranger = {"people": [str(people.sol.id)], "reason": "manual", "due_on": "2027-12-31"}
    assert as_user(people.paola).post(f"/curriculum/paths/{path.id}/assign?q=a", data=stranger).status_code == 422


def test_drafts_are_seen_by_who_writes_and_a_path_can_be_taken_and_given_back(session, people, modules, path, as_user):
    draft = written(session, people.tomas, [{"module_id": modules[1].id}], code="P9", title_en="Secret plan")
    session.commit()
    assert as_user(people.ana).get(f"/curriculum/paths/{draft.id}").status_code == 404
    assert "Secret plan" not in text_of(as_user(people.ana).get("/curriculum/paths"))
    assert "Secret plan" in text_of(as_user(people.tomas).get("/curriculum/paths"))
    client = as_user(people.ana)
    taken = client.post(f"/curriculum/paths/{path.id}/take")
    assert client.post(f"/curriculum/paths/{path.id}/take").location == taken.location
    assert client.post(f"{taken.location}/drop").status_code == 302
    found = session.scalars(select(PathAssignment)).one()
    assert (found.state, found.reason) == (AssignmentState.CANCELLED, AssignmentReason.SELF)
    assert client.post(f"/curriculum/paths/{path.id}/take").location == taken.location


def test_a_lead_moves_waives_and_cancels_on_screen(session, people, modules, path, as_user):
    given = walk(session, people.ana, path, by=people.tomas)
    lead, address = as_user(people.paola), f"/curriculum/paths/assignments/{given.id}"
    assert lead.post(f"{address}/reschedule", data={"due_on": "2027-12-31"}).status_code == 302
    assert given.due_on == date(2027, 12, 31)
    assert lead.post(f"{address}/waive", data={"reason": ""}).status_code == 422
    assert lead.post(f"{address}/waive", data={"reason": "Moves on"}).status_code == 302
    assert "Moves on" in text_of(lead.get(address))
    assert lead.post(f"{address}/cancel").status_code == 409


def test_lists_do_not_ask_more_with_more_rows(session, people, modules, path, as_user, count_queries):
    trainer = as_user(people.tomas)
    walk(session, people.ana, path)
    published(session, people.tomas, [{"module_id": modules[1].id}], code="P2")
    addresses = ("/curriculum/paths", "/curriculum/paths/people", "/curriculum/learn")
    before = [count_queries(lambda a=a: trainer.get(a)) for a in addresses]
    for one in (people.luis, people.sol, people.paola):
        walk(session, one, path)
    for n in (3, 4):
        other = published(session, people.tomas, [{"module_id": modules[1].id}], code=f"P{n}")
        walk(session, people.tomas, other)
    assert session.scalar(select(func.count()).select_from(PathVersion)) == 4
    after = [count_queries(lambda a=a: trainer.get(a)) for a in addresses]
    assert after[:2] == before[:2]
    assert after[2] <= before[2] + 3  # from none to some


def test_many_paths_are_changed_at_once_and_only_what_is_not_begun_is_taken_back(session, people, path, as_user):
    walks = [walk(session, one, path) for one in (people.ana, people.luis, people.sol)]
    begun = session.scalars(select(Assignment).where(Assignment.path_assignment_id == walks[0].id)).first()
    curriculum.start(session, begun, on=ON)
    session.commit()
    client, at = as_user(people.paola), "/curriculum/paths/people/change?state=open"
    page = text_of(client.get(at))
    assert "Ana Ruiz" in page
    assert "Sol Paz" not in page
    assert client.post(at, data={"deed": "cancel", "chosen": [walks[2].id]}).status_code == 422
    both = [one.id for one in walks[:2]]
    assert client.post(at, data={"deed": "reschedule", "due_on": "2099-01-01", "chosen": both}).status_code == 302
    assert client.post(at, data={"deed": "cancel", "chosen": both}).location == "/curriculum/paths/people?state=open"
    session.expire_all()
    assert [one.due_on for one in walks] == [date(2099, 1, 1), date(2099, 1, 1), DUE]
    assert [one.state for one in walks[:2]] == [AssignmentState.STARTED, AssignmentState.CANCELLED]
    assert client.post(at, data={"deed": "waive", "reason": "On leave", "chosen": [walks[0].id]}).status_code == 302
    session.expire_all()
    assert walks[0].waived_reason == "On leave"
    assert "Cambiar rutas" in text_of(as_user(people.raul, "es").get(at))
    for name in ("ana", "carmen", "ivan"):
        assert as_user(getattr(people, name)).get(at).status_code == 403
