"""The list of who waits to be observed."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy import func, select

from app.accounts.filters import name_of, teams_of
from app.core.database import db
from app.core.tables import Column, Table, day_column, figure, search, state, text
from app.curriculum.lists import standing
from app.curriculum.models import Assignment, Module
from app.curriculum.practice.models import PracticeObservation


def waiting_table(today: date) -> Table:
    """Open practices, the first due first."""
    teams: dict[int, str] = {}
    tries: dict[int, int] = {}

    def load(rows: Any) -> None:
        teams.update(teams_of(db.session(), [one.person_id for one in rows]))
        counts = select(PracticeObservation.assignment_id, func.count()).group_by(PracticeObservation.assignment_id)
        tries.update(
            db.session.execute(counts.where(PracticeObservation.assignment_id.in_([one.id for one in rows]))).all()
        )

    name = name_of(Assignment.person_id)
    return Table(
        id="practice",
        columns=[
            Column("person", lazy_gettext("Person"), lambda one: text(one.person.name, url=_observe(one)), sort=name),
            Column("team", lazy_gettext("Team"), lambda one: text(teams.get(one.person_id, "–"))),
            Column("module", lazy_gettext("Module"), lambda one: text(one.module.title), sort=Module.code),
            day_column("due", lazy_gettext("Due on"), Assignment.due_on),
            Column("state", lazy_gettext("State"), lambda one: state(*standing(one, today))),
            Column("tries", lazy_gettext("Attempts"), lambda one: figure(tries.get(one.id, 0)), kind="number"),
        ],
        filters=[search(name, Module.title_en, Module.title_es, label=lazy_gettext("Search people and modules"))],
        sort="due",
        caption=lazy_gettext("Practices to observe"),
        tie_break=Assignment.id,
        after=load,
        empty_text=lazy_gettext("Nobody is waiting: no practice is open among the people within your reach."),
    )


def _observe(one: Assignment) -> str:
    return url_for("curriculum.observe", assignment_id=one.id)
