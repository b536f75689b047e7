"""Pages of root causes: the analysis of a case, all analyses, and the causes by market and partner."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload
from wtforms.fields.choices import SelectChoice

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.models import Activity, User
from app.accounts.permissions import Permission
from app.accounts.queries import places, subtree
from app.audits.blueprint import bp
from app.audits.dsat.models import DsatCase
from app.audits.dsat.queries import teams_of_market
from app.audits.dsat.views import dsat_views
from app.audits.labels import CAUSES, VERBS
from app.audits.root_causes import forms, labels, pareto, queries, services
from app.audits.root_causes.models import RootCause
from app.audits.root_causes.queries import Narrowed, Of
from app.audits.root_causes.rules import WHYS, AnalysisState, RootClass
from app.core import charts, exports, i18n
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.sheets import parse_date
from app.core.tables import Cell, Column, Filter, Table, on_day, search, state, text
from app.core.web import row_number

# --- One analysis ---


@bp.route("/dsat/<int:case_id>/root-cause", methods=["GET", "POST"])
@requires(Permission.USE)
def root_cause(case_id: int) -> ResponseReturnValue:
    """Why a case came about, what is done about it, and whether that helped."""
    case, found = _case(case_id)
    form, trouble = _form(case, found), None
    if request.method == "POST":
        _may_write(case)
        if form.validate_on_submit():
            try:
                services.save(db.session(), case, _said(form), by=viewer(), on=now())
                db.session.commit()
                flash(_("Root-cause analysis saved."))
                return redirect(url_for("audits.root_cause", case_id=case_id))
            except Refused as refusal:
                db.session.rollback()
                (case, found), trouble = _case(case_id), str(refusal)
        form.form_errors.extend([trouble] if trouble else [])
    status = 422 if form.errors or trouble else 200
    return render_template("audits/root_causes/analysis.html", **_context(case, found, form)), status


def _case(case_id: int) -> tuple[DsatCase, RootCause | None]:
    """A case and its analysis: within scope, or owned by the viewer."""
    whole = (joinedload(DsatCase.person), joinedload(DsatCase.team))
    found = db.session.scalar(
        RootCause.visible_to(viewer()).where(RootCause.case_id == case_id).options(joinedload(RootCause.owner))
    )
    if found is not None:
        return one_or_404(select(DsatCase).where(DsatCase.id == case_id).options(*whole)), found
    return one_or_404(DsatCase.visible_to(viewer()).where(DsatCase.id == case_id).options(*whole)), None


def _writes(case: DsatCase) -> bool:
    """Whether the viewer may write the analysis: who audits there, never about themselves."""
    if not may(viewer(), Permission.AUDIT) or case.person_id == viewer().id:
        return False
    seen = DsatCase.visible_to(viewer(), Permission.AUDIT).with_only_columns(DsatCase.id)
    return db.session.scalar(seen.where(DsatCase.id == case.id)) is not None


def _may_write(case: DsatCase) -> None:
    if not _writes(case):
        raise Refused(_("Only auditors of this unit can write the analysis."))


def _form(case: DsatCase, found: RootCause | None) -> forms.AnalysisForm:
    told: dict[str, Any] = {}
    if found is not None:
        told = {name: getattr(found, name) for name in ("problem", "action", "due_on", "metric", "check_on")}
        told |= {"root": found.root.value, "controllable": forms.YES if found.controllable else forms.NO}
        told |= {"owner": found.owner_id, **{f"why_{n}": why for n, why in enumerate(found.whys, start=1)}}
    form = forms.AnalysisForm(**told)
    people = db.session.scalars(queries.owners(case, now().date())).all()
    if found is not None and found.owner not in people:
        people = [*people, found.owner]
    nobody = [] if found is not None else [SelectChoice("", _("Choose who acts"))]
    form.owner.choices = [*nobody, *(SelectChoice(str(one.id), one.name) for one in people)]
    return form


def _said(form: Any) -> services.Analysis:
    return services.Analysis(
        problem=form.problem.data,
        whys=[form[f"why_{number}"].data or "" for number in range(1, WHYS + 1)],
        root=RootClass(form.root.data),
        controllable=form.controllable.data == forms.YES,
        owner_id=form.owner.data,
        action=form.action.data,
        due_on=form.due_on.data,
        metric=form.metric.data or "",
        check_on=form.check_on.data,
    )


def _context(case: DsatCase, found: RootCause | None, form: Any) -> dict[str, Any]:
    return {
        "case": case,
        "found": found,
        "form": form,
        "whys": [form[f"why_{number}"] for number in range(1, WHYS + 1)],
        "check_form": forms.CheckForm(),
        "reopen_form": forms.ReopenForm(due_on=None),
        "may_write": _writes(case),
        "may_finish": found is not None and (found.owner_id == viewer().id or _writes(case)),
        "may_see_case": may(viewer(), Permission.SEE_AUDITS),
        "may_start": may(viewer(), Permission.SET_POLICIES),
        "late": found is not None and found.late_on(_today()),
        "trail": _trail(found),
        "labels": labels,
        "verbs": VERBS,
    }


def _trail(found: RootCause | None) -> list[Activity]:
    """What was done about the analysis, the newest first."""
    if found is None:
        return []
    wanted = select(Activity).where(Activity.subject_kind == RootCause.__tablename__, Activity.subject_id == found.id)
    return list(db.session.scalars(wanted.order_by(Activity.id.desc()).options(joinedload(Activity.actor))))


@bp.post("/dsat/<int:case_id>/root-cause/done")
@requires(Permission.USE)
def finish_root_cause(case_id: int) -> ResponseReturnValue:
    """Note that the corrective action was taken."""
    case, found = _analysis(case_id)
    if found.owner_id != viewer().id:
        _may_write(case)
    services.finish(db.session(), found, by=viewer(), on=now(), today=_today())
    return _after(case_id, _("Action marked as taken."))


@bp.post("/dsat/<int:case_id>/root-cause/check")
@requires(Permission.AUDIT)
def check_root_cause(case_id: int) -> ResponseReturnValue:
    """Say whether the action helped."""
    case, found = _analysis(case_id)
    _may_write(case)
    form = forms.CheckForm()
    if not form.validate_on_submit():
        raise Refused(_("Say whether it helped, and what was measured."))
    helped = form.effective.data == forms.YES
    services.check(db.session(), found, helped, form.outcome.data or "", by=viewer(), on=now())
    return _after(case_id, _("Effect recorded."))


@bp.post("/dsat/<int:case_id>/root-cause/reopen")
@requires(Permission.AUDIT)
def reopen_root_cause(case_id: int) -> ResponseReturnValue:
    """Take the analysis up again."""
    case, found = _analysis(case_id)
    _may_write(case)
    form = forms.ReopenForm()
    if not form.validate_on_submit() or form.due_on.data is None:
        raise Refused(_("Say by when."))
    services.reopen(db.session(), found, form.due_on.data, by=viewer(), on=now())
    return _after(case_id, _("The analysis is open again."))


def _analysis(case_id: int) -> tuple[DsatCase, RootCause]:
    case, found = _case(case_id)
    if found is None:
        raise Refused(_("There is no analysis of this case yet."))
    return case, found


def _after(case_id: int, said: str) -> ResponseReturnValue:
    db.session.commit()
    flash(said)
    return redirect(url_for("audits.root_cause", case_id=case_id))


def _today() -> date:
    return day_of(now(), i18n.time_zone())


# --- All of them ---


@bp.get("/dsat/root-causes")
@requires(Permission.SEE_AUDITS)
def root_causes() -> ResponseReturnValue:
    """The analyses within scope, those whose next step is due first."""
    wanted = (
        RootCause.visible_to(viewer())
        .join(RootCause.case)
        .join(User, User.id == RootCause.owner_id)
        .options(contains_eager(RootCause.case), contains_eager(RootCause.owner))
    )
    return _table().answer(wanted, "audits/root_causes/index.html", views=dsat_views())


def _table() -> Table:
    return Table(
        id="root-causes",
        columns=[
            Column("case", lazy_gettext("Case"), _reference, sort=DsatCase.reference),
            Column("problem", lazy_gettext("The problem"), lambda one: text(one.problem), kind="words"),
            Column("root", lazy_gettext("Root"), lambda one: text(str(labels.ROOTS[one.root])), sort=RootCause.root),
            Column("action", lazy_gettext("Corrective action"), lambda one: text(one.action), kind="words"),
            Column("owner", lazy_gettext("Owner"), lambda one: text(one.owner.name), sort=User.name),
            Column("due", lazy_gettext("Next step by"), _next, sort=RootCause.next_step(), kind="date"),
            Column("state", lazy_gettext("State"), _state, sort=RootCause.state),
        ],
        filters=_filters(),
        sort="due",
        caption=lazy_gettext("Root-cause analyses"),
        tie_break=RootCause.id,
        empty_text=lazy_gettext("No analysis matches. One begins on the page of a DSAT case."),
    )


def _filters() -> list[Filter]:
    return [
        search(
            RootCause.problem, RootCause.action, DsatCase.reference, User.name, label=lazy_gettext("Words or owner")
        ),
        Filter(
            "unit",
            lazy_gettext("Unit"),
            lambda value: DsatCase.team_id.in_(subtree(row_number(value))),
            lambda: unit_options(viewer(), Permission.SEE_AUDITS),
        ),
        Filter(
            "root",
            lazy_gettext("Root"),
            lambda value: RootCause.root == RootClass(value),
            lambda: [(one.value, label) for one, label in labels.ROOTS.items()],
        ),
        Filter(
            "state",
            lazy_gettext("State"),
            lambda value: RootCause.late(_today()) if value == "late" else RootCause.state == AnalysisState(value),
            lambda: [("late", lazy_gettext("Overdue")), *((one.value, label) for one, label in labels.STATES.items())],
        ),
    ]


def _reference(one: RootCause) -> Cell:
    return text(one.case.reference, url=url_for("audits.root_cause", case_id=one.case_id))


def _next(one: RootCause) -> Cell:
    return on_day(one.next_day) if one.next_day else text(None)


def _state(one: RootCause) -> Cell:
    if one.late_on(_today()):
        return Cell("state", _("Overdue"), tone="late", note=str(labels.STATES[one.state]), raw="late")
    return state(str(labels.STATES[one.state]), labels.LOOKS[one.state], raw=one.state.value)


# --- Causes by market and partner ---


@bp.get("/dsat/causes")
@requires(Permission.SEE_AUDITS)
def dsat_causes() -> ResponseReturnValue:
    """What cases were due to, from the most frequent down, by market or partner."""
    asked = _asked()
    found = _pareto(asked)
    if (kind := request.args.get("format")) in ("csv", "xlsx"):
        return exports.download([pareto.as_sheet(found)], kind, _("causes of DSAT"))
    own = {name: value for name, value in asked.items() if value}
    top = found.lines[0] if found.lines else None
    return render_template(
        "audits/root_causes/causes.html",
        found=found,
        asked=asked,
        top=top,
        own=own,
        units=unit_options(viewer(), Permission.SEE_AUDITS),
        markets=[(one, one) for one in sorted({one.market for one in places(db.session()).values() if one.market})],
        chart_urls=[_chart_url(own), _chart_url({**own, "theme": "dark"})],
        views=dsat_views(),
    )


@bp.get("/dsat/causes.svg")
@requires(Permission.SEE_AUDITS)
def dsat_causes_chart() -> ResponseReturnValue:
    """The same as a chart."""
    return charts.answer(pareto.drawing(_pareto(_asked())))


def _chart_url(own: dict[str, str]) -> str:
    return url_for("audits.dsat_causes_chart", **{"lang": i18n.language(), **own})  # ty: ignore[invalid-argument-type]


def _asked() -> dict[str, str]:
    """What the address narrows the causes to; what means nothing is left out."""
    sent = request.args
    days = {name: sent.get(name, "") for name in ("since", "until")}
    unit = sent.get("unit", 0, type=row_number)
    return {
        "of": Of.ROOT.value if sent.get("of") == Of.ROOT.value else Of.CAUSE.value,
        "by": pareto.MARKET if sent.get("by") == pareto.MARKET else pareto.PARTNER,
        "unit": str(unit) if unit else "",
        "market": sent.get("market", "")[:40],
        **{name: text if parse_date(text) else "" for name, text in days.items()},
    }


def _pareto(asked: dict[str, str]) -> pareto.Pareto:
    known, of = places(db.session()), Of(asked["of"])
    narrowed = Narrowed(
        unit=int(asked["unit"]) if asked["unit"] else None,
        teams=teams_of_market(asked["market"], known) if asked["market"] else None,
        since=parse_date(asked["since"]),
        until=parse_date(asked["until"]),
    )
    rows = db.session.execute(queries.counts(viewer(), of, narrowed)).all()
    return pareto.pareto(rows, asked["by"], known, CAUSES if of is Of.CAUSE else labels.ROOTS)
