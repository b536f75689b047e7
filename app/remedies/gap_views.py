"""The page of a gap: its sentence, its chart, its thread, and what happens next."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
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
from app.curriculum.models import Module
from app.gaps import labels as gap_labels
from app.gaps import live, policies
from app.gaps.models import Gap
from app.gaps.rules import Policy, sayable
from app.gaps.standing import sunday
from app.remedies import drawing, labels, page, proposals, services, thread
from app.remedies.blueprint import thread as bp
from app.remedies.entries import Change, Checks, Corrected

OBSERVERS = (Permission.LOG_SESSIONS, Permission.ASSIGN_MODULES)
"""Who coaches or trains a person may write down what they saw."""
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
    caused = page.causes(entries)
    only_findings = request.args.get("only") == "findings"
    wanted = [one for one in entries if isinstance(one, (Checks, Corrected))] if only_findings else entries
    shown = wanted if request.args.get("all") else wanted[:ENTRIES_SHOWN]
    return render_template(
        "remedies/gap.html",
        gap=found,
        team=teams_of(db.session(), [found.person_id]).get(found.person_id),
        state=(gap_labels.TONES[found.state], gap_labels.STATES[found.state]),
        since=None if found.state_week is None else sunday(found.state_week),
        causes=[CAUSES[one] for one in caused],
        sentence=_emphasised(standing),
        points=points,
        chart_title=drawing.title(points),
        chart_text=drawing.description(points),
        entries=shown,
        earlier=len(wanted) - len(shown),
        only_findings=only_findings,
        replayed_to=max((one.day for one in entries if isinstance(one, Change) and one.replayed), default=None),
        next=page.what_next(
            found, standing, live.look_ahead(db.session(), found, standing, today), today, _terms(found, today)
        ),
        tried=page.tried(entries, points),
        proposed=proposals.propose(db.session(), found, entries, caused),
        due_on=today + timedelta(days=page.DUE_DAYS),
        today=today,
        may_assign=page.may_for(db.session(), viewer(), found.person_id, Permission.ASSIGN_MODULES),
        may_observe=_may_observe(found),
        may_log=page.may_for(db.session(), viewer(), found.person_id, Permission.LOG_SESSIONS),
        sees_others=may(viewer(), Permission.SEE_GAPS),
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
    return charts.answer(drawing.spec(points, marks, charts.asked_theme(), _terms(found, today)))


@bp.post("/<int:gap_id>/assign")
@requires(Permission.ASSIGN_MODULES)
def assign(gap_id: int) -> ResponseReturnValue:
    """Assign a proposed module for the gap, owe a session for it, or both at once."""
    found = one_or_404(Gap.visible_to(viewer(), Permission.ASSIGN_MODULES).where(Gap.id == gap_id))
    session, done = db.session(), []
    if "module_id" in request.form:
        module_id = request.form.get("module_id", type=row_number)
        module = one_or_404(Module.visible_to(viewer()).where(Module.id == module_id))
        due_on = curriculum.programme_day(now()) + timedelta(days=page.DUE_DAYS)
        given = services.give_for_gap(session, found, module, due_on=due_on, by=viewer(), on=now())
        facts = {"module": module.title.text, "day": day(due_on)}
        done.append(_("“%(module)s” assigned, due on %(day)s.", **facts) if given else _("It is already open."))
    if request.form.get("owe"):
        owed = services.owe_for_gap(session, found, by=viewer(), on=now())
        done.append(_("A session is owed.") if owed else _("A session is already owed."))
    session.commit()
    flash(" ".join(done) or _("Nothing was chosen."))
    return redirect(url_for("thread.gap", gap_id=found.id))


@bp.post("/<int:gap_id>/observe")
@requires(Permission.SEE_GAPS)
def observe(gap_id: int) -> ResponseReturnValue:
    """Write an observation into the thread: for who coaches or trains the person."""
    found = _gap(gap_id)
    if not _may_observe(found):
        abort(403)
    services.observe(db.session(), found, request.form.get("text", ""), by=viewer(), on=now())
    db.session.commit()
    flash(_("Added to the thread. It carries no weight: only checks of audited contacts are evidence."))
    return redirect(url_for("thread.gap", gap_id=found.id) + "#thread")


def _terms(gap: Gap, today: date) -> Policy:
    """What the next decision asks of the gap."""
    return policies.of_gaps(db.session(), [gap], today)[gap.id]


def _may_observe(gap: Gap) -> bool:
    may = (page.may_for(db.session(), viewer(), gap.person_id, to) for to in OBSERVERS)
    return any(may)


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
