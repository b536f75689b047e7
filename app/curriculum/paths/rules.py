"""Pure decisions: where somebody stands on each step of a path, and what is wrong with a path as it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Branch(StrEnum):
    """Who takes a step that depends on the result of an earlier quiz."""

    BELOW = "below"
    AT_LEAST = "at_least"


class Stand(StrEnum):
    """Where somebody stands on a step."""

    DONE = "done"
    OPEN = "open"
    LOCKED = "locked"  # something before it comes first
    UNDECIDED = "undecided"  # the quiz it depends on was not taken yet
    SKIPPED = "skipped"  # not on this person's way


class StepLike(Protocol):
    """What decisions ask of a step."""

    position: int
    module_id: int
    optional: bool
    after: int | None
    branch_on: int | None
    branch: Branch | None
    branch_score: float | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person and a module, since the path was given or, where that counts, of before."""

    done: bool = False
    """Completed, or spared."""
    under_way: bool = False
    """Open, so that it stays on the way even when the module was retired since."""
    result: float | None = None
    """Of the first attempt at its quiz, else of the completion."""


NOTHING = Known()


def stands(
    steps: Sequence[StepLike], known: Mapping[int, Known], retired: set[int], *, in_order: bool
) -> dict[int, Stand]:
    """Where the person stands on each step, by position. `known` is by module; `retired` are modules no longer taught.

    A step off somebody's way holds up nothing: what waits for it waits for what it would have waited for.
    """
    found: dict[int, Stand] = {}
    by_position = {one.position: one for one in steps}
    for step in steps:
        found[step.position] = _stand(step, by_position, found, known, retired, in_order)
    return found


def _stand(
    step: StepLike,
    steps: Mapping[int, StepLike],
    found: Mapping[int, Stand],
    known: Mapping[int, Known],
    retired: set[int],
    in_order: bool,
) -> Stand:
    own = known.get(step.module_id, NOTHING)
    way = _on_the_way(step, steps, found, known)
    if way is not None:
        return way
    if own.done:
        return Stand.DONE
    if step.module_id in retired and not own.under_way:
        return Stand.SKIPPED
    before = [at for at in found if not steps[at].optional] if in_order else []
    if step.after is not None:
        before.append(step.after)
    return Stand.OPEN if all(_passed(at, steps, found) for at in before) else Stand.LOCKED


def _on_the_way(
    step: StepLike, steps: Mapping[int, StepLike], found: Mapping[int, Stand], known: Mapping[int, Known]
) -> Stand | None:
    """Why the step is not, or not yet, on the way; None when it is. A quiz done without a result counts as nothing right."""
    if step.branch_on is None or step.branch is None:
        return None
    source = found[step.branch_on]
    if source is Stand.SKIPPED:
        return Stand.SKIPPED
    tested = known.get(steps[step.branch_on].module_id, NOTHING)
    if tested.result is None and source is not Stand.DONE:
        return Stand.UNDECIDED
    reached = (tested.result or 0.0) >= (step.branch_score or 0.0) - 1e-9
    return None if reached is (step.branch is Branch.AT_LEAST) else Stand.SKIPPED


def _passed(at: int, steps: Mapping[int, StepLike], found: Mapping[int, Stand]) -> bool:
    """Whether what waits for the step at this position may go on."""
    if found[at] is Stand.DONE:
        return True
    if found[at] is not Stand.SKIPPED:
        return False
    before = steps[at].after
    return before is None or _passed(before, steps, found)


def count(steps: Sequence[StepLike], found: Mapping[int, Stand]) -> tuple[int, int]:
    """(done, all) of the required steps that are on the way."""
    on_the_way = [found[one.position] for one in steps if not one.optional]
    sure = [one for one in on_the_way if one not in (Stand.SKIPPED, Stand.UNDECIDED)]
    return sum(one is Stand.DONE for one in sure), len(sure)


def is_walked(steps: Sequence[StepLike], found: Mapping[int, Stand]) -> bool:
    """Whether all that is required is done."""
    return all(one.optional or found[one.position] in (Stand.DONE, Stand.SKIPPED) for one in steps)


# --- Writing ---


class Fault(StrEnum):
    """What is wrong with a step as it is written."""

    TWICE = "twice"
    NOT_EARLIER = "not_earlier"
    WAITS_FOR_OPTIONAL = "waits_for_optional"
    NO_QUIZ = "no_quiz"
    HALF_A_BRANCH = "half_a_branch"


def faults(steps: Sequence[StepLike], with_quiz: set[int]) -> list[tuple[int, Fault]]:
    """(position, what is wrong) of the steps; `with_quiz` are the modules that have one."""
    found: list[tuple[int, Fault]] = []
    earlier: dict[int, StepLike] = {}
    for step in steps:
        if any(one.module_id == step.module_id for one in earlier.values()):
            found.append((step.position, Fault.TWICE))
        for named in (step.after, step.branch_on):
            if named is None:
                continue
            if named not in earlier:
                found.append((step.position, Fault.NOT_EARLIER))
            elif earlier[named].optional and not step.optional:
                found.append((step.position, Fault.WAITS_FOR_OPTIONAL))
        if step.branch_on in earlier and earlier[step.branch_on].module_id not in with_quiz:
            found.append((step.position, Fault.NO_QUIZ))
        if len({one is None for one in (step.branch_on, step.branch, step.branch_score)}) > 1:
            found.append((step.position, Fault.HALF_A_BRANCH))
        earlier[step.position] = step
    return list(dict.fromkeys(found))
