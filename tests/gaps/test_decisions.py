"""The weekly decision: states with history, the same whenever and in whatever order it is made."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select

from app.accounts.models import Membership, User
from app.accounts.permissions import Permission
from app.audits.models import Cause, Finding, Result
from app.audits.services import telling
from app.core.errors import Refused
from app.curriculum import targets
from app.gaps import board, decisions, live, services, snapshot, standing
from app.gaps.models import Decision, EffectsVersion, Gap, Transition
from app.gaps.rules import GapState
from tests.conftest import Cast
from tests.evidence import as_recounted
from tests.gaps.conftest import MONDAY, NOW, AuditMaker, Form, week


def tell_all(session: Any, *people: User) -> None:
    """Make all cells of these people."""
    weeks = [week(n) for n in range(-4, 40)]
    services.findings_changed(session, touched=[(p.id, w) for p in people for w in weeks], on=NOW)


def states(session: Any, person: User, competency_id: int) -> list[tuple[date, GapState]]:
    """The history of one pair."""
    statement = (
        select(Transition)
        .join(Transition.gap)
        .where(Gap.person_id == person.id, Gap.competency_id == competency_id)
        .order_by(Transition.week)
    )
    return [(t.week, t.to_state) for t in session.scalars(statement)]


def figures_of(session: Any) -> list[tuple[float, ...]]:
    """What the board says of each pair."""
    found = board.load(session)
    return list(zip(*(a.tolist() for a in (found.n, found.f, found.since, found.checks13, found.fails13)), strict=True))


def failing(audit: AuditMaker, person: User, first: int, last: int) -> None:
    """Two audits a week, both criteria of `tone` missed."""
    for number in range(first, last):
        for day in (0, 3):
            audit(person, week(number) + timedelta(days=day), missed=["C1", "C2"])


def clean(audit: AuditMaker, person: User, first: int, last: int) -> None:
    for number in range(first, last):
        for day in (0, 3):
            audit(person, week(number) + timedelta(days=day))


def test_a_gap_opens_is_remedied_and_closes(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    failing(audit, people.ana, 0, 3)
    clean(audit, people.ana, 3, 20)
    tell_all(session, people.ana)
    day = week(4) + timedelta(days=2)
    services.remedies_completed(session, completions=[(people.ana.id, form.tone.id, day, "assignment:1:1")], on=NOW)
    services.replay(session, week(0), week(20) - timedelta(days=1), again=False, on=NOW)
    found = states(session, people.ana, form.tone.id)
    assert [state for _week, state in found] == [
        GapState.OPEN,
        GapState.IN_REMEDIATION,
        GapState.OPEN,
        GapState.CLOSING,
        GapState.CLOSED,
    ], "after eight clean checks the evidence is still against it; only more of them close it"
    assert found[1][0] == week(4), "a completion moves the gap in the week it happens"
    gap = session.scalar(select(Gap).where(Gap.competency_id == form.tone.id))
    assert gap.opened_on == standing.sunday(found[0][0])
    assert gap.closed_on == standing.sunday(found[4][0])


def test_a_good_agent_has_no_gap(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    clean(audit, people.luis, 0, 6)
    tell_all(session, people.luis)
    services.replay(session, week(0), week(6) - timedelta(days=1), again=False, on=NOW)
    assert states(session, people.luis, form.tone.id) == []
    stands = board.load(session)
    assert stands.probability[stands.competency == form.tone.id] < 0.5


def test_without_checks_for_thirteen_weeks_a_pair_is_archived_and_woken_by_the_next(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    clean(audit, people.ana, 0, 1)
    clean(audit, people.ana, 16, 17)
    tell_all(session, people.ana)
    services.replay(session, week(0), week(17) - timedelta(days=1), again=False, on=NOW)
    assert states(session, people.ana, form.tone.id) == [(week(13), GapState.ARCHIVED), (week(16), GapState.NONE)]


def test_a_week_is_decided_once(session: Any, people: Cast, audit: AuditMaker) -> None:
    clean(audit, people.ana, 0, 1)
    tell_all(session, people.ana)
    services.decide_week(session, MONDAY, on=NOW)
    with pytest.raises(Refused):
        services.decide_week(session, MONDAY, on=NOW)


def test_replay_refuses_decided_weeks_and_rewrites_them_when_asked(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    failing(audit, people.ana, 0, 3)
    clean(audit, people.ana, 3, 24)
    tell_all(session, people.ana)
    last = week(24) - timedelta(days=1)
    services.replay(session, week(0), last, again=False, on=NOW)
    before = states(session, people.ana, form.tone.id)
    figures = figures_of(session)
    with pytest.raises(Refused):
        services.replay(session, week(2), last, again=False, on=NOW)
    services.replay(session, week(2), last, again=True, on=NOW)
    assert states(session, people.ana, form.tone.id) == before
    again = figures_of(session)
    assert again == [pytest.approx(one) for one in figures]
    rewritten = session.scalars(select(Transition.rewritten).where(Transition.week >= week(2))).all()
    assert rewritten
    assert all(rewritten)
    assert not any(session.scalars(select(Transition.rewritten).where(Transition.week < week(2))))
    assert len(session.scalars(select(Decision)).all()) == 24


def test_what_is_released_after_sunday_waits_for_the_next_decision(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    for day in range(4):
        audit(people.ana, MONDAY + timedelta(days=day), missed=["C1", "C2"], released=week(1) + timedelta(days=1))
    tell_all(session, people.ana)
    services.decide_week(session, MONDAY, on=NOW)
    assert states(session, people.ana, form.tone.id) == []
    services.decide_week(session, week(1), on=NOW)
    assert [w for w, _state in states(session, people.ana, form.tone.id)] == [week(1)]
    services.settle(session, on=NOW)
    assert services.rebuild(session, check=True) == 0


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.once) for seed in (2, 3))])
def test_evidence_and_standing_equal_a_recount_after_any_order_of_events(
    session: Any, people: Cast, form: Form, audit: AuditMaker, seed: int
) -> None:
    """Imports, undos, corrections, disputes, remedies, other targets and maps, and decisions, mixed at random, leave what folding all cells from scratch gives."""
    rng = random.Random(seed)
    decided = 0
    audits = []
    for step in range(60):
        deed = rng.random()
        person = rng.choice([people.ana, people.luis, people.sol])
        if deed < 0.55:
            day = week(rng.randrange(0, 8)) + timedelta(days=rng.randrange(7))
            late = day + timedelta(days=rng.choice([0, 0, 1, 9]))
            one = audit(person, day, missed=rng.sample(["C1", "C2", "C3"], rng.randrange(3)), released=late)
            audits.append(one)
            services.findings_changed(session, touched=[(person.id, one.week)], on=NOW)
        elif deed < 0.64 and audits:  # an import undone
            one = audits.pop(rng.randrange(len(audits)))
            gone = (one.person_id, one.week)
            session.execute(delete(Finding).where(Finding.audit_id == one.id))
            session.delete(one)
            session.flush()
            services.findings_changed(session, touched=[gone], on=NOW)
        elif deed < 0.7 and audits:  # a dispute accepted: passed after all, or not the agent's
            one = rng.choice(audits)
            for finding in session.scalars(select(Finding).where(Finding.audit_id == one.id)):
                finding.result, finding.cause = rng.choice(
                    [(Result.PASS, None), (Result.FAIL, Cause.TOOL), (Result.FAIL, None)]
                )
            session.flush()
            services.findings_changed(session, touched=[(one.person_id, one.week)], on=NOW)
        elif deed < 0.76 and audits:
            one = rng.choice(audits)
            for finding in session.scalars(select(Finding).where(Finding.audit_id == one.id)):
                finding.result = rng.choice([Result.FAIL, Result.NA])
            session.flush()
            services.findings_changed(session, touched=[(one.person_id, one.week)], on=NOW)
        elif deed < 0.84:
            day = week(rng.randrange(0, 8)) + timedelta(days=rng.randrange(7))
            competency = rng.choice([form.tone.id, form.identity.id])
            services.remedies_completed(session, completions=[(person.id, competency, day, f"session:{step}")], on=NOW)
        elif deed < 0.875:
            at = rng.choice([None, week(decided), week(decided + rng.randrange(4))])
            asked = targets.TargetChange(
                rng.choice([form.tone, form.identity]), rng.choice([0.75, 0.85, 0.9, 0.95]), at
            )
            targets.change(session, [asked], by=people.mariana, on=NOW)
            assert asked.refused is None
        elif deed < 0.91:
            told = rng.sample([form.tone.id, form.identity.id], rng.randrange(3))
            criterion = form.criteria[rng.choice(["C1", "C2", "C3"])]
            telling.tell_of(session, form.version.scorecard, {criterion.id: told}, by=people.mariana, on=NOW)
        elif decided < 10:
            services.decide_week(session, week(decided), on=NOW)
            decided += 1
    kept = as_recounted(session, on=NOW)
    if kept is None:
        return
    goal = board.goals(session(), kept.competency)
    held = targets.in_force(session(), week(decided))
    assert {one: goal[kept.competency == one][0] for one in held if (kept.competency == one).any()} == {
        one: target for one, target in held.items() if (kept.competency == one).any()
    }
    shown = {g.id: g for g in session.scalars(select(Gap).where(Gap.state.not_in((GapState.NONE, GapState.ARCHIVED))))}
    for i, gap_id in enumerate(kept.id.tolist()):
        if gap_id in shown and shown[gap_id].decided_week == decisions.monday_of_number(int(kept.decided[i])):
            assert (shown[gap_id].n, shown[gap_id].checks13) == (kept.n[i], kept.checks13[i]), (
                "screens say what is decided"
            )


def test_effects_are_fitted_for_a_month_and_frozen(session: Any, people: Cast, audit: AuditMaker) -> None:
    failing(audit, people.ana, 0, 9)
    clean(audit, people.luis, 0, 9)
    tell_all(session, people.ana, people.luis)
    services.replay(session, week(0), week(9) - timedelta(days=1), again=False, on=NOW)
    months = session.scalars(select(EffectsVersion.month).order_by(EffectsVersion.month)).all()
    assert months == [date(2026, 7, 1)], "June has less than four weeks before it; July's version is the first"
    assert services.rebuild(session, check=True) == 0


def test_a_snapshot_in_mid_week_sees_the_days_before_only(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    audit(people.ana, MONDAY, missed=["C1"])
    audit(people.ana, MONDAY + timedelta(days=4), missed=["C1", "C2"])
    tell_all(session, people.ana)
    lines = {line.competency: line for line in snapshot.take(session, MONDAY + timedelta(days=2), all_pairs=True)}
    assert (lines["K1"].audited, lines["K1"].failed) == (2, 1)
    lines = {line.competency: line for line in snapshot.take(session, MONDAY + timedelta(days=6), all_pairs=True)}
    assert (lines["K1"].audited, lines["K1"].failed) == (4, 3)
    assert list(snapshot.take(session, MONDAY + timedelta(days=6))) == [], "no gap is open"


def test_what_a_screen_shows_is_what_was_decided(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    failing(audit, people.ana, 0, 3)
    tell_all(session, people.ana)
    services.replay(session, week(0), week(3) - timedelta(days=1), again=False, on=NOW)
    gap = session.scalar(select(Gap).where(Gap.competency_id == form.tone.id))
    shown = live.of_gap(session, gap, week(3) - timedelta(days=1))
    assert shown.probability == pytest.approx(gap.probability)
    assert (shown.checks, shown.missed, shown.since) == (gap.checks13, gap.fails13, gap.since) == (12, 12, 12)
    assert shown.expected == pytest.approx(gap.expected13)
    points = live.history(session, gap, week(3) - timedelta(days=1))
    assert [p.missed for p in points] == [4, 4, 4]
    assert points[-1].probability == pytest.approx(gap.probability)


def test_the_week_of_a_move_to_another_line_of_business_halves_what_was_known(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    failing(audit, people.ana, 0, 2)
    tell_all(session, people.ana)
    services.replay(session, week(0), week(2) - timedelta(days=1), again=False, on=NOW)
    before = session.scalar(select(Gap.n).where(Gap.competency_id == form.tone.id))
    membership = people.ana.memberships[0]
    membership.valid_to = week(2)
    session.add(
        Membership(user_id=people.ana.id, team_id=people.refunds.id, line_of_business="Sellers", valid_from=week(2))
    )
    session.flush()
    clean(audit, people.ana, 2, 3)
    tell_all(session, people.ana)
    services.decide_week(session, week(2), on=NOW)
    after = session.scalar(select(Gap.n).where(Gap.competency_id == form.tone.id))
    assert after == pytest.approx(before * 2 ** (-1 / 8) / 2 + 4)


def test_who_moves_to_another_team_of_the_same_business_keeps_evidence_and_history(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    failing(audit, people.ana, 0, 2)
    tell_all(session, people.ana)
    services.replay(session, week(0), week(2) - timedelta(days=1), again=False, on=NOW)
    before = session.scalar(select(Gap.n).where(Gap.competency_id == form.tone.id))
    history = states(session, people.ana, form.tone.id)
    people.ana.memberships[0].valid_to = week(2)
    business = people.refunds.line_of_business
    session.add(
        Membership(user_id=people.ana.id, team_id=people.orders.id, line_of_business=business, valid_from=week(2))
    )
    session.flush()
    services.decide_week(session, week(2), on=NOW)
    assert pytest.approx(before) in board.load(session).n.tolist(), "nothing is halved: it only fades"
    assert states(session, people.ana, form.tone.id)[: len(history)] == history
    gap = session.scalar(select(Gap).where(Gap.person_id == people.ana.id, Gap.competency_id == form.tone.id))
    assert gap.state is GapState.OPEN
    for lead, sees in ((people.raul, True), (people.paola, False)):
        mine = Gap.visible_to(lead, Permission.SEE_GAPS).where(Gap.id == gap.id)
        assert (session.scalar(mine) is not None) is sees, "the thread goes along with the person"


def test_weeks_that_were_passed_over_still_count(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    failing(audit, people.ana, 0, 6)
    tell_all(session, people.ana)
    services.decide_week(session, week(0), on=NOW)
    services.decide_week(session, week(5), on=NOW)
    found = session.scalar(select(Gap).where(Gap.competency_id == form.tone.id))
    where = standing.belonging(session, week(6))
    fresh = standing.fold(session, decisions.week_number(week(5)), where, pairs=standing.keys(*_pair(found)))
    assert found.n == pytest.approx(fresh.evidence.n[0])
    assert (found.since, found.checks13) == (24, 24)


def _pair(gap: Gap) -> tuple[Any, Any]:

    return np.array([gap.person_id]), np.array([gap.competency_id])
