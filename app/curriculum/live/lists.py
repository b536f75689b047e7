"""The list of live sessions, and what a page shows of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext, ngettext
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.filters import name_of
from app.accounts.models import User
from app.core.database import db
from app.core.i18n import local_to, moment, number
from app.core.tables import Cell, Column, Filter, Table, moment_column, rate, search, state, text
from app.curriculum.live import queries
from app.curriculum.live.models import LiveSeat, LiveSession
from app.curriculum.live.rules import Stage
from app.curriculum.models import Assignment, Module, ModuleKind

NEXT, PAST, OFF = "next", "past", "off"


@dataclass(frozen=True, slots=True)
class Offer:
    """A session somebody may sign up for, and where they stand with it."""

    live: LiveSession
    seated: int
    waiting: int
    mine: Stage | None

    @property
    def is_full(self) -> bool:
        return self.seated >= self.live.seats


def offers(session: Session, viewer: User, module_id: int, on: datetime) -> list[Offer]:
    """The sessions of a module to come, for whoever reads: those one has a seat in first."""
    found = session.scalars(queries.offered(viewer, module_id, on)).all()
    counts = counts_of(session, [one.id for one in found])
    mine = {seat.session_id: seat.stage for seat in session.scalars(queries.held_by(viewer.id, [module_id], on))}
    shown = [Offer(one, *counts.get(one.id, (0, 0)), mine.get(one.id)) for one in found]
    return sorted(shown, key=lambda one: one.mine is None)


def counts_of(session: Session, session_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(seated, waiting) by session."""
    found: dict[int, tuple[int, int]] = {}
    for number_, stage, count in session.execute(queries.taken(session_ids)):
        seated, waiting = found.get(number_, (0, 0))
        found[number_] = (count, waiting) if stage is Stage.SEATED else (seated, count)
    return found


def when(live: LiveSession) -> str:
    """When a session begins, as the clock of its place shows it."""
    return local_to(live.starts_at, live.time_zone)


def live_notes(
    session: Session, viewer: User, given: Iterable[Assignment], on: datetime
) -> dict[int, tuple[str, LiveSession | None]]:
    """What to say of each of one's own assignments that is taught live: when and where, or that a seat is to be taken."""
    wanted = {one.id: one.module_id for one in given if one.module.kind is ModuleKind.LIVE}
    if not wanted:
        return {}
    seats = {seat.live.module_id: seat for seat in session.scalars(queries.held_by(viewer.id, wanted.values(), on))}
    return {one: _note(seats.get(module)) for one, module in wanted.items()}


def _note(seat: LiveSeat | None) -> tuple[str, LiveSession | None]:
    if seat is None:
        return _("choose a session"), None
    if seat.stage is Stage.WAITING:
        return _("on the waiting list for %(when)s", when=moment(seat.live.starts_at)), seat.live
    return _("live on %(when)s, %(place)s", when=moment(seat.live.starts_at), place=seat.live.place), seat.live


def sessions(viewer: User) -> Select[LiveSession]:
    """The sessions the reader may see."""
    return LiveSession.visible_to(viewer).options(joinedload(LiveSession.module), joinedload(LiveSession.trainer))


def session_table(viewer: User, on: datetime) -> Table:
    """The list of live sessions; who was there as far as the reader reaches them."""
    taken: dict[int, tuple[int, int]] = {}
    there: dict[int, tuple[int, int]] = {}

    def load(rows: Any) -> None:
        numbers = [one.id for one in rows]
        taken.update(counts_of(db.session(), numbers))
        seen = LiveSeat.visible_to(viewer).with_only_columns(LiveSeat.id)
        present = func.count(case((LiveSeat.present.is_(True), 1)))
        marked = LiveSeat.session_id.in_(numbers), LiveSeat.id.in_(seen), LiveSeat.present.is_not(None)
        found = select(LiveSeat.session_id, present, func.count()).where(*marked).group_by(LiveSeat.session_id)
        there.update({number: (present, marked) for number, present, marked in db.session.execute(found)})

    title = select(Module.title_en).where(Module.id == LiveSession.module_id).scalar_subquery()
    spanish = select(Module.title_es).where(Module.id == LiveSession.module_id).scalar_subquery()
    return Table(
        id="live",
        columns=[
            Column("title", lazy_gettext("Module"), _title, sort=title),
            moment_column("when", lazy_gettext("When"), LiveSession.starts_at),
            Column("state", lazy_gettext("State"), lambda one: state(*reversed(state_of(one, on)))),
            Column(
                "place", lazy_gettext("Room or link"), lambda one: text(one.place, note=language_name(one.language))
            ),
            Column(
                "trainer",
                lazy_gettext("Trainer"),
                lambda one: text(one.trainer.name),
                sort=lambda: name_of(LiveSession.trainer_id),
            ),
            Column("seats", lazy_gettext("Seats taken"), lambda one: _seats(one, *taken.get(one.id, (0, 0)))),
            Column("there", lazy_gettext("Attended"), lambda one: rate(*there.get(one.id, (0, 0))), kind="rate"),
        ],
        filters=[
            search(title, spanish, LiveSession.place, label=lazy_gettext("Search live sessions")),
            Filter("when", lazy_gettext("State"), lambda value: _is(value, on), lambda: list(STATES.items())),
        ],
        sort="-when",
        caption=lazy_gettext("Live sessions"),
        tie_break=LiveSession.id,
        after=load,
        empty_text=lazy_gettext("No live sessions are planned. Module authors plan them on the page of the module."),
    )  # fmt: skip


STATES = {
    NEXT: lazy_pgettext("live sessions", "Upcoming"),
    PAST: lazy_pgettext("live sessions", "Held"),
    OFF: lazy_pgettext("live sessions", "Cancelled"),
}


def _is(value: str, on: datetime) -> ColumnElement[bool]:
    if value == NEXT:
        return queries.is_to_come(on)
    if value == OFF:
        return LiveSession.cancelled_at.is_not(None)
    return LiveSession.cancelled_at.is_(None) & (LiveSession.starts_at <= on)


def state_of(live: LiveSession, on: datetime) -> tuple[str, str]:
    """(kind, word) of where a session stands."""
    if live.cancelled_at is not None:
        return "void", _("cancelled")
    return ("scheduled", _("planned")) if live.starts_at > on else ("met", _("held"))


def _title(live: LiveSession) -> Cell:
    return text(live.module.title, url=url_for("curriculum.live_session", live_id=live.id))


def _seats(live: LiveSession, seated: int, waiting: int) -> Cell:
    note = ngettext("%(num)s waiting", "%(num)s waiting", waiting) if waiting else None
    return text(_("%(taken)s of %(seats)s", taken=number(seated), seats=number(live.seats)), note=note)


def language_name(code: str) -> str:
    """A language by its name."""
    return {"en": _("English"), "es": _("Spanish")}.get(code, code)
