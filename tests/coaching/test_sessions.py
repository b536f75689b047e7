"""Sessions planned and held: what they meet, what the agent is asked, what the gaps are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.models import Activity, Notice, User
from app.coaching import services
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import CommitmentState, ObligationKind, ObligationState, SessionKind, SessionState
from app.core.errors import Refused
from app.gaps.models import Gap, Remedy
from tests.coaching.conftest import NOON, Form
from tests.conftest import Cast

LATER = NOON + timedelta(hours=20)


def hold(session: Any, by: User, *people: User, at: Any = LATER, on: Any = LATER, **rest: Any) -> CoachingSession:
    """A session held with these people, said in a word."""
    rest.setdefault("records", [(p.id, "Said.", "Private.", []) for p in people])
    rest.setdefault("kind", SessionKind.ONE_TO_ONE)
    return services.log_session(session, by=by, held_at=at, on=on, **rest)


def test_one_session_meets_several_obligations(session: Any, people: Cast, owe: Any, gap: Any, form: Form) -> None:
    mine = gap(people.ana)
    one, two = owe(people.ana, gap_id=mine.id), owe(people.ana, ObligationKind.FATAL, "audit:9")
    held = hold(session, people.paola, people.ana, meets=[one.id, two.id])
    for owed in (one, two):
        assert (owed.state, owed.session_id, owed.closed_at) == (ObligationState.MET, held.id, LATER)
    assert (held.state, held.coach_id, held.held_on) == (SessionState.HELD, people.paola.id, date(2026, 10, 6))


def test_met_after_the_due_time_is_met_late(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana, ObligationKind.FATAL, "audit:9")
    late = owed.due_at + timedelta(minutes=1)
    hold(session, people.paola, people.ana, at=late, on=late, meets=[owed.id])
    assert owed.state is ObligationState.MET_LATE


def test_held_in_time_and_logged_after_the_month_closed_is_in_time(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana, ObligationKind.FATAL, "audit:9")
    services.close_months(session, date(2026, 11, 1), on=NOON + timedelta(days=27))
    session.refresh(owed)
    assert owed.state is ObligationState.MISSED
    hold(session, people.paola, people.ana, at=LATER, on=NOON + timedelta(days=28), meets=[owed.id])
    assert owed.state is ObligationState.MET


def test_only_sessions_with_that_agent_meet_what_is_owed(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.luis)
    with pytest.raises(Refused):
        hold(session, people.paola, people.ana, meets=[owed.id])
    with pytest.raises(Refused):
        hold(session, people.paola, people.luis, meets=[owed.id, owed.id + 1000])


def test_a_session_before_the_cause_does_not_meet_it(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana)
    with pytest.raises(Refused):
        hold(session, people.paola, people.ana, at=NOON - timedelta(hours=1), meets=[owed.id])


@pytest.mark.parametrize("state", [ObligationState.WAIVED, ObligationState.VOID, ObligationState.MET])
def test_what_is_settled_can_not_be_met(session: Any, people: Cast, owe: Any, state: ObligationState) -> None:
    owed = owe(people.ana)
    owed.state = state
    session.commit()
    with pytest.raises(Refused):
        hold(session, people.paola, people.ana, meets=[owed.id])
    session.rollback()
    assert session.scalar(select(func.count(CoachingSession.id))) == 0


def test_a_session_to_come_or_with_nobody_can_not_be_logged(session: Any, people: Cast) -> None:
    with pytest.raises(Refused):
        hold(session, people.paola, people.ana, at=LATER + timedelta(minutes=1), on=LATER)
    with pytest.raises(Refused):
        hold(session, people.paola)
    with pytest.raises(Refused):
        hold(session, people.paola, people.ana, people.ana)


def test_the_gaps_are_told_of_topics_and_of_gaps_met(
    session: Any, people: Cast, owe: Any, gap: Any, form: Form
) -> None:
    owed = owe(people.ana, gap_id=gap(people.ana).id)
    held = hold(session, people.paola, people.ana, meets=[owed.id], topics=[form.identity.id])
    told = session.scalars(select(Remedy).order_by(Remedy.competency_id)).all()
    assert [(r.person_id, r.competency_id, r.day, r.key) for r in told] == [
        (people.ana.id, c.id, date(2026, 10, 6), f"session:{held.id}:{c.id}:{people.ana.id}")
        for c in (form.identity, form.empathy)
    ]
    assert {topic.id for topic in held.topics} == {form.identity.id, form.empathy.id}


def test_a_group_session_gives_each_an_own_record_and_remedy(session: Any, people: Cast, form: Form, owe: Any) -> None:
    owed = [owe(people.ana), owe(people.luis)]
    held = hold(
        session, people.paola, kind=SessionKind.GROUP, meets=[o.id for o in owed], topics=[form.empathy.id],
        records=[(people.ana.id, "For Ana.", "", [("Listen", people.ana.id, None)]), (people.luis.id, "For Luis.", "", [])],
    )  # fmt: skip
    assert {r.person.name: r.notes for r in held.records} == {"Ana Ruiz": "For Ana.", "Luis Mora": "For Luis."}
    assert session.scalar(select(func.count(Remedy.id))) == 2
    assert {o.state for o in owed} == {ObligationState.MET}
    lines = session.scalars(select(Activity).where(Activity.verb == "session.logged")).all()
    assert {line.person_id for line in lines} == {people.ana.id, people.luis.id}


def test_the_agent_is_asked_to_confirm_within_the_hours_of_the_policy(session: Any, people: Cast) -> None:
    held = hold(session, people.paola, people.ana)
    record = held.records[0]
    assert record.acknowledge_by == LATER + timedelta(hours=48)
    notice = session.scalars(select(Notice)).one()
    assert (notice.person_id, notice.kind, notice.path) == (
        people.ana.id,
        "session.held",
        f"/coaching/sessions/{held.id}",
    )


def test_a_follow_up_is_owed_to_each_by_the_end_of_its_day(session: Any, people: Cast) -> None:
    held = hold(session, people.paola, people.ana, people.luis, follow_up_on=date(2026, 10, 15))
    owed = session.scalars(select(Obligation).order_by(Obligation.person_id)).all()
    assert {(o.person_id, o.kind, o.trigger_key, o.after_session_id) for o in owed} == {
        (p.id, ObligationKind.FOLLOW_UP, f"session:{held.id}", held.id) for p in (people.ana, people.luis)
    }
    assert owed[0].due_at.isoformat() == "2026-10-16T04:59:59+00:00"
    with pytest.raises(Refused):
        hold(session, people.paola, people.ana, follow_up_on=date(2026, 10, 6))


def test_commitments_are_kept_or_not_in_the_next_session(session: Any, people: Cast) -> None:
    promises = [("Use the checklist", people.ana.id, date(2026, 10, 12)), ("Share the table", people.paola.id, None)]
    first = hold(session, people.paola, records=[(people.ana.id, "", "", promises)])
    kept, broken = first.records[0].commitments
    assert (kept.owner_id, broken.owner_id, kept.person_id) == (people.ana.id, people.paola.id, people.ana.id)
    settled = {kept.id: CommitmentState.KEPT, broken.id: CommitmentState.NOT_KEPT}
    hold(session, people.paola, people.ana, settled=settled)
    assert (kept.state, broken.state, kept.settled_at) == (CommitmentState.KEPT, CommitmentState.NOT_KEPT, LATER)
    with pytest.raises(Refused):
        hold(session, people.paola, people.luis, settled={kept.id: CommitmentState.KEPT})


# --- Planned ---


def plan(session: Any, by: User, *people: User) -> CoachingSession:
    return services.schedule(
        session,
        by=by,
        kind=SessionKind.ONE_TO_ONE,
        person_ids=[p.id for p in people],
        scheduled_for=NOON + timedelta(hours=4),
        on=NOON,
    )


def test_a_planned_session_is_told_moved_and_held(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana)
    planned = plan(session, people.paola, people.ana)
    services.reschedule(session, planned, scheduled_for=NOON + timedelta(hours=5), by=people.paola, on=NOON)
    assert planned.scheduled_for == NOON + timedelta(hours=5)
    held = hold(session, people.paola, people.ana, meets=[owed.id], planned=planned)
    assert held.id == planned.id
    assert (held.state, owed.state, len(held.records)) == (SessionState.HELD, ObligationState.MET, 1)
    kinds = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
    assert kinds == ["session.scheduled", "session.scheduled", "session.held"]


def test_who_was_not_there_is_kept_as_absent(session: Any, people: Cast) -> None:
    planned = plan(session, people.paola, people.ana, people.luis)
    held = hold(session, people.paola, people.luis, planned=planned)
    assert [r.person_id for r in held.records if not r.absent] == [people.luis.id]
    ana = next(r for r in held.records if r.person_id == people.ana.id)
    with pytest.raises(Refused):
        services.acknowledge(session, ana, by=people.ana, on=LATER)


def test_a_session_called_off_stays_on_record_and_can_not_be_held(session: Any, people: Cast) -> None:
    planned = plan(session, people.paola, people.ana)
    services.cancel(session, planned, by=people.paola, on=NOON)
    assert planned.state is SessionState.CANCELLED
    session.commit()
    for deed in (
        lambda: services.cancel(session, planned, by=people.paola, on=NOON),
        lambda: services.reschedule(session, planned, scheduled_for=LATER, by=people.paola, on=NOON),
        lambda: hold(session, people.paola, people.ana, planned=planned),
    ):
        with pytest.raises(Refused):
            deed()
        session.rollback()


def test_the_past_can_not_be_scheduled(session: Any, people: Cast) -> None:
    with pytest.raises(Refused):
        services.schedule(
            session, by=people.paola, kind=SessionKind.GROUP, person_ids=[people.ana.id], scheduled_for=NOON, on=NOON
        )
    with pytest.raises(Refused):
        services.schedule(session, by=people.paola, kind=SessionKind.GROUP, person_ids=[], scheduled_for=LATER, on=NOON)


# --- Confirmed ---


def test_an_agent_confirms_with_a_comment_disagreeing_and_a_rating(session: Any, people: Cast) -> None:
    record = hold(session, people.paola, people.ana).records[0]
    services.acknowledge(
        session, record, comment=" Not so. ", disagrees=True, useful=4, applicable=None, by=people.ana, on=LATER
    )
    facts = (record.comment, record.disagrees, record.useful, record.applicable, record.acknowledged_at)
    assert facts == ("Not so.", True, 4, None, LATER)
    with pytest.raises(Refused):
        services.acknowledge(session, record, by=people.ana, on=LATER)


def test_confirming_is_refused_to_others_and_without_a_word_or_a_sound_rating(session: Any, people: Cast) -> None:
    record = hold(session, people.paola, people.ana).records[0]
    for wrong in (
        {"by": people.paola},
        {"by": people.luis},
        {"by": people.ana, "disagrees": True, "comment": "  "},
        {"by": people.ana, "useful": 6},
    ):
        with pytest.raises(Refused):
            services.acknowledge(session, record, on=LATER, **wrong)
    assert record.acknowledged_at is None


def test_a_commitment_settled_otherwise_is_refused(session: Any, people: Cast) -> None:
    promise = [("Use the checklist", people.ana.id, None)]
    one = hold(session, people.paola, records=[(people.ana.id, "", "", promise)]).records[0].commitments[0]
    services.settle_commitment(session, one, state=CommitmentState.KEPT, by=people.ana, on=LATER)
    services.settle_commitment(session, one, state=CommitmentState.KEPT, by=people.paola, on=LATER)
    with pytest.raises(Refused):
        services.settle_commitment(session, one, state=CommitmentState.NOT_KEPT, by=people.paola, on=LATER)
    assert session.scalar(select(func.count(Activity.id)).where(Activity.verb == "commitment.kept")) == 1


# --- At the same time ---


def test_of_two_who_meet_or_waive_the_same_only_one_does(
    session: Any, people: Cast, owe: Any, at_once: Callable[..., list[Any]]
) -> None:
    owed, ana, paola, mariana = owe(people.ana).id, people.ana.id, people.paola.id, people.mariana.id

    def meet(own: Any) -> int:
        by = own.get_one(User, paola)
        records = [(ana, "", "", [])]
        held = services.log_session(
            own, by=by, kind=SessionKind.ONE_TO_ONE, held_at=LATER, records=records, meets=[owed], on=LATER
        )
        return held.id

    def waive(own: Any) -> str:
        found = own.get_one(Obligation, owed)
        services.waive(own, found, reason="On leave.", by=own.get_one(User, mariana), on=LATER)
        return "waived"

    for deeds in ((meet, meet), (meet, waive), (waive, waive)):
        session.execute(
            Obligation.__table__.update().values(state=ObligationState.OPEN, session_id=None, closed_at=None)
        )
        answers = at_once(*deeds)
        refused = [a for a in answers if isinstance(a, Refused)]
        assert len(refused) == 1, answers
        assert sum(not isinstance(a, Exception) for a in answers) == 1
        (clash,) = refused
        assert isinstance(clash, services.Clash)
        second = session.get_one(User, paola if deeds[answers.index(clash)] is meet else mariana)
        services.tell_both(session, clash, by=second, on=LATER)
        told = {
            row.kind: row.person_id for row in session.scalars(select(Notice).where(Notice.key.startswith("clash")))
        }
        assert told.pop("clash.second") == second.id
        assert set(told.values()) <= {clash.first_id}
        assert (clash.first_id == second.id) == (not told)
        session.execute(Notice.__table__.delete())
    assert session.scalar(select(func.count(SessionRecord.id))) == session.scalar(
        select(func.count(CoachingSession.id))
    )


def test_of_two_who_log_or_call_off_the_same_planned_session_only_one_does(
    session: Any, people: Cast, at_once: Callable[..., list[Any]]
) -> None:
    ana, paola, mariana = people.ana.id, people.paola.id, people.mariana.id

    def log(own: Any, by: int = paola) -> int:
        planned = own.get_one(CoachingSession, number)
        records = [(ana, "Said.", "", [("Checklist", ana, None)])]
        services.log_session(
            own, by=own.get_one(User, by), kind=planned.kind, held_at=LATER, records=records, planned=planned, on=LATER
        )
        return by

    def call_off(own: Any) -> str:
        services.cancel(own, own.get_one(CoachingSession, number), by=own.get_one(User, mariana), on=LATER)
        return "cancelled"

    for other in (lambda own: log(own, mariana), call_off):
        planned = services.schedule(
            session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[ana], scheduled_for=LATER, on=NOON
        )
        session.commit()
        number = planned.id
        answers = at_once(log, other)
        (clash,) = (a for a in answers if isinstance(a, services.Clash))
        second, first = (paola, mariana) if answers.index(clash) == 0 else (mariana, paola)
        services.tell_both(session, clash, by=session.get_one(User, second), on=LATER)
        told = session.execute(
            select(Notice.kind, Notice.person_id).where(Notice.key.startswith(f"clash:session:{number}"))
        )
        assert sorted(tuple(row) for row in told) == [("clash.first", first), ("clash.second", second)]
        held = session.get_one(CoachingSession, number)
        assert held.state is not SessionState.SCHEDULED
        kept = session.scalars(select(SessionRecord).where(SessionRecord.session_id == number)).one()
        assert len(kept.commitments) == (held.state is SessionState.HELD)


def test_the_same_cause_told_at_the_same_time_owes_once(
    session: Any, people: Cast, at_once: Callable[..., list[Any]]
) -> None:
    ana = people.ana.id

    def tell(own: Any) -> Any:
        owed = services.owe(own, person_id=ana, kind=ObligationKind.FATAL, key="audit:1", opened_at=NOON)
        return owed and owed.id

    answers = at_once(tell, tell, tell)
    assert sorted(a is None for a in answers) == [False, True, True], answers
    assert session.scalar(select(func.count(Obligation.id))) == 1
    assert session.scalar(select(func.count(Gap.id))) == 0
    assert session.scalar(select(func.count(Commitment.id))) == 0
