"""Deeds of rules: acting on what happened, once for each cause; the rules themselves.

Nothing is assigned or owed for what happened before Hilo went live. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.accounts import record, settings
from app.accounts.models import User
from app.coaching import services as coaching
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState
from app.core.clock import end_of, start_of
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.models import Assignment, AssignmentReason, Module
from app.curriculum.paths import services as paths
from app.curriculum.paths.models import Path
from app.gaps.models import Gap
from app.remedies.causes import Causes, fatal_errors, openings, standing_gaps
from app.remedies.models import Firing, Observation, RemedyRule
from app.remedies.planning import Planned, as_if_opened, decided_about, in_force, plan_for, programme_zone
from app.remedies.rules import LeftOut, Trigger

LONGEST_OBSERVATION = 1_000


@dataclass(frozen=True, slots=True)
class Fired:
    """What rules did: causes acted on, modules assigned, sessions owed, modules left out."""

    causes: int = 0
    assigned: int = 0
    owed: int = 0
    left_out: int = 0

    def __add__(self, other: Fired) -> Fired:
        return Fired(
            self.causes + other.causes,
            self.assigned + other.assigned,
            self.owed + other.owed,
            self.left_out + other.left_out,
        )


def fire(session: Session, *, week: date | None, day: date, on: datetime) -> Fired:
    """Act on the gaps that the decision of `week` opened, and on the fatal errors released on `day`.

    `week` is a Monday, None when no week was decided. What a rule has decided about a cause it never decides again, so
    the same day twice is once.
    """
    live, zone = settings.live_from(session), programme_zone()
    if live is not None and day < live:
        return Fired()
    rules, done = active_rules(session), Fired()
    if week is not None and (live is None or week + timedelta(days=6) >= live):
        done += _act(session, _of(rules, Trigger.GAP_OPENED), openings(session, week, zone), day=day, on=on)
    fatal = fatal_errors(session, start_of(day, zone), end_of(day, zone), day)
    return done + _act(session, _of(rules, Trigger.FATAL_ERROR), fatal, day=day, on=on)


def apply_now(session: Session, rule: RemedyRule, *, day: date, by: User, on: datetime) -> Fired:
    """Let a rule on gaps act on those that stand open now, as if they had opened today."""
    done = _act(session, [rule], as_if_opened(standing_gaps(session, day, programme_zone()), on), day=day, on=on)
    record.log(session, "rule.applied", rule, by=by, on=on, assigned=done.assigned, owed=done.owed)
    return done


def active_rules(session: Session) -> list[RemedyRule]:
    """The rules in force, the narrower first; the default ones are made when there is none at all."""
    if session.scalar(select(RemedyRule.id).limit(1)) is None:
        default_rules(session)
    return in_force(session)


def default_rules(session: Session) -> list[RemedyRule]:
    """The rules a programme begins with: a gap assigns its module and owes a session; a fatal error owes one."""
    rules = [
        RemedyRule(
            name_en="Gap opened: its module and a session",
            name_es="Brecha abierta: su módulo y una sesión",
            trigger=Trigger.GAP_OPENED,
        ),
        RemedyRule(
            name_en="Fatal error: a session at once",
            name_es="Error fatal: una sesión de inmediato",
            trigger=Trigger.FATAL_ERROR,
            assigns=False,
            cool_down_days=0,
        ),
    ]
    session.add_all(rules)
    session.flush()
    return rules


def save_rule(session: Session, rule: RemedyRule, facts: Mapping[str, Any], *, by: User, on: datetime) -> RemedyRule:
    """Keep what was set of a new or known rule. What it did stays as it is."""
    for name, value in facts.items():
        setattr(rule, name, value)
    session.add(rule)
    session.flush()
    record.log(session, "rule.saved", rule, by=by, on=on, name=rule.name_en or rule.name_es, active=rule.active)
    return rule


# --- By hand, for one gap ---


def give_for_gap(session: Session, gap: Gap, module: Module, *, due_on: date, by: User, on: datetime) -> bool:
    """Assign a module as a remedy for a gap; whether it was not open already."""
    return (
        curriculum.assign(
            session,
            person_id=gap.person_id,
            module_id=module.id,
            reason=AssignmentReason.GAP,
            by=by,
            assigned_on=curriculum.programme_day(on),
            due_on=due_on,
            on=on,
            gap_id=gap.id,
        )
        is not None
    )


def owe_for_gap(session: Session, gap: Gap, *, by: User, on: datetime) -> bool:
    """Owe a session for a gap; whether none was owed for it already."""
    standing = select(Obligation.id).where(Obligation.gap_id == gap.id, Obligation.state == ObligationState.OPEN)
    if session.scalar(standing.limit(1)) is not None:
        return False
    key = f"gap:{gap.id}:{curriculum.programme_day(on).isoformat()}"
    owed = coaching.owe(session, person_id=gap.person_id, kind=ObligationKind.GAP, key=key, opened_at=on, gap_id=gap.id)
    if owed is None:
        return False
    record.log(session, "session.asked", gap, by=by, on=on, person_id=gap.person_id)
    return True


def observe(session: Session, gap: Gap, text: str, *, by: User, on: datetime) -> Observation:
    """Write down what somebody saw of the agent on this competency; evidence stays as it is."""
    said = text.strip()
    if not said:
        raise Refused(_("Write down what was observed."))
    if len(said) > LONGEST_OBSERVATION:
        raise Refused(_("An observation has at most %(most)s characters.", most=LONGEST_OBSERVATION))
    seen = Observation(person_id=gap.person_id, gap_id=gap.id, by_id=by.id, at=on, text=said)
    session.add(seen)
    session.flush()
    record.log(session, "gap.observed", gap, by=by, on=on, person_id=gap.person_id)
    return seen


# --- Acting ---


def _act(session: Session, rules: Sequence[RemedyRule], causes: Causes, *, day: date, on: datetime) -> Fired:
    known = set(session.execute(decided_about(causes)).all()) if causes.items and rules else set()
    new = plan_for(session, rules, causes, day, known)
    if not new:
        return Fired()
    owed = _owe(session, new)
    assigned, walks = _assign(session, new, day, on), _give_paths(session, new, day, on)
    at = min(on, end_of(day, programme_zone()) - timedelta(seconds=1))
    firings = [_firing(one, at, assigned, walks, owed) for one in new]
    session.add_all(firings)
    session.flush()
    return Fired(
        causes=len({one.cause.key for one in new}),
        assigned=sum(1 for one in firings if one.assignment_id is not None or one.path_assignment_id is not None),
        owed=len({one.obligation_id for one in firings if one.obligation_id is not None}),
        left_out=sum(1 for one in firings if one.left_out is not None),
    )


def _assign(session: Session, planned: Iterable[Planned], day: date, on: datetime) -> dict[tuple[int, int], int]:
    """Assign what is planned; ids of the assignments of that day by person and module."""
    rows = [
        {
            "person_id": one.cause.person_id,
            "module_id": one.plan.module_id,
            "reason": AssignmentReason.GAP,
            "assigned_on": day,
            "due_on": day + timedelta(days=one.rule.due_days),
            "gap_id": one.cause.gap_id,
            "transition_id": one.cause.transition_id,
        }
        for one in planned
        if one.plan.module_id is not None
    ]
    if not rows:
        return {}
    curriculum.assign_many(session, rows, by=None, on=on)
    by_rule = and_(Assignment.assigned_on == day, Assignment.assigned_by_id.is_(None))
    found = session.execute(select(Assignment.person_id, Assignment.module_id, Assignment.id).where(by_rule))
    return {(person, module): assignment for person, module, assignment in found}


def _give_paths(session: Session, planned: Iterable[Planned], day: date, on: datetime) -> dict[tuple[int, int], int]:
    """Give the paths that are planned; ids of what was given by person and path."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for one in planned:
        if one.plan.path_id is not None:
            facts = {"person_id": one.cause.person_id, "gap_id": one.cause.gap_id, "reason": AssignmentReason.GAP}
            due = day + timedelta(days=one.rule.due_days)
            rows.setdefault(one.plan.path_id, []).append({**facts, "assigned_on": day, "due_on": due})
    found = {}
    for path_id in sorted(rows):
        for given in paths.give(session, session.get_one(Path, path_id), rows[path_id], by=None, on=on):
            found[(given.person_id, path_id)] = given.id
    return found


def _owe(session: Session, planned: Iterable[Planned]) -> dict[tuple[int, str], int]:
    """Owe the sessions that are planned; ids of the new obligations by person and key."""
    return coaching.owe_many(
        session,
        [
            coaching.Cause(
                person_id=one.cause.person_id,
                kind=ObligationKind.GAP if one.cause.gap_id is not None else ObligationKind.FATAL,
                key=one.cause.key,
                opened_at=one.cause.opened_at,
                audit_id=one.cause.audit_id,
                gap_id=one.cause.gap_id,
                hours=one.rule.owe_hours,
            )
            for one in planned
            if one.plan.owes
        ],
    )


def _firing(
    one: Planned,
    at: datetime,
    assigned: Mapping[tuple[int, int], int],
    walks: Mapping[tuple[int, int], int],
    owed: Mapping[tuple[int, str], int],
) -> Firing:
    person, module, path = one.cause.person_id, one.plan.module_id, one.plan.path_id
    assignment_id = None if module is None else assigned.get((person, module))
    walk_id = None if path is None else walks.get((person, path))
    obligation_id = owed.get((person, one.cause.key)) if one.plan.owes else None
    left_out = one.plan.left_out
    if one.plan.assigns and assignment_id is None and walk_id is None:
        left_out = LeftOut.ALREADY_TRAINED  # assigned and completed on that very day
    if left_out is None and assignment_id is None and walk_id is None and obligation_id is None:
        left_out = LeftOut.NO_TEAM
    return Firing(
        rule_id=one.rule.id,
        person_id=person,
        cause_key=one.cause.key,
        at=at,
        assignment_id=assignment_id,
        path_assignment_id=walk_id,
        obligation_id=obligation_id,
        left_out=left_out,
    )


def _of(rules: Iterable[RemedyRule], trigger: Trigger) -> list[RemedyRule]:
    return [rule for rule in rules if rule.trigger is trigger]
