"""The lines and notices that deeds done in bulk leave behind, as the deeds of the rooms leave them one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Activity, Notice
from app.core import bulk

ACTIVITY = ["at", "actor_id", "verb", "subject_kind", "subject_id", "person_id", "detail"]
NOTICE = ["person_id", "key", "kind", "detail", "path", "created_at"]


@dataclass
class Lines:
    """What is to be written at the end of a step."""

    activity: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[tuple[Any, ...]] = field(default_factory=list)

    def log(
        self, verb: str, subject: tuple[str, int], *, by: int, on: datetime, person_id: int, **detail: object
    ) -> None:
        """A line: who (`by`) did what to which row, about whom."""
        self.activity.append((on, by, verb, *subject, person_id, detail))

    def tell(self, person: int, kind: str, *, key: str, path: str, on: datetime, **detail: object) -> None:
        self.notices.append((person, key, kind, detail, path, on))

    def write(self, session: Session) -> None:
        if self.activity:
            bulk.insert(session, Activity, ACTIVITY, self.activity)
        if self.notices:
            bulk.insert(session, Notice, NOTICE, self.notices)
