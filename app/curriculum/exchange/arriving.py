"""Taking a curriculum in: compared entry by entry with what is here, all or nothing; the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Activity, User
from app.core.errors import Refused
from app.core.problems import BadFile, describe
from app.curriculum import targets
from app.curriculum.authoring.models import CONTENT, ModuleDraft
from app.curriculum.authoring.services import must_be_publishable, replace
from app.curriculum.exchange import leaving
from app.curriculum.exchange.arrival import Arrival, Summary
from app.curriculum.exchange.leaving import Told
from app.curriculum.exchange.shape import read
from app.curriculum.exchange.unpacking import Carried
from app.curriculum.models import Competency, Module, ModuleKind, ModuleState
from app.curriculum.paths import labels as path_labels
from app.curriculum.paths import queries as path_queries
from app.curriculum.paths import rules as path_rules
from app.curriculum.paths import writing as path_writing
from app.curriculum.paths.models import Path
from app.curriculum.paths.rules import Branch
from app.curriculum.practice.models import Practice, PracticeLine
from app.curriculum.quizzes.intake.storing import store
from app.curriculum.quizzes.intake.told import File
from app.curriculum.quizzes.intake.told import Told as Asked
from app.curriculum.quizzes.models import Draw, Question, Quiz
from app.curriculum.quizzes.rules import Between, Difficulty, QuestionKind
from app.curriculum.rules import is_own_file
from app.curriculum.targets import HIGHEST, LOWEST, TargetChange

LONGEST_PATH = 3_650
"""Days."""


def take_in(
    session: Session,
    content: bytes,
    *,
    by: User | None,
    on: datetime,
    sets_targets: bool = True,
    carried: Carried | None = None,
    later: bool = False,
) -> Summary:
    """Take a file in. Raises `BadFile` with what is wrong in it; the caller then rolls back.

    What is not in the file stays as it is. `sets_targets`: whether `by` may change competencies too. `carried`: the files
    and packages that came with it. `later`: somebody waits, so what takes long is left to a job.
    """
    told = {name: {one["code"]: one for one in entries} for name, entries in read(content).items()}
    arrival = Arrival(session, by, on, sets_targets, later)
    carried = carried or Carried()
    parts: dict[str, Callable[[Arrival, dict[str, Told]], None]] = {
        "competencies": _competencies,
        "questions": _questions,
        "modules": partial(_modules, carried=carried),
        "paths": _paths,
    }
    for name, part in parts.items():
        part(arrival, told[name])
        arrival.stop_if_wrong()
    summary = arrival.summary
    if summary.new or summary.changed:
        detail = {"new": summary.new, "changed": summary.changed}
        number = by.id if by is not None else None
        session.add(Activity(at=on, actor_id=number, verb="curriculum.imported", subject_kind="file", detail=detail))
    return summary


# --- Competencies ---


def _competencies(arrival: Arrival, wanted: dict[str, Told]) -> None:
    session, name = arrival.session, "competencies"
    here = leaving.competencies(session)
    other = arrival.count(name, wanted, here)
    if other and not arrival.sets_targets:
        for code in other:
            arrival.wrong(name, code, _("Only people who set the policies of the programme can change competencies."))
        return
    parents = {code: one["parent"] for code, one in {**here, **wanted}.items()}
    for code, one in other.items():
        above = one["parent"]
        if above is not None and (above not in parents or parents[above] is not None or above == code):
            arrival.wrong(name, code, _("“%(parent)s” is not a first-level competency.", parent=above))
        if above is not None and code in parents.values():
            arrival.wrong(name, code, _("Others are below it, so it can't be below another one."))
        if not LOWEST <= one["target"] <= HIGHEST:
            arrival.wrong(name, code, _("Its target has to be from 0.01 to 0.99."))
        if not one["name_en"] and not one["name_es"]:
            arrival.wrong(name, code, _("It has a name in neither language."))
    if not arrival.problems:
        _set_competencies(arrival, other)


def _set_competencies(arrival: Arrival, other: dict[str, Told]) -> None:
    session = arrival.session
    rows = {one.code: one for one in session.scalars(select(Competency))}
    changes = []
    for code, one in other.items():
        row = rows.get(code)
        if row is None:
            row = rows[code] = Competency(code=code, target=one["target"])
        elif abs(row.target - one["target"]) > 1e-9:
            changes.append(TargetChange(row, one["target"]))
        for column in ("name_en", "name_es", "description_en", "description_es"):
            setattr(row, column, one[column])
        session.add(row)
    session.flush()
    for code, one in other.items():
        rows[code].parent_id = rows[one["parent"]].id if one["parent"] else None
    targets.change(session, changes, by=arrival.by, on=arrival.on, later=arrival.later)
    arrival.summary.later += [one.competency.code for one in changes if one.waits]
    for change in changes:
        if change.refused is not None:
            arrival.wrong("competencies", change.competency.code, change.refused)


# --- Questions ---


def _questions(arrival: Arrival, wanted: dict[str, Told]) -> None:
    session = arrival.session
    other = arrival.count("questions", wanted, leaving.questions(session))
    file = File(questions=[_asked(place, one) for place, one in enumerate(other.values(), start=1)])
    try:
        store(session, file)
    except BadFile as error:
        codes = list(other)
        for problem in error.problems:
            code = codes[problem.line - 1] if problem.line else "?"
            arrival.wrong("questions", code, problem.hint or describe(problem))
        return
    rows = select(Question).where(Question.code.in_(list(other)))
    for row in session.scalars(rows):
        row.retired = other[row.code]["retired"]


def _asked(place: int, one: Told) -> Asked:
    words = {name: one[name] for name in ("text_en", "text_es", "feedback_en", "feedback_es")}
    kind, difficulty = QuestionKind(one["kind"]), Difficulty(one["difficulty"])
    return Asked(place, one["code"], kind, one["competency"], difficulty, words, [dict(it) for it in one["options"]])


# --- Modules ---


def _modules(arrival: Arrival, wanted: dict[str, Told], carried: Carried) -> None:
    session, name = arrival.session, "modules"
    here = leaving.modules(session)
    carried.meet(session, wanted, here)
    other = arrival.count(name, wanted, here)
    loaded = selectinload(Module.competencies)
    rows = {one.code: one for one in session.scalars(select(Module).options(loaded))}
    drafted = set(session.scalars(select(ModuleDraft.module_id)))
    taught = {one.code: one for one in session.scalars(select(Competency))}
    for code, one in other.items():
        row = rows.get(code)
        named = {*one["competencies"], *(draw["competency"] for draw in (one["quiz"] or {}).get("draws", ()))} - {None}
        unknown = sorted(named - set(taught))
        if unknown:
            arrival.wrong(name, code, _("No such competency: %(codes)s.", codes=", ".join(unknown)))
        if row is not None and row.id in drafted:
            arrival.wrong(name, code, _("A draft of it is being written here: publish or discard it first."))
        for fault in _module_faults(one):
            arrival.wrong(name, code, fault)
        if not arrival.problems:
            _set_module(arrival, carried, row, one, taught)


def _module_faults(one: Told) -> list[str]:
    faults = []
    if not one["title_en"] and not one["title_es"]:
        faults.append(_("It has a title in neither language."))
    if not 1 <= one["minutes"] <= 600:
        faults.append(_("Its minutes have to be from 1 to 600."))
    if one["stale"] not in (None, "en", "es"):
        faults.append(_("“%(field)s” has to be one of %(values)s.", field="stale", values="en, es"))
    practice, quiz = one["practice"], one["quiz"]
    if practice is not None and not (0 < practice["pass_share"] <= 1):
        faults.append(_("The share to pass a practice has to be above 0, up to 1."))
    if practice is not None and any(not 1 <= line["most"] <= 10 for line in practice["lines"]):
        faults.append(_("The points of a line have to be from 1 to 10."))
    if quiz is not None and not (0 < quiz["pass_mark"] <= 1):
        faults.append(_("The mark to pass a quiz has to be above 0, up to 1."))
    if quiz is not None and any(draw["count"] < 1 for draw in quiz["draws"]):
        faults.append(_("A quiz draws at least one question."))
    return faults


def _set_module(
    arrival: Arrival, carried: Carried, row: Module | None, one: Told, taught: dict[str, Competency]
) -> None:
    session, was = arrival.session, row.state if row is not None else None
    content = {name: one[name] for name in CONTENT if name in one}
    content["kind"] = ModuleKind(one["kind"])
    foreign = is_own_file(one["url"] or "") and (row is None or row.url != one["url"])
    if foreign:
        content["url"] = None
    module = row or Module(code=one["code"], state=ModuleState.DRAFT, revision=0, **content)
    session.add(module)
    session.flush()
    content |= carried.bring(arrival, module, one)
    if row is not None:
        replace(session, module, content, by=arrival.by, on=arrival.on)
    for name, value in content.items():
        setattr(module, name, value)
    module.competencies = [taught[code] for code in sorted(one["competencies"])]
    _set_quiz(session, module, one["quiz"], taught)
    _set_practice(session, module, one["practice"])
    session.flush()
    state, waits = ModuleState(one["state"]), ""
    if state is ModuleState.PUBLISHED:
        try:
            must_be_publishable(session, module)
        except Refused as refusal:
            waits = str(refusal)
    if waits and was is ModuleState.PUBLISHED:
        arrival.wrong("modules", module.code, waits)
    elif waits:
        arrival.summary.waiting.append((module.code, waits))
    module.state = ModuleState.DRAFT if waits else state


def _set_quiz(session: Session, module: Module, told: Told | None, taught: dict[str, Competency]) -> None:
    known = session.get(Quiz, module.id)
    if told is None:
        if known is not None:
            session.delete(known)
        return
    quiz = known or Quiz(module_id=module.id)
    for name in leaving.QUIZ:
        setattr(quiz, name, told[name])
    quiz.between = Between(told["between"])
    quiz.draws = [
        Draw(
            position=place,
            competency_id=taught[one["competency"]].id if one["competency"] else None,
            difficulty=Difficulty(one["difficulty"]) if one["difficulty"] else None,
            count=one["count"],
        )
        for place, one in enumerate(told["draws"])
    ]
    session.add(quiz)


def _set_practice(session: Session, module: Module, told: Told | None) -> None:
    known = session.get(Practice, module.id)
    if told is None:
        if known is not None:
            session.delete(known)
        return
    practice = known or Practice(module_id=module.id)
    practice.pass_share, practice.leads_observe = told["pass_share"], told["leads_observe"]
    practice.lines = [PracticeLine(position=place, **line) for place, line in enumerate(told["lines"])]
    session.add(practice)


# --- Paths ---


def _paths(arrival: Arrival, wanted: dict[str, Told]) -> None:
    session = arrival.session
    other = arrival.count("paths", wanted, leaving.paths(session))
    rows = {one.code: one for one in session.scalars(select(Path))}
    modules = dict(session.execute(select(Module.code, Module.id)).all())
    for code, one in other.items():
        row = rows.get(code)
        for fault in _path_faults(session, row, one, {*rows, *wanted}, modules):
            arrival.wrong("paths", code, fault)
        if not arrival.problems:
            steps = [_step(place, step, modules) for place, step in enumerate(one["steps"], start=1)]
            rows[code] = _set_path(arrival, row or Path(code=code, revision=0), one, steps)
    if not arrival.problems:
        for code, one in other.items():
            rows[code].shorter_id = rows[one["shorter"]].id if one["shorter"] else None


def _path_faults(
    session: Session, row: Path | None, one: Told, paths: set[str], modules: dict[str, int]
) -> Iterator[str]:
    drafted = row is not None and row.state is not ModuleState.DRAFT
    if drafted and session.scalars(path_queries.draft_of(row.id)).first() is not None:
        yield _("A draft of it is being written here: publish or discard it first.")
    if one["shorter"] is not None and (one["shorter"] == one["code"] or one["shorter"] not in paths):
        yield _("No such path: %(codes)s.", codes=one["shorter"])
    if not 1 <= one["days"] <= LONGEST_PATH:
        yield _("The days for it have to be from 1 to %(most)s.", most=LONGEST_PATH)
    unknown = sorted({step["module"] for step in one["steps"]} - set(modules))
    if unknown:
        yield _("No such module: %(codes)s.", codes=", ".join(unknown))
        return
    steps = [SimpleNamespace(**_step(place, step, modules)) for place, step in enumerate(one["steps"], start=1)]
    for at, fault in path_rules.faults(steps, path_writing.with_quiz(session, list(modules.values()))):
        yield str(path_labels.FAULTS[fault]) % {"step": at}


def _step(place: int, told: Told, modules: dict[str, int]) -> dict[str, Any]:
    branch = Branch(told["branch"]) if told["branch"] else None
    facts = {name: told[name] for name in leaving.STEP}
    return {**facts, "branch": branch, "position": place, "module_id": modules[told["module"]]}


def _set_path(arrival: Arrival, path: Path, one: Told, steps: list[dict[str, Any]]) -> Path:
    session, was, state = arrival.session, path.state, ModuleState(one["state"])
    facts = {**{name: one[name] for name in leaving.PATH}, "code": one["code"], "shorter_id": None}
    path_writing.save(session, path, facts, steps, revision=path.revision, by=arrival.by, on=arrival.on)
    if state is ModuleState.DRAFT and was in (None, ModuleState.DRAFT):
        return path
    try:
        path_writing.publish(session, path, by=arrival.by, on=arrival.on)
        path.state = state
    except Refused as refusal:
        if was in (None, ModuleState.DRAFT):
            arrival.summary.waiting.append((path.code, str(refusal)))
        else:
            arrival.wrong("paths", path.code, str(refusal))
    return path
