"""The heat map of agents by competencies: on a page, in a sentence and as a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import Select, func, or_, select

from app.accounts.filters import teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.core import bulk
from app.core.database import db
from app.core.exports import Sheet
from app.core.i18n import Bilingual
from app.curriculum.models import Competency
from app.gaps import live
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, LEAST_SAID, in_full_points


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell: `step` is the shade, 0 without enough evidence."""

    probability: float | None
    checks: int
    step: int
    url: str | None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One agent."""

    name: str
    url: str
    cells: list[HeatCell]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Agents × competencies, worst first."""

    columns: list[str]
    rows: list[HeatRow]


def agents(viewer: User, day: date | None = None) -> Select[User]:
    """The agents in the viewer's scope who have not left by `day` (at all when there is none), most need first."""
    need = func.coalesce(
        select(func.sum(Gap.probability))
        .where(Gap.person_id == User.id, Gap.probability >= LEAST_SAID)
        .correlate(User)
        .scalar_subquery(),
        0,
    )
    active = (
        select(func.count())
        .select_from(Gap)
        .where(Gap.person_id == User.id, Gap.state.in_(ACTIVE))
        .correlate(User)
        .scalar_subquery()
    )
    here = User.left_on.is_(None) if day is None else or_(User.left_on.is_(None), User.left_on > day)
    return (
        select(User)
        .where(User.id.in_(agents_in(viewer, Permission.SEE_GAPS)), here)
        .order_by(active.desc(), need.desc(), User.name, User.id)
    )


def heat_map(people: Sequence[User], day: date) -> HeatMap:
    """The map of these agents: columns are the competencies any of them has evidence on."""
    found = live.pairs(db.session(), [p.id for p in people], day)
    shown = _competencies({competency for _person, competency in found})
    rows = [
        HeatRow(
            person.name,
            url_for("home.person", person_id=person.id),
            [_heat_cell(found.get((person.id, c.id))) for c in shown],
        )
        for person in people
    ]
    return HeatMap([c.name.text for c in shown], rows)


def _competencies(ids: Collection[int]) -> Sequence[Competency]:
    return db.session.scalars(select(Competency).where(Competency.id.in_(ids)).order_by(Competency.code)).all()


def _heat_cell(pair: live.Live | None) -> HeatCell:
    if pair is None:
        return HeatCell(None, 0, 0, None)
    url = url_for("thread.gap", gap_id=pair.gap_id) if pair.gap_id else None
    return HeatCell(in_full_points(pair.probability) if pair.enough else None, pair.checks, pair.step, url)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a heat map says in a sentence: agents with an active gap, of all; what most of them share, and how many."""

    agents: int
    all: int
    commonest: Bilingual | None
    shared: int


def summary(among: Select[User]) -> Summary:
    """Of these agents."""
    ids = among.with_only_columns(User.id).order_by(None)
    active = (Gap.state.in_(ACTIVE), Gap.person_id.in_(ids))
    count = select(func.count()).select_from(ids.subquery())
    most = (
        select(Competency, func.count())
        .join(Gap, Gap.competency_id == Competency.id)
        .where(*active)
        .group_by(Competency.id)
        .order_by(func.count().desc(), Competency.code)
        .limit(1)
    )
    competency, shared = db.session.execute(most).one_or_none() or (None, 0)
    return Summary(
        agents=db.session.scalar(select(func.count(Gap.person_id.distinct())).where(*active)) or 0,
        all=db.session.scalar(count) or 0,
        commonest=competency.name if competency else None,
        shared=shared,
    )


def heat_sheet(people: Select[User], day: date) -> Sheet:
    """The heat map as a file: a row for each of these agents and competency with evidence."""
    headers = [
        _("Employee number"), _("Agent"), _("Team"), _("Code"), _("Competency"), _("Probability"), _("Checks"),
        pgettext("checks", "Missed"),
        _("State"),
    ]  # fmt: skip
    kinds = ["text", "text", "text", "text", "text", "rate", "number", "number", "text"]
    return Sheet("heat-map", headers, _heat_rows(db.session.scalars(people).all(), day), kinds)


def _heat_rows(people: Sequence[User], day: date) -> Iterator[list[Any]]:
    """Block by block, so that memory stays flat however many agents there are."""
    session = db.session()
    known = {c.id: c for c in session.scalars(select(Competency))}
    for block in bulk.chunks(people):
        found = live.pairs(session, [person.id for person in block], day)
        teams = teams_of(session, [person.id for person in block])
        of_person: dict[int, list[live.Live]] = {}
        for pair in found.values():
            of_person.setdefault(pair.person_id, []).append(pair)
        for person in block:
            for pair in sorted(of_person.get(person.id, ()), key=lambda one: known[one.competency_id].code):
                competency = known[pair.competency_id]
                yield [
                    person.employee_no, person.name, teams.get(person.id, ""), competency.code, competency.name,
                    round(pair.probability, 4), pair.checks, pair.missed, pair.state.value,
                ]  # fmt: skip
