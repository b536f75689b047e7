"""The versions of scorecards."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select, exists, func, select

from app.accounts.models import User
from app.audits.lists.narrowing import scorecard_options
from app.audits.models import Audit, Criterion, Scorecard, ScorecardVersion, Severity
from app.core.tables import Cell, Column, Filter, Table, figure, on_day, state, text
from app.core.web import row_number


def versions(viewer: User) -> Select[*tuple[Any, ...]]:
    """(scorecard, version, criteria, fatal ones among them, whether audits use it)."""
    criteria = select(func.count(Criterion.id)).where(Criterion.version_id == ScorecardVersion.id)
    fatal = criteria.where(Criterion.severity == Severity.FATAL)
    used = exists().where(Audit.version_id == ScorecardVersion.id)
    return (
        Scorecard.visible_to(viewer)
        .join(Scorecard.versions)
        .add_columns(ScorecardVersion, criteria.scalar_subquery(), fatal.scalar_subquery(), used)
    )


def version_table() -> Table:
    """The list of versions, each scorecard's newest first."""
    return Table(
        id="scorecards",
        columns=[
            Column("scorecard", lazy_gettext("Scorecard"), _scorecard, sort=lambda: Scorecard.name.sql()),
            Column("version", lazy_gettext("Version"), lambda row: text(row[1].label), sort=ScorecardVersion.label),
            Column("from", lazy_gettext("Valid from"), _valid_from, sort=ScorecardVersion.valid_from, kind="date"),
            Column("criteria", lazy_gettext("Criteria"), lambda row: figure(row[2]), align="end", kind="number"),
            Column("fatal", lazy_gettext("Fatal criteria"), lambda row: figure(row[3]), align="end", kind="number"),
            Column("used", lazy_gettext("State"), _state),
        ],
        filters=[
            Filter(
                "scorecard",
                lazy_gettext("Scorecard"),
                lambda value: Scorecard.id == row_number(value),
                scorecard_options,
            )
        ],
        sort="scorecard",
        caption=lazy_gettext("Scorecards"),
        tie_break=ScorecardVersion.id.desc(),
        empty_text=lazy_gettext(
            "There are no scorecards yet. Import one from a file with its criteria and their competencies."
        ),
    )


def _scorecard(row: Any) -> Cell:
    card, version = row[0], row[1]
    return text(card.name, url=url_for("audits.scorecard", version_id=version.id), note=card.code)


def _valid_from(row: Any) -> Cell:
    return on_day(row[1].valid_from) if row[1].valid_from else text(_("from the beginning"))


def _state(row: Any) -> Cell:
    if row[4]:
        return state(_("In use, frozen"), "locked", raw="frozen")
    return state(_("Not used yet"), "draft", raw="unused")
