"""The list of initiatives."""

from __future__ import annotations

from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import ColumnElement, Select, case, exists, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.filters import unit_options
from app.accounts.models import Unit, User
from app.accounts.queries import subtree
from app.core.tables import Cell, Column, Filter, Table, day_column, search, state, text
from app.core.web import row_number
from app.governance.initiatives import effect_words, labels
from app.governance.initiatives.models import Initiative, InitiativeUnit, Milestone
from app.governance.initiatives.rules import Measured, State
from app.governance.scoping import SEES

LATE, POST_MORTEM = "late", "post_mortem"


def initiatives(viewer: User) -> Select[Initiative]:
    """Those the viewer sees, with what their lines say."""
    return (
        Initiative.visible_to(viewer)
        .join(User, User.id == Initiative.owner_id)
        .options(contains_eager(Initiative.owner), joinedload(Initiative.competency), selectinload(Initiative.units))
        .options(selectinload(Initiative.milestones))
    )


def table(viewer: User, today: date) -> Table:
    """The list, what is under way first."""
    order = case({State.RUNNING: 0, State.PROPOSED: 1, State.DONE: 2, State.STOPPED: 3}, value=Initiative.state)
    return Table(
        id="initiatives",
        columns=[
            Column("title", lazy_gettext("Initiative"), _title, lambda: Initiative.title.sql()),
            Column("state", lazy_gettext("State"), lambda one: state_cell(one, today), order),
            Column("units", lazy_gettext("Where"), lambda one: text(units_text(one.units))),
            Column("owner", lazy_gettext("Owner"), lambda one: text(one.owner.name), User.name),
            Column("moves", lazy_gettext("Should improve"), lambda one: text(effect_words.target(one))),
            Column("steps", lazy_gettext("Milestones"), lambda one: _steps(one, today)),
            Column("effect", lazy_gettext("Effect"), _effect),
            Column("verdict", lazy_gettext("Verdict"), _verdict),
            day_column("began", lazy_gettext("Began"), Initiative.started_on),
        ],
        filters=_filters(viewer, today),
        sort="state",
        caption=lazy_gettext("Initiatives"),
        tie_break=Initiative.id.desc(),
        empty_text=lazy_gettext("No initiatives match. One begins with a root cause to fix."),
    )  # fmt: skip


def units_text(units: list[Unit]) -> str:
    """The names of units, the programme by its own."""
    return ", ".join(unit.name for unit in units)


def state_cell(one: Initiative, today: date) -> Cell:
    """How far it is; overdue where something on the way is."""
    label = labels.STATES[one.state]
    if one.state in (State.PROPOSED, State.RUNNING) and any(is_late(step, today) for step in one.milestones):
        return Cell("state", label, tone="late", note=_("a milestone is overdue"), raw=one.state.value)
    if one.post_mortem_on is not None and one.post_mortem_at is None:
        late = one.post_mortem_on < today
        note = _("post-mortem overdue") if late else _("post-mortem due")
        return Cell("state", label, tone="late" if late else "due", note=note, raw=one.state.value)
    return state(label, labels.LOOKS[one.state], raw=one.state.value)


def is_late(step: Milestone, today: date) -> bool:
    """Whether a milestone should have been done."""
    return step.done_on is None and step.due_on < today


def _filters(viewer: User, today: date) -> list[Filter]:
    def in_state(value: str) -> ColumnElement[bool]:
        if value == LATE:
            return exists().where(Milestone.initiative_id == Initiative.id, Milestone.overdue(today))
        return Initiative.post_mortem_late(today) if value == POST_MORTEM else Initiative.state == State(value)

    return [
        search(Initiative.title_en, Initiative.title_es, Initiative.cause, User.name, label=lazy_gettext("Words or owner")),
        Filter(
            "unit",
            lazy_gettext("Unit"),
            lambda value: Initiative.id.in_(
                select(InitiativeUnit.initiative_id).where(InitiativeUnit.unit_id.in_(subtree(row_number(value))))
            ),
            lambda: unit_options(viewer, SEES),
        ),
        Filter(
            "state",
            lazy_gettext("State"),
            in_state,
            lambda: [
                *((one.value, label) for one, label in labels.STATES.items()),
                (LATE, lazy_gettext("A milestone is overdue")),
                (POST_MORTEM, lazy_gettext("Post-mortem overdue")),
            ],
        ),
    ]  # fmt: skip


def _title(one: Initiative) -> Cell:
    return text(one.title, url=url_for("desk.initiative", initiative_id=one.id))


def _steps(one: Initiative, today: date) -> Cell:
    done = sum(step.done_on is not None for step in one.milestones)
    late = sum(is_late(step, today) for step in one.milestones)
    said = _("%(done)s of %(count)s", done=done, count=len(one.milestones)) if one.milestones else "–"
    note = ngettext("%(num)s overdue", "%(num)s overdue", late) if late and one.state is State.RUNNING else None
    return text(said, note=note)


def _effect(one: Initiative) -> Cell:
    return text(effect_words.figure(Measured.of(one.effect)))


def _verdict(one: Initiative) -> Cell:
    if one.state is not State.DONE:
        return text(None)
    tone, word = effect_words.verdict(Measured.of(one.effect))
    return state(word, tone, raw=word)
