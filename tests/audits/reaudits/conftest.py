"""Six audits of Iván in September, and another auditor who may score them again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.accounts.permissions import Role
from app.audits.auditing import releasing
from app.audits.auditing import services as auditing
from app.audits.auditing.answers import Answer, Content
from app.audits.models import Audit, Criterion, Result
from app.audits.reaudits import services
from app.audits.reaudits.models import Reaudit, ReauditPlan
from app.audits.sampling.rules import Period
from tests.audits.conftest import ALL_PASS, long_rows
from tests.conftest import Cast, make_user

ON = datetime(2026, 10, 5, 15, tzinfo=UTC)
DAY = date(2026, 10, 5)


@pytest.fixture
def olga(session: Any, people: Cast) -> Any:
    """Another auditor of Norte."""
    made = make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.norte)
    session.commit()
    return made


@pytest.fixture
def audited(session: Any, bring: Callable[..., Any], olga: Any) -> list[Audit]:
    """QA-7001 to QA-7006 of Iván: R3 missed in each, R2 fatal in the first."""
    rows: list[dict[str, str]] = []
    for number in range(1, 7):
        who, fatal = ("ANA", "LUIS")[number % 2], {"R2": ("fail", "", "skill")} if number == 1 else {}
        head = {"audit_ref": f"QA-700{number}", "contact_ref": f"K{number}", "employee_no": who,
                "contact_at": f"2026-09-{number + 9}T15:00:00Z", "audited_at": f"2026-09-{number + 10}T15:00:00Z"}  # fmt: skip
        rows += long_rows({**ALL_PASS, "R3": ("fail", "late", "knowledge"), **fatal}, **head)
    bring(rows, on=datetime(2026, 9, 30, tzinfo=UTC))
    return session.query(Audit).order_by(Audit.id).all()


@pytest.fixture
def plan(session: Any, audited: list[Audit], people: Cast) -> ReauditPlan:
    """Two of each auditor a month, drawn on the fifth of October."""
    made = make_plan(session, people)
    services.top_up(session(), made, DAY)
    session.commit()
    return made


def make_plan(session: Any, people: Cast, by: Any = None, **terms: Any) -> ReauditPlan:
    asked = {"name": "Benchmark", "unit_id": people.norte.id, "count": 2, "period": Period.MONTH,
             "valid_from": date(2026, 10, 1), **terms}  # fmt: skip
    return services.make_plan(session(), services.Terms(**asked), by=by or people.mariana, on=ON)


def drawn(session: Any) -> list[Reaudit]:
    session.expire_all()
    return session.query(Reaudit).order_by(Reaudit.id).all()


def score_again(session: Any, reaudit: Reaudit, by: Any, said: dict[str, Answer] | None = None) -> Audit:
    """Begin, fill in and hand in a reaudit: all passed but what is said."""
    draft = services.begin(session(), reaudit, by=by, on=ON)
    numbers = {one.code: one.id for one in session.query(Criterion)}
    whole = {**dict.fromkeys(ALL_PASS, Answer(Result.PASS)), **(said or {})}
    content = Content(
        {"contact_ref": "K", "channel": "chat", "language": "es"}, {numbers[code]: one for code, one in whole.items()}
    )
    auditing.save(session(), draft, content, base=draft.revision, by=by, on=ON)
    made = releasing.release(session(), draft, by=by, on=ON)
    session.commit()
    session.refresh(made)
    return made
