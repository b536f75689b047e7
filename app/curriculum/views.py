"""Pages of learning: modules, competencies, and who was asked to learn what."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, signed_in, viewer
from app.accounts.permissions import Permission
from app.core import exports
from app.core.clock import now
from app.core.database import db, one_or_404
from app.curriculum import assigning, labels, lists, queries, services, writing
from app.curriculum.article import render
from app.curriculum.authoring.services import draft_of
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.changing.forms import RescheduleForm
from app.curriculum.files.services import captions_of, share_seen, video_of
from app.curriculum.forms import AssignForm, CompetencyForm, WaiveForm
from app.curriculum.live.lists import offers
from app.curriculum.models import (
    OPEN_STATES,
    Assignment,
    AssignmentState,
    Competency,
    Module,
    ModuleCompetency,
    ModuleKind,
    ModuleState,
)
from app.curriculum.packages.services import attempts_of
from app.curriculum.practice.queries import observations_of
from app.curriculum.practice.services import may_observe, practice_of
from app.curriculum.quizzes.models import Quiz


@bp.context_processor
def places() -> dict[str, object]:
    """The views of learning this reader may go to, as tabs."""
    user = signed_in()
    if user is None:
        return {}
    entries = [
        ("curriculum.learning", _("My learning"), may(user, Permission.LEARN)),
        ("curriculum.modules", _("Modules"), True),
        ("curriculum.paths", _("Paths"), True),
        ("curriculum.live_sessions", _("Live sessions"), True),
        ("curriculum.competencies", _("Competencies"), True),
        ("curriculum.questions", _("Questions"), may(user, Permission.WRITE_MODULES)),
        ("curriculum.translations", _("Translations"), may(user, Permission.WRITE_MODULES)),
        ("curriculum.assignments", _("Assignments"), may(user, Permission.SEE_LEARNING)),
        ("curriculum.learning_by_team", _("By team"), may(user, Permission.SEE_LEARNING)),
        ("remedies.module_results", _("Results"), may(user, Permission.SEE_LEARNING)),
        ("curriculum.certificates", _("Certificates"), may(user, Permission.SEE_LEARNING)),
    ]
    return {
        "tabs": [(url_for(name), label, request.endpoint == name) for name, label, allowed in entries if allowed],
        "may_write": may(user, Permission.WRITE_MODULES),
        "may_learn": may(user, Permission.LEARN),
        "may_assign": may(user, Permission.ASSIGN_MODULES),
    }


# --- Modules ---


@bp.get("")
@requires(Permission.USE)
def modules() -> ResponseReturnValue:
    """All modules, and how much of what must be known they teach."""
    taught = select(func.count(ModuleCompetency.competency_id.distinct())).join(
        Module, Module.id == ModuleCompetency.module_id
    )
    return lists.module_table(writes=may(viewer(), Permission.WRITE_MODULES)).answer(
        lists.modules(viewer()),
        "curriculum/modules.html",
        taught=db.session.scalar(taught.where(Module.state == ModuleState.PUBLISHED)) or 0,
        competencies=db.session.scalar(select(func.count(Competency.id))) or 0,
    )


@bp.get("/modules/<int:module_id>")
@requires(Permission.USE)
def module(module_id: int) -> ResponseReturnValue:
    """A module as people read it."""
    found = seen_module(module_id)
    writes = may(viewer(), Permission.WRITE_MODULES)
    return render_template(
        "curriculum/module.html",
        module=found,
        draft=draft_of(db.session(), found) if writes else None,
        article=render(found.body.text, found.body.lang or "en"),
        kind=labels.MODULE_KINDS[found.kind],
        state=(labels.MODULE_TONES[found.state], labels.MODULE_STATES[found.state]),
        missing=writing.missing_languages(found),
        has_quiz=db.session.get(Quiz, found.id) is not None,
        mine=_mine(found),
        video=video_of(db.session(), found),
        captions=captions_of(db.session(), found) if found.kind is ModuleKind.VIDEO else (),
        may_see_attempts=may(viewer(), Permission.SEE_LEARNING),
        offers=offers(db.session(), viewer(), found.id, now()) if found.kind is ModuleKind.LIVE else (),
        may_sign_up=may(viewer(), Permission.LEARN) and found.state is ModuleState.PUBLISHED,
        practice=practice_of(db.session(), found),
    )


@bp.post("/modules/<int:module_id>/retire")
@requires(Permission.WRITE_MODULES)
def retire(module_id: int) -> ResponseReturnValue:
    found = seen_module(module_id)
    writing.retire(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Module retired. People who have it open can still complete it."))
    return redirect(url_for("curriculum.module", module_id=found.id))


def _mine(module: Module) -> Assignment | None:
    """What the reader was given, or took, of this module: what is open, else the last."""
    own = Assignment.visible_to(viewer()).where(
        Assignment.person_id == viewer().id,
        Assignment.module_id == module.id,
        Assignment.state.in_((*OPEN_STATES, AssignmentState.COMPLETED)),
        Assignment.from_history.is_(False) | (Assignment.state == AssignmentState.COMPLETED),
    )
    latest_first = own.order_by(Assignment.state == AssignmentState.COMPLETED, Assignment.id.desc())
    return db.session.scalars(latest_first.limit(1)).one_or_none()


# --- Competencies ---


@bp.get("/competencies")
@requires(Permission.USE)
def competencies() -> ResponseReturnValue:
    """The tree of competencies, with targets and the modules that teach them; as a file too."""
    found = db.session.scalars(queries.competency_tree()).all()
    teaching: dict[int, list[Module]] = {}
    for competency_id, one in db.session.execute(queries.teaching()):
        teaching.setdefault(competency_id, []).append(one)
    below: dict[int | None, list[Competency]] = {}
    for one in found:
        below.setdefault(one.parent_id, []).append(one)
    rows = [(level, one) for top in below.get(None, []) for level, one in _branch(top, below)]
    if request.args.get("format") in ("csv", "xlsx"):
        return exports.download([lists.competency_sheet(rows, teaching)], request.args["format"], "competencies")
    return render_template(
        "curriculum/competencies.html",
        rows=rows,
        teaching=teaching,
        untaught=sum(1 for one in found if one.id not in teaching and one.id not in below),
        may_describe=may(viewer(), Permission.SET_POLICIES),
    )


def _branch(top: Competency, below: dict[int | None, list[Competency]]) -> list[tuple[int, Competency]]:
    return [(0, top), *((1, one) for one in below.get(top.id, []))]


@bp.route("/competencies/<int:competency_id>/edit", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def edit_competency(competency_id: int) -> ResponseReturnValue:
    """What a competency is called and how it is described."""
    found = one_or_404(Competency.visible_to(viewer()).where(Competency.id == competency_id))
    form = CompetencyForm(obj=found)
    if form.validate_on_submit():
        writing.describe(db.session(), found, form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Competency saved."))
        return redirect(url_for("curriculum.competencies"))
    page = render_template("curriculum/competency_form.html", form=form, competency=found)
    return page, 422 if form.errors else 200


# --- Assignments ---


@bp.route("/modules/<int:module_id>/assign", methods=["GET", "POST"])
@requires(Permission.ASSIGN_MODULES)
def assign(module_id: int) -> ResponseReturnValue:
    """Choose who gets a module, see who already has it or did it, and assign it."""
    found = seen_module(module_id)
    today = services.programme_day(now())
    missing = writing.missing_languages(found)
    choice = assigning.choose(viewer(), partial(queries.taken, found.id), today, request.args, missing)
    form = AssignForm([line.person.id for line in choice.lines], today)
    if form.validate_on_submit():
        given = services.assign_many(
            db.session(),
            assigning.rows(form, today, module_id=found.id),
            by=viewer(),
            on=now(),
        )
        db.session.commit()
        flash(ngettext("Assigned to %(num)s person.", "Assigned to %(num)s people.", given))
        return redirect(url_for("curriculum.assignments", module=found.id, state="open"))
    if not form.is_submitted():
        form.due_on.data = today + timedelta(days=assigning.DUE_DAYS)
        form.reason.data = choice.reason.value
    page = render_template("curriculum/assign.html", module=found, form=form, choice=choice, missing=missing)
    return page, 422 if form.errors else 200


@bp.get("/assignments")
@requires(Permission.SEE_LEARNING)
def assignments() -> ResponseReturnValue:
    """What people were asked to learn, and what became of it."""
    today = services.programme_day(now())
    mine = Assignment.visible_to(viewer(), Permission.SEE_LEARNING).with_only_columns(Assignment.id)
    count = select(func.count(), func.count().filter(queries.is_overdue(today))).where(
        Assignment.id.in_(mine), queries.is_open()
    )
    still_open, overdue = db.session.execute(count).one()
    return lists.assignment_table(viewer(), today).answer(
        lists.assignments(viewer()), "curriculum/assignments.html", still_open=still_open, overdue=overdue
    )


@bp.get("/assignments/<int:assignment_id>")
@requires(Permission.SEE_LEARNING)
def assignment(assignment_id: int) -> ResponseReturnValue:
    """One assignment, and what may be done about it."""
    return _assignment_page(_assignment(assignment_id, Permission.SEE_LEARNING), WaiveForm())


@bp.post("/assignments/<int:assignment_id>/waive")
@requires(Permission.ASSIGN_MODULES)
def waive(assignment_id: int) -> ResponseReturnValue:
    found, form = _assignment(assignment_id, Permission.ASSIGN_MODULES), WaiveForm()
    if not form.validate_on_submit():
        return _assignment_page(found, form), 422
    services.waive(db.session(), found, reason=form.reason.data or "", by=viewer(), on=now())
    db.session.commit()
    flash(_("Assignment waived."))
    return redirect(url_for("curriculum.assignment", assignment_id=found.id))


@bp.post("/assignments/<int:assignment_id>/cancel")
@requires(Permission.ASSIGN_MODULES)
def cancel(assignment_id: int) -> ResponseReturnValue:
    found = _assignment(assignment_id, Permission.ASSIGN_MODULES)
    services.cancel(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Assignment cancelled."))
    return redirect(url_for("curriculum.assignment", assignment_id=found.id))


def _assignment(assignment_id: int, to: Permission) -> Assignment:
    return one_or_404(
        Assignment.visible_to(viewer(), to)
        .where(Assignment.id == assignment_id)
        .options(joinedload(Assignment.person), joinedload(Assignment.module), joinedload(Assignment.assigned_by))
    )


def _assignment_page(assignment: Assignment, form: WaiveForm) -> str:
    name, look = lists.standing(assignment, services.programme_day(now()))
    practice = practice_of(db.session(), assignment.module)
    assigns = may(viewer(), Permission.ASSIGN_MODULES)
    return render_template(
        "curriculum/assignment.html",
        assignment=assignment,
        form=form,
        state=(look, name),
        reason=labels.REASONS[assignment.reason],
        may_decide=services.may_decide(assignment, viewer()) and assigns,
        may_observe=practice is not None and assigns and may_observe(practice, assignment, viewer()),
        observations=db.session.scalars(observations_of(assignment.id)).all() if practice is not None else (),
        may_cancel=services.may_cancel(assignment),
        attempts=attempts_of(db.session(), assignment),
        seen=share_seen(db.session(), assignment),
        reschedule=RescheduleForm(services.programme_day(now()), formdata=None),
    )
