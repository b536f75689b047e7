"""The list of launches, and the board as sheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select
from sqlalchemy.orm import selectinload

from app.accounts.filters import teams_of
from app.accounts.models import User
from app.cohorts import labels
from app.cohorts.launches.models import GateCheck, Launch
from app.cohorts.launches.readiness import Ready
from app.cohorts.launches.rules import LaunchKind, Verdict
from app.core.database import db
from app.core.exports import Sheet
from app.core.tables import Cell, Column, Filter, Table, day_column, figure, search, state, text

ON_PAPER = ((100, 100), (15, 6), (8, 4), (5, 2))
"""So many sites and checks are tried on the page that is printed, until it is one page."""


def on_paper(sites: Sequence[Ready], checks: Sequence[GateCheck]) -> list[dict[str, Any]]:
    """What the printed page shows, ever shorter: the least ready sites and the open checks stay longest."""
    least = sorted(sites, key=lambda one: one.ready / one.people if one.people else 1.0)
    first = sorted(checks, key=lambda one: (one.done_at is not None, one.due_on, one.id))
    return [
        {
            "sites": sites if len(sites) <= most else least[:most],
            "checks": first[:most_checks],
            "more_checks": len(first[most_checks:]),
        }
        for most, most_checks in ON_PAPER
    ]


def partners_of(sites: Sequence[Ready]) -> str:
    """Whose sites these are."""
    return ", ".join(sorted({one.name.partition(" · ")[0] for one in sites}))


def launches(viewer: User) -> Select[Launch]:
    """The launches the viewer may see."""
    return Launch.visible_to(viewer).options(selectinload(Launch.units))


def launch_table(today: date) -> Table:
    """The list of launches."""
    return Table(
        id="launches",
        columns=[
            Column(
                "title",
                lazy_gettext("Launch"),
                lambda one: text(one.title, url=url_for("cohorts.launch", launch_id=one.id), note=one.code),
                lambda: Launch.title.sql(),
            ),
            Column("kind", lazy_gettext("Kind"), lambda one: text(str(labels.LAUNCH_KINDS[one.kind])), Launch.kind),
            day_column("go_live_on", lazy_gettext("Goes live on"), Launch.go_live_on),
            Column("gate", lazy_gettext("Go/no-go"), lambda one: gate_cell(one, today), Launch.verdict),
            Column("units", lazy_gettext("Units"), lambda one: figure(len(one.units)), align="end", kind="number"),
        ],
        filters=[
            search(Launch.code, Launch.title_en, Launch.title_es, label=lazy_gettext("Search launches")),
            Filter(
                "kind", lazy_gettext("Kind"), lambda v: Launch.kind == LaunchKind(v),
                lambda: [(one.value, name) for one, name in labels.LAUNCH_KINDS.items()],
            ),
            Filter(
                "gate", lazy_gettext("Go/no-go"), lambda v: Launch.verdict == Verdict(v),
                lambda: [(one.value, name) for one, name in labels.VERDICTS.items()],
            ),
        ],
        sort="-go_live_on",
        caption=lazy_gettext("Launches"),
        tie_break=Launch.id,
        empty_text=lazy_gettext("No launch matches. One appears here when it goes live in a unit within reach."),
    )  # fmt: skip


def gate_cell(one: Launch, today: date) -> Cell:
    """What the gate of a launch came to."""
    if one.verdict is not None:
        return state(labels.VERDICTS[one.verdict], labels.VERDICT_LOOKS[one.verdict])
    return state(_("not signed"), "bad" if one.go_live_on <= today else "open")


def board_sheets(launch: Launch, sites: Sequence[Ready], missing: Sequence[Any]) -> list[Sheet]:
    """The board as a workbook, with what is missing; of a decided gate also what it was then, of the same sites."""
    sheets = [_board(_("Readiness"), launch, sites)]
    if launch.at_gate:
        seen = {one.unit_id for one in sites}
        kept = [Ready(**row) for row in launch.at_gate if row["unit_id"] in seen]
        sheets.append(_board(_("At the decision"), launch, kept))
    return [*sheets, _missing(launch, missing)]


def _missing(launch: Launch, found: Sequence[Any]) -> Sheet:
    """Who is not ready, and what each of them has of what is asked."""
    learns, teaches = bool(launch.modules), launch.cohort_id is not None
    teams = teams_of(db.session(), {one[0] for one in found})
    said = (_("not yet"), _("yes"))
    rows = [
        (
            name,
            teams.get(person, ""),
            *(said[bool(one)] if asked else "" for one, asked in zip(has, (learns, teaches, teaches), strict=True)),
        )
        for person, name, *has in found
    ]
    return Sheet(
        _("What is missing"),
        [_("Person"), _("Team"), _("Modules done"), _("Attended a delivery"), _("Quiz passed")],
        rows,
        ["text"] * 5,
    )


def _board(name: str, launch: Launch, sites: Sequence[Ready]) -> Sheet:
    """What is not asked for stays empty."""
    learns, teaches = bool(launch.modules), launch.cohort_id is not None
    headers = [
        _("Site"),
        _("People"),
        _("Modules done"),
        _("Attended a delivery"),
        _("Quiz passed"),
        _("Ready"),
        _("Trainers"),
    ]
    rows = [
        (
            one.name, one.people, one.learned if learns else None, *((one.taught, one.passed) if teaches else (None, None)),
            one.ready, one.trainers if teaches else None,
        )
        for one in sites
    ]  # fmt: skip
    return Sheet(name, headers, rows, ["text", *["number"] * 6])
