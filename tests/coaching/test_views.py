"""Pages of coaching: for whom they work, to whom they are refused, and that nobody sees another team's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.models import Membership, Notice
from app.accounts.permissions import Role
from app.coaching import services
from app.coaching.models import CoachingPolicy, CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import CommitmentState, ObligationKind, ObligationState, SessionKind, SessionState
from app.coaching.views import queue
from app.core.clock import now
from tests.coaching.conftest import Form
from tests.conftest import Cast, make_user

As = Callable[..., Any]
EVERYONE = ("ana", "luis", "sol", "paola", "raul", "tomas", "ivan", "mariana", "carmen", "pedro", "ada")
SEES_COACHING = ("paola", "raul", "tomas", "mariana", "carmen", "pedro", "ada")
SEES_REFUNDS = ("paola", "tomas", "mariana", "carmen", "ada")
LEADS = ("paola", "raul", "ada")


@pytest.fixture
def held(session: Any, people: Cast) -> CoachingSession:
    """A group session of yesterday with Ana and Luis, notes and a commitment for Ana alone."""
    at = now() - timedelta(days=1)
    promise = [("Use the checklist on 10 contacts", people.ana.id, at.date())]
    records = [(people.ana.id, "Said to Ana.", "Secret about Ana.", promise), (people.luis.id, "Said to Luis.", "", [])]
    made = services.log_session(session, by=people.paola, kind=SessionKind.GROUP, held_at=at, records=records, on=at)
    session.commit()
    return made


@pytest.fixture
def planned(session: Any, people: Cast) -> CoachingSession:
    """A session with Ana, planned for tomorrow."""
    made = services.schedule(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[people.ana.id],
        scheduled_for=now() + timedelta(days=1), on=now(),
    )  # fmt: skip
    session.commit()
    return made


def owed_now(
    owe: Any, person: Any, kind: ObligationKind = ObligationKind.GAP, key: str = "transition:1", **rest: Any
) -> Obligation:
    return owe(person, kind, key, at=now() - timedelta(hours=3), **rest)


# --- Who may ---


@pytest.mark.parametrize(
    "path", ["", "/obligations", "/log", "/schedule", "/sessions", "/commitments", "/policies", "/policies/new"]
)
def test_who_is_not_signed_in_is_asked_to(session: Any, people: Cast, as_user: As, path: str) -> None:
    answer = as_user(None).get(f"/coaching{path}")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/hours", EVERYONE),
        ("/obligations", SEES_COACHING),
        ("/log", LEADS),
        ("/policies/new", ("mariana", "ada")),
        ("/sessions", EVERYONE),
        ("/commitments", EVERYONE),
        ("/policies", EVERYONE),
    ],
)
def test_each_page_is_open_to_its_roles_and_refused_to_others(
    session: Any, people: Cast, as_user: As, path: str, may: tuple[str, ...]
) -> None:
    answers = {name: as_user(getattr(people, name)).get(f"/coaching{path}").status_code for name in EVERYONE}
    assert answers == {name: 200 if name in may else 403 for name in EVERYONE}


@pytest.mark.parametrize(
    ("name", "onward"), [("paola", None), ("mariana", "/coaching/obligations"), ("ana", "/coaching/sessions")]
)
def test_the_front_page_is_by_role(session: Any, people: Cast, as_user: As, name: str, onward: str | None) -> None:
    answer = as_user(getattr(people, name)).get("/coaching")
    assert (answer.status_code, answer.location) == ((200, None) if onward is None else (302, onward))


def test_an_obligation_is_seen_within_scope_only(session: Any, people: Cast, owe: Any, as_user: As) -> None:
    owed = owed_now(owe, people.ana)
    answers = {
        name: as_user(getattr(people, name)).get(f"/coaching/obligations/{owed.id}").status_code
        for name in SEES_COACHING
    }
    assert answers == {name: 200 if name in SEES_REFUNDS else 404 for name in SEES_COACHING}
    for name in ("raul", "pedro"):
        assert "Ana Ruiz" not in as_user(getattr(people, name)).get("/coaching/obligations").get_data(as_text=True)
        exported = as_user(getattr(people, name)).get("/coaching/obligations?format=csv").get_data(as_text=True)
        assert "Ana Ruiz" not in exported


def test_a_session_is_seen_by_who_was_there_and_who_sees_the_agent(
    session: Any, people: Cast, held: CoachingSession, as_user: As
) -> None:
    seen = {name: as_user(getattr(people, name)).get(f"/coaching/sessions/{held.id}").status_code for name in EVERYONE}
    assert seen == {name: 200 if name in (*SEES_REFUNDS, "ana", "luis") else 404 for name in EVERYONE}


def test_each_of_a_group_reads_the_own_record_alone_and_only_the_coach_the_private_note(
    session: Any, people: Cast, held: CoachingSession, as_user: As
) -> None:
    def page(person: Any, path: str = f"/coaching/sessions/{held.id}") -> str:
        return as_user(person).get(path).get_data(as_text=True)

    assert "Said to Ana." in page(people.ana)
    assert "Luis" not in page(people.ana)
    assert "Use the checklist" not in page(people.luis)
    assert "Ana" not in page(people.luis)
    assert "Secret about Ana." in page(people.paola)
    for other in (people.ana, people.luis, people.mariana, people.ada, people.carmen):
        assert "Secret" not in page(other)
    assert "Luis" not in page(people.ana, "/coaching/sessions")
    assert "Luis" not in page(people.ana, "/coaching/sessions?format=csv")
    assert "checklist" not in page(people.luis, "/coaching/commitments")


def test_nobody_is_named_or_found_by_asking_for_others(
    session: Any, people: Cast, held: CoachingSession, as_user: As
) -> None:
    """The address may be typed: it neither names a person nor tells who else was in a session."""
    page = as_user(people.raul).get(f"/coaching/sessions?person={people.ana.id}").get_data(as_text=True)
    assert "Ana Ruiz" not in page
    session.query(Membership).filter_by(user_id=people.luis.id).update({"team_id": people.orders.id})
    session.commit()
    lead = as_user(people.raul)
    assert f"/coaching/sessions/{held.id}" in lead.get("/coaching/sessions?q=Luis").get_data(as_text=True)
    assert f"/coaching/sessions/{held.id}" not in lead.get("/coaching/sessions?q=Ana").get_data(as_text=True)


# --- The queue ---


def test_the_queue_says_who_when_and_why(
    session: Any, people: Cast, owe: Any, gap: Any, audit: Any, planned: CoachingSession, as_user: As
) -> None:
    mine = audit(people.ana, "4821")
    owe(people.ana, ObligationKind.FATAL, f"audit:{mine.id}", at=now() - timedelta(days=3), audit_id=mine.id)
    owed_now(owe, people.luis, gap_id=gap(people.luis).id)
    page = as_user(people.paola).get("/coaching").get_data(as_text=True)
    for words in (
        "Overdue by 24",
        "Identity verified before a change",
        "audit 4821",
        "Empathy and tone",
        "94",
        "6 of 18",
    ):
        assert words in page, words
    assert page.index("Ana Ruiz") < page.index("Luis Mora")
    other = as_user(people.raul).get("/coaching").get_data(as_text=True)
    assert "Ana Ruiz" not in other


@pytest.mark.once
def test_the_queue_asks_as_much_of_the_database_for_many_as_for_few(
    session: Any, people: Cast, owe: Any, gap: Any, audit: Any, as_user: As, count_queries: Any
) -> None:
    def fill(person: Any) -> None:
        mine = audit(person, f"ref-{person.id}")
        owed_now(owe, person, ObligationKind.FATAL, f"audit:{mine.id}", audit_id=mine.id)
        owed_now(owe, person, gap_id=gap(person).id)

    client = as_user(people.paola)
    fill(people.ana)
    few = count_queries(lambda: client.get("/coaching"))
    for number in range(12):
        fill(make_user(session, f"Agent{number} Mora", team=people.refunds))
    assert count_queries(lambda: client.get("/coaching")) <= few


def test_whoever_may_coach_more_than_a_page_holds_goes_to_the_list(
    people: Cast, owe: Any, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST", 1)
    owed_now(owe, people.ana)
    assert as_user(people.paola).get("/coaching").status_code == 200
    owed_now(owe, people.luis, key="transition:2")
    assert as_user(people.paola).get("/coaching").location == "/coaching/obligations?state=open"


@pytest.mark.once
@pytest.mark.parametrize(
    "path", ["/coaching/obligations", "/coaching/sessions", "/coaching/commitments", "/coaching/log"]
)
def test_lists_ask_as_much_of_the_database_for_many_as_for_few(
    session: Any, people: Cast, owe: Any, as_user: As, count_queries: Any, path: str
) -> None:
    def fill(person: Any) -> None:
        owed = owed_now(owe, person, key=f"transition:{person.id}")
        promise = [("Listen", person.id, None)]
        services.log_session(
            session, by=people.paola, kind=SessionKind.ONE_TO_ONE, held_at=now(), on=now(), meets=[owed.id],
            records=[(person.id, "", "", promise)],
        )  # fmt: skip
        session.commit()

    client = as_user(people.paola)
    fill(people.ana)
    few = count_queries(lambda: client.get(path))
    for number in range(12):
        fill(make_user(session, f"Agent{number} Mora", team=people.refunds))
    assert count_queries(lambda: client.get(path)) <= few


# --- Logging ---


def moment(at: datetime) -> dict[str, str]:
    """The day and time fields, in UTC as a reader without a zone of their own has it."""
    return {"day": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}"}


def test_a_lead_logs_a_session_that_meets_what_is_owed(
    session: Any, people: Cast, owe: Any, gap: Any, form: Form, as_user: As
) -> None:
    owed = owed_now(owe, people.ana, gap_id=gap(people.ana).id)
    client = as_user(people.paola)
    page = client.get(f"/coaching/log?obligation={owed.id}").get_data(as_text=True)
    for words in ("Ana Ruiz", "6 of 18 checks missed", "Empathy and tone", "Way forward:", 'data-draft="session-'):
        assert words in page, words
    answer = client.post(
        f"/coaching/log?obligation={owed.id}",
        data={
            **moment(now() - timedelta(minutes=1)),
            "kind": "one_to_one",
            "meets": [owed.id],
            "topics": [form.empathy.id],
            "notes": "Goal: \nReality: skips it when the queue is long.\nOptions: \nWay forward: ",
            "people-0-private_notes": "Tired.",
            "commitments-0-text": "Use the checklist",
            "commitments-0-owner": people.ana.id,
            "commitments-0-due_on": f"{now() + timedelta(days=7):%Y-%m-%d}",
            "follow_up_on": f"{now() + timedelta(days=14):%Y-%m-%d}",
        },
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    session.refresh(owed)
    record = session.scalars(select(SessionRecord)).one()
    assert owed.state is ObligationState.MET
    assert (record.notes, record.private_notes) == ("Reality: skips it when the queue is long.", "Tired.")
    assert [(c.text, c.owner_id) for c in record.commitments] == [("Use the checklist", people.ana.id)]
    kinds = session.scalars(select(Obligation.kind).order_by(Obligation.id)).all()
    assert kinds == [ObligationKind.GAP, ObligationKind.FOLLOW_UP]


def test_a_group_session_is_logged_with_a_record_for_each(session: Any, people: Cast, as_user: As) -> None:
    answer = as_user(people.paola).post(
        f"/coaching/log?person={people.ana.id}&person={people.luis.id}",
        data={
            **moment(now() - timedelta(minutes=1)),
            "kind": "group",
            "notes": "For both.",
            "people-0-notes": "For Ana.",
            "people-1-notes": "",
            "commitments-0-text": "Listen first",
            "commitments-0-owner": "each",
            "commitments-1-text": "Call back",
            "commitments-1-owner": people.luis.id,
        },
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    found = {r.person.name: r for r in session.scalars(select(SessionRecord))}
    assert {name: r.notes for name, r in found.items()} == {
        "Ana Ruiz": "For both.\n\nFor Ana.",
        "Luis Mora": "For both.",
    }
    promised = {name: [c.text for c in r.commitments] for name, r in found.items()}
    assert promised == {"Ana Ruiz": ["Listen first"], "Luis Mora": ["Listen first", "Call back"]}


def test_earlier_commitments_are_settled_and_a_planned_session_held(
    session: Any, people: Cast, held: CoachingSession, planned: CoachingSession, as_user: As
) -> None:
    promise = session.scalars(select(Commitment)).one()
    client = as_user(people.paola)
    assert "Use the checklist" in client.get(f"/coaching/log?session={planned.id}").get_data(as_text=True)
    facts = {**moment(now() - timedelta(minutes=1)), "kind": "one_to_one", f"settled-{promise.id}": "not_kept"}
    assert client.post(f"/coaching/log?session={planned.id}", data=facts).status_code == 302
    session.expire_all()
    assert promise.state is CommitmentState.NOT_KEPT
    assert planned.state is SessionState.HELD


def test_nobody_logs_with_an_agent_of_another_team(session: Any, people: Cast, owe: Any, as_user: As) -> None:
    theirs, mine = owed_now(owe, people.sol), owed_now(owe, people.ana)
    client = as_user(people.paola)
    for query in (f"person={people.sol.id}", f"obligation={theirs.id}", f"person={people.mariana.id}", "person=999999"):
        assert client.get(f"/coaching/log?{query}").status_code == 404, query
    assert client.get(f"/coaching/schedule?person={people.sol.id}").status_code == 404
    facts = {**moment(now() - timedelta(minutes=1)), "kind": "one_to_one"}
    smuggled = client.post(f"/coaching/log?person={people.ana.id}", data={**facts, "meets": [mine.id, theirs.id]})
    assert smuggled.status_code == 422
    foreign = {**facts, "commitments-0-text": "Listen", "commitments-0-owner": people.sol.id}
    assert client.post(f"/coaching/log?person={people.ana.id}", data=foreign).status_code == 422
    assert session.scalar(select(func.count(CoachingSession.id))) == 0


def test_what_is_wrong_in_the_form_is_said_and_what_was_typed_stays(session: Any, people: Cast, as_user: As) -> None:
    client = as_user(people.paola)
    facts = {
        **moment(now() + timedelta(days=2)),
        "kind": "one_to_one",
        "notes": "Reality: typed.",
        "follow_up_on": "2020-01-01",
    }
    answer = client.post(f"/coaching/log?person={people.ana.id}", data=facts)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "in the future" in page
    assert "Reality: typed." in page


def test_who_comes_second_is_told_and_what_was_typed_stays(session: Any, people: Cast, owe: Any, as_user: As) -> None:
    owed = owed_now(owe, people.ana)
    later = owe(people.ana, key="transition:2", at=now() - timedelta(minutes=1))
    facts = {
        **moment(now() - timedelta(hours=1)),
        "kind": "one_to_one",
        "notes": "Reality: typed.",
        "meets": [owed.id, later.id],
    }
    answer = as_user(people.paola).post(f"/coaching/log?person={people.ana.id}", data=facts)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "held before one of these was owed" in page
    assert "Reality: typed." in page
    session.refresh(owed)
    assert owed.state is ObligationState.OPEN


# --- Planning, confirming, promising, waiving ---


def test_a_session_is_scheduled_moved_and_called_off(session: Any, people: Cast, as_user: As) -> None:
    client, tomorrow = as_user(people.paola), now() + timedelta(days=1)
    made = client.post(
        f"/coaching/schedule?person={people.ana.id}", data={**moment(tomorrow), "kind": "side_by_side", "anyway": "1"}
    )
    assert made.status_code == 302
    one = session.scalars(select(CoachingSession)).one()
    assert (one.state, one.kind) == (SessionState.SCHEDULED, SessionKind.SIDE_BY_SIDE)
    other = as_user(people.raul)
    for path in ("move", "cancel"):
        assert other.post(f"/coaching/sessions/{one.id}/{path}").status_code == 404
        assert as_user(people.ana).post(f"/coaching/sessions/{one.id}/{path}").status_code == 403
    data = {
        **moment(tomorrow + timedelta(days=1)),
        "kind": "group",
        "anyway": "1",
        "minutes": "45",
        "coach": people.paola.id,
        "people": [people.ana.id],
    }
    assert client.post(f"/coaching/sessions/{one.id}/move", data=data).status_code == 302
    again = client.post(f"/coaching/sessions/{one.id}/move", data=data)
    assert (again.status_code, "Nothing has changed." in again.text, 'name="coach"' in again.text) == (422, True, True)
    assert client.post(f"/coaching/sessions/{one.id}/cancel").status_code == 302
    assert client.get(f"/coaching/sessions/{one.id}").status_code == 200
    session.refresh(one)
    assert one.state is SessionState.CANCELLED
    deputy = make_user(session, "Dora Suplente", role=Role.TEAM_LEAD, over=people.refunds)
    session.commit()
    for path in ("cancel", "no-show", "move"):  # from a page that was open when somebody else called it off
        late = as_user(deputy).post(f"/coaching/sessions/{one.id}/{path}")
        assert late.status_code == 409
        assert "no longer planned" in late.text
        kinds = select(Notice.kind, Notice.person_id).where(Notice.key.startswith(f"clash:session:{one.id}"))
        assert {tuple(row) for row in session.execute(kinds)} == {
            ("clash.first", people.paola.id), ("clash.second", deputy.id),
        }  # fmt: skip
    assert (
        client.post(
            f"/coaching/schedule?person={people.ana.id}", data={**moment(now() - timedelta(1)), "kind": "group"}
        ).status_code
        == 422
    )


def test_an_agent_confirms_the_own_record_and_no_other(
    session: Any, people: Cast, held: CoachingSession, as_user: As
) -> None:
    ana, luis = held.records
    client = as_user(people.ana)
    assert "Confirm the session" in client.get(f"/coaching/sessions/{held.id}").get_data(as_text=True)
    assert client.post(f"/coaching/records/{luis.id}/acknowledge").status_code == 404
    assert as_user(people.paola).post(f"/coaching/records/{ana.id}/acknowledge").status_code == 404
    wordless = client.post(f"/coaching/records/{ana.id}/acknowledge", data={"disagrees": "y"})
    assert wordless.status_code == 422
    facts = {"disagrees": "y", "comment": "It went otherwise.", "useful": "5"}
    assert client.post(f"/coaching/records/{ana.id}/acknowledge", data=facts).status_code == 302
    assert client.post(f"/coaching/records/{ana.id}/acknowledge", data=facts).status_code == 409
    session.refresh(ana)
    assert (ana.disagrees, ana.comment, ana.useful, ana.applicable) == (True, "It went otherwise.", 5, None)
    assert "It went otherwise." in as_user(people.paola).get(f"/coaching/sessions/{held.id}").get_data(as_text=True)


def test_a_commitment_is_done_by_its_owner_or_the_lead(
    session: Any, people: Cast, held: CoachingSession, as_user: As
) -> None:
    promise = session.scalars(select(Commitment)).one()
    path = f"/coaching/commitments/{promise.id}/settle"
    for other in (people.luis, people.raul, people.mariana):
        assert as_user(other).post(path).status_code == 404
    assert (
        as_user(people.ana).post(path, data={"next": "https://elsewhere.example"}).location == "/coaching/commitments"
    )
    session.refresh(promise)
    assert promise.state is CommitmentState.KEPT
    assert as_user(people.paola).post(path).status_code == 404  # settled already


def test_only_who_may_waives_and_with_a_reason(session: Any, people: Cast, owe: Any, as_user: As) -> None:
    owed = owed_now(owe, people.ana)
    path = f"/coaching/obligations/{owed.id}/waive"
    assert as_user(people.paola).post(path, data={"reason": "Ill."}).status_code == 403
    assert as_user(people.pedro).post(path, data={"reason": "Ill."}).status_code == 403
    client = as_user(people.mariana)
    assert client.post(path, data={"reason": "  "}).status_code == 422
    assert client.post(path, data={"reason": "Ill."}).status_code == 302
    assert client.post(path, data={"reason": "Ill."}).status_code == 409
    session.refresh(owed)
    assert (owed.state, owed.reason) == (ObligationState.WAIVED, "Ill.")
    assert "Ill." in client.get(f"/coaching/obligations/{owed.id}").get_data(as_text=True)


def test_a_policy_is_changed_from_a_day_to_come(session: Any, people: Cast, as_user: As) -> None:
    client = as_user(people.mariana)
    terms = {
        "days_new": 5, "days_settling": 10, "days_settled": 21, "days_with_gap": 10,
        "fatal_hours": 24, "gap_hours": 96, "follow_up_days": 10, "acknowledge_hours": 24,
        "asked_hours": 48, "nominated_hours": 36, "clock": "working", "away": "waives",
    }  # fmt: skip
    facts = {**terms, "unit": people.norte.id, "valid_from": f"{now() + timedelta(days=3):%Y-%m-%d}"}
    assert client.post("/coaching/policies/new", data={**facts, "valid_from": "2020-01-01"}).status_code == 422
    assert client.post("/coaching/policies/new", data={**facts, "fatal_hours": 0}).status_code == 422
    shown = client.post("/coaching/policies/new", data=facts)
    assert shown.status_code == 200
    assert "What it would have done in" in shown.get_data(as_text=True)
    assert session.scalar(select(func.count(CoachingPolicy.id)).where(CoachingPolicy.unit_id == people.norte.id)) == 0
    assert client.post("/coaching/policies/new", data={**facts, "confirm": "1"}).status_code == 302
    found = session.scalars(select(CoachingPolicy).where(CoachingPolicy.unit_id == people.norte.id)).one()
    assert {name: getattr(found, name) for name in terms} == terms
    page = as_user(people.ana).get("/coaching/policies").get_data(as_text=True)
    assert "Norte" in page
    assert "Change a policy" not in page


# --- In Spanish ---

ENGLISH = (
    "Obligations",
    "Owed for",
    "Log a session",
    "Session",
    "Commitment",
    "Overdue",
    "due ",
    "Policies",
    "Confirm the",
)


@pytest.mark.once
@pytest.mark.parametrize("name", ["paola", "mariana", "ana"])
def test_pages_hold_no_english_in_spanish(
    session: Any,
    people: Cast,
    owe: Any,
    gap: Any,
    held: CoachingSession,
    planned: CoachingSession,
    as_user: As,
    name: str,
) -> None:
    owed = owed_now(owe, people.ana, gap_id=gap(people.ana).id)
    owe(people.ana, ObligationKind.CADENCE, "cadence:1", at=now() - timedelta(days=9), hours=24)
    paths = ["/sessions", f"/sessions/{held.id}", "/commitments", "/policies"]
    if name != "ana":
        paths += ["/obligations", f"/obligations/{owed.id}"]
    if name == "paola":
        paths += [
            "",
            "/log",
            f"/log?obligation={owed.id}",
            f"/schedule?person={people.ana.id}",
            f"/sessions/{planned.id}",
        ]
    client = as_user(getattr(people, name), "es")
    for path in paths:
        page = client.get(f"/coaching{path}").get_data(as_text=True)
        assert '<html lang="es-419"' in page
        assert [word for word in ENGLISH if word in page] == [], path


def test_hours_are_set_for_a_unit_and_taken_back(session: Any, people: Cast, as_user: As) -> None:
    path = f"/coaching/hours/set?unit={people.norte.id}"
    client = as_user(people.mariana, "es")
    assert client.post(path, data={"opens_0": "22:00"}).status_code == 422
    assert client.post(path, data={}).status_code == 422
    assert client.post(path, data={"opens_0": "22:00", "closes_0": "06:00"}).status_code == 302
    assert services.opening_hours(session) == {people.norte.id: {0: (22 * 60, 30 * 60)}}
    assert "22:00–06:00" in as_user(people.ana).get("/coaching/hours").get_data(as_text=True)
    assert client.post(path, data={"inherit": "1"}).status_code == 302
    assert services.opening_hours(session) == {}
    assert as_user(people.carmen).get(path).status_code == 403
    assert client.get(f"/coaching/hours/set?unit={people.refunds.id}").status_code == 404


def test_who_comes_second_is_told_who_was_first_and_both_have_a_notice(
    session: Any, people: Cast, owe: Any, as_user: As
) -> None:
    owed = owed_now(owe, people.ana)
    client = as_user(people.paola)
    path = f"/coaching/log?obligation={owed.id}"
    at = now() - timedelta(minutes=1)
    form = {
        "day": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}", "kind": "one_to_one", "meets": str(owed.id), "notes": "Said.",
        "people-0-notes": "", "people-0-private_notes": "",
    }  # fmt: skip
    assert client.get(path).status_code == 200
    services.waive(session, owed, reason="Ill.", by=people.mariana, on=now())
    session.commit()
    answer = client.post(path, data=form)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert f"{people.mariana.name} has waived one of these obligations." in page
    assert "Said." in page
    told = {(one.kind, one.person_id) for one in session.scalars(select(Notice))}
    assert told == {("clash.first", people.mariana.id), ("clash.second", people.paola.id)}
    assert "tried to settle the same" in as_user(people.mariana).get("/notices").get_data(as_text=True)
