"""Due dates, waiving and cancelling for many at once; taking a module of one's own accord."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.accounts.models import Activity, Notice
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.changing import services
from app.curriculum.changing.services import Deed
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState
from tests.conftest import make_user
from tests.curriculum.conftest import ON, give
from tests.curriculum.test_views import text_of

FAR = date(2099, 1, 1)


def test_a_new_due_date_reaches_the_notice_and_leaves_a_line(session, people, module):
    given = give(session, people.ana, module)
    services.reschedule(session, given, due_on=FAR, by=people.paola, on=ON)
    session.commit()
    assert session.scalars(select(Notice)).one().detail["due_on"] == "2099-01-01"
    line = session.scalars(select(Activity).where(Activity.verb == "module.rescheduled")).one()
    assert line.detail["due_on"] == ["2026-11-17", "2099-01-01"]


def test_what_can_not_be_changed_is_left_and_counted(session, people, module):
    own, open_one, started = (give(session, one, module) for one in (people.paola, people.ana, people.luis))
    curriculum.start(session, started, on=ON)
    facts = {"due_on": None, "reason": "", "by": people.paola, "on": ON}
    done = services.change_many(session, [own, open_one, started], Deed.CANCEL, services.MODULES, **facts)
    assert (done.changed, done.left) == (1, 2)
    done = services.change_many(
        session, [own, started], Deed.WAIVE, services.MODULES, **{**facts, "reason": "On leave"}
    )
    assert (done.changed, done.left, started.waived_reason) == (1, 1, "On leave")
    with pytest.raises(Refused):
        services.reschedule(session, started, due_on=FAR, by=people.tomas, on=ON)


def test_a_lead_changes_what_the_list_shows_within_the_team(people, module, as_user, session):
    given = [give(session, one, module) for one in (people.ana, people.luis, people.sol)]
    client, path = as_user(people.paola), "/curriculum/assignments/change?state=open"
    page = text_of(client.get(path))
    assert "Ana Ruiz" in page
    assert "Sol Paz" not in page
    assert client.post(path, data={"deed": "reschedule", "chosen": [given[0].id]}).status_code == 422
    assert client.post(path, data={"deed": "waive", "chosen": [given[0].id]}).status_code == 422
    beyond = {"deed": "waive", "reason": "x", "chosen": [given[2].id]}
    assert client.post(path, data=beyond).status_code == 422
    form = {"deed": "reschedule", "due_on": "2099-01-01", "chosen": [one.id for one in given[:2]]}
    assert client.post(path, data=form).location == "/curriculum/assignments?state=open"
    session.expire_all()
    assert [one.due_on for one in given] == [FAR, FAR, date(2026, 11, 17)]
    assert "2 asignaciones abiertas" in text_of(as_user(people.paola, "es").get(path))
    assert "Sol Paz" not in text_of(client.get("/curriculum/assignments/change?q=sol&endpoint=x&_external=1"))


def test_one_assignment_gets_another_due_date(people, module, as_user, session):
    given = give(session, people.ana, module)
    path = f"/curriculum/assignments/{given.id}/reschedule"
    assert as_user(people.raul).post(path, data={"due_on": "2099-01-01"}).status_code == 404
    assert as_user(people.carmen).post(path, data={"due_on": "2099-01-01"}).status_code == 403
    for day, expected in (("2001-01-01", date(2026, 11, 17)), ("2099-01-01", FAR)):
        assert as_user(people.paola).post(path, data={"due_on": day}).status_code == 302
        session.expire_all()
        assert session.get(Assignment, given.id).due_on == expected


@pytest.mark.parametrize("who", ["ana", "ivan", "carmen"])
def test_who_may_not_assign_changes_nothing(people, module, as_user, who):
    assert as_user(getattr(people, who)).get("/curriculum/assignments/change").status_code == 403


def test_changing_asks_as_much_for_many_as_for_few(people, module, as_user, session, count_queries):
    give(session, people.ana, module)
    client = as_user(people.tomas)
    few = count_queries(lambda: client.get("/curriculum/assignments/change"))
    for n in range(15):
        give(session, make_user(session, f"N{n} Soto", team=people.refunds, employee_no=f"N{n}"), module)
    assert count_queries(lambda: client.get("/curriculum/assignments/change")) <= few


def test_an_agent_takes_a_module_and_gives_it_back(people, module, as_user, session):
    client = as_user(people.ana, "es")
    assert "Tomar este módulo" in text_of(client.get(f"/curriculum/modules/{module.id}"))
    taken = client.post(f"/curriculum/modules/{module.id}/take")
    given = session.scalars(select(Assignment)).one()
    assert taken.location == f"/curriculum/learn/{given.id}"
    assert (given.reason, given.due_on, given.assigned_by_id) == (AssignmentReason.SELF, None, people.ana.id)
    assert session.scalars(select(Notice)).all() == []
    assert client.post(f"/curriculum/modules/{module.id}/take").location == taken.location, "twice is once"
    assert client.post(f"/curriculum/learn/{given.id}/drop").status_code == 302
    session.expire_all()
    assert given.state is AssignmentState.CANCELLED
    assert as_user(people.luis).post(f"/curriculum/learn/{given.id}/drop").status_code == 404


def test_what_was_started_or_assigned_is_not_given_back(people, module, as_user, session):
    given = give(session, people.luis, module)
    assert as_user(people.luis).post(f"/curriculum/learn/{given.id}/drop").status_code == 409
    client = as_user(people.ana)
    client.post(f"/curriculum/modules/{module.id}/take")
    own = session.scalars(select(Assignment).where(Assignment.person_id == people.ana.id)).one()
    client.post(f"/curriculum/learn/{own.id}/start")
    assert client.post(f"/curriculum/learn/{own.id}/drop").status_code == 409
    assert client.post(f"/curriculum/learn/{own.id}/complete").status_code == 302
    assert client.post(f"/curriculum/modules/{module.id}/take").status_code == 409, "completed today"
