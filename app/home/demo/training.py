"""Trainers of the demo programme: a cohort that was certified and teaches on, one to come, and two launches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from numpy.random import Generator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.audits.models import CriterionIdentity, ScorecardVersion
from app.cohorts.deliveries import services as deliveries
from app.cohorts.deliveries.services import Seen
from app.cohorts.launches import services as launches
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind, Part, Verdict
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Level
from app.cohorts.programmes import attending, nominating, services, sessions
from app.cohorts.programmes.models import Cohort, Enrolment, TrainerProgramme
from app.cohorts.programmes.rules import Side
from app.cohorts.teachbacks import services as teach_backs
from app.core.errors import Refused
from app.home.demo.figures import LIVE_AT, WENT_LIVE
from app.home.demo.world import World, at_work, working_day

CERTIFIED, TAUGHT = timedelta(days=58), timedelta(days=44)
"""Before the last day; what is taught has a month after it by then, whichever day that is."""
LONG_HERE = timedelta(days=30)
EACH = 2
"""People of each partner in the first cohort."""
LINES = [
    ("Opens with why it matters to the customer", "Abre con lo que importa al cliente", 4),
    ("Explains the steps without reading them aloud", "Explica los pasos sin leerlos", 4),
    ("Lets everybody practise and corrects at once", "Hace practicar a cada persona y corrige al momento", 4),
    ("Checks what was understood before closing", "Verifica qué se entendió antes de cerrar", 4),
]
PROGRAMME = {
    "code": "FF-1", "title_en": "Trainer of policies and tools", "title_es": "Formador de políticas y herramientas",
    "requirements_en": "Six months in the line, no active gap in what is taught, and a teach-back before two observers.",
    "requirements_es": "Seis meses en la línea, ninguna brecha activa en el tema y una clase demostrativa ante dos observadores.",
    "module_id": None, "least_attendance": 0.8, "pass_share": 0.8, "conditional_share": 0.65, "tolerance": 0.15, "months": 12,
    "activity_deliveries": 2, "activity_days": 150, "retired": False,
}  # fmt: skip
MARKS = (
    ([4, 4, 3, 4], [4, 3, 3, 4]), ([4, 3, 4, 3], [3, 3, 4, 3]), ([4, 4, 4, 4], [4, 4, 3, 4]),
    ([3, 3, 4, 4], [4, 3, 4, 4]), ([3, 3, 2, 3], [3, 2, 3, 3]), ([4, 4, 3, 3], [4, 4, 4, 3]),
)  # fmt: skip
"""What both observers give, in turn; the fifth is asked to teach again."""
CHECKS = (
    ("Macros publicadas en ambos idiomas", "Base de conocimiento, artículo 118"),
    ("Permisos de la herramienta en las cuatro sedes", ""),
    ("Aviso a los aliados con fecha y contacto", "Correo a los tres aliados"),
)


@dataclass
class Training:
    """What the trainers of the programme do."""

    session: Session
    world: World
    version: ScorecardVersion
    manager: User
    trainer: User
    administrator: User

    def __post_init__(self) -> None:
        self.rng: Generator = self.world.rng(21)
        self.busy: set[int] = set()

    def happen(self) -> None:
        """All of it, on its days."""
        programme = services.save_programme(
            self.session, TrainerProgramme(), PROGRAMME, LINES, by=self.trainer, on=self._at(CERTIFIED * 2)
        )
        first = self._first_cohort(programme)
        self._teach_on(first)
        self._next_cohort(programme)
        self._launches(first)

    def _at(self, ago: timedelta, share: float = 0.2) -> datetime:
        day = working_day(self.world.last - ago, date.min)
        return at_work(day, share, self.world.zone)

    def _cohort(self, programme: TrainerProgramme, name: str, starts: date, days: int, seats: int) -> Cohort:
        partners = self.session.scalars(select(Unit).where(Unit.kind == "partner").order_by(Unit.id)).all()
        facts = {
            "programme_id": programme.id, "name": name, "market": None, "language": "es", "time_zone": self.world.zone,
            "starts_on": starts, "ends_on": starts + timedelta(days=days), "seats": seats,
        }  # fmt: skip
        budgets = {one.id: seats // max(len(partners), 1) for one in partners}
        on = self._at(CERTIFIED * 2)
        return services.save_cohort(self.session, Cohort(), facts, budgets, [self.trainer], by=self.manager, on=on)

    def _candidates(self, partner: int, count: int) -> list[int]:
        """Agents of a partner who have been there for long and are in no cohort, by their place in the roster."""
        world, since = self.world, self.world.last - CERTIFIED - LONG_HERE
        found = []
        for agent, one in enumerate(world.roster.agents):
            home = world.people.units[world.roster.teams[one.team].site.partner].id
            stays = one.left_on is None and one.moves_on is None and not one.named
            if home == partner and stays and one.hired_on <= since and agent not in self.busy:
                found.append(agent)
        self.busy.update(found[:count])
        return found[:count]

    def _nominate(self, cohort: Cohort, agent: int, on: datetime) -> Enrolment:
        lead = self.session.get_one(User, self.world.people.leads[self.world.roster.agents[agent].team])
        person = self.session.get_one(User, self.world.people.agents[agent])
        reason = "Explica con claridad y ayuda a quienes llegan."
        return nominating.nominate(self.session, cohort, person, reason=reason, approves=(), by=lead, on=on)

    def _approve(self, enrolment: Enrolment, on: datetime, sides: tuple[Side, ...] = tuple(Side)) -> None:
        """Approve for the partner as whoever may, then for the programme as the trainer."""
        for side, by in zip(sides, (self.administrator, self.trainer), strict=False):
            nominating.approve(self.session, enrolment, side, by=by, on=on)

    def _first_cohort(self, programme: TrainerProgramme) -> list[TrainerLicence]:
        """A cohort that was taught, taught back and decided on; its licences."""
        starts = self.world.last - CERTIFIED - timedelta(days=14)
        cohort = self._cohort(programme, "Formadores, ola 1", starts, 12, 9)
        early = self._at(CERTIFIED + timedelta(days=25))
        agents = [agent for one in cohort.budgets for agent in self._candidates(one.unit_id, EACH)]
        enrolled = [self._nominate(cohort, agent, early) for agent in agents]
        for one in enrolled:
            self._approve(one, early + timedelta(days=2))
        for number, title in enumerate(("Diseño de una sesión", "Práctica con retroalimentación")):
            at = self._at(CERTIFIED + timedelta(days=12 - 3 * number), 0.3)
            place = f"Sala virtual {number + 1}"
            facts = {"title": title, "starts_at": at, "minutes": 120, "place": place, "by": self.trainer, "on": at}
            held = sessions.plan(self.session, cohort, **facts)
            attending.keep_list(self.session, held, {one.person_id for one in enrolled}, by=self.trainer, on=at)
        return [found for number, one in enumerate(enrolled) if (found := self._teach_back(one, number)) is not None]

    def _teach_back(self, enrolment: Enrolment, number: int) -> TrainerLicence | None:
        """Taught back before two observers, and decided; the licence of who was certified."""
        at = self._at(CERTIFIED, 0.1 + 0.1 * number)
        observers = [self.manager, self.administrator]
        facts = {"minutes": 30, "topic": "Política de reembolsos", "place": "Sala virtual 1"}
        made = teach_backs.plan(self.session, enrolment, observers, planned_for=at, **facts, by=self.trainer, on=at)
        for sheet, marks in zip(made.sheets, MARKS[number % len(MARKS)], strict=True):
            given = {line.id: points for line, points in zip(enrolment.cohort.programme.lines, marks, strict=True)}
            teach_backs.submit(self.session, sheet, given, remark="", by=sheet.observer, on=at)
        again = self.world.last + timedelta(days=9)
        level = Level.MASTER if number == 0 else Level.TRAINER
        teach_backs.decide(self.session, made, level=level, reteach_on=again, by=self.trainer, on=at)
        own = select(TrainerLicence).where(TrainerLicence.enrolment_id == enrolment.id, TrainerLicence.is_latest)
        return self.session.scalars(own).first()

    def _teach_on(self, licences: list[TrainerLicence]) -> None:
        """Each certified trainer has taught the own team; one delivery is still to come."""
        for number, licence in enumerate(licences):
            agent = self.world.place_of[licence.person_id]
            team = self.session.get_one(Unit, self.world.people.teams[self.world.roster.agents[agent].team])
            at = self._at(TAUGHT - timedelta(days=2 * number), 0.4)
            facts: dict[str, Any] = {
                "title": "Reembolso inmediato: qué cambia",
                "minutes": 60,
                "place": "Sala de la sede",
            }
            try:
                given = deliveries.plan(self.session, licence, team, starts_at=at, **facts, by=licence.person, on=at)
            except Refused:  # a small programme may have nobody else in the team
                continue
            seen = {seat.person_id: self._seen() for seat in given.seats}
            deliveries.keep_list(self.session, given, seen, by=licence.person, on=at)
            for seat in given.seats:
                if seat.present and self.rng.random() < 0.7:
                    seat.useful, seat.applicable = (int(self.rng.integers(3, 6)) for _question in range(2))

    def _seen(self) -> Seen:
        """Somebody at a delivery: most are there, and know more afterwards."""
        there = bool(self.rng.random() < 0.88)
        before, after = round(float(self.rng.uniform(0.35, 0.75)), 2), round(float(self.rng.uniform(0.72, 1.0)), 2)
        return Seen(there, before, after) if there else Seen(False)

    def _next_cohort(self, programme: TrainerProgramme) -> None:
        """A cohort to come: some have a seat, some wait for an approval."""
        starts = self.world.last + timedelta(days=12)
        cohort = self._cohort(programme, "Formadores, ola 2", starts, 18, 6)
        on = self._at(timedelta(days=5))
        for budget in cohort.budgets:
            for number, agent in enumerate(self._candidates(budget.unit_id, 3)):
                made = self._nominate(cohort, agent, on)
                self._approve(made, on + timedelta(hours=3), tuple(Side)[: 2 - number])

    def _launches(self, licences: list[TrainerLicence]) -> None:
        """A policy that went live at two sites, and a tool that waits for its gate at all of them."""
        cohort = licences[0].enrolment.cohort if licences else None
        sites = self.session.scalars(select(Unit).where(Unit.kind == "site").order_by(Unit.id)).all()
        identities = self.session.scalars(
            select(CriterionIdentity)
            .where(
                CriterionIdentity.scorecard_id == self.version.scorecard_id,
                CriterionIdentity.code.in_(("C103", "C301", "C304")),
            )
            .order_by(CriterionIdentity.id)
        ).all()
        facts = {"cohort_id": cohort.id if cohort else None, "target": 0.85, "pass_mark": 0.75}
        policy = {
            **facts, "code": "POL-1", "metric": "fcr", "title_en": "Instant refunds", "title_es": "Reembolso inmediato",
            "kind": LaunchKind.POLICY, "go_live_on": self.world.last - WENT_LIVE,
        }  # fmt: skip
        before = self._at(WENT_LIVE + timedelta(days=9))
        what = {"modules": [], "criteria": identities, "by": self.manager}
        live = launches.save(self.session, Launch(), policy, units=sites[:LIVE_AT], **what, on=before)
        self._checklist(live, before, every=True)
        signed = before + timedelta(days=3)
        launches.sign(self.session, live, Part.PROGRAMME, Verdict.GO, remark="", by=self.manager, on=signed)
        remark = "Quienes faltan atienden con acompañamiento la primera semana."
        launches.sign(self.session, live, Part.TRAINING, Verdict.CONDITIONAL, remark=remark, by=self.trainer, on=signed)
        tool = {
            **facts, "code": "HER-1", "metric": None,
            "title_en": "One desk for all contacts", "title_es": "Una mesa para todos los contactos",
            "kind": LaunchKind.TOOL, "go_live_on": self.world.last + timedelta(days=16),
        }  # fmt: skip
        on = self._at(timedelta(days=6))
        self._checklist(launches.save(self.session, Launch(), tool, units=sites, **what, on=on), on, every=False)

    def _checklist(self, launch: Launch, on: datetime, *, every: bool) -> None:
        due = launch.go_live_on - timedelta(days=2)
        for number, (text, evidence) in enumerate(CHECKS):
            owner = (self.trainer, self.administrator, self.manager)[number]
            facts = {"text": text, "owner": owner, "due_on": due, "by": self.manager, "on": on}
            check = launches.add_check(self.session, launch, **facts)
            if every or evidence:
                said = evidence or "Revisión de permisos del área técnica"
                launches.settle_check(self.session, check, evidence=said, by=owner, on=on + timedelta(days=1))
