"""The page of a gap, and the pages of rules: who may, whose records, in both languages."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select

from app.accounts.models import Grant, Notice
from app.accounts.permissions import Role
from app.coaching.models import Obligation
from app.curriculum.models import Assignment, Module, ModuleKind
from app.remedies import services
from app.remedies.models import Firing, RemedyRule
from tests.conftest import LONG_AGO, make_user
from tests.remedies.conftest import SUNDAY, WEEK, opened
from tests.scored import ON, audit

FORM = {
    "name_en": "Refunds fast",
    "name_es": "Reembolsos pronto",
    "trigger": "gap_opened",
    "competency_id": "",
    "module_id": "",
    "assigns": "y",
    "owes": "y",
    "active": "y",
    "due_days": "7",
    "owe_hours": "",
    "cool_down_days": "28",
}


def text_of(response) -> str:
    return re.sub(r"[ \n]+", " ", response.get_data(as_text=True))


@pytest.fixture
def gap(session, people, world):
    """Ana's gap on refunds, with a missed check and what the rules did."""
    audit(session, world, people.ana, date(2026, 10, 27), 1)
    found = opened(session, people.ana, world.refund)
    services.fire(session, week=WEEK, day=SUNDAY, on=ON)
    session.commit()
    return found


# --- The page of a gap ---


def test_a_lead_reads_the_thread_and_what_comes_next(people, gap, as_user):
    page = text_of(as_user(people.paola).get(f"/gaps/{gap.id}"))
    assert "Ana Ruiz: Refund policy" in page
    assert "Gap opened at 96\u00a0%" in page
    assert "module “Refunds, step by step” assigned, session owed" in page
    assert "Line 1" in page
    assert "Next decision" in page
    assert f"/coaching/log?person={people.ana.id}" in page


def test_it_is_there_in_spanish(people, gap, as_user):
    page = text_of(as_user(people.paola, "es").get(f"/gaps/{gap.id}"))
    for words in (
        "Política de reembolso",
        "Brecha abierta con 96\u00a0%",
        "Línea 1",
        "Qué sigue",
        "lo más reciente primero",
    ):
        assert words in page
    for word in ("Thread", "missed", "newest", "sure that"):
        assert word not in page


def test_an_agent_reads_the_own_gap_and_nobody_elses(people, gap, as_user):
    page = text_of(as_user(people.ana).get(f"/gaps/{gap.id}"))
    assert "Refund policy" in page
    assert "/coaching/log" not in page
    assert as_user(people.luis).get(f"/gaps/{gap.id}").status_code == 404
    assert as_user(people.raul).get(f"/gaps/{gap.id}").status_code == 404
    assert as_user(people.pedro).get(f"/gaps/{gap.id}/chart.svg").status_code == 404
    assert as_user(None).get(f"/gaps/{gap.id}").status_code == 302


def test_the_findings_alone_and_as_a_file(people, gap, as_user):
    client = as_user(people.paola)
    only = text_of(client.get(f"/gaps/{gap.id}?only=findings"))
    assert "Gap opened at" not in only
    assert "Line 1" in only
    csv = client.get(f"/gaps/{gap.id}?format=csv").get_data(as_text=True)
    assert "Line 1,missed" in csv
    with client.get(f"/gaps/{gap.id}?format=xlsx") as workbook:
        assert workbook.data[:2] == b"PK"


@pytest.mark.once
def test_the_chart_is_drawn_in_both_themes(people, gap, as_user):
    client = as_user(people.paola)
    light, dark = client.get(f"/gaps/{gap.id}/chart.svg"), client.get(f"/gaps/{gap.id}/chart.svg?theme=dark")
    assert light.mimetype == "image/svg+xml"
    assert b"<svg" in light.data
    assert light.data != dark.data


def test_a_proposed_module_is_assigned_for_the_gap(people, gap, as_user, session, world):
    other = Module(
        code="M02",
        title_en="Practice",
        title_es="Práctica",
        kind=ModuleKind.ARTICLE,
        minutes=5,
        competencies=[world.refund],
    )
    session.add(other)
    session.commit()
    client = as_user(people.paola)
    assert "Practice" in text_of(client.get(f"/gaps/{gap.id}"))
    answer = client.post(f"/gaps/{gap.id}/assign", data={"module_id": other.id})
    assert answer.status_code == 302
    given = session.scalars(select(Assignment).where(Assignment.module_id == other.id)).one()
    assert (given.gap_id, given.assigned_by_id) == (gap.id, people.paola.id)
    assert as_user(people.raul).post(f"/gaps/{gap.id}/assign", data={"module_id": other.id}).status_code == 404
    assert as_user(people.ana).post(f"/gaps/{gap.id}/assign", data={"module_id": other.id}).status_code == 403
    assert as_user(people.carmen).post(f"/gaps/{gap.id}/assign", data={"module_id": other.id}).status_code == 403


def test_one_click_assigns_and_owes(people, gap, as_user, session, world):
    session.execute(delete(Firing))
    session.execute(delete(Assignment))
    session.execute(delete(Obligation))
    session.execute(delete(Notice))
    session.commit()
    client = as_user(people.paola)
    page = text_of(client.get(f"/gaps/{gap.id}"))
    for words in (
        "Assign and owe a session",
        "No cause was given",
        "Trained since the last missed check (",
        "No, nothing was completed since.",
        "Too early to say what it does",
    ):
        assert words in page
    answer = client.post(
        f"/gaps/{gap.id}/assign", data={"module_id": world.module.id, "owe": "1"}, follow_redirects=True
    )
    assert "A session is owed." in text_of(answer)
    assert session.scalars(select(Obligation.gap_id)).all() == [gap.id]
    assert session.scalars(select(Assignment.gap_id)).all() == [gap.id]
    again = text_of(client.post(f"/gaps/{gap.id}/assign", data={"owe": "1"}, follow_redirects=True))
    assert "A session is already owed." in again
    assert len(session.scalars(select(Obligation.id)).all()) == 1


def test_an_observation_stands_in_the_thread_and_weighs_nothing(people, gap, as_user, session):
    probability = gap.probability
    client = as_user(people.paola)
    assert "Add an observation" in text_of(client.get(f"/gaps/{gap.id}"))
    said = {"text": "Heard <b>her</b> explain it well today"}
    page = text_of(client.post(f"/gaps/{gap.id}/observe", data=said, follow_redirects=True))
    assert "Observed by Paola" in page
    assert "Heard &lt;b&gt;her&lt;/b&gt; explain it well today" in page
    session.refresh(gap)
    assert gap.probability == probability
    assert "Observed by Paola" in text_of(as_user(people.ana).get(f"/gaps/{gap.id}")), "the agent reads it"
    assert "Add an observation" not in text_of(as_user(people.ana).get(f"/gaps/{gap.id}"))
    assert "Write down what was observed." in text_of(
        client.post(f"/gaps/{gap.id}/observe", data={"text": " "}, follow_redirects=True)
    )


def test_observations_are_for_who_coaches_or_trains_the_person(people, gap, as_user):
    said = {"text": "x"}
    assert as_user(people.ana).post(f"/gaps/{gap.id}/observe", data=said).status_code == 403
    assert as_user(people.ivan).post(f"/gaps/{gap.id}/observe", data=said).status_code in (403, 404)
    assert as_user(people.raul).post(f"/gaps/{gap.id}/observe", data=said).status_code == 404
    assert as_user(None).post(f"/gaps/{gap.id}/observe", data=said).status_code == 302


def test_a_miss_may_be_disputed_from_the_thread_within_its_window(people, gap, as_user, session, time_machine):
    time_machine.move_to("2026-11-02T15:00:00+00:00")
    page = as_user(people.ana).get(f"/gaps/{gap.id}").get_data(as_text=True)
    link = re.search(r"/audits/\d+/dispute/\d+", page)
    assert link is not None
    assert as_user(people.ana).get(link[0]).status_code == 200
    assert "/dispute/" not in as_user(people.ivan).get(f"/gaps/{gap.id}").get_data(as_text=True)
    time_machine.move_to("2026-11-20T15:00:00+00:00")
    assert "/dispute/" not in as_user(people.ana).get(f"/gaps/{gap.id}").get_data(as_text=True)


def test_the_list_narrows_to_gaps_by_their_age(people, gap, as_user):
    client = as_user(people.mariana)
    assert "Ana Ruiz" in text_of(client.get("/gaps?age=7"))
    assert "Ana Ruiz" not in text_of(client.get("/gaps?age=56"))
    assert "Ana Ruiz" in text_of(client.get("/gaps?age=nonsense"))


@pytest.mark.once
def test_the_page_asks_as_much_for_a_long_thread_as_for_a_short_one(
    people, gap, as_user, session, world, count_queries
):
    client = as_user(people.paola)
    few = count_queries(lambda: client.get(f"/gaps/{gap.id}"))
    for weeks in range(1, 15):
        audit(session, world, people.ana, date(2026, 10, 27) - timedelta(weeks=weeks), 1)
    session.commit()
    assert count_queries(lambda: client.get(f"/gaps/{gap.id}")) <= few + 1  # the transaction of the audits, begun anew


# --- Rules ---


def test_everybody_may_read_the_rules(people, world, as_user):
    for who in (people.ana, people.ivan, people.carmen):
        assert "Gap opened: its module and a session" in text_of(as_user(who).get("/remedies"))
    assert "Brecha abierta: su módulo y una sesión" in text_of(as_user(people.ana, "es").get("/remedies"))
    assert as_user(None).get("/remedies").status_code == 302


def test_who_sets_policies_everywhere_writes_a_rule_after_a_preview(people, gap, world, as_user, session):
    client = as_user(people.mariana)
    assert "In force" in text_of(client.get("/remedies/new"))
    seen = client.post("/remedies/new", data={**FORM, "then": "preview"})
    assert seen.status_code == 200
    assert "Ana Ruiz" in text_of(seen)
    assert session.scalar(select(func.count()).select_from(RemedyRule)) == 2, "a preview stores nothing"
    assert client.post("/remedies/new", data={**FORM, "then": "save"}).status_code == 302
    rule = session.scalars(select(RemedyRule).order_by(RemedyRule.id.desc())).first()
    assert (rule.due_days, rule.owe_hours, rule.active) == (7, None, True)
    page = text_of(client.get(f"/remedies/{rule.id}/edit"))
    assert "already has the module open" in page


def test_a_rule_that_does_nothing_is_refused_in_words(people, world, as_user):
    answer = as_user(people.mariana).post(
        "/remedies/new", data={**FORM, "assigns": "", "owes": "", "name_en": "", "name_es": ""}
    )
    assert answer.status_code == 422
    assert "A rule assigns a module, owes a session, or both." in text_of(answer)


@pytest.mark.parametrize("who", ["ana", "paola", "tomas", "ivan", "carmen"])
def test_others_may_not_write_rules(people, world, as_user, who):
    client = as_user(getattr(people, who))
    assert client.get("/remedies/new").status_code == 403
    assert client.post(f"/remedies/{world.on_gap.id}/apply").status_code == 403


def test_a_program_manager_of_a_part_may_not_write_rules_for_all(people, world, as_user, session):
    part = make_user(session, "Nora Vega")
    session.add(Grant(user_id=part.id, role=Role.PROGRAM_MANAGER, unit_id=people.norte.id, valid_from=LONG_AGO))
    session.commit()
    assert as_user(part).get("/remedies/new").status_code == 403


def test_a_rule_is_applied_to_open_gaps_from_its_page(people, world, as_user, session):
    opened(session, people.ana, world.refund, WEEK - timedelta(weeks=10))
    answer = as_user(people.mariana).post(f"/remedies/{world.on_gap.id}/apply", follow_redirects=True)
    assert "1 module assigned. 1 session owed." in text_of(answer)


def test_the_log_shows_people_within_reach(people, gap, as_user):
    page = text_of(as_user(people.carmen).get("/remedies/firings"))
    assert "Ana Ruiz" in page
    assert f"/gaps/{gap.id}" in page
    assert "Ana Ruiz" not in text_of(as_user(people.pedro).get("/remedies/firings"))
    assert "Ana Ruiz" not in text_of(as_user(people.pedro).get("/remedies/firings?format=csv"))
    assert as_user(people.ana).get("/remedies/firings").status_code == 403
    assert as_user(people.ivan).get("/remedies/firings").status_code == 403


@pytest.mark.once
def test_the_log_asks_as_much_for_many_as_for_few(people, gap, world, as_user, session, count_queries):
    client = as_user(people.mariana)
    few = count_queries(lambda: client.get("/remedies/firings"))
    for n in range(12):
        opened(session, make_user(session, f"N{n} Soto", team=people.refunds, employee_no=f"N{n}"), world.refund)
    services.fire(session, week=WEEK, day=SUNDAY, on=ON)
    session.commit()
    assert session.scalar(select(func.count()).select_from(Firing)) > 12
    assert count_queries(lambda: client.get("/remedies/firings")) <= few
