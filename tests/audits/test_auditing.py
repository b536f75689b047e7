"""Auditing on screen: what is typed is never lost, nobody sees a draft, and what is released goes the road of imports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Activity, Notice
from app.audits import services as importing
from app.audits.auditing import answers, releasing, services
from app.audits.auditing.answers import Answer, Content, Lack
from app.audits.auditing.models import Acknowledgement, AuditDraft, DraftCopy
from app.audits.models import Audit, AuditState, Cause, Criterion, Purpose, Result, ScorecardVersion
from app.core.errors import Refused
from app.gaps.models import Cell
from tests.audits.conftest import ALL_PASS, findings_of, long_rows, stored
from tests.conftest import Cast

Sign = Callable[..., FlaskClient]
ON = datetime(2026, 11, 3, 15, tzinfo=UTC)
CONTACT = datetime(2026, 10, 5, 15, tzinfo=UTC)


@pytest.fixture
def draft(session: Any, scorecard: None, people: Cast) -> AuditDraft:
    """A draft of Iván about Ana."""
    return begin(session, people.ana.id, people.ivan)


def begin(session: Any, person: int, by: Any, purpose: Purpose = Purpose.RANDOM) -> AuditDraft:
    version = session.query(ScorecardVersion).one()
    contact = services.Contact(person, version.id, purpose, CONTACT, "K1", "chat", "es")
    made = services.start(session(), contact, by=by, on=ON)
    session.commit()
    return made


def codes(session: Any) -> dict[str, int]:
    return {one.code: one.id for one in session.query(Criterion)}


def content(session: Any, said: dict[str, Answer]) -> Content:
    whole = dict.fromkeys(ALL_PASS, Answer(Result.PASS)) | said
    head = {"contact_ref": "K1", "channel": "chat", "language": "es"}
    return Content(head, {codes(session)[code]: one for code, one in whole.items()})


def typed(session: Any, said: dict[str, str], revision: int, **more: str) -> dict[str, str]:
    numbers = codes(session)
    return {"revision": str(revision), **{f"result-{numbers[code]}": result for code, result in said.items()}, **more}


# --- Rules ---


def test_what_was_typed_is_read_and_kept(session: Any, scorecard: None) -> None:
    criteria = session.query(Criterion).order_by(Criterion.position).all()
    criteria[0].na_allowed, criteria[1].causes = False, ["skill"]
    form = {f"result-{criteria[0].id}": "na", f"result-{criteria[1].id}": "fail", f"cause-{criteria[1].id}": "will",
            f"result-{criteria[2].id}": "fail", f"cause-{criteria[2].id}": "skill", f"comment-{criteria[2].id}": " why \r\n so ",
            f"result-{criteria[3].id}": "pass", f"cause-{criteria[3].id}": "skill", f"result-{criteria[4].id}": "nonsense",
            "contact_ref": " K9 "}  # fmt: skip
    found = answers.read(form, criteria)
    assert found.of(criteria[0].id) == Answer()
    assert found.of(criteria[1].id) == Answer(Result.FAIL)
    assert found.of(criteria[2].id) == Answer(Result.FAIL, Cause.SKILL, "why \n so")
    assert found.of(criteria[3].id) == Answer(Result.PASS)
    assert found.head["contact_ref"] == "K9"
    assert answers.from_data(answers.to_data(found)) == found
    assert answers.lacks(found, criteria)[criteria[1].id] is Lack.CAUSE
    whole = answers.rest_passed(found, criteria)
    assert set(answers.lacks(whole, criteria).values()) == {Lack.CAUSE}
    assert answers.live(found, criteria).answered == 3
    session.rollback()


def test_two_forms_are_compared_and_merged() -> None:
    one = Content({"channel": "chat"}, {1: Answer(Result.PASS), 2: Answer(Result.FAIL, Cause.SKILL, "a")})
    two = Content(
        {"channel": "voice"}, {1: Answer(Result.PASS), 2: Answer(Result.FAIL, Cause.SKILL, "b"), 3: Answer(Result.NA)}
    )
    assert answers.differences(one, two) == ["channel", 2, 3]
    both = answers.merged(one, two, {3})
    assert (both.head["channel"], both.of(2).comment, both.of(3).result) == ("chat", "a", Result.NA)


# --- The same road as an import ---


def test_a_released_audit_is_as_an_imported_one(
    session: Any, draft: AuditDraft, bring: Callable[..., Any], people: Cast
) -> None:
    said = {
        "R2": Answer(Result.FAIL, Cause.KNOWLEDGE, "did not ask"),
        "R5": Answer(Result.NA),
        "R1": Answer(Result.PASS, None, "warm"),
    }
    services.save(session(), draft, content(session, said), base=1, by=people.ivan, on=ON)
    reference = draft.reference
    audit = releasing.release(session(), draft, by=people.ivan, on=ON)
    session.commit()
    bring(
        long_rows(
            {**ALL_PASS, "R2": ("fail", "did not ask", "knowledge"), "R5": "na", "R1": ("pass", "warm", "")},
            audit_ref="X",
        )
    )
    found = stored(session)
    assert found[reference] == found["X"]
    assert (audit.source, audit.released_at, audit.audited_at, audit.import_id, audit.team_id) == (
        "hilo",
        ON,
        ON,
        None,
        people.refunds.id,
    )
    assert session.query(Cell).count() > 0
    assert session.query(AuditDraft).count() == 0
    assert session.query(Notice).filter_by(person_id=people.ana.id, kind="audit.released").count() == 1


def test_a_fatal_error_found_on_screen_is_owed_a_session(session: Any, draft: AuditDraft, people: Cast) -> None:
    from app.coaching.models import Obligation, ObligationKind
    from app.home import daily

    services.save(
        session(), draft, content(session, {"R2": Answer(Result.FAIL, Cause.SKILL)}), base=1, by=people.ivan, on=ON
    )
    releasing.release(session(), draft, by=people.ivan, on=ON)
    daily.live_through(session(), ON.date(), daily.DailyReport())
    owed = session.query(Obligation).filter_by(kind=ObligationKind.FATAL).one()
    assert owed.person_id == people.ana.id


def test_nothing_half_done_is_released(session: Any, draft: AuditDraft, people: Cast) -> None:
    with pytest.raises(Refused):
        releasing.release(session(), draft, by=people.ivan, on=ON)
    services.save(session(), draft, content(session, {"R1": Answer(Result.FAIL)}), base=1, by=people.ivan, on=ON)
    with pytest.raises(Refused):
        releasing.finish(session(), draft, by=people.ivan, on=ON)
    services.save(session(), draft, content(session, {}), base=2, by=people.ivan, on=ON)
    services.save(session(), draft, content(session, {"R3": Answer(Result.NA)}), base=2, by=people.mariana, on=ON)
    with pytest.raises(Refused):
        releasing.release(session(), draft, by=people.ivan, on=ON)
    assert session.query(Audit).count() == 0


def test_a_finished_audit_is_released_later(session: Any, draft: AuditDraft, people: Cast) -> None:
    services.save(session(), draft, content(session, {}), base=1, by=people.ivan, on=ON)
    releasing.finish(session(), draft, by=people.ivan, on=ON)
    audit = releasing.release(session(), draft, by=people.ivan, on=ON + timedelta(days=2))
    assert (audit.audited_at, audit.released_at, audit.score) == (ON, ON + timedelta(days=2), 1.0)
    assert findings_of(session, audit) == []


def test_what_is_begun_freezes_its_version(session: Any, draft: AuditDraft) -> None:
    assert session.scalars(importing.scorecards.used([draft.version_id])).all() == [draft.version_id]


@pytest.mark.parametrize("purpose", [Purpose.CALIBRATION, Purpose.REAUDIT])
def test_blind_audits_are_not_begun_by_hand(session: Any, scorecard: None, people: Cast, purpose: Purpose) -> None:
    with pytest.raises(Refused):
        begin(session, people.ana.id, people.ivan, purpose)
    with pytest.raises(Refused):
        begin(session, people.ivan.id, people.ivan)


# --- Two people saving ---


def test_the_second_who_saves_is_told_and_both_texts_are_kept(
    session: Any, draft: AuditDraft, people: Cast, as_user: Sign
) -> None:
    address = f"/audits/drafts/{draft.id}"
    r1 = codes(session)["R1"]
    first = typed(session, {"R1": "pass"}, 1, **{f"comment-{r1}": "from Iván"})
    second = typed(session, {"R1": "fail", "R2": "pass"}, 1, **{f"comment-{r1}": "from Mariana"})
    told = as_user(people.ivan).post(address + "/save", data=first)
    assert (told.status_code, told.json["revision"]) == (200, 2)
    assert "live-scores" in told.json["fragment"]
    client = as_user(people.mariana)
    answer = client.post(address + "/save", data=second)
    assert answer.status_code == 409
    assert "Iván Zúñiga saved other answers" in answer.json["says"]
    again = {**second, f"comment-{r1}": "from Mariana, longer"}
    assert client.post(address + "/save", data=again).status_code == 409
    assert session.query(DraftCopy).count() == 1
    page = client.get(address + "/copies").get_data(as_text=True)
    assert "from Iván" in page
    assert "from Mariana, longer" in page
    copy = session.query(DraftCopy).one()
    assert client.post(address + "/copies", data={"revision": "1.1"}).status_code == 409
    taken = {"revision": f"2.{copy.id}", f"take-{codes(session)['R2']}": "other"}
    assert client.post(address + "/copies", data=taken).status_code == 302
    session.expire_all()
    kept = answers.from_data(draft.content)
    assert (kept.of(r1).comment, kept.of(codes(session)["R2"]).result) == ("from Iván", Result.PASS)
    assert session.query(DraftCopy).count() == 0


def test_without_script_the_second_is_led_to_both_texts(
    session: Any, draft: AuditDraft, people: Cast, as_user: Sign
) -> None:
    address = f"/audits/drafts/{draft.id}"
    client = as_user(people.ivan)
    assert client.post(address, data=typed(session, {"R1": "pass"}, 1)).location == f"{address}?saved=1"
    assert client.post(address, data=typed(session, {"R1": "fail"}, 1)).location == f"{address}/copies"
    assert (
        client.post(address, data=typed(session, {"R1": "pass"}, 1)).status_code == 302
    )  # the same again is no conflict
    assert session.query(DraftCopy).count() == 1


def test_signed_out_nothing_is_saved_and_the_script_is_told(draft: AuditDraft, session: Any, as_user: Sign) -> None:
    answer = as_user(None).post(f"/audits/drafts/{draft.id}/save", data=typed(session, {"R1": "pass"}, 1))
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")


# --- Pages ---


def test_an_audit_from_the_first_page_to_the_agent_who_reads_it(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    client = as_user(people.ivan, "es")
    assert "Ana Ruiz" in client.get("/audits/start").get_data(as_text=True)
    card = session.query(ScorecardVersion).one().scorecard_id
    facts = {
        "scorecard": card,
        "purpose": "random",
        "day": "2026-10-05",
        "at": "10:00",
        "contact_ref": "Caso 7",
        "channel": "chat",
        "language": "es",
    }
    assert client.post(f"/audits/start?person={people.ana.id}", data={**facts, "day": "2096-01-01"}).status_code == 422
    page = client.post(f"/audits/start?person={people.ana.id}", data=facts).location
    assert "Verifica la identidad" in client.get(page).get_data(as_text=True)
    unfinished = client.post(page, data=typed(session, {"R2": "fail"}, 1, then="release", contact_ref="Caso 7"))
    assert unfinished.status_code == 422
    r2 = codes(session)["R2"]
    cause = {f"cause-{r2}": "knowledge", f"comment-{r2}": "No preguntó."}
    assert client.post(page, data=typed(session, {"R2": "fail"}, 2, then="rest", **cause)).status_code == 302
    finished = client.post(page, data=typed(session, {**ALL_PASS, "R2": "fail"}, 3, then="finish", **cause))
    assert finished.location == "/audits/desk"
    assert "Caso 7" not in as_user(people.ana).get("/audits").get_data(as_text=True)
    number = session.query(AuditDraft).one().id
    assert client.get("/audits/desk").status_code == 200
    released = client.post(f"/audits/drafts/{number}/release")
    agent = as_user(people.ana)
    assert "I have read this audit" in agent.get(released.location).get_data(as_text=True)
    assert agent.post(released.location + "/read", data={"comment": "Thank you"}).status_code == 302
    assert agent.post(released.location + "/read").status_code == 409
    session.expire_all()
    assert session.query(Audit).one().state is AuditState.ACKNOWLEDGED
    assert session.query(Acknowledgement).one().comment == "Thank you"
    html = as_user(people.paola).get(released.location).get_data(as_text=True)
    assert "Thank you" in html
    assert "I have read this audit" not in html
    assert as_user(people.paola).post(released.location + "/read").status_code == 409


SEES = {
    "ivan": 200,
    "mariana": 200,
    "ada": 200,
    "ana": 403,
    "luis": 403,
    "paola": 403,
    "tomas": 403,
    "carmen": 403,
    "raul": 403,
    "pedro": 403,
}


def test_only_its_auditor_and_who_leads_quality_see_a_draft(
    draft: AuditDraft, session: Any, people: Cast, as_user: Sign
) -> None:
    for name in SEES:
        client = as_user(getattr(people, name))
        assert client.get(f"/audits/drafts/{draft.id}").status_code == SEES[name]
        assert (
            client.post(f"/audits/drafts/{draft.id}/save", data=typed(session, {"R1": "pass"}, 1)).status_code
            == SEES[name]
        )
        if SEES[name] != 200:
            for address in ("", "/copies", "/release", "/discard"):
                assert client.post(f"/audits/drafts/{draft.id}{address}").status_code == 403
        assert draft.reference not in client.get("/audits?format=csv").get_data(as_text=True)
        if name in ("ana", "paola"):
            assert draft.reference not in client.get("/").get_data(as_text=True)
            assert draft.reference not in client.get(f"/people/{people.ana.id}").get_data(as_text=True)
            lines = session.execute(Activity.visible_to(getattr(people, name))).all()
            assert lines == []


def test_another_auditor_and_who_leads_quality_elsewhere_do_not_see_a_draft(
    draft: AuditDraft, session: Any, people: Cast, as_user: Sign
) -> None:
    from app.accounts.permissions import Role
    from tests.conftest import make_user

    others = [
        make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.bogota),
        make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur),
    ]
    session.commit()
    for other in others:
        assert as_user(other).get(f"/audits/drafts/{draft.id}").status_code == 404
        assert draft.reference not in as_user(other).get("/audits/desk").get_data(as_text=True)
    assert as_user(people.ivan).get(f"/audits/start?person={people.sol.id}").status_code == 404
    assert as_user(people.ivan).get(f"/audits/start?person={people.ivan.id}").status_code == 404


def test_the_desk_asks_no_more_with_more_drafts(
    draft: AuditDraft, session: Any, people: Cast, as_user: Sign, count_queries: Callable[..., int]
) -> None:
    client = as_user(people.ivan)
    few = count_queries(lambda: client.get("/audits/desk"))
    for _number in range(3):
        begin(session, people.luis.id, people.ivan)
    assert count_queries(lambda: client.get("/audits/desk")) == few
