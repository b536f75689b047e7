"""The list of deliveries, what a delivery brought, and the cascade as sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext, pgettext
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload

from app.accounts.filters import name_of, teams_of, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.cohorts.deliveries.cascade import Cascade, Line, TrainerLine
from app.cohorts.deliveries.figures import Figure, Of
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.deliveries.outcomes import TrainerResult
from app.core.clock import now
from app.core.database import db
from app.core.exports import Sheet
from app.core.i18n import number
from app.core.tables import Column, Filter, Table, moment_column, rate, search, state, text
from app.core.web import row_number
from app.metrics.labels import metric_name


@dataclass(frozen=True, slots=True)
class Results:
    """What a delivery brought, of the people within reach: counts first, so that no figure stands without its n."""

    present: int
    invited: int
    pairs: int
    before: float | None
    after: float | None
    rated: int
    useful: float | None
    applicable: float | None


def results(seats: Sequence[DeliverySeat]) -> Results:
    """The figures of these people; before and after of those who have both."""
    pairs = [(s.before, s.after) for s in seats if s.present and s.before is not None and s.after is not None]
    rated = [(s.useful, s.applicable) for s in seats if s.useful is not None and s.applicable is not None]
    return Results(
        present=sum(1 for one in seats if one.present),
        invited=len(seats),
        pairs=len(pairs),
        before=_mean([one[0] for one in pairs]),
        after=_mean([one[1] for one in pairs]),
        rated=len(rated),
        useful=_mean([one[0] for one in rated]),
        applicable=_mean([one[1] for one in rated]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def deliveries(viewer: User) -> Select[Delivery]:
    """The deliveries the viewer may see."""
    return Delivery.visible_to(viewer).options(
        joinedload(Delivery.trainer), joinedload(Delivery.unit), joinedload(Delivery.programme)
    )


def state_of(one: Delivery, at: datetime) -> tuple[str, str]:
    """(kind, word) of where a delivery stands."""
    if one.cancelled_at is not None:
        return "void", _("cancelled")
    if one.held_on is not None:
        return "met", _("held")
    return ("scheduled", _("planned")) if one.starts_at > at else ("due", _("attendance missing"))


def delivery_table(viewer: User, today: date) -> Table:
    """The list of deliveries, with the people within the viewer's reach."""
    counts: dict[int, tuple[int, int]] = {}

    def load(rows: Any) -> None:
        seen = DeliverySeat.visible_to(viewer).with_only_columns(DeliverySeat.id)
        there = case((DeliverySeat.present.is_(True), 1))
        found = db.session.execute(
            select(DeliverySeat.delivery_id, func.count(there), func.count())
            .where(DeliverySeat.delivery_id.in_([one.id for one in rows]), DeliverySeat.id.in_(seen))
            .group_by(DeliverySeat.delivery_id)
        )
        counts.update({one: (present, invited) for one, present, invited in found})

    return Table(
        id="deliveries",
        columns=[
            Column(
                "title",
                lazy_gettext("Delivery"),
                lambda d: text(d.title, url=url_for("cohorts.delivery", delivery_id=d.id), note=d.programme.title.text),
                Delivery.title,
            ),
            moment_column("starts_at", lazy_gettext("When"), Delivery.starts_at),
            Column("state", lazy_gettext("State"), lambda d: state(*reversed(state_of(d, now())))),
            Column(
                "trainer",
                lazy_pgettext("certified", "Trainer"),
                lambda d: text(d.trainer.name),
                sort=lambda: name_of(Delivery.trainer_id),
            ),
            Column("unit", lazy_gettext("For"), lambda d: text(d.unit.path.replace("/", " · "))),
            Column("present", lazy_gettext("Attended"), lambda d: rate(*counts.get(d.id, (0, 0))), kind="rate"),
        ],
        filters=[
            search(Delivery.title, label=lazy_gettext("Search deliveries")),
            Filter("when", lazy_gettext("State"), _when, lambda: list(STATES.items())),
            Filter(
                "unit", lazy_gettext("Unit"), lambda v: Delivery.unit_id.in_(subtree(row_number(v))),
                lambda: unit_options(viewer, Permission.SEE_COHORTS),
            ),
        ],
        sort="-starts_at",
        caption=lazy_gettext("Deliveries"),
        tie_break=Delivery.id,
        after=load,
        empty_text=lazy_gettext("No deliveries match. Certified trainers plan them, or whoever runs cohorts does it for them."),
    )  # fmt: skip


STATES = {"held": lazy_gettext("held"), "open": lazy_gettext("planned"), "off": lazy_gettext("cancelled")}


def _when(value: str) -> ColumnElement[bool]:
    if value == "off":
        return Delivery.cancelled_at.is_not(None)
    held = Delivery.held_on.is_not(None) if value == "held" else Delivery.held_on.is_(None)
    return held & Delivery.cancelled_at.is_(None)


def cascade_sheets(found: Cascade, results: Sequence[TrainerResult], left: Sequence[User]) -> list[Sheet]:
    """The cascade as a workbook: by site and team, market and trainer, what came of it, and who is left."""
    kinds = ["text", "text", "number", "number", "rate"]
    units = [(line.name, _("team") if line.depth else _("site"), *_reached(line)) for line in found.units]
    markets = [(line.name, *_reached(line)) for line in found.markets]
    trainers = [
        (one.name, line.name, *_reached(line)) for one in found.trainers for line in [_all_teams(one), *one.teams]
    ]
    teams = teams_of(db.session(), {one.id for one in left})
    figures, trainer = [_("Reached"), _("Target"), _("Share")], pgettext("certified", "Trainer")
    return [
        Sheet(_("Sites and teams"), [_("Unit"), _("Level"), *figures], units, kinds),
        Sheet(_("Markets"), [_("Market"), *figures], markets, kinds[1:]),
        Sheet(_("Trainers"), [trainer, _("Team"), _("Reached"), _("Invited"), _("Share")], trainers, kinds),
        _results_sheet(results),
        _figures_sheet(results),
        Sheet(_("Who is left"), [_("Person"), _("Team")], [(p.name, teams.get(p.id, "")) for p in left], ["text"] * 2),
    ]


def _reached(line: Line) -> tuple[int, int, float | None]:
    return line.reached, line.target, line.reached / line.target if line.target else None


def _all_teams(one: TrainerLine) -> Line:
    return Line(_("All teams"), one.reached, one.invited)


def _results_sheet(results: Sequence[TrainerResult]) -> Sheet:
    """What came of it by trainer, each figure beside the number it rests on."""
    headers = [
        pgettext("certified", "Trainer"), _("People"), _("Answers"), _("Useful"), _("Both quizzes"), _("Quiz before"),
        _("Quiz after"), _("Checks before"), _("Failed before"), _("Checks after"), _("Failed after"),
    ]  # fmt: skip
    rows = [
        (
            one.name, one.people, one.rated, one.useful, one.pairs, one.before, one.after, one.fails_before.whole,
            one.fails_before.share, one.fails_after.whole, one.fails_after.share,
        )
        for one in results
    ]  # fmt: skip
    kinds = ["text", "number", "number", "number", "number", "rate", "rate", "number", "rate", "number", "rate"]
    return Sheet(_("Results"), headers, rows, kinds)


def told_of(figure: Figure) -> str:
    """What a figure rests on: how many people, teams or sites were told of before and after."""
    counts = {"before": number(figure.before.count), "after": number(figure.after.count)}
    if figure.of is Of.PEOPLE:
        return _("of people: n = %(before)s before, %(after)s after", **counts)
    if figure.of is Of.TEAMS:
        return _("of their teams: n = %(before)s before, %(after)s after", **counts)
    return _("of their sites: n = %(before)s before, %(after)s after", **counts)


def _figures_sheet(results: Sequence[TrainerResult]) -> Sheet:
    """The figures of the month before and after, by trainer and metric, and what they rest on."""
    headers = [
        pgettext("certified", "Trainer"), _("Metric"), _("Rests on"), _("Numerator before"), _("Denominator before"), _("Before"),
        _("Numerator after"), _("Denominator after"), _("After"),
    ]  # fmt: skip
    rows = [
        (
            one.name, metric_name(figure.metric), told_of(figure), figure.before.part, figure.before.whole,
            figure.before.rate, figure.after.part, figure.after.whole, figure.after.rate,
        )
        for one in results
        for figure in one.figures
    ]  # fmt: skip
    return Sheet(_("Figures"), headers, rows, ["text", "text", "text", *["number"] * 6])
