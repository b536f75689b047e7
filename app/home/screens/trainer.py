"""The first screen of a trainer: gaps that have no remedy yet, overdue learning, modules with a language missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import day_of
from app.curriculum.models import Competency, Module, ModuleState
from app.curriculum.queries import modules_for, written_in
from app.home import queries

TEAMS_SHOWN = 10
MODULES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Teaching:
    """A module, and the languages it can be taken in."""

    module: Module
    en: bool
    es: bool


@dataclass(frozen=True, slots=True)
class Need:
    """A competency on which agents have a gap and nothing is done about it."""

    competency: Competency
    agents: int
    sites: int
    oldest: date
    teaching: Teaching | None
    """The published module that teaches it, and fewest others."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A team with modules past their due day."""

    team_id: int
    path: str
    assignments: int
    people: int
    oldest: date

    @property
    def name(self) -> str:
        return self.path.split("/")[-1]

    @property
    def above(self) -> str:
        return " · ".join(self.path.split("/")[:-1])


@dataclass(frozen=True, slots=True)
class TrainerHome:
    """Everything on the page."""

    needs: Sequence[Need]
    overdue: Sequence[Overdue]
    incomplete: Sequence[Teaching]

    @property
    def gaps(self) -> int:
        return sum(one.agents for one in self.needs)

    @property
    def untaught(self) -> int:
        """Competencies in need that no module teaches."""
        return sum(one.teaching is None for one in self.needs)

    @property
    def oldest(self) -> date:
        return min(one.oldest for one in self.needs)


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str) -> TrainerHome:
    """What a trainer finds, as of now."""
    today = day_of(at, time_zone)
    return TrainerHome(
        needs=needs(session, viewer),
        overdue=[
            Overdue(team, path, count, people, oldest)
            for team, path, count, people, oldest in session.execute(
                queries.overdue_by_team(viewer, today).limit(TEAMS_SHOWN)
            )
            if oldest is not None
        ],
        incomplete=_incomplete(session, viewer),
    )


def needs(session: Session, viewer: User) -> list[Need]:
    """The gaps without a remedy, by competency, those of most agents first."""
    rows = session.execute(queries.unremedied(viewer)).all()
    ids = [competency for competency, *_rest in rows]
    competencies = {one.id: one for one in session.scalars(select(Competency).where(Competency.id.in_(ids)))}
    teaching: dict[int, Teaching] = {}
    found = modules_for(ids).add_columns(written_in("en"), written_in("es"))
    for competency, module, en, es in session.execute(found):
        teaching.setdefault(competency, Teaching(module, bool(en), bool(es)))
    return [
        Need(competencies[competency], agents, sites, oldest, teaching.get(competency))
        for competency, agents, sites, oldest in rows
        if oldest is not None
    ]


def _incomplete(session: Session, viewer: User) -> list[Teaching]:
    """Modules that can't be taken in one of the languages; drafts too."""
    en, es = written_in("en"), written_in("es")
    rows = session.execute(
        Module.visible_to(viewer)
        .add_columns(en, es)
        .where(or_(~en, ~es), Module.state != ModuleState.RETIRED)
        .order_by(Module.code)
        .limit(MODULES_SHOWN)
    )
    return [Teaching(module, bool(has_en), bool(has_es)) for module, has_en, has_es in rows]
