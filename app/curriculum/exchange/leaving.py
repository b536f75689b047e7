"""The curriculum as the file tells it: each entry as it stands, in an order that does not change by itself."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from app.curriculum.exchange.shape import FORMAT, VERSION
from app.curriculum.models import Competency, Module
from app.curriculum.paths.models import Path, PathStep, PathVersion
from app.curriculum.practice.models import Practice
from app.curriculum.quizzes.models import Draw, Question, Quiz
from app.curriculum.quizzes.services import FROZEN, OPTION_WORDS

Told = dict[str, Any]
MODULE = ("code", "state", "kind", "minutes", "url", "title_en", "title_es", "body_en", "body_es", "stale")
QUIZ = ("pass_mark", "minutes", "attempts", "between", "cool_down_hours", "shuffle")
PATH = ("title_en", "title_es", "about_en", "about_es", "in_order", "counts_earlier", "days")
STEP = ("optional", "after", "branch_on", "branch", "branch_score")
QUESTION = ("code", "kind", "difficulty", "text_en", "text_es", "feedback_en", "feedback_es", "retired")
COMPETENCY = ("code", "name_en", "name_es", "description_en", "description_es", "target")


def written(session: Session) -> bytes:
    """The file."""
    whole = {"format": FORMAT, "version": VERSION, **{name: list(one.values()) for name, one in told(session).items()}}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def told(session: Session) -> dict[str, dict[str, Told]]:
    """The entries by list and code. What is still being written beside something published is not among them."""
    return {
        "competencies": competencies(session),
        "questions": questions(session),
        "modules": modules(session),
        "paths": paths(session),
    }


def competencies(session: Session) -> dict[str, Told]:
    """Competencies by code."""
    found = session.scalars(select(Competency).options(joinedload(Competency.parent)).order_by(Competency.code))
    return {one.code: {**_of(one, COMPETENCY), "parent": one.parent.code if one.parent else None} for one in found}


def questions(session: Session) -> dict[str, Told]:
    """Questions of the bank by code."""
    loaded = joinedload(Question.competency), selectinload(Question.options)
    found = session.scalars(select(Question).options(*loaded).order_by(Question.code))
    return {
        one.code: {
            **_of(one, QUESTION),
            "competency": one.competency.code,
            "options": [_of(option, (*OPTION_WORDS, *FROZEN)) for option in one.options],
        }
        for one in found
    }


def modules(session: Session) -> dict[str, Told]:
    """Modules by code, with their quiz and rubric."""
    bodies = undefer(Module.body_en), undefer(Module.body_es)
    found = session.scalars(
        select(Module).options(*bodies, selectinload(Module.competencies)).order_by(Module.code)
    ).all()
    draws = selectinload(Quiz.draws).joinedload(Draw.competency)
    quizzes = {one.module_id: one for one in session.scalars(select(Quiz).options(draws))}
    practices = {one.module_id: one for one in session.scalars(select(Practice).options(selectinload(Practice.lines)))}
    return {
        one.code: {
            **_of(one, MODULE),
            "competencies": sorted(taught.code for taught in one.competencies),
            "quiz": _quiz(quizzes.get(one.id)),
            "practice": _practice(practices.get(one.id)),
        }
        for one in found
    }


def _quiz(quiz: Quiz | None) -> Told | None:
    if quiz is None:
        return None
    draws = [
        {"competency": one.competency.code if one.competency else None, **_of(one, ("difficulty", "count"))}
        for one in quiz.draws
    ]
    return {**_of(quiz, QUIZ), "draws": draws}


def _practice(practice: Practice | None) -> Told | None:
    if practice is None:
        return None
    lines = [_of(line, ("text_en", "text_es", "most")) for line in practice.lines]
    return {**_of(practice, ("pass_share", "leads_observe")), "lines": lines}


def paths(session: Session) -> dict[str, Told]:
    """Paths by code: what is published, or what is written of one that never was."""
    steps = selectinload(PathVersion.steps).joinedload(PathStep.module)
    wanted = select(PathVersion).where(PathVersion.is_current | PathVersion.number.is_(None))
    versions: dict[int, PathVersion] = {}
    for one in session.scalars(wanted.options(steps).order_by(PathVersion.is_current)):
        versions[one.path_id] = one  # the current one comes last
    found = session.scalars(select(Path).options(joinedload(Path.shorter)).order_by(Path.code))
    return {one.code: _path(one, versions[one.id]) for one in found if one.id in versions}


def _path(path: Path, version: PathVersion) -> Told:
    return {
        "code": path.code,
        "state": path.state.value,
        **_of(version, PATH),
        "shorter": path.shorter.code if path.shorter else None,
        "steps": [{"module": one.module.code, **_of(one, STEP)} for one in version.steps],
    }


def _of(row: Any, names: tuple[str, ...]) -> Told:
    values = {name: getattr(row, name) for name in names}
    return {name: str(value.value) if hasattr(value, "value") else value for name, value in values.items()}
