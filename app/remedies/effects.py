"""What helped: the effect of modules, sessions and coaches, read from what was measured, within what the reader may see."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.models import CoachingSession
from app.core import bulk
from app.gaps import outcomes
from app.gaps.outcomes import Effect
from app.remedies.models import Outcome


class Cut(StrEnum):
    """By what effects are told apart."""

    MODULE = "module"
    KIND = "kind"
    COACH = "coach"
    COMPETENCY = "competency"


@dataclass(frozen=True, slots=True)
class Line:
    """The effect of one module, kind of session, coach or all remedies of one competency."""

    key: Any
    effect: Effect


KEYS: dict[Cut, Callable[[], Any]] = {
    Cut.MODULE: lambda: Outcome.module_id,
    Cut.KIND: lambda: type_coerce(CoachingSession.kind, String),
    Cut.COACH: lambda: Outcome.coach_id,
    Cut.COMPETENCY: lambda: Outcome.competency_id,
}


def seen_by(viewer: User) -> Select[Outcome]:
    """What was measured of the people whose reports the viewer may see."""
    return Outcome.visible_to(viewer, Permission.SEE_REPORTS)


def by(session: Session, cut: Cut, rows: Select[Outcome]) -> list[Line]:
    """The effects of these rows: what may be said of surest first, then the most watched."""
    column = KEYS[cut]()
    statement = rows.outerjoin(CoachingSession, CoachingSession.id == Outcome.session_id).where(column.is_not(None))
    found = [Line(key, effect) for key, effect in _effects(session, statement, column).items()]
    order = list(outcomes.Verdict)
    return sorted(found, key=lambda one: (-min(order.index(one.effect.verdict), 2), -one.effect.agents, str(one.key)))


def of_modules(session: Session, until: date | None = None, only: Sequence[int] | None = None) -> dict[int, Effect]:
    """The effect of each module, or of some, over the whole programme, on what was watched to its end by that day."""
    wanted = Outcome.module_id.is_not(None) if only is None else Outcome.module_id.in_(only)
    return _effects(session, watched_by(select(Outcome).where(wanted), until), Outcome.module_id)


def of_sessions(session: Session, competency_id: int) -> Effect:
    """The effect of sessions on a competency over the whole programme."""
    rows = select(Outcome).where(Outcome.session_id.is_not(None), Outcome.competency_id == competency_id)
    return _effects(session, rows, Outcome.competency_id).get(competency_id, outcomes.NOTHING)


def shares(session: Session, until: date) -> Mapping[int, tuple[float, int]]:
    """By module, the share of the gap it was measured to remove, and on how many agents: what priorities count with."""
    return {
        module: (effect.share, effect.agents)
        for module, effect in of_modules(session, until).items()
        if effect.share is not None and effect.verdict is not outcomes.Verdict.TOO_EARLY
    }


def watched_by(rows: Select[Outcome], until: date | None) -> Select[Outcome]:
    """Of these rows, what was watched to its end by that day; all of them without one."""
    if until is None:
        return rows
    return rows.where(Outcome.week <= until - timedelta(weeks=outcomes.WATCHED_WEEKS, days=6))


def _effects(session: Session, rows: Select[Outcome], key: Any) -> dict[Any, Effect]:
    columns = (
        Outcome.person_id, Outcome.gain, Outcome.checks, Outcome.control_gain, Outcome.control_checks, Outcome.controls,
        Outcome.expected - Outcome.allowed,
    )  # fmt: skip
    kinds: tuple[bulk.Kind, ...] = ("O", "i8", "f8", "f8", "f8", "f8", "i8", "f8")
    keys, *values = bulk.arrays(session, rows.with_only_columns(key, *columns).order_by(Outcome.id), *kinds)
    places: dict[Hashable, list[int]] = {}
    for row, one in enumerate(keys.tolist()):
        places.setdefault(one, []).append(row)
    whole = outcomes.Events(*values)
    return {one: outcomes.effect(_some(whole, np.array(mine))) for one, mine in places.items()}


def _some(events: outcomes.Events, mine: np.ndarray) -> outcomes.Events:
    return replace(events, **{name: getattr(events, name)[mine] for name in outcomes.Events.__slots__})
