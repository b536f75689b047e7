"""Paths in the demo programme: written before it begins, given in its last weeks, as far walked as people had learnt by then."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.curriculum.models import AssignmentReason
from app.curriculum.paths import services, writing
from app.curriculum.paths.models import Path
from app.curriculum.paths.rules import Branch
from app.home.demo import content
from app.home.demo.cast import Story
from app.home.demo.shapes.learning import Step
from app.home.demo.world import World, at_work

GIVEN = timedelta(days=16)
NEW = timedelta(days=90)
EVERY = {"P01": 7, "P02": 11}
"""Of the others, each so many'th agent is given the path."""


def write(session: Session, modules: dict[str, int], *, on: datetime) -> None:
    """The paths, published."""
    known: dict[str, Path] = {}
    for told in content.paths():
        path = known[told.code] = Path(code=told.code, revision=0)
        facts = {
            "code": told.code, "title_en": told.title.en, "title_es": told.title.es, "about_en": told.about.en,
            "about_es": told.about.es, "days": told.days, "in_order": True, "counts_earlier": True,
            "shorter_id": known[told.shorter].id if told.shorter else None,
        }  # fmt: skip
        places = {one.module: place for place, one in enumerate(told.steps, start=1)}
        steps = [_step(one, places, modules) for one in told.steps]
        writing.save(session, path, facts, steps, revision=0, by=None, on=on)
        writing.publish(session, path, by=None, on=on)


def _step(one: Step, places: dict[str, int], modules: dict[str, int]) -> dict[str, object]:
    return {
        "position": places[one.module],
        "module_id": modules[one.module],
        "optional": one.optional,
        "after": places[one.after] if one.after else None,
        "branch_on": places[one.branch_on] if one.branch_on else None,
        "branch": Branch.BELOW if one.below is not None else None,
        "branch_score": one.below / 100 if one.below is not None else None,
    }


def give(session: Session, world: World, trainer: User, story: Story) -> None:
    """Paths for the newly hired, for some others, and for the agent of the story."""
    day = world.last - GIVEN
    for path in session.scalars(select(Path).where(Path.code.in_(EVERY)).order_by(Path.code)).all():
        people = [
            number
            for place, number in enumerate(world.people.agents)
            if world.is_here(place, world.last) and _walks(world, story, path.code, place, day)
        ]
        new = {"reason": AssignmentReason.ONBOARDING, "assigned_on": day, "due_on": world.last + GIVEN}
        rows = [{"person_id": number, **new} for number in people]
        services.give(session, path, rows, by=trainer, on=at_work(day, 0.4, world.zone))


def _walks(world: World, story: Story, code: str, place: int, day: date) -> bool:
    hired = world.roster.agents[place].hired_on
    is_new = hired is not None and day - NEW <= hired <= day
    return place % EVERY[code] == 0 or (code == "P01" and (is_new or place == story.ana))
