"""Following learning: by team with reminders that never flood, transcripts, time spent, ratings, how modules do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.core.clock import now
from app.curriculum import services as curriculum
from app.curriculum.certificates.models import Certificate, CertificateTerms
from app.curriculum.certificates.rules import Basis
from app.curriculum.following import queries, rules, services
from app.curriculum.giving import programme_day
from app.curriculum.models import Assignment, AssignmentState
from app.curriculum.quizzes import taking
from app.home import notices
from tests.curriculum.conftest import ON, TODAY, give
from tests.curriculum.quiz_cast import answer_all, quiz_of, single
from tests.curriculum.test_views import text_of

LATER = timedelta(days=1)


@pytest.mark.parametrize(("gap", "expected"), [(None, 0), (0, 0), (30, 30), (90, 90), (91, 0), (-5, 0), (86_400, 0)])
def test_only_signs_of_life_that_follow_each_other_add_time(gap, expected):
    before = None if gap is None else ON - timedelta(seconds=gap)
    assert rules.seconds_since(before, ON) == expected


@pytest.fixture
def overdue(app):
    """Due dates in the past of the real clock, as pages know it."""
    with app.app_context():
        return programme_day(now()) - timedelta(days=5)


def late(session, person, module, due_on, **facts):
    return give(session, person, module, due_on=due_on, assigned_on=due_on - timedelta(days=9), **facts)


def test_time_is_noted_while_open_and_two_tabs_do_not_double_it(session, people, module, as_user):
    one = give(session, people.ana, module)
    for seconds in (0, 30, 31, 60, 400, 430):
        services.note_time(session, one, on=ON + timedelta(seconds=seconds))
    session.commit()
    assert one.seconds == 90
    client = as_user(people.ana)
    assert client.post(f"/curriculum/learn/{one.id}/here").status_code == 204
    assert as_user(people.luis).post(f"/curriculum/learn/{one.id}/here").status_code == 404
    assert f'data-present="/curriculum/learn/{one.id}/here"' in client.get(f"/curriculum/learn/{one.id}").text
    curriculum.complete(session, one, on=ON, language="es")
    services.note_time(session, one, on=ON + timedelta(seconds=450))
    assert one.seconds == 90


def test_a_module_is_rated_once_completed_and_read_without_a_name(session, people, module, as_user):
    one = give(session, people.ana, module)
    client, address = as_user(people.ana, "es"), f"/curriculum/learn/{one.id}"
    assert client.post(f"{address}/rate", data={"stars": "4"}).status_code == 409
    curriculum.complete(session, one, on=ON, language="es")
    session.commit()
    assert "¿Qué tan útil fue?" in text_of(client.get(address))
    for wrong in ({}, {"stars": "6"}, {"stars": "x"}):
        client.post(f"{address}/rate", data=wrong)
        assert one.rating is None
    client.post(f"{address}/rate", data={"stars": "2", "remark": "Muy largo"})
    client.post(f"{address}/rate", data={"stars": "4", "remark": "Mejor así"})
    assert (one.rating, one.remark) == (4, "Mejor así")
    page = text_of(as_user(people.paola).get(f"/remedies/modules/{module.id}"))
    assert "Mejor así" in page
    assert "Muy largo" not in page
    assert people.ana.name not in page
    assert "Mejor así" not in text_of(as_user(people.pedro).get(f"/remedies/modules/{module.id}"))


# --- By team, and reminding ---


def test_teams_are_counted_within_scope(session, people, module, as_user, overdue):
    late(session, people.ana, module, overdue)
    late(session, people.sol, module, overdue)
    done = late(session, people.luis, module, overdue)
    curriculum.complete(session, done, on=ON - timedelta(days=300), language="en")
    done.completed_on = overdue - LATER
    session.commit()
    rows = {row.path: row for row in session.execute(queries.by_team(queries.given(people.tomas), overdue + LATER))}
    norte = rows["Norte/Bogotá/Refunds"]
    assert (norte.open, norte.overdue, norte.late, norte.oldest) == (1, 1, 1, overdue)
    assert (norte.due, norte.in_time) == (2, 1)
    for who, sees, not_sees in (("paola", "Refunds", "Orders"), ("pedro", "Orders", "Refunds")):
        page = text_of(as_user(getattr(people, who)).get("/curriculum/progress"))
        assert "1 module is overdue, with 1 person." in page
        assert f">{sees}<" in page
        assert f">{not_sees}<" not in page
    exported = as_user(people.carmen, "es").get("/curriculum/progress?format=csv").get_data(as_text=True)
    assert exported.splitlines()[0].lstrip("\ufeff").startswith("Equipo,Abiert")
    assert "Orders" not in exported
    assert as_user(people.ana).get("/curriculum/progress").status_code == 403
    assert as_user(None).get("/curriculum/progress").status_code == 302


def test_one_notice_each_and_none_for_who_was_told_lately(session, people, module, overdue, refund):
    late(session, people.ana, module, overdue)
    late(session, people.luis, module, overdue)
    late(session, people.sol, module, overdue)
    session.query(Notice).delete()
    session.add(
        Notice(
            person_id=people.luis.id, key="assignment.overdue:1:1", kind="assignment.overdue", path="/", detail={},
            created_at=now() - timedelta(days=1),
        )
    )  # fmt: skip
    session.commit()
    within = queries.given(people.paola)
    done = services.remind(session, within, by=people.paola, on=now())
    session.commit()
    assert (done.told, done.left) == (1, 1)
    notice = session.scalars(select(Notice).where(Notice.kind == rules.REMINDED)).one()
    assert notice.person_id == people.ana.id
    assert "1 module is overdue" in notices.sentence(notice, "UTC")
    again = services.remind(session, within, by=people.paola, on=now())
    assert (again.told, again.left) == (0, 2)
    after = services.remind(session, within, by=people.paola, on=now() + timedelta(days=4))
    assert (after.told, after.left) == (2, 0)


def test_reminding_on_screen_keeps_to_scope_and_filters(session, people, module, as_user, overdue):
    for one in (people.ana, people.sol):
        late(session, one, module, overdue)
    session.query(Notice).delete()
    session.commit()
    address = "/curriculum/progress/remind"
    assert as_user(people.carmen).post(address).status_code == 403
    other = as_user(people.tomas).post(f"{address}?unit={people.sur.id}&module=999")
    assert other.location == f"/curriculum/progress?unit={people.sur.id}&module=999"
    told = set(session.scalars(select(Notice.person_id)))
    assert told == {people.sol.id}
    as_user(people.paola).post(address)
    assert set(session.scalars(select(Notice.person_id))) == {people.sol.id, people.ana.id}
    page = text_of(as_user(people.ana, "es").get("/notices"))
    assert "módulo vencido" in page


# --- Transcripts ---


@pytest.mark.once
def test_a_transcript_is_seen_by_its_person_and_whoever_reaches_them(session, people, module, as_user, count_queries):
    session.add(CertificateTerms(module_id=module.id, basis=Basis.COMPLETION, months=12))
    one = give(session, people.ana, module)
    one.seconds = 600
    curriculum.complete(session, one, on=ON, language="es")
    cancelled = give(session, people.ana, module, assigned_on=TODAY + LATER)
    cancelled.state = AssignmentState.CANCELLED
    session.commit()
    certificate = session.scalars(select(Certificate)).one()
    address = f"/curriculum/transcripts/{people.ana.id}"
    for who, status in (("ana", 200), ("paola", 200), ("tomas", 200), ("luis", 404), ("pedro", 404), ("ivan", 404)):
        assert as_user(getattr(people, who)).get(address).status_code == status, who
    page = text_of(as_user(people.ana, "es").get(address))
    assert "1 módulo completado, 10 minutos dedicados." in page
    assert certificate.number in page
    lines = as_user(people.carmen).get(f"{address}?format=csv").get_data(as_text=True).strip().splitlines()
    assert len(lines) == 2
    assert certificate.number in lines[1]
    assert "–" not in lines[1], "where there is nothing a file is empty"
    book = as_user(people.carmen).get(f"{address}?format=xlsx")
    assert book.get_data()[:2] == b"PK"
    book.close()
    assert address in as_user(people.paola).get(f"/people/{people.ana.id}").text
    client = as_user(people.ana)
    before = count_queries(lambda: client.get(address))
    for days in range(2, 6):
        more = give(session, people.ana, module, assigned_on=TODAY + timedelta(days=days))
        curriculum.complete(session, more, on=ON + timedelta(days=days), language="es")
    session.commit()
    assert count_queries(lambda: client.get(address)) <= before


def test_the_first_screen_has_learning_certificates_and_why(session, people, module, as_user):
    session.add(CertificateTerms(module_id=module.id, basis=Basis.NEVER, months=12))
    done = give(session, people.ana, module)
    curriculum.complete(session, done, on=ON, language="es")
    session.commit()
    give(session, people.ana, module, assigned_on=TODAY + LATER)
    page = text_of(as_user(people.ana).get("/"))
    for said in (
        "My certificates",
        "What I learnt",
        "12 minutes · for a gap",
        f"/curriculum/transcripts/{people.ana.id}",
    ):
        assert said in page


# --- How modules do ---


def test_modules_are_measured_within_scope_without_growing(session, people, module, refund, as_user, count_queries):
    for code in ("Q1", "Q2"):
        single(session, refund, code)
    quiz = quiz_of(session, module, 2)
    for person, right in ((people.ana, 2), (people.luis, 1), (people.sol, 2)):
        one = give(session, person, module)
        attempt = taking.begin(session, quiz, one, on=ON)
        session.commit()
        answer_all(session, attempt, right)
        taking.hand_in(session, attempt, on=ON)
    session.scalars(select(Assignment).where(Assignment.person_id == people.ana.id)).one().seconds = 900
    session.commit()
    lead = as_user(people.paola)
    page = text_of(lead.get(f"/remedies/modules/{module.id}"))
    assert "Assigned to 2 people within your reach, completed by 1." in page
    assert "1 of 2" in page
    assert "Too early to say" in page
    everything = as_user(people.tomas).get("/remedies/modules?format=csv").get_data(as_text=True).splitlines()
    assert everything[1].startswith('"Refunds, step by step",3,')
    assert as_user(people.tomas, "es").get(f"/remedies/modules?unit={people.sur.id}").status_code == 200
    teams = as_user(people.tomas).get(f"/remedies/modules/{module.id}?format=csv").get_data(as_text=True)
    assert len(teams.strip().splitlines()) == 3
    assert as_user(people.ana).get("/remedies/modules").status_code == 403
    before = count_queries(lambda: lead.get("/remedies/modules"))
    assert session.scalar(select(func.count()).select_from(Assignment)) == 3
    assert count_queries(lambda: lead.get("/remedies/modules")) == before
