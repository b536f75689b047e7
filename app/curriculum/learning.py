"""The pages of who learns: what one was asked to learn, reading it, and saying that it is done."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import LANGUAGES, language
from app.curriculum import labels, lists, queries, services
from app.curriculum.article import render
from app.curriculum.blueprint import bp
from app.curriculum.certificates.lists import held_by, state_cell
from app.curriculum.files.models import ModuleWatch
from app.curriculum.files.services import captions_of, share_seen, video_of
from app.curriculum.forms import CompleteForm
from app.curriculum.live.lists import live_notes, offers
from app.curriculum.live.services import was_there
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from app.curriculum.packages.models import PackageAttempt
from app.curriculum.packages.services import attempt_in, package_of
from app.curriculum.paths import progress
from app.curriculum.paths.models import PathAssignment
from app.curriculum.paths.queries import of_person
from app.curriculum.practice.queries import observations_of
from app.curriculum.practice.services import practice_of
from app.curriculum.quizzes.models import Quiz
from app.curriculum.quizzes.queries import attempts_of
from app.curriculum.quizzes.rules import standing

DONE_SHOWN = 50


@bp.get("/learn")
@requires(Permission.LEARN)
def learning() -> ResponseReturnValue:
    """What the reader was asked to learn: what is open by due date, then what was done."""
    me, today = viewer(), services.programme_day(now())
    alone = queries.open_assignments([me.id]).where(Assignment.path_assignment_id.is_(None))
    still_open = db.session.scalars(alone.options(joinedload(Assignment.module))).all()
    walks = progress.look(db.session(), db.session.scalars(of_person(me.id)).all())
    done = db.session.scalars(
        Assignment.visible_to(me)
        .where(Assignment.person_id == me.id, Assignment.state == AssignmentState.COMPLETED)
        .options(joinedload(Assignment.module))
        .order_by(Assignment.completed_on.desc(), Assignment.id.desc())
        .limit(DONE_SHOWN)
    ).all()
    return render_template(
        "curriculum/learning.html",
        still_open=[(one, lists.standing(one, today)) for one in still_open],
        live=live_notes(db.session(), me, still_open, now()),
        walks=[(one, lists.standing(one.given, today)) for one in walks],
        overdue=sum(one.due_on is not None and one.due_on < today for one in (*still_open, *(w.given for w in walks))),
        done=done,
        certificates=[(one, state_cell(one, today)) for one in db.session.scalars(held_by(me.id))],
    )


@bp.get("/learn/<int:assignment_id>")
@requires(Permission.LEARN)
def learn(assignment_id: int) -> ResponseReturnValue:
    """The module, to be read."""
    found = _own(assignment_id)
    name, look = lists.standing(found, services.programme_day(now()))
    form = CompleteForm(language=_read_in(found.module))
    return render_template(
        "curriculum/learn.html",
        assignment=found,
        module=found.module,
        article=render(found.module.body.text, found.module.body.lang or "en"),
        kind=labels.MODULE_KINDS[found.module.kind],
        state=(look, name),
        still_open=services.is_open(found),
        tells_by_itself=services.tells_by_itself(found.module),
        packed=_packed(found),
        form=form,
        path=_path_of(found),
        **_quiz_facts(found),
        **_video_facts(found),
        **_live_facts(found),
        **_practice_facts(found),
    )


def _path_of(assignment: Assignment) -> PathAssignment | None:
    """The path it is a step of."""
    if assignment.path_assignment_id is None:
        return None
    wanted = select(PathAssignment).where(PathAssignment.id == assignment.path_assignment_id)
    return db.session.scalars(wanted.options(joinedload(PathAssignment.version))).one()


def _video_facts(assignment: Assignment) -> dict[str, Any]:
    """The video of the module, if that is one of its files, and how much of it was seen."""
    video = video_of(db.session(), assignment.module)
    if video is None:
        return {"video": None}
    watch = db.session.get(ModuleWatch, (assignment.id, video.id))
    return {
        "video": video,
        "captions": captions_of(db.session(), assignment.module),
        "watch": watch,
        "seen": share_seen(db.session(), assignment) or 0.0,
    }


def _live_facts(assignment: Assignment) -> dict[str, Any]:
    """The sessions to come of a module that is taught live, and whether the learner was at one."""
    if assignment.module.kind is not ModuleKind.LIVE:
        return {"offers": (), "attended": True}
    return {
        "offers": offers(db.session(), viewer(), assignment.module_id, now()),
        "attended": was_there(db.session(), assignment),
        "may_sign_up": services.is_open(assignment),
    }


def _practice_facts(assignment: Assignment) -> dict[str, Any]:
    """The rubric of a practice, and how often the learner was observed."""
    if assignment.module.kind is not ModuleKind.PRACTICE:
        return {"practice": None}
    return {
        "practice": practice_of(db.session(), assignment.module),
        "observations": db.session.scalars(observations_of(assignment.id)).all(),
    }


def _packed(assignment: Assignment) -> list[tuple[str, PackageAttempt | None]]:
    """(language, what was begun) of each package of the module: the reader's first, one that serves both once."""
    if assignment.module.kind is not ModuleKind.PACKAGE:
        return []
    found: dict[int, tuple[str, PackageAttempt | None]] = {}
    for code in sorted(LANGUAGES, key=lambda one: one != language()):
        number, told = package_of(assignment.module, code)
        if number is not None and number not in found:
            found[number] = (told, attempt_in(db.session(), assignment, told))
    return list(found.values())


def _quiz_facts(assignment: Assignment) -> dict[str, Any]:
    """The quiz of the module, where the learner stands with it, and the attempts so far."""
    quiz = db.session.get(Quiz, assignment.module_id)
    attempts = db.session.scalars(attempts_of(assignment.id)).all()
    return {
        "quiz": quiz,
        "attempts": attempts,
        "standing": standing(quiz, attempts, now()) if quiz is not None else None,
        "questions": sum(one.count for one in quiz.draws) if quiz is not None else 0,
    }


@bp.post("/modules/<int:module_id>/take")
@requires(Permission.LEARN)
def take(module_id: int) -> ResponseReturnValue:
    """Take a module of one's own accord."""
    module = one_or_404(Module.visible_to(viewer()).where(Module.id == module_id))
    given = services.take(db.session(), module, by=viewer(), on=now())
    db.session.commit()
    return redirect(url_for("curriculum.learn", assignment_id=given.id))


@bp.post("/learn/<int:assignment_id>/drop")
@requires(Permission.LEARN)
def drop(assignment_id: int) -> ResponseReturnValue:
    """Give back a module one took oneself and has not started."""
    found = _own(assignment_id)
    if found.reason is not AssignmentReason.SELF:
        raise Refused(_("It was assigned by somebody else, who can cancel or waive it."))
    services.cancel(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Removed from your list. You can take it again at any time."))
    return redirect(url_for("curriculum.learning"))


@bp.post("/learn/<int:assignment_id>/start")
@requires(Permission.LEARN)
def start(assignment_id: int) -> ResponseReturnValue:
    """The reader has begun, and goes on later."""
    found = _own(assignment_id)
    services.start(db.session(), found, on=now())
    db.session.commit()
    flash(_("Marked as started. It waits here until it is completed."))
    return redirect(_after(found))


@bp.post("/learn/<int:assignment_id>/complete")
@requires(Permission.LEARN)
def complete(assignment_id: int) -> ResponseReturnValue:
    """The reader has worked through the module."""
    found, form = _own(assignment_id), CompleteForm()
    read_in = form.language.data if form.validate_on_submit() and form.language.data else _read_in(found.module)
    services.complete(db.session(), found, on=now(), language=read_in)
    db.session.commit()
    flash(_("Completed: “%(module)s”.", module=found.module.title.text))
    return redirect(_after(found))


def _after(assignment: Assignment) -> str:
    """Where to go on: along the path it is a step of, else to what else is to learn."""
    if assignment.path_assignment_id is not None:
        return url_for("curriculum.walk", given_id=assignment.path_assignment_id)
    return url_for("curriculum.learning")


def _own(assignment_id: int) -> Assignment:
    module = joinedload(Assignment.module)
    return one_or_404(
        Assignment.visible_to(viewer())
        .where(Assignment.id == assignment_id, Assignment.person_id == viewer().id)
        .options(module, module.options(undefer(Module.body_en), undefer(Module.body_es)))
    )


def _read_in(module: Module) -> str:
    """The language the reader sees the module in: a fallback's own where theirs is missing."""
    text = module.body if module.body.text else module.title
    return text.lang if text.text else language()
