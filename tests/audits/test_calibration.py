"""Calibrations: scored blindly, reviewed together, agreed on, closed; and reaching no agent, evidence or figure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from app.accounts.models import Notice
from app.accounts.permissions import Role
from app.audits.auditing.answers import Answer, Content
from app.audits.calibration import rules, services, sheet
from app.audits.calibration.models import Calibration
from app.audits.calibration.rules import CalibrationState, Item
from app.audits.models import Audit, Cause, Criterion, Result, ScorecardVersion
from app.audits.rules import FAIL, NA, PASS
from app.core.errors import Refused
from tests.audits.conftest import ALL_PASS
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
ON = datetime(2026, 10, 5, 15, tzinfo=UTC)
MISS = Answer(Result.FAIL, Cause.SKILL, "late")


# --- Rules ---


ITEMS = [Item(1, 1.0, False), Item(2, 2.0, True), Item(3, 1.0, False)]


def test_what_diverges_is_more_than_the_tolerance_allows() -> None:
    reference = {1: PASS, 2: FAIL, 3: NA}
    others = [{**reference, 1: FAIL}, reference, reference, {**reference, 3: PASS, 1: FAIL}]
    found = rules.spreads(ITEMS, reference, others, 0.25)
    assert [(one.differing, one.divergent) for one in found.values()] == [(2, True), (0, False), (1, False)]
    assert not rules.spreads(ITEMS, reference, [], 0.0)[1].divergent


def test_who_is_within_tolerance() -> None:
    benchmark = {1: PASS, 2: FAIL, 3: PASS}
    near, far = (
        rules.beside(ITEMS, {**benchmark, 1: FAIL}, benchmark),
        rules.beside(ITEMS, {**benchmark, 2: PASS}, benchmark),
    )
    assert (near.alignment, far.alignment) == (0.75, 0.5)
    assert (rules.within(near, 0.25), rules.within(far, 0.25)) == (True, False)
    assert (far.fatal_both, far.fatal_second) == (0, 1)


def test_a_calibration_goes_one_way() -> None:
    states = [CalibrationState.DRAFT]
    while (after := rules.next_state(states[-1])) is not None:
        states.append(after)
    assert states == list(CalibrationState)


# --- Deeds ---


@pytest.fixture
def olga(session: Any, people: Cast) -> Any:
    """Another auditor of Norte."""
    made = make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.norte)
    session.commit()
    return made


@pytest.fixture
def draft(session: Any, scorecard: None, people: Cast, olga: Any) -> Calibration:
    """Of a contact of Norte, Iván and Olga beside Mariana."""
    version = session.query(ScorecardVersion).one()
    terms = services.Terms("October", people.norte.id, version.id, "K77", ON, "chat", ON, 0.1)
    made = services.make(session(), terms, by=people.mariana, on=ON)
    chosen = {people.ivan.id, olga.id, people.mariana.id}
    services.invite(session(), made, chosen, people.mariana.id, by=people.mariana, on=ON)
    session.commit()
    return made


@pytest.fixture
def opened(session: Any, draft: Calibration, people: Cast) -> Calibration:
    """The same, open for scoring."""
    services.move(session(), draft, CalibrationState.SCORING, by=people.mariana, on=ON)
    session.commit()
    return draft


def hand_in(session: Any, one: Calibration, who: Any, said: dict[str, Answer] | None = None) -> None:
    numbers = {criterion.code: criterion.id for criterion in session.query(Criterion)}
    whole = {**dict.fromkeys(ALL_PASS, Answer(Result.PASS)), **(said or {})}
    seat = services.seat_of(session(), one, who)
    content = Content(
        dict.fromkeys(("contact_ref", "channel", "language"), ""), {numbers[c]: a for c, a in whole.items()}
    )
    services.save(session(), seat, content, base=seat.revision)
    services.hand_in(session(), seat, on=ON)
    session.commit()


def all_hand_in(session: Any, one: Calibration, people: Cast, olga: Any) -> None:
    """Mariana and Olga miss R3, Iván passes all."""
    for who, said in ((people.mariana, {"R3": MISS}), (olga, {"R3": MISS}), (people.ivan, {})):
        hand_in(session, one, who, said)


def test_the_life_of_a_calibration(session: Any, opened: Calibration, people: Cast, olga: Any) -> None:
    def go(to: CalibrationState) -> None:
        services.move(session(), opened, to, by=people.mariana, on=ON)
        session.commit()

    told = session.query(Notice).filter_by(kind="calibration.scoring")
    assert {one.person_id for one in told} == {people.ivan.id, olga.id}
    for early in (CalibrationState.REVIEW, CalibrationState.RESOLVED, CalibrationState.SCORING):
        with pytest.raises(Refused):
            go(early)
        session.rollback()
    all_hand_in(session, opened, people, olga)
    go(CalibrationState.REVIEW)
    found = sheet.sheet_of(session(), opened)
    assert [row.criterion.code for row in found.rows if row.divergent] == ["R3"]
    assert [one.within for one in found.columns] == [True, False, True]
    assert (found.columns[0].seat.person_id, found.within, found.open) == (people.mariana.id, (1, 2), 1)
    with pytest.raises(Refused):
        go(CalibrationState.RESOLVED)
    number = next(row.criterion.id for row in found.rows if row.divergent)
    services.agree(session(), opened, number, Result.PASS, "The amount was in the mail.", by=people.mariana, on=ON)
    assert [one.within for one in sheet.sheet_of(session(), opened).columns] == [False, True, False]
    go(CalibrationState.RESOLVED)
    with pytest.raises(Refused):
        services.agree(session(), opened, number, Result.FAIL, "No.", by=people.mariana, on=ON)
    with pytest.raises(Refused):
        go(CalibrationState.CLOSED)
    services.note_meeting(session(), opened, {olga.id}, "Amounts in mails count.", by=people.mariana, on=ON)
    go(CalibrationState.CLOSED)
    assert {seat.person_id: seat.attended for seat in opened.seats}[olga.id] is True
    with pytest.raises(Refused):
        services.note_meeting(session(), opened, set(), "", by=people.mariana, on=ON)
    assert session.query(Notice).filter_by(kind="calibration.closed").count() == 0
    assert session.query(Audit).count() == 0


def test_who_may_not(session: Any, draft: Calibration, people: Cast, olga: Any) -> None:
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    everybody = {people.ivan.id, people.ana.id, people.paola.id}
    for by, chosen, reference in (
        (partial, {people.ivan.id, olga.id}, olga.id),
        (people.mariana, everybody, people.ivan.id),  # an agent and a lead do not audit
        (people.mariana, {people.ivan.id, olga.id}, None),
    ):
        with pytest.raises(Refused):
            services.invite(session(), draft, chosen, reference, by=by, on=ON)
    assert set(session.scalars(services.able(draft, ON))) == {people.ivan, olga, people.mariana, people.ada}
    with pytest.raises(Refused):
        services.move(session(), draft, CalibrationState.SCORING, by=partial, on=ON)


def test_what_two_windows_typed_is_told(session: Any, opened: Calibration, people: Cast) -> None:
    seat = services.seat_of(session(), opened, people.ivan)
    head = dict.fromkeys(("contact_ref", "channel", "language"), "")
    number = session.query(Criterion).first().id
    services.save(session(), seat, Content(head, {number: Answer(Result.PASS)}), base=1)
    services.save(session(), seat, Content(head, {number: Answer(Result.PASS)}), base=1)  # the same again is no clash
    with pytest.raises(Refused):
        services.save(session(), seat, Content(head, {number: MISS}), base=1)
    with pytest.raises(Refused):
        services.hand_in(session(), seat, on=ON)


def test_checks_of_many_are_counted_by_session(session: Any, opened: Calibration, people: Cast, olga: Any) -> None:
    none = sheet.checks(session(), Calibration.visible_to(people.mariana))
    assert len(none) == 0
    all_hand_in(session, opened, people, olga)
    services.move(session(), opened, CalibrationState.REVIEW, by=people.mariana, on=ON)
    found = sheet.checks(session(), Calibration.visible_to(people.mariana))
    assert (len(found), len(np.unique(found.contact)), int((found.first != found.second).sum())) == (12, 1, 1)


# --- Pages ---


@pytest.mark.once
def test_a_calibration_on_screen(session: Any, scorecard: None, people: Cast, olga: Any, as_user: Sign) -> None:
    lead, version = as_user(people.mariana, "es"), session.query(ScorecardVersion).one()
    facts = {"name": "Noviembre", "unit": people.norte.id, "version": version.id, "contact_ref": "K9", "day": "2026-10-05",
             "at": "10:00", "channel": "chat", "meets_on": "2026-10-09", "meets_at": "15:00", "tolerance": "10"}  # fmt: skip
    assert lead.post("/audits/calibrations/new", data={**facts, "meets_at": ""}).status_code == 422
    made = lead.post("/audits/calibrations/new", data=facts)
    page = made.location
    assert "Olga" in lead.get(page).get_data(as_text=True)
    assert lead.get(page + "/edit").status_code == 200
    assert lead.post(page + "/edit", data={**facts, "tolerance": "5"}).status_code == 302
    assert lead.post(page + "/people", data={"people": [olga.id], "reference": olga.id}).status_code == 409
    chosen = {"people": [olga.id, people.ivan.id], "reference": olga.id}
    assert lead.post(page + "/people", data=chosen).status_code == 302
    assert as_user(people.ivan).get(page).status_code == 404  # a draft
    assert lead.post(page + "/move", data={"to": "nonsense"}).status_code == 404
    assert lead.post(page + "/move", data={"to": "scoring"}).status_code == 302
    numbers = {one.code: one.id for one in session.query(Criterion)}
    marks = {f"result-{number}": "pass" for number in numbers.values()}
    missed = {
        **marks,
        f"result-{numbers['R3']}": "fail",
        f"cause-{numbers['R3']}": "skill",
        f"comment-{numbers['R3']}": "muy tarde",
    }
    his = as_user(people.ivan)
    form = his.get(page + "/score").get_data(as_text=True)
    assert "K9" in form
    saved = his.post(page + "/score/save", data={**missed, "revision": "1"})
    assert (saved.status_code, saved.json["revision"]) == (200, 2)
    assert his.post(page + "/score/save", data={**marks, "revision": "1"}).status_code == 409
    open_one = {key: value for key, value in missed.items() if not key.endswith(str(numbers["R1"]))}
    assert his.post(page + "/score", data={**open_one, "revision": "2", "then": "hand_in"}).status_code == 422
    assert his.post(page + "/score", data={**open_one, "revision": "3", "then": "rest"}).status_code == 302
    assert his.post(page + "/score", data={**missed, "revision": "4", "then": "hand_in"}).status_code == 302
    assert his.get(page + "/score").status_code == 404
    for who in (people.mariana, people.ada, olga, people.ivan):  # blind: nobody sees anybody's answers
        assert "muy tarde" not in as_user(who).get(page).get_data(as_text=True)
    hers = as_user(olga)
    assert hers.post(page + "/score", data={**marks, "revision": "1", "then": "hand_in"}).status_code == 302
    assert lead.post(page + "/move", data={"to": "review"}).status_code == 302
    his_page = his.get(page).get_data(as_text=True)
    assert "Olga" not in his_page  # others by number
    assert "muy tarde" in hers.get(page).get_data(as_text=True)
    agreed = f"{page}/agree/{numbers['R3']}"
    prefix = f"i{numbers['R3']}"
    assert lead.post(agreed, data={}).status_code == 422
    assert lead.post(page + "/move", data={"to": "resolved"}).status_code == 409
    assert (
        lead.post(agreed, data={f"{prefix}-result": "fail", f"{prefix}-note": "Después del cierre."}).status_code == 302
    )
    assert lead.post(page + "/meeting", data={"attended": [olga.id], "discussion": "Se habló."}).status_code == 302
    assert lead.post(page + "/move", data={"to": "resolved"}).status_code == 302
    assert lead.post(page + "/move", data={"to": "closed"}).status_code == 302
    assert "Se habló." in his.get(page).get_data(as_text=True)
    assert "Noviembre" in his.get("/audits/calibrations").get_data(as_text=True)
    months = "?from=2026-10&to=2026-12"
    assert "R3" in lead.get("/audits/agreement/criteria" + months).get_data(as_text=True)
    assert his.get("/notices").status_code == 200


def test_nobody_outside_sees_a_calibration(
    session: Any, opened: Calibration, people: Cast, olga: Any, as_user: Sign
) -> None:
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    other = make_user(session, "Uma Uribe", role=Role.AUDITOR, over=people.norte)
    session.commit()
    page = f"/audits/calibrations/{opened.id}"
    number = session.query(Criterion).first().id
    deeds = ("/move", "/people", "/meeting", "/discard", f"/agree/{number}")
    for who in (people.ana, people.paola, people.tomas, people.carmen, people.pedro):
        client = as_user(who)
        assert client.get(page).status_code == 403
        assert client.get("/audits/calibrations").status_code == 403
        assert session.scalars(Calibration.visible_to(who)).all() == []
    for who in (partial, other):
        assert as_user(who).get(page).status_code == 404
        assert as_user(who).get(page + "/score").status_code == 404
        assert "October" not in as_user(who).get("/audits/calibrations").get_data(as_text=True)
    for who, status in ((people.ivan, 403), (other, 403), (partial, 404)):
        for deed in deeds:
            assert as_user(who).post(page + deed, data={"to": "review"}).status_code == status, (who.name, deed)
    assert as_user(people.ada).get(page + "/score").status_code == 404  # takes no part
    assert as_user(None).get(page).status_code == 302


def test_pages_ask_no_more_for_more(
    session: Any, opened: Calibration, people: Cast, olga: Any, as_user: Sign, count_queries: Any
) -> None:
    all_hand_in(session, opened, people, olga)
    services.move(session(), opened, CalibrationState.REVIEW, by=people.mariana, on=ON)
    session.commit()
    client = as_user(people.mariana)
    pages = (
        "/audits/calibrations",
        f"/audits/calibrations/{opened.id}",
        "/audits/agreement/criteria?from=2026-10&to=2026-12",
    )
    before = [count_queries(lambda page=page: client.get(page)) for page in pages]
    more = services.Terms("More", people.norte.id, opened.version_id, "K78", ON, "", None, 0.1)
    made = services.make(session(), more, by=people.mariana, on=ON)
    extra = [make_user(session, f"Extra{place} Uno", role=Role.AUDITOR, over=people.norte) for place in range(4)]
    services.invite(session(), made, {one.id for one in extra}, extra[0].id, by=people.mariana, on=ON)
    services.move(session(), made, CalibrationState.SCORING, by=people.mariana, on=ON)
    for one in extra:
        hand_in(session, made, one)
    services.move(session(), made, CalibrationState.REVIEW, by=people.mariana, on=ON)
    session.commit()
    pages = (pages[0], f"/audits/calibrations/{made.id}", pages[2])
    assert [count_queries(lambda page=page: client.get(page)) for page in pages] == before
