"""Deeds on root-cause analyses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log, tell
from app.audits.dsat.models import DsatCase
from app.audits.root_causes.models import RootCause
from app.audits.root_causes.rules import WHYS, AnalysisState, RootClass
from app.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an analysis says."""

    problem: str
    whys: Sequence[str]
    root: RootClass
    controllable: bool
    owner_id: int
    action: str
    due_on: date
    metric: str = ""
    check_on: date | None = None


def of_case(session: Session, case: DsatCase) -> RootCause | None:
    """The analysis of a case."""
    return session.scalar(select(RootCause).where(RootCause.case_id == case.id))


def path_of(analysis: RootCause) -> str:
    """Where an analysis is read."""
    return f"/audits/dsat/{analysis.case_id}/root-cause"


def save(session: Session, case: DsatCase, said: Analysis, *, by: User, on: datetime) -> RootCause:
    """Write down why a case came about, or mend it. Raises `Refused` without a why, and for an effect check half said."""
    whys = [why for one in said.whys[:WHYS] if (why := one.strip())]
    if not whys:
        raise Refused(_("Say at least one why; the last one is the root."))
    if bool(said.metric.strip()) != (said.check_on is not None):
        raise Refused(_("An effect check takes both: what is measured, and by when."))
    if said.check_on is not None and said.check_on < said.due_on:
        raise Refused(_("The effect check must be after the action is due."))
    facts: dict[str, Any] = {name: getattr(said, name) for name in Analysis.__dataclass_fields__}
    facts |= {
        "whys": whys,
        "problem": said.problem.strip(),
        "action": said.action.strip(),
        "metric": said.metric.strip(),
    }
    found = of_case(session, case)
    before = found.owner_id if found else None
    if found is None:
        found = RootCause(case_id=case.id, state=AnalysisState.OPEN, by_id=by.id, created_at=on, changed_at=on, **facts)
        session.add(found)
        session.flush()
        _note(session, found, "root_cause.begun", case, by=by, on=on)
    elif news := [name for name, value in facts.items() if getattr(found, name) != value]:
        for name in news:
            setattr(found, name, facts[name])
        found.changed_at = on
        _note(session, found, "root_cause.changed", case, by=by, on=on, changed=news)
    if found.owner_id != before:
        _tell(session, found, case, by=by, on=on)
    return found


def finish(session: Session, found: RootCause, *, by: User, on: datetime, today: date) -> None:
    """Note that the action was taken; then its effect is checked, if there is anything to measure it by."""
    if found.state is not AnalysisState.OPEN:
        raise Refused(_("The action was already marked as taken."))
    found.state, found.done_on, found.changed_at = AnalysisState.DONE, today, on
    _note(session, found, "root_cause.done", found.case, by=by, on=on)


def check(session: Session, found: RootCause, effective: bool, outcome: str, *, by: User, on: datetime) -> None:
    """Say whether the action helped, in figures. Raises `Refused` for its owner, and before the action was taken."""
    if found.state is not AnalysisState.DONE:
        raise Refused(_("The effect is checked once the action has been taken."))
    if found.owner_id == by.id:
        raise Refused(_("Somebody other than its owner must check whether an action helped."))
    if not outcome.strip():
        raise Refused(_("Say what was measured."))
    found.state = AnalysisState.EFFECTIVE if effective else AnalysisState.NOT_EFFECTIVE
    found.outcome, found.changed_at = outcome.strip(), on
    _note(session, found, "root_cause.checked", found.case, by=by, on=on, effective=effective)


def reopen(session: Session, found: RootCause, due_on: date, *, by: User, on: datetime) -> None:
    """Take the analysis up again with another due day: what was done did not help, or not for good."""
    if found.state is AnalysisState.OPEN:
        raise Refused(_("The analysis is open."))
    found.state, found.due_on, found.done_on, found.changed_at = AnalysisState.OPEN, due_on, None, on
    if found.check_on is not None and found.check_on < due_on:
        found.check_on = due_on
    _note(session, found, "root_cause.reopened", found.case, by=by, on=on, due_on=due_on.isoformat())


def _note(
    session: Session, found: RootCause, verb: str, case: DsatCase, *, by: User, on: datetime, **detail: Any
) -> None:
    log(session, verb, found, by=by, on=on, person_id=case.person_id, reference=case.reference, **detail)


def _tell(session: Session, found: RootCause, case: DsatCase, *, by: User, on: datetime) -> None:
    """Tell the owner what they answer for; who put themselves down knows."""
    if found.owner_id == by.id:
        return
    key = f"root_cause:{found.id}"
    detail = {"reference": case.reference, "due_on": found.due_on.isoformat()}
    tell(session, [found.owner_id], "root_cause.owned", key=key, path=path_of(found), on=on, **detail)
