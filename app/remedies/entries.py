"""What a thread is made of: plain values, each with the day it stands at and its rank among those of that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from app.audits.models import SYSTEMIC_CAUSES, Cause, Result
from app.coaching.rules import ObligationKind, ObligationState, SessionKind
from app.core.i18n import Bilingual
from app.curriculum.models import AssignmentState
from app.gaps.models import Transition
from app.gaps.policies import terms_of
from app.gaps.rules import DEFAULT_POLICY, GapState, Policy
from app.remedies.rules import LeftOut


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the competency in an audit."""

    at: datetime
    passed: bool
    text: Bilingual
    audit_id: int
    criterion_id: int
    reference: str
    fatal: bool
    cause: Cause | None
    comment: str | None
    disputable: bool
    """A miss that the reader may still dispute."""

    @property
    def counts(self) -> bool:
        """Whether it is evidence of the agent: a miss for a reason that no agent can mend is not."""
        return self.passed or self.cause not in SYSTEMIC_CAUSES


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one ISO week of the contact, or of several quiet ones together."""

    kind: ClassVar[str] = "checks"
    rank: ClassVar[int] = 0
    first: date
    last: date
    weeks: int
    items: tuple[Check, ...]

    @property
    def day(self) -> date:
        return self.last

    @property
    def missed(self) -> int:
        return sum(1 for one in self.items if one.counts and not one.passed)

    @property
    def counted(self) -> int:
        """Of its checks, those that are evidence."""
        return sum(1 for one in self.items if one.counts)


@dataclass(frozen=True, slots=True)
class Act:
    """What a rule did about an opening or a fatal error, or why it left it."""

    rule: Bilingual
    module: Bilingual | None
    owed: bool
    left_out: LeftOut | None
    path: Bilingual | None = None
    """Assigned instead of a module."""


@dataclass(frozen=True, slots=True)
class Change:
    """A state entered by the decision at the end of a Sunday, and what rules did about it."""

    kind: ClassVar[str] = "state"
    rank: ClassVar[int] = 9
    day: date
    from_state: GapState
    to_state: GapState
    probability: float
    checks13: int
    fails13: int
    since: int
    replayed: bool
    rewritten: bool
    terms: Policy = DEFAULT_POLICY
    acts: tuple[Act, ...] = ()

    @classmethod
    def of(cls, one: Transition, acts: Sequence[Act] = ()) -> Change:
        """As it was written down, on the Sunday that ends its week."""
        return cls(
            day=one.week + timedelta(days=6),
            from_state=one.from_state,
            to_state=one.to_state,
            probability=one.probability,
            checks13=one.checks13,
            fails13=one.fails13,
            since=one.since,
            replayed=one.replayed,
            rewritten=one.rewritten,
            terms=terms_of(one.policy),
            acts=tuple(acts),
        )


@dataclass(frozen=True, slots=True)
class Learning:
    """A module assigned, started, completed or put aside; `step` says which."""

    kind: ClassVar[str] = "learning"
    rank: ClassVar[int] = 5
    day: date
    step: AssignmentState
    assignment_id: int
    module: Bilingual
    by: str | None
    due_on: date | None = None
    assigned_on: date | None = None
    language: str | None = None
    score: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Quizzed:
    """An attempt at the quiz of a module that was assigned."""

    kind: ClassVar[str] = "quiz"
    rank: ClassVar[int] = 4
    day: date
    assignment_id: int
    module: Bilingual
    number: int
    score: float | None
    passed: bool
    timed_out: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """A coaching session held on the competency."""

    kind: ClassVar[str] = "talk"
    rank: ClassVar[int] = 6
    day: date
    session_id: int
    session_kind: SessionKind
    coach: str
    promises: int
    kept: int
    acknowledged_at: datetime | None
    useful: int | None


@dataclass(frozen=True, slots=True)
class Owed:
    """A session owed for the gap or for a fatal error on the competency, as it stands now."""

    kind: ClassVar[str] = "owed"
    rank: ClassVar[int] = 4
    day: date
    cause: ObligationKind
    state: ObligationState
    due_at: datetime
    obligation_id: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """A released check that was corrected; what it said before stays."""

    kind: ClassVar[str] = "corrected"
    rank: ClassVar[int] = 3
    day: date
    audit_id: int
    reference: str
    text: Bilingual
    before: tuple[Result, Cause | None]
    after: tuple[Result, Cause | None]
    by: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody observed and wrote down; it weighs nothing."""

    kind: ClassVar[str] = "seen"
    rank: ClassVar[int] = 7
    day: date
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Redefined:
    """What checks are held against changed: the target, or the criteria that tell of the competency."""

    kind: ClassVar[str] = "redefined"
    rank: ClassVar[int] = 8
    day: date
    week: date
    by: str | None
    targets: tuple[float, float] | None
    """Before and after."""
    came: tuple[Bilingual, ...] = ()
    left: tuple[Bilingual, ...] = ()
    """Criteria that tell of it now, and no more."""
    moved: tuple[Standing, Standing] | None = None
    """Where the gap stood at the decision before, as it was and as it was counted again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the evidence said of a gap."""

    probability: float
    checks: int
    missed: int


Entry = Checks | Change | Learning | Quizzed | Talk | Owed | Corrected | Seen | Redefined
