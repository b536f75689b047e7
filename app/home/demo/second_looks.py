"""What the quality team does beside auditing: contacts scored again by others, some contested, and audits in the making."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from flask_babel import gettext as _
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.audits.auditing import answers
from app.audits.auditing.answers import Answer, Content
from app.audits.auditing.models import AuditDraft
from app.audits.models import Audit, AuditState, Cause, Finding, Purpose, Result
from app.audits.reaudits import contests
from app.audits.reaudits import services as reaudits
from app.audits.reaudits.models import Reaudit
from app.audits.rules import FAIL, NA, PASS, score
from app.audits.sampling.models import Sample
from app.audits.sampling.rules import ONE_DAY, Period, SampleState, bounds
from app.core import bulk
from app.core.clock import start_of
from app.home import daily
from app.home.demo import calibrating
from app.home.demo.auditing import FINDING, Desk
from app.home.demo.world import World

COLUMNS = [
    "id", "source", "reference", "contact_ref", "person_id", "auditor_id", "team_id", "version_id", "purpose", "channel",
    "language", "contact_at", "audited_at", "released_at", "week", "state", "reaudit_of_id", "score", "critical_score",
    "noncritical_score", "fatal", "checks", "fails",
]  # fmt: skip
DRAWN = ["plan_id", "period_on", "due_on", "audit_id", "team_id", "reauditor_id", "state"]
MONTHS = 3
EACH = 4
"""Scored again of each auditor and month."""
OVERLOOKED, OVERDONE = 0.05, 0.2
"""How often the benchmark misses what an auditor passed, and passes what one missed."""
LENIENT, STRICT = 0.16, 0.5
"""The same of the last auditor, and of the first."""
CLEAR = 0.1
"""Fatal errors are seldom in doubt."""
REASONS = (
    ("The customer had already said it in the form.", "El cliente ya lo había dicho en el formulario."),
    ("The guidance of that week said otherwise.", "La guía de esa semana decía otra cosa."),
)
GRANTED = ("The form shows it.", "El formulario lo muestra.")


def set_up(session: Session, world: World, desk: Desk, by: User) -> None:
    """A plan of reaudits with three months behind it, a queue for each auditor, and drafts of some."""
    last, rng = world.last, world.rng(41)
    whole = session.scalars(select(Unit).where(Unit.path == "")).one()
    starts = _months(last)
    terms = reaudits.Terms(_("Benchmark"), whole.id, EACH, Period.MONTH, starts[0])
    plan = reaudits.make_plan(session, terms, by=by, on=start_of(starts[0], world.zone))
    written = 0
    for first in starts[:-1]:
        firsts = _chosen(session, desk, first, rng)
        if firsts:
            _write(session, world, desk, plan.id, first, firsts, rng, written)
        written += len(firsts)
    reaudits.top_up(session, plan, last)
    _contest(session, by, daily.moment_of(last - 3 * ONE_DAY))
    _draft(session, desk, last)
    calibrating.set_up(session, world, desk, by)


def _months(last: date) -> list[date]:
    """The first days of the months drawn in, the present one last."""
    found = [bounds(Period.MONTH, last)[0]]
    for _number in range(MONTHS - 1):
        found.insert(0, bounds(Period.MONTH, found[0] - ONE_DAY)[0])
    return found


def _chosen(session: Session, desk: Desk, first: date, rng: np.random.Generator) -> list[Audit]:
    """Audits of the month before, so many of each auditor."""
    begin, end = bounds(Period.MONTH, first - ONE_DAY)
    found: list[int] = []
    for auditor in desk.auditors if len(desk.auditors) > 1 else ():
        drawn = select(Audit.id).where(
            Audit.auditor_id == auditor,
            Audit.purpose == Purpose.RANDOM,
            Audit.contact_at >= start_of(begin, desk.zone),
            Audit.contact_at < start_of(end, desk.zone),
        )
        numbers = session.scalars(drawn.order_by(Audit.id)).all()
        found += sorted(rng.permutation(numbers)[:EACH].tolist()) if numbers else []
    return list(session.scalars(select(Audit).where(Audit.id.in_(found)).order_by(Audit.id)))


def _write(
    session: Session,
    world: World,
    desk: Desk,
    plan_id: int,
    first: date,
    firsts: Sequence[Audit],
    rng: np.random.Generator,
    written: int,
) -> None:
    """Score these audits again, as the benchmark does."""
    results = _again(_results(session, desk, firsts), _places(desk, firsts), desk, rng)
    scores, start = score(results, desk.weights), bulk.reserve_ids(session, Audit, len(firsts))
    others = [desk.auditors[(place + 1) % len(desk.auditors)] for place in _places(desk, firsts).tolist()]
    due = bounds(Period.MONTH, first)[1]
    days = rng.integers(2, 19, len(firsts)).tolist()
    rows = []
    for place, (one, other, day) in enumerate(zip(firsts, others, days, strict=True)):
        at = start_of(first + timedelta(days=day), world.zone) + timedelta(hours=14)
        rows.append((
            start + place, "hilo", f"R{written + place + 1:04}", one.contact_ref, one.person_id, other, one.team_id,
            one.version_id, Purpose.REAUDIT, one.channel, one.language, one.contact_at, at, at, one.week,
            AuditState.RELEASED, one.id, *_of(scores, place),
        ))  # fmt: skip
    bulk.insert(session, Audit, COLUMNS, rows)
    bulk.insert(session, Finding, FINDING, _findings(desk, start, results), raw=True)
    drawn = [
        (plan_id, first, due, one.id, one.team_id, other, SampleState.DONE)
        for one, other in zip(firsts, others, strict=True)
    ]
    bulk.insert(session, Reaudit, DRAWN, drawn)


def _places(desk: Desk, firsts: Sequence[Audit]) -> NDArray[np.int64]:
    place = {auditor: number for number, auditor in enumerate(desk.auditors)}
    return np.array([place[one.auditor_id or 0] for one in firsts], np.int64)


def _results(session: Session, desk: Desk, firsts: Sequence[Audit]) -> NDArray[np.int8]:
    """What the first audits found."""
    results = np.full((len(firsts), len(desk.criteria)), PASS, np.int8)
    row = {one.id: number for number, one in enumerate(firsts)}
    column = {number: place for place, number in enumerate(desk.criteria.tolist())}
    codes = {Result.PASS: PASS, Result.FAIL: FAIL, Result.NA: NA}
    found = select(Finding.audit_id, Finding.criterion_id, Finding.result).where(Finding.audit_id.in_(row))
    for audit, criterion, result in session.execute(found):
        results[row[audit], column[criterion]] = codes[result]
    return results


def _again(
    results: NDArray[np.int8], auditor: NDArray[np.int64], desk: Desk, rng: np.random.Generator
) -> NDArray[np.int8]:
    clear, auditors = np.where(desk.weights.fatal, CLEAR, 1.0), len(desk.auditors)
    overlooked = np.where(auditor == auditors - 1, LENIENT, OVERLOOKED)[:, None] * clear
    overdone = np.where(auditor == 0, STRICT, OVERDONE)[:, None] * clear
    drawn = rng.random(results.shape)
    found = np.where((results == PASS) & (drawn < overlooked), FAIL, results)
    return np.where((results == FAIL) & (drawn < overdone), PASS, found).astype(np.int8)


def _of(scores: Any, place: int) -> list[Any]:
    shares = (scores.total, scores.critical, scores.noncritical)
    values = [None if np.isnan(one[place]) else float(one[place]) for one in shares]
    return [*values, bool(scores.fatal[place]), int(scores.checks[place]), int(scores.fails[place])]


def _findings(desk: Desk, start: int, results: NDArray[np.int8]) -> Iterator[Sequence[Any]]:
    rows, columns = np.nonzero(results != PASS)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        failed = results[row, column] == FAIL
        said = (Result.FAIL.value, Cause.SKILL.value) if failed else (Result.NA.value, None)
        yield start + row, int(desk.criteria[column]), *said, None


# --- Contested ---


def _contest(session: Session, lead: User, on: datetime) -> None:
    """Some auditors say that they were right; one is granted, others wait."""
    again = select(Audit).where(Audit.purpose == Purpose.REAUDIT, Audit.fails > 0).order_by(Audit.id.desc()).limit(40)
    made = 0
    for one in session.scalars(again).all():
        first = session.get_one(Audit, one.reaudit_of_id)
        auditor = session.get_one(User, first.auditor_id)
        missed = select(Finding.criterion_id).where(Finding.audit_id == one.id, Finding.result == Result.FAIL)
        differing = [number for number in session.scalars(missed) if contests.differs(session, one, first, number)]
        if not differing or lead.id in (one.auditor_id, first.auditor_id):
            continue
        spanish = auditor.language == "es"
        contest = contests.contest(session, one, first, min(differing), REASONS[made % 2][spanish], by=auditor, on=on)
        if made == 1:
            contests.answer(session, contest, GRANTED[spanish], granted=True, by=lead, on=on + ONE_DAY)
        made += 1
        if made == len(REASONS) + 1:
            return


# --- In the making ---


def _draft(session: Session, desk: Desk, last: date) -> None:
    """Each auditor has begun one of the queue, and another one is finished and not released yet."""
    for number, auditor in enumerate(desk.auditors):
        waiting = select(Sample).where(
            Sample.auditor_id == auditor, Sample.state == SampleState.OPEN, Sample.contact_on < last
        )
        for place, sample in enumerate(session.scalars(waiting.order_by(Sample.id).limit(2)).all()):
            draft = _begun(desk, sample, f"H-{number + 1:02}{place + 1}", daily.moment_of(last), whole=place == 1)
            session.add(draft)
            session.flush()
            sample.state, sample.draft_id = SampleState.BEGUN, draft.id


def _begun(desk: Desk, sample: Sample, reference: str, on: datetime, *, whole: bool) -> AuditDraft:
    criteria = desk.criteria.tolist()
    said = {number: Answer(Result.PASS) for number in (criteria if whole else criteria[: len(criteria) // 2])}
    saved = on - timedelta(hours=6)
    return AuditDraft(
        reference=reference,
        auditor_id=sample.auditor_id,
        person_id=sample.person_id,
        version_id=desk.version_id,
        purpose=Purpose.RANDOM,
        contact_at=start_of(sample.contact_on, desk.zone) + timedelta(hours=15),
        content=answers.to_data(Content({"contact_ref": f"K-{reference}", "channel": "chat", "language": "es"}, said)),
        revision=2,
        started_at=saved,
        saved_at=saved,
        saved_by_id=sample.auditor_id,
        finished_at=saved if whole else None,
    )
