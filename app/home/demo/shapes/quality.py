"""What is judged: competencies, scorecards, and how criteria are missed."""

from __future__ import annotations

from dataclasses import dataclass

from app.home.demo.shapes.texts import Text


@dataclass(frozen=True, slots=True)
class Competency:
    """`target` is the share of checks that should pass; one without a parent only groups others."""

    code: str
    name: Text
    description: Text
    target: float
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the scorecard: how an auditor judges it, and what a coach may begin with."""

    code: str
    text: Text
    guidance: Text
    talking_point: Text
    weight: float
    severity: str
    competencies: tuple[str, ...]
    fatal_kind: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    name: Text
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    code: str
    version: str
    name: Text
    sections: tuple[Section, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)


@dataclass(frozen=True, slots=True)
class Comment:
    """What an auditor writes on a miss, and the causes it may stand with."""

    causes: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Misses:
    """How a criterion is missed: `na` is a share of the contacts of each channel, `causes` are shares of the misses."""

    fail_rate: float
    na: dict[str, float]
    causes: dict[str, float]
    comments: tuple[Comment, ...]
    lines: tuple[str, ...] = ()
    na_elsewhere: float = 0.0

    def na_rate(self, channel: str, line: str) -> float:
        """The share of contacts of that channel and line of business to which the criterion does not apply."""
        elsewhere = self.na_elsewhere if self.lines and line not in self.lines else 0.0
        return 1 - (1 - self.na[channel]) * (1 - elsewhere)

    def comments_for(self, cause: str) -> tuple[Comment, ...]:
        return tuple(comment for comment in self.comments if cause in comment.causes)
