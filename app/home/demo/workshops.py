"""A module taught live and one that is practised in the demo programme: sessions held and to come, people observed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.curriculum.authoring.services import publish
from app.curriculum.giving import assign_many
from app.curriculum.live import services as live
from app.curriculum.live.models import LiveSession
from app.curriculum.models import Assignment, AssignmentReason, Competency, Module, ModuleKind, ModuleState
from app.curriculum.practice import services as practice
from app.home.demo.cast import Story
from app.home.demo.world import World, at_work, working_day

HELD, NEXT, LATER = timedelta(days=-6), timedelta(days=4), timedelta(days=11)
TAUGHT = {
    "code": "L01", "kind": ModuleKind.LIVE, "minutes": 60,
    "title_en": "When the customer raises the voice: workshop", "title_es": "Cuando el cliente alza la voz: taller",
    "body_en": "Three recorded contacts, what calmed each of them, and a round of practice in pairs.\n\n"
    "Bring one contact of your own.",
    "body_es": "Tres contactos grabados, qué calmó cada uno y una ronda de práctica en parejas.\n\n"
    "Traer un contacto propio.",
}  # fmt: skip
PRACTISED = {
    "code": "R01", "kind": ModuleKind.PRACTICE, "minutes": 20,
    "title_en": "Role-play: saying no to a refund", "title_es": "Juego de roles: decir no a un reembolso",
    "body_en": "The buyer asks for a refund after the deadline and is upset. The policy allows a voucher.\n\n"
    "The observer plays the buyer.",
    "body_es": "La compradora pide un reembolso fuera de plazo y está molesta. La política permite un cupón.\n\n"
    "Quien observa hace de compradora.",
}  # fmt: skip
RUBRIC = [
    ("Names the feeling before the rule", "Nombra el sentimiento antes que la regla", 4),
    ("Says no in one clear sentence", "Dice que no en una frase clara", 4),
    ("Offers what the policy allows", "Ofrece lo que la política permite", 4),
    ("Closes with what happens next", "Cierra con lo que sigue", 3),
]
Ready = Callable[[Session, Module, User, datetime], None]
MARKS = ((4, 4, 3, 3), (2, 2, 4, 1), (3, 4, 4, 2))
"""What the first of the team get; the second has to try again."""


def happen(session: Session, world: World, trainer: User, story: Story) -> None:
    """Both modules, and what came of them in the team of the story."""
    if story.ana is None:
        return
    begun = moment_of(world, HELD - timedelta(days=14), 0.1)
    team = world.roster.agents[story.ana].team
    others = [n for n, one in enumerate(world.roster.agents) if one.team == team and world.is_here(n, world.last)]
    people = [world.people.agents[n] for n in others if n != story.ana]
    taught, practised = (written(session, facts, "K31", trainer, begun, _ready) for facts in (TAUGHT, PRACTISED))
    _live(session, world, taught, trainer, people, world.people.agents[story.ana])
    lead = session.get_one(User, world.people.leads[team])
    _practice(session, world, practised, lead, trainer, people)


def _ready(session: Session, made: Module, by: User, on: datetime) -> None:
    """What a practice needs before it is published."""
    if made.kind is ModuleKind.PRACTICE:
        practice.set_rubric(session, made, RUBRIC, pass_share=0.75, leads_observe=True, by=by, on=on)


def moment_of(world: World, away: timedelta, share: float) -> datetime:
    """A moment at work, so far from the last day; `share` is that of the day."""
    day = working_day(world.last + away, date.min)
    return at_work(day, share, world.zone)


def written(session: Session, facts: dict[str, Any], competency: str, by: User, on: datetime, ready: Ready) -> Module:
    """A module, published once `ready` has given it what its kind needs."""
    teaches = list(session.scalars(select(Competency).where(Competency.code == competency)))
    made = Module(**facts, state=ModuleState.DRAFT, revision=0, competencies=teaches)
    session.add(made)
    session.flush()
    ready(session, made, by, on)
    publish(session, made, by=by, on=on)
    return made


def give(session: Session, world: World, module: Module, people: list[int], by: User) -> list[Assignment]:
    """Assign a module to these people, some days ago, chosen by hand."""
    on = moment_of(world, HELD - timedelta(days=10), 0.1)
    facts = {"module_id": module.id, "reason": AssignmentReason.MANUAL, "due_on": world.last + LATER}
    rows = [{"person_id": number, "assigned_on": on.date(), **facts} for number in people]
    assign_many(session, rows, by=by, on=on)
    wanted = select(Assignment).where(Assignment.module_id == module.id, Assignment.person_id.in_(people))
    return list(session.scalars(wanted.order_by(Assignment.id)))


def _live(session: Session, world: World, module: Module, trainer: User, people: list[int], ana: int) -> None:
    """One was held; the next one is full with somebody waiting; Ana has a seat in the one after that."""
    give(session, world, module, [*people, ana], trainer)
    on = moment_of(world, HELD - timedelta(days=9), 0.2)
    programme = session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()

    def plan(away: timedelta, seats: int, place: str) -> LiveSession:
        facts = {
            "starts_at": moment_of(world, away, 0.3).replace(minute=0), "time_zone": world.zone, "minutes": 60, "place": place,
            "language": "es", "seats": seats, "unit_id": programme.id, "trainer_id": trainer.id,
        }  # fmt: skip
        return live.plan(session, module, facts, by=trainer, on=on)

    held, full, later = (
        plan(HELD, 8, "Sala 3"),
        plan(NEXT, 2, "Sala 3"),
        plan(LATER, 12, "https://meet.example.org/hilo"),
    )
    staff = {one.id: one for one in session.scalars(select(User).where(User.id.in_([*people, ana])))}
    there, nexts = people[:4], people[4:7]
    for one, some in ((held, there), (full, nexts), (later, [ana])):
        for number in some:
            live.sign_up(session, one, by=staff[number], on=on)
    live.attended(session, held, there[:3], by=trainer, on=held.ends_at)


def _practice(session: Session, world: World, module: Module, lead: User, trainer: User, people: list[int]) -> None:
    """Three of the team were observed by their lead, and one asks to be."""
    given = give(session, world, module, people[: len(MARKS) + 1], trainer)
    known = practice.practice_of(session, module)
    if known is None:
        return
    for number, (one, points) in enumerate(zip(given, MARKS, strict=False)):
        marks = {line.id: got for line, got in zip(known.lines, points, strict=True)}
        on = moment_of(world, timedelta(days=-3), 0.2 + 0.1 * number)
        remark = "La frase del no llegó tarde: practicarla una vez más." if points[1] < 3 else ""
        practice.score(session, known, one, marks, language="es", remark=remark, by=lead, on=on)
    if len(given) > len(MARKS):
        practice.ask(session, known, given[-1], on=moment_of(world, timedelta(days=-1), 0.4))
