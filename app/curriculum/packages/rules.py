"""What a package is made of, when a part of it is done, and what the whole comes to. Pure: no Flask, no database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self


class PackageFormat(StrEnum):
    SCORM_12 = "scorm12"
    SCORM_2004 = "scorm2004"
    CMI5 = "cmi5"


class MoveOn(StrEnum):
    """When a unit of cmi5 is satisfied."""

    PASSED = "Passed"
    COMPLETED = "Completed"
    COMPLETED_AND_PASSED = "CompletedAndPassed"
    COMPLETED_OR_PASSED = "CompletedOrPassed"
    NOT_APPLICABLE = "NotApplicable"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the table of contents: something to play (with an address), or a heading above such."""

    id: str
    title: dict[str, str]
    """By language; under "" where the package does not say which."""
    level: int = 0
    href: str | None = None
    visible: bool = True
    """Whether the table of contents shows it; rules may open what it does not show."""
    tracked: bool = True
    """Whether it reports by itself; what does not is done once it was opened."""
    mastery: float | None = None
    """The share of the score that passes: of SCORM 1.2 its mastery score, of 2004 its scaled passing score."""
    threshold: float | None = None
    objectives: Sequence[str] = ()
    """Of SCORM 2004: the identifiers a part finds when it begins."""
    data: str = ""
    max_time: str = ""
    time_limit_action: str = ""
    move_on: MoveOn | None = None
    """Of cmi5 alone."""
    entitlement: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        names = {one.name for one in fields(cls)}
        facts: dict[str, Any] = {name: value for name, value in kept.items() if name in names}
        if facts.get("move_on"):
            facts["move_on"] = MoveOn(facts["move_on"])
        return cls(**facts)

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def title_in(self, language: str) -> str:
        """What it is called, in that language where the package has it."""
        return self.title.get(language) or next(filter(None, self.title.values()), self.id)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is with a part, or with the whole."""

    completed: bool = False
    passed: bool | None = None
    score: float | None = None
    progress: float | None = None
    done: bool = False


NOTHING = Standing()


# --- What a part reports ---


def standing_12(cmi: Mapping[str, Any]) -> Standing:
    """Of a part of SCORM 1.2, by its data model: failed is not done, and may be tried again."""
    status = str(cmi.get("cmi.core.lesson_status") or "")
    passed = {"passed": True, "failed": False}.get(status)
    completed = status in ("completed", "passed", "failed")
    return Standing(completed, passed, _score_of_raw(cmi, "cmi.core.score"), None, completed and passed is not False)


def standing_2004(item: Item, cmi: Mapping[str, Any]) -> Standing:
    """Of a part of SCORM 2004: thresholds of the manifest decide where the part gives a measure."""
    progress, score = _number(cmi.get("cmi.progress_measure")), _number(cmi.get("cmi.score.scaled"))
    if score is None:
        score = _score_of_raw(cmi, "cmi.score")
    status = str(cmi.get("cmi.completion_status") or "unknown")
    completed = status == "completed"
    if item.threshold is not None and progress is not None:
        completed = progress >= item.threshold
    passed = {"passed": True, "failed": False}.get(str(cmi.get("cmi.success_status") or ""))
    if item.mastery is not None and _number(cmi.get("cmi.score.scaled")) is not None and score is not None:
        passed = score >= item.mastery
    silent = status in ("unknown", "") and passed is True
    return Standing(completed, passed, _share(score), _share(progress), (completed or silent) and passed is not False)


def standing_cmi5(item: Item, known: Standing) -> Standing:
    """With `done` as the unit's moveOn decides it."""
    done = {
        MoveOn.PASSED: known.passed is True,
        MoveOn.COMPLETED: known.completed,
        MoveOn.COMPLETED_AND_PASSED: known.completed and known.passed is True,
        MoveOn.COMPLETED_OR_PASSED: known.completed or known.passed is True,
    }.get(item.move_on or MoveOn.NOT_APPLICABLE, True)
    return Standing(known.completed, known.passed, known.score, known.progress, done)


def roll_up(items: Sequence[Item], parts: Mapping[str, Standing]) -> Standing:
    """What all parts come to: done when each is, its score the mean of those that gave one.

    Units of cmi5 that ask for nothing are not waited for, unless there are no others.
    """
    played = [item for item in items if item.href is not None]
    needed = [item for item in played if item.move_on is not MoveOn.NOT_APPLICABLE] or played
    states = [parts.get(item.id, NOTHING) for item in needed]
    scores = [one.score for one in states if one.score is not None]
    verdicts = {one.passed for one in states}
    done = bool(states) and all(one.done for one in states)
    passed = False if False in verdicts else (True if True in verdicts and done else None)
    return Standing(
        completed=bool(states) and all(one.completed or one.done for one in states),
        passed=passed,
        score=sum(scores) / len(scores) if scores else None,
        progress=sum(_part_of(one) for one in states) / len(states) if states else None,
        done=done,
    )


def as_ruled(parts: Standing, whole: Mapping[str, Any], tree: Mapping[str, Any]) -> Standing:
    """What a package comes to by its own rules, which the run-time has followed; `parts` are what `roll_up` says of them.

    Rules may skip parts, so that it is done though not each of them is. Where no part of the `tree` weighs anything the
    whole has no score of its own: the run-time would say that it is nothing.
    """
    found = standing_2004(
        Item("", {}),
        {
            "cmi.completion_status": whole.get("completion"),
            "cmi.success_status": whole.get("success"),
            "cmi.score.scaled": whole.get("score"),
        },
    )
    score = found.score if found.score is not None and any(map(_weighs, tree["children"])) else parts.score
    return Standing(found.completed, found.passed, score, 1.0 if found.done else parts.progress, found.done)


def _weighs(activity: Mapping[str, Any]) -> bool:
    return float(activity.get("sequencingControls", {}).get("objectiveMeasureWeight", 1)) > 0


def _part_of(one: Standing) -> float:
    return 1.0 if one.done else min(one.progress or 0.0, 1.0)


def _score_of_raw(cmi: Mapping[str, Any], prefix: str) -> float | None:
    raw = _number(cmi.get(f"{prefix}.raw"))
    if raw is None:
        return None
    low, high = _number(cmi.get(f"{prefix}.min")), _number(cmi.get(f"{prefix}.max"))
    low, high = low if low is not None else 0.0, high if high is not None else 100.0
    return _share((raw - low) / (high - low)) if high > low else None


def _share(value: float | None) -> float | None:
    return None if value is None else min(max(value, 0.0), 1.0)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e9 else None  # neither infinite nor "not a number"


# --- Time as the standards write it ---

_CLOCK = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2})(?:\.\d+)?")
_PERIOD = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
LONGEST_SITTING = 24 * 3600


def seconds_of(text: Any) -> int:
    """A time of SCORM 1.2 (0001:30:00) or of ISO 8601 (PT1H30M) in seconds; nonsense is none, a day the most."""
    written = str(text or "")
    if clock := _CLOCK.fullmatch(written):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return min(hours * 3600 + minutes * 60 + seconds, LONGEST_SITTING)
    period = _PERIOD.fullmatch(written)
    if not period or not any(period.groups()):
        return 0
    years, months, days, hours, minutes, seconds = (float(part or 0) for part in period.groups())
    whole = ((years * 365 + months * 30 + days) * 24 + hours) * 3600 + minutes * 60 + seconds
    return int(min(whole, LONGEST_SITTING))


def clock_12(seconds: int) -> str:
    """Seconds as SCORM 1.2 writes a time."""
    return f"{seconds // 3600:04}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def period(seconds: int) -> str:
    """Seconds as ISO 8601 writes a period."""
    return f"PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"
