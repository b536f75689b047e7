"""What stands in the way of a rule: modules open or done, checks failed since, and what the rule did lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import Membership
from app.accounts.queries import members_on
from app.audits.models import BLIND_PURPOSES, SYSTEMIC_CAUSES, Audit, CriterionCompetency, Finding, Result
from app.coaching.models import Obligation
from app.core.clock import day_of, start_of
from app.curriculum import languages
from app.curriculum.models import Assignment, AssignmentState, Competency, Module, ModuleState
from app.curriculum.paths.models import Path, PathAssignment
from app.curriculum.paths.queries import is_open as path_is_open
from app.curriculum.queries import is_open, modules_for, still_counts
from app.remedies.causes import Causes
from app.remedies.models import Firing, RemedyRule
from app.remedies.rules import Facts, LeftOut

LOOK_BACK = timedelta(weeks=26)
"""How far back failed checks are asked for: a gap rests on later ones."""


def gather(session: Session, people: Select[int], rules: Sequence[RemedyRule], day: date, zone: str) -> Facts:
    """Everything the rules ask about these people on that day."""
    facts = Facts(published=set(session.scalars(select(Module.id).where(Module.state == ModuleState.PUBLISHED))))
    for competency_id, module in session.execute(modules_for(select(Competency.id))):
        facts.own_module.setdefault(competency_id, module.id)
    open_pairs = select(Assignment.person_id, Assignment.module_id).where(is_open(), Assignment.person_id.in_(people))
    facts.still_open.update((person, module) for person, module in session.execute(open_pairs))
    today = Assignment.assigned_on == day, Assignment.state == AssignmentState.COMPLETED
    done_today = select(Assignment.person_id, Assignment.module_id).where(*today, Assignment.person_id.in_(people))
    facts.done_today.update((person, module) for person, module in session.execute(done_today))
    done = session.execute(_completed(people))
    facts.completed.update(((p, m), on) for p, m, on in done if on is not None)
    facts.failed.update(((p, c), day_of(at, zone)) for p, c, at in session.execute(_failed(people, day)))
    lacking = languages.lacking(session)
    facts.unread = languages.unread(session, lacking, people)
    if any(rule.path_id is not None for rule in rules):
        facts.unread_paths = languages.unread(session, languages.lacking_of_paths(session, lacking), people)
        _paths(session, facts, people, day)
    _cool_down(session, facts, people, rules, day, zone)
    return facts


def _paths(session: Session, facts: Facts, people: Select[int], day: date) -> None:
    """What of paths is open, or was walked."""
    facts.published_paths.update(session.scalars(select(Path.id).where(Path.state == ModuleState.PUBLISHED)))
    columns = (PathAssignment.person_id, PathAssignment.path_id)
    theirs = select(*columns).where(PathAssignment.person_id.in_(people))
    facts.open_paths.update((person, path) for person, path in session.execute(theirs.where(path_is_open())))
    done = theirs.where(PathAssignment.state == AssignmentState.COMPLETED)
    today = done.where(PathAssignment.assigned_on == day)
    facts.paths_today.update((person, path) for person, path in session.execute(today))
    last = done.add_columns(func.max(PathAssignment.completed_on)).group_by(*columns)
    facts.walked.update(((p, path), on) for p, path, on in session.execute(last) if on is not None)


def not_owed(session: Session, causes: Causes, zone: str) -> dict[str, LeftOut]:
    """By key, the causes for which no session can come to be owed, and why: no team on that day, or owed already.

    Before Hilo went live nothing is owed either.
    """
    live = settings.live_from(session)
    days = {one.key: day_of(one.opened_at, zone) for one in causes.items}
    teamed = {
        day: set(session.scalars(members_on(day).with_only_columns(Membership.user_id)))
        for day in set(days.values())
        if live is None or day >= live
    }
    keys = select(Obligation.person_id, Obligation.trigger_key).where(Obligation.person_id.in_(causes.people))
    owed = set(session.execute(keys).all())
    found = {}
    for one in causes.items:
        if one.person_id not in teamed.get(days[one.key], ()):
            found[one.key] = LeftOut.NO_TEAM
        elif (one.person_id, one.key) in owed:
            found[one.key] = LeftOut.ALREADY_OWED
    return found


def _completed(people: Select[int]) -> Select[int, int, date | None]:
    return (
        select(Assignment.person_id, Assignment.module_id, func.max(Assignment.completed_on))
        .join(Module, Module.id == Assignment.module_id)
        .where(Assignment.state == AssignmentState.COMPLETED, Assignment.person_id.in_(people), still_counts())
        .group_by(Assignment.person_id, Assignment.module_id)
    )


def _failed(people: Select[int], day: date) -> Select[int, int, datetime]:
    """(person, competency, latest contact with a failed check that counts as the agent's)."""
    return (
        select(Audit.person_id, CriterionCompetency.competency_id, func.max(Audit.contact_at))
        .join(Finding, Finding.audit_id == Audit.id)
        .join(CriterionCompetency, CriterionCompetency.criterion_id == Finding.criterion_id)
        .where(
            Audit.person_id.in_(people),
            Audit.week >= day - LOOK_BACK,
            Audit.released_at.is_not(None),
            Audit.purpose.not_in(BLIND_PURPOSES),
            Finding.result == Result.FAIL,
            or_(Finding.cause.is_(None), Finding.cause.not_in(SYSTEMIC_CAUSES)),
        )
        .group_by(Audit.person_id, CriterionCompetency.competency_id)
    )


def _cool_down(
    session: Session, facts: Facts, people: Select[int], rules: Sequence[RemedyRule], day: date, zone: str
) -> None:
    days = {rule.id: rule.cool_down_days for rule in rules}
    longest = day - timedelta(days=max(days.values(), default=0))
    rows = session.execute(
        select(
            Firing.rule_id, Firing.person_id, Firing.at, Assignment.module_id, PathAssignment.path_id,
            func.coalesce(Assignment.gap_id, PathAssignment.gap_id), Obligation.gap_id,
        )
        .outerjoin(Assignment, Assignment.id == Firing.assignment_id)
        .outerjoin(PathAssignment, PathAssignment.id == Firing.path_assignment_id)
        .outerjoin(Obligation, Obligation.id == Firing.obligation_id)
        .where(Firing.person_id.in_(people), Firing.at >= start_of(longest, zone))
    )  # fmt: skip
    for rule_id, person_id, at, module_id, path_id, assigned_for, owed_for in rows:
        if day_of(at, zone) <= day - timedelta(days=days.get(rule_id, 0)):
            continue
        gap_id = assigned_for if assigned_for is not None else owed_for
        if gap_id is not None:
            facts.cooling_gaps.add((rule_id, gap_id))
        if module_id is not None:
            facts.cooling_modules.add((rule_id, person_id, module_id))
        if path_id is not None:
            facts.cooling_paths.add((rule_id, person_id, path_id))
