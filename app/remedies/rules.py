"""What a rule does about one cause: pure decisions, told everything they look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Trigger(StrEnum):
    """What a rule acts on."""

    GAP_OPENED = "gap_opened"  # opened or relapsed
    FATAL_ERROR = "fatal_error"


class LeftOut(StrEnum):
    """Why a rule did not assign a module, or did nothing at all."""

    ALREADY_OPEN = "already_open"
    ALREADY_TRAINED = "already_trained"  # completed after the latest failed check
    NO_MODULE = "no_module"
    NO_LANGUAGE = "no_language"  # the module, or a step of the path, is missing in the person's language
    COOL_DOWN = "cool_down"
    NO_TEAM = "no_team"  # nobody to owe the session
    ALREADY_OWED = "already_owed"  # for the same cause
    DECIDED = "decided"  # the rule has decided about this very cause: in a preview only


class Terms(Protocol):
    """What a decision asks of a rule."""

    id: int
    trigger: Trigger
    competency_id: int | None
    assigns: bool
    module_id: int | None
    path_id: int | None
    owes: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that happened to one person; `key` names it for good."""

    key: str
    person_id: int
    competency_ids: tuple[int, ...]
    opened_at: datetime
    gap_id: int | None = None
    transition_id: int | None = None
    audit_id: int | None = None


@dataclass(slots=True)
class Facts:
    """What stands in the way of assigning, and what there is to assign."""

    own_module: dict[int, int] = field(default_factory=dict)
    """By competency: its published module, the one that teaches the fewest others."""
    published: set[int] = field(default_factory=set)
    unread: set[tuple[int, int]] = field(default_factory=set)
    """(person, module) of who reads a language it is missing in."""
    unread_paths: set[tuple[int, int]] = field(default_factory=set)
    """(person, path), likewise."""
    still_open: set[tuple[int, int]] = field(default_factory=set)
    """(person, module)."""
    completed: dict[tuple[int, int], date] = field(default_factory=dict)
    """By (person, module), the last time."""
    done_today: set[tuple[int, int]] = field(default_factory=set)
    """(person, module) assigned and completed on the very day."""
    failed: dict[tuple[int, int], date] = field(default_factory=dict)
    """By (person, competency), the day of the latest contact with a failed check."""
    cooling_gaps: set[tuple[int, int]] = field(default_factory=set)
    """(rule, gap) on which the rule acted lately."""
    cooling_modules: set[tuple[int, int, int]] = field(default_factory=set)
    """(rule, person, module) that the rule assigned lately."""
    published_paths: set[int] = field(default_factory=set)
    open_paths: set[tuple[int, int]] = field(default_factory=set)
    """(person, path)."""
    walked: dict[tuple[int, int], date] = field(default_factory=dict)
    """By (person, path), the last time it was completed."""
    paths_today: set[tuple[int, int]] = field(default_factory=set)
    """(person, path) given and walked on the very day."""
    cooling_paths: set[tuple[int, int, int]] = field(default_factory=set)
    """(rule, person, path) that the rule assigned lately."""
    not_owed: dict[str, LeftOut] = field(default_factory=dict)
    """By cause, why no session can come to be owed for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule does about a cause: what to assign, whether a session is owed, and what was left out, why."""

    module_id: int | None = None
    owes: bool = False
    left_out: LeftOut | None = None
    path_id: int | None = None

    @property
    def assigns(self) -> bool:
        return self.module_id is not None or self.path_id is not None


def concerns(rule: Terms, cause: Cause) -> bool:
    """Whether a rule is about this competency."""
    return rule.competency_id is None or rule.competency_id in cause.competency_ids


def plan(rule: Terms, cause: Cause, facts: Facts) -> Plan:
    """Decide for one rule and one cause.

    Within its cool-down a rule does nothing again about the same gap. A fatal error is owed its session every time.
    """
    if cause.gap_id is not None and (rule.id, cause.gap_id) in facts.cooling_gaps:
        return Plan(left_out=LeftOut.COOL_DOWN)
    not_owed = facts.not_owed.get(cause.key)
    owes = rule.owes and not_owed is None
    module_id = path_id = left_out = None
    if rule.assigns and rule.path_id is not None:
        left_out = _path_in_the_way(rule, cause, rule.path_id, facts)
        path_id = rule.path_id if left_out is None else None
    elif rule.assigns:
        module_id, left_out = _choose(rule, cause, facts)
    if left_out is None and module_id is None and path_id is None and not owes:
        left_out = not_owed
    return Plan(module_id=module_id, owes=owes, left_out=left_out, path_id=path_id)


def _choose(rule: Terms, cause: Cause, facts: Facts) -> tuple[int | None, LeftOut | None]:
    """The module to assign, of the first competency that has one to give; or why there is none."""
    reason = LeftOut.NO_MODULE
    competencies = cause.competency_ids if rule.competency_id is None else (rule.competency_id,)
    for competency_id in competencies:
        module_id = rule.module_id if rule.module_id is not None else facts.own_module.get(competency_id)
        if module_id is None or module_id not in facts.published:
            continue
        stands = _in_the_way(rule, cause, competency_id, module_id, facts)
        if stands is None:
            return module_id, None
        reason = stands
    return None, reason


def _in_the_way(rule: Terms, cause: Cause, competency_id: int, module_id: int, facts: Facts) -> LeftOut | None:
    if (cause.person_id, module_id) in facts.still_open:
        return LeftOut.ALREADY_OPEN
    if (cause.person_id, module_id) in facts.done_today:
        return LeftOut.ALREADY_TRAINED
    if (cause.person_id, module_id) in facts.unread:
        return LeftOut.NO_LANGUAGE
    completed = facts.completed.get((cause.person_id, module_id))
    failed = facts.failed.get((cause.person_id, competency_id))
    if completed is not None and failed is not None and completed > failed:
        return LeftOut.ALREADY_TRAINED
    if (rule.id, cause.person_id, module_id) in facts.cooling_modules:
        return LeftOut.COOL_DOWN
    return None


def _path_in_the_way(rule: Terms, cause: Cause, path_id: int, facts: Facts) -> LeftOut | None:
    """Why the path of a rule is not assigned, if it is not."""
    own = (cause.person_id, path_id)
    if path_id not in facts.published_paths:
        return LeftOut.NO_MODULE
    if own in facts.open_paths:
        return LeftOut.ALREADY_OPEN
    if own in facts.unread_paths:
        return LeftOut.NO_LANGUAGE
    failed = [facts.failed[(cause.person_id, c)] for c in cause.competency_ids if (cause.person_id, c) in facts.failed]
    if own in facts.paths_today or (own in facts.walked and failed and facts.walked[own] > max(failed)):
        return LeftOut.ALREADY_TRAINED
    return LeftOut.COOL_DOWN if (rule.id, *own) in facts.cooling_paths else None


# --- What fits a cause ---


class Means(StrEnum):
    """What can be done about a gap."""

    MODULE = "module"
    PRACTICE = "practice"  # a session side by side
    TALK = "talk"  # a session one to one


def means_for(cause: str | None) -> tuple[Means, ...]:
    """What fits the main cause of a gap, best first; a gap without one is taken for missing knowledge."""
    match cause:
        case "skill":
            return Means.PRACTICE, Means.MODULE
        case "will":
            return (Means.TALK,)
        case _knowledge:
            return Means.MODULE, Means.TALK
