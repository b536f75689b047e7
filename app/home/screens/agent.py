"""The first screen of an agent: what is next, what one is working on, what goes well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext, pgettext
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import Audit, Criterion, Finding, Result
from app.coaching import queries as coaching
from app.coaching.models import CoachingSession, Commitment, SessionRecord
from app.coaching.rules import CommitmentState
from app.core.clock import day_of
from app.core.i18n import day
from app.core.tables import Cell
from app.curriculum.certificates.lists import held_by, state_cell
from app.curriculum.certificates.models import Certificate
from app.curriculum.following.queries import transcript
from app.curriculum.live.lists import live_notes
from app.curriculum.models import Assignment, AssignmentReason
from app.curriculum.paths import progress
from app.curriculum.paths.queries import of_person
from app.curriculum.queries import open_assignments
from app.gaps import live
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, GapState
from app.gaps.strong import Strength, strengths
from app.home import rules
from app.home.queries import to_the_agent, unconfirmed

STEPS_SHOWN = 8
NEW = timedelta(days=14)
FINDINGS_SHOWN = 3
STRENGTHS_SHOWN = 4
LEARNT_SHOWN = 3
WHYS = {
    AssignmentReason.GAP: lazy_gettext("for a gap"),
    AssignmentReason.ONBOARDING: lazy_gettext("for onboarding"),
    AssignmentReason.LAUNCH: lazy_gettext("for a launch"),
    AssignmentReason.RECERTIFICATION: lazy_gettext("to keep the certificate"),
    AssignmentReason.MANUAL: lazy_gettext("assigned by hand"),
    AssignmentReason.SELF: lazy_gettext("self-assigned"),
}
"""Why a module waits."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `settles` when doing it is one press of a button."""

    title: str
    note: str
    due: date | None
    late: bool
    url: str
    label: str
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Working:
    """A gap somebody works on, and how far it has come."""

    gap: Gap
    now: live.Live | None
    clean: int | None
    """Clean checks until it closes; 0: the next decision closes it; None: not in sight."""
    dots: tuple[int, int]
    """Of the checks that count for closing: (done, all)."""


@dataclass(frozen=True, slots=True)
class News:
    """An audit of the last days with something missed in it, and what weighs most of that."""

    audit: Audit
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class AgentHome:
    """Everything on the page."""

    steps: Sequence[Step]
    working: Sequence[Working]
    news: Sequence[News]
    strengths: Sequence[Strength]
    planned: CoachingSession | None
    next_decision: date
    certificates: Sequence[tuple[Certificate, Cell]]
    """One's own, those not renewed since, with where each stands."""
    learnt: Sequence[Assignment]
    """What was completed last."""

    @property
    def shown(self) -> Sequence[Step]:
        return self.steps[:STEPS_SHOWN]

    @property
    def first_due(self) -> date | None:
        return self.steps[0].due if self.steps else None


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str) -> AgentHome:
    """What an agent finds, as of now."""
    today = day_of(at, time_zone)
    planned = session.execute(coaching.planned_with([viewer.id]).options(joinedload(CoachingSession.coach)).limit(1))
    return AgentHome(
        steps=steps(session, viewer, at=at, time_zone=time_zone),
        working=working(session, viewer, today),
        news=_news(session, viewer, at),
        strengths=strengths(session, viewer, [viewer.id], STRENGTHS_SHOWN),
        planned=next((found for _person, found in planned), None),
        next_decision=live.next_decision(today),
        certificates=[(one, state_cell(one, today)) for one in session.scalars(held_by(viewer.id))],
        learnt=session.scalars(
            transcript(viewer, viewer.id)
            .where(Assignment.completed_on.is_not(None))
            .options(joinedload(Assignment.module))
            .order_by(Assignment.completed_on.desc(), Assignment.id.desc())
            .limit(LEARNT_SHOWN)
        ).all(),
    )


# --- What is next ---


def steps(session: Session, viewer: User, *, at: datetime, time_zone: str) -> list[Step]:
    """Modules, sessions to confirm and promises that wait, the first due first."""
    today = day_of(at, time_zone)
    found = [
        *_modules(session, viewer, today, at),
        *_paths(session, viewer, today),
        *_to_confirm(session, viewer, at, time_zone),
    ]
    found += _promises(session, viewer, today)
    return sorted(found, key=lambda step: (step.due is None, step.due or today))


def _modules(session: Session, viewer: User, today: date, at: datetime) -> Iterator[Step]:
    alone = Assignment.path_assignment_id.is_(None)
    waiting = open_assignments([viewer.id]).where(alone).options(joinedload(Assignment.module))
    found = session.scalars(waiting).all()
    gaps = _gaps_behind(session, found)
    live = live_notes(session, viewer, found, at)
    for one in found:
        minutes = one.module.minutes
        yield Step(
            title=_("Module “%(title)s”", title=one.module.title.text),
            note=" · ".join(
                [
                    *([live[one.id][0]] if one.id in live else []),
                    ngettext("%(num)s minute", "%(num)s minutes", minutes),
                    _why(one, gaps),
                ]
            ),
            due=one.due_on,
            late=one.due_on is not None and one.due_on < today,
            url=url_for("curriculum.learn", assignment_id=one.id),
            label=_("Continue") if one.started_at else pgettext("button", "Start"),
        )


def _gaps_behind(session: Session, assignments: Sequence[Assignment]) -> dict[int, Gap]:
    """The gaps that modules are to close, by id."""
    numbers = [one.gap_id for one in assignments if one.gap_id is not None]
    if not numbers:
        return {}
    found = session.scalars(select(Gap).where(Gap.id.in_(numbers)).options(joinedload(Gap.competency)))
    return {one.id: one for one in found}


def _why(assignment: Assignment, gaps: Mapping[int, Gap]) -> str:
    """Why somebody has this to learn."""
    gap = gaps.get(assignment.gap_id or 0)
    if gap is not None:
        return _("for the gap in %(competency)s", competency=gap.competency.name.text)
    return str(WHYS[assignment.reason])


def _paths(session: Session, viewer: User, today: date) -> Iterator[Step]:
    """Each path under way as one step, with what comes next on it."""
    for walk in progress.look(session, session.scalars(of_person(viewer.id)).all()):
        one = walk.given
        facts = {"done": one.done, "module": walk.next_step.module.title.text if walk.next_step else "–"}
        yield Step(
            title=_("Path “%(title)s”", title=one.version.title.text),
            note=ngettext(
                "%(done)s of %(num)s step done; next: %(module)s",
                "%(done)s of %(num)s steps done; next: %(module)s",
                one.total,
                **facts,
            ),
            due=one.due_on,
            late=one.due_on is not None and one.due_on < today,
            url=url_for("curriculum.walk", given_id=one.id),
            label=_("Continue") if one.started_at else pgettext("button", "Start"),
        )


def _to_confirm(session: Session, viewer: User, at: datetime, time_zone: str) -> Iterator[Step]:
    for record in session.scalars(
        unconfirmed(viewer.id).options(contains_eager(SessionRecord.session).joinedload(CoachingSession.coach))
    ):
        by_when = record.acknowledge_by
        yield Step(
            title=_("Read and confirm the session of %(day)s", day=day(record.session.held_at, "short")),
            note=_("with %(name)s", name=record.session.coach.name),
            due=day_of(by_when, time_zone) if by_when else None,
            late=by_when is not None and by_when < at,
            url=url_for("coaching.session", session_id=record.session_id),
            label=pgettext("button", "Open"),
        )


def _promises(session: Session, viewer: User, today: date) -> Iterator[Step]:
    mine = (
        select(Commitment)
        .where(Commitment.owner_id == viewer.id, Commitment.state == CommitmentState.OPEN)
        .order_by(Commitment.due_on.is_(None), Commitment.due_on, Commitment.id)
    )
    for one in session.scalars(mine):
        yield Step(
            title=one.text,
            note=_("commitment"),
            due=one.due_on,
            late=one.due_on is not None and one.due_on < today,
            url=url_for("coaching.settle", commitment_id=one.id),
            label=_("Done"),
            settles=True,
        )


# --- What one is working on ---


def working(session: Session, viewer: User, today: date) -> list[Working]:
    """One's own gaps that are not closed, the surest first, with how far each has come."""
    gaps = session.scalars(
        select(Gap)
        .where(Gap.person_id == viewer.id, Gap.state.in_((*ACTIVE, GapState.CLOSING)))
        .order_by(Gap.probability.desc(), Gap.id)
        .options(joinedload(Gap.competency))
    ).all()
    now = live.pairs(session, [viewer.id], today) if gaps else {}
    ahead = live.look_all_ahead(session, gaps, now, today) if gaps else {}
    found = []
    for gap in gaps:
        pair = now.get((gap.person_id, gap.competency_id))
        clean = ahead[gap.id].clean_checks if gap.id in ahead else None
        dots = rules.pips(clean, pair.since) if pair is not None and clean else (0, 0)
        found.append(Working(gap, pair, clean, dots))
    return found


def _news(session: Session, viewer: User, at: datetime) -> list[News]:
    """The latest audits in which something was missed, those with a fatal error first."""
    audits = session.scalars(
        Audit.visible_to(viewer, Permission.USE)
        .where(Audit.person_id == viewer.id, to_the_agent(), Audit.fails > 0, Audit.released_at >= at - NEW)
        .order_by(Audit.fatal.desc(), Audit.released_at.desc(), Audit.id.desc())
        .limit(FINDINGS_SHOWN)
    ).all()
    weightiest: dict[int, Finding] = {}
    missed = (
        select(Finding)
        .join(Finding.criterion)
        .where(Finding.audit_id.in_([audit.id for audit in audits]), Finding.result == Result.FAIL)
        .order_by((Criterion.severity == "fatal").desc(), Criterion.weight.desc(), Criterion.position)
        .options(contains_eager(Finding.criterion))
    )
    for finding in session.scalars(missed):
        weightiest.setdefault(finding.audit_id, finding)
    return [News(audit, weightiest.get(audit.id)) for audit in audits]
