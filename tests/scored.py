"""A scorecard of two lines with what teaches them, and audits that miss them: for tests along the road to remedies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from app.accounts import settings
from app.audits.models import (
    Audit,
    Criterion,
    CriterionIdentity,
    ErrorClass,
    Finding,
    Purpose,
    Result,
    Scorecard,
    ScorecardVersion,
    Section,
    Severity,
)
from app.core.clock import monday_of
from app.curriculum.models import Competency, Module, ModuleKind
from app.remedies import services

ON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def make_scored(session: Any, people: Any) -> SimpleNamespace:
    """Live since October; competencies refund (its module M01) and tone (no module); a scorecard with a line for each.

    The line on refunds is fatal.
    """
    settings.put(session, "live_from", "2026-10-01", by=people.ada, on=ON)
    refund = Competency(code="K01", name_en="Refund policy", name_es="Política de reembolso", target=0.85)
    tone = Competency(code="K02", name_en="Tone", name_es="Tono", target=0.85)
    module = Module(
        code="M01",
        title_en="Refunds, step by step",
        title_es="Reembolsos paso a paso",
        kind=ModuleKind.ARTICLE,
        minutes=12,
        competencies=[refund],
    )
    card = Scorecard(code="SC", name_en="Support", name_es="Soporte")
    version = ScorecardVersion(scorecard=card, label="1", valid_from=None, imported_at=ON)
    session.add_all([refund, tone, module, card, version])
    session.flush()
    section = Section(version_id=version.id, position=1, name_en="All", name_es="Todo")
    session.add(section)
    session.flush()
    lines = [
        _line(session, card, version, section, number, competency, severity)
        for number, (competency, severity) in enumerate(((refund, Severity.FATAL), (tone, Severity.MINOR)), start=1)
    ]
    rules = services.default_rules(session)
    session.commit()
    return SimpleNamespace(
        refund=refund, tone=tone, module=module, version=version, lines=lines, on_gap=rules[0], on_fatal=rules[1]
    )


def _line(session: Any, card: Any, version: Any, section: Any, number: int, competency: Any, severity: Any) -> Any:
    identity = CriterionIdentity(scorecard_id=card.id, code=f"C{number}")
    session.add(identity)
    session.flush()
    line = Criterion(
        version_id=version.id,
        identity_id=identity.id,
        section_id=section.id,
        code=f"C{number}",
        position=number,
        text_en=f"Line {number}",
        text_es=f"Línea {number}",
        weight=1.0,
        severity=severity,
        error_class=ErrorClass.COMPLIANCE if severity is Severity.FATAL else None,
        competencies=[competency],
    )
    session.add(line)
    session.flush()
    return line


def audit(session: Any, world: Any, person: Any, day: date, *failed: int, **facts: Any) -> Audit:
    """An audit of that day, released the same hour, with the lines of these numbers failed."""
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    count = session.query(Audit).count()
    found = Audit(
        source="test",
        reference=f"A{count + 1}",
        person_id=person.id,
        version_id=world.version.id,
        purpose=facts.pop("purpose", Purpose.RANDOM),
        contact_at=at,
        audited_at=at,
        released_at=facts.pop("released_at", at),
        week=monday_of(day),
        fatal=1 in failed,
        checks=2,
        fails=len(failed),
        **facts,
    )
    session.add(found)
    session.flush()
    for number in failed:
        session.add(
            Finding(audit_id=found.id, criterion_id=world.lines[number - 1].id, result=Result.FAIL, comment="Not asked")
        )
    session.flush()
    return found
