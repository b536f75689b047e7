"""Where pairs stand now: the last decided evidence, with what has come in since; for screens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import monday_of, monday_of_number, week_number
from app.gaps import board, cells, decay, labels, outlook, policies, posterior, rules, standing, states
from app.gaps.models import Cell, Gap, Remedy
from app.gaps.rules import GapState

LEAST_CHECKS = 4
"""With fewer in 13 weeks a pair is shown as without evidence."""


@dataclass(frozen=True, slots=True)
class Live:
    """One pair as it stands on a day. `state` is the last decided one; the rest counts what has come in since."""

    person_id: int
    competency_id: int
    gap_id: int | None
    state: GapState
    probability: float
    checks: int
    missed: int
    expected: float
    since: int
    target: float
    n: float
    f: float
    mean: float

    @property
    def enough(self) -> bool:
        """Whether there is evidence to speak of."""
        return self.checks >= LEAST_CHECKS

    @property
    def sentence(self) -> str:
        """What the evidence says, in the reader's language."""
        return labels.sentence(
            missed=self.missed,
            checks=self.checks,
            expected=self.expected,
            probability=self.probability,
            target=self.target,
        )

    @property
    def step(self) -> int:
        """The shade of a heat map: 0 without evidence, then 1 (below 50 %) to 4 (90 % and more)."""
        if not self.enough:
            return 0
        return 1 + sum(self.probability >= limit for limit in (0.5, 0.7, 0.9))


def pairs(session: Session, people: Sequence[int], day: date) -> dict[tuple[int, int], Live]:
    """Where all pairs of these people stand on `day`: six queries, however many pairs. For a team or a page of people."""
    if not people:
        return {}
    number = week_number(day)
    found = standing.fold(session, number, standing.belonging(session, day, people), people=people)
    gaps = {(g.person_id, g.competency_id): g for g in session.scalars(select(Gap).where(Gap.person_id.in_(people)))}
    target = standing.targets(session)
    keys = list(zip(found.person.tolist(), found.competency.tolist(), strict=True))
    goal = np.array([target[c] for _p, c in keys], dtype=float)
    means = _means(session, people, gaps)
    mean = np.array([means.get(k) or 1 - target[k[1]] for k in keys], dtype=float)
    n, f = found.evidence.n, found.evidence.f
    probability = posterior.believe(n, f, mean).probability(goal) if keys else goal
    expected = rules.expected_misses(found.window.standard, goal)
    return {
        key: Live(
            person_id=key[0], competency_id=key[1], gap_id=gaps[key].id if key in gaps else None,
            state=gaps[key].state if key in gaps else GapState.NONE, probability=float(probability[i]),
            checks=int(found.window.checks[i]), missed=int(found.window.fails[i]), expected=float(expected[i]),
            since=int(found.evidence.since[i]), target=float(goal[i]), n=float(n[i]), f=float(f[i]), mean=float(mean[i]),
        )
        for i, key in enumerate(keys)
    }  # fmt: skip


def _means(
    session: Session, people: Sequence[int], gaps: Mapping[tuple[int, int], Gap]
) -> dict[tuple[int, int], float]:
    return {pair: gap.mean for pair, gap in gaps.items()} | board.means(session, people)


def of_gap(session: Session, gap: Gap, day: date) -> Live:
    """Where the pair of a gap stands on `day`."""
    found = pairs(session, [gap.person_id], day).get((gap.person_id, gap.competency_id))
    if found is not None:
        return found
    return Live(
        gap.person_id,
        gap.competency_id,
        gap.id,
        gap.state,
        gap.probability,
        0,
        0,
        0.0,
        0,
        gap.competency.target,
        0.0,
        0.0,
        gap.mean,
    )


def look_ahead(session: Session, gap: Gap, now: Live, day: date) -> outlook.Outlook:
    """What the next decision would be, and how many checks it takes to close or to open the gap."""
    return look_all_ahead(session, [gap], {(gap.person_id, gap.competency_id): now}, day)[gap.id]


def look_all_ahead(
    session: Session, gaps: Sequence[Gap], now: Mapping[tuple[int, int], Live], day: date
) -> dict[int, outlook.Outlook]:
    """The outlook of each of these gaps whose pair is in `now`, by gap id: a handful of queries, however many gaps."""
    people = {gap.person_id for gap in gaps}
    this_week = select(Remedy.person_id, Remedy.competency_id).where(
        Remedy.person_id.in_(people), Remedy.week == monday_of(day)
    )
    completed = {(person, competency) for person, competency in session.execute(this_week)}
    terms = policies.of_gaps(session, gaps, day)
    found = {}
    for gap in gaps:
        pair = (gap.person_id, gap.competency_id)
        if pair in now:
            found[gap.id] = _look_ahead(gap, now[pair], day, terms[gap.id], completed=pair in completed)
    return found


def _look_ahead(gap: Gap, now: Live, day: date, terms: rules.Policy, *, completed: bool) -> outlook.Outlook:
    weeks_closed = states.NEVER if gap.closed_on is None else (day - gap.closed_on).days // 7
    return outlook.look_ahead(
        outlook.Standing(
            state=gap.state, n=now.n, f=now.f, expected=now.mean, target=now.target, fails13=now.missed, checks13=now.checks,
            since=now.since, completed=completed, weeks_since_closed=weeks_closed,
        ),
        terms,
    )  # fmt: skip


def next_decision(day: date) -> date:
    """The Sunday at whose end the next decision falls."""
    return monday_of(day) + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """The evidence of one week, and the probability at its end."""

    week: date
    probability: float
    checks: int
    missed: int


def history(session: Session, gap: Gap, day: date, *, weeks: int = 39) -> list[WeekPoint]:
    """The probability of a gap at the end of each of the last weeks, oldest first, from its cells."""
    return histories(session, [gap], day, weeks=weeks)[gap.id]


def histories(session: Session, gaps: Sequence[Gap], day: date, *, weeks: int = 39) -> dict[int, list[WeekPoint]]:
    """The probability of these gaps of one person by week, oldest first, by gap id: a handful of queries for all.

    The expected rate is today's: what is drawn is how the pair's own evidence moved.
    """
    found: dict[int, list[WeekPoint]] = {gap.id: [] for gap in gaps}
    if not gaps:
        return found
    person = gaps[0].person_id
    order = sorted(gaps, key=lambda gap: gap.competency_id)
    means = board.means(session, [person])
    goal = np.array([gap.competency.target for gap in order])
    mean = np.array([means.get((person, gap.competency_id), gap.mean) or 1 - gap.competency.target for gap in order])
    for one in course(session, [(person, gap.competency_id) for gap in order], day, weeks=weeks):
        probability = posterior.believe(one.n, one.f, mean).probability(goal)
        for place in np.flatnonzero(one.known).tolist():
            point = WeekPoint(one.week, float(probability[place]), int(one.checks[place]), int(one.missed[place]))
            found[order[place].id].append(point)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """Where pairs of people and competencies stood at the end of a week, one entry each, in their order."""

    week: date
    n: rules.Floats
    f: rules.Floats
    checks: rules.Ints
    """Of this week alone, as `missed`."""
    missed: rules.Ints
    known: rules.Bools
    """Whether there was any check by then."""


def course(session: Session, pairs: Sequence[tuple[int, int]], day: date, *, weeks: int = 39) -> Iterator[Standing]:
    """Where these pairs (person, competency), in order, stood at the end of each of the last weeks, from their cells."""
    people = sorted({person for person, _about in pairs})
    mine = cells.read(session, Cell.person_id.in_(people) & (Cell.week <= monday_of(day)))
    where = standing.belonging(session, day, people)
    known = np.array([(person << 20) + about for person, about in pairs], dtype=np.int64)
    at, of_them = standing.place(known, standing.keys(mine.person, mine.competency))
    pair, week = at[of_them], mine.week[of_them]
    n_raw, fails = mine.n_raw[of_them], mine.fails[of_them]
    folded = decay.Cells(pair, week, n_raw, fails, mine.standard[of_them])
    completions, moves = standing.events(session, where, known, people)
    first = np.full(len(known), week_number(day) + 1)
    np.minimum.at(first, pair, week)
    for number in range(week_number(day) - weeks + 1, week_number(day) + 1):
        evidence = decay.fold(folded, len(known), number, completions=completions, moves=moves)
        here = week == number
        checks = np.bincount(pair[here], n_raw[here], len(known)).astype(int)
        missed = np.bincount(pair[here], fails[here], len(known)).astype(int)
        yield Standing(monday_of_number(number), evidence.n, evidence.f, checks, missed, first <= number)
