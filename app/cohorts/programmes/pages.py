"""The pages of programmes and cohorts: lists, forms, one cohort with its sessions and roster."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.labels import time_zone_choices
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.cohorts.blueprint import bp
from app.cohorts.programmes import lists, queries, services
from app.cohorts.programmes.forms import ProgrammeForm, cohort_form
from app.cohorts.programmes.models import Cohort, Enrolment, SeatBudget, TrainerProgramme
from app.cohorts.programmes.rules import Stage
from app.cohorts.teachbacks.services import was_scored_with
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.i18n import time_zone
from app.curriculum.article import render
from app.curriculum.models import Module, ModuleState


def today() -> date:
    """The reader's day."""
    return day_of(now(), time_zone())


# --- Programmes ---


@bp.get("/programmes")
@requires(Permission.SEE_COHORTS)
def programmes() -> ResponseReturnValue:
    """What trainers are taught and certified in."""
    found = db.session.scalars(
        TrainerProgramme.visible_to(viewer()).order_by(TrainerProgramme.retired, TrainerProgramme.code)
    ).all()
    return render_template("cohorts/programmes.html", programmes=found, may_make=_of_all())


@bp.get("/programmes/<int:programme_id>")
@requires(Permission.USE)
def programme(programme_id: int) -> ResponseReturnValue:
    """A programme: requirements, rubric, and what keeps a licence."""
    found = _programme(programme_id)
    body = render(found.requirements.text)
    return render_template("cohorts/programme.html", programme=found, body=body, may_make=_of_all())


@bp.route("/programmes/new", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def new_programme() -> ResponseReturnValue:
    """Make a programme."""
    return _programme_form(TrainerProgramme())


@bp.route("/programmes/<int:programme_id>/edit", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def edit_programme(programme_id: int) -> ResponseReturnValue:
    """Change a programme."""
    return _programme_form(_programme(programme_id))


def _programme(programme_id: int) -> TrainerProgramme:
    return one_or_404(
        TrainerProgramme.visible_to(viewer())
        .where(TrainerProgramme.id == programme_id)
        .options(selectinload(TrainerProgramme.lines), joinedload(TrainerProgramme.module))
    )


def _of_all() -> bool:
    return everywhere(viewer(), Permission.RUN_COHORTS)


def _programme_form(shown: TrainerProgramme) -> ResponseReturnValue:
    if not _of_all():
        raise Refused(
            _(
                "Trainer programmes are shared by all partners: only people who run cohorts of the whole "
                "programme can change them."
            )
        )
    published = select(Module).where(Module.state == ModuleState.PUBLISHED).order_by(Module.code)
    modules = [(one.id, f"{one.code} · {one.title.text}") for one in db.session.scalars(published)]
    form = ProgrammeForm(shown, modules)
    if form.validate_on_submit():
        scored = shown.id is not None and was_scored_with(db.session(), shown)
        with said_on(form):
            saved = services.save_programme(
                db.session(), shown, form.facts, form.lines, by=viewer(), on=now(), scored=scored
            )
            db.session.commit()
            flash(_("Programme saved."))
            return redirect(url_for("cohorts.programme", programme_id=saved.id))
    page = render_template("cohorts/programme_form.html", form=form, programme=shown)
    return page, 422 if form.errors else 200


# --- Cohorts ---


@bp.get("")
@requires(Permission.SEE_COHORTS)
def index() -> ResponseReturnValue:
    """The cohorts within reach."""
    return lists.cohort_table(viewer(), today()).answer(
        lists.cohorts(viewer()), "cohorts/index.html", may_make=_of_all()
    )


@bp.get("/<int:cohort_id>")
@requires(Permission.USE)
def cohort(cohort_id: int) -> ResponseReturnValue:
    """A cohort: its seats, its sessions, and the people within reach."""
    found = seen_cohort(cohort_id)
    runs = runs_cohort(found)
    return lists.roster_table(viewer(), found, now()).answer(
        lists.roster(viewer(), found),
        "cohorts/cohort.html",
        cohort=found,
        runs=runs,
        budgets=_budgets(found),
        asked=_asked(found),
        may_approve=_approvable(found),
        stages=Stage,
        at=now(),
    )


def seen_cohort(cohort_id: int, to: Permission = Permission.SEE_COHORTS) -> Cohort:
    """A cohort the viewer may see, or run; 404 otherwise."""
    return one_or_404(
        Cohort.visible_to(viewer(), to)
        .where(Cohort.id == cohort_id)
        .options(joinedload(Cohort.programme), selectinload(Cohort.facilitators), selectinload(Cohort.sessions))
    )


def runs_cohort(found: Cohort) -> bool:
    """Whether the viewer runs this cohort."""
    mine = Cohort.visible_to(viewer(), Permission.RUN_COHORTS).where(Cohort.id == found.id)
    return db.session.scalar(mine.with_only_columns(Cohort.id)) is not None


def _budgets(found: Cohort) -> list[tuple[str, int, int]]:
    """(partner, seats taken, budget) of the partners the viewer may see."""
    seen = SeatBudget.visible_to(viewer()).where(SeatBudget.cohort_id == found.id)
    rows = db.session.execute(
        select(Enrolment.partner_id, func.count())
        .where(Enrolment.cohort_id == found.id, Enrolment.stage == Stage.SEATED)
        .group_by(Enrolment.partner_id)
    )
    taken = dict(rows.all())
    budgets = db.session.scalars(seen.options(joinedload(SeatBudget.unit)))
    return sorted((one.unit.name, taken.get(one.unit_id, 0), one.seats) for one in budgets)


def _asked(found: Cohort) -> list[Enrolment]:
    """The nominations that wait for an approval or a seat, the oldest first; none of a cohort that was called off."""
    if found.cancelled_at is not None:
        return []
    waiting = queries.of_cohort(viewer(), found).where(Enrolment.stage.in_((Stage.NOMINATED, Stage.WAITING)))
    options = (joinedload(Enrolment.person), joinedload(Enrolment.partner), joinedload(Enrolment.nominated_by))
    return list(db.session.scalars(waiting.order_by(Enrolment.nominated_at, Enrolment.id).options(*options)))


def _approvable(found: Cohort) -> set[int]:
    """The partners the viewer may approve for."""
    return {one.id for one in db.session.scalars(queries.partners(viewer(), Permission.APPROVE_NOMINATIONS))}


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def new_cohort() -> ResponseReturnValue:
    """Make a cohort."""
    if not _of_all():
        raise Refused(
            _(
                "A cohort has seats for several partners: only people who run cohorts of the whole programme can create one."
            )
        )
    return _cohort_form(Cohort())


@bp.route("/<int:cohort_id>/edit", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def edit_cohort(cohort_id: int) -> ResponseReturnValue:
    """Change a cohort: its dates, seats and facilitators."""
    return _cohort_form(seen_cohort(cohort_id, Permission.RUN_COHORTS))


def _cohort_form(shown: Cohort) -> ResponseReturnValue:
    form = cohort_form(shown, **_choices(shown))
    if form.validate_on_submit():
        chosen = db.session.scalars(
            queries.may_facilitate(today()).where(queries.User.id.in_(form.facilitators.data or []))
        ).all()
        with said_on(form):
            saved = services.save_cohort(db.session(), shown, form.facts, form.budgets, chosen, by=viewer(), on=now())
            db.session.commit()
            flash(_("Cohort saved."))
            return redirect(url_for("cohorts.cohort", cohort_id=saved.id))
    page = render_template("cohorts/cohort_form.html", form=form, cohort=shown)
    return page, 422 if form.errors else 200


def _choices(shown: Cohort) -> dict[str, Any]:
    """What may be chosen for a cohort; what it has already stays among it."""
    offered = select(TrainerProgramme).where(
        TrainerProgramme.retired.is_(False) | (TrainerProgramme.id == shown.programme_id)
    )
    markets = select(Unit.market).where(Unit.market.is_not(None)).distinct().order_by(Unit.market)
    return {
        "programmes": [(one.id, one.title.text) for one in db.session.scalars(offered.order_by(TrainerProgramme.code))],
        "markets": [one for one in db.session.scalars(markets) if one],
        "zones": time_zone_choices(shown.time_zone or time_zone()),
        "partners": db.session.scalars(select(Unit).where(Unit.kind == "partner").order_by(Unit.name)).all(),
        "facilitators": db.session.scalars(queries.may_facilitate(today())).all(),
        "zone": time_zone(),
    }


@bp.post("/<int:cohort_id>/cancel")
@requires(Permission.RUN_COHORTS)
def cancel_cohort(cohort_id: int) -> ResponseReturnValue:
    """Call a cohort off."""
    found = seen_cohort(cohort_id, Permission.RUN_COHORTS)
    services.cancel_cohort(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Cohort cancelled; its people are notified."))
    return redirect(url_for("cohorts.cohort", cohort_id=found.id))
