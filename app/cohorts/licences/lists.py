"""The list of licences, and where nobody may teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.filters import by_unit, called, name_of, teams_of
from app.accounts.models import UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import belongings, places
from app.accounts.reach import unit_scope
from app.cohorts import labels
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import SOON, Kept, Standing
from app.cohorts.licences.services import holding, with_standing
from app.cohorts.programmes.models import TrainerProgramme
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, day_column, on_day, state, text
from app.core.web import row_number


def licences(viewer: User) -> Select[TrainerLicence]:
    """The licences the viewer may see, renewed ones too."""
    return TrainerLicence.visible_to(viewer).options(
        joinedload(TrainerLicence.person), joinedload(TrainerLicence.programme)
    )


def latest(viewer: User) -> Select[TrainerLicence]:
    """Those that were not renewed since."""
    return licences(viewer).where(TrainerLicence.is_latest)


def licence_table(viewer: User, today: date) -> Table:
    """The list of licences as it stands on that day."""
    teams: dict[int, str] = {}
    held: dict[int, Kept] = {}

    def load(rows: Any) -> None:
        teams.update(teams_of(db.session(), {one.person_id for one in rows}))
        held.update(holding(db.session(), rows))

    return Table(
        id="trainers",
        columns=[
            Column(
                "person",
                lazy_pgettext("certified", "Trainer"),
                lambda one: text(
                    one.person.name,
                    url=url_for("cohorts.licence_pdf", licence_id=one.id),
                    note=teams.get(one.person_id),
                ),
                sort=lambda: name_of(TrainerLicence.person_id),
            ),
            Column("programme", lazy_gettext("Trainer programme"), lambda one: text(one.programme.title)),
            Column("state", lazy_gettext("State"), lambda one: standing_cell(one, held[one.id], today)),
            Column("level", lazy_gettext("Level"), lambda one: text(str(labels.LEVELS[one.level])), TrainerLicence.level),
            Column("language", lazy_gettext("Language"), lambda one: text(str(labels.LANGUAGES[one.language]))),
            day_column("expires_on", lazy_gettext("Valid until"), TrainerLicence.expires_on),
            Column(
                "active_until",
                lazy_gettext("Kept by teaching until"),
                lambda one: on_day(held[one.id].active_until),
                kind="date",
            ),
            Column("number", lazy_gettext("Certificate number"), lambda one: text(one.number), TrainerLicence.number),
        ],
        filters=[
            Filter("q", lazy_gettext("Search people"), _is_called, kind="text"),
            Filter(
                "state", lazy_gettext("State"), lambda v: _stands(viewer, v, today),
                lambda: [*((one.value, name) for one, name in labels.STANDINGS.items()), ("renewed", labels.RENEWED)],
            ),
            Filter(
                "programme", lazy_gettext("Trainer programme"), lambda v: TrainerLicence.programme_id == row_number(v),
                lambda: [(str(one.id), one.title.text) for one in db.session.scalars(select(TrainerProgramme))],
            ),
            by_unit(TrainerLicence.person_id, viewer, Permission.SEE_COHORTS),
        ],
        sort="expires_on",
        caption=lazy_gettext("Trainers"),
        tie_break=TrainerLicence.id,
        after=load,
        empty_text=lazy_gettext("No licence matches. Whoever is certified in a teach-back gets one."),
    )  # fmt: skip


def standing_cell(one: TrainerLicence, kept: Kept, today: date) -> Cell:
    """Where a licence stands; one that lapses for want of teaching says so."""
    if not one.is_latest:
        return state(labels.RENEWED, "plain")
    found = kept.standing(today)
    cell = state(labels.STANDINGS[found], labels.STANDING_LOOKS[found])
    if found is not Standing.IN_FORCE and kept.by_activity:
        cell.note = _("for lack of teaching")
    return cell


def _stands(viewer: User, value: str, today: date) -> ColumnElement[bool]:
    if value == "renewed":
        return TrainerLicence.is_latest.is_(False)
    return with_standing(db.session(), latest(viewer), Standing(value), today)


def _is_called(value: str) -> ColumnElement[bool]:
    return called(TrainerLicence.person_id, value) | (TrainerLicence.number == value.strip().upper())


@dataclass(frozen=True, slots=True)
class Covered:
    """A market or partner: how many may teach in it today, and how many still in 60 days."""

    name: str
    now: int
    soon: int


def coverage(session: Session, viewer: User, today: date) -> tuple[Sequence[Covered], Sequence[Covered]]:
    """(markets, partners) within scope, with the trainers of each; those with nobody first."""
    found = session.scalars(latest(viewer)).all()
    held = holding(session, found)
    where = belongings(session, {one.person_id for one in found}, today)
    named, scope = places(session), set(session.scalars(unit_scope(viewer, Permission.SEE_COHORTS)))
    sites = [one for one in named.values() if one.kind in (UnitKind.SITE, UnitKind.TEAM) and one.id in scope]
    markets: dict[str, list[set[int]]] = {one.market: [set(), set()] for one in sites if one.market}
    partners: dict[int, list[set[int]]] = {one.partner_id: [set(), set()] for one in sites if one.partner_id}
    for one in found:
        place = where.get(one.person_id)
        if place is None:
            continue
        reached = (markets.get(place.market or ""), partners.get(place.partner_id or 0))
        for counts in reached:
            if counts is not None:
                _count(counts, one.person_id, held[one.id], today)
    by_partner = {named[number].name: counts for number, counts in partners.items()}
    return _covered(markets), _covered(by_partner)


def _count(into: list[set[int]], person: int, kept: Kept, today: date) -> None:
    for people, day in zip(into, (today, today + SOON), strict=True):
        if kept.until >= day:
            people.add(person)


def _covered(found: dict[str, list[set[int]]]) -> list[Covered]:
    lines = [Covered(name, len(now), len(soon)) for name, (now, soon) in found.items()]
    return sorted(lines, key=lambda one: (one.now, one.soon, one.name))
