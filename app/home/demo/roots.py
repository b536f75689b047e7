"""Root causes of the demo programme: some of the newest cases that were nobody's fault, in every state."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.dsat.models import DsatCase
from app.audits.models import Cause
from app.audits.root_causes import queries, services
from app.audits.root_causes.rules import AnalysisState, RootClass
from app.audits.root_causes.services import Analysis
from app.home import daily
from app.home.demo.complaints import TEXTS

EVERY, MOST = 7, 10
CHECKED_AFTER = timedelta(days=21)
COURSE = (
    (AnalysisState.OPEN, -4),
    (AnalysisState.DONE, -30),
    (AnalysisState.EFFECTIVE, -45),
    (AnalysisState.OPEN, 9),
    (AnalysisState.NOT_EFFECTIVE, -50),
)
"""How far each is, and how many days from the last one its action is due."""


def write_roots(session: Session, last: date, by: User) -> None:
    """Analyses with their owners, actions and effects; one is overdue, one waits for its check."""
    told = tomllib.loads(TEXTS.read_text(encoding="utf-8"))["roots"]
    causes = [Cause(one["cause"]) for one in told["en"]]
    wanted = select(DsatCase).where(DsatCase.cause.in_(causes), DsatCase.team_id.is_not(None))
    cases = session.scalars(wanted.order_by(DsatCase.received_at.desc(), DsatCase.id).limit(EVERY * MOST)).all()
    for number, case in enumerate(cases[::EVERY]):
        texts = told.get(case.language or "", told["es"])
        _analyse(session, number, case, next(one for one in texts if one["cause"] == case.cause), last, by)
    session.flush()


def _analyse(session: Session, number: int, case: DsatCase, told: Mapping[str, Any], last: date, by: User) -> None:
    state, days = COURSE[number % len(COURSE)]
    due, on = last + timedelta(days=days), daily.moment_of(min(last, last + timedelta(days=days)))
    people = [one for one in session.scalars(queries.owners(case, last)) if one.id != by.id]
    said = Analysis(
        problem=told["problem"],
        whys=told["whys"],
        root=RootClass(told["root"]),
        controllable=told["controllable"],
        owner_id=people[number % len(people)].id if people else by.id,
        action=told["action"],
        due_on=due,
        metric=told["metric"],
        check_on=due + CHECKED_AFTER,
    )
    found = services.save(session, case, said, by=by, on=on)
    if state is not AnalysisState.OPEN:
        services.finish(session, found, by=by, on=on, today=due)
    if state in (AnalysisState.EFFECTIVE, AnalysisState.NOT_EFFECTIVE):
        services.check(session, found, state is AnalysisState.EFFECTIVE, told["metric"], by=by, on=on)
