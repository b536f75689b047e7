"""The lists of following: learning by team, and a transcript."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import column, func, select, true

from app.accounts.filters import unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.core.database import db
from app.core.i18n import percent
from app.core.tables import Cell, Column, Filter, Table, day_column, figure, on_day, rate, text
from app.core.web import row_number
from app.curriculum import labels
from app.curriculum.certificates.models import Certificate
from app.curriculum.lists import module_options, of_module, state_cell
from app.curriculum.models import Assignment

TONGUES = {"en": lazy_gettext("English"), "es": lazy_gettext("Spanish")}


def team_table(viewer: User) -> Table:
    """How far teams are; its columns stand in a subquery, so they are named by text."""
    return Table(
        id="learning-by-team",
        columns=[
            Column("team", lazy_gettext("Team"), _team, sort=column("path")),
            Column(
                "open",
                lazy_pgettext("modules", "Open"),
                lambda r: figure(r.open),
                sort=column("open"),
                align="end",
                kind="number",
            ),
            Column(
                "overdue",
                lazy_pgettext("modules", "Overdue"),
                lambda r: figure(r.overdue, url=_overdue_of(r.team_id) if r.overdue else None),
                sort=column("overdue"),
                align="end",
                kind="number",
            ),
            Column(
                "late",
                lazy_gettext("People overdue"),
                lambda r: figure(r.late),
                sort=column("late"),
                align="end",
                kind="number",
            ),
            Column(
                "oldest", lazy_gettext("Oldest due"), lambda r: on_day(r.oldest), sort=column("oldest"), kind="date"
            ),
            Column(
                "in_time",
                lazy_gettext("On time, due in the last four weeks"),
                lambda r: rate(r.in_time, r.due),
                sort=column("in_time") * 1.0 / func.nullif(column("due"), 0),
                kind="rate",
            ),
            Column(
                "due",
                lazy_gettext("Due among these"),
                lambda r: figure(r.due),
                sort=column("due"),
                align="end",
                kind="number",
            ),
        ],
        filters=[
            Filter(
                "unit",
                lazy_gettext("Unit"),
                lambda v: column("team_id").in_(subtree(row_number(v))),
                lambda: unit_options(viewer, Permission.SEE_LEARNING),
            ),
            # narrowed by the page before the counting, so here it only keeps its place among the filters
            Filter("module", lazy_gettext("Module"), lambda _v: true(), module_options),
        ],
        sort="-overdue",
        caption=lazy_gettext("Learning by team"),
        tie_break=column("path"),
        empty_text=lazy_gettext("Nothing has been assigned here. Remove a filter to see more."),
        bare_text=lazy_gettext("Nothing has been assigned yet. Modules and paths are assigned from their own pages."),
    )


def _team(row: Any) -> Cell:
    *above, name = row.path.split("/")
    return text(name, url=url_for("curriculum.assignments", unit=row.team_id), note=" · ".join(above))


def _overdue_of(team_id: int) -> str:
    return url_for("curriculum.assignments", unit=team_id, state="overdue")


# --- A transcript ---


def transcript_table(today: date, *, own: bool) -> Table:
    """What somebody learnt, the newest first; `own` leads to the modules themselves."""
    certificates: dict[int, Certificate] = {}

    def load(rows: Any) -> None:
        numbers = [one.id for one in rows]
        found = db.session.scalars(select(Certificate).where(Certificate.assignment_id.in_(numbers)))
        certificates.update({one.assignment_id: one for one in found})

    def link(a: Assignment) -> str:
        return url_for("curriculum.learn" if own else "curriculum.assignment", assignment_id=a.id)

    def certified(a: Assignment) -> Cell:
        one = certificates.get(a.id)
        return text(one.number, url=url_for("curriculum.certificate_pdf", certificate_id=one.id)) if one else text(None)

    return Table(
        id="transcript",
        columns=[
            Column(
                "module",
                lazy_gettext("Module"),
                lambda a: text(a.module.title, url=link(a), note=a.module.code),
                sort=of_module,
            ),
            Column("state", lazy_gettext("State"), lambda a: state_cell(a, today), sort=Assignment.state),
            day_column("completed_on", lazy_gettext("Completed on"), Assignment.completed_on),
            Column("score", lazy_gettext("Score"), _score, sort=Assignment.score, align="end", kind="rate"),
            Column("minutes", lazy_gettext("Minutes spent"), _minutes, Assignment.seconds, align="end", kind="number"),
            Column("language", lazy_gettext("Taken in"), lambda a: text(TONGUES.get(a.language or "", "–"))),
            Column("certificate", lazy_gettext("Certificate"), certified),
            Column(
                "valid_until",
                lazy_gettext("Valid until"),
                lambda a: on_day(certificates[a.id].expires_on if a.id in certificates else None),
                kind="date",
            ),
            day_column("assigned_on", lazy_gettext("Assigned on"), Assignment.assigned_on),
            Column(
                "reason",
                lazy_gettext("Reason"),
                lambda a: text(labels.BEFORE_HILO if a.from_history else labels.REASONS[a.reason]),
            ),
        ],
        sort="-assigned_on",
        caption=lazy_gettext("Transcript"),
        tie_break=Assignment.id.desc(),
        after=load,
        empty_text=lazy_gettext("Nothing assigned or completed yet."),
    )


def _score(one: Assignment) -> Cell:
    return text(percent(one.score, 0) if one.score is not None else "–", raw=one.score)


def _minutes(one: Assignment) -> Cell:
    return figure(round(one.seconds / 60)) if one.seconds else figure(None)
