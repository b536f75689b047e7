"""The pages of teach-backs: planning, scoring blind, a third observer, the decision."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.cohorts.blueprint import bp
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Level
from app.cohorts.programmes import queries
from app.cohorts.programmes.forms import choices_of, stripped
from app.cohorts.programmes.models import Cohort, Enrolment, TrainerProgramme
from app.cohorts.programmes.pages import seen_cohort, today
from app.cohorts.programmes.people_pages import seen_enrolment
from app.cohorts.programmes.rules import Outcome
from app.cohorts.teachbacks import rules, services
from app.cohorts.teachbacks.forms import DecideForm, TeachBackForm, ThirdForm
from app.cohorts.teachbacks.models import ScoreSheet, TeachBack
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.rubrics import read_marks


def observers(enrolment: Enrolment) -> list[User]:
    """Who may observe: who may run cohorts, and master trainers of the programme; never the person."""
    masters = select(TrainerLicence.person_id).where(
        TrainerLicence.programme_id == enrolment.cohort.programme_id,
        TrainerLicence.level == Level.MASTER,
        TrainerLicence.is_latest,
        TrainerLicence.expires_on >= today(),
    )
    found = {one.id: one for one in db.session.scalars(queries.may_facilitate(today()))}
    found |= {one.id: one for one in db.session.scalars(select(User).where(User.id.in_(masters)))}
    found.pop(enrolment.person_id, None)
    return sorted(found.values(), key=lambda one: (one.name, one.id))


@bp.route("/enrolments/<int:enrolment_id>/teach-back", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def new_teach_back(enrolment_id: int) -> ResponseReturnValue:
    """Plan a teach-back before two observers."""
    enrolment = seen_enrolment(enrolment_id)
    cohort = seen_cohort(enrolment.cohort_id, Permission.RUN_COHORTS)
    choices = observers(enrolment)
    form = TeachBackForm(choices)
    if form.validate_on_submit():
        chosen = {one.id: one for one in choices}
        facts = form.facts
        with said_on(form):
            made = services.plan(
                db.session(),
                enrolment,
                [chosen[int(form.first.data or 0)], chosen[int(form.second.data or 0)]],
                planned_for=form.moment(cohort.time_zone),
                minutes=facts["minutes"],
                topic=facts["title"],
                place=facts["place"],
                by=viewer(),
                on=now(),
            )
            db.session.commit()
            flash(_("Teach-back planned. Both observers are notified."))
            return redirect(url_for("cohorts.teach_back", teach_back_id=made.id))
    page = render_template("cohorts/teach_back_form.html", form=form, enrolment=enrolment, cohort=cohort)
    return page, 422 if form.errors else 200


def _seen(teach_back_id: int, to: Permission = Permission.SEE_COHORTS) -> TeachBack:
    way = joinedload(TeachBack.enrolment).joinedload(Enrolment.cohort)
    return one_or_404(
        TeachBack.visible_to(viewer(), to)
        .where(TeachBack.id == teach_back_id)
        .options(
            way.joinedload(Cohort.programme).selectinload(TrainerProgramme.lines),
            joinedload(TeachBack.person),
            joinedload(TeachBack.decided_by),
            selectinload(TeachBack.sheets).joinedload(ScoreSheet.observer),
        )
    )


@bp.get("/teach-backs/<int:teach_back_id>")
@requires(Permission.USE)
def teach_back(teach_back_id: int) -> ResponseReturnValue:
    """A teach-back: one's own sheet to fill in, or what all gave once all have."""
    return _page(_seen(teach_back_id))


def _page(
    found: TeachBack,
    *,
    problems: list[str] | None = None,
    typed: dict[str, str] | None = None,
    form: DecideForm | None = None,
) -> ResponseReturnValue:
    sheets = db.session.scalars(
        ScoreSheet.visible_to(viewer())
        .where(ScoreSheet.teach_back_id == found.id, ScoreSheet.submitted_at.is_not(None))
        .order_by(ScoreSheet.place)
        .options(joinedload(ScoreSheet.observer), selectinload(ScoreSheet.marks))
    ).all()
    open_all = len(sheets) == len(found.sheets)
    runs = _runs(found)
    third = open_all and found.outcome is None and services.needs_third(found)
    mine = next((one for one in found.sheets if one.observer_id == viewer().id), None)
    page = render_template(
        "cohorts/teach_back.html",
        teach_back=found,
        cohort=found.enrolment.cohort,
        lines=found.enrolment.cohort.programme.lines,
        sheets=sheets,
        marks={sheet.id: {mark.line_id: mark.points for mark in sheet.marks} for sheet in sheets},
        result=_result(found) if open_all else None,
        to_score=mine if mine is not None and mine.submitted_at is None else None,
        begun=found.planned_for <= now(),
        runs=runs and viewer().id not in {found.person_id, *(one.observer_id for one in found.sheets)},
        third=_third_form(found) if third and runs else None,
        waits_for_third=third,
        form=form or DecideForm(formdata=None),
        problems=problems or [],
        typed=typed or {},
        outcomes=Outcome,
    )
    return page, 422 if problems or (form and form.errors) else 200


def _result(found: TeachBack) -> tuple[Outcome, float, float]:
    if found.outcome is not None and found.share is not None and found.agreement is not None:
        return found.outcome, found.share, found.agreement
    sheets, most = services.marks_of(found)
    if len(sheets) == 2:
        return services.proposed(found)
    return (*services.proposed(found)[:2], rules.agreement(sheets[0], sheets[1], most))


def _runs(found: TeachBack) -> bool:
    mine = TeachBack.visible_to(viewer(), Permission.RUN_COHORTS).where(TeachBack.id == found.id)
    return db.session.scalar(mine.with_only_columns(TeachBack.id)) is not None


def _third_form(found: TeachBack) -> ThirdForm:
    form, there = ThirdForm(), {one.observer_id for one in found.sheets}
    form.observer.choices = choices_of((o.id, o.name) for o in observers(found.enrolment) if o.id not in there)
    return form


@bp.post("/teach-backs/<int:teach_back_id>/score")
@requires(Permission.USE)
def score(teach_back_id: int) -> ResponseReturnValue:
    """Hand in one's own sheet."""
    found = _seen(teach_back_id)
    sheet = one_or_404(
        select(ScoreSheet).where(ScoreSheet.teach_back_id == found.id, ScoreSheet.observer_id == viewer().id)
    )
    marks, problems = read_marks(found.enrolment.cohort.programme.lines, request.form)
    if problems:
        return _page(found, problems=problems, typed=request.form.to_dict())
    remark = stripped(request.form.get("remark"))[:1_000]
    services.submit(db.session(), sheet, marks, remark=remark, by=viewer(), on=now())
    db.session.commit()
    flash(_("Handed in. The other marks show once everybody has scored."))
    return redirect(url_for("cohorts.teach_back", teach_back_id=found.id))


@bp.post("/teach-backs/<int:teach_back_id>/third")
@requires(Permission.RUN_COHORTS)
def third_observer(teach_back_id: int) -> ResponseReturnValue:
    """Ask a third observer."""
    found = _seen(teach_back_id, Permission.RUN_COHORTS)
    form = _third_form(found)
    if not form.validate():
        flash(_("Choose the third observer."), "error")
    else:
        observer = db.session.get_one(User, form.observer.data)
        services.add_third(db.session(), found, observer, by=viewer(), on=now())
        db.session.commit()
        flash(_("%(name)s is asked to score, and sees nothing of the others.", name=observer.name))
    return redirect(url_for("cohorts.teach_back", teach_back_id=found.id))


@bp.post("/teach-backs/<int:teach_back_id>/decide")
@requires(Permission.RUN_COHORTS)
def decide(teach_back_id: int) -> ResponseReturnValue:
    """Settle what came of it."""
    found, form = _seen(teach_back_id, Permission.RUN_COHORTS), DecideForm()
    if form.validate():
        level, day = Level(form.level.data), form.reteach_on.data
        with said_on(form):
            outcome = services.decide(db.session(), found, level=level, reteach_on=day, by=viewer(), on=now())
            db.session.commit()
            flash(_decided(found, outcome))
            return redirect(url_for("cohorts.teach_back", teach_back_id=found.id))
    return _page(found, form=form)


def _decided(found: TeachBack, outcome: Outcome) -> str:
    told = {
        Outcome.CERTIFIED: _("%(name)s is certified.", name=found.person.name),
        Outcome.CONDITIONAL: _("%(name)s teaches again.", name=found.person.name),
        Outcome.NOT_CERTIFIED: _("%(name)s is not certified.", name=found.person.name),
    }
    return told[outcome]
