"""Sessions a policy asks for after an audit below the mark, a dissatisfied customer, or a repeat finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import settings
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Cause, Finding, Purpose, Result
from app.coaching import rules, services
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, Terms
from app.core.clock import monday_of
from tests.coaching.conftest import NOON, Form
from tests.conftest import Cast

TERMS = Terms(failed_hours=72, failed_below=80, dsat_hours=48, repeat_hours=96, repeat_times=2)
DAY = timedelta(days=1)


def ask(session: Any, people: Cast, terms: Terms = TERMS) -> None:
    """Let the policy of Norte ask for them; Sur keeps the default, which does not."""
    settings.put(session, "live_from", "2026-09-01", by=None, on=NOON)
    services.set_policy(
        session, people.norte, terms, valid_from=NOON.date() - 30 * DAY, by=people.mariana, on=NOON - 40 * DAY
    )
    session.commit()


def make(session: Any, people: Cast, form: Form, at: datetime, score: float, **rest: Any) -> Audit:
    """An audit of Ana, released at a moment, in which the customer was not heard."""
    made = Audit(
        source="qa", reference=f"{at:%d%H%M}{score}", person_id=rest.pop("person", people.ana).id, version_id=form.version.id,
        purpose=rest.pop("purpose", Purpose.RANDOM), contact_at=at, audited_at=at, released_at=at, week=monday_of(at.date()),
        score=score, checks=2, fails=1, team_id=people.refunds.id, fatal=rest.pop("fatal", False),
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(
        Finding(audit_id=made.id, criterion_id=form.minor.id, result=Result.FAIL, cause=rest.pop("cause", None))
    )
    session.commit()
    return made


def live(session: Any, day: datetime) -> None:
    services.live_day(session, day.date(), on=day + timedelta(hours=11))
    session.commit()


def owed(session: Any) -> list[Obligation]:
    rows = select(Obligation).where(Obligation.kind != ObligationKind.CADENCE).order_by(Obligation.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


@pytest.mark.parametrize(
    ("days_ago", "expected"), [([0], False), ([0, 27], True), ([0, 28], False), ([3, 4], True), ([], False)]
)
def test_a_finding_repeats_within_the_days_of_the_policy(days_ago: list[int], expected: bool) -> None:
    assert rules.repeats([NOON - n * DAY for n in days_ago], NOON, TERMS) is expected


def test_by_default_none_of_them_is_owed(session: Any, people: Cast, form: Form) -> None:
    settings.put(session, "live_from", "2026-09-01", by=None, on=NOON)
    for n in range(3):
        make(session, people, form, NOON + timedelta(hours=n), 0.2)
    live(session, NOON)
    assert owed(session) == []


def test_an_audit_below_the_mark_owes_once_by_its_own_clock(session: Any, people: Cast, form: Form) -> None:
    ask(session, people, replace(TERMS, repeat_hours=0))
    low = make(session, people, form, NOON, 0.79)
    make(session, people, form, NOON, 0.8)
    make(session, people, form, NOON, 0.1, fatal=True)
    make(session, people, form, NOON, 0.3, purpose=Purpose.CALIBRATION)
    make(session, people, form, NOON - DAY, 0.31)
    for _again in range(2):
        live(session, NOON)
    (one,) = owed(session)
    assert (one.kind, one.audit_id, one.due_at, one.owner_id) == (
        ObligationKind.FAILED, low.id, NOON + timedelta(hours=72), people.paola.id,
    )  # fmt: skip
    low.score = 0.8
    live(session, NOON + DAY)
    (one,) = owed(session)
    assert (one.state, one.reason) == (ObligationState.VOID, "no_longer_failed")


def test_a_case_owes_once_it_is_decided_to_be_coachable(session: Any, people: Cast) -> None:
    ask(session, people)

    def case(reference: str, cause: Cause | None, person: Any = people.ana) -> DsatCase:
        made = DsatCase(
            source="csat", reference=reference, person_id=person.id, received_at=NOON - 3 * DAY,
            week=monday_of(NOON.date()), cause=cause, decided_at=NOON if cause else None, team_id=people.refunds.id,
        )  # fmt: skip
        session.add(made)
        return made

    skill = case("1", Cause.SKILL)
    for number, cause in enumerate((Cause.TOOL, Cause.CUSTOMER, None)):
        case(f"2{number}", cause)
    case("3", Cause.SKILL, people.sol)
    session.commit()
    live(session, NOON)
    (one,) = owed(session)
    assert (one.kind, one.dsat_case_id, one.due_at) == (ObligationKind.DSAT, skill.id, NOON + timedelta(hours=48))
    skill.cause = Cause.POLICY
    live(session, NOON + DAY)
    (one,) = owed(session)
    assert (one.state, one.reason) == (ObligationState.VOID, "not_coachable")


def test_a_finding_that_repeats_owes_once_and_anew_only_for_what_comes_after(
    session: Any, people: Cast, form: Form
) -> None:
    ask(session, people, replace(TERMS, failed_hours=0))
    make(session, people, form, NOON - 2 * DAY, 0.9, cause=Cause.TOOL)  # nothing the agent could do
    make(session, people, form, NOON - DAY, 0.9)
    for n in range(3):
        live(session, NOON + (n - 2) * DAY)
    assert owed(session) == []
    second = make(session, people, form, NOON + DAY, 0.9)
    third = make(session, people, form, NOON + 2 * DAY, 0.9)
    for n in (1, 2, 3):
        live(session, NOON + n * DAY)
    (one,) = owed(session)
    assert (one.kind, one.audit_id, one.due_at) == (
        ObligationKind.REPEAT, second.id, NOON + DAY + timedelta(hours=96),
    )  # fmt: skip
    fourth = make(session, people, form, NOON + 4 * DAY, 0.9)
    live(session, NOON + 4 * DAY)
    assert [o.audit_id for o in owed(session)] == [second.id, fourth.id]
    assert third.id


def test_the_preview_tells_what_it_would_ask_for_and_whether_there_was_a_session(
    session: Any, people: Cast, form: Form
) -> None:
    for n in (0, 5):
        make(session, people, form, NOON + n * DAY, 0.5)
    services.log_session(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, held_at=NOON + DAY, on=NOON + DAY,
        records=[services.Said(people.ana.id)],
    )  # fmt: skip
    session.commit()
    _month, effects = services.preview(session, people.norte, TERMS, today=NOON.date() + 31 * DAY)
    told = {one.kind: (one.was, one.would) for one in effects}
    assert told[ObligationKind.FAILED] == ((0, 0), (1, 2))
    assert told[ObligationKind.REPEAT] == ((0, 0), (0, 1))
    assert ObligationKind.DSAT not in told


@pytest.mark.once
def test_pages_say_what_it_is_owed_for(session: Any, people: Cast, form: Form, as_user: Any) -> None:
    ask(session, people)
    case = DsatCase(
        source="csat", reference="S-77", person_id=people.luis.id, received_at=NOON, week=monday_of(NOON.date()),
        cause=Cause.SKILL, decided_at=NOON, team_id=people.refunds.id,
    )  # fmt: skip
    session.add(case)
    make(session, people, form, NOON - DAY, 0.9)
    make(session, people, form, NOON, 0.5)
    live(session, NOON)
    for language, words in (
        ("en", ("Repeat finding: Customer is heard", "Audit below the mark", "Dissatisfied customer", "case S-77")),
        (
            "es",
            (
                "Hallazgo reincidente: Se escucha",
                "Auditoría por debajo del mínimo",
                "Cliente insatisfecho",
                "caso S-77",
            ),
        ),
    ):
        page = " ".join(as_user(people.paola, language).get("/coaching").get_data(as_text=True).split())
        assert [one for one in words if one not in page] == []
    for one in owed(session):
        lead = as_user(people.paola)
        assert lead.get(f"/coaching/obligations/{one.id}").status_code == 200
        form_page = lead.get(f"/coaching/log?obligation={one.id}").get_data(as_text=True)
        assert "Fatal error</" not in form_page.split('id="session-form"')[0]
    policy = as_user(people.mariana, "es").get("/coaching/policies/new").get_data(as_text=True)
    assert "Horas después de un hallazgo reincidente" in policy
