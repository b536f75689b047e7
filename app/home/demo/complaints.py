"""The dissatisfied customers of the demo programme: a case for each DSAT audit, and the newest ones not audited yet."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audits.dsat.models import DsatCase
from app.audits.models import SYSTEMIC_CAUSES, Audit, Cause, Finding, Purpose, Result
from app.core import bulk
from app.home.demo.world import World

TEXTS = Path(__file__).with_name("content") / "complaints.toml"
SOURCE = "survey"
COLUMNS = [
    "source", "reference", "contact_ref", "person_id", "team_id", "received_at", "week", "score", "channel", "language",
    "comment", "cause", "note", "decided_by_id", "decided_at",
]  # fmt: skip
ANSWERED_AFTER = timedelta(hours=5)
DECIDED_AFTER = timedelta(hours=3)
WAITING_EACH = 9
"""Of the newest random audits every so many also has a dissatisfied customer, whose case nobody has audited yet."""
WAITING_DAYS = 24
SYSTEMIC_SHARE = 0.28


def write_complaints(session: Session, world: World) -> None:
    """The cases, most of them decided on."""
    told = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    rng, newest = world.rng(31), select(func.max(Audit.contact_at)).where(Audit.purpose == Purpose.RANDOM)
    last = session.scalar(newest)
    if last is None:
        return
    causes = dict(session.execute(_causes()).all())
    audited = session.execute(_audits(Audit.purpose == Purpose.DSAT)).all()
    waiting = session.execute(
        _audits(Audit.purpose == Purpose.RANDOM, Audit.contact_at > last - timedelta(days=WAITING_DAYS))
    ).all()[::WAITING_EACH]
    rows = [*_cases(audited, causes, told, rng, 0), *_waiting(waiting, told, rng, len(audited))]
    bulk.insert(session, DsatCase, COLUMNS, rows)


def _audits(*conditions: Any) -> Any:
    columns = (
        Audit.id, Audit.contact_ref, Audit.person_id, Audit.team_id, Audit.contact_at, Audit.audited_at, Audit.week,
        Audit.channel, Audit.language, Audit.auditor_id,
    )  # fmt: skip
    return select(*columns).where(Audit.team_id.is_not(None), *conditions).order_by(Audit.contact_at, Audit.id)


def _causes() -> Any:
    """A cause of each audit that missed something."""
    wanted = select(Audit.id).where(Audit.purpose == Purpose.DSAT)
    return (
        select(Finding.audit_id, func.min(Finding.cause))
        .where(Finding.audit_id.in_(wanted), Finding.result == Result.FAIL, Finding.cause.is_not(None))
        .group_by(Finding.audit_id)
    )


def _cases(
    audits: Any, causes: dict[int, Any], told: dict[str, Any], rng: np.random.Generator, first: int
) -> Iterator[list[Any]]:
    """Cases that were audited, and decided on after that; where nothing was missed, the cause is not the agent's."""
    for place, audit in enumerate(audits):
        cause = Cause(causes[audit.id]) if audit.id in causes and rng.random() > SYSTEMIC_SHARE else None
        cause = cause or SYSTEMIC_CAUSES[int(rng.integers(len(SYSTEMIC_CAUSES)))]
        language = audit.language if audit.language in told else "es"
        reason = told["reasons"].get(cause.value, {}).get(language, "")
        decision = [cause.value, reason, audit.auditor_id, audit.audited_at + DECIDED_AFTER]
        yield [*_case(audit, first + place, language, told, rng), *decision]


def _waiting(audits: Any, told: dict[str, Any], rng: np.random.Generator, first: int) -> Iterator[list[Any]]:
    for place, audit in enumerate(audits):
        language = audit.language if audit.language in told else "es"
        yield [*_case(audit, first + place, language, told, rng), None, "", None, None]


def _case(audit: Any, number: int, language: str, told: dict[str, Any], rng: np.random.Generator) -> list[Any]:
    received: datetime = audit.contact_at + ANSWERED_AFTER
    words = told[language][int(rng.integers(len(told[language])))] if rng.random() < 0.7 else None
    return [
        SOURCE, f"S-{number + 1:05d}", audit.contact_ref, audit.person_id, audit.team_id, received, audit.week,
        str(1 + int(rng.random() < 0.4)), audit.channel, language, words,
    ]  # fmt: skip
