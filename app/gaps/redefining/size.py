"""What is too much to derive while somebody waits: then a change is tried on some agents, and saved by a job."""

from __future__ import annotations

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audits.models import Audit
from app.core.chance import seed_of
from app.gaps import evidence
from app.gaps.models import Gap

LARGE = 100_000
"""Audits from which on a change is saved by a job: some ten seconds of work."""
DRAWN = evidence.FEW
"""So many agents, drawn by chance, a change is tried on then: their checks are asked for one by one."""


def is_large(session: Session) -> bool:
    """Whether there are so many audits that nobody should wait."""
    some = select(Audit.id).limit(LARGE + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) > LARGE


def drawn(session: Session) -> list[int] | None:
    """The agents a change is tried on, the same each time; none: everybody."""
    if not is_large(session):
        return None
    everybody = session.scalars(select(Gap.person_id).distinct().order_by(Gap.person_id)).all()
    chance = np.random.default_rng(seed_of("redefining"))
    return sorted(chance.choice(everybody, min(DRAWN, len(everybody)), replace=False).tolist())
