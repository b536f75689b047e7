"""What coaching is owed and by when, what may become of an obligation, and how compliance counts.

Days are days at the agent's site; moments are aware. Nothing here reads the clock or the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self, TypeVar

from app.coaching.working import WorkTime
from app.core.clock import day_of, end_of, month_start, start_of, zone

Policy = TypeVar("Policy")

MONTHS_NEW = 3  # tenure in months up to which the first cadence holds
MONTHS_SETTLING = 12
RATINGS = range(1, 6)
MOST_COMMITMENTS = 5


class ObligationKind(StrEnum):
    CADENCE = "cadence"
    FATAL = "fatal"
    GAP = "gap"
    FOLLOW_UP = "follow_up"
    ASKED = "asked"
    NOMINATED = "nominated"
    FAILED = "failed"  # an audit below the mark, without a fatal error
    DSAT = "dsat"  # a dissatisfied customer, of a cause that coaching helps against
    REPEAT = "repeat"  # the same criterion missed again and again


class ObligationState(StrEnum):
    """`met` in time or `met_late`; `void` when its cause fell away or the person left."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    MISSED = "missed"
    WAIVED = "waived"
    VOID = "void"


class Clock(StrEnum):
    """How the hours of a policy run: all day and night, or while the site is open."""

    CALENDAR = "calendar"
    WORKING = "working"


class Away(StrEnum):
    """What an agent's absence does to what is owed: each day of it puts the due time off by one, or it is waived when it
    falls due, or nothing."""

    STOPS = "stops"
    WAIVES = "waives"
    RUNS_ON = "runs_on"


class ChangeKind(StrEnum):
    """What may change about an obligation while it is open."""

    REASSIGNED = "reassigned"
    PUT_OFF = "put_off"


class Tenure(StrEnum):
    """How long somebody has been with the programme when a session comes to be owed: the bands cadences go by."""

    NEW = "new"
    SETTLING = "settling"
    SETTLED = "settled"


class SessionKind(StrEnum):
    ONE_TO_ONE = "one_to_one"
    SIDE_BY_SIDE = "side_by_side"
    FATAL = "fatal"
    GROUP = "group"
    FOLLOW_UP = "follow_up"
    COACH_THE_COACH = "coach_the_coach"  # with a coach, about coaching


class SessionState(StrEnum):
    SCHEDULED = "scheduled"
    HELD = "held"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class CommitmentState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


# --- What is owed, and by when ---


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy asks for, by the names of its columns: days between sessions by tenure, time after an event."""

    days_new: int = 7
    days_settling: int = 14
    days_settled: int = 30
    days_with_gap: int = 14
    fatal_hours: int = 48
    gap_hours: int = 168
    follow_up_days: int = 14
    acknowledge_hours: int = 48
    asked_hours: int = 120
    nominated_hours: int = 72
    failed_hours: int = 0
    failed_below: int = 75
    dsat_hours: int = 0
    repeat_hours: int = 0
    repeat_times: int = 3
    repeat_days: int = 28
    clock: Clock = Clock.CALENDAR
    away: Away = Away.STOPS

    @classmethod
    def of(cls, row: object) -> Self:
        """The terms of a row that has columns of the same names."""
        return cls(**{field.name: getattr(row, field.name) for field in fields(cls)})


TERMS = tuple(field.name for field in fields(Terms) if field.name not in ("clock", "away"))
"""The names of the numbers."""

OPTIONAL = {
    ObligationKind.FAILED: "failed_hours",
    ObligationKind.DSAT: "dsat_hours",
    ObligationKind.REPEAT: "repeat_hours",
}
"""What a policy may ask a session for or not: with 0 hours none is owed."""


def is_owed(kind: ObligationKind, terms: Terms) -> bool:
    """Whether these terms ask for a session for this kind of event at all."""
    return kind not in OPTIONAL or getattr(terms, OPTIONAL[kind]) > 0


def nearest(ancestors: Sequence[int], policies: Mapping[int, Policy]) -> Policy | None:
    """Of the policies by unit, the one of the deepest of these units, which come from the programme down."""
    return next((policies[unit] for unit in reversed(ancestors) if unit in policies), None)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))


def tenure_of(hired_on: date | None, day: date) -> Tenure:
    """The band of tenure on a day; somebody whose day of hiring is not known counts as settled."""
    if hired_on is not None and day < add_months(hired_on, MONTHS_NEW):
        return Tenure.NEW
    if hired_on is not None and day < add_months(hired_on, MONTHS_SETTLING):
        return Tenure.SETTLING
    return Tenure.SETTLED


def cadence_days(hired_on: date | None, day: date, terms: Terms, *, active_gap: bool) -> int:
    """Days a cadence period that begins on `day` lasts: by tenure, less with an active gap where that is sooner."""
    days = {Tenure.NEW: terms.days_new, Tenure.SETTLING: terms.days_settling, Tenure.SETTLED: terms.days_settled}[
        tenure_of(hired_on, day)
    ]
    return min(days, terms.days_with_gap) if active_gap else days


def repeats(missed_on: Sequence[datetime], at: datetime, terms: Terms) -> bool:
    """Whether a criterion was missed as often as makes it a repeat finding, in the days before a moment."""
    first = at - timedelta(days=terms.repeat_days)
    return sum(first < moment <= at for moment in missed_on) >= terms.repeat_times


def cadence_key(day: date) -> str:
    """The cause of the cadence period that begins on `day`."""
    return f"cadence:{day.isoformat()}"


def cadence_begins(day: date, last_due: datetime | None, time_zone: str) -> bool:
    """Whether a new cadence period begins on `day`: there was none yet, or the last one ended before this day.

    Periods of one person therefore never overlap, whatever becomes of policy, tenure and gaps in the middle of one.
    """
    return last_due is None or last_due < start_of(day, time_zone)


def last_moment(day: date, time_zone: str) -> datetime:
    """The last second of `day` in that zone: what is due on a day is due by then."""
    return end_of(day, time_zone) - timedelta(seconds=1)


def cadence_due(day: date, days: int, time_zone: str) -> datetime:
    """When the session of a period that begins on `day` is due: by the end of its last day."""
    return last_moment(day + timedelta(days=days - 1), time_zone)


def due_day(day: date, time_zone: str, work: WorkTime | None = None) -> datetime:
    """By the end of a day, or of the next day of work."""
    return last_moment(day if work is None else work.open_day(day), time_zone)


def event_due(
    kind: ObligationKind,
    opened: datetime,
    terms: Terms,
    time_zone: str,
    hours: int | None = None,
    work: WorkTime | None = None,
) -> datetime:
    """When an obligation that an event opened falls due: after the hours of the policy, or `hours` where a rule says so.

    Hours run day and night, or with `work` while the site is open. A follow-up is due by the end of its last day.
    `KeyError` for a cadence, which no event opens.
    """
    if kind is ObligationKind.FOLLOW_UP and hours is None:
        return due_day(day_of(opened, time_zone) + timedelta(days=terms.follow_up_days), time_zone, work)
    by_policy = {
        ObligationKind.FATAL: terms.fatal_hours,
        ObligationKind.GAP: terms.gap_hours,
        ObligationKind.ASKED: terms.asked_hours,
        ObligationKind.NOMINATED: terms.nominated_hours,
        **{one: getattr(terms, name) for one, name in OPTIONAL.items()},
    }
    length = by_policy[kind] if hours is None else hours
    return opened + timedelta(hours=length) if work is None else work.after(opened, length)


def put_off(due_at: datetime, time_zone: str) -> datetime:
    """The same time of the next day at the site."""
    here = due_at.astimezone(zone(time_zone))
    return (here.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone(time_zone)).astimezone(UTC)


def due_month(due_at: datetime, time_zone: str) -> date:
    """The month compliance counts an obligation in, its first day: that of the due day at the site."""
    return month_start(day_of(due_at, time_zone))


# --- What becomes of it ---

MOVES: dict[ObligationState, frozenset[ObligationState]] = {
    ObligationState.OPEN: frozenset(ObligationState) - {ObligationState.OPEN},
    ObligationState.MISSED: frozenset({ObligationState.MET, ObligationState.MET_LATE}),
    ObligationState.MET: frozenset(),
    ObligationState.MET_LATE: frozenset(),
    ObligationState.WAIVED: frozenset(),
    ObligationState.VOID: frozenset(),
}
"""From each state to those it may become. A missed one may still be met: late, or in time by a session logged after the
month had closed."""

NOT_COUNTED = frozenset({ObligationState.WAIVED, ObligationState.VOID})


def sources(target: ObligationState) -> list[ObligationState]:
    """The states from which an obligation may become `target`."""
    return [state for state in ObligationState if target in MOVES[state]]


def met_as(held_at: datetime, due_at: datetime) -> ObligationState:
    """Met in time if and only if the session was held by the due time."""
    return ObligationState.MET if held_at <= due_at else ObligationState.MET_LATE


# --- Compliance ---


@dataclass(frozen=True, slots=True)
class Tally:
    """Obligations due in a period, counted by what became of them; each is in exactly one of these."""

    in_time: int = 0
    late: int = 0
    missed: int = 0
    open: int = 0
    waived: int = 0
    void: int = 0

    @property
    def due(self) -> int:
        """The denominator: what was due, less waived and void."""
        return self.in_time + self.late + self.missed + self.open

    @property
    def rate(self) -> float | None:
        """The share met in time; none when nothing was due."""
        return self.in_time / self.due if self.due else None

    @property
    def all(self) -> int:
        return self.due + self.waived + self.void

    @property
    def held(self) -> int:
        """Met at all, in time or late."""
        return self.in_time + self.late

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(Tally)))


TARGET = 0.9
"""Of the share in time, where no target is set for the unit or above it."""
TARGET_METRIC = "coaching_in_time"
"""The name of that target in files of targets."""

COUNTED_AS = {
    ObligationState.MET: "in_time",
    ObligationState.MET_LATE: "late",
    ObligationState.MISSED: "missed",
    ObligationState.OPEN: "open",
    ObligationState.WAIVED: "waived",
    ObligationState.VOID: "void",
}


def tally(state: ObligationState, count: int) -> Tally:
    """So many obligations in one state."""
    return Tally(**{COUNTED_AS[state]: count})


def change(now: Tally, before: Tally | None) -> float | None:
    """How much the share in time moved, as a fraction; none where one of the two has nothing due."""
    if before is None or now.rate is None or before.rate is None:
        return None
    return now.rate - before.rate


def is_tracked(month: date, live_from: date | None) -> bool:
    """Whether coaching was owed at all in a month (its first day): not before the month Hilo went live in."""
    return live_from is not None and month >= month_start(live_from)
