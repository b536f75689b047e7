"""The reports there are, in the order of the gallery."""

from __future__ import annotations

from collections.abc import Mapping

from app.accounts.access import may
from app.accounts.models import User
from app.reports import (
    agent,
    auditors,
    compliance,
    dissatisfied,
    helped,
    learning,
    markets,
    movements,
    performance,
    priorities,
    quality,
    readiness,
)
from app.reports.declared import Declared

REPORTS: Mapping[str, Declared] = {
    one.name: one
    for one in (
        compliance.DECLARED,
        priorities.DECLARED,
        performance.DECLARED,
        learning.DECLARED,
        quality.DECLARED,
        dissatisfied.DECLARED,
        auditors.DECLARED,
        movements.DECLARED,
        helped.DECLARED,
        readiness.DECLARED,
        markets.DECLARED,
    )
}
"""By name."""
OF_ONE = agent.DECLARED
"""That of one person: its address says of whom, so it is neither kept as a view nor mailed."""


def open_to(viewer: User) -> list[Declared]:
    """The reports somebody may read."""
    return [one for one in REPORTS.values() if may(viewer, one.may)]
