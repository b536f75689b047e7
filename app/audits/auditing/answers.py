"""What the form of an audit says, what is missing in it, and the scores so far: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from app.audits.models import Cause, Criterion, Result
from app.audits.rules import FAIL, NA, PASS, Weights, score

CODES = {Result.PASS: PASS, Result.FAIL: FAIL, Result.NA: NA}
HEAD = ("contact_ref", "channel", "language")
LONGEST_COMMENT = 10_000
LONGEST_HEAD = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for one criterion, as far as it was said."""

    result: Result | None = None
    cause: Cause | None = None
    comment: str = ""

    @property
    def said(self) -> bool:
        return self != Answer()


@dataclass(frozen=True, slots=True)
class Content:
    """The whole form: what the contact was, and the answers by criterion."""

    head: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[int, Answer] = field(default_factory=dict)

    def of(self, criterion_id: int) -> Answer:
        """The answer to a criterion, empty while there is none."""
        return self.answers.get(criterion_id, Answer())


def read(form: Mapping[str, str], criteria: Sequence[Criterion]) -> Content:
    """What was typed; a cause stands only beside a fail, and is one of those offered."""
    head = {name: form.get(name, "").strip()[:LONGEST_HEAD] for name in HEAD}
    return Content(head, {one.id: answer for one in criteria if (answer := _answer(form, one)).said})


def _answer(form: Mapping[str, str], criterion: Criterion) -> Answer:
    result = _one(Result, form.get(f"result-{criterion.id}"))
    if result is Result.NA and not criterion.na_allowed:
        result = None
    cause = _one(Cause, form.get(f"cause-{criterion.id}")) if result is Result.FAIL else None
    comment = form.get(f"comment-{criterion.id}", "").replace("\r\n", "\n").strip()[:LONGEST_COMMENT]
    return Answer(result, cause if cause in criterion.offered else None, comment)


def _one(kind: Any, value: str | None) -> Any:
    return kind(value) if value in {one.value for one in kind} else None


def to_data(content: Content) -> dict[str, Any]:
    """The form as it is kept."""
    answers = {
        str(number): {"result": one.result, "cause": one.cause, "comment": one.comment}
        for number, one in content.answers.items()
    }
    return {**content.head, "answers": answers}


def from_data(data: Mapping[str, Any]) -> Content:
    """The form from what is kept."""
    answers = {
        int(number): Answer(_one(Result, one["result"]), _one(Cause, one["cause"]), one["comment"])
        for number, one in data.get("answers", {}).items()
    }
    return Content({name: data.get(name, "") for name in HEAD}, answers)


# --- What is missing ---


class Lack(StrEnum):
    """What an answer lacks before the audit can be released."""

    RESULT = "result"
    CAUSE = "cause"


def lacks(content: Content, criteria: Sequence[Criterion]) -> dict[int, Lack]:
    """What is missing, by criterion."""
    found = {}
    for one in criteria:
        answer = content.of(one.id)
        if answer.result is None:
            found[one.id] = Lack.RESULT
        elif answer.result is Result.FAIL and answer.cause is None:
            found[one.id] = Lack.CAUSE
    return found


def rest_passed(content: Content, criteria: Sequence[Criterion]) -> Content:
    """The form with a pass wherever nothing was said."""
    said = {
        one.id: answer if (answer := content.of(one.id)).result else Answer(Result.PASS, None, answer.comment)
        for one in criteria
    }
    return Content(content.head, said)


# --- Scores so far ---


@dataclass(frozen=True, slots=True)
class Live:
    """The four numbers of what was answered so far."""

    total: float | None
    critical: float | None
    noncritical: float | None
    fatal: bool
    answered: int
    criteria: int


def live(content: Content, criteria: Sequence[Criterion]) -> Live:
    """The scores of what was answered; what was not counts as not applicable meanwhile."""
    answers = [content.of(one.id).result for one in criteria]
    results = np.array([[CODES[one] if one else NA for one in answers]], np.int8).reshape(1, len(criteria))
    found = score(results, weights(criteria))
    shares = (None if np.isnan(one[0]) else float(one[0]) for one in (found.total, found.critical, found.noncritical))
    return Live(*shares, bool(found.fatal[0]), sum(one is not None for one in answers), len(criteria))


def weights(criteria: Sequence[Criterion]) -> Weights:
    """The weights of these criteria, in their order."""
    return Weights(
        weight=np.array([one.weight for one in criteria], float),
        critical=np.array([one.critical for one in criteria], bool),
        fatal=np.array([one.fatal for one in criteria], bool),
        section=np.array([one.section_id for one in criteria], np.int64),
        fails_section=np.array([one.fails_section for one in criteria], bool),
    )


# --- Two forms ---

Place = str | int
"""A field of the head, or a criterion."""


def differences(stored: Content, other: Content) -> list[Place]:
    """Where two forms say different things."""
    heads = [name for name in HEAD if stored.head.get(name, "") != other.head.get(name, "")]
    numbers = sorted(set(stored.answers) | set(other.answers))
    return [*heads, *(number for number in numbers if stored.of(number) != other.of(number))]


def merged(stored: Content, other: Content, taken: set[Place]) -> Content:
    """The stored form with what the other one says at these places."""
    head = {name: (other if name in taken else stored).head.get(name, "") for name in HEAD}
    numbers = set(stored.answers) | set(other.answers)
    answers = {number: (other if number in taken else stored).of(number) for number in numbers}
    return Content(head, {number: one for number, one in answers.items() if one.said})
