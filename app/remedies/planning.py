"""What rules would do about many causes: looked up, decided, nothing done yet. For acting on them, and for the preview."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.clock import end_of, start_of
from app.remedies.causes import Causes, fatal_errors, standing_gaps
from app.remedies.facts import gather, not_owed
from app.remedies.models import Firing, RemedyRule
from app.remedies.rules import Cause, LeftOut, Plan, Trigger, concerns, plan

PREVIEW_FATAL_DAYS = 28
"""How far back the preview of a rule on fatal errors looks: they are moments, no standing state."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What one rule does about one cause."""

    rule: RemedyRule
    cause: Cause
    plan: Plan
    to_come: Plan | None = None
    """In a preview: what it does about the like from now on, where other rules in force make that something else."""


def preview(session: Session, rule: RemedyRule, *, day: date) -> list[Planned]:
    """Whom a rule, stored or not, would reach now: who has an open gap, or had a fatal error in the last four weeks.

    It is what the rule then does, person by person. Applied to gaps that stand open it acts alone: `plan`. About what is
    to come, all rules in force act in their order: `to_come`, where that differs. A rule on fatal errors acts only on
    those to come, so there `plan` is that already. What the rule has decided about is among them, as left out.
    """
    zone = programme_zone()
    on_gaps = rule.trigger is Trigger.GAP_OPENED
    if on_gaps:
        causes = as_if_opened(standing_gaps(session, day, zone), end_of(day, zone) - timedelta(seconds=1))
    else:
        first = start_of(day - timedelta(days=PREVIEW_FATAL_DAYS), zone)
        causes = fatal_errors(session, first, end_of(day, zone), day)
    known = set(session.execute(decided_about(causes)).all()) if causes.items else set()
    fresh = Causes([one for one in causes.items if (rule.id, one.key) not in known], causes.people)
    together = _of_rule(plan_for(session, _beside(session, rule), fresh, day), rule)
    alone = _of_rule(plan_for(session, [rule], fresh, day), rule) if on_gaps else together
    reached = (one for one in causes.items if concerns(rule, one))
    return [_foretold(rule, one, alone.get(one.key), together.get(one.key)) for one in reached]


def _beside(session: Session, rule: RemedyRule) -> list[RemedyRule]:
    """The rules in force once this one, as it is written here, is among them."""
    others = [one for one in in_force(session) if one.id != rule.id and one.trigger is rule.trigger]
    return sorted([*others, rule], key=_turn)


def _of_rule(planned: Iterable[Planned], rule: RemedyRule) -> dict[str, Plan]:
    return {one.cause.key: one.plan for one in planned if one.rule is rule}


def _foretold(rule: RemedyRule, cause: Cause, alone: Plan | None, together: Plan | None) -> Planned:
    if alone is None:
        return Planned(rule, cause, Plan(left_out=LeftOut.DECIDED))
    return Planned(rule, cause, alone, together if together != alone else None)


def in_force(session: Session) -> list[RemedyRule]:
    """The rules in force, in the order in which they act."""
    return sorted(session.scalars(select(RemedyRule).where(RemedyRule.active)), key=_turn)


def _turn(rule: RemedyRule) -> tuple[bool, bool, int]:
    """Narrower rules act first, then the older; one not stored yet will be the newest."""
    return rule.competency_id is None, rule.id is None, rule.id or 0


def plan_for(
    session: Session,
    rules: Sequence[RemedyRule],
    causes: Causes,
    day: date,
    known: Collection[tuple[int, str]] = frozenset(),
) -> list[Planned]:
    """What each rule does about each cause it has not decided about; a module planned once for a person is open for
    whatever comes after."""
    if not causes.items or not rules:
        return []
    facts = gather(session, causes.people, rules, day, programme_zone())
    facts.not_owed.update(not_owed(session, causes, programme_zone()))
    planned = []
    for cause in causes.items:
        for rule in rules:
            if concerns(rule, cause) and (rule.id, cause.key) not in known:
                decided = plan(rule, cause, facts)
                if decided.module_id is not None:
                    facts.still_open.add((cause.person_id, decided.module_id))
                if decided.path_id is not None:
                    facts.open_paths.add((cause.person_id, decided.path_id))
                planned.append(Planned(rule, cause, decided))
    return planned


def as_if_opened(causes: Causes, on: datetime) -> Causes:
    """The same causes, had they come at this moment."""
    return Causes([replace(cause, opened_at=on) for cause in causes.items], causes.people)


def decided_about(causes: Causes) -> Select[int, str]:
    """(rule, cause) of what rules have decided about these people already."""
    return select(Firing.rule_id, Firing.cause_key).where(Firing.person_id.in_(causes.people))


def programme_zone() -> str:
    """The time zone days are counted in."""
    return str(current_app.config["PROGRAMME_TIME_ZONE"])
