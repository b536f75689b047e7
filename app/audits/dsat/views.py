"""Pages of DSAT: the cases, one case and what it was due to, coverage, and a file coming in."""

from __future__ import annotations

from datetime import timedelta
from typing import IO, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import joinedload
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.audits import labels
from app.audits.blueprint import bp
from app.audits.dsat import imports, lists, queries, services
from app.audits.dsat.models import DsatCase
from app.audits.models import SYSTEMIC_CAUSES, Cause
from app.audits.profiles.mapping import Shape
from app.audits.profiles.models import MappingProfile
from app.audits.root_causes import labels as root_labels
from app.audits.root_causes import services as root_causes
from app.core.clock import monday_of, now
from app.core.database import db, one_or_404
from app.core.errors import said_on

WEEKS = 13
"""Shown of coverage."""
AGENTS_OWN = tuple(cause for cause in Cause if cause not in SYSTEMIC_CAUSES)
NARROWED = {"decision": "open", "audited": "no"}


class DecisionForm(FlaskForm):
    """What a case was due to."""

    cause = RadioField(
        lazy_gettext("What was the cause?"),
        validators=[InputRequired(lazy_gettext("Choose the cause."))],
    )
    note = TextAreaField(
        lazy_gettext("In words"),
        validators=[Length(max=2000)],
        description=lazy_gettext("If coaching would not help, say why."),
    )


class CasesForm(FlaskForm):
    """A file of cases."""

    profile = SelectField(
        lazy_gettext("Read it as"),
        default="",
        description=lazy_gettext("The standard columns, or the mapping profile of the tool it comes from."),
    )
    file = FileField(
        lazy_gettext("File of DSAT cases"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV (UTF-8) or XLSX, up to 64 MB."),
    )


@bp.get("/dsat")
@requires(Permission.SEE_AUDITS)
def dsat() -> ResponseReturnValue:
    """The cases, the newest first."""
    return lists.case_table(viewer()).answer(lists.cases(viewer()), "audits/dsat/index.html", views=dsat_views())


def dsat_views() -> list[tuple[str, str, bool, int | None]]:
    """The views of cases, with how many wait to be decided on and to be audited."""
    here, asked = request.endpoint, request.args
    waiting, missing = db.session.execute(queries.waiting(viewer())).one()
    narrowed = {name for name in ("decision", "audited") if asked.get(name) == NARROWED[name]}
    return [
        (url_for("audits.dsat"), _("All cases"), here == "audits.dsat" and not narrowed, None),
        (url_for("audits.dsat", decision="open"), _("To be decided"), "decision" in narrowed, waiting),
        (url_for("audits.dsat", audited="no"), _("Audit missing"), "audited" in narrowed, missing),
        (url_for("audits.dsat_coverage"), _("Coverage"), here == "audits.dsat_coverage", None),
        (url_for("audits.dsat_causes"), _("Causes"), here == "audits.dsat_causes", None),
        (url_for("audits.root_causes"), _("Root-cause analyses"), here == "audits.root_causes", None),
    ]


@bp.get("/dsat/<int:case_id>")
@requires(Permission.SEE_AUDITS)
def dsat_case(case_id: int) -> ResponseReturnValue:
    """A case, its audits, and what it was due to."""
    row = _case(case_id, Permission.SEE_AUDITS)
    mine = may(viewer(), Permission.AUDIT) and row.person_id != viewer().id
    audits = db.session.scalars(queries.audits_of(row, viewer())).all()
    form = DecisionForm(cause=row.cause.value if row.cause else None, note=row.note)
    form.cause.choices = _choices()
    return render_template(
        "audits/dsat/case.html",
        case=row,
        audits=audits,
        form=form,
        may_decide=mine,
        labels=labels,
        own=[one.value for one in AGENTS_OWN],
        root=root_causes.of_case(db.session(), row),
        root_labels=root_labels,
    )


def _choices() -> list[SelectChoice]:
    return [SelectChoice(one.value, str(label)) for one, label in labels.CAUSES.items()]


@bp.post("/dsat/<int:case_id>/decide")
@requires(Permission.AUDIT)
def decide_dsat(case_id: int) -> ResponseReturnValue:
    """Say what a case was due to."""
    row, form = _case(case_id, Permission.AUDIT), DecisionForm()
    form.cause.choices = _choices()
    if form.validate_on_submit():
        with said_on(form):
            services.decide(db.session(), row, Cause(form.cause.data), form.note.data or "", by=viewer(), on=now())
            db.session.commit()
            flash(_("Decided: %(cause)s.", cause=labels.CAUSES[Cause(form.cause.data)]))
            return redirect(url_for("audits.dsat"))
        row = _case(case_id, Permission.AUDIT)
    context: dict[str, Any] = {"case": row, "form": form, "labels": labels, "own": [one.value for one in AGENTS_OWN]}
    context |= {"root": root_causes.of_case(db.session(), row), "root_labels": root_labels}
    audits = db.session.scalars(queries.audits_of(row, viewer())).all()
    return render_template("audits/dsat/case.html", audits=audits, may_decide=True, **context), 422


@bp.get("/dsat/coverage")
@requires(Permission.SEE_AUDITS)
def dsat_coverage() -> ResponseReturnValue:
    """How many cases were audited, by partner and week received, and how old the others are."""
    since = monday_of(now().date()) - timedelta(weeks=WEEKS - 1)
    rows = db.session.execute(queries.coverage(viewer(), now(), since)).all()
    return render_template(
        "audits/dsat/coverage.html",
        rows=rows,
        ages=[lists.age_label(place) for place in range(len(queries.AGES))],
        views=dsat_views(),
        sums=[sum(row[place] for row in rows) for place in range(3, 6 + len(queries.AGES))],
    )


@bp.route("/dsat/import", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def import_dsat() -> ResponseReturnValue:
    """A file of cases: all of it, or all that is wrong with it."""
    form = _cases_form()
    if not form.validate_on_submit():
        return render_template("audits/dsat/import.html", form=form), 422 if form.errors else 200
    file = form.file.data
    return bring_cases(file.stream, file.filename or "", form.profile.data or None)


def bring_cases(stream: IO[bytes], file_name: str, profile: str | None) -> ResponseReturnValue:
    """Take in a file, through a profile where one is named: on to what came of it, or all that is wrong with it."""
    row = imports.take_in(db.session(), stream, file_name, by=viewer(), on=now(), profile=profile)
    db.session.commit()
    return redirect(url_for("audits.import_page", import_id=row.id))


def _cases_form() -> CasesForm:
    form = CasesForm()
    profiles = MappingProfile.visible_to(viewer()).where(MappingProfile.ready).order_by(MappingProfile.name)
    names = [one.name for one in db.session.scalars(profiles) if one.mapping.shape is Shape.CASES]
    form.profile.choices = [SelectChoice("", _("Standard columns")), *(SelectChoice(name, name) for name in names)]
    return form


def _case(case_id: int, to: Permission) -> DsatCase:
    whole = (joinedload(DsatCase.person), joinedload(DsatCase.team), joinedload(DsatCase.decided_by))
    return one_or_404(DsatCase.visible_to(viewer(), to).where(DsatCase.id == case_id).options(*whole))
