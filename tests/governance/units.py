"""Units for tests that need no database."""

from __future__ import annotations

from app.accounts.models import UnitKind
from app.accounts.queries import Place


def place(number: int, *above: int) -> Place:
    """A unit below these, the highest first."""
    kind = (UnitKind.PROGRAMME, UnitKind.PARTNER, UnitKind.SITE, UnitKind.TEAM)[len(above)]
    parent = above[-1] if above else None
    return Place(number, f"U{number}", f"U{number}", kind, parent, (*above, number), None, "UTC", None, "en")
