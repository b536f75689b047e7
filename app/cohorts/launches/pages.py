"""The pages of launches: the list, the board with its gate, and the look back."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.filters import teams_of
from app.accounts.models import Grant, Unit, UnitKind, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.queries import programme, valid_on
from app.accounts.reach import everywhere
from app.audits.models import Criterion, CriterionIdentity
from app.cohorts import labels
from app.cohorts.blueprint import bp
from app.cohorts.launches import lists, services
from app.cohorts.launches.forms import CheckForm, LaunchForm, SignForm
from app.cohorts.launches.looking_back import looks
from app.cohorts.launches.models import GateCheck, Launch
from app.cohorts.launches.readiness import missing_people, readiness, target_teams, whole
from app.cohorts.launches.rules import LaunchKind, Part
from app.cohorts.programmes.forms import choices_of
from app.cohorts.programmes.models import Cohort
from app.cohorts.programmes.pages import today
from app.core import exports, paper
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.exports import MIME
from app.core.i18n import language
from app.core.web import row_number
from app.curriculum.models import Module, ModuleState
from app.metrics.labels import metric_name
from app.metrics.models import MetricValue

MOST_MISSING = 20
SIGNS = {Part.PROGRAMME: Permission.SET_POLICIES, Part.TRAINING: Permission.WRITE_MODULES}
"""What it takes, over the whole programme, to sign for a part."""


@bp.get("/launches")
@requires(Permission.SEE_COHORTS)
def launches() -> ResponseReturnValue:
    """The launches within reach."""
    return lists.launch_table(today()).answer(
        lists.launches(viewer()), "cohorts/launches.html", may_make=everywhere(viewer(), Permission.RUN_COHORTS)
    )


def seen_launch(launch_id: int, to: Permission = Permission.SEE_COHORTS) -> Launch:
    """A launch the viewer may see, or run; 404 otherwise."""
    return one_or_404(
        Launch.visible_to(viewer(), to)
        .where(Launch.id == launch_id)
        .options(
            joinedload(Launch.cohort),
            *(selectinload(one) for one in (Launch.units, Launch.modules, Launch.criteria)),
            selectinload(Launch.signatures),
        )
    )


@bp.get("/launches/<int:launch_id>")
@requires(Permission.SEE_COHORTS)
def launch(launch_id: int) -> ResponseReturnValue:
    """The board: sites by requirement, the gate, and the look back."""
    found, unit_id = seen_launch(launch_id), request.args.get("unit", type=row_number)
    if request.args.get("format") in ("csv", "xlsx"):
        missing = missing_people(db.session(), viewer(), found, today(), unit_id)
        sites = readiness(db.session(), viewer(), found, today())
        sheets = lists.board_sheets(found, sites, db.session.execute(missing).all())
        return exports.download(sheets, request.args["format"], f"launch-{found.code}")
    return board(found, unit_id)


def board(
    found: Launch, unit_id: int | None = None, *, sign: SignForm | None = None, check: CheckForm | None = None
) -> ResponseReturnValue:
    """The board, with a form of its gate that needs mending."""
    sites = readiness(db.session(), viewer(), found, today())
    asked = missing_people(db.session(), viewer(), found, today(), unit_id)
    missing = db.session.execute(asked.limit(MOST_MISSING + 1)).all()
    page = render_template(
        "cohorts/launch.html",
        launch=found,
        sites=sites,
        all=whole(sites, _("All sites")),
        missing=missing[:MOST_MISSING],
        teams=teams_of(db.session(), {one[0] for one in missing}),
        more=len(missing) > MOST_MISSING,
        site=next((one.name for one in sites if one.unit_id == unit_id), None),
        looks=looks(db.session(), viewer(), found, today()) if today() >= found.go_live_on else [],
        use=_use(found),
        metric_name=metric_name,
        live=today() >= found.go_live_on,
        **_gate(found, sign, check),
    )
    return page, 422 if sign or check else 200


def _gate(found: Launch, sign: SignForm | None, check: CheckForm | None) -> dict[str, Any]:
    """The gate, as far as it is the viewer's: the checklist may tell of any partner."""
    whole_programme = everywhere(viewer(), Permission.RUN_COHORTS)
    seen = (
        GateCheck.visible_to(viewer()).where(GateCheck.launch_id == found.id).order_by(GateCheck.due_on, GateCheck.id)
    )
    sign, check = sign or SignForm(formdata=None), check or CheckForm(formdata=None)
    signed = {one.part for one in found.signatures}
    mine = any(one.user_id == viewer().id for one in found.signatures)
    parts = [part for part in Part if part not in signed and not mine and everywhere(viewer(), SIGNS[part])]
    sign.part.choices = choices_of((part, labels.PARTS[part]) for part in parts)
    check.owner.choices = choices_of(owners() if whole_programme else ())
    return {
        "checks": db.session.scalars(seen.options(joinedload(GateCheck.owner))).all(),
        "sees_all": everywhere(viewer(), Permission.SEE_COHORTS),
        "runs": whole_programme,
        "may_sign": bool(parts) and found.verdict is None,
        "sign": sign,
        "check": check,
        "parts": Part,
    }


def owners() -> list[tuple[int, str]]:
    """Who may see to something: who runs cohorts, or answers for a partner."""
    roles = {*roles_with(Permission.RUN_COHORTS), *roles_with(Permission.APPROVE_NOMINATIONS)}
    holders = select(Grant.user_id).where(Grant.role.in_(roles), valid_on(Grant, today()))
    rows = db.session.execute(
        select(User.id, User.name).where(User.id.in_(holders), User.left_on.is_(None)).order_by(User.name)
    )
    return [(number, name) for number, name in rows]


def _use(found: Launch) -> list[tuple[date, float, float]]:
    """(month, numerator, denominator) of the metric of its use within reach: of its teams, else of the site."""
    if not found.metric:
        return []
    teams = target_teams(db.session(), viewer(), found)
    sites = {number: place.site_id for number, place in teams.items()}
    rows = db.session.execute(
        MetricValue.visible_to(viewer())
        .with_only_columns(MetricValue.unit_id, MetricValue.period, MetricValue.numerator, MetricValue.denominator)
        .where(
            MetricValue.metric == found.metric,
            MetricValue.unit_id.in_({*sites, *sites.values()}),
            MetricValue.person_id.is_(None),
        )
        .order_by(MetricValue.period)
    ).all()
    by_team = {(sites[unit], month) for unit, month, *_told in rows if unit in sites}
    use: dict[date, tuple[float, float]] = {}
    for unit, month, part, of in rows:
        if unit in sites or (unit, month) not in by_team:  # a site's figure holds its teams': never both
            before = use.get(month, (0, 0))
            use[month] = (before[0] + part, before[1] + of)
    return [(month, *told) for month, told in use.items()]


@bp.get("/launches/<int:launch_id>.pdf")
@requires(Permission.SEE_COHORTS)
def launch_pdf(launch_id: int) -> ResponseReturnValue:
    """Readiness on one page, in the language read: where it would become two it is cut; the workbook has all."""
    found = seen_launch(launch_id)
    sites = readiness(db.session(), viewer(), found, today())
    whole_page, *shorter = lists.on_paper(sites, found.checks)
    sees_all = everywhere(viewer(), Permission.SEE_COHORTS)
    made = paper.pdf(
        "cohorts/launch.print.html",
        language(),
        launch=found,
        shorter=shorter,
        **whole_page,
        count=len(sites),
        all=whole(sites, _("All sites")),
        sees_all=sees_all,
        labels=labels,
        as_of=now(),
        place=db.session.scalars(programme()).one().name if sees_all else lists.partners_of(sites),
    )
    name = f"{found.code}.pdf"
    return send_file(io.BytesIO(made), mimetype=MIME["pdf"], as_attachment=True, download_name=name)


# --- Making one ---


@bp.route("/launches/new", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def new_launch() -> ResponseReturnValue:
    """Make a launch."""
    if not everywhere(viewer(), Permission.RUN_COHORTS):
        raise Refused(_("Only people who run cohorts of the whole programme can create a launch."))
    return _form(Launch())


@bp.route("/launches/<int:launch_id>/edit", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def edit_launch(launch_id: int) -> ResponseReturnValue:
    """Change a launch; moved to another day or taken to more units, it is signed anew."""
    return _form(seen_launch(launch_id, Permission.RUN_COHORTS))


def _form(shown: Launch) -> ResponseReturnValue:
    form = LaunchForm(shown, **_choices(shown))
    if form.validate_on_submit():
        chosen: dict[str, Any] = {
            name: db.session.scalars(select(model).where(model.id.in_(form[name].data or []))).all()
            for name, model in (("units", Unit), ("modules", Module), ("criteria", CriterionIdentity))
        }
        facts = {**form.facts, "kind": LaunchKind(form.kind.data)}
        with said_on(form):
            saved = services.save(db.session(), shown, facts, **chosen, by=viewer(), on=now())
            db.session.commit()
            flash(_("Launch saved."))
            return redirect(url_for("cohorts.launch", launch_id=saved.id))
    return render_template("cohorts/launch_form.html", form=form, launch=shown), 422 if form.errors else 200


def _choices(shown: Launch) -> dict[str, list[tuple[Any, str]]]:
    """What may be chosen for a launch."""
    open_ones = select(Cohort).where(Cohort.cancelled_at.is_(None)).order_by(Cohort.starts_on.desc())
    units = select(Unit).where(Unit.kind.in_((UnitKind.SITE, UnitKind.TEAM))).order_by(Unit.path)
    modules = select(Module).where(Module.state == ModuleState.PUBLISHED).order_by(Module.code)
    newest = select(func.max(Criterion.id)).group_by(Criterion.identity_id)
    criteria = select(Criterion).where(Criterion.id.in_(newest)).order_by(Criterion.code, Criterion.id)
    return {
        "cohorts": [(one.id, one.name) for one in db.session.scalars(open_ones)],
        "units": [(one.id, one.path.replace("/", " · ")) for one in db.session.scalars(units)],
        "modules": [(one.id, f"{one.code} · {one.title.text}") for one in db.session.scalars(modules)],
        "criteria": [(one.identity_id, f"{one.code} · {one.text.text}") for one in db.session.scalars(criteria)],
    }


@bp.post("/launches/<int:launch_id>/assign")
@requires(Permission.RUN_COHORTS)
def assign_launch(launch_id: int) -> ResponseReturnValue:
    """Assign its modules to everybody it is for."""
    found = seen_launch(launch_id, Permission.RUN_COHORTS)
    count = services.assign_modules(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    told = ngettext("%(num)s module assigned.", "%(num)s modules assigned.", count)
    flash(told if count else _("Everybody already has these modules."))
    return redirect(url_for("cohorts.launch", launch_id=found.id))
