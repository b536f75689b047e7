"""Audits released at a set time, and what waits for an auditor on the first screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Notice
from app.accounts.permissions import Role
from app.audits.auditing import releasing, services
from app.audits.auditing.answers import Answer, Content
from app.audits.auditing.models import AuditDraft, DraftCopy
from app.audits.calibration import services as calibrations
from app.audits.calibration.rules import CalibrationState
from app.audits.disputes import services as disputes
from app.audits.models import Audit, Criterion, Purpose, Result, ScorecardVersion
from app.audits.reaudits.models import Reaudit, ReauditPlan
from app.audits.sampling import services as sampling
from app.audits.sampling.models import SamplingPlan
from app.audits.sampling.rules import Per, Period, SampleState
from app.core.errors import Refused
from tests.audits.conftest import ALL_PASS, long_rows
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
ON = datetime(2026, 11, 3, 15, tzinfo=UTC)
LATER = ON + timedelta(hours=20)


@pytest.fixture
def draft(session: Any, scorecard: None, people: Cast) -> AuditDraft:
    """A whole audit of Iván about Ana, not released."""
    version = session.query(ScorecardVersion).one()
    contact = services.Contact(people.ana.id, version.id, Purpose.RANDOM, ON - timedelta(days=9), "K1", "chat", "es")
    made = services.start(session(), contact, by=people.ivan, on=ON)
    services.save(session(), made, whole(session), base=1, by=people.ivan, on=ON)
    session.commit()
    return made


def whole(session: Any) -> Content:
    head = {"contact_ref": "K1", "channel": "chat", "language": "es"}
    return Content(head, {one.id: Answer(Result.PASS) for one in session.query(Criterion)})


def test_a_set_time_releases(session: Any, draft: AuditDraft, people: Cast, app: Any) -> None:
    from app.core import jobs

    releasing.finish(session(), draft, by=people.ivan, on=ON, release_at=LATER)
    session.commit()
    assert releasing.release_due(session(), LATER - timedelta(minutes=1)) == 0
    assert session.query(Audit).count() == 0
    assert jobs.known(app)["audits.release"].schedule
    assert releasing.release_due(session(), LATER + timedelta(minutes=3)) == 1
    audit = session.query(Audit).one()
    assert (audit.released_at, audit.auditor_id) == (LATER + timedelta(minutes=3), people.ivan.id)
    assert session.query(Notice).filter_by(person_id=people.ana.id, kind="audit.released").count() == 1
    assert releasing.release_due(session(), LATER + timedelta(days=1)) == 0


def test_the_daily_run_releases_what_was_set_for_the_day(session: Any, draft: AuditDraft, people: Cast) -> None:
    from app.home import daily

    releasing.finish(session(), draft, by=people.ivan, on=ON, release_at=LATER)
    daily.live_through(session(), date(2026, 11, 3), daily.DailyReport())
    assert session.query(Audit).count() == 0
    daily.live_through(session(), date(2026, 11, 4), daily.DailyReport())
    assert session.query(Audit).one().released_at == daily.moment_of(date(2026, 11, 4))


def test_what_cannot_be_released_waits_again_and_its_auditor_is_told(
    session: Any, draft: AuditDraft, people: Cast, as_user: Sign
) -> None:
    releasing.finish(session(), draft, by=people.ivan, on=ON, release_at=LATER)
    session.add(DraftCopy(draft_id=draft.id, by_id=people.mariana.id, at=ON, base=1, content=draft.content))
    session.commit()
    assert releasing.release_due(session(), LATER) == 0
    session.commit()
    assert (session.query(Audit).count(), draft.release_at) == (0, None)
    assert session.query(Notice).filter_by(person_id=people.ivan.id, kind="audit.unreleased").count() == 1
    assert draft.reference in as_user(people.ivan, "es").get("/notices").get_data(as_text=True)


@pytest.mark.parametrize("at", [ON, ON - timedelta(days=1), ON + timedelta(days=61)])
def test_a_time_is_to_come_and_not_too_far(session: Any, draft: AuditDraft, people: Cast, at: datetime) -> None:
    with pytest.raises(Refused):
        releasing.finish(session(), draft, by=people.ivan, on=ON, release_at=at)


def test_a_time_is_set_on_screen_and_forgotten_when_the_audit_is_changed(
    session: Any, draft: AuditDraft, people: Cast, as_user: Sign
) -> None:
    client, page = as_user(people.ivan, "es"), f"/audits/drafts/{draft.id}"
    marks = {f"result-{one.id}": "pass" for one in session.query(Criterion)} | {
        "contact_ref": "K1",
        "channel": "chat",
        "language": "es",
    }
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    asked = {**marks, "revision": "2", "then": "finish", "release_on": tomorrow, "release_time": "08:30"}
    assert client.post(page, data={**asked, "release_on": "mañana"}).status_code == 409
    assert client.post(page, data={**asked, "release_on": "2020-01-01"}).status_code == 409
    assert client.post(page, data=asked).location == "/audits/desk"
    assert draft.release_at is not None
    assert "08:30" in client.get("/audits/desk").get_data(as_text=True)
    assert tomorrow in client.get(page).get_data(as_text=True)
    for who in (people.ana, people.paola):
        assert draft.reference not in as_user(who).get("/audits").get_data(as_text=True)
        assert as_user(who).get(page).status_code == 403
    assert client.post(page + "/save", data={**marks, "revision": "2", "channel": "voz"}).status_code == 200
    assert (draft.finished_at, draft.release_at) == (None, None)


# --- The first screen ---


def test_an_auditor_finds_what_waits_on_the_first_screen(
    session: Any, draft: AuditDraft, people: Cast, bring: Callable[..., Any], as_user: Sign, count_queries: Any
) -> None:
    assert "1 audit begun" in as_user(people.ivan).get("/").get_data(as_text=True)
    olga, version = make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.norte), draft.version_id
    bring(long_rows({**ALL_PASS, "R3": ("fail", "", "skill")}), on=ON)
    audit = session.query(Audit).one()
    criterion = session.query(Criterion).filter_by(code="R3").one()
    made = disputes.raise_dispute(session(), audit, criterion, "No.", by=people.ana, on=audit.released_at)
    assert made.answerer_id == olga.id
    terms = sampling.Terms(
        "Weekly", people.norte.id, draft.version.scorecard_id, Per.AUDITOR, 2, Period.MONTH, date(2026, 11, 1)
    )
    plan: SamplingPlan = sampling.make_plan(session(), terms, by=people.mariana, on=ON)
    sampling.top_up(session(), plan, date(2026, 11, 3))
    again = ReauditPlan(name="B", unit_id=people.norte.id, count=1, period=Period.MONTH, valid_from=date(2026, 11, 1))
    session.add(again)
    session.flush()
    session.add(Reaudit(plan_id=again.id, period_on=date(2026, 11, 1), due_on=date(2026, 11, 30), audit_id=audit.id,
                        team_id=people.refunds.id, reauditor_id=olga.id, state=SampleState.OPEN))  # fmt: skip
    meeting = calibrations.Terms("November", people.norte.id, version, "K", ON, "", ON, 0.1)
    held = calibrations.make(session(), meeting, by=people.mariana, on=ON)
    calibrations.invite(session(), held, {olga.id, people.ivan.id}, people.ivan.id, by=people.mariana, on=ON)
    calibrations.move(session(), held, CalibrationState.SCORING, by=people.mariana, on=ON)
    session.commit()
    client = as_user(olga)
    page = client.get("/").get_data(as_text=True)
    for said in ("2 contacts to audit", "1 contact to score again", "1 dispute to answer", "1 calibration to score"):
        assert said in page, said
    spanish = as_user(olga, "es").get("/").get_data(as_text=True)
    assert "1 apelación por responder" in spanish
    assert "1 calibración por evaluar" in spanish
    few = count_queries(lambda: client.get("/"))
    sampling.top_up(session(), sampling.make_plan(session(), terms, by=people.mariana, on=ON), date(2026, 11, 3))
    session.commit()
    assert count_queries(lambda: client.get("/")) == few
