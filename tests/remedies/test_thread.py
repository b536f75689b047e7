"""The thread of a gap: what is in it, in which order, for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from app.audits.models import Cause, Correction, Finding, Purpose, Result
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.rules import SessionKind, SessionState
from app.curriculum import services as curriculum
from app.curriculum.models import AssignmentReason, AssignmentState
from app.curriculum.quizzes.models import Attempt
from app.gaps.rules import GapState
from app.remedies import agent_thread, labels, page, proposals, services, thread
from app.remedies.entries import Change, Checks, Corrected, Learning, Owed, Quizzed, Talk
from app.remedies.rules import LeftOut
from tests.remedies.conftest import SUNDAY, WEEK, move, opened
from tests.scored import ON, audit


def read(session, gap, viewer, day=SUNDAY):
    return thread.read(session, gap, viewer, day=day)


def of(kind, entries):
    return [one for one in entries if isinstance(one, kind)]


def assign(session, world, person, by, day):
    return curriculum.assign(
        session,
        person_id=person.id,
        module_id=world.module.id,
        reason=AssignmentReason.MANUAL,
        by=by,
        assigned_on=day,
        due_on=None,
        on=ON,
    )


def talk(session, world, person, coach, day):
    """A session held that day on refunds."""
    held = CoachingSession(
        kind=SessionKind.ONE_TO_ONE,
        state=SessionState.HELD,
        coach_id=coach.id,
        held_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC),
        held_on=day,
        logged_at=ON,
        topics=[world.refund],
    )
    held.records = [SessionRecord(person_id=person.id, notes="private talk")]
    session.add(held)
    session.flush()
    return held


def test_checks_are_grouped_by_week_passes_among_them_and_quiet_weeks_folded(session, people, world):
    audit(session, world, people.ana, date(2026, 10, 29))
    audit(session, world, people.ana, date(2026, 10, 27), 1)
    for weeks in (1, 2, 3):
        audit(session, world, people.ana, date(2026, 10, 27) - timedelta(weeks=weeks))
    audit(session, world, people.ana, date(2026, 10, 28), 1, purpose=Purpose.REAUDIT)
    audit(session, world, people.luis, date(2026, 10, 28), 1)
    gap = opened(session, people.ana, world.refund)
    weeks = of(Checks, read(session, gap, people.paola))
    assert [(one.first, one.last, one.weeks, len(one.items), one.missed) for one in weeks] == [
        (date(2026, 10, 26), date(2026, 11, 1), 1, 2, 1),
        (date(2026, 10, 5), date(2026, 10, 25), 3, 3, 0),
    ]
    assert [check.passed for check in weeks[0].items] == [True, False]


def test_what_no_agent_can_mend_is_read_and_not_counted(session, people, world):
    audit(session, world, people.ana, date(2026, 10, 20))
    mine, other = audit(session, world, people.ana, date(2026, 10, 21), 1), audit(session, world, people.ana, WEEK, 1)
    for one, cause in ((mine, Cause.SKILL), (other, Cause.TOOL)):
        session.scalars(select(Finding).where(Finding.audit_id == one.id)).one().cause = cause
    session.flush()
    entries = read(session, opened(session, people.ana, world.refund), people.paola)
    late, early = of(Checks, entries)
    assert [(len(one.items), one.counted, one.missed) for one in (late, early)] == [(1, 0, 0), (2, 2, 1)]
    assert labels.checks_title(late) == "1 check is not the agent's"
    assert labels.checks_title(early) == "2 checks, 1 missed"
    assert page.causes(entries) == [Cause.SKILL]
    assert "21 Oct" in (proposals.trained(entries) or ""), "the last miss that counts"


def test_an_opening_tells_what_rules_did_about_it(session, people, world):
    gap = opened(session, people.ana, world.refund)
    services.fire(session, week=WEEK, day=SUNDAY, on=ON)
    session.commit()
    (change,) = of(Change, read(session, gap, people.paola))
    assert (change.day, change.to_state) == (SUNDAY, GapState.OPEN)
    (act,) = change.acts
    assert (act.module.en, act.owed, act.left_out) == ("Refunds, step by step", True, None)
    assert len(of(Owed, read(session, gap, people.paola))) == 1
    tone = opened(session, people.ana, world.tone)
    services.fire(session, week=WEEK, day=SUNDAY, on=ON)
    session.commit()
    assert of(Change, read(session, tone, people.paola))[0].acts[0].left_out is LeftOut.NO_MODULE


def test_everything_stands_in_one_list_newest_first(session, people, world, as_user):
    missed = audit(session, world, people.ana, date(2026, 10, 14), 1)
    gap = opened(session, people.ana, world.refund, date(2026, 10, 12))
    given = assign(session, world, people.ana, people.tomas, date(2026, 10, 20))
    curriculum.complete(session, given, on=datetime(2026, 10, 22, 15, tzinfo=UTC), language="es")
    talk(session, world, people.ana, people.paola, date(2026, 10, 23))
    move(session, gap, date(2026, 10, 19), GapState.OPEN, GapState.IN_REMEDIATION)
    said = [{"result": "fail", "cause": cause} for cause in ("knowledge", "tool")] + [{"result": "pass", "cause": None}]
    for number, (before, after) in enumerate(pairwise([said[0], said[0] | {"comment": "no more"}, *said[1:]])):
        at, who = datetime(2026, 10, 30, 15 + number, tzinfo=UTC), people.ivan.id
        line = world.lines[0].id
        session.add(Correction(audit_id=missed.id, criterion_id=line, at=at, by_id=who, before=before, after=after))
    for number, passed in ((1, False), (2, True)):
        at = datetime(2026, 10, 21, 14 + number, tzinfo=UTC)
        session.add(
            Attempt(
                person_id=people.ana.id, assignment_id=given.id, module_id=given.module_id, number=number, started_at=at,
                ended_at=at, pass_mark=0.8, score=0.4 + 0.5 * passed, passed=passed, timed_out=not passed,
            )
        )  # fmt: skip
    session.commit()
    entries = read(session, gap, people.paola)
    assert [one.kind for one in entries] == [
        "corrected", "corrected", "state", "talk", "learning", "quiz", "quiz", "learning", "state", "checks",
    ]  # fmt: skip
    last, first = of(Corrected, entries)
    assert (first.before, first.after) == ((Result.FAIL, Cause.KNOWLEDGE), (Result.FAIL, Cause.TOOL))
    assert (last.before, last.after) == ((Result.FAIL, Cause.TOOL), (Result.PASS, None)), (
        "not what changed a comment alone"
    )
    assert [(one.number, one.passed, one.score) for one in of(Quizzed, entries)] == [(2, True, 0.9), (1, False, 0.4)]
    whole = agent_thread.read(session, people.ana, [gap], people.paola, day=SUNDAY)
    kinds = [one.entry.kind for one in whole]
    assert (kinds.count("corrected"), kinds.count("quiz")) == (2, 2), "the thread of the agent tells the same"
    page = as_user(people.paola, "es").get(f"/gaps/{gap.id}").get_data(as_text=True)
    assert "no cumplido (causa: herramienta), ahora cumplido" in page
    assert "aprobado en el intento 2" in page
    assert [one.step for one in of(Learning, entries)] == [AssignmentState.COMPLETED, AssignmentState.ASSIGNED]
    assert of(Talk, entries)[0].coach == "Paola Restrepo"
    assert of(Corrected, entries)[0].by == "Iván Zúñiga"


def test_who_sees_gaps_but_not_learning_or_coaching_reads_findings_and_decisions_only(session, people, world):
    audit(session, world, people.ana, date(2026, 10, 14), 1)
    gap = opened(session, people.ana, world.refund)
    assign(session, world, people.ana, people.tomas, date(2026, 10, 20))
    talk(session, world, people.ana, people.paola, date(2026, 10, 23))
    services.fire(session, week=WEEK, day=SUNDAY, on=ON)
    session.commit()
    seen = read(session, gap, people.ivan)
    assert {one.kind for one in seen} == {"checks", "state"}
    assert of(Change, seen)[0].acts == ()
    assert {one.kind for one in read(session, gap, people.ana)} == {"checks", "state", "learning", "talk", "owed"}


@pytest.mark.once
def test_a_long_thread_asks_as_much_as_a_short_one(session, people, world, count_queries):
    gap = opened(session, people.ana, world.refund)
    audit(session, world, people.ana, date(2026, 10, 27), 1)
    talk(session, world, people.ana, people.paola, date(2026, 10, 23))
    session.commit()
    short = count_queries(lambda: read(session, gap, people.paola))
    for weeks in range(1, 15):
        audit(session, world, people.ana, date(2026, 10, 27) - timedelta(weeks=weeks), 1)
        talk(session, world, people.ana, people.paola, date(2026, 10, 23) - timedelta(weeks=weeks))
        move(session, gap, WEEK - timedelta(weeks=weeks), GapState.CLOSING, GapState.OPEN)
    session.commit()
    session.expire_all()
    session.refresh(gap)
    session.refresh(people.paola)
    assert count_queries(lambda: read(session, gap, people.paola)) <= short + 2
