"""Pages of what reaudits say: each auditor and partner beside the benchmark, and criteria auditors do not agree on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.audits.blueprint import bp
from app.audits.calibration import sheet as calibrations
from app.audits.calibration.models import Calibration
from app.audits.period import asked_period
from app.audits.reaudits import figures, labels, queries
from app.audits.reaudits.agreement import Agreement, together
from app.audits.reaudits.figures import Disputed, Line
from app.core import exports
from app.core.database import db

FILES = ("csv", "xlsx")


@bp.get("/agreement")
@requires(Permission.LEAD_QUALITY)
def agreement() -> ResponseReturnValue:
    """How far auditors and benchmark agree, by auditor and partner; `?format=csv` for the figures as a file."""
    session, period = db.session(), asked_period()
    found = figures.load(session, queries.pairs(queries.compared(viewer()), period.since, period.until))
    auditors = figures.named(session, found.by_auditor(), User)
    partners = figures.named(session, found.by_partner(), Unit)
    if request.args.get("format") in FILES:
        sheets = [_sheet(_("By auditor"), _("Auditor"), auditors), _sheet(_("By partner"), _("Partner"), partners)]
        return exports.download(sheets, request.args["format"], "agreement")
    return render_template(
        "audits/reaudits/agreement.html",
        period=period,
        whole=found.whole(),
        auditors=auditors,
        partners=partners,
        labels=labels,
    )


@bp.get("/agreement/criteria")
@requires(Permission.LEAD_QUALITY)
def agreement_on_criteria() -> ResponseReturnValue:
    """The criteria by how often auditor and benchmark differ on them, in reaudits and calibrations; `?format=csv` for a file."""
    session, period = db.session(), asked_period()
    found = figures.load(session, queries.pairs(queries.compared(viewer()), period.since, period.until))
    held = Calibration.visible_to(viewer()).where(
        Calibration.unit_id.in_(unit_scope(viewer(), Permission.LEAD_QUALITY)),
        Calibration.reviewed_at >= period.since,
        Calibration.reviewed_at < period.until,
    )
    lines = figures.criteria(session, together(found.checks, calibrations.checks(session, held)))
    if request.args.get("format") in FILES:
        return exports.download([_criteria_sheet(lines)], request.args["format"], "agreement-criteria")
    return render_template("audits/reaudits/criteria.html", period=period, lines=lines, labels=labels)


def _columns() -> list[tuple[str, str]]:
    """Heading and kind of the figures in a file."""
    return [
        (_("Contacts"), "number"),
        (_("Checks"), "number"),
        (_("Differing checks"), "number"),
        (_("Alignment"), "rate"),
        (_("Agreement beyond chance (AC1)"), "decimal"),
        (_("AC1, lower end"), "decimal"),
        (_("AC1, upper end"), "decimal"),
        (_("Leniency"), "rate"),
        (_("Leniency, lower end"), "rate"),
        (_("Leniency, upper end"), "rate"),
        (_("Fatal errors found by both"), "number"),
        (_("Fatal errors of the auditor"), "number"),
        (_("Fatal errors of the benchmark"), "number"),
        (_("Too few to tell"), "text"),
    ]


def _values(one: Agreement) -> list[Any]:
    none = (None, None)
    return [
        one.contacts,
        one.checks,
        one.differing,
        one.alignment,
        one.agreement,
        *(one.interval or none),
        one.leniency,
        *(one.leniency_interval or none),
        one.fatal_both,
        one.fatal_first,
        one.fatal_second,
        _("yes") if one.few else _("no"),
    ]


def _sheet(name: str, head: str, lines: Sequence[Line]) -> exports.Sheet:
    columns = _columns()
    return exports.Sheet(
        name=name,
        headers=[head, *(label for label, _kind in columns)],
        rows=[[one.name, *_values(one.figures)] for one in lines],
        kinds=["text", *(kind for _label, kind in columns)],
    )


def _criteria_sheet(lines: Sequence[Disputed]) -> exports.Sheet:
    columns = _columns()
    return exports.Sheet(
        name=_("Criteria"),
        headers=[_("Scorecard"), _("Code"), _("Criterion"), *(label for label, _kind in columns)],
        rows=[[one.scorecard, one.code, one.text, *_values(one.figures)] for one in lines],
        kinds=["text", "text", "text", *(kind for _label, kind in columns)],
    )
