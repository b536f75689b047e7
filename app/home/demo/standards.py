"""What the demo programme works by: competencies, scorecard, modules, rules, coaching policies, targets."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import Unit
from app.audits.models import (
    Criterion,
    CriterionCompetency,
    CriterionIdentity,
    ErrorClass,
    Scorecard,
    ScorecardVersion,
    Section,
    Severity,
)
from app.coaching.models import CoachingPolicy
from app.coaching.services import EVER
from app.curriculum.models import Competency, Module, ModuleCompetency, ModuleKind, ModuleState
from app.home.demo import content
from app.home.demo.shapes.texts import Text
from app.remedies.models import RemedyRule
from app.remedies.rules import Trigger

UNFINISHED = "M12"
"""The module that is written in Spanish only, and so can't be published or assigned yet."""


def write_competencies(session: Session) -> dict[str, int]:
    """The tree of competencies; their ids by code."""
    ids: dict[str, int] = {}
    for one in content.competencies():
        parent = ids[one.parent] if one.parent else None
        row = Competency(code=one.code, parent_id=parent, target=one.target, **_both("name", one.name))
        row.description_en, row.description_es = one.description.en, one.description.es
        session.add(row)
        session.flush()
        ids[one.code] = row.id
    return ids


def write_scorecard(session: Session, competencies: dict[str, int], *, on: datetime) -> ScorecardVersion:
    """The scorecard with its one version."""
    told = content.scorecard()
    card = Scorecard(code=told.code, **_both("name", told.name))
    version = ScorecardVersion(scorecard=card, label=told.version, imported_at=on)
    session.add(version)
    session.flush()
    position = 0
    for place, part in enumerate(told.sections):
        section = Section(version_id=version.id, position=place, **_both("name", part.name))
        session.add(section)
        session.flush()
        for one in part.criteria:
            identity = CriterionIdentity(scorecard_id=card.id, code=one.code)
            session.add(identity)
            session.flush()
            row = Criterion(
                version_id=version.id,
                identity_id=identity.id,
                section_id=section.id,
                code=one.code,
                position=position,
                weight=one.weight,
                severity=Severity(one.severity),
                error_class=ErrorClass(one.fatal_kind) if one.fatal_kind else None,
                **_both("text", one.text),
                **_both("guidance", one.guidance),
            )
            session.add(row)
            session.flush()
            links = [{"criterion_id": row.id, "competency_id": competencies[code]} for code in one.competencies]
            session.execute(insert(CriterionCompetency), links)
            position += 1
    return version


def write_modules(session: Session, competencies: dict[str, int]) -> dict[str, int]:
    """The modules, one of them still waiting for its translation; their ids by code."""
    ids: dict[str, int] = {}
    for one in content.modules():
        texts = {**_both("title", one.title), **_both("body", one.body)}
        row = Module(code=one.code, kind=ModuleKind.ARTICLE, minutes=one.minutes, **texts)
        if one.code == UNFINISHED:
            row.state, row.title_en, row.body_en = ModuleState.DRAFT, "", ""
        session.add(row)
        session.flush()
        ids[one.code] = row.id
        links = [{"module_id": row.id, "competency_id": competencies[code]} for code in one.competencies]
        session.execute(insert(ModuleCompetency), links)
    return ids


def write_rules(session: Session, competencies: dict[str, int], modules: dict[str, int]) -> None:
    """What happens when a gap opens or an error is fatal."""
    session.add_all(
        RemedyRule(
            trigger=Trigger(one.trigger),
            competency_id=competencies[one.competency] if one.competency else None,
            module_id=modules[one.module] if one.module else None,
            assigns=one.assigns,
            due_days=one.due_days,
            owes=one.owes,
            owe_hours=one.owe_hours,
            cool_down_days=one.cool_down_days,
            active=one.active,
            **_both("name", one.name),
        )
        for one in content.rules()
    )
    session.flush()


def write_policies(session: Session, units: dict[str, Unit]) -> None:
    """What coaching is owed, in the programme and where it is more; `units` by the codes of the content."""
    for one in content.policies():
        terms = {name: value for name, value in asdict(one).items() if name not in ("name", "at")}
        session.add(CoachingPolicy(unit_id=units[one.at or ""].id, valid_from=EVER, **terms))
    session.flush()


def _both(name: str, text: Text) -> dict[str, Any]:
    return {f"{name}_en": text.en, f"{name}_es": text.es}


__all__ = ["write_competencies", "write_modules", "write_policies", "write_rules", "write_scorecard"]
