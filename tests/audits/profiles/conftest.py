"""The examples of the documentation, and the people and the scorecard they speak of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.audits import services
from tests.conftest import Cast

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def world(session: Any, people: Cast) -> Cast:
    """Ana is 1001 and Luis 1002; the scorecard is that of the examples."""
    people.ana.employee_no, people.luis.employee_no = "1001", "1002"
    session.commit()
    services.import_scorecard(session(), EXAMPLES / "scorecard.csv", by=None, on=datetime(2026, 1, 1, tzinfo=UTC))
    session.commit()
    return people
