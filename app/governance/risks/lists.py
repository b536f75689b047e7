"""The risk log as a list and as a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import contains_eager

from app.accounts.filters import unit_options
from app.accounts.models import Unit, User
from app.accounts.queries import subtree
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, on_day, search, state, text
from app.core.web import row_number
from app.governance.risks import labels
from app.governance.risks.models import Risk
from app.governance.risks.rules import FROM, SCALE, Level, level
from app.governance.scoping import SEES

OPEN, LATE, CLOSED = "open", "late", "closed"


def risks(viewer: User) -> Select[Risk]:
    """Those the viewer sees, with their owner and unit."""
    return (
        Risk.visible_to(viewer)
        .join(User, User.id == Risk.owner_id)
        .join(Unit, Unit.id == Risk.unit_id)
        .options(contains_eager(Risk.owner), contains_eager(Risk.unit))
    )


def table(viewer: User, today: date) -> Table:
    """The log, the gravest first."""
    return Table(
        id="risks",
        columns=[
            Column("title", lazy_gettext("Risk"), _title, lambda: Risk.title.sql()),
            Column("score", lazy_gettext("Score"), _score, Risk.likelihood * Risk.impact),
            Column(
                "likelihood",
                lazy_gettext("Likelihood"),
                lambda one: text(str(labels.LIKELIHOODS[one.likelihood]), raw=one.likelihood),
                Risk.likelihood,
            ),
            Column(
                "impact",
                lazy_gettext("Impact"),
                lambda one: text(str(labels.IMPACTS[one.impact]), raw=one.impact),
                Risk.impact,
            ),
            Column(
                "response",
                lazy_gettext("Response"),
                lambda one: text(str(labels.RESPONSES[one.response])),
                Risk.response,
            ),
            Column(
                "unit",
                lazy_gettext("Unit"),
                lambda one: text(one.unit.path.replace("/", " · ") or one.unit.name),
                Unit.path,
            ),
            Column("owner", lazy_gettext("Owner"), lambda one: text(one.owner.name), User.name),
            Column(
                "review",
                lazy_gettext("Next review"),
                lambda one: on_day(None if one.closed_on else one.review_on),
                Risk.review_on,
                kind="date",
            ),
            Column("state", lazy_gettext("State"), lambda one: state_cell(one, today), Risk.closed_on),
        ],
        filters=_filters(viewer, today),
        sort="-score",
        caption=lazy_gettext("Risks"),
        tie_break=Risk.id,
        empty_text=lazy_gettext("No risks match. Record here what could go wrong, before it does."),
    )


def state_cell(one: Risk, today: date) -> Cell:
    """Open, closed, or overdue for review."""
    if one.late_on(today):
        return Cell("state", _("Review overdue"), tone="late", raw=LATE)
    return state(_("Closed"), "closed", raw=CLOSED) if one.closed_on else state(_("Open"), "open", raw=OPEN)


@dataclass(frozen=True, slots=True)
class Square:
    """One square of the matrix, with the open risks in it."""

    level: Level
    count: int
    url: str


def matrix(viewer: User) -> Sequence[tuple[int, Sequence[Square]]]:
    """Rows by likelihood, the likeliest first; squares by impact: one query."""
    rows = db.session.execute(
        Risk.visible_to(viewer)
        .where(Risk.closed_on.is_(None))
        .with_only_columns(Risk.likelihood, Risk.impact, func.count())
        .group_by(Risk.likelihood, Risk.impact)
    )
    counts = {(likelihood, impact): count for likelihood, impact, count in rows}
    return [
        (likelihood, [_square(likelihood, impact, counts.get((likelihood, impact), 0)) for impact in SCALE])
        for likelihood in reversed(SCALE)
    ]


def _square(likelihood: int, impact: int, count: int) -> Square:
    url = url_for("desk.risks", state=OPEN, square=f"{likelihood}x{impact}")
    return Square(level(likelihood, impact), count, url)


def _filters(viewer: User, today: date) -> list[Filter]:
    def in_state(value: str) -> ColumnElement[bool]:
        if value == LATE:
            return Risk.late(today)
        return Risk.closed_on.is_(None) if value == OPEN else Risk.closed_on.is_not(None)

    return [
        search(Risk.title_en, Risk.title_es, Risk.cause, User.name, label=lazy_gettext("Words or owner")),
        Filter(
            "unit",
            lazy_gettext("Unit"),
            lambda value: Risk.unit_id.in_(subtree(row_number(value))),
            lambda: unit_options(viewer, SEES),
        ),
        Filter(
            "state",
            lazy_gettext("State"),
            in_state,
            lambda: [
                (OPEN, lazy_gettext("Open")),
                (LATE, lazy_gettext("Review overdue")),
                (CLOSED, lazy_gettext("Closed")),
            ],
        ),
        Filter(
            "level",
            lazy_gettext("Level"),
            _of_level,
            lambda: [(one.value, label) for one, label in labels.LEVELS.items()],
        ),
        Filter(
            "square",
            lazy_gettext("Likelihood × impact"),
            _in_square,
            lambda: [(f"{n}x{m}", f"{n} × {m}") for n in SCALE for m in SCALE],
        ),
    ]


def _of_level(value: str) -> ColumnElement[bool]:
    order = list(FROM)
    at = order.index(Level(value))
    score = Risk.likelihood * Risk.impact
    least = score >= FROM[order[at]]
    return least if at == 0 else least & (score < FROM[order[at - 1]])


def _in_square(value: str) -> ColumnElement[bool]:
    likelihood, impact = (int(part) for part in value.split("x"))
    return (Risk.likelihood == likelihood) & (Risk.impact == impact)


def _title(one: Risk) -> Cell:
    return text(one.title, url=url_for("desk.risk", risk_id=one.id))


def _score(one: Risk) -> Cell:
    said = _("%(score)s, %(level)s", score=one.score, level=str(labels.LEVELS[one.level]))
    return Cell("state", said, tone=labels.LOOKS[one.level], raw=one.score)
