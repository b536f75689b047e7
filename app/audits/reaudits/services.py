"""Deeds on reaudits: plans, what they draw and for whom, and what is scored again. None commits, none knows of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission, Role, roles_with
from app.accounts.queries import subtree
from app.accounts.record import log, tell
from app.audits.auditing import services as auditing
from app.audits.auditing.models import AuditDraft
from app.audits.disputes.models import Dispute
from app.audits.models import BLIND_PURPOSES, Audit, Purpose
from app.audits.reaudits.models import Reaudit, ReauditPlan
from app.audits.sampling import plans
from app.audits.sampling.plans import LIVE
from app.audits.sampling.rules import ONE_DAY, Period, SampleState, bounds, lightest
from app.audits.sampling.services import at_work, away_between
from app.core.clock import end_of, start_of
from app.core.database import affected
from app.core.errors import Refused

Able = Mapping[int, Sequence[int]]
SEED = 7
"""Sets these draws apart from those of sampling plans."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan asks for."""

    name: str
    unit_id: int
    count: int
    period: Period
    valid_from: date


def make_plan(session: Session, terms: Terms, *, by: User, on: datetime) -> ReauditPlan:
    """A plan from a day on. `Refused` outside the units where quality is led."""
    plans.refuse_elsewhere(session, terms.unit_id, by)
    plan = ReauditPlan(
        name=terms.name,
        unit_id=terms.unit_id,
        count=terms.count,
        period=terms.period,
        valid_from=terms.valid_from,
    )
    session.add(plan)
    session.flush()
    log(session, "reaudit.planned", plan, by=by, on=on)
    return plan


def end_plan(session: Session, plan: ReauditPlan, day: date, *, by: User, on: datetime) -> None:
    """Draw no more from a day on; what was drawn and is not begun is void."""
    plans.end(session, plan, Reaudit, day, "reaudit.ended", by=by, on=on)


# --- Drawn ---


def draw_all(session: Session, day: date) -> int:
    """Draw what is missing of every plan in force on a day; a second time changes nothing. Returns how many."""
    ended = or_(ReauditPlan.ended_on.is_(None), ReauditPlan.ended_on > day)
    in_force = select(ReauditPlan).where(ReauditPlan.valid_from <= day, ended).order_by(ReauditPlan.id)
    return sum(top_up(session, plan, day) for plan in session.scalars(in_force).all())


def top_up(session: Session, plan: ReauditPlan, day: date) -> int:
    """Draw at random among the contacts of the period before, so many of each auditor; returns how many."""
    session.refresh(plan, with_for_update={"of": ReauditPlan})
    first, last = bounds(plan.period, day)
    rng = np.random.default_rng([SEED, plans.seed(plan), first.toordinal(), day.toordinal()])
    here = session.scalars(
        select(Reaudit).where(Reaudit.plan_id == plan.id, Reaudit.period_on == first, Reaudit.state.in_(LIVE))
    ).all()
    audited = _audited(plan, first)
    missing = _missing(session, plan, audited, here)
    waits = [one for one in here if one.state is SampleState.OPEN]
    if not missing and not waits:
        return 0
    load: dict[int, int] = {}
    for one in here:
        load[one.reauditor_id] = load.get(one.reauditor_id, 0) + 1
    able = _able(session, plan, day, first, last)
    _hand_on(session, rng, waits, able, load)
    rows = []
    for auditor in sorted(missing):
        numbers = session.scalars(audited.where(Audit.auditor_id == auditor).with_only_columns(Audit.id)).all()
        chosen = sorted(rng.permutation(sorted(numbers))[: missing[auditor]].tolist())
        for audit in session.scalars(select(Audit).where(Audit.id.in_(chosen)).order_by(Audit.id)):
            who = _who(session, rng, audit, able, load)
            if who is not None:
                rows.append(_row(plan, audit, who, first, last))
    session.flush()
    if rows:
        session.execute(insert(Reaudit), rows)
    return len(rows)


def _audited(plan: ReauditPlan, first: date) -> Select[Any]:
    """The audits of contacts of the period before that may be drawn."""
    begin, end = bounds(plan.period, first - ONE_DAY)
    zone = str(current_app.config["PROGRAMME_TIME_ZONE"])
    return select(Audit).where(
        Audit.team_id.in_(subtree(plan.unit_id)),
        Audit.purpose.not_in(BLIND_PURPOSES),
        Audit.contact_at >= start_of(begin, zone),
        Audit.contact_at < end_of(end, zone),
        Audit.released_at.is_not(None),
        Audit.auditor_id.is_not(None),
        ~_drawn_before(),
    )


def _drawn_before() -> ColumnElement[bool]:
    return exists().where(Reaudit.audit_id == Audit.id)


def _missing(session: Session, plan: ReauditPlan, audited: Select[Any], here: Sequence[Reaudit]) -> dict[int, int]:
    """By auditor, how many more are to be drawn: never more than there are."""
    had: dict[int, int] = {}
    ids = [one.audit_id for one in here]
    for auditor in session.scalars(select(Audit.auditor_id).where(Audit.id.in_(ids))):
        if auditor is not None:
            had[auditor] = had.get(auditor, 0) + 1
    counts = session.execute(audited.with_only_columns(Audit.auditor_id, func.count()).group_by(Audit.auditor_id))
    wanted = {auditor: min(plan.count - had.get(auditor or 0, 0), number) for auditor, number in counts}
    return {auditor: number for auditor, number in wanted.items() if auditor and number > 0}


def _able(session: Session, plan: ReauditPlan, day: date, first: date, last: date) -> tuple[Able, Able]:
    """Who may score again, by team: auditors at work, and who leads quality where no other auditor is."""
    away = away_between(session, first, last)
    leads = roles_with(Permission.LEAD_QUALITY)
    auditors, others = (at_work(session, plan.unit_id, roles, day, away) for roles in ([Role.AUDITOR], leads))
    return auditors, others


def _who(
    session: Session, rng: np.random.Generator, audit: Audit, able: tuple[Able, Able], load: dict[int, int]
) -> int | None:
    """Who scores an audit again: never its auditor, its agent, or who has answered a dispute of it."""
    answered = session.scalars(select(Dispute.answerer_id).where(Dispute.audit_id == audit.id))
    parts = {audit.auditor_id, audit.person_id, *answered}
    for group in able:
        others = [one for one in group.get(audit.team_id or -1, ()) if one not in parts]
        if others:
            return lightest(rng, others, load, audit.person_id)
    return None


def _hand_on(
    session: Session, rng: np.random.Generator, waits: Sequence[Reaudit], able: tuple[Able, Able], load: dict[int, int]
) -> None:
    """Give what waits with somebody who is away, or no longer reaches the team, to others."""
    for one in waits:
        if not any(one.reauditor_id in group.get(one.team_id, ()) for group in able):
            audit = session.get_one(Audit, one.audit_id)
            one.reauditor_id = _who(session, rng, audit, able, load) or one.reauditor_id


def _row(plan: ReauditPlan, audit: Audit, who: int, first: date, last: date) -> dict[str, object]:
    return {
        "plan_id": plan.id,
        "period_on": first,
        "due_on": last,
        "audit_id": audit.id,
        "team_id": audit.team_id,
        "reauditor_id": who,
        "state": SampleState.OPEN,
    }


# --- Scored again ---


def begin(session: Session, reaudit: Reaudit, *, by: User, on: datetime) -> AuditDraft:
    """Open the form on the same contact and version, without any answer. `Refused` for others, and a second time."""
    if reaudit.reauditor_id != by.id:
        raise Refused(_("Somebody else scores this contact again."))
    first = session.get_one(Audit, reaudit.audit_id)
    contact = auditing.Contact(
        first.person_id,
        first.version_id,
        Purpose.REAUDIT,
        first.contact_at,
        contact_ref=first.contact_ref or "",
        channel=first.channel or "",
        language=first.language or "",
    )
    draft = auditing.begin(session, contact, by=by, on=on)
    waiting = (Reaudit.id == reaudit.id, Reaudit.state == SampleState.OPEN)
    begun = update(Reaudit).where(*waiting).values(state=SampleState.BEGUN, draft_id=draft.id)
    if affected(session, begun) != 1:
        raise Refused(_("This contact is already being scored again, or was withdrawn."))
    return draft


def handed_in(session: Session, draft: AuditDraft, again: Audit, *, on: datetime) -> None:
    """A reaudit was handed in: it points to what it scored, and the auditor of that is told, not by whom."""
    reaudit = session.scalar(select(Reaudit).where(Reaudit.draft_id == draft.id))
    if reaudit is None:
        return
    first = session.get_one(Audit, reaudit.audit_id)
    session.execute(update(Audit).where(Audit.id == again.id).values(reaudit_of_id=first.id))
    reaudit.state, reaudit.draft_id = SampleState.DONE, None
    session.flush()
    if first.auditor_id is not None:
        key, facts = f"reaudit-done:{again.id}", {"reference": first.reference}
        tell(session, [first.auditor_id], "reaudit.done", key=key, path=path_of(again.id), on=on, **facts)


def path_of(reaudit_id: int) -> str:
    """Where a reaudit is read beside the first answers."""
    return f"/audits/reaudits/{reaudit_id}"
