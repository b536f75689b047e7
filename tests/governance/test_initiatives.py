"""Initiatives: proposed, moved on, measured beside where they did not run, learnt from; each reader sees their own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import numpy as np
import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.core.clock import week_number
from app.core.errors import Refused
from app.curriculum.models import Competency
from app.gaps import cells
from app.gaps import services as gaps
from app.gaps.outcomes import Verdict
from app.governance.initiatives import measuring, services
from app.governance.initiatives.models import Initiative, Milestone
from app.governance.initiatives.rules import Measured, State
from app.home import daily, reminders
from app.metrics.models import MetricValue
from tests.conftest import make_user

WEEK = date(2026, 10, 26)
TODAY = date(2026, 11, 2)
ON = datetime(2026, 11, 2, 12, tzinfo=UTC)
EARLY = datetime(2026, 6, 1, 12, tzinfo=UTC)
URL = "/governance/initiatives"


@pytest.fixture
def refund(session: Any) -> Competency:
    found = Competency(code="K01", name_en="Refund policy", name_es="Política de reembolso", target=0.9)
    session.add(found)
    session.flush()
    return found


def propose(session: Any, people: Any, units: list[Any], on: datetime = EARLY, **facts: Any) -> Initiative:
    told = {
        "title_en": "One refund screen", "title_es": "Una sola pantalla", "cause": "Two screens disagree", "plan": "Mend",
        "competency_id": None, "metric": None, "root_cause_id": None, "criterion_id": None, "priority_id": None,
    }  # fmt: skip
    one = Initiative()
    owner = facts.pop("owner", people.mariana)
    return services.save(session(), one, {**told, **facts}, owner=owner, units=units, by=people.mariana, on=on)


def run(session: Any, people: Any, one: Initiative, start: date, end: date) -> None:
    for to, day in ((State.RUNNING, start), (State.DONE, end)):
        on = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
        services.move(session(), one, to, day=day, by=people.mariana, on=on)


# --- Deeds ---


def test_it_says_what_it_should_move_and_its_owner_sees_where(session: Any, people: Any, refund: Competency) -> None:
    for facts in ({}, {"competency_id": refund.id, "metric": "csat"}):
        with pytest.raises(Refused, match="not both"):
            propose(session, people, [people.norte], **facts)
    with pytest.raises(Refused, match="at least one unit"):
        propose(session, people, [], metric="csat")
    with pytest.raises(Refused, match="does not see"):
        propose(session, people, [people.norte, people.sur], metric="csat", owner=people.carmen)
    one = propose(session, people, [people.norte], metric="csat", owner=people.carmen)
    assert session.scalars(select(Notice.person_id).where(Notice.kind == "initiative.owned")).all() == [
        people.carmen.id
    ]
    assert [move.state for move in one.moves] == [State.PROPOSED]


def test_moves_leave_a_history_and_milestones_come_first(session: Any, people: Any, refund: Competency) -> None:
    one = propose(session, people, [people.norte], competency_id=refund.id)
    facts = {"owner": people.carmen, "due_on": date(2026, 6, 10), "by": people.mariana, "on": EARLY}
    step = services.add_milestone(session(), one, text="Ask IT", **facts)
    later = services.add_milestone(session(), one, text="Tell everybody", **facts)
    services.move(session(), one, State.RUNNING, day=EARLY.date(), by=people.mariana, on=EARLY)
    with pytest.raises(Refused, match="milestone is still open"):
        services.move(session(), one, State.DONE, day=EARLY.date(), by=people.mariana, on=EARLY)
    services.settle_milestone(session(), step, day=EARLY.date(), by=people.carmen, on=EARLY)
    with pytest.raises(Refused, match="already marked as done"):
        services.settle_milestone(session(), step, day=EARLY.date(), by=people.carmen, on=EARLY)
    services.drop_milestone(session(), later, by=people.mariana, on=EARLY)
    with pytest.raises(Refused, match="Say why"):
        services.move(session(), one, State.STOPPED, day=EARLY.date(), by=people.mariana, on=EARLY)
    services.move(session(), one, State.STOPPED, day=EARLY.date(), reason="No budget", by=people.mariana, on=EARLY)
    services.move(session(), one, State.RUNNING, day=EARLY.date(), reason="It is back", by=people.mariana, on=EARLY)
    services.move(session(), one, State.DONE, day=EARLY.date(), by=people.mariana, on=EARLY)
    assert [(move.state.value, move.reason) for move in one.moves] == [
        ("proposed", ""), ("running", ""), ("stopped", "No budget"), ("running", "It is back"), ("done", ""),
    ]  # fmt: skip
    with pytest.raises(Refused, match="no longer changes"):
        services.add_milestone(session(), one, text="More", **facts)
    services.learn(session(), one, "Ask IT first", by=people.mariana, on=ON)
    with pytest.raises(Refused, match="stays as it is"):
        services.learn(session(), one, "No, last", by=people.mariana, on=ON)


# --- What it did ---


def test_the_effect_is_that_beside_agents_it_did_not_reach(session: Any, people: Any, refund: Competency) -> None:
    """All miss four of eight; afterwards Bogotá one of eight, Lima three. So three of eight less two eighths gained there."""
    count, weeks, began, ended = 30, 20, 8, 11
    ids = [
        make_user(session, f"Agent{n}", team=(people.refunds, people.orders)[n % 2], employee_no=f"E{n}").id
        for n in range(2 * count)
    ]
    first = week_number(WEEK) - weeks + 1
    who, week = (part.ravel() for part in np.meshgrid(np.arange(2 * count), np.arange(weeks), indexing="ij"))
    late = week > ended
    fails = np.where(late, np.where(who % 2 == 0, 1, 3), 4)
    full = np.full(len(who), 8)
    about = np.full(len(who), refund.id)
    cells.write(session, cells.Cells(np.array(ids)[who], about, first + week, full, fails, full.astype(float)))
    gaps.decide_week(session, WEEK, on=ON)
    one = propose(session, people, [people.bogota], competency_id=refund.id)
    start = WEEK - timedelta(weeks=weeks - 1 - began)
    run(session, people, one, start, start + timedelta(weeks=ended - began))

    assert measuring.measure(session(), lambda month: {}, today=one.ended_on + timedelta(days=50)) == 0, "too early"
    assert measuring.measure(session(), lambda month: {}, today=TODAY) == 1
    found = Measured.of(one.effect)
    assert found is not None
    assert found.points == pytest.approx(3 / 8 - 1 / 8), "recounted: rate elsewhere less rate here, both expected alike"
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.points <= found.high
    assert (found.agents, found.checks, found.controlled, found.verdict) == (count, count * 64, True, Verdict.WORKS)
    assert measuring.measure(session(), lambda month: {}, today=TODAY + timedelta(weeks=20)) == 0, "settled"


def test_the_effect_on_a_metric_is_that_beside_the_other_units(session: Any, people: Any) -> None:
    months = [date(2026, n, 1) for n in range(1, 11)]
    for number, month in enumerate(months):
        for unit, share in ((people.refunds, 80 if number < 7 else 90), (people.orders, 80 + number % 2)):
            session.add(
                MetricValue(metric="csat", unit_id=unit.id, period=month, numerator=20 * share, denominator=2000)
            )
    one = propose(session, people, [people.norte], metric="csat")
    run(session, people, one, date(2026, 7, 10), date(2026, 7, 30))
    daily.measure_initiatives(session(), TODAY)
    found = Measured.of(one.effect)
    assert found is not None
    after, before = 0.9 - (0.81 + 0.80 + 0.81) / 3, 0.8 - 0.805
    assert found.points == pytest.approx(after - before), "three months after less six before, each beside the others"
    assert (found.before, found.after, found.verdict, found.controlled) == (6, 3, Verdict.WORKS, True)


# --- Reminders ---


def test_owners_are_reminded_of_milestones_and_of_what_was_learnt(session: Any, people: Any) -> None:
    one = propose(session, people, [people.norte], metric="csat", owner=people.carmen)
    facts = {"owner": people.tomas, "by": people.mariana, "on": EARLY}
    services.add_milestone(session(), one, text="Soon", due_on=date(2026, 6, 5), **facts)
    services.add_milestone(session(), one, text="Late", due_on=date(2026, 6, 2), **facts)

    def told(day: date) -> list[tuple[str, int]]:
        before = session.scalar(select(func.coalesce(func.max(Notice.id), 0)))
        reminders.remind(session(), day, on=daily.moment_of(day))
        return session.execute(select(Notice.kind, Notice.person_id).where(Notice.id > before)).all()

    soon, late = ("milestone.due_soon", people.tomas.id), ("milestone.overdue", people.tomas.id)
    assert told(date(2026, 6, 3)) == [soon, late]
    assert told(date(2026, 6, 3)) == [], "once"
    for step in session.scalars(select(Milestone)):
        services.settle_milestone(session(), step, day=EARLY.date(), by=people.tomas, on=EARLY)
    run(session, people, one, date(2026, 6, 1), date(2026, 6, 8))
    assert one.post_mortem_on == date(2026, 8, 17)
    assert told(date(2026, 8, 10)) == [("initiative.post_mortem_due", people.carmen.id)]
    assert told(date(2026, 8, 18)) == [("initiative.post_mortem_due", people.carmen.id)]


# --- Pages ---


@time_machine.travel(ON, tick=False)
def test_each_reader_sees_what_runs_within_their_units_alone(
    session: Any, people: Any, as_user: Any, refund: Competency
) -> None:
    here = propose(session, people, [people.norte], competency_id=refund.id, title_en="Norte alone")
    both = propose(session, people, [people.norte, people.sur], metric="csat", title_en="Both partners")
    step = services.add_milestone(
        session(), here, text="Ask", owner=people.carmen, due_on=TODAY, by=people.mariana, on=EARLY
    )
    theirs = services.add_milestone(
        session(), both, text="Ask", owner=people.mariana, due_on=TODAY, by=people.mariana, on=EARLY
    )
    session.commit()
    seen = {"mariana": 2, "tomas": 2, "ada": 2, "carmen": 1, "pedro": 0, "paola": 0}
    for name, count in seen.items():
        client = as_user(getattr(people, name))
        page = client.get(URL).get_data(as_text=True)
        assert ("Norte alone" in page, "Both partners" in page) == (count > 0, count > 1), name
        assert client.get(f"{URL}/{here.id}").status_code == (200 if count else 404), name
        assert client.get(f"{URL}/{both.id}").status_code == (200 if count > 1 else 404), name
        exported = client.get(f"{URL}?format=csv").get_data(as_text=True)
        assert len(exported.splitlines()) == count + 1
        edit = client.get(f"{URL}/{here.id}/edit").status_code
        assert edit == (200 if name in ("mariana", "ada") else 403), name
    for name in ("ana", "ivan"):
        assert as_user(getattr(people, name)).get(URL).status_code == 403
    offered = [
        {name for name in seen if f'">{getattr(people, name).name}</option>' in unescape(page)}
        for page in (as_user(people.mariana).get(f"{URL}/{one.id}").text for one in (here, both))
    ]
    assert offered == [{"mariana", "tomas", "ada", "carmen"}, {"mariana", "tomas", "ada"}], "who sees all of its units"
    carmen = as_user(people.carmen)
    assert carmen.post(f"{URL}/milestones/{theirs.id}/done").status_code == 404
    assert carmen.post(f"{URL}/{here.id}/learnt", data={"text": "x"}).status_code == 409, "not hers"
    assert carmen.post(f"{URL}/{here.id}/move/running").status_code == 403
    assert carmen.post(f"{URL}/milestones/{step.id}/done").status_code == 302, "her own milestone"
    assert session.get(Milestone, step.id).done_on is not None
    assert as_user(None).get(URL).status_code == 302


@time_machine.travel(ON, tick=False)
def test_the_pages_carry_it_from_proposal_to_post_mortem(
    session: Any, people: Any, as_user: Any, refund: Competency
) -> None:
    session.commit()
    client = as_user(people.mariana)
    sent = {
        "title_en": "Scripts", "title_es": "Guiones", "cause": "Old", "plan": "New", "owner": people.mariana.id,
        "units": [people.norte.id], "competency_id": 0, "metric": "csat",
    }  # fmt: skip
    assert client.post(f"{URL}/new", data={**sent, "title_es": ""}).status_code == 422
    assert client.post(f"{URL}/new", data={**sent, "metric": ""}).status_code == 422
    assert client.post(f"{URL}/new", data=sent).status_code == 302
    one = session.scalars(select(Initiative)).one()
    at = f"{URL}/{one.id}"
    assert client.post(f"{at}/edit", data={**sent, "title_en": "Better scripts"}).status_code == 302
    assert client.post(f"{at}/milestones", data={"text": "", "owner": people.mariana.id}).status_code == 422
    step = {"text": "Write them", "owner": people.mariana.id, "due_on": "2026-10-01"}
    assert client.post(f"{at}/milestones", data=step).status_code == 302
    assert "overdue" in client.get(at).get_data(as_text=True)
    assert "Better scripts" in client.get(f"{URL}?state=late").get_data(as_text=True)
    assert client.post(f"{at}/move/running", data={"running-day": "2026-08-03"}).status_code == 302
    number = session.scalars(select(Milestone.id)).one()
    assert client.post(f"{URL}/milestones/{number}/done").status_code == 302
    assert client.post(f"{at}/move/done", data={"done-day": "2026-10-20"}).status_code == 302
    assert "measured from" in client.get(at).get_data(as_text=True)
    assert client.post(f"{at}/learnt", data={"text": ""}).status_code == 422
    assert client.post(f"{at}/learnt", data={"text": "Shorter is better"}).status_code == 302
    spanish = as_user(people.mariana, "es").get(at)
    assert spanish.status_code == 200
    assert "Guiones" in spanish.get_data(as_text=True)
    assert "Shorter is better" in spanish.get_data(as_text=True)
    begun = client.get(f"{URL}/new?metric=dsat&unit={people.sur.id}").get_data(as_text=True)
    assert '<option selected value="dsat">' in begun
