"""What tests of coaching share: competencies, audits with a fatal error, gaps, and deeds done at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.audits.models import (
    Audit,
    Criterion,
    CriterionCompetency,
    CriterionIdentity,
    Finding,
    Purpose,
    Result,
    Scorecard,
    ScorecardVersion,
    Section,
    Severity,
)
from app.coaching import services
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind
from app.core.clock import monday_of
from app.core.database import db
from app.curriculum.models import Competency
from app.gaps.models import Gap
from app.gaps.rules import GapState
from tests.conftest import Cast

NOON = datetime(2026, 10, 5, 17, tzinfo=UTC)
"""Noon of a Monday in Bogotá and Lima."""


@dataclass
class Form:
    """A scorecard with one fatal and one minor criterion, on two competencies."""

    version: ScorecardVersion
    identity: Competency
    empathy: Competency
    fatal: Criterion
    minor: Criterion


@pytest.fixture
def form(session: Any) -> Form:
    """The scorecard, committed."""
    identity = Competency(code="K01", name_en="Identity verification", name_es="Verificar identidad", target=0.95)
    empathy = Competency(code="K02", name_en="Empathy and tone", name_es="Empatía y tono", target=0.85)
    card = Scorecard(code="S1", name_en="Support", name_es="Soporte")
    session.add_all([identity, empathy, card])
    session.flush()
    version = ScorecardVersion(scorecard_id=card.id, label="1", imported_at=NOON)
    session.add(version)
    session.flush()
    section = Section(version_id=version.id, position=1, name_en="All", name_es="Todo")
    session.add(section)
    session.flush()
    criteria = []
    for position, (severity, topic, en, es) in enumerate(
        [
            (Severity.FATAL, identity, "Identity verified before a change", "Identidad verificada antes de un cambio"),
            (Severity.MINOR, empathy, "Customer is heard", "Se escucha a la persona"),
        ]
    ):
        key = CriterionIdentity(scorecard_id=card.id, code=f"C{position}")
        session.add(key)
        session.flush()
        one = Criterion(
            version_id=version.id, identity_id=key.id, section_id=section.id, code=key.code, position=position,
            text_en=en, text_es=es, weight=1, severity=severity,
        )  # fmt: skip
        session.add(one)
        session.flush()
        session.add(CriterionCompetency(criterion_id=one.id, competency_id=topic.id))
        criteria.append(one)
    session.commit()
    return Form(version, identity, empathy, *criteria)


@pytest.fixture
def audit(session: Any, people: Cast, form: Form) -> Callable[..., Audit]:
    """An audit with a fatal error, released at a moment: `audit(people.ana, "4821")`."""

    def make(person: Any, reference: str, at: datetime = NOON - timedelta(days=1)) -> Audit:
        made = Audit(
            source="qa", reference=reference, person_id=person.id, version_id=form.version.id, purpose=Purpose.RANDOM,
            contact_at=at, audited_at=at, released_at=at, week=monday_of(at.date()), fatal=True, checks=2, fails=1,
            auditor_id=people.ivan.id, team_id=people.refunds.id,
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(
            Finding(
                audit_id=made.id, criterion_id=form.fatal.id, result=Result.FAIL, comment="Skipped the second check."
            )
        )
        session.commit()
        return made

    return make


@pytest.fixture
def gap(session: Any, form: Form) -> Callable[..., Gap]:
    """An open gap: `gap(people.ana)`."""

    def make(person: Any, state: GapState = GapState.OPEN, competency: Competency | None = None) -> Gap:
        made = Gap(
            person_id=person.id, competency_id=(competency or form.empathy).id, state=state, probability=0.94,
            checks13=18, fails13=6, expected13=2.7,
        )  # fmt: skip
        session.add(made)
        session.commit()
        return made

    return make


@pytest.fixture
def owe(session: Any) -> Callable[..., Obligation]:
    """What somebody is owed: `owe(people.ana, ObligationKind.GAP, "transition:1", gap_id=…)`."""

    def make(
        person: Any,
        kind: ObligationKind = ObligationKind.GAP,
        key: str = "transition:1",
        at: datetime = NOON,
        **rest: Any,
    ) -> Obligation:
        owed = services.owe(session, person_id=person.id, kind=kind, key=key, opened_at=at, **rest)
        assert owed is not None
        session.commit()
        return owed

    return make


@pytest.fixture
def at_once(app: Flask, session: Any) -> Callable[..., list[Any]]:
    """Do two deeds at the same time, each in its own transaction; gives what each returned or raised."""

    def run(*deeds: Callable[[Any], Any]) -> list[Any]:
        session.commit()
        answers: list[Any] = [None] * len(deeds)
        together = threading.Barrier(len(deeds))

        def one(place: int, deed: Callable[[Any], Any]) -> None:
            with app.app_context():
                together.wait(timeout=10)
                try:
                    answers[place] = deed(db.session)
                    db.session.commit()
                except Exception as error:
                    db.session.rollback()
                    answers[place] = error
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=one, args=item) for item in enumerate(deeds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        session.expire_all()
        return answers

    return run
