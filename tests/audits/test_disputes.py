"""Disputes: within the window, answered by who is no part of it, and what is accepted is corrected and followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts import settings
from app.accounts.models import Notice
from app.accounts.permissions import Role
from app.audits import services as importing
from app.audits.disputes import routing, services
from app.audits.disputes.figures import figures
from app.audits.disputes.models import Dispute
from app.audits.disputes.rules import DisputeState, resolved
from app.audits.models import Audit, Cause, Correction, Criterion, Result
from app.audits.period import Period
from app.core.errors import Refused
from app.gaps.models import Cell
from tests.audits.conftest import ALL_PASS, long_rows
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
ON = datetime(2026, 10, 8, 15, tzinfo=UTC)


@pytest.fixture
def olga(session: Any, people: Cast) -> Any:
    """Another auditor of Norte, who did not audit."""
    made = make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.norte)
    session.commit()
    return made


@pytest.fixture
def audit(session: Any, bring: Callable[..., Any], olga: Any) -> Audit:
    """A1 of Ana by Iván: R2 fatal for knowledge, R3 missed."""
    bring(long_rows({**ALL_PASS, "R2": ("fail", "did not ask", "knowledge"), "R3": ("fail", "", "skill")}))
    return session.query(Audit).one()


def criterion(session: Any, code: str = "R2") -> Criterion:
    return session.query(Criterion).filter_by(code=code).one()


def raised(session: Any, audit: Audit, by: Any, code: str = "R2", on: datetime = ON) -> Dispute:
    made = services.raise_dispute(session(), audit, criterion(session, code), "I asked at 10:02.", by=by, on=on)
    session.commit()
    return made


def now_said(session: Any, audit: Audit, code: str = "R2") -> dict[str, Any]:
    return services.words_now(session(), audit.id, criterion(session, code).id)


# --- Raised and routed ---


def test_a_dispute_goes_to_who_is_no_part_of_it(session: Any, audit: Audit, people: Cast, olga: Any) -> None:
    made = raised(session, audit, people.ana)
    assert (made.state, made.answerer_id, made.person_id) == (DisputeState.OPEN, olga.id, people.ana.id)
    assert made.due_at == datetime(2026, 10, 14, tzinfo=UTC)
    assert session.query(Notice).filter_by(person_id=olga.id, kind="dispute.to_answer").count() == 1
    with pytest.raises(Refused):
        raised(session, audit, people.paola)


def test_without_another_auditor_who_leads_quality_answers(
    session: Any, bring: Callable[..., Any], people: Cast
) -> None:
    bring(long_rows({**ALL_PASS, "R2": ("fail", "", "skill")}))
    made = raised(session, session.query(Audit).one(), people.paola)
    assert made.answerer_id in {people.mariana.id, people.ada.id}


@pytest.mark.parametrize(
    ("code", "days", "who"),
    [("R1", 0, "ana"), ("R2", 11, "ana"), ("R2", 0, "luis"), ("R2", 0, "ivan"), ("R2", 0, "raul"), ("R2", 0, "tomas")],
)
def test_what_can_not_be_disputed(session: Any, audit: Audit, people: Cast, code: str, days: int, who: str) -> None:
    with pytest.raises(Refused):
        raised(session, audit, getattr(people, who), code, ON + timedelta(days=days))


def test_the_window_is_a_setting(session: Any, audit: Audit, people: Cast) -> None:
    settings.put(session(), "dispute_days", "30", by=None, on=ON)
    assert raised(session, audit, people.ana, on=ON + timedelta(days=20)).id
    with pytest.raises(Refused):
        settings.put(session(), "dispute_days", "0", by=None, on=ON)


# --- Answered ---


def test_what_is_accepted_is_corrected_and_everything_follows(
    session: Any, audit: Audit, people: Cast, olga: Any
) -> None:
    from app.coaching.models import Obligation, ObligationKind
    from app.coaching.rules import ObligationState
    from app.home import daily

    daily.live_through(session(), audit.released_at.date(), daily.DailyReport())
    fatal = session.query(Obligation).filter_by(kind=ObligationKind.FATAL).one()
    made = raised(session, audit, people.ana)
    evidence = [bytes(cell.packed) for cell in session.query(Cell)]
    services.answer(session(), made, DisputeState.ACCEPTED, "It is on the recording.", by=olga, on=ON)
    session.commit()
    session.expire_all()
    assert now_said(session, audit)["result"] == "pass"
    assert (audit.fatal, audit.fails) == (False, 1)
    correction = session.query(Correction).one()
    assert (correction.by_id, correction.import_id, made.correction_id) == (olga.id, None, correction.id)
    assert correction.before["comment"] == "did not ask"
    assert [bytes(cell.packed) for cell in session.query(Cell)] != evidence
    assert fatal.state is ObligationState.VOID
    assert session.query(Notice).filter_by(person_id=people.ana.id, kind="dispute.answered").count() == 1


def test_a_dispute_is_accepted_in_part_as_another_cause(session: Any, audit: Audit, people: Cast, olga: Any) -> None:
    made = raised(session, audit, people.paola)
    with pytest.raises(Refused):
        services.answer(session(), made, DisputeState.PARTLY, "x", cause=Cause.KNOWLEDGE, by=olga, on=ON)
    services.answer(session(), made, DisputeState.PARTLY, "The tool was down.", cause=Cause.TOOL, by=olga, on=ON)
    assert now_said(session, audit) == {"result": "fail", "cause": "tool", "comment": "did not ask"}
    assert audit.fatal


@pytest.mark.parametrize("who", ["ivan", "ana", "paola", "tomas"])
def test_who_is_part_of_it_does_not_answer(session: Any, audit: Audit, people: Cast, who: str) -> None:
    made = raised(session, audit, people.paola)
    with pytest.raises(Refused):
        services.answer(session(), made, DisputeState.ACCEPTED, "x", by=getattr(people, who), on=ON)


def test_who_leads_quality_reopens_and_a_rejection_then_restores(
    session: Any, audit: Audit, people: Cast, olga: Any
) -> None:
    made = raised(session, audit, people.ana)
    with pytest.raises(Refused):
        services.reopen(session(), made, "x", by=people.mariana, on=ON)
    services.answer(session(), made, DisputeState.ACCEPTED, "x", result=Result.NA, by=olga, on=ON)
    assert now_said(session, audit)["result"] == "na"
    with pytest.raises(Refused):
        services.reopen(session(), made, "x", by=olga, on=ON)
    services.reopen(session(), made, "The recording says otherwise.", by=people.mariana, on=ON)
    assert made.state is DisputeState.OPEN
    assert made.answerer_id not in (olga.id, people.ivan.id, None)
    services.answer(session(), made, DisputeState.REJECTED, "Not on the recording.", by=people.mariana, on=ON)
    assert now_said(session, audit) == made.said
    assert audit.fatal
    assert [step.kind.value for step in made.steps] == ["raised", "accepted", "reopened", "rejected"]
    assert session.query(Correction).count() == 2


def test_a_plain_rejection_changes_nothing(session: Any, audit: Audit, people: Cast, olga: Any) -> None:
    made = raised(session, audit, people.ana)
    services.answer(session(), made, DisputeState.REJECTED, "No.", by=olga, on=ON)
    assert session.query(Correction).count() == 0
    with pytest.raises(Refused):
        services.withdraw(session(), made, by=people.ana, on=ON)
    with pytest.raises(Refused):
        raised(session, audit, people.ana)


def test_a_dispute_is_given_to_somebody_else_or_taken_back(session: Any, audit: Audit, people: Cast, olga: Any) -> None:
    made = raised(session, audit, people.ana)
    pilar = make_user(session, "Pilar Peña", role=Role.AUDITOR, over=people.bogota)
    assert pilar in routing.others(session(), made, ON.date())
    assert people.ivan not in routing.others(session(), made, ON.date())
    with pytest.raises(Refused):
        services.reroute(session(), made, people.ivan, "x", by=people.mariana, on=ON)
    with pytest.raises(Refused):
        services.reroute(session(), made, pilar, "x", by=olga, on=ON)
    services.reroute(session(), made, pilar, "Olga is busy.", by=people.mariana, on=ON)
    assert made.answerer_id == pilar.id
    with pytest.raises(Refused):
        services.withdraw(session(), made, by=people.luis, on=ON)
    services.withdraw(session(), made, by=people.ana, on=ON)
    assert made.state is DisputeState.WITHDRAWN
    assert raised(session, audit, people.ana).id != made.id


def test_an_import_that_was_corrected_by_a_dispute_stays(session: Any, audit: Audit, people: Cast, olga: Any) -> None:
    from app.audits.models import Import

    made = raised(session, audit, people.ana)
    services.answer(session(), made, DisputeState.ACCEPTED, "x", by=olga, on=ON)
    with pytest.raises(Refused, match="disputed"):
        importing.undo(session(), session.get(Import, audit.import_id), by=None, on=ON)


# --- Figures ---


def test_figures_count_what_was_overturned(session: Any, audit: Audit, people: Cast, olga: Any) -> None:
    services.answer(
        session(), raised(session, audit, people.ana), DisputeState.ACCEPTED, "x", by=olga, on=ON + timedelta(days=2)
    )
    services.answer(
        session(),
        raised(session, audit, people.ana, "R3"),
        DisputeState.REJECTED,
        "x",
        by=olga,
        on=ON + timedelta(days=9),
    )
    months = Period(date(2026, 9, 1), date(2026, 11, 1), "America/Bogota")
    found = figures(session(), people.mariana, months)
    assert [(one.raised, one.overturned) for one in found.months] == [(0, 0), (2, 1), (0, 0)]
    assert figures(session(), people.mariana, Period(date(2026, 1, 1), date(2026, 9, 1), "UTC")).whole.raised == 0
    assert (found.whole.raised, found.whole.answered, found.whole.overturned) == (2, 2, 1)
    assert (found.times.median, found.times.in_time) == (5.5, 1)
    assert [(one.name[0], one.overturned) for one in found.criteria] == [("R2", 1), ("R3", 0)]
    assert [(one.name, one.answered) for one in found.auditors] == [("Iván Zúñiga", 2)]
    assert [(one.name, one.raised) for one in found.partners] == [("Norte", 2)]
    cuts = (found.months[1:2], found.criteria, found.auditors, found.partners)
    assert [[one.days for one in cut] for cut in cuts] == [[5.5], [2.0, 9.0], [5.5], [5.5]]
    assert resolved([]).median is None


# --- Pages ---


def test_a_dispute_from_the_agent_to_the_answer_on_screen(
    session: Any, audit: Audit, people: Cast, olga: Any, as_user: Sign
) -> None:
    audit.released_at = datetime.now(UTC)
    session.commit()
    ana, number = as_user(people.ana, "es"), criterion(session).id
    page = f"/audits/{audit.id}/dispute/{number}"
    assert page in ana.get(f"/audits/{audit.id}").get_data(as_text=True)
    assert ana.get(f"/audits/{audit.id}/dispute/{criterion(session, 'R1').id}").status_code == 404
    assert ana.post(page, data={"reason": ""}).status_code == 422
    address = ana.post(page, data={"reason": "Pregunté a las 10:02."}).location
    html = ana.get(address).get_data(as_text=True)
    assert "Pregunté a las 10:02." in html
    assert "Olga" not in html
    client = as_user(olga)
    assert "R2" in client.get("/audits/disputes?mine=yes").get_data(as_text=True)
    assert client.post(f"{address}/answer", data={"outcome": "partly", "cause": "", "text": "x"}).status_code == 422
    assert (
        client.post(f"{address}/answer", data={"outcome": "partly", "cause": "knowledge", "text": "x"}).status_code
        == 409
    )
    answered = client.post(f"{address}/answer", data={"outcome": "accepted_na", "cause": "", "text": "No aplicaba."})
    assert answered.status_code == 302
    assert "No aplicaba." in ana.get(address).get_data(as_text=True)
    lead = as_user(people.mariana)
    assert lead.post(f"{address}/reopen", data={"reason": ""}).status_code == 422
    assert lead.post(f"{address}/reopen", data={"reason": "Otra vez."}).status_code == 302
    session.expire_all()
    made = session.query(Dispute).one()
    give = {"reroute-to": people.ada.id, "reroute-reason": "x"}
    assert lead.post(f"{address}/reroute", data=give).status_code == (422 if made.answerer_id == people.ada.id else 302)
    assert ana.post(f"{address}/withdraw").status_code == 302
    assert "R2" in lead.get("/audits/disputes/figures").get_data(as_text=True)


@pytest.mark.once
def test_figures_of_a_chosen_time_are_drawn_and_leave_as_files(
    session: Any, audit: Audit, people: Cast, olga: Any, as_user: Sign
) -> None:
    made = raised(session, audit, people.ana)
    services.answer(session(), made, DisputeState.ACCEPTED, "x", by=olga, on=ON + timedelta(days=2))
    session.commit()
    lead, months = as_user(people.mariana, "es"), "?from=2026-09&to=2026-10"
    page = lead.get("/audits/disputes/figures" + months).get_data(as_text=True)
    assert "R2" in page
    assert "figures.svg" not in page  # one month makes no line
    assert lead.get("/audits/disputes/figures.svg" + months).get_data(as_text=True).startswith("<svg")
    earlier = lead.get("/audits/disputes/figures?from=2026-01&to=2026-03&format=csv&of=criteria")
    assert "R2" not in earlier.get_data(as_text=True)
    for cut, known in (
        ("criteria", "R2"),
        ("auditors", "Iván"),
        ("partners", "Norte"),
        ("months", "2026-10"),
        ("x", "2026-10"),
    ):
        told = lead.get(f"/audits/disputes/figures{months}&format=csv&of={cut}").get_data(as_text=True)
        assert known in told, cut
    with lead.get(f"/audits/disputes/figures{months}&format=xlsx") as workbook:
        assert workbook.data.startswith(b"PK")
    away = as_user(make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur))
    session.commit()
    assert "R2" not in away.get(f"/audits/disputes/figures{months}&format=csv&of=criteria").get_data(as_text=True)


SEES = {
    "ana": 200,
    "paola": 200,
    "mariana": 200,
    "ada": 200,
    "luis": 404,
    "ivan": 404,
    "raul": 404,
    "sol": 404,
    "tomas": 404,
    "carmen": 404,
    "pedro": 404,
}


def test_nobody_sees_the_dispute_of_another(session: Any, audit: Audit, people: Cast, as_user: Sign) -> None:
    made = raised(session, audit, people.ana)
    for name in SEES:
        client = as_user(getattr(people, name))
        assert client.get(f"/audits/disputes/{made.id}").status_code == SEES[name]
        listed = client.get("/audits/disputes?format=csv").get_data(as_text=True)
        assert ("A1" in listed) == (SEES[name] == 200)
        if SEES[name] == 404:
            assert client.post(f"/audits/disputes/{made.id}/withdraw").status_code == 404
            assert client.post(f"/audits/disputes/{made.id}/answer").status_code in (403, 404)
            assert "disputed:" not in client.get(f"/audits/{audit.id}").get_data(as_text=True)
        if name not in ("mariana", "ada"):
            for address in (
                "/audits/disputes/figures",
                "/audits/disputes/figures.svg",
                "/audits/disputes/figures?format=csv",
            ):
                assert client.get(address).status_code == 403
            assert client.post(f"/audits/disputes/{made.id}/reopen").status_code == 403


def test_another_auditor_sees_only_what_they_are_to_answer(
    session: Any, audit: Audit, people: Cast, olga: Any, as_user: Sign
) -> None:
    made = raised(session, audit, people.ana)
    pilar = make_user(session, "Pilar Peña", role=Role.AUDITOR, over=people.bogota)
    session.commit()
    assert as_user(olga).get(f"/audits/disputes/{made.id}").status_code == 200
    assert as_user(pilar).get(f"/audits/disputes/{made.id}").status_code == 404
    assert as_user(None).get(f"/audits/disputes/{made.id}").status_code == 302


def test_the_list_asks_no_more_with_more_rows(
    session: Any, audit: Audit, people: Cast, as_user: Sign, count_queries: Callable[..., int]
) -> None:
    raised(session, audit, people.ana)
    client = as_user(people.mariana)
    few = count_queries(lambda: client.get("/audits/disputes"))
    raised(session, audit, people.ana, "R3")
    assert count_queries(lambda: client.get("/audits/disputes")) == few
