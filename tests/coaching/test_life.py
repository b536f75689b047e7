"""The life of a session beyond holding it: nobody came, files, asked for by agents and proposed by quality, the re-check."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.coaching import services, talking
from app.coaching.models import Attachment, CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.core.clock import now
from app.core.errors import Refused
from tests.coaching.conftest import NOON, Form
from tests.conftest import Cast

As = Callable[..., Any]
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def planned(session: Any, people: Cast) -> CoachingSession:
    """A session planned with Ana and Luis."""
    made = services.schedule(
        session, by=people.paola, kind=SessionKind.GROUP, person_ids=[people.ana.id, people.luis.id],
        scheduled_for=LATER, on=NOON,
    )  # fmt: skip
    session.commit()
    return made


@pytest.fixture
def held(session: Any, people: Cast, form: Form) -> CoachingSession:
    """A session held with Ana and Luis on empathy."""
    made = services.log_session(
        session, by=people.paola, kind=SessionKind.GROUP, held_at=NOON, on=NOON, topics=[form.empathy.id],
        records=[(people.ana.id, "", "", []), (people.luis.id, "", "", [])],
    )  # fmt: skip
    session.commit()
    return made


def test_when_nobody_came_the_session_stays_and_what_is_owed_stays_owed(
    session: Any, people: Cast, planned: CoachingSession, owe: Any, as_user: As
) -> None:
    owed = owe(people.ana)
    with pytest.raises(Refused):
        services.no_show(session, planned, by=people.paola, on=NOON)
    services.no_show(session, planned, by=people.paola, on=LATER)
    assert planned.state is SessionState.NO_SHOW
    assert owed.state is ObligationState.OPEN
    told = session.scalars(select(Notice.person_id).where(Notice.kind == "session.no_show")).all()
    assert set(told) == {people.ana.id, people.luis.id}
    with pytest.raises(Refused):
        services.cancel(session, planned, by=people.paola, on=LATER)
    session.commit()
    assert "No-show" in as_user(people.paola).get("/coaching/sessions").get_data(as_text=True)


def test_who_did_not_come_to_a_group_session_is_kept_as_absent(
    session: Any, people: Cast, planned: CoachingSession, form: Form
) -> None:
    held = services.log_session(
        session, by=people.paola, kind=SessionKind.GROUP, held_at=LATER, planned=planned, on=LATER,
        records=[(people.ana.id, "Said.", "", [])], topics=[form.empathy.id],
    )  # fmt: skip
    records = {record.person_id: record for record in held.records}
    assert (records[people.ana.id].absent, records[people.luis.id].absent) == (False, True)
    assert records[people.luis.id].acknowledge_by is None
    told = session.scalars(select(Notice.person_id).where(Notice.kind == "session.held")).all()
    assert told == [people.ana.id]


# --- Files ---


def send(
    client: Any, record: SessionRecord, content: bytes = b"<script>alert(1)</script>", name: str = "a.html"
) -> Any:
    data = {"file": (io.BytesIO(content), name)}
    return client.post(f"/coaching/records/{record.id}/attach", data=data, content_type="multipart/form-data")


def test_a_file_is_handed_out_to_be_saved_and_only_within_reach(
    session: Any, people: Cast, held: CoachingSession, as_user: As
) -> None:
    ana = next(record for record in held.records if record.person_id == people.ana.id)
    assert send(as_user(people.paola), ana).status_code == 302
    kept = session.scalars(select(Attachment)).one()
    path = f"/coaching/attachments/{kept.id}"
    for name in ("ana", "paola", "mariana"):
        answer = as_user(getattr(people, name)).get(path)
        assert answer.status_code == 200, name
        assert answer.data == b"<script>alert(1)</script>"
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        answer.close()
    for name in ("luis", "raul", "pedro", "ivan"):
        assert as_user(getattr(people, name)).get(path).status_code == 404, name
    assert as_user(None).get(path).status_code == 302
    assert "a.html" in as_user(people.ana, "es").get(f"/coaching/sessions/{held.id}").get_data(as_text=True)


def test_files_are_added_by_coach_and_agent_alone_and_have_their_limits(
    session: Any, people: Cast, held: CoachingSession, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = next(record for record in held.records if record.person_id == people.ana.id)
    assert send(as_user(people.ana), ana, name="..\\\\..\\\\up.txt").status_code == 302
    assert session.scalars(select(Attachment.name)).one() == "up.txt"
    for name in ("luis", "mariana", "raul"):
        assert send(as_user(getattr(people, name)), ana).status_code == 404, name
    client = as_user(people.ana)
    monkeypatch.setattr("app.coaching.services.attachments.LARGEST", 10)
    for content, says in ((b"", "is empty"), (b"x" * 11, "too large"), (b"x", "keeps at most")):
        if says == "keeps at most":
            monkeypatch.setattr("app.coaching.services.attachments.MOST", 1)
        assert send(client, ana, content).status_code == 302
        assert says in client.get(f"/coaching/sessions/{held.id}").get_data(as_text=True), (
            "said on the page of the session"
        )
    assert session.scalar(select(func.count(Attachment.id))) == 1


# --- Asked for ---


def test_an_agent_asks_for_a_session_once_and_the_lead_owes_it(session: Any, people: Cast, as_user: As) -> None:
    client = as_user(people.ana)
    assert client.get("/coaching/ask").status_code == 200
    assert client.post("/coaching/ask", data={"reason": " "}).status_code == 422
    assert client.post("/coaching/ask", data={"reason": "The new refund tool"}).status_code == 302
    assert client.post("/coaching/ask", data={"reason": "Again"}).status_code == 422
    owed = session.scalars(select(Obligation)).one()
    assert (owed.kind, owed.person_id, owed.owner_id) == (ObligationKind.ASKED, people.ana.id, people.paola.id)
    assert owed.due_at - owed.opened_at == timedelta(hours=120)
    told = session.scalars(select(Notice)).one()
    assert (told.person_id, told.kind) == (people.paola.id, "session.asked")
    lead = as_user(people.paola)
    assert "The new refund tool" in lead.get("/notices").get_data(as_text=True)
    assert "The new refund tool" in lead.get(f"/coaching/obligations/{owed.id}").get_data(as_text=True)
    assert "Requested by the agent" in lead.get("/coaching").get_data(as_text=True)
    assert as_user(people.tomas).post("/coaching/ask", data={"reason": "x"}).status_code == 422  # in no team


def test_quality_proposes_a_session_because_of_an_audit(session: Any, people: Cast, audit: Any, as_user: As) -> None:
    found = audit(people.ana, "4821", now() - timedelta(days=1))
    client = as_user(people.ivan)
    path = f"/coaching/nominate?audit={found.id}"
    assert path in client.get(f"/audits/{found.id}").get_data(as_text=True)
    assert client.get(path).status_code == 200
    assert client.post(path, data={"reason": "Listens well, skips the check"}).status_code == 302
    assert client.post(path, data={"reason": "Again"}).status_code == 422
    owed = session.scalars(select(Obligation)).one()
    assert (owed.kind, owed.audit_id, owed.person_id) == (ObligationKind.NOMINATED, found.id, people.ana.id)
    assert as_user(people.raul).get(path).status_code == 404
    assert as_user(people.ana).get(path).status_code == 403
    assert as_user(people.raul).get(f"/coaching/nominate?person={people.ana.id}").status_code == 404
    assert "Quality proposes" in as_user(people.paola).get("/notices").get_data(as_text=True)


# --- Since ---


def test_a_session_shows_how_checks_went_before_and_since(
    session: Any, people: Cast, held: CoachingSession, audit: Any, form: Form, as_user: As
) -> None:
    audit(people.ana, "1", NOON - timedelta(days=7))
    audit(people.ana, "2", NOON + timedelta(days=7))
    audit(people.ana, "3", NOON + timedelta(days=8))
    (one,) = talking.since(session, people.paola, people.ana.id, [form.identity], NOON)
    assert (one.before, one.after) == ((1, 1), (2, 2))
    assert talking.since(session, people.raul, people.ana.id, [form.identity], NOON)[0].after == (0, 0)
    assert "Checks before and since" in as_user(people.paola).get(f"/coaching/sessions/{held.id}").get_data(
        as_text=True
    )
