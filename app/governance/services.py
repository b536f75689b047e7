"""Deeds on a month's priorities: draw the list up, order it with reasons, answer, sign, close. Nothing here commits."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.clock import next_month
from app.core.errors import Refused
from app.core.i18n import month_name
from app.curriculum.models import Assignment, AssignmentState, ModuleCompetency
from app.gaps.models import Remedy
from app.gaps.monthly import Entry, Priorities, of_month
from app.governance import rules
from app.governance.models import PriorityEntry, PriorityList, PrioritySignature
from app.governance.rules import Answer, ListState, Part
from app.remedies.effects import shares

KEPT = ("evidence", "contacts", "errors", "impact", "effect", "measured_on", "certainty", "trend", "target", "audience")


def ranked(session: Session, month: date, *, today: date) -> Priorities:
    """The priorities of a month over the whole programme, by score."""
    return of_month(session, month, None, today=today, effects=lambda day: shares(session, day))


def draw_up(session: Session, month: date, *, today: date, by: User | None, on: datetime) -> PriorityList:
    """Make the draft of a month from its scores; a draft that is there is drawn up anew, with its signatures gone.

    Raises `Refused` when the list has been agreed upon, or nothing is there to be taught.
    """
    known = session.scalar(select(PriorityList).where(PriorityList.month == month))
    if known is not None:
        _must_be_draft(known)
    found = ranked(session, month, today=today)
    if not found.entries:
        raise Refused(_("No competency is over its allowed error rate: there is nothing to agree on."))
    drawn = known or PriorityList(month=month)
    drawn.evidence_until, drawn.drawn_at, drawn.state = found.evidence_until, on, ListState.DRAFT
    session.add(drawn)
    for one in [*drawn.entries, *drawn.signatures]:
        session.delete(one)
    session.flush()
    session.expire(drawn)
    session.add_all(_entry(drawn, one, found.volumes) for one in found.entries[: rules.MOST_ENTRIES])
    session.flush()
    session.expire(drawn)
    record.log(session, "priorities.drawn", drawn, by=by, on=on, month=f"{month:%Y-%m}")
    return drawn


def settle_entry(
    session: Session,
    entry: PriorityEntry,
    *,
    place: int,
    reason: str,
    answer: Answer | None,
    owner_id: int | None,
    due_on: date | None,
    by: User,
    on: datetime,
) -> None:
    """Say where a priority stands, what is done about it, by whom and by when. Signatures are to be given anew.

    Raises `Refused` once the list has been agreed upon, or when it moves without a reason.
    """
    _must_be_draft(entry.list)
    if rules.needs_reason(place, entry.place, reason):
        raise Refused(_("Say why “%(name)s” moves: the reason stays with the list.", name=entry.competency.name.text))
    if place != entry.place:
        _reorder(entry, place)
        entry.reason = reason.strip()
    elif reason.strip():
        entry.reason = reason.strip()
    entry.answer, entry.owner_id, entry.due_on = answer, owner_id, due_on
    for signature in list(entry.list.signatures):
        session.delete(signature)
    session.flush()
    session.expire(entry.list)
    code = entry.competency.code
    record.log(session, "priorities.settled", entry.list, by=by, on=on, competency=code, place=entry.place)


def sign(session: Session, signed: PriorityList, part: Part, *, by: User, on: datetime) -> None:
    """Agree for one part; with the last one the list is frozen. Nobody signs for two."""
    _must_be_draft(signed)
    if any(one.user_id == by.id for one in signed.signatures):
        raise Refused(_("You have signed already; each part is signed by another person."))
    if any(one.part is part for one in signed.signatures):
        raise Refused(_("This part has been signed already."))
    if any(one.answer is None or one.owner_id is None for one in signed.entries):
        raise Refused(_("Each priority needs an answer and an owner before the list is signed."))
    session.add(PrioritySignature(list_id=signed.id, part=part, user_id=by.id, at=on))
    session.flush()
    session.expire(signed)
    if rules.agreed({one.part for one in signed.signatures}):
        signed.state, signed.agreed_at = ListState.AGREED, on
    record.log(session, "priorities.signed", signed, by=by, on=on, part=part.value)


def close(session: Session, closed: PriorityList, *, today: date, by: User, on: datetime) -> None:
    """Keep what came of an agreed list; not before its month is over."""
    if closed.state is not ListState.AGREED:
        raise Refused(_("Only an agreed list can be closed."))
    after = next_month(closed.month)
    if today < after:
        raise Refused(_("%(month)s is not over yet.", month=month_name(closed.month)))
    for entry, outcome in zip(closed.entries, what_came(session, closed, today=today), strict=True):
        entry.outcome = outcome
    closed.state, closed.closed_at = ListState.CLOSED, on
    record.log(session, "priorities.closed", closed, by=by, on=on, month=f"{closed.month:%Y-%m}")


def what_came(session: Session, asked: PriorityList, *, today: date) -> list[dict[str, Any]]:
    """For each priority: what was assigned and completed in its month, and the points over the allowed rate then and after."""
    if asked.state is ListState.CLOSED:
        return [entry.outcome or {} for entry in asked.entries]
    after = next_month(asked.month)
    now = {one.competency_id: one for one in ranked(session, after, today=today).entries}
    about = [entry.competency_id for entry in asked.entries]
    assigned, completed = _learning(session, about, asked.month, after)
    remedied = _remedied(session, about, asked.month, after)
    return [
        {
            "assigned": assigned.get(entry.competency_id, 0),
            "completed": completed.get(entry.competency_id, 0),
            "remedied": remedied.get(entry.competency_id, 0),
            "excess": now[entry.competency_id].excess if entry.competency_id in now else 0.0,
            "agents": now[entry.competency_id].agents if entry.competency_id in now else 0,
        }
        for entry in asked.entries
    ]


def _must_be_draft(asked: PriorityList) -> None:
    if asked.state is not ListState.DRAFT:
        raise Refused(
            _("The list of %(month)s has been signed by all and no longer changes.", month=month_name(asked.month))
        )


def _entry(drawn: PriorityList, found: Entry, volumes: bool) -> PriorityEntry:
    kept = {name: value for name, value in asdict(found).items() if name in KEPT}
    return PriorityEntry(
        list_id=drawn.id, competency_id=found.competency_id, module_id=found.module_id, rank=found.rank, place=found.rank,
        score=found.score, agents=found.agents, excess=found.excess, share=found.share, figures={**kept, "volumes": volumes},
        answer=Answer.MODULE if found.module_id is not None else None,
    )  # fmt: skip


def _reorder(entry: PriorityEntry, place: int) -> None:
    entries = {one.id: one for one in entry.list.entries}
    order = rules.moved([one.id for one in entry.list.entries], entry.id, place)
    for number, entry_id in enumerate(order, start=1):
        entries[entry_id].place = number


def _learning(session: Session, about: list[int], first: date, after: date) -> tuple[dict[int, int], dict[int, int]]:
    """Assignments of modules of these competencies made in a month, and those of them completed since."""
    done = func.sum(case((Assignment.state == AssignmentState.COMPLETED, 1), else_=0))
    rows = session.execute(
        select(ModuleCompetency.competency_id, func.count(Assignment.id), done)
        .join(Assignment, Assignment.module_id == ModuleCompetency.module_id)
        .where(
            ModuleCompetency.competency_id.in_(about), Assignment.assigned_on >= first, Assignment.assigned_on < after,
            Assignment.state.not_in((AssignmentState.CANCELLED, AssignmentState.WAIVED)),
        )
        .group_by(ModuleCompetency.competency_id)
    ).all()  # fmt: skip
    return {row[0]: row[1] for row in rows}, {row[0]: int(row[2] or 0) for row in rows}


def _remedied(session: Session, about: list[int], first: date, after: date) -> dict[int, int]:
    """People with a module or a session completed on these competencies in a month."""
    statement = (
        select(Remedy.competency_id, func.count(Remedy.person_id.distinct()))
        .where(Remedy.competency_id.in_(about), Remedy.day >= first, Remedy.day < after)
        .group_by(Remedy.competency_id)
    )
    return dict(session.execute(statement).all())
