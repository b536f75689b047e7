"""The queue: what narrows it, how long is left, and planning several sessions in one go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.accounts.models import Absence, AbsenceKind
from app.coaching import labels, services
from app.coaching.conflicts import Diary
from app.coaching.models import CoachingSession
from app.coaching.rules import ObligationKind, SessionKind, SessionState
from app.core.clock import now
from tests.conftest import Cast

MONDAY = datetime(2026, 10, 5, 14, tzinfo=UTC)
"""9:00 in Bogotá and Lima."""


def of(session: Any, people: Cast, begins: datetime = MONDAY) -> Diary:
    return Diary.of(session, people.paola, [people.ana, people.luis], begins, begins + timedelta(days=7))


def test_times_are_free_one_after_the_other_while_the_site_is_open(session: Any, people: Cast) -> None:
    evening = MONDAY + timedelta(hours=8, minutes=30)  # 17:30; the site closes at 18:00
    diary = of(session, people)
    assert diary.first_free(people.ana, people.paola, evening, 30) == evening
    diary.take(people.ana, people.paola, evening, 30)
    assert diary.first_free(people.luis, people.paola, evening, 30) == MONDAY + timedelta(days=1)
    friday = MONDAY + timedelta(days=4, hours=9)  # 18:00
    assert diary.first_free(people.luis, people.paola, friday, 30) == MONDAY + timedelta(days=8)  # Columbus Day is kept
    assert (
        "outside the working hours" in diary.says([people.ana], people.paola, evening + timedelta(minutes=15), 30)[-1]
    )


def test_an_absence_and_another_session_are_gone_around(session: Any, people: Cast) -> None:
    day = MONDAY.date()
    session.add(Absence(user_id=people.luis.id, kind=AbsenceKind.SICK, from_day=day, to_day=day))
    services.schedule(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[people.ana.id], scheduled_for=MONDAY,
        minutes=45, on=MONDAY - timedelta(days=1),
    )  # fmt: skip
    session.commit()
    diary = of(session, people)
    assert diary.first_free(people.ana, people.paola, MONDAY, 30) == MONDAY + timedelta(minutes=45)
    assert diary.first_free(people.luis, people.paola, MONDAY, 30) == MONDAY + timedelta(days=1)
    assert sum("another session" in one for one in diary.says([people.ana], people.paola, MONDAY, 15)) == 2


def test_what_was_chosen_is_planned_in_one_go(session: Any, people: Cast, owe: Any, as_user: Any) -> None:
    first = owe(people.luis, key="transition:1", at=now() - timedelta(days=2))
    second = owe(people.ana, key="transition:2", at=now() - timedelta(days=1))
    third = owe(people.luis, ObligationKind.FATAL, key="audit:3", at=now() - timedelta(hours=1))
    other = owe(people.sol, key="transition:4", at=now())
    lead = as_user(people.paola)
    assert lead.get("/coaching/schedule/several").status_code == 302
    assert lead.get(f"/coaching/schedule/several?obligation={other.id}").status_code == 404
    assert as_user(people.ana).get(f"/coaching/schedule/several?obligation={second.id}").status_code == 403
    path = "/coaching/schedule/several?" + "&".join(f"obligation={one.id}" for one in (first, second, third))
    page = lead.get(path).get_data(as_text=True)
    assert "Schedule 2 sessions" in page
    fields = dict(re.findall(r'name="(places-\d-(?:person|day|at))"[^>]*value="([^"]*)"', page))
    assert len(fields) == 6
    assert re.findall(r"<option selected value=\"(\w+)\"", page) == ["30", "fatal", "one_to_one"]
    kinds = {"places-0-kind": "fatal", "places-1-kind": "one_to_one"}
    head = {"first_day": fields["places-0-day"], "first_at": fields["places-0-at"], "minutes": "30"}
    same = {**head, **fields, **kinds, "places-1-at": fields["places-0-at"], "places-1-day": fields["places-0-day"]}
    clash = lead.post(path, data=same)
    assert clash.status_code == 200
    assert clash.get_data(as_text=True).count("is at the same time") == 2
    past = {**same, "places-1-day": "2020-01-01"}
    assert lead.post(path, data=past).status_code == 422
    assert session.query(CoachingSession).count() == 0
    again = lead.post(path, data={**same, "propose": "1"}).get_data(as_text=True)
    assert "is at the same time" not in again
    assert lead.post(path, data={**head, **fields, **kinds}).status_code == 302
    made = session.query(CoachingSession).order_by(CoachingSession.scheduled_for).all()
    assert [(one.state, one.kind, len(one.records)) for one in made] == [
        (SessionState.SCHEDULED, SessionKind.FATAL, 1), (SessionState.SCHEDULED, SessionKind.ONE_TO_ONE, 1),
    ]  # fmt: skip
    assert made[1].scheduled_for - made[0].scheduled_for >= timedelta(minutes=30)
    assert {record.person_id for one in made for record in one.records} == {people.ana.id, people.luis.id}
    queue = as_user(people.paola, "es").get("/coaching").get_data(as_text=True)
    assert 'name="obligation"' not in queue


def test_too_many_at_once_are_refused_in_a_sentence(people: Cast, as_user: Any) -> None:
    path = "/coaching/schedule/several?" + "&".join(f"obligation={n}" for n in range(1, 28))
    answer = as_user(people.paola).get(path)
    assert answer.status_code == 409
    assert "At most 25" in answer.get_data(as_text=True)


def test_the_queue_is_narrowed_and_its_sentence_stays(session: Any, people: Cast, owe: Any, as_user: Any) -> None:
    owe(people.ana, key="transition:1", at=now() - timedelta(days=20))
    owe(people.luis, ObligationKind.FATAL, key="audit:3", at=now() - timedelta(hours=1))
    services.schedule(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[people.ana.id],
        scheduled_for=now() + timedelta(days=1), on=now(),
    )  # fmt: skip
    session.commit()
    lead = as_user(people.paola)
    wanted = {
        "": {"Ana Ruiz", "Luis Mora"}, "?q=mora": {"Luis Mora"}, "?kind=gap": {"Ana Ruiz"}, "?when=overdue": {"Ana Ruiz"},
        "?planned=no": {"Luis Mora"}, "?planned=yes": {"Ana Ruiz"}, f"?unit={people.refunds.id}": {"Ana Ruiz", "Luis Mora"},
        "?q=nobody": set(), "?kind=nonsense": {"Ana Ruiz", "Luis Mora"},
    }  # fmt: skip
    for query, names in wanted.items():
        page = lead.get(f"/coaching{query}").get_data(as_text=True)
        assert {name for name in ("Ana Ruiz", "Luis Mora") if f">{name}</a>" in page} == names, query
        assert "1 is overdue" in page
    assert "h left</small>" in lead.get("/coaching").get_data(as_text=True)


@pytest.mark.parametrize(
    ("minutes", "said"), [(-5, "0 min"), (40, "40 min"), (150, "2 h 30 min"), (26 * 60, "26 h"), (5 * 24 * 60, "5 d")]
)
def test_the_time_left_is_said_as_it_is_thought_of(app: Any, minutes: int, said: str) -> None:
    with app.test_request_context():
        assert labels.left(MONDAY + timedelta(minutes=minutes), MONDAY).replace("\xa0", " ") == said
