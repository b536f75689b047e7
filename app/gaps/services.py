"""Deeds on evidence and gaps: what other rooms tell, the weekly decision, replay of the past, rebuilding and comparing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import numpy as np
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Integer, delete, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from app.audits.models import Audit
from app.core import bulk
from app.core.clock import end_of, monday_of, monday_of_number, week_number
from app.core.errors import Refused
from app.gaps import cells, decisions, evidence, fitting, folding, newcomers, standing
from app.gaps.decisions import Decided
from app.gaps.models import Cell, Decision, Gap, Remedy, Transition
from app.gaps.redefining.services import take_effect
from app.gaps.rules import ACTIVE, GapState
from app.gaps.teams import deciding as team_gaps

Completion = tuple[int, int, date, str]
Tick = Callable[[], None]


def findings_changed(session: Session, *, touched: evidence.Touched, on: datetime) -> None:
    """Make evidence follow findings that are new, corrected or taken back, in their transaction.

    A week not decided yet only changes its cells; one already decided changes what its pairs stand at, too.
    """
    distinct = evidence.distinct(touched)
    evidence.recount(session, distinct, fitting.load(session))
    last = decisions.last_decided(session)
    folding.refold(session, {person for person, week in distinct if _settled(week, last)})


def refuse_undo(session: Session, *, audit_ids: Sequence[int], touched: evidence.Touched, on: datetime) -> None:
    """Findings stay once gaps have been decided on them as the weeks went by; decisions replayed over the past do not hold
    them.
    """
    since: dict[int, date] = {}
    for person, week in touched:
        since[person] = min(week, since.get(person, week))
    decided = 0
    for block in bulk.chunks(sorted(since)):
        statement = (
            select(Gap.person_id, Transition.week)
            .join(Gap)
            .where(Gap.person_id.in_(block), Transition.replayed.is_(False))
        )
        decided += sum(week >= since[person] for person, week in session.execute(statement))
    if decided:
        raise Refused(
            ngettext(
                "%(num)s decision on a gap rests on these findings, so they can't be removed.",
                "%(num)s decisions on gaps rest on these findings, so they can't be removed.",
                decided,
            )
        )


def remedies_completed(session: Session, *, completions: Sequence[Completion], on: datetime) -> None:
    """Note completed remedies (person, competency, day, key): from their week on, earlier evidence counts half.

    A key already noted is left as it is.
    """
    wanted = {key: (person, competency, day) for person, competency, day, key in completions}
    for block in bulk.chunks(list(wanted)):
        for known in session.scalars(select(Remedy.key).where(Remedy.key.in_(block))):
            wanted.pop(known, None)
    session.add_all(
        Remedy(person_id=person, competency_id=competency, week=monday_of(day), day=day, key=key)
        for key, (person, competency, day) in wanted.items()
    )
    session.flush()
    last = decisions.last_decided(session)
    folding.refold(session, {person for person, _c, day in wanted.values() if _settled(monday_of(day), last)})


def _settled(week: date, last: date | None) -> bool:
    return last is not None and week <= last


def decide_week(
    session: Session, week: date, *, on: datetime, replayed: bool = False, rewritten: bool = False
) -> Decided:
    """Decide the week that begins on Monday `week`, as at the end of its Sunday: only what was released by then counts.

    Weeks between the last decided one and this one are passed over, their findings are not. Raises `Refused` when it has been
    decided, or lies before one that has.
    """
    last = decisions.last_decided(session)
    if last is not None and week <= last:
        raise Refused(_("The week of %(day)s has already been decided.", day=week.isoformat()))
    if last is not None and week > last + timedelta(weeks=1):
        folding.refold_all(session, week - timedelta(weeks=1))
    take_effect(session, week, on=on)
    until = end_of(standing.sunday(week), current_app.config["PROGRAMME_TIME_ZONE"])
    fitted = fitting.ensure(session, week, evidence.is_evidence(until), on=on)
    versions = fitting.load(session)
    harder = newcomers.learn(session, week, versions, evidence.is_evidence(until))
    if harder:
        versions = fitting.load(session)
    touched = [*_released_around(session, week, until), *harder]
    if fitted is not None:
        following = fitting.first_monday((fitted.month + timedelta(days=32)).replace(day=1))
        touched += _people_and_weeks(session, fitting.first_monday(fitted.month), following)
    distinct = evidence.distinct(touched)
    evidence.recount(session, [(p, w) for p, w in distinct if w <= week], versions, until)
    evidence.recount(session, [(p, w) for p, w in distinct if w > week], versions)
    folding.refold(session, {person for person, when in distinct if last is not None and when <= last})
    return decisions.decide(
        session, week, on=on, effects_id=versions.id_for(week), replayed=replayed, rewritten=rewritten
    )


def _released_around(session: Session, week: date, until: datetime) -> list[tuple[int, date]]:
    """People and weeks, not after `week`, with audits released after the end of it or in its course: late ones."""
    start = until - timedelta(weeks=1)
    number = type_coerce(Audit.week, Integer) + 0  # a sum is no column: of the indexes only that of releases helps
    statement = select(Audit.person_id, number).where(
        Audit.released_at >= start,
        number <= week_number(week),
        or_(Audit.released_at >= until, number < week_number(week)),
    )
    person, when = bulk.arrays(session, statement, "i8", "i8")
    found = np.unique(np.stack([person, when]), axis=1)
    return [(who, monday_of_number(number)) for who, number in zip(*found.tolist(), strict=True)]


def _people_and_weeks(session: Session, start: date, end: date) -> list[tuple[int, date]]:
    statement = select(Audit.person_id, Audit.week).where(Audit.week >= start, Audit.week < end).distinct()
    return [(person, when) for person, when in session.execute(statement)]


def settle(session: Session, *, on: datetime) -> None:
    """After decisions on the past: let cells hold all that has been released since, under the effects and targets in force."""
    last = decisions.last_decided(session)
    if last is None:
        return
    until = end_of(standing.sunday(last), current_app.config["PROGRAMME_TIME_ZONE"])
    # Not distinct: that would be read off an index of every audit there ever was
    late = select(Audit.person_id, Audit.week).where(Audit.week <= last, Audit.released_at >= until)
    touched = [(person, when) for person, when in session.execute(late)]
    after = fitting.first_monday((last.replace(day=1) + timedelta(days=32)).replace(day=1))
    touched += _people_and_weeks(session, after, date.max)
    if touched:
        distinct = evidence.distinct(touched)
        evidence.recount(session, distinct, fitting.load(session))
        folding.refold(session, {person for person, when in distinct if when <= last})
    take_effect(session, last + timedelta(weeks=1), on=on)


def replay(
    session: Session, first: date, last: date, *, again: bool, on: datetime, tick: Tick = lambda: None
) -> list[Decided]:
    """Decide the weeks from `first` to `last` in order, as if it had been done then; a week that has not ended is left.

    Raises `Refused` when one of them has been decided, unless `again`, which takes these and all later decisions back
    and writes them anew, marked as rewritten.
    """
    weeks = [w for w in decisions.weeks_between(first, last) if standing.sunday(w) <= last]
    if not weeks:
        raise Refused(
            _("No whole week ends between %(first)s and %(last)s.", first=first.isoformat(), last=last.isoformat())
        )
    decided = set(session.scalars(select(Decision.week).where(Decision.week >= weeks[0])))
    if decided and not again:
        raise Refused(
            _(
                "%(count)s of these weeks have already been decided, the first one on %(day)s. "
                "Add --again to rewrite them; the history will say so.",
                count=len(decided),
                day=standing.sunday(min(decided)).isoformat(),
            )
        )
    if decided:
        weeks = decisions.weeks_between(weeks[0], max(*decided, weeks[-1]))
        rewind(session, weeks[0])
    done = []
    for week in weeks:
        done.append(decide_week(session, week, on=on, replayed=True, rewritten=week in decided))
        tick()
    settle(session, on=on)
    return done


def rewind(session: Session, week: date) -> None:
    """Take back the decisions from `week` on: states as the last decision before it left them, evidence refolded."""
    earlier = (
        select(func.max(type_coerce(Transition.week, Integer)))
        .where(Transition.gap_id == Gap.id, Transition.week < week)
        .correlate(Gap)
        .scalar_subquery()
    )
    left = (
        select(Transition.to_state)
        .where(Transition.gap_id == Gap.id, type_coerce(Transition.week, Integer) == earlier)
        .correlate(Gap)
        .scalar_subquery()
    )
    session.execute(
        update(Gap).values(state=func.coalesce(left, GapState.NONE.value), state_week=earlier), execution_options=_PLAIN
    )
    session.execute(delete(Transition).where(Transition.week >= week), execution_options=_PLAIN)
    session.execute(delete(Decision).where(Decision.week >= week), execution_options=_PLAIN)
    team_gaps.rewind(session, week)
    _restore_days(session)
    session.expire_all()
    if decisions.last_decided(session) is None:
        session.execute(
            update(Gap).values(
                n=0.0, f=0.0, since=0, checks13=0, fails13=0, expected13=0.0, probability=0.0,
                decided_week=monday_of_number(1), last_week=None,
            ),
            execution_options=_PLAIN,
        )  # fmt: skip
        folding.refold_all(session, week - timedelta(weeks=1))
    else:
        folding.refold(session, set(session.scalars(select(Gap.person_id).distinct())))


_PLAIN = {"synchronize_session": False}


def _restore_days(session: Session) -> None:
    """Set when a gap was opened and closed last from the transitions that are left."""
    opened: dict[int, date] = {}
    closed: dict[int, int] = {}
    statement = select(Transition.gap_id, Transition.week, Transition.from_state, Transition.to_state)
    for gap_id, week, before, after in session.execute(statement.order_by(Transition.week)):
        if after in (GapState.OPEN, GapState.RELAPSED) and before not in ACTIVE:
            opened[gap_id] = standing.sunday(week)
        if after is GapState.CLOSED:
            closed[gap_id] = week_number(week)
    ids = np.array(session.scalars(select(Gap.id)).all(), dtype=np.int64)
    for column, known in (("opened_on", opened), ("closed_week", closed)):
        values = np.array([known.get(i) for i in ids.tolist()], dtype=object)
        bulk.update(session, Gap, "id", {"id": ids, column: values})


def rebuild(session: Session, *, check: bool) -> int:
    """Make all evidence again from findings, under the frozen effects; returns how many cells differed.

    With `check`, only compares.
    """
    touched = _people_and_weeks(session, date.min + timedelta(days=7), date.max)
    touched += [(p, w) for p, w in session.execute(select(Cell.person_id, Cell.week))]
    distinct = evidence.distinct(touched)
    versions = fitting.load(session)
    fresh = evidence.count(session, distinct, versions) if distinct else None
    differing = _differences(session, fresh)
    if differing and not check:
        evidence.recount(session, distinct, versions)
        folding.refold(session, {person for person, _week in distinct})
    return differing


def _differences(session: Session, fresh: cells.Cells | None) -> int:
    stored = cells.read(session)
    kept = {(p, c, w): (n, f, round(e, 6)) for p, c, w, n, f, e in zip(*(a.tolist() for a in stored), strict=True)}
    made = {} if fresh is None else {
        (p, c, w): (n, f, round(e, 6)) for p, c, w, n, f, e in zip(*(a.tolist() for a in fresh), strict=True)
    }  # fmt: skip
    return sum(1 for key in kept.keys() | made.keys() if kept.get(key) != made.get(key))


__all__ = ["decide_week", "findings_changed", "rebuild", "remedies_completed", "replay", "rewind", "settle"]
