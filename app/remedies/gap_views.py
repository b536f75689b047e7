"""The page of a gap: its sentence, its chart, its thread, and what happens next."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.filters import teams_of
from app.accounts.permissions import Permission
from app.audits.labels import CAUSES
from app.coaching import labels as coaching_labels
from app.core import charts, exports
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.i18n import day, percent
from app.core.web import row_number
from app.curriculum import services as curriculum
from app.curriculum.labels import STATES as LEARNING_STATES
from app.curriculum.models import AssignmentReason, Module
from app.gaps import labels as gap_labels
from app.gaps import live
from app.gaps.models import Gap
from app.gaps.rules import sayable
from app.gaps.standing import sunday
from app.remedies import drawing, labels, page, thread
from app.remedies.entries import Change, Checks, Corrected
from app.remedies.views import thread as bp

ENTRIES_SHOWN = 16
"""Of a longer thread the rest is a click away."""


@bp.get("/<int:gap_id>")
@requires(Permission.USE)
def gap(gap_id: int) -> ResponseReturnValue:
    """One gap and its whole thread; `?only=findings`, `?all=1`, and `?format=csv` for its checks as a file."""
    found, today = _gap(gap_id), curriculum.programme_day(now())
    entries = thread.read(db.session(), found, viewer(), day=today)
    if request.args.get("format") in ("csv", "xlsx"):
        return _export(found, entries, request.args["format"])
    standing = live.of_gap(db.session(), found, today)
    points = live.history(db.session(), found, today)
    only_findings = request.args.get("only") == "findings"
    wanted = [one for one in entries if isinstance(one, (Checks, Corrected))] if only_findings else entries
    shown = wanted if request.args.get("all") else wanted[:ENTRIES_SHOWN]
    return render_template(
        "remedies/gap.html",
        gap=found,
        team=teams_of(db.session(), [found.person_id]).get(found.person_id),
        state=(gap_labels.TONES[found.state], gap_labels.STATES[found.state]),
        since=None if found.state_week is None else sunday(found.state_week),
        causes=[CAUSES[one] for one in page.causes(entries)],
        sentence=_emphasised(standing),
        points=points,
        chart_title=drawing.title(points),
        chart_text=drawing.description(points),
        entries=shown,
        earlier=len(wanted) - len(shown),
        only_findings=only_findings,
        replayed_to=max((one.day for one in entries if isinstance(one, Change) and one.replayed), default=None),
        next=page.what_next(found, standing, live.look_ahead(db.session(), found, standing, today), today),
        tried=page.tried(entries, points),
        proposed=page.proposed(db.session(), found, entries),
        due_on=today + timedelta(days=page.DUE_DAYS),
        today=today,
        may_assign=page.may_for(db.session(), viewer(), found.person_id, Permission.ASSIGN_MODULES),
        may_log=page.may_for(db.session(), viewer(), found.person_id, Permission.LOG_SESSIONS),
        labels=labels,
        cause_names=CAUSES,
        learning_states=LEARNING_STATES,
        obligation_kinds=coaching_labels.OBLIGATION_KINDS,
        obligation_states=coaching_labels.OBLIGATION_STATES,
        session_kinds=coaching_labels.SESSION_KINDS,
    )


@bp.get("/<int:gap_id>/chart.svg")
@requires(Permission.USE)
def chart(gap_id: int) -> Response:
    """The probability by week, drawn; `?theme=dark` for the dark theme."""
    found, today = _gap(gap_id), curriculum.programme_day(now())
    points = live.history(db.session(), found, today)
    marks = drawing.remedies(thread.read(db.session(), found, viewer(), day=today))
    return charts.answer(drawing.spec(points, marks, charts.asked_theme()))


@bp.post("/<int:gap_id>/assign")
@requires(Permission.ASSIGN_MODULES)
def assign(gap_id: int) -> ResponseReturnValue:
    """Assign a proposed module for the gap."""
    found = one_or_404(Gap.visible_to(viewer(), Permission.ASSIGN_MODULES).where(Gap.id == gap_id))
    module_id = request.form.get("module_id", type=row_number)
    module = one_or_404(Module.visible_to(viewer()).where(Module.id == module_id))
    today = curriculum.programme_day(now())
    due_on = today + timedelta(days=page.DUE_DAYS)
    given = curriculum.assign(
        db.session(),
        person_id=found.person_id,
        module_id=module.id,
        reason=AssignmentReason.GAP,
        by=viewer(),
        assigned_on=today,
        due_on=due_on,
        on=now(),
        gap_id=found.id,
    )
    db.session.commit()
    if given is None:
        flash(_("It is open already."), "info")
    else:
        flash(_("“%(module)s” assigned, due on %(day)s.", module=module.title.text, day=day(due_on)))
    return redirect(url_for("thread.gap", gap_id=found.id))


def _gap(gap_id: int) -> Gap:
    return one_or_404(
        Gap.visible_to(viewer(), Permission.SEE_GAPS)
        .where(Gap.id == gap_id)
        .options(joinedload(Gap.person), joinedload(Gap.competency))
    )


def _emphasised(standing: live.Live) -> Markup:
    """The sentence, with how sure it is in bold."""
    text, said = escape(standing.sentence), sayable(standing.probability)
    if said is None or not standing.checks:
        return text
    share = escape(percent(said, 0))
    return text.replace(share, Markup("<strong>{}</strong>").format(share), 1)


def _export(gap: Gap, entries: list[thread.Entry], file_format: str) -> Response:
    """The checks of the thread as a file, the newest first."""
    rows = [
        (
            check.at,
            check.reference,
            check.text,
            _("passed") if check.passed else _("missed"),
            str(CAUSES[check.cause]) if check.cause is not None else "",
            check.comment or "",
        )
        for entry in entries
        if isinstance(entry, Checks)
        for check in entry.items
    ]
    headers = [_("Contact"), _("Audit"), _("Criterion"), _("Result"), _("Cause"), _("Comment")]
    kinds = ["moment", "text", "text", "text", "text", "text"]
    sheet = exports.Sheet("checks", headers, rows, kinds)
    return exports.download([sheet], file_format, f"{gap.person.employee_no}-{gap.competency.code}")
