"""What the preview of a rule says is what the rule then does: to people already there, and to those who come later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts.models import Membership
from app.coaching.models import Obligation
from app.curriculum import services as curriculum
from app.curriculum.models import Assignment, AssignmentReason
from app.curriculum.paths import services as paths
from app.curriculum.paths import writing
from app.curriculum.paths.models import Path, PathAssignment
from app.remedies import planning, services
from app.remedies.models import Firing, RemedyRule
from app.remedies.rules import LeftOut, Trigger
from tests.conftest import make_user
from tests.remedies.conftest import SUNDAY, WEEK, opened
from tests.remedies.test_fire import fire
from tests.scored import ON, audit


def give(session, person, module, day):
    return curriculum.assign(
        session, person_id=person.id, module_id=module.id, reason=AssignmentReason.MANUAL, by=None, assigned_on=day,
        due_on=None, on=ON,
    )  # fmt: skip


@pytest.fixture
def crowd(session, people, world):
    """People with a gap, each with something else in the way; by what that is."""
    found = {
        name: make_user(
            session, f"{name.title()} Soto", team=None if name == "teamless" else people.refunds, employee_no=name
        )
        for name in ("plain", "has_it", "trained", "teamless", "done_today", "acted_on", "no_module", "moved", "left")
    }
    moved = session.query(Membership).filter_by(user_id=found["moved"].id).one()
    moved.valid_to = SUNDAY
    session.add(Membership(user_id=found["moved"].id, team_id=people.orders.id, valid_from=SUNDAY))
    found["left"].left_on = SUNDAY - timedelta(days=1)
    give(session, found["has_it"], world.module, SUNDAY - timedelta(days=9))
    audit(session, world, found["trained"], WEEK, 1)
    trained = give(session, found["trained"], world.module, SUNDAY - timedelta(days=9))
    curriculum.complete(session, trained, on=ON - timedelta(days=1), language="es")
    done = give(session, found["done_today"], world.module, SUNDAY)
    curriculum.complete(session, done, on=ON - timedelta(days=1), language="es")
    audit(session, world, found["done_today"], SUNDAY, 1)
    opened(session, found["acted_on"], world.refund)
    fire(session)
    for name, person in found.items():
        if name != "acted_on":
            opened(session, person, world.tone if name == "no_module" else world.refund)
    session.commit()
    return found


def acts(session, rule, before):
    """(person, module assigned, session owed) by the firings of a rule since."""
    new = session.query(Firing).filter(Firing.rule_id == rule.id, Firing.id > before).all()
    modules = dict(session.query(Assignment.id, Assignment.module_id).all())
    return {(one.person_id, modules.get(one.assignment_id), one.obligation_id is not None): one.left_out for one in new}


def foretold(planned, to_come=False):
    plans = [(one.cause.person_id, (to_come and one.to_come) or one.plan) for one in planned]
    return {
        (person, plan.module_id, plan.owes): plan.left_out
        for person, plan in plans
        if plan.left_out is not LeftOut.DECIDED
    }


def newest(session):
    return max((number for (number,) in session.query(Firing.id)), default=0)


@pytest.mark.parametrize(("assigns", "owes"), [(True, True), (True, False), (False, True)])
def test_applied_to_those_already_there_it_does_what_was_foretold(session, people, world, crowd, assigns, owes):
    rule = world.on_gap
    rule.assigns, rule.owes = assigns, owes
    session.commit()
    planned = planning.preview(session, rule, day=SUNDAY)
    by_person = {one.cause.person_id: one.plan for one in planned}
    assert by_person[crowd["acted_on"].id].left_out is LeftOut.DECIDED
    if assigns:
        assert by_person[crowd["plain"].id].module_id == world.module.id
        assert by_person[crowd["done_today"].id].left_out is LeftOut.ALREADY_TRAINED
    before = newest(session)
    services.apply_now(session, rule, day=SUNDAY, by=people.mariana, on=ON - timedelta(days=1))
    session.commit()
    assert acts(session, rule, before) == foretold(planned)
    again = planning.preview(session, rule, day=SUNDAY)
    assert {one.plan.left_out for one in again} == {LeftOut.DECIDED}


def test_a_rule_not_stored_foretells_the_same(session, people, world, crowd):
    terms = {
        "trigger": Trigger.GAP_OPENED,
        "assigns": True,
        "owes": True,
        "due_days": 14,
        "cool_down_days": 28,
        "active": True,
    }
    planned = planning.preview(session, RemedyRule(name_en="x", name_es="x", **terms), day=SUNDAY)
    assert {one.cause.person_id for one in planned} == {one.id for name, one in crowd.items() if name != "left"}
    plan = {one.cause.person_id: one.plan for one in planned}[crowd["acted_on"].id]
    assert (plan.left_out, plan.owes) == (LeftOut.ALREADY_OPEN, False), "its module is open and its session owed"
    stored = RemedyRule(name_en="x", name_es="x", **terms)
    session.add(stored)
    session.commit()
    services.apply_now(session, stored, day=SUNDAY, by=people.mariana, on=ON - timedelta(days=1))
    session.commit()
    assert acts(session, stored, 0) == foretold(planned)


def test_those_who_come_later_get_what_was_foretold(session, people, world):
    """The preview of the day on which somebody's gap has opened is what the run of that day does."""
    opened(session, people.ana, world.refund)
    opened(session, people.luis, world.tone)
    give(session, people.sol, world.module, SUNDAY - timedelta(days=3))
    opened(session, people.sol, world.refund)
    planned = planning.preview(session, world.on_gap, day=SUNDAY)
    fire(session)
    session.commit()
    assert acts(session, world.on_gap, 0) == foretold(planned)
    assert session.query(Obligation).count() == 3


def test_fatal_errors_are_foretold_too(session, people, world):
    audit(session, world, people.ana, SUNDAY, 1)
    outsider = make_user(session, "Olga Soto", employee_no="OUT")
    audit(session, world, outsider, SUNDAY, 1)
    session.commit()
    planned = planning.preview(session, world.on_fatal, day=SUNDAY)
    fire(session)
    session.commit()
    assert acts(session, world.on_fatal, 0) == foretold(planned)
    assert {one.plan.left_out for one in planned} == {None, LeftOut.NO_TEAM}


def test_where_rules_meet_each_is_foretold_as_it_then_acts(session, people, world, crowd, as_user):
    """Alone when it is applied, after the others in force for who comes later; cool-downs and open modules among them."""
    terms = {"assigns": True, "owes": True, "due_days": 3, "cool_down_days": 28, "active": True, "name_en": "Narrow"}
    narrow = RemedyRule(trigger=Trigger.GAP_OPENED, competency_id=world.refund.id, name_es="x", **terms)
    resting = RemedyRule(
        trigger=Trigger.GAP_OPENED, competency_id=world.refund.id, name_es="x", **terms | {"active": False}
    )
    both = [RemedyRule(trigger=Trigger.FATAL_ERROR, name_es="x", **terms) for _ in range(2)]
    session.add_all([narrow, resting, *both])
    for name in ("plain", "has_it"):
        audit(session, world, crowd[name], SUNDAY, 1)
    session.commit()

    def told(*rules):
        return {rule: planning.preview(session, rule, day=SUNDAY) for rule in rules}

    before, fatal = newest(session), told(world.on_fatal, *both)
    plain = [next(one.plan for one in fatal[rule] if one.cause.person_id == crowd["plain"].id) for rule in both]
    assert (plain[0].module_id, plain[1].left_out) == (world.module.id, LeftOut.ALREADY_OPEN)
    gaps = told(world.on_gap, narrow)
    plain = next(one for one in gaps[world.on_gap] if one.cause.person_id == crowd["plain"].id)
    assert (plain.plan.module_id, plain.to_come.left_out) == (world.module.id, LeftOut.ALREADY_OPEN)
    assert not any(one.to_come for one in gaps[narrow]), "the narrower one goes first"
    said = as_user(people.mariana).get(f"/remedies/{world.on_gap.id}/edit").get_data(as_text=True)
    assert "another rule assigns it first" in said
    for rule in gaps:
        services.apply_now(session, rule, day=SUNDAY, by=people.mariana, on=ON - timedelta(days=1))
        assert acts(session, rule, before) == foretold(gaps[rule]), "to those already there"
        session.rollback()
    fire(session, week=None)
    today = {crowd[name].id for name in ("plain", "has_it", "done_today")}
    for rule in fatal:
        expected = {act: why for act, why in foretold(fatal[rule]).items() if act[0] in today}
        assert acts(session, rule, before) == expected, "to errors of today"
    before, gaps = newest(session), told(world.on_gap, narrow)
    fire(session)
    assert all(acts(session, rule, before) == foretold(gaps[rule], to_come=True) for rule in gaps), "to who comes later"


def test_who_reads_a_language_the_module_lacks_is_left_out_as_foretold(session, people, world, crowd):
    """Of those there, and of those who come later; the log says why."""
    world.module.title_es = ""
    crowd["plain"].language = people.ana.language = "es"
    session.commit()
    planned = planning.preview(session, world.on_gap, day=SUNDAY)
    assert {one.cause.person_id for one in planned if one.plan.left_out is LeftOut.NO_LANGUAGE} == {crowd["plain"].id}
    before = newest(session)
    services.apply_now(session, world.on_gap, day=SUNDAY, by=people.mariana, on=ON - timedelta(days=1))
    session.commit()
    assert acts(session, world.on_gap, before) == foretold(planned)
    opened(session, people.ana, world.refund)
    planned, before = planning.preview(session, world.on_gap, day=SUNDAY), newest(session)
    fire(session)
    session.commit()
    assert acts(session, world.on_gap, before) == foretold(planned)
    last = session.query(Firing).filter(Firing.person_id == people.ana.id, Firing.rule_id == world.on_gap.id).one()
    assert (last.left_out, last.assignment_id) == (LeftOut.NO_LANGUAGE, None)


def test_a_rule_gives_a_path_to_whom_it_was_foretold(session, people, world, crowd, as_user):
    path = Path(code="P1", revision=0)
    facts = {"code": "P1", "title_en": "Refunds whole", "title_es": "Reembolsos", "about_en": "", "about_es": ""}
    facts |= {"shorter_id": None, "in_order": True, "counts_earlier": True, "days": 20}
    writing.save(session, path, facts, [{"position": 1, "module_id": world.module.id}], revision=0, by=None, on=ON)
    writing.publish(session, path, by=None, on=ON)
    row = {"person_id": crowd["plain"].id, "reason": AssignmentReason.MANUAL, "assigned_on": SUNDAY}
    paths.give(session, path, [row], by=None, on=ON)
    session.commit()
    rule = RemedyRule(
        name_en="Path", name_es="Ruta", trigger=Trigger.GAP_OPENED, path_id=path.id, owes=False, assigns=True, due_days=9,
        cool_down_days=28,
    )  # fmt: skip
    session.add(rule)
    session.commit()
    page = as_user(people.mariana).get(f"/remedies/{rule.id}/edit").get_data(as_text=True)
    assert page.count("Refunds whole") > 2
    planned = planning.preview(session, rule, day=SUNDAY)
    by_person = {one.cause.person_id: one.plan for one in planned}
    assert by_person[crowd["plain"].id].left_out is LeftOut.ALREADY_OPEN
    done = services.apply_now(session, rule, day=SUNDAY, by=people.mariana, on=ON)
    session.commit()
    firings = session.query(Firing).filter(Firing.rule_id == rule.id).all()
    assert {one.person_id: one.left_out for one in firings} == {who: plan.left_out for who, plan in by_person.items()}
    given = {one.person_id: one for one in session.query(PathAssignment).filter(PathAssignment.gap_id.is_not(None))}
    assert set(given) == {who for who, plan in by_person.items() if plan.path_id == path.id}
    assert done.assigned == len(given)
    one = given[crowd["no_module"].id]
    assert (one.due_on, one.reason) == (SUNDAY + timedelta(days=9), AssignmentReason.GAP)
    assert {p.left_out for p in (x.plan for x in planning.preview(session, rule, day=SUNDAY))} == {LeftOut.DECIDED}
    said = as_user(people.mariana).get(f"/remedies/firings?rule={rule.id}").get_data(as_text=True)
    assert "assigned the path “Refunds whole”" in said
    assert "path “Refunds whole”" in as_user(people.mariana).get("/remedies").get_data(as_text=True)
    both = {"name_en": "x", "trigger": "gap_opened", "assigns": "y", "module_id": world.module.id, "path_id": path.id}
    both |= {"due_days": 9, "cool_down_days": 0, "competency_id": ""}
    assert as_user(people.mariana).post("/remedies/new", data=both).status_code == 422
