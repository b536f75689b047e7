"""Sessions drawn at random, reviewed on a rubric by somebody else than the coach, and talked about with the coach."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.models import Notice
from app.coaching import services as coaching
from app.coaching.models import CoachingSession, Commitment
from app.coaching.quality import rules, services
from app.coaching.quality.models import Review, ReviewPlan
from app.coaching.quality.rules import Item, Mark
from app.coaching.rules import SessionKind
from app.core.clock import last_month, now
from app.core.errors import Refused
from tests.conftest import Cast

ALL = dict.fromkeys(Item, Mark.YES)


@given(st.integers(0, 60), st.integers(1, 10), st.integers(0, 99))
def test_a_draw_is_of_the_sessions_as_many_as_asked_and_always_the_same(size: int, many: int, seed: int) -> None:
    pool = range(100, 100 + size)
    drawn = rules.draw(pool, many, str(seed))
    assert len(set(drawn)) == len(drawn) == min(many, size)
    assert set(drawn) <= set(pool)
    assert drawn == rules.draw(list(reversed(pool)), many, str(seed))


@pytest.mark.parametrize(
    ("marks", "points"),
    [
        ([Mark.YES] * 6, (12, 12)),
        ([Mark.YES, Mark.PARTLY, Mark.NO, Mark.NA, Mark.NA, Mark.NA], (3, 6)),
        ([Mark.NA] * 6, None),
    ],
)
def test_what_could_not_be_asked_does_not_count(marks: list[Mark], points: tuple[int, int] | None) -> None:
    assert rules.score(dict(zip(Item, marks, strict=True))) == points


@pytest.fixture
def month() -> date:
    return last_month(now().date())


@pytest.fixture
def held(session: Any, people: Cast, month: date) -> list[int]:
    """Four sessions of Paola and one of Raúl, held last month; one more this month."""
    made = []
    plan = [(people.paola, people.ana, n) for n in range(4)] + [(people.raul, people.sol, 5)]
    for coach, agent, n in plan:
        at = datetime.combine(month + timedelta(days=n), datetime.min.time(), now().tzinfo) + timedelta(hours=15)
        said = [coaching.Said(agent.id, f"Goal: number {n}", "Between us.")]
        made.append(
            coaching.log_session(session, by=coach, kind=SessionKind.ONE_TO_ONE, held_at=at, records=said, on=at).id
        )
    at = now() - timedelta(minutes=1)
    coaching.log_session(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, held_at=at, records=[coaching.Said(people.ana.id)], on=at
    )
    session.commit()
    return made


def plan(session: Any, people: Cast, month: date, many: int = 2) -> ReviewPlan:
    made = services.make_plan(session, people.programme, many, first_month=month, by=people.mariana, on=now())
    services.draw_months(session, now().date(), on=now())
    session.commit()
    return made


def test_so_many_of_each_coach_are_drawn_once_a_month(session: Any, people: Cast, held: list[int], month: date) -> None:
    made = plan(session, people, month)
    drawn = session.query(Review).all()
    assert sorted(one.coach_id for one in drawn) == sorted([people.paola.id, people.paola.id, people.raul.id])
    assert {one.session_id for one in drawn} <= set(held)
    assert {(one.month, one.team_id) for one in drawn} == {(month, people.refunds.id), (month, people.orders.id)}
    assert services.draw_months(session, now().date() + timedelta(days=1), on=now()) == 0
    with pytest.raises(Refused, match="already"):
        services.make_plan(session, people.programme, 1, first_month=month, by=people.mariana, on=now())
    services.end_plan(session, made, today=now().date(), by=people.mariana, on=now())
    later = services.draw_months(session, now().date() + timedelta(days=40), on=now())
    assert later == 0


def test_a_review_is_written_once_and_never_by_the_coach(
    session: Any, people: Cast, held: list[int], month: date
) -> None:
    plan(session, people, month)
    one = session.query(Review).filter_by(coach_id=people.paola.id).first()
    for by, marks, comment, why in (
        (people.paola, ALL, "", "by somebody else"),
        (people.tomas, {Item.CAUSE: Mark.YES}, "", "Each line"),
        (people.tomas, dict.fromkeys(Item, Mark.NA), "", "At least one"),
        (people.tomas, {**ALL, Item.CAUSE: Mark.NO}, " ", "what was missing"),
    ):
        with pytest.raises(Refused, match=why):
            services.review(session, one, marks, comment, by=by, on=now())
    services.review(session, one, {**ALL, Item.CAUSE: Mark.NA}, "", by=people.tomas, on=now())
    assert (one.points, one.points_of, one.by_item[Item.CAUSE]) == (10, 10, Mark.NA)
    assert session.query(Notice).filter_by(kind="coaching.reviewed").one().person_id == people.paola.id
    with pytest.raises(Refused, match="in the meantime"):
        services.review(session, one, ALL, "", by=people.mariana, on=now())


def test_each_role_sees_and_does_what_is_its_own(
    session: Any, people: Cast, held: list[int], month: date, as_user: Any
) -> None:
    plan(session, people, month)
    theirs = session.query(Review).filter_by(coach_id=people.paola.id).order_by(Review.id).all()
    other = session.query(Review).filter_by(coach_id=people.raul.id).one()
    path = f"/coaching/quality/{theirs[0].id}"
    marks = {item.value: "yes" for item in Item} | {"cause": "no"}
    assert as_user(people.ana).get("/coaching/quality").status_code == 403
    assert as_user(None).get(path).status_code == 302
    for one, status in (
        (people.paola, 404),
        (people.raul, 404),
        (people.pedro, 404),
        (people.carmen, 200),
        (people.tomas, 200),
    ):
        assert as_user(one).get(path).status_code == status, one.name
    assert as_user(people.carmen).get(f"/coaching/quality/{other.id}").status_code == 404
    assert as_user(people.carmen).post(path, data={**marks, "comment": "x"}).status_code == 404
    assert as_user(people.carmen).get("/coaching/quality/plans").status_code == 403
    reviewer = as_user(people.tomas, "es")
    page = reviewer.get(path).get_data(as_text=True)
    assert "Goal: number" in page
    assert "Between us" not in page
    assert "Busca la causa antes que el remedio" in page
    assert reviewer.post(path, data=marks).status_code == 422
    assert reviewer.post(path, data={**marks, "comment": "No cause was looked for."}).status_code == 302
    lead = as_user(people.paola)
    shown = lead.get(path).get_data(as_text=True)
    assert "No cause was looked for." in shown
    assert "10 of 12 points" in shown
    assert lead.get(f"{path}/talk").status_code == 403
    listed = lead.get("/coaching/quality?format=csv").get_data(as_text=True)
    assert listed.count("Paola Restrepo") == 1
    assert (
        as_user(people.mariana).get("/coaching/quality?state=waiting&format=csv").get_data(as_text=True).count("\n")
        == 3
    )
    talk = f"{path}/talk"
    at = now() - timedelta(minutes=2)
    data = {
        "day": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}", "notes": "What the review showed: no cause.\nHow the coach sees it:",
        "promise": "Asks why first", "due_on": f"{at + timedelta(days=7):%Y-%m-%d}",
    }  # fmt: skip
    assert as_user(people.mariana).get(f"/coaching/quality/{theirs[1].id}/talk").status_code == 404  # not reviewed yet
    assert as_user(people.tomas).post(talk, data=data).status_code == 302
    assert as_user(people.tomas).post(talk, data=data).status_code == 422
    session.refresh(theirs[0])
    held_talk = session.get(CoachingSession, theirs[0].talk_id)
    assert (held_talk.kind, held_talk.coach_id) == (SessionKind.COACH_THE_COACH, people.tomas.id)
    assert [(r.person_id, r.notes) for r in held_talk.records] == [
        (people.paola.id, "What the review showed: no cause.")
    ]
    assert session.query(Commitment).one().owner_id == people.paola.id
    own = lead.get(f"/coaching/sessions/{held_talk.id}").get_data(as_text=True)
    assert "Coach the coach" in own
    assert "Confirm the session" in own
    assert as_user(people.ana).get(f"/coaching/sessions/{held_talk.id}").status_code == 404
    assert "coach_the_coach" not in lead.get(f"/coaching/schedule?person={people.ana.id}").get_data(as_text=True)


def test_a_plan_is_made_on_screen_and_draws_at_once(session: Any, people: Cast, held: list[int], as_user: Any) -> None:
    boss = as_user(people.mariana)
    assert boss.post("/coaching/quality/plans", data={"unit": people.norte.id, "per_coach": 99}).status_code == 422
    assert boss.post("/coaching/quality/plans", data={"unit": people.norte.id, "per_coach": 3}).status_code == 302
    assert session.query(Review).count() == 3
    assert boss.post("/coaching/quality/plans", data={"unit": people.norte.id, "per_coach": 3}).status_code == 422
    made = session.query(ReviewPlan).one()
    assert as_user(people.carmen).post(f"/coaching/quality/plans/{made.id}/end").status_code == 403
    assert boss.post(f"/coaching/quality/plans/{made.id}/end").status_code == 302
    assert "ended on" in boss.get("/coaching/quality/plans").get_data(as_text=True)


def test_coach_by_coach_says_too_few_where_there_are(
    session: Any, people: Cast, held: list[int], month: date, as_user: Any
) -> None:
    plan(session, people, month, many=3)
    for one in session.query(Review).filter_by(coach_id=people.paola.id):
        services.review(session, one, ALL, "", by=people.tomas, on=now())
    session.commit()
    page = " ".join(as_user(people.mariana).get("/remedies/coaches").get_data(as_text=True).split())
    assert "Paola Restrepo" in page
    assert "3 reviews" in page
    assert page.count("too few agents: 0") == 2
    assert "too few: 0" in page
    assert "Raúl Quispe" not in as_user(people.carmen).get("/remedies/coaches").get_data(as_text=True)
    rows = as_user(people.mariana, "es").get("/remedies/coaches?format=csv").get_data(as_text=True).splitlines()
    assert len(rows) == 3
    assert "Coach,Sesiones" in rows[0]
    assert as_user(people.ana).get("/remedies/coaches").status_code == 403
