"""The lists of cohorts and of a cohort's roster."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext, pgettext
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from app.accounts.filters import by_name, by_unit, name_of, teams_of
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.cohorts import labels
from app.cohorts.programmes import queries
from app.cohorts.programmes.models import Cohort, Enrolment, TrainerProgramme
from app.cohorts.programmes.progress import Progress, progress
from app.cohorts.programmes.rules import Stage
from app.cohorts.teachbacks.models import TeachBack
from app.core.database import db
from app.core.i18n import day, percent
from app.core.tables import Cell, Column, Filter, Table, day_column, figure, rate, search, state, text
from app.core.web import row_number

WHEN = {
    "coming": lazy_gettext("upcoming"),
    "now": lazy_gettext("under way"),
    "over": lazy_gettext("over"),
}


def cohorts(viewer: User) -> Select[Cohort]:
    """The cohorts the viewer may see."""
    return Cohort.visible_to(viewer).options(joinedload(Cohort.programme))


def cohort_table(viewer: User, today: date) -> Table:
    """The list of cohorts, with the seats taken by people within the viewer's scope."""
    counts: dict[int, dict[Stage, int]] = defaultdict(lambda: defaultdict(int))

    def load(rows: Any) -> None:
        found = db.session.execute(queries.taken(viewer, [one.id for one in rows]))
        for cohort, _partner, stage, count in found:
            counts[cohort][stage] += count

    return Table(
        id="cohorts",
        columns=[
            Column(
                "name",
                lazy_gettext("Cohort"),
                lambda c: text(c.name, url=url_for("cohorts.cohort", cohort_id=c.id), note=c.programme.title.text),
                Cohort.name,
            ),
            Column("when", lazy_gettext("State"), lambda c: when(c, today)),
            Column("market", lazy_gettext("Market"), lambda c: text(c.market or _("all markets")), Cohort.market),
            Column("language", lazy_gettext("Language"), lambda c: text(str(labels.LANGUAGES[c.language]))),
            day_column("starts_on", lazy_gettext("From"), Cohort.starts_on),
            day_column("ends_on", lazy_pgettext("day", "To"), Cohort.ends_on),
            Column(
                "seated",
                lazy_gettext("With a seat"),
                lambda c: figure(counts[c.id][Stage.SEATED]),
                align="end",
                kind="number",
            ),
            Column(
                "waiting",
                lazy_gettext("Nominated or waiting"),
                lambda c: figure(counts[c.id][Stage.NOMINATED] + counts[c.id][Stage.WAITING]),
                align="end",
                kind="number",
            ),
        ],
        filters=[
            search(Cohort.name, label=lazy_gettext("Search cohorts")),
            Filter("when", lazy_gettext("State"), lambda v: _when(v, today), lambda: list(WHEN.items())),
            Filter(
                "programme", lazy_gettext("Trainer programme"), lambda v: Cohort.programme_id == row_number(v),
                lambda: [(str(one.id), one.title.text) for one in db.session.scalars(select(TrainerProgramme))],
            ),
            Filter(
                "language", lazy_gettext("Language"), lambda v: Cohort.language == v,
                lambda: list(labels.LANGUAGES.items()),
            ),
        ],
        sort="-starts_on",
        caption=lazy_gettext("Cohorts"),
        tie_break=Cohort.id,
        after=load,
        empty_text=lazy_gettext("No cohorts match. A cohort appears here when it has seats for a partner within your reach."),
    )  # fmt: skip


def when(one: Cohort, today: date) -> Cell:
    """Where a cohort stands on that day."""
    if one.cancelled_at is not None:
        return state(_("cancelled"), "void")
    if today > one.ends_on:
        return state(WHEN["over"], "plain")
    return state(WHEN["now"], "accent") if today >= one.starts_on else state(WHEN["coming"], "scheduled")


def _when(value: str, today: date) -> ColumnElement[bool]:
    if value == "over":
        return Cohort.ends_on < today
    if value == "coming":
        return Cohort.starts_on > today
    return (Cohort.starts_on <= today) & (Cohort.ends_on >= today)


def roster_table(viewer: User, cohort: Cohort, at: datetime) -> Table:
    """Who is in a cohort or on the way: the stages as columns."""
    teams: dict[int, str] = {}
    found: dict[int, Progress] = {}
    backs: dict[tuple[int, int], TeachBack] = {}

    def load(rows: Any) -> None:
        teams.update(teams_of(db.session(), {one.person_id for one in rows}))
        found.update(progress(db.session(), rows, at))
        done = select(TeachBack).where(TeachBack.enrolment_id.in_([one.id for one in rows]))
        backs.update({(one.enrolment_id, one.attempt): one for one in db.session.scalars(done)})

    least = cohort.programme.least_attendance
    return Table(
        id="roster",
        columns=[
            Column(
                "person",
                lazy_gettext("Person"),
                lambda e: text(
                    e.person.name, url=url_for("cohorts.enrolment", enrolment_id=e.id), note=teams.get(e.person_id)
                ),
                sort=lambda: name_of(Enrolment.person_id),
            ),
            Column(
                "partner",
                lazy_gettext("Partner"),
                lambda e: text(e.partner.name if e.partner else _("Programme")),
                sort=lambda: select(Unit.name).where(Unit.id == Enrolment.partner_id).scalar_subquery(),
            ),
            Column(
                "stage",
                lazy_gettext("Seat"),
                lambda e: state(labels.STAGES[e.stage], labels.STAGE_LOOKS[e.stage]),
                Enrolment.stage,
            ),
            Column(
                "attended",
                lazy_gettext("Attended"),
                lambda e: _attended(found[e.id], least) if e.stage is Stage.SEATED else text(""),
                kind="rate",
            ),
            Column("check", lazy_gettext("Knowledge check"), lambda e: _check(found[e.id])),
            *(_teach_back_column(attempt, backs) for attempt in (1, 2)),
            Column("outcome", lazy_gettext("Outcome"), outcome_cell, Enrolment.outcome),
        ],
        filters=[
            by_name(Enrolment.person_id),
            Filter(
                "stage", lazy_gettext("Seat"), lambda v: Enrolment.stage == Stage(v),
                lambda: [(one.value, name) for one, name in labels.STAGES.items()],
            ),
            by_unit(Enrolment.person_id, viewer, Permission.SEE_COHORTS),
        ],
        sort="person",
        caption=lazy_gettext("Roster"),
        tie_break=Enrolment.id,
        after=load,
        empty_text=lazy_gettext("Nobody within reach has been nominated yet."),
    )  # fmt: skip


def roster(viewer: User, cohort: Cohort) -> Select[Enrolment]:
    """The rows of the roster the viewer may see."""
    return queries.of_cohort(viewer, cohort).options(
        joinedload(Enrolment.person),
        joinedload(Enrolment.partner),
        joinedload(Enrolment.cohort).joinedload(Cohort.programme),
    )


def _teach_back_column(attempt: int, backs: dict[tuple[int, int], TeachBack]) -> Column:
    """One of the first two teach-backs: planned, or the share of the points it came to."""

    def cell(one: Enrolment) -> Cell:
        back = backs.get((one.id, attempt))
        if back is None:
            return text("")
        said = percent(back.share, 0) if back.share is not None else day(back.planned_for, "short")
        return text(said, url=url_for("cohorts.teach_back", teach_back_id=back.id))

    label = lazy_gettext("Teach-back") if attempt == 1 else lazy_gettext("Re-teach")
    return Column(f"teach_back_{attempt}", label, cell)


def _attended(one: Progress, least: float) -> Cell:
    """Sessions attended; nothing before the first one has begun."""
    return rate(one.attended, one.begun, least) if one.begun else text("")


def _check(one: Progress) -> Cell:
    if one.checked is None:
        return text("")
    return state(pgettext("knowledge check", "passed"), "met") if one.checked else state(_("not yet"), "open")


def outcome_cell(one: Enrolment) -> Cell:
    """What came of somebody in the cohort, with the day of the re-teach."""
    if one.outcome is None:
        return text("")
    return state(labels.OUTCOMES[one.outcome], labels.OUTCOME_LOOKS[one.outcome])
