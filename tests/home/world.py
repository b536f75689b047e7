"""A small programme with something of everything: for the tests of first screens and pages of people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.accounts import settings
from app.accounts.models import Notice, Unit, User
from app.audits.models import (
    Audit,
    Criterion,
    CriterionCompetency,
    CriterionIdentity,
    Finding,
    Purpose,
    Result,
    Scorecard,
    ScorecardVersion,
    Section,
    Severity,
)
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.core.clock import monday_of
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Competency, Module, ModuleKind
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from tests.conftest import Cast, make_user
from tests.evidence import Pair, put_cells

NOW = datetime(2026, 11, 3, 14, 14, tzinfo=UTC)
"""A Tuesday, 09:14 in Bogotá; first screens still show October."""
TODAY = date(2026, 11, 3)
OCTOBER = date(2026, 10, 1)


class World:
    """The cast with a scorecard, two competencies, a module on the first, and records about each agent."""

    def __init__(self, session: Any, people: Cast) -> None:
        self.session, self.people = session, people
        self.identity = Competency(code="K1", name_en="Verify identity", name_es="Verificar identidad", target=0.95)
        self.tone = Competency(code="K2", name_en="Empathy and tone", name_es="Empatía y tono", target=0.85)
        self.module = Module(
            code="M1", title_en="Two facts, always", title_es="Dos datos, siempre", kind=ModuleKind.ARTICLE, minutes=12,
            body_en="Text", body_es="Texto", competencies=[self.identity],
        )  # fmt: skip
        self.half = Module(
            code="M2", title_en="A calm voice", title_es="", kind=ModuleKind.LINK, minutes=5, url="https://example.org"
        )
        session.add_all([self.identity, self.tone, self.module, self.half])
        session.flush()
        self._scorecard()
        settings.put(session, "live_from", "2026-08-01", by=None, on=NOW)
        self.number = 0

    def _scorecard(self) -> None:
        card = Scorecard(code="S", name_en="Support", name_es="Atención")
        self.session.add(card)
        self.session.flush()
        self.version = ScorecardVersion(scorecard_id=card.id, label="1", imported_at=NOW)
        self.session.add(self.version)
        self.session.flush()
        section = Section(version_id=self.version.id, position=1, name_en="All", name_es="Todo")
        self.session.add(section)
        self.session.flush()
        self.criteria = [
            self._criterion(
                card, section, "C1", "Asked for two facts", "Pidió dos datos", self.identity, Severity.FATAL
            ),
            self._criterion(card, section, "C2", "Spoke calmly", "Habló con calma", self.tone, Severity.MINOR),
        ]

    def _criterion(
        self, card: Scorecard, section: Section, code: str, en: str, es: str, about: Competency, severity: Severity
    ) -> Criterion:
        identity = CriterionIdentity(scorecard_id=card.id, code=code)
        self.session.add(identity)
        self.session.flush()
        found = Criterion(
            version_id=self.version.id, identity_id=identity.id, section_id=section.id, code=code, position=int(code[1]),
            text_en=en, text_es=es, weight=1.0, severity=severity,
        )  # fmt: skip
        self.session.add(found)
        self.session.flush()
        self.session.add(CriterionCompetency(criterion_id=found.id, competency_id=about.id))
        return found

    def agents(self, team: Unit, count: int) -> list[User]:
        """More agents of a team."""
        made = []
        for _index in range(count):
            self.number += 1
            made.append(make_user(self.session, f"Agent{self.number} {team.name}", team=team))
        return made

    def gap(
        self, person: User, competency: Competency, state: GapState = GapState.OPEN, probability: float = 0.94
    ) -> Gap:
        """A gap opened on 11 October, with the evidence of twelve weeks before today."""
        opened = state in (GapState.OPEN, GapState.RELAPSED, GapState.IN_REMEDIATION, GapState.CLOSING)
        found = Gap(
            person_id=person.id, competency_id=competency.id, state=state, probability=probability, n=9.0, f=4.0, mean=0.1,
            checks13=12, fails13=5 if opened else 0, expected13=1.2, opened_on=date(2026, 10, 11) if opened else None,
            state_week=date(2026, 10, 5), decided_week=date(2026, 10, 26), since=3,
        )  # fmt: skip
        self.session.add(found)
        self.session.flush()
        weeks = [monday_of(TODAY) - timedelta(weeks=back) for back in range(12)]
        put_cells(
            self.session,
            [Pair(person.id, competency.id, week, 1, int(opened and back < 5), 1.0) for back, week in enumerate(weeks)],
        )
        if opened:
            move = {"week": date(2026, 10, 5), "from_state": GapState.NONE, "to_state": GapState.OPEN}
            seen = {"probability": probability, "n": 9.0, "f": 4.0, "checks13": 12, "fails13": 5, "since": 3}
            self.session.add(Transition(gap_id=found.id, **move, **seen))
        return found

    def audit(
        self,
        person: User,
        team: Unit,
        day: date = date(2026, 10, 28),
        missed: Sequence[Criterion] = (),
        *,
        purpose: Purpose = Purpose.RANDOM,
        auditor: User | None = None,
    ) -> Audit:
        """An audit of a contact at noon, released two hours later."""
        self.number += 1
        at = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
        found = Audit(
            source="test", reference=f"A{self.number}", person_id=person.id, team_id=team.id, version_id=self.version.id,
            purpose=purpose, contact_at=at, audited_at=at, released_at=at + timedelta(hours=2), week=monday_of(day),
            auditor_id=auditor.id if auditor else None, checks=2, fails=len(missed), score=1 - len(missed) / 2,
            fatal=any(one.fatal for one in missed),
        )  # fmt: skip
        self.session.add(found)
        self.session.flush()
        for criterion in missed:
            self.session.add(
                Finding(audit_id=found.id, criterion_id=criterion.id, result=Result.FAIL, comment="Sin verificar")
            )
        return found

    def assignment(self, person: User, due: date = date(2026, 11, 6), **rest: Any) -> Assignment:
        """The module, assigned in October."""
        found = Assignment(
            person_id=person.id, module=rest.pop("module", self.module), reason=AssignmentReason.GAP,
            assigned_on=date(2026, 10, 12), due_on=due, **rest,
        )  # fmt: skip
        self.session.add(found)
        return found

    def completed(self, person: User, due: date, on: date) -> Assignment:
        """The module, completed."""
        return self.assignment(person, due, state=AssignmentState.COMPLETED, completed_on=on)

    def owed(
        self,
        person: User,
        team: Unit,
        lead: User | None,
        due: datetime = NOW + timedelta(days=2),
        state: ObligationState = ObligationState.OPEN,
        kind: ObligationKind = ObligationKind.CADENCE,
    ) -> Obligation:
        """A session owed; what is met was met at its due time."""
        self.number += 1
        found = Obligation(
            kind=kind, trigger_key=f"test:{self.number}", person_id=person.id, team_id=team.id,
            lead_id=lead.id if lead else None, owner_id=lead.id if lead else None, opened_at=due - timedelta(days=14), due_at=due,
            due_month=due.date().replace(day=1), state=state, closed_at=due if state is ObligationState.MET else None,
        )  # fmt: skip
        self.session.add(found)
        return found

    def held(self, person: User, coach: User, *, confirmed: bool = False) -> SessionRecord:
        """A session held on 28 October, with a promise."""
        at = datetime(2026, 10, 28, 16, tzinfo=UTC)
        talk = CoachingSession(
            kind=SessionKind.ONE_TO_ONE,
            state=SessionState.HELD,
            coach_id=coach.id,
            held_at=at,
            held_on=at.date(),
            logged_at=at,
        )
        self.session.add(talk)
        self.session.flush()
        record = SessionRecord(
            session_id=talk.id, person_id=person.id, notes="x", acknowledge_by=NOW + timedelta(days=1),
            acknowledged_at=NOW if confirmed else None,
        )  # fmt: skip
        self.session.add(record)
        self.session.flush()
        self.session.add(
            Commitment(
                record_id=record.id,
                person_id=person.id,
                owner_id=person.id,
                text="10 contactos con lista",
                due_on=TODAY,
            )
        )
        return record

    def notice(self, person: User, number: int = 1) -> Notice:
        """A notice of an assigned module."""
        found = Notice(
            person_id=person.id, key=f"test:{number}", kind="module.assigned", path="/curriculum/learn/1",
            detail={"module_en": "Two facts", "module_es": "Dos datos", "due_on": "2026-11-06"}, created_at=NOW,
        )  # fmt: skip
        self.session.add(found)
        return found

    def everything(self, person: User, team: Unit, lead: User, tone: GapState = GapState.NONE) -> None:
        """One of each record about an agent: a gap with its module, and how they stand on tone."""
        people = self.people
        self.gap(person, self.identity)
        self.gap(person, self.tone, tone, probability=0.1 if tone is GapState.NONE else 0.92)
        self.audit(person, team, missed=self.criteria[:1], auditor=people.ivan)
        self.audit(person, team, TODAY - timedelta(days=1), purpose=Purpose.DSAT, auditor=people.ivan)
        self.assignment(person)
        self.owed(person, team, lead)
        self.owed(person, team, lead, NOW - timedelta(hours=18), kind=ObligationKind.FATAL)
        self.owed(person, team, lead, datetime(2026, 10, 20, 17, tzinfo=UTC), ObligationState.MET)
        self.held(person, lead)
        self.notice(person)
