"""Reaudits: drawn at random, scored without the first answers, by nobody knows whom, and reaching nobody's figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Absence, AbsenceKind, Activity, Notice
from app.accounts.permissions import Role
from app.audits import services as importing
from app.audits.auditing import services as auditing
from app.audits.auditing.answers import Answer
from app.audits.disputes import routing
from app.audits.models import Audit, Cause, Correction, Criterion, Import, Purpose, Result
from app.audits.reaudits import contests, figures, queries, services
from app.audits.reaudits.models import Contest, ContestState, Reaudit, ReauditPlan
from app.audits.sampling.rules import SampleState
from app.core.errors import Refused
from tests.audits.conftest import ALL_PASS, findings_of, long_rows
from tests.audits.reaudits.conftest import DAY, ON, drawn, make_plan, score_again
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
FATAL = {"R2": Answer(Result.FAIL, Cause.SKILL, "not asked for")}


# --- Drawn ---


def test_a_plan_draws_of_each_auditor_and_a_second_time_nothing(
    session: Any, plan: ReauditPlan, audited: list[Audit], people: Cast, olga: Any
) -> None:
    first = drawn(session)
    assert len({one.audit_id for one in first}) == 2
    assert {one.audit_id for one in first} <= {one.id for one in audited}
    assert {(one.reauditor_id, one.due_on) for one in first} == {(olga.id, date(2026, 10, 31))}
    assert services.draw_all(session(), DAY) == 0
    assert services.draw_all(session(), DAY + timedelta(days=9)) == 0
    services.end_plan(session(), plan, DAY, by=people.mariana, on=ON)
    assert services.draw_all(session(), DAY) == 0
    assert {one.state for one in drawn(session)} == {SampleState.VOID}
    with pytest.raises(Refused):
        services.end_plan(session(), plan, DAY, by=people.mariana, on=ON)
    with pytest.raises(Refused):
        make_plan(session, people, by=make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur))


def test_an_absent_reauditor_hands_on_and_without_another_auditor_who_leads_quality_scores(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any
) -> None:
    session.add(Absence(user_id=olga.id, kind=AbsenceKind.SICK, from_day=DAY, to_day=DAY))
    session.commit()
    assert services.draw_all(session(), DAY) == 0
    assert {one.reauditor_id for one in drawn(session)} <= {people.mariana.id, people.ada.id}


# --- Scored again ---


def test_a_reaudit_points_to_what_it_scored_and_can_be_given_up(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any
) -> None:
    one = drawn(session)[0]
    with pytest.raises(Refused):
        services.begin(session(), one, by=people.ivan, on=ON)
    draft = services.begin(session(), one, by=olga, on=ON)
    with pytest.raises(Refused):
        services.begin(session(), one, by=olga, on=ON)
    session.rollback()
    draft = services.begin(session(), one, by=olga, on=ON)
    auditing.discard(session(), draft, by=olga, on=ON)
    assert one.state is SampleState.OPEN
    again = score_again(session, one, olga)
    assert (again.purpose, again.reaudit_of_id, again.auditor_id) == (Purpose.REAUDIT, one.audit_id, olga.id)
    assert drawn(session)[0].state is SampleState.DONE
    told = session.query(Notice).filter_by(kind="reaudit.done").one()
    assert (told.person_id, "Olga" in str(told.detail)) == (people.ivan.id, False)


def test_a_reaudit_reaches_nobody(session: Any, plan: ReauditPlan, people: Cast, olga: Any) -> None:
    from app.coaching.models import Obligation
    from app.core.database import db
    from app.gaps.models import Cell, Gap
    from app.home import daily
    from app.home.queries import to_the_agent
    from app.remedies.models import Firing

    def everything() -> list[Any]:
        rows = [session.execute(table.__table__.select()).all() for table in (Cell, Gap, Obligation, Firing)]
        quality = session.query(db.func.count(), db.func.sum(Audit.score)).filter(to_the_agent()).one()
        firsts = [(one.id, one.score, one.state, len(findings_of(session, one))) for one in session.query(Audit)
                  if one.purpose is Purpose.RANDOM]  # fmt: skip
        return [sorted(map(repr, each)) for each in rows] + [tuple(quality), firsts]

    daily.live_through(session(), DAY - timedelta(days=1), daily.DailyReport())
    session.commit()
    before = everything()
    assert before[2]
    score_again(session, drawn(session)[1], olga, FATAL)
    assert everything() == before
    owed = session.query(Obligation).count()
    fatal = session.query(Audit).filter_by(purpose=Purpose.REAUDIT, fatal=True).one()
    daily.live_through(session(), DAY, daily.DailyReport())
    session.commit()
    assert session.query(Obligation).filter(Obligation.audit_id == fatal.id).count() == 0
    assert session.query(Obligation).count() == owed
    assert session.query(Notice).filter_by(person_id=fatal.person_id).count() == 0
    assert session.query(Activity).filter_by(person_id=fatal.person_id, verb="audit.released").count() == 0


def test_the_first_answers_are_hidden_from_who_scores_again_until_then(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any, as_user: Sign
) -> None:
    from app.gaps.models import Gap
    from app.gaps.rules import GapState

    one = drawn(session)[0]
    reference, competency = one.audit.reference, session.query(Criterion).filter_by(code="R3").one().competencies[0]
    gap = Gap(person_id=one.audit.person_id, competency_id=competency.id, state=GapState.OPEN, opened_on=DAY)
    session.add(gap)
    session.commit()
    pages = (f"/audits/{one.audit_id}", "/audits", f"/search?q={reference}", f"/gaps/{gap.id}")
    client = as_user(olga)
    assert client.get(pages[0]).status_code == 404
    for page in pages[1:]:
        assert f'/audits/{one.audit_id}"' not in client.get(page).get_data(as_text=True), page
        assert f'/audits/{one.audit_id}"' in as_user(people.ivan).get(page).get_data(as_text=True), page
    assert olga not in session.scalars(routing.able(one.audit, [Role.AUDITOR], set(), DAY)).all()
    desk = client.get("/audits/desk").get_data(as_text=True)
    assert one.audit.contact_ref in desk
    assert reference not in desk
    answer = client.post(f"/audits/reaudits/drawn/{one.id}/begin")
    form = client.get(answer.location).get_data(as_text=True)
    assert "Hand in" in form
    assert "Release now" not in form
    assert "checked" not in form
    assert reference not in form


# --- Who sees what ---


@pytest.mark.once
def test_nobody_but_who_leads_quality_sees_who_scored_again(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any, as_user: Sign
) -> None:
    one = drawn(session)[0]
    again = score_again(session, one, olga, FATAL)
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    session.commit()
    page, plain = f"/audits/reaudits/{again.id}", f"/audits/{again.id}"
    listed = (
        "/audits",
        "/audits?format=csv",
        "/audits/desk",
        "/audits/reaudits",
        "/audits/reaudits?format=csv",
        f"/search?q={again.reference}",
        "/",
    )
    agent = people.ana if one.audit.person_id == people.ana.id else people.luis
    for who in (agent, people.paola, people.tomas, people.carmen, people.pedro, people.raul, people.ivan, partial):
        client = as_user(who)
        assert client.get(plain).status_code == 404, who.name
        for address in listed:
            told = client.get(address).get_data(as_text=True)
            assert "Olga" not in told, (who.name, address)
            assert f'{plain}"' not in told, (who.name, address)
        assert session.scalars(Reaudit.visible_to(who)).all() == [], who.name
        assert not session.scalar(Activity.visible_to(who).where(Activity.actor_id == olga.id)), who.name
        assert client.get(page).status_code == (200 if who is people.ivan else 404 if who is partial else 403)
        assert client.get(f"/people/{agent.id}").get_data(as_text=True).count("Olga") == 0
    his = as_user(people.ivan).get(page).get_data(as_text=True)
    assert "Olga" not in his
    assert "Scored again by" not in his
    assert one.audit.reference in his
    assert as_user(olga).get(page).status_code == 404  # who scored again reads what they scored, not the comparison
    assert as_user(olga).get(plain).status_code == 200
    for lead in (people.mariana, people.ada):
        assert "Olga" in as_user(lead, "es").get(page).get_data(as_text=True)
        assert "Olga" in as_user(lead).get("/audits/reaudits").get_data(as_text=True)
    assert as_user(None).get(page).status_code == 302


def test_plans_and_figures_are_for_who_leads_quality(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any, as_user: Sign
) -> None:
    score_again(session, drawn(session)[0], olga, FATAL)
    for name in ("ana", "paola", "tomas", "ivan", "carmen", "pedro"):
        client = as_user(getattr(people, name))
        for address in (
            "/audits/reaudits/plans",
            "/audits/reaudits/plans/new",
            "/audits/agreement",
            "/audits/agreement/criteria",
        ):
            assert client.get(address).status_code == 403
        assert client.post(f"/audits/reaudits/plans/{plan.id}/end").status_code == 403
        assert session.scalars(ReauditPlan.visible_to(getattr(people, name))).all() == []
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    session.commit()
    away = as_user(partial)
    assert "Benchmark" not in away.get("/audits/reaudits/plans").get_data(as_text=True)
    assert away.post(f"/audits/reaudits/plans/{plan.id}/end").status_code == 404
    months = "?from=2026-09&to=2026-10"
    assert "Iván" not in away.get("/audits/agreement" + months).get_data(as_text=True)
    client = as_user(people.mariana, "es")
    page = client.get("/audits/agreement" + months).get_data(as_text=True)
    assert "Iván" in page
    assert "muy pocos" in page.lower()
    with client.get("/audits/agreement" + months + "&format=xlsx") as workbook:
        assert workbook.data.startswith(b"PK")
    assert "Iván" in client.get("/audits/agreement" + months + "&format=csv").get_data(as_text=True)
    assert "R2" in client.get("/audits/agreement/criteria" + months).get_data(as_text=True)
    assert "R2" in client.get("/audits/agreement/criteria" + months + "&format=csv").get_data(as_text=True)
    facts = {"name": "Semanal", "unit": people.norte.id, "count": "1", "period": "week", "valid_from": "2026-01-01"}
    assert client.post("/audits/reaudits/plans/new", data={**facts, "count": "0"}).status_code == 422
    assert client.post("/audits/reaudits/plans/new", data=facts).status_code == 302
    assert "1 por analista y semana" in client.get("/audits/reaudits/plans").get_data(as_text=True)
    assert client.post(f"/audits/reaudits/plans/{plan.id}/draw").status_code == 302
    assert client.post(f"/audits/reaudits/plans/{plan.id}/end").status_code == 302


# --- Figures ---


def test_figures_rest_on_first_answers_whatever_was_corrected(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any, bring: Callable[..., Any]
) -> None:
    def measured() -> tuple[Any, ...]:
        found = figures.load(session(), queries.pairs(queries.compared(people.mariana))).by_auditor()[people.ivan.id]
        return found.contacts, found.checks, found.differing, found.fatal_both, found.fatal_first, found.fatal_second

    one = drawn(session)[0]
    again = score_again(session, one, olga, {**FATAL, "R5": Answer(Result.NA)})
    fatal = int(one.audit.fatal)
    wanted = (1, 6, 2 + 1 - fatal, fatal, fatal, 1)
    assert measured() == wanted
    first, number = one.audit, session.query(Criterion).filter_by(code="R3").one().id
    contests.correct_first(session(), again, first, number, by=people.mariana, on=ON)
    session.commit()
    assert measured() == wanted
    whole = figures.load(session(), queries.pairs(queries.compared(people.mariana), ON + timedelta(days=1)))
    assert whole.whole().contacts == 0


def test_reaudits_of_files_are_measured_too_over_two_versions(
    session: Any, audited: list[Audit], people: Cast, bring: Callable[..., Any], write: Any, as_user: Sign
) -> None:
    from tests.audits.conftest import SCORECARD

    newer = SCORECARD.replace("REFUND,1,", "REFUND,2,").replace("R1,Greets the customer", "R9,Greets the customer")
    importing.import_scorecard(session(), write(newer, "two.csv"), by=None, on=ON)
    said = dict(ALL_PASS) | {"R9": "pass"}
    del said["R1"]
    head = {"audit_ref": "B1", "auditor_no": "MARIANA", "purpose": "reaudit", "reaudit_of": "QA-7002"}
    rows = long_rows(said, **head, contact_at="2026-10-12T15:00:00Z", audited_at="2026-10-13T15:00:00Z")
    bring([{**row, "scorecard": "REFUND"} for row in rows], on=datetime(2026, 10, 14, tzinfo=UTC))
    found = figures.load(session(), queries.pairs(queries.compared(people.mariana)))
    assert len(found.again) == 1
    assert found.whole().checks in (5, 6)
    assert found.whole().differing >= 1
    again = session.query(Audit).filter_by(reference="B1").one()
    assert as_user(people.mariana).get(f"/audits/reaudits/{again.id}").status_code == 200


def test_lists_and_figures_ask_no_more_for_more(
    session: Any, audited: list[Audit], people: Cast, olga: Any, as_user: Sign, count_queries: Any
) -> None:
    made = make_plan(session, people, count=6)
    services.top_up(session(), made, DAY)
    session.commit()
    client = as_user(people.mariana)
    counts = []
    for wanted in (1, 4):
        while session.query(Audit).filter_by(purpose=Purpose.REAUDIT).count() < wanted:
            score_again(session, next(one for one in drawn(session) if one.state is SampleState.OPEN), olga)
        pages = (
            "/audits/reaudits",
            "/audits/agreement?from=2026-09&to=2026-10",
            "/audits/agreement/criteria?from=2026-09&to=2026-10",
        )
        client.get(pages[0])
        counts.append([count_queries(lambda page=page: client.get(page)) for page in pages])
    assert counts[0] == counts[1]


# --- Contested, corrected ---


def test_a_contest_is_answered_by_who_leads_quality(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any, as_user: Sign
) -> None:
    one = drawn(session)[0]
    again = score_again(session, one, olga)
    numbers = {criterion.code: criterion.id for criterion in session.query(Criterion)}
    his = as_user(people.ivan)
    address = f"/audits/reaudits/{again.id}/contest/{numbers['R3']}"
    for who, status in ((olga, 404), (people.mariana, 404), (people.paola, 403), (people.ana, 403)):
        assert as_user(who).post(address, data={"reason": "No."}).status_code == status
    assert his.get(address).status_code == 200
    assert his.post(address, data={"reason": ""}).status_code == 422
    assert his.post(address, data={"reason": "It came after the close."}).status_code == 302
    assert his.post(address, data={"reason": "Again."}).status_code == 409
    assert his.post(f"/audits/reaudits/{again.id}/contest/{numbers['R1']}", data={"reason": "No."}).status_code == 409
    found = session.query(Contest).one()
    told = session.query(Notice).filter_by(kind="reaudit.contested").all()
    assert {notice.person_id for notice in told} == {people.mariana.id, people.ada.id}
    correct = f"/audits/reaudits/{again.id}/correct/{numbers['R3']}"
    answer = {f"c{found.id}-outcome": "granted", f"c{found.id}-text": "The recording shows it."}
    assert his.post(f"/audits/reaudits/contests/{found.id}", data=answer).status_code == 403
    lead = as_user(people.mariana)
    assert lead.post(correct).status_code == 409
    assert lead.post(f"/audits/reaudits/contests/{found.id}", data={}).status_code == 422
    before = figures.load(session(), queries.pairs(queries.compared(people.mariana))).whole().differing
    assert lead.post(f"/audits/reaudits/contests/{found.id}", data=answer).status_code == 302
    assert lead.post(f"/audits/reaudits/contests/{found.id}", data=answer).status_code == 409
    after = figures.load(session(), queries.pairs(queries.compared(people.mariana))).whole().differing
    assert (found.state, after) == (ContestState.GRANTED, before - 1)
    assert session.query(Notice).filter_by(person_id=people.ivan.id, kind="reaudit.answered").count() == 1
    assert "The recording shows it." in his.get(f"/audits/reaudits/{again.id}").get_data(as_text=True)
    assert "Mariana" not in his.get(f"/audits/reaudits/{again.id}").get_data(as_text=True)
    assert lead.post(correct).status_code == 409
    assert session.query(Correction).count() == 0


def test_the_first_audit_is_corrected_openly_by_who_leads_quality(
    session: Any, plan: ReauditPlan, people: Cast, olga: Any, as_user: Sign
) -> None:
    from app.gaps.models import Cell

    one = drawn(session)[0]
    again = score_again(session, one, olga)
    number = session.query(Criterion).filter_by(code="R3").one().id
    address = f"/audits/reaudits/{again.id}/correct/{number}"
    for who, status in ((people.ivan, 403), (olga, 403), (people.paola, 403)):
        assert as_user(who).post(address).status_code == status
    evidence = [bytes(cell.packed) for cell in session.query(Cell)]
    assert as_user(people.mariana, "es").post(address).status_code == 302
    correction = session.query(Correction).one()
    assert (correction.audit_id, correction.by_id, correction.after["result"]) == (
        one.audit_id,
        people.mariana.id,
        "pass",
    )
    assert [bytes(cell.packed) for cell in session.query(Cell)] != evidence
    assert session.query(Notice).filter_by(person_id=one.audit.person_id, kind="audit.corrected").count() == 1
    assert as_user(people.mariana).post(address).status_code == 409
    for kind in ("reaudit.done", "audit.corrected"):
        owner = session.query(Notice).filter_by(kind=kind).first().person_id
        client = as_user(session.get(type(olga), owner), "es")
        assert client.get("/notices").status_code == 200


def test_an_import_that_was_scored_again_stays(session: Any, plan: ReauditPlan, people: Cast) -> None:
    with pytest.raises(Refused):
        importing.undo(session(), session.query(Import).filter_by(kind="findings").one(), by=None, on=ON)
