"""A curriculum on its way in: who brings it, what it did, and what is wrong so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.errors import Refused
from app.core.problems import BadFile, Problem
from app.curriculum.exchange.leaving import Told
from app.curriculum.exchange.shape import entry_problem


@dataclass(slots=True)
class Summary:
    """What taking it in did. `waiting`: (code, why) of what stays a draft until something more is there. `later`:
    codes of competencies whose targets a job will change.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: list[tuple[str, str]] = field(default_factory=list)
    later: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Arrival:
    """A file on its way in: who brings it, what is here, and what is wrong so far. `later`: somebody waits for it."""

    session: Session
    by: User | None
    on: datetime
    sets_targets: bool
    later: bool = False
    summary: Summary = field(default_factory=Summary)
    problems: list[Problem] = field(default_factory=list)

    @property
    def brought_by(self) -> User:
        """Who brings files: they are somebody's; on the command line there are none."""
        if self.by is None:
            raise Refused(_("Files can only be imported on screen, by somebody who is signed in."))
        return self.by

    def wrong(self, name: str, code: str, why: str) -> None:
        self.problems.append(entry_problem(name, code, why))

    def stop_if_wrong(self) -> None:
        self.session.flush()
        if self.problems:
            raise BadFile(*self.problems)

    def count(self, name: str, wanted: dict[str, Told], here: dict[str, Told]) -> dict[str, Told]:
        """The entries that are new or differ from what is here."""
        fresh = {code: one for code, one in wanted.items() if code not in here}
        other = {code: one for code, one in wanted.items() if code in here and here[code] != one}
        self.summary.new += len(fresh)
        self.summary.changed += len(other)
        self.summary.unchanged += len(wanted) - len(fresh) - len(other)
        return {code: one for code, one in wanted.items() if code in fresh or code in other}
