"""The pages of practice: its rubric, who waits to be observed, scoring, and each attempt."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.i18n import LANGUAGES, Bilingual, language
from app.core.rubrics import read_marks
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.forms import stripped
from app.curriculum.models import Assignment, ModuleKind
from app.curriculum.practice import lists, queries, services
from app.curriculum.practice.forms import RubricForm
from app.curriculum.practice.models import Practice, PracticeObservation
from app.curriculum.services import programme_day

LONGEST_REMARK = 1_000


@bp.route("/modules/<int:module_id>/rubric", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def rubric(module_id: int) -> ResponseReturnValue:
    """What is observed in a practice, and how much is enough."""
    module = seen_module(module_id)
    known = services.practice_of(db.session(), module)
    form = RubricForm(known)
    if form.validate_on_submit():
        services.set_rubric(
            db.session(),
            module,
            form.lines,
            pass_share=(form.mark.data or 0) / 100,
            leads_observe=bool(form.leads_observe.data),
            by=viewer(),
            on=now(),
        )
        db.session.commit()
        flash(_("Rubric saved."))
        return redirect(url_for("curriculum.module", module_id=module.id))
    page = render_template("curriculum/practice/rubric.html", form=form, module=module)
    return page, 422 if form.errors else 200


@bp.get("/practice")
@requires(Permission.ASSIGN_MODULES)
def to_observe() -> ResponseReturnValue:
    """Who of the reader's people waits to be observed."""
    return lists.waiting_table(programme_day(now())).answer(
        queries.to_observe(viewer()), "curriculum/practice/waiting.html"
    )


@bp.route("/assignments/<int:assignment_id>/observe", methods=["GET", "POST"])
@requires(Permission.ASSIGN_MODULES)
def observe(assignment_id: int) -> ResponseReturnValue:
    """Score somebody on the rubric."""
    wanted = Assignment.visible_to(viewer(), Permission.ASSIGN_MODULES).where(Assignment.id == assignment_id)
    found = one_or_404(wanted.options(joinedload(Assignment.person), joinedload(Assignment.module)))
    practice = services.practice_of(db.session(), found.module)
    if practice is None or found.module.kind is not ModuleKind.PRACTICE:
        abort(404)
    if request.method == "GET":
        return _scoring(practice, found)
    marks, problems = read_marks(practice.lines, request.form)
    if problems:
        return _scoring(practice, found, problems), 422
    played = request.form.get("language")
    made = services.score(
        db.session(),
        practice,
        found,
        marks,
        language=played if played in LANGUAGES else language(),
        remark=stripped(request.form.get("remark"))[:LONGEST_REMARK],
        by=viewer(),
        on=now(),
    )
    db.session.commit()
    flash(_("Passed: the module is completed.") if made.passed else _("Not passed yet. It can be observed again."))
    return redirect(url_for("curriculum.observation", observation_id=made.id))


def _scoring(practice: Practice, found: Assignment, problems: object = ()) -> str:
    return render_template(
        "curriculum/practice/observe.html",
        practice=practice,
        assignment=found,
        module=found.module,
        may_score=services.may_observe(practice, found, viewer()),
        problems=problems,
        typed=request.form.to_dict(),
        attempts=db.session.scalars(queries.observations_of(found.id)).all(),
        spoken=request.form.get("language") or found.person.language,
    )


@bp.get("/observations/<int:observation_id>")
@requires(Permission.USE)
def observation(observation_id: int) -> ResponseReturnValue:
    """One attempt: the marks by line, and what the observer remarks."""
    to = Permission.SEE_LEARNING
    loaded = joinedload(PracticeObservation.assignment).joinedload(Assignment.module)
    people = joinedload(PracticeObservation.person), joinedload(PracticeObservation.observer)
    wanted = PracticeObservation.visible_to(viewer(), to).where(PracticeObservation.id == observation_id)
    found = one_or_404(wanted.options(loaded, *people))
    own = found.person_id == viewer().id
    return render_template(
        "curriculum/practice/observation.html",
        observation=found,
        lines=[(Bilingual(en, es), points, most) for en, es, points, most in found.marks],
        back=url_for("curriculum.learn" if own else "curriculum.assignment", assignment_id=found.assignment_id)
        if own or may(viewer(), to)
        else None,
    )


@bp.post("/learn/<int:assignment_id>/ask-observer")
@requires(Permission.LEARN)
def ask_observer(assignment_id: int) -> ResponseReturnValue:
    """Say that one is ready to be observed."""
    mine = Assignment.visible_to(viewer()).where(Assignment.id == assignment_id, Assignment.person_id == viewer().id)
    found = one_or_404(mine.options(joinedload(Assignment.module), joinedload(Assignment.person)))
    practice = services.practice_of(db.session(), found.module)
    if practice is None:
        abort(404)
    told = services.ask(db.session(), practice, found, on=now())
    db.session.commit()
    flash(_("The observer is notified.") if told else _("The observer has already been notified today."))
    return redirect(url_for("curriculum.learn", assignment_id=found.id))
