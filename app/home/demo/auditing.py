"""The audits of a simulated week in the database, scored and counted as any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.audits.models import Audit, AuditState, Finding, Result, ScorecardVersion
from app.audits.rules import FAIL, PASS, Scores, Weights, score
from app.core import bulk
from app.core.clock import start_of
from app.core.follow import Event, announce
from app.home.demo import content
from app.home.demo.organisation import People
from app.home.demo.roster import Roster
from app.home.demo.simulate import CAUSES, PURPOSES, Audits, Presence, fitting_comments

AUDIT = [
    "id", "source", "reference", "contact_ref", "person_id", "auditor_id", "team_id", "version_id", "purpose", "channel",
    "language", "contact_at", "audited_at", "released_at", "week", "state", "score", "critical_score", "noncritical_score",
    "fatal", "checks", "fails",
]  # fmt: skip
WEEK = timedelta(days=7)
FINDING = ["audit_id", "criterion_id", "result", "cause", "comment"]


@dataclass
class Desk:
    """What audits are written with: the scorecard, who is who, and how many there are by now."""

    version: ScorecardVersion
    roster: Roster
    people: People
    auditors: Sequence[int]
    zone: str
    written: int = 0

    def __post_init__(self) -> None:
        criteria, self.version_id = self.version.criteria, self.version.id
        self.criteria = np.array([one.id for one in criteria])
        self.weights = Weights(
            weight=np.array([one.weight for one in criteria]),
            critical=np.array([one.critical for one in criteria]),
            fatal=np.array([one.fatal for one in criteria]),
        )

    def write(self, session: Session, monday: date, audits: Audits, here: Presence, *, on: datetime) -> None:
        """Store the audits of one week and tell who follows findings."""
        if not len(audits):
            return
        first, weeks = bulk.reserve_ids(session, Audit, len(audits)), self._weeks(monday, audits)
        bulk.insert(session, Audit, AUDIT, self._audits(first, audits, here, weeks))
        bulk.insert(session, Finding, FINDING, self._findings(first, audits, here), raw=True)
        self.written += len(audits)
        people = (self.people.agents[agent] for agent in audits.agent.tolist())
        announce(session, Event.FINDINGS_CHANGED, touched=sorted(set(zip(people, weeks, strict=True))), on=on)

    def _weeks(self, monday: date, audits: Audits) -> list[date]:
        """The week of each contact in the programme's zone; the site's may begin some hours before or after."""
        days = [monday, monday + WEEK]
        limits = [start_of(day, self.zone).timestamp() for day in days]
        known = [monday - WEEK, *days]
        return [known[place] for place in np.searchsorted(limits, audits.contact_at, side="right").tolist()]

    def _audits(self, first: int, audits: Audits, here: Presence, weeks: Sequence[date]) -> Iterator[Sequence[Any]]:
        told, channels = content.contacts(), [channel.code for channel in content.contacts().channels]
        scores = _columns(score(audits.results, self.weights))
        times = zip(audits.contact_at.tolist(), audits.audited_at.tolist(), strict=True)
        places = zip(
            audits.agent.tolist(),
            audits.auditor.tolist(),
            audits.purpose.tolist(),
            audits.channel.tolist(),
            strict=True,
        )
        for place, ((agent, auditor, purpose, channel), (contact, audited)) in enumerate(
            zip(places, times, strict=True)
        ):
            number, team, when = self.written + place + 1, int(here.team[agent]), _moment(contact)
            released = _moment(audited)
            yield (
                first + place, told.source, told.audit_ref.format(number=number),
                told.contact_ref.format(year=when.year % 100, month=when.month, number=number * 7 % 1_000_000),
                self.people.agents[agent], self.auditors[auditor], self.people.teams[team], self.version_id,
                PURPOSES[purpose], channels[channel], self.roster.teams[team].site.language, when, released, released,
                weeks[place], AuditState.RELEASED, *scores[place],
            )  # fmt: skip

    def _findings(self, first: int, audits: Audits, here: Presence) -> Iterator[Sequence[Any]]:
        """What is no plain pass, in order of audit and criterion."""
        rows, columns = np.nonzero(audits.results != PASS)
        texts = _Texts()
        languages = [self.roster.teams[team].site.language for team in here.team[audits.agent].tolist()]
        marks = zip(
            rows.tolist(), columns.tolist(), self.criteria[columns].tolist(), (audits.results[rows, columns] == FAIL).tolist(),
            audits.causes[rows, columns].tolist(), audits.comments[rows, columns].tolist(), strict=True,
        )  # fmt: skip
        for row, column, criterion, failed, cause, comment in marks:
            if failed:
                said = texts.get(column, cause, comment, languages[row])
                yield first + row, criterion, Result.FAIL.value, CAUSES[cause].value, said
            else:
                yield first + row, criterion, Result.NA.value, None, None


class _Texts:
    """What auditors write, looked up by places."""

    def __init__(self) -> None:
        self.codes = [criterion.code for criterion in content.scorecard().criteria]

    def get(self, criterion: int, cause: int, which: float, language: str) -> str | None:
        if which >= 1:
            return None
        fitting = fitting_comments(self.codes[criterion], CAUSES[cause])
        return fitting[int(which * len(fitting))].text.get(language)


def _columns(scores: Scores) -> list[Sequence[Any]]:
    """The scores of each audit as they are stored, none where nothing applied."""
    fractions = (
        [None if np.isnan(value) else value for value in column.tolist()]
        for column in (scores.total, scores.critical, scores.noncritical)
    )
    return list(zip(*fractions, scores.fatal.tolist(), scores.checks.tolist(), scores.fails.tolist(), strict=True))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
