"""Findings become cells, and stay equal to what a recount gives."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.audits.models import Cause, Finding, Purpose
from app.gaps import services
from tests.conftest import Cast
from tests.evidence import all_cells, put_cell
from tests.gaps.conftest import MONDAY, NOW, AuditMaker, Form, week


def cells(session: Any) -> dict[tuple[int, int, date], tuple[int, int, float]]:
    """All cells by person, competency and week."""
    return {
        (c.person_id, c.competency_id, c.week): (c.n_raw, c.fails, round(c.standard, 6)) for c in all_cells(session)
    }


def tell(session: Any, *pairs: tuple[int, date]) -> None:
    services.findings_changed(session, touched=list(pairs), on=NOW)


def test_a_check_counts_once_in_each_competency_of_its_criterion(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    audit(people.ana, MONDAY, missed=["C1"])
    audit(people.ana, MONDAY + timedelta(days=6), missed=["C3"], na=["C2"])
    tell(session, (people.ana.id, MONDAY))
    assert cells(session) == {
        (people.ana.id, form.tone.id, MONDAY): (3, 1, 3.0),
        (people.ana.id, form.identity.id, MONDAY): (2, 1, 2.0),
    }


@pytest.mark.parametrize("cause", [Cause.PROCESS, Cause.TOOL, Cause.POLICY, Cause.CUSTOMER])
def test_a_miss_that_is_not_the_agents_is_no_check_of_the_agent(
    session: Any, people: Cast, form: Form, audit: AuditMaker, cause: Cause
) -> None:
    audit(people.ana, MONDAY, missed=["C1"], cause=cause)
    tell(session, (people.ana.id, MONDAY))
    assert cells(session)[people.ana.id, form.tone.id, MONDAY] == (1, 0, 1.0)


@pytest.mark.parametrize("cause", [None, Cause.KNOWLEDGE, Cause.SKILL, Cause.WILL])
def test_a_miss_without_a_cause_counts_as_the_agents(
    session: Any, people: Cast, form: Form, audit: AuditMaker, cause: Cause | None
) -> None:
    audit(people.ana, MONDAY, missed=["C1"], cause=cause)
    tell(session, (people.ana.id, MONDAY))
    assert cells(session)[people.ana.id, form.tone.id, MONDAY] == (2, 1, 2.0)


@pytest.mark.parametrize("purpose", [Purpose.REAUDIT, Purpose.CALIBRATION])
def test_blind_audits_are_no_evidence(session: Any, people: Cast, audit: AuditMaker, purpose: Purpose) -> None:
    audit(people.ana, MONDAY, missed=["C1"], purpose=purpose)
    tell(session, (people.ana.id, MONDAY))
    assert cells(session) == {}


def test_a_draft_is_no_evidence(session: Any, people: Cast, audit: AuditMaker) -> None:
    audit(people.ana, MONDAY).released_at = None
    session.flush()
    tell(session, (people.ana.id, MONDAY))
    assert cells(session) == {}


def test_a_correction_replaces_what_was_counted(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    one = audit(people.ana, MONDAY, missed=["C1"])
    tell(session, (people.ana.id, MONDAY))
    session.delete(session.scalar(select(Finding).where(Finding.audit_id == one.id)))
    session.flush()
    tell(session, (people.ana.id, MONDAY))
    assert cells(session)[people.ana.id, form.tone.id, MONDAY] == (2, 0, 2.0)


def test_only_the_people_and_weeks_told_are_touched(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    audit(people.ana, week(0))
    audit(people.ana, week(1))
    audit(people.luis, week(0))
    tell(session, (people.ana.id, week(1)))
    assert {key[0::2] for key in cells(session)} == {(people.ana.id, week(1))}


def test_the_comparison_finds_a_cell_that_was_tampered_with(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    audit(people.ana, MONDAY, missed=["C1"])
    tell(session, (people.ana.id, MONDAY))
    assert services.rebuild(session, check=True) == 0
    put_cell(session, person_id=people.ana.id, competency_id=form.tone.id, week=MONDAY, n_raw=2, fails=2, standard=2.0)
    assert services.rebuild(session, check=True) == 1
    assert services.rebuild(session, check=False) == 1
    assert services.rebuild(session, check=True) == 0
