"""What becomes of an assignment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Activity, Notice
from app.core.errors import Refused
from app.curriculum import queries, services
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleState
from app.gaps.models import Remedy
from tests.curriculum.conftest import ON, TODAY, give


def row(person, module, **rest):
    return {
        "person_id": person.id,
        "module_id": module.id,
        "reason": AssignmentReason.GAP,
        "assigned_on": TODAY,
        **rest,
    }


def test_an_assignment_tells_the_person_once_and_leaves_a_line(session, people, module):
    given = give(session, people.ana, module, by=people.tomas)
    notice = session.scalars(select(Notice)).one()
    assert notice.person_id == people.ana.id
    assert notice.path == f"/curriculum/learn/{given.id}"
    assert notice.detail["module_es"] == "Reembolsos paso a paso"
    line = session.scalars(select(Activity).where(Activity.verb == "module.assigned")).one()
    assert (line.actor_id, line.person_id) == (people.tomas.id, people.ana.id)


def test_what_is_open_already_is_not_assigned_again(session, people, module):
    give(session, people.ana, module)
    later = TODAY + timedelta(days=3)
    assert services.assign_many(session, [row(people.ana, module, assigned_on=later)], by=None, on=ON) == 0


def test_what_was_completed_can_be_assigned_again_another_day(session, people, module):
    services.complete(session, give(session, people.ana, module), on=ON, language="es")
    session.commit()
    assert services.assign_many(session, [row(people.ana, module)], by=None, on=ON) == 0
    later = TODAY + timedelta(days=1)
    assert services.assign_many(session, [row(people.ana, module, assigned_on=later)], by=None, on=ON) == 1


def test_what_was_cancelled_can_be_assigned_again_the_same_day(session, people, module):
    given = give(session, people.ana, module)
    services.cancel(session, given, by=people.tomas, on=ON)
    session.commit()
    assert session.scalars(select(Notice)).all() == []
    again = give(session, people.ana, module)
    assert again.id == given.id
    assert again.state is AssignmentState.ASSIGNED


def test_the_same_person_twice_in_one_call_gets_it_once(session, people, module):
    assert services.assign_many(session, [row(people.ana, module)] * 2, by=None, on=ON) == 1


def test_only_published_modules_are_assigned(session, people, module):
    module.state = ModuleState.DRAFT
    session.commit()
    with pytest.raises(Refused):
        give(session, people.ana, module)


def test_assigning_asks_as_much_for_many_as_for_few(session, people, module, count_queries):
    from tests.conftest import make_user

    def crowd(name, size):
        return [
            make_user(session, f"{name}{n} Soto", team=people.refunds, employee_no=f"{name}{n}") for n in range(size)
        ]

    few, many = crowd("F", 3), crowd("M", 60)
    session.commit()
    module_id = module.id

    def assign(persons):
        rows = [
            {"person_id": p, "module_id": module_id, "reason": AssignmentReason.GAP, "assigned_on": TODAY}
            for p in persons
        ]
        services.assign_many(session, rows, by=None, on=ON)
        session.commit()

    few_ids, many_ids = [p.id for p in few], [p.id for p in many]
    session.commit()
    written = 3  # the assignment, its notice and its line: one by one on SQLite
    few_asked = count_queries(lambda: assign(few_ids)) - written * len(few_ids)
    assert count_queries(lambda: assign(many_ids)) <= few_asked + written * len(many_ids)


def test_completing_counts_by_the_programmes_day_and_becomes_evidence(session, people, module, app, monkeypatch):
    monkeypatch.setitem(app.config, "PROGRAMME_TIME_ZONE", "America/Bogota")
    given = give(session, people.ana, module)
    late_evening = ON.replace(day=5, hour=3)  # 22:00 of the 4th in Bogotá
    services.complete(session, given, on=late_evening, language="es")
    session.commit()
    assert given.completed_on == date(2026, 11, 4)
    remedy = session.scalars(select(Remedy)).one()
    assert (remedy.person_id, remedy.day) == (people.ana.id, date(2026, 11, 4))
    assert remedy.key == f"assignment:{given.id}:{module.competencies[0].id}"


def test_completing_twice_is_refused(session, people, module):
    given = give(session, people.ana, module)
    services.complete(session, given, on=ON, language="es")
    with pytest.raises(Refused):
        services.complete(session, given, on=ON, language="es")


def test_what_is_started_can_be_waived_but_not_cancelled(session, people, module):
    given = give(session, people.ana, module)
    services.start(session, given, on=ON)
    with pytest.raises(Refused):
        services.cancel(session, given, by=people.tomas, on=ON)
    services.waive(session, given, reason="On leave", by=people.tomas, on=ON)
    assert given.state is AssignmentState.WAIVED


def test_nobody_waives_or_cancels_their_own(session, people, module):
    given = give(session, people.paola, module)
    for deed in (
        lambda: services.waive(session, given, reason="x", by=people.paola, on=ON),
        lambda: services.cancel(session, given, by=people.paola, on=ON),
    ):
        with pytest.raises(Refused):
            deed()


def test_a_competencys_own_module_is_the_most_specific_published_one(session, people, module, refund):
    from app.curriculum.models import Competency, ModuleKind

    other = Competency(code="K02", name_en="Tone", name_es="Tono", target=0.85)
    session.add(other)
    broad = {"kind": ModuleKind.ARTICLE, "minutes": 5}
    session.add(Module(code="A00", title_en="All", title_es="Todo", competencies=[refund, other], **broad))
    session.add(
        Module(
            code="A01", title_en="Draft", title_es="Borrador", state=ModuleState.DRAFT, competencies=[refund], **broad
        )
    )
    session.commit()
    found = [(c, m.code) for c, m in session.execute(queries.modules_for([refund.id, other.id]))]
    assert found == [(refund.id, "M01"), (refund.id, "A00"), (other.id, "A00")]


def test_learning_in_time_counts_what_fell_due_in_the_month(session, people, module):
    in_time = give(session, people.ana, module, due_on=date(2026, 11, 10))
    services.complete(session, in_time, on=ON, language="es")
    give(session, people.luis, module, due_on=date(2026, 11, 20))
    give(session, people.sol, module, due_on=date(2026, 12, 1))
    session.commit()
    due, done = session.execute(queries.learning_in_time(people.mariana, date(2026, 11, 1), date(2026, 11, 30))).one()
    assert (due, done) == (2, 1)
    other_partner = queries.learning_in_time(people.pedro, date(2026, 11, 1), date(2026, 12, 31))
    assert session.execute(other_partner).one() == (1, 0)


def test_history_left_undone_is_not_open(session, people, module):
    old = Assignment(
        person_id=people.ana.id,
        module_id=module.id,
        reason=AssignmentReason.MANUAL,
        assigned_on=date(2025, 11, 3),
        from_history=True,
    )
    session.add(old)
    session.commit()
    assert session.scalars(queries.open_assignments([people.ana.id])).all() == []
    with pytest.raises(Refused):
        services.complete(session, old, on=ON, language="es")
    assert give(session, people.ana, module) is not None


def test_who_left_has_nothing_open_any_more(session, people, module):
    given, other = give(session, people.ana, module), give(session, people.luis, module)
    services.person_left(session, person_id=people.ana.id, day=TODAY, on=ON)
    session.commit()
    assert (given.state, other.state) == (AssignmentState.CANCELLED, AssignmentState.ASSIGNED)
