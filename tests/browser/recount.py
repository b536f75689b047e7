"""What pages should say, counted again row by row: with nothing of the application's own counting."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.accounts.models import Membership, Unit, UnitKind
from app.audits.models import Audit, Criterion, Finding, Result, Severity
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.launches.models import Launch
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.programmes.models import Attendance, Cohort, CohortSession, Enrolment
from app.cohorts.programmes.rules import Stage
from app.cohorts.teachbacks.models import TeachBack
from app.core.clock import now
from app.curriculum.models import Assignment, AssignmentState

Counted = tuple[int, int]
"""So many of so many."""
Audited = list[list[tuple[bool, bool]]]
"""Of each audit its checks: whether it failed, and whether it is fatal."""


class Recount:
    """All rows of one cohort and one launch, as they stand now."""

    def __init__(self, session: Any) -> None:
        session.commit()
        session.expire_all()

        def rows(model: Any) -> list[Any]:
            return list(session.scalars(select(model)))

        self.units = {one.id: one for one in rows(Unit)}
        self.team_of = {one.user_id: one.team_id for one in rows(Membership)}
        [self.cohort], [self.launch] = rows(Cohort), rows(Launch)
        self.enrolments, self.sessions, self.attendance = rows(Enrolment), rows(CohortSession), rows(Attendance)
        self.seats = [one for one in rows(DeliverySeat) if one.delivery.held_on is not None]
        self.deliveries, self.licences, self.teach_backs = rows(Delivery), rows(TrainerLicence), rows(TeachBack)
        self.assignments = rows(Assignment)
        self.audits, self.findings, self.criteria = rows(Audit), rows(Finding), rows(Criterion)

    # --- The cohort ---

    def seats_taken(self) -> dict[str, Counted]:
        """By partner, of its budget."""
        seated = [one.partner_id for one in self.enrolments if one.stage is Stage.SEATED]
        return {one.unit.name: (seated.count(one.unit_id), one.seats) for one in self.cohort.budgets}

    def attended(self, person: int) -> Counted:
        begun = {one.id for one in self.sessions if one.starts_at <= now() and one.cancelled_at is None}
        there = [one for one in self.attendance if one.person_id == person and one.present and one.session_id in begun]
        return len(there), len(begun)

    def teach_back(self) -> tuple[float, float]:
        """(share of the points, agreement of the two observers) of the only one."""
        [back] = self.teach_backs
        first, second = ({mark.line_id: mark.points for mark in sheet.marks} for sheet in back.sheets)
        most = sum(line.most for line in self.cohort.programme.lines)
        apart = sum(abs(points - second[line]) for line, points in first.items())
        return (sum(first.values()) + sum(second.values())) / 2 / most, 1 - apart / most

    # --- The cascade and readiness ---

    def site(self, team: int) -> str:
        return str(self.units[self.units[team].parent_id].path).replace("/", " · ")

    def _by_place(self, people: Collection[int], among: Collection[int]) -> dict[str, Counted]:
        """How many of those `among` are some of these people, by site, and by team below it."""
        found: dict[str, Counted] = {}
        for person in among:
            team = self.team_of[person]
            for name in (self.site(team), self.units[team].name):
                part, whole = found.get(name, (0, 0))
                found[name] = (part + (person in people), whole + 1)
        return found

    @property
    def taught(self) -> set[int]:
        return {one.person_id for one in self.seats if one.present}

    def cascade(self) -> dict[str, Counted]:
        """Reached of the target, by site and team: everybody in a team, for both partners have seats in the cohort."""
        return self._by_place(self.taught, list(self.team_of))

    def by_trainer(self) -> dict[str, Counted]:
        found = {}
        for one in self.deliveries:
            seats = [seat for seat in self.seats if seat.delivery_id == one.id]
            found[one.trainer.name] = (sum(1 for seat in seats if seat.present), len(seats))
        return found

    def launched(self) -> list[int]:
        """The people in the sites of the launch."""
        sites = {one.id for one in self.launch.units}
        return [person for person, team in self.team_of.items() if self.units[team].parent_id in sites]

    @property
    def learned(self) -> set[int]:
        """Who completed each module of the launch."""
        done = {(one.person_id, one.module_id) for one in self.assignments if one.state is AssignmentState.COMPLETED}
        asked = [one.id for one in self.launch.modules]
        return {person for person in self.team_of if all((person, module) in done for module in asked)}

    def readiness(self) -> dict[str, list[Counted | int]]:
        """By site: ready, modules done, at a delivery, quiz passed, and the trainers there."""
        among = self.launched()
        passed = {one.person_id for one in self.seats if one.present and (one.after or 0) >= self.launch.pass_mark}
        parts = (self.learned & self.taught & passed, self.learned, self.taught, passed)
        columns = [self._by_place(people, among) for people in parts]
        places = [self.site(self.team_of[one.person_id]) for one in self.licences if one.is_latest]
        sites = {self.site(self.team_of[person]) for person in among}
        return {name: [*(column[name] for column in columns), places.count(name)] for name in sites}

    # --- The look back ---

    def look(self, weeks: int) -> dict[str, list[Counted]]:
        """Failed checks, and audits with a fatal error: (before, after) where it is live, (before, after) elsewhere."""
        live, span = self.launch.go_live_on, timedelta(weeks=weeks)
        periods = ((live - timedelta(weeks=6), live), (live, live + span))
        inside = {self.team_of[person] for person in self.launched()}
        teams = [one.id for one in self.units.values() if one.kind is UnitKind.TEAM]
        parts = [inside, set(teams) - inside]
        each = [[list(self._checked(part, *period)) for period in periods] for part in parts]
        every = [audits for both in each for audits in both]
        return {
            "Failed checks": [_failed(audits) for audits in every],
            "Audits with a fatal error": [_fatal(audits) for audits in every],
        }

    def _checked(self, teams: Collection[int], first: date, end: date) -> Iterator[list[tuple[bool, bool]]]:
        """(failed, is fatal) of each check on the launch's criteria, by audit."""
        asked = {one.id for one in self.launch.criteria}
        for audit in self.audits:
            if audit.team_id in teams and first <= audit.contact_at.date() < end:
                said = {one.criterion_id: one.result for one in self.findings if one.audit_id == audit.id}
                yield [
                    (said.get(one.id) is Result.FAIL, one.severity is Severity.FATAL)
                    for one in self.criteria
                    if one.identity_id in asked and said.get(one.id) is not Result.NA
                ]


def _failed(audits: Audited) -> Counted:
    checks = [failed for audit in audits for failed, _is_fatal in audit]
    return sum(checks), len(checks)


def _fatal(audits: Audited) -> Counted:
    fatal = [[failed for failed, is_fatal in audit if is_fatal] for audit in audits]
    return sum(1 for one in fatal if any(one)), sum(1 for one in fatal if one)
