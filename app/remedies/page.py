"""What the page of a gap says beside its thread: what happens next, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import reach
from app.audits.models import Cause
from app.core.clock import monday_of
from app.core.i18n import day, number, percent
from app.gaps import labels as gap_labels
from app.gaps.live import Live, WeekPoint, next_decision
from app.gaps.models import Gap
from app.gaps.outlook import AT_REST, Outlook
from app.gaps.rules import DEFAULT_POLICY, GapState, Policy
from app.remedies.drawing import Remedy, remedies
from app.remedies.entries import Checks, Entry

WEEKS_AROUND = 4
DUE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the side column: what, and what supports it."""

    title: str
    text: str = ""


def what_next(gap: Gap, now: Live, ahead: Outlook, today: date, terms: Policy = DEFAULT_POLICY) -> list[Said]:
    """How far the gap is from closing, when it is decided next, and how far from opening."""
    said = []
    if ahead.clean_checks is not None:
        said.append(_closing(gap, now, ahead.clean_checks, terms))
    elif gap.state not in AT_REST:
        said.append(Said(_("Not close to closing yet: it takes a module or a session, and clean checks after it.")))
    sunday = next_decision(today)
    stays = ahead.next_state is gap.state
    state = str(gap_labels.STATES[ahead.next_state])
    said.append(
        Said(
            _("Next decision: %(day)s", day=day(sunday, "long")),
            _("As things stand, it stays: %(state)s.", state=state)
            if stays
            else _("As things stand, it becomes: %(state)s.", state=state),
        )
    )
    if ahead.misses:
        said.append(_opening(gap, ahead.misses, terms))
    return said


def _closing(gap: Gap, now: Live, checks: int, terms: Policy) -> Said:
    if gap.state is GapState.WATCH:
        line = _("Watched until it is below %(line)s.", line=percent(terms.watch_ends_below, 0))
        if not checks:
            return Said(_("As things stand, watching ends"), line)
        return Said(
            ngettext(
                "About %(count)s more clean check and watching ends",
                "About %(count)s more clean checks and watching ends",
                checks,
                count=number(checks),
            ),
            line,
        )
    line = _(
        "%(line)s or less, with %(least)s checks since the last remedy (%(since)s so far).",
        line=percent(terms.close_probability, 0),
        least=number(terms.close_checks),
        since=number(now.since),
    )
    if not checks:
        return Said(_("As things stand, it closes"), line)
    return Said(
        ngettext(
            "About %(count)s more clean check and it closes",
            "About %(count)s more clean checks and it closes",
            checks,
            count=number(checks),
        ),
        line,
    )


def _opening(gap: Gap, misses: int, terms: Policy) -> Said:
    again = gap.state in (GapState.IN_REMEDIATION, GapState.CLOSING)
    line = percent(terms.reopen_probability if again else terms.open_probability, 0)
    return Said(
        _("It opens again at %(line)s", line=line) if again else _("It opens at %(line)s", line=line),
        ngettext(
            "About %(count)s more missed check in a row.",
            "About %(count)s more missed checks in a row.",
            misses,
            count=number(misses),
        ),
    )


def tried(entries: Sequence[Entry], points: Sequence[WeekPoint]) -> list[Said]:
    """Each completed remedy with the checks of the four weeks before and after it, the newest first."""
    return [_tried(one, points) for one in reversed(remedies(entries))]


def _tried(remedy: Remedy, points: Sequence[WeekPoint]) -> Said:
    when = day(remedy.day, "short")
    title = _("Session, %(day)s", day=when) if remedy.is_session else _("Module, %(day)s", day=when)
    week, reach_weeks = monday_of(remedy.day), timedelta(weeks=WEEKS_AROUND)
    before = [one for one in points if week - reach_weeks <= one.week < week]
    after = [one for one in points if week < one.week <= week + reach_weeks]
    facts = {
        "missed": number(sum(one.missed for one in before)),
        "checks": number(sum(one.checks for one in before)),
        "later_missed": number(sum(one.missed for one in after)),
        "later_checks": number(sum(one.checks for one in after)),
    }
    if not any(one.checks for one in after):
        return Said(title, _("%(missed)s of %(checks)s missed in the 4 weeks before; no check since.", **facts))
    return Said(
        title,
        _(
            "%(missed)s of %(checks)s missed in the 4 weeks before, %(later_missed)s of %(later_checks)s in the 4 after.",
            **facts,
        ),
    )


def causes(entries: Sequence[Entry]) -> list[Cause]:
    """The causes given for missed checks of the agent, the most frequent first."""
    counts: dict[Cause, int] = {}
    for entry in entries:
        for check in entry.items if isinstance(entry, Checks) else ():
            if check.cause is not None and check.counts:
                counts[check.cause] = counts.get(check.cause, 0) + 1
    return sorted(counts, key=lambda one: -counts[one])


def may_for(session: Session, viewer: User, person_id: int, to: Permission) -> bool:
    """Whether the viewer holds this permission over that person."""
    return (
        person_id != viewer.id
        and session.scalar(select(User.id).where(User.id == person_id, User.id.in_(reach(viewer, to)))) is not None
    )
