"""Rules act on what happened: once for each cause, after Hilo went live, with a constant number of queries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind
from app.curriculum import services as curriculum
from app.curriculum.models import Assignment, AssignmentReason
from app.gaps.rules import GapState
from app.remedies import planning, services
from app.remedies.models import Firing, RemedyRule
from app.remedies.rules import LeftOut, Trigger
from tests.conftest import make_user
from tests.remedies.conftest import SUNDAY, WEEK, move, opened
from tests.scored import ON, audit


def fire(session, week=WEEK, day=SUNDAY, on=ON):
    done = services.fire(session, week=week, day=day, on=on)
    session.commit()
    return done


def test_a_gap_that_opened_assigns_its_module_and_owes_a_session_once(session, people, world):
    gap = opened(session, people.ana, world.refund)
    done = fire(session)
    assert (done.causes, done.assigned, done.owed, done.left_out) == (1, 1, 1, 0)
    given = session.scalars(select(Assignment)).one()
    assert (given.person_id, given.module_id, given.gap_id) == (people.ana.id, world.module.id, gap.id)
    assert (given.assigned_on, given.due_on, given.reason) == (SUNDAY, date(2026, 11, 15), AssignmentReason.GAP)
    assert given.assigned_by_id is None
    owed = session.scalars(select(Obligation)).one()
    assert (owed.kind, owed.gap_id, owed.lead_id) == (ObligationKind.GAP, gap.id, people.paola.id)
    firing = session.scalars(select(Firing)).one()
    assert (firing.rule_id, firing.assignment_id, firing.obligation_id) == (world.on_gap.id, given.id, owed.id)
    again = fire(session)
    assert (again.causes, again.assigned, again.owed) == (0, 0, 0)
    assert session.scalar(select(func.count()).select_from(Firing)) == 1


def test_a_competency_without_a_module_still_owes_the_session(session, people, world):
    opened(session, people.ana, world.tone)
    done = fire(session)
    assert (done.assigned, done.owed, done.left_out) == (0, 1, 1)
    assert session.scalars(select(Firing)).one().left_out is LeftOut.NO_MODULE


def test_what_was_before_hilo_went_live_is_left_alone(session, people, world):
    september = date(2026, 9, 21)
    opened(session, people.ana, world.refund, september, replayed=True)
    audit(session, world, people.ana, date(2026, 9, 27), 1)
    session.commit()
    assert fire(session, september, date(2026, 9, 27)).causes == 0
    assert fire(session, september, SUNDAY).causes == 0
    assert session.scalar(select(func.count()).select_from(Firing)) == 0


def test_a_week_replayed_after_hilo_went_live_counts(session, people, world):
    opened(session, people.ana, world.refund, replayed=True)
    assert fire(session).assigned == 1


def test_who_left_is_left_alone(session, people, world):
    opened(session, people.ana, world.refund)
    session.get(User, people.ana.id).left_on = SUNDAY
    session.commit()
    assert fire(session).causes == 0


def test_a_module_done_after_the_latest_miss_is_not_assigned_again(session, people, world):
    audit(session, world, people.ana, date(2026, 10, 27), 1)
    old = curriculum.assign(
        session,
        person_id=people.ana.id,
        module_id=world.module.id,
        reason=AssignmentReason.MANUAL,
        by=people.tomas,
        assigned_on=date(2026, 10, 20),
        due_on=None,
        on=ON,
    )
    curriculum.complete(session, old, on=ON - timedelta(days=3), language="es")
    opened(session, people.ana, world.refund)
    done = services.fire(session, week=WEEK, day=SUNDAY, on=ON)
    assert (done.assigned, done.owed) == (0, 1)
    assert session.scalars(select(Firing).where(Firing.obligation_id.is_not(None))).all()[-1].left_out is (
        LeftOut.ALREADY_TRAINED
    )


def test_within_its_cool_down_a_rule_leaves_the_same_gap(session, people, world):
    gap = opened(session, people.ana, world.refund)
    fire(session)
    later = WEEK + timedelta(weeks=2)
    move(session, gap, later, GapState.CLOSING, GapState.OPEN)
    session.commit()
    done = fire(session, later, later + timedelta(days=6), ON + timedelta(weeks=2))
    assert (done.causes, done.assigned, done.owed) == (1, 0, 0)
    newest = session.scalars(select(Firing).order_by(Firing.id.desc())).first()
    assert newest.left_out is LeftOut.COOL_DOWN
    much_later = WEEK + timedelta(weeks=6)
    move(session, gap, much_later, GapState.CLOSING, GapState.OPEN)
    session.commit()
    assert fire(session, much_later, much_later + timedelta(days=6), ON + timedelta(weeks=6)).owed == 1


def test_a_day_made_up_later_counts_as_that_day(session, people, world):
    opened(session, people.ana, world.refund)
    fire(session, on=ON + timedelta(days=60))
    assert session.scalars(select(Firing)).one().at.date() == SUNDAY
    assert session.scalars(select(Assignment)).one().assigned_on == SUNDAY


def test_a_fatal_error_owes_a_session_the_day_it_is_released(session, people, world):
    found = audit(session, world, people.ana, date(2026, 10, 28), 1)
    session.commit()
    assert fire(session, None, date(2026, 10, 27)).causes == 0
    assert fire(session, None, date(2026, 10, 28)).owed == 1
    owed = session.scalars(select(Obligation)).one()
    assert (owed.kind, owed.audit_id, owed.opened_at) == (ObligationKind.FATAL, found.id, found.released_at)
    assert (owed.due_at - owed.opened_at) == timedelta(hours=48)
    assert fire(session, None, date(2026, 10, 28)).causes == 0
    audit(session, world, people.ana, date(2026, 10, 29), 1)
    session.commit()
    assert fire(session, None, date(2026, 10, 29)).owed == 1


def test_narrower_rules_come_first_and_nothing_is_assigned_twice(session, people, world):
    narrow = RemedyRule(
        name_en="Refunds fast",
        name_es="Reembolsos pronto",
        trigger=Trigger.GAP_OPENED,
        competency_id=world.refund.id,
        due_days=3,
    )
    session.add(narrow)
    session.commit()
    gap = opened(session, people.ana, world.refund)
    done = fire(session)
    assert (done.assigned, done.owed) == (1, 1)
    given = session.scalars(select(Assignment)).one()
    assert given.due_on == SUNDAY + timedelta(days=3)
    by_rule = {one.rule_id: one.left_out for one in session.scalars(select(Firing))}
    assert by_rule == {narrow.id: None, world.on_gap.id: LeftOut.ALREADY_OPEN}
    assert session.scalars(select(Obligation)).one().gap_id == gap.id


def test_rules_not_in_force_do_nothing(session, people, world):
    world.on_gap.active = False
    opened(session, people.ana, world.refund)
    session.commit()
    assert fire(session).causes == 0


def test_the_first_run_makes_the_default_rules(session, people, world):
    session.query(RemedyRule).delete()
    session.commit()
    opened(session, people.ana, world.refund)
    assert fire(session).assigned == 1
    assert session.scalar(select(func.count()).select_from(RemedyRule)) == 2


def test_the_preview_shows_people_already_there_and_changes_nothing(session, people, world):
    opened(session, people.ana, world.refund)
    fire(session)
    opened(session, people.luis, world.refund)
    rule = RemedyRule(name_en="x", name_es="x", trigger=Trigger.GAP_OPENED, assigns=True, owes=True, cool_down_days=28)
    reached = {one.cause.person_id: one.plan for one in planning.preview(session, rule, day=SUNDAY)}
    assert reached[people.ana.id].left_out is LeftOut.ALREADY_OPEN
    assert reached[people.luis.id].module_id == world.module.id
    audit(session, world, people.sol, date(2026, 10, 28), 1)
    fatal = RemedyRule(
        name_en="x", name_es="x", trigger=Trigger.FATAL_ERROR, assigns=False, owes=True, cool_down_days=0
    )
    assert [one.cause.person_id for one in planning.preview(session, fatal, day=SUNDAY)] == [people.sol.id]
    assert session.scalar(select(func.count()).select_from(Firing)) == 1


def test_a_rule_can_be_applied_to_gaps_that_stand_open(session, people, world):
    opened(session, people.ana, world.refund, WEEK - timedelta(weeks=20))
    done = services.apply_now(session, world.on_gap, day=SUNDAY, by=people.mariana, on=ON)
    session.commit()
    assert (done.assigned, done.owed) == (1, 1)
    assert session.scalars(select(Obligation)).one().opened_at == ON
    assert services.apply_now(session, world.on_gap, day=SUNDAY, by=people.mariana, on=ON).causes == 0


@pytest.mark.once
def test_acting_on_many_asks_as_much_as_on_few(session, people, world, count_queries):
    def crowd(name, week, size):
        for n in range(size):
            person = make_user(session, f"{name}{n} Soto", team=people.refunds, employee_no=f"{name}{n}")
            opened(session, person, world.refund, week)

    crowd("F", WEEK, 3)
    crowd("M", WEEK + timedelta(weeks=1), 40)
    few = count_queries(lambda: fire(session, WEEK, SUNDAY)) - 3 * 4
    many = count_queries(lambda: fire(session, WEEK + timedelta(weeks=1), SUNDAY + timedelta(weeks=1))) - 40 * 4
    assert many <= few  # but for an assignment, its notice, its line and the firing, which SQLite writes one by one
