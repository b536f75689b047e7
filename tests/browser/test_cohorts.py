"""A launch over four sites in three time zones, by its people: from the first nomination to the look back.

One window goes from hand to hand, and what it shows on the way is counted again from the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Unit, UnitKind, User
from app.accounts.permissions import Role
from app.audits.models import CriterionIdentity
from app.cohorts.launches import services as launches
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind, Part, Verdict
from app.cohorts.programmes import sessions
from app.cohorts.programmes.models import Cohort, Enrolment
from app.core.clock import now, zone
from app.core.database import db
from app.curriculum.models import Assignment, Module, ModuleKind
from app.metrics.models import MetricValue
from tests.browser.recount import Counted, Recount
from tests.cohorts import conftest as room
from tests.conftest import Cast, make_unit, make_user
from tests.gaps import conftest as scores

programme, cohort, form, audit = room.programme, room.cohort, scores.form, scores.audit
ZONE = "America/Bogota"
PLACES = {"Tijuana": ("norte", "America/Tijuana", "MX"), "Madrid": ("sur", "Europe/Madrid", "ES")}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CHECKED = {-9: ["C1"], -3: ["C1", "C3"], -2: [], 2: [], 3: ["C1"], 13: [], 20: ["C3"]}
CHECKED_ELSEWHERE = {-5: ["C1"], 4: ["C1"], 25: []}
"""What audits miss, by days from go-live."""


@dataclass
class World:
    """A cohort with a session under way, and a launch that goes live tomorrow in four sites of five."""

    cohort: int
    launch: int
    code: str
    go_live: date
    elsewhere: User
    observers: list[User]
    page: Page
    hand: Callable[..., None]

    def go(self, address: str, person: User, language: str = "en") -> Page:
        """The window in somebody's hands, at an address."""
        self.hand(self.page, person, language)
        self.page.goto(address)
        return self.page


@pytest.fixture
def world(
    session: Any, people: Cast, cohort: Cohort, form: Any, page_as: Callable[..., Page], hand_to: Callable[..., None]
) -> World:
    today, at = now().astimezone(zone(ZONE)).date(), now()
    cohort.starts_on, cohort.ends_on, cohort.market = today - 9 * DAY, today + 9 * DAY, None
    cohort.budgets[0].seats = 1
    room.seat(session, people, cohort, people.luis, on=at)
    sites = [people.bogota, people.lima]
    for name, (partner, time_zone, market) in PLACES.items():
        facts = {"market": market, "time_zone": time_zone}
        sites.append(make_unit(session, UnitKind.SITE, name, getattr(people, partner), **facts))
        make_user(session, f"{name} Uno", team=make_unit(session, UnitKind.TEAM, f"Team {name}", sites[-1]))
    make_user(session, "Nora Nueve", team=people.refunds)
    quito = make_unit(session, UnitKind.SITE, "Quito", people.norte, market="EC", time_zone="America/Guayaquil")
    elsewhere = make_user(session, "Quito Uno", team=make_unit(session, UnitKind.TEAM, "Team Quito", quito))
    observers = [
        make_user(session, name, role=Role.TRAINER, over=people.programme) for name in ("Otto Uno", "Olga Dos")
    ]
    facts = {"title": "Day 1", "minutes": 60, "place": "Room 2", "by": people.tomas, "on": at}
    live = sessions.plan(session(), cohort, starts_at=at - 10 * MINUTE, **facts)
    launch = _launch(session, people, cohort, sites, today + DAY)
    session.commit()
    return World(cohort.id, launch.id, live.code, today + DAY, elsewhere, observers, page_as(people.paola), hand_to)


def _launch(session: Any, people: Cast, cohort: Cohort, sites: list[Unit], go_live: date) -> Launch:
    told = {
        "code": "L1", "title_en": "Instant refunds", "title_es": "Reembolso inmediato", "kind": LaunchKind.TOOL,
        "cohort_id": cohort.id, "go_live_on": go_live, "target": 0.9, "pass_mark": 0.8, "metric": "use_of_desk",
    }  # fmt: skip
    asked = select(CriterionIdentity).where(CriterionIdentity.code.in_(("C1", "C3")))
    module = Module(code="M1", title_en="New refunds", title_es="Reembolsos nuevos", kind=ModuleKind.ARTICLE, minutes=5)
    session.add(module)
    session.flush()
    what: dict[str, Any] = {"units": sites, "modules": [module], "criteria": session.scalars(asked).all()}
    made = launches.save(session(), Launch(), told, **what, by=people.mariana, on=now())
    facts = {"text": "Macro approved", "owner": people.carmen, "due_on": go_live, "by": people.mariana, "on": now()}
    launches.add_check(session(), made, **facts)
    return made


def press(page: Page, button: str, says: str = "") -> None:
    """Press it and see what it says; what the test has read must not hold the database meanwhile."""
    db.session.commit()
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name=button).first.click()
    expect(page.get_by_role("status").first).to_contain_text(says)


def fill_time(page: Page, title: str, at: datetime) -> None:
    here = at.astimezone(zone(ZONE))
    page.get_by_label("What is taught").fill(title)
    page.get_by_label("Day", exact=False).first.fill(f"{here:%Y-%m-%d}")
    page.get_by_label("Begins at").fill(f"{here:%H:%M}")


ROWS = """region => Object.fromEntries([...region.querySelectorAll("tbody tr, li.h-row")].map(row => {
    const cells = [...row.children].map(one => one.innerText.trim());
    const [name, ...rest] = row.matches("tr") ? cells : [cells[1], cells[0]];
    return [name.split("\\n")[0], rest];
}))"""


def rows(page: Page, region: str, which: int = 0) -> dict[str, list[str]]:
    """What a part of the page shows, by the words that begin each row."""
    shown: dict[str, list[str]] = page.get_by_role("region", name=region, exact=True).nth(which).evaluate(ROWS)
    return shown


def counted(said: str) -> list[Counted]:
    """Each “so many of so many” in these words."""
    return [(int(part), int(whole)) for part, whole in re.findall(r"(\d+) of (\d+)", said)]


def test_from_nomination_to_the_look_back(
    session: Any, people: Cast, world: World, audit: Any, assert_accessible: Callable[[Page], None]
) -> None:
    _take_seats(session, people, world)
    _certify(session, people, world)
    _teach(session, people, world)
    _learn(session, people, world)
    _gate(session, people, world)
    _weeks_pass(session, people, world, audit)
    with time_machine.travel(datetime.combine(world.go_live + 43 * DAY, now().timetz()), tick=True):
        _look_back(session, people, world)
        assert_accessible(world.page)
        _other_partner(people, world)


def _take_seats(session: Any, people: Cast, world: World) -> None:
    """Luis has the only seat of the partner: Ana waits, and moves up when he withdraws."""
    url = f"/cohorts/{world.cohort}"
    page = world.go(f"{url}/nominate", people.paola)
    page.get_by_label("Ana Ruiz").check()
    press(page, "Nominate", "Nominated")
    world.go(url, people.carmen)
    press(page, "Approve for the partner Ana Ruiz", "The other side has to approve")
    world.go(url, people.tomas)
    press(page, "Approve for the programme Ana Ruiz", "Ana Ruiz is on the waiting list")
    _same(rows(page, "Seats"), Recount(session).seats_taken())
    page.get_by_role("link", name="Luis Mora").click()
    page.get_by_text("Decline or withdraw…").click()
    page.get_by_label("Reason").fill("Changed jobs")
    press(page, "Close", "A free seat goes to whoever has waited longest")
    assert rows(page, "Roster")["Ana Ruiz"][1] == "Has a seat"
    _same(rows(page, "Seats"), Recount(session).seats_taken())


def _same(shown: dict[str, list[str]], counted_again: dict[str, Counted]) -> None:
    """The first “so many of so many” of each row."""
    assert {name: counted(" ".join(cells))[0] for name, cells in shown.items()} == counted_again


def _certify(session: Any, people: Cast, world: World) -> None:
    """There by code, taught back before two, decided by a third."""
    page = world.go("/cohorts/check-in", people.ana)
    page.get_by_label("Code").fill(world.code)
    press(page, "Check in", "Checked in to “Day 1”")
    enrolment = session.scalars(select(Enrolment).where(Enrolment.person_id == people.ana.id)).one()
    world.go(f"/cohorts/enrolments/{enrolment.id}/teach-back", people.tomas)
    fill_time(page, "Refund policy", now() - 5 * MINUTE)
    for label, person in zip(("First observer", "Second observer"), world.observers, strict=True):
        page.get_by_label(label).select_option(label=person.name)
    press(page, "Plan teach-back")
    back = page.url
    for person, marks in zip(world.observers, ((4, 4, 2), (4, 3, 2)), strict=True):
        world.go(back, person)
        for line, points in zip(enrolment.cohort.programme.lines, marks, strict=True):
            page.locator(f"label[for='line-{line.id}-{points}']").click()
        press(page, "Hand in")
    world.go(back, people.tomas)
    share, agreed = Recount(session).teach_back()
    result = page.get_by_role("region", name="Outcome so far")
    for name, figure in (("Share of the points", share), ("Agreement of the first two", agreed)):
        expect(result).to_contain_text(re.compile(rf"{name}\s*{100 * figure:.0f}\s%"))
    press(page, "Decide", "Ana Ruiz is certified")
    page.goto(f"/cohorts/{world.cohort}")
    roster = rows(page, "Roster")["Ana Ruiz"]
    assert counted(roster[2]) == [Recount(session).attended(people.ana.id)]
    assert roster[-1] == "Certified"


def _teach(session: Any, people: Cast, world: World) -> None:
    """Ana, certified now, teaches her team: one passes the quiz, the other does not."""
    page = world.go("/cohorts/deliveries/new", people.ana)
    page.get_by_label("Site or team").select_option(label="Norte · Bogotá · Refunds")
    fill_time(page, "Refunds for all", now() - 30 * MINUTE)
    press(page, "Save delivery", "Planned for 2 people")
    for name, before, after in (("Luis Mora", 40, 90), ("Nora Nueve", 50, 60)):
        page.get_by_label(name, exact=True).check()
        page.get_by_label(f"Quiz before of {name}, per cent").fill(str(before))
        page.get_by_label(f"Quiz after of {name}, per cent").fill(str(after))
    press(page, "Save attendance", "2 people attended")
    seats = Recount(session).seats
    before, after = (sum(getattr(one, side) for one in seats) / len(seats) for side in ("before", "after"))
    expect(page.get_by_role("main")).to_contain_text(re.compile(rf"{100 * before:.0f}\s% → {100 * after:.0f}\s%"))
    world.go(f"/cohorts/{world.cohort}/cascade", people.mariana)
    again = Recount(session)
    _same(rows(page, "Sites and teams"), again.cascade())
    reached = rows(page, "Trainers")
    _same({name: reached[name] for name in again.by_trainer()}, again.by_trainer())
    by_team = [counted(cells[-1]) for name, cells in reached.items() if name not in again.by_trainer()]
    came = rows(page, "Results")["Ana Ruiz"]
    assert re.findall(r"n = (\d+)", " ".join(came)) == ["0", str(len(seats))], "nobody said what it was like yet"
    assert by_team == [[(*again.cascade()["Refunds"][:1], len(again.seats))]], "Ana herself is not invited"


def _learn(session: Any, people: Cast, world: World) -> None:
    """The module of the launch is given to everybody in its sites; one of them reads it."""
    page = world.go(f"/cohorts/launches/{world.launch}", people.mariana)
    press(page, "Assign the modules to everybody", f"{len(Recount(session).launched())} modules assigned")
    given = session.scalars(select(Assignment.id).where(Assignment.person_id == people.luis.id)).one()
    world.go(f"/curriculum/learn/{given}", people.luis, "es")
    press(page, "Marcar como completado")


def _gate(session: Any, people: Cast, world: World) -> None:
    """The check is settled by its owner, two people sign, and the gate keeps what was ready."""
    url = f"/cohorts/launches/{world.launch}"
    page = world.go(url, people.carmen)
    page.get_by_text("In order…").first.click()
    page.get_by_label("What shows it?").fill("Ticket 12")
    press(page, "Save", "In order")
    for person, part in ((people.mariana, "Programme"), (people.tomas, "Training")):
        world.go(url, person)
        page.get_by_label("Part").select_option(label=part)
        page.get_by_label("Go", exact=True).check()
        press(page, "Sign", "Signed")
    expect(page.get_by_role("status").first).to_contain_text("The go/no-go is decided: Go")
    again, shown = Recount(session), rows(page, "Readiness by site")
    ready = again.readiness()
    everybody = [sum(figures[0][n] for figures in ready.values()) for n in (0, 1)]
    expect(page.get_by_role("main")).to_contain_text("{} of {} people are ready".format(*everybody))
    assert counted(shown.pop("All sites")[0]) == [tuple(everybody)]
    assert {
        name: [*(counted(cell)[0] for cell in cells[:4]), int(cells[4].replace("nobody", "0"))]
        for name, cells in shown.items()
    } == ready
    launch = again.launch
    kept = {
        row["name"]: [
            *((row[part], row["people"]) for part in ("ready", "learned", "taught", "passed")),
            row["trainers"],
        ]
        for row in launch.at_gate
    }
    assert kept == ready
    signed = {(one.part, one.verdict) for one in launch.signatures}
    assert (launch.verdict, signed) == (Verdict.GO, {(part, Verdict.GO) for part in Part})


def _weeks_pass(session: Any, people: Cast, world: World, audit: Any) -> None:
    """Contacts are audited before and after, where it is live and where it is not; a file tells of its use."""
    for days, missed in CHECKED.items():
        audit(people.luis, world.go_live + days * DAY, missed)
    for days, missed in CHECKED_ELSEWHERE.items():
        audit(world.elsewhere, world.go_live + days * DAY, missed).team_id = Recount(session).team_of[
            world.elsewhere.id
        ]
    month = world.go_live.replace(day=1)
    session.add(MetricValue(metric="use_of_desk", unit_id=people.lima.id, period=month, numerator=30, denominator=40))
    session.commit()


def _look_back(session: Any, people: Cast, world: World) -> None:
    page = world.go(f"/cohorts/launches/{world.launch}", people.tomas)
    again, after = Recount(session), page.get_by_role("region", name="After go-live")
    for weeks in (2, 6):
        table = after.get_by_role("group", name=f"{weeks} weeks").evaluate(ROWS)
        for name, figures in again.look(weeks).items():
            before, then, change, elsewhere, beyond = table[name]
            assert [*counted(before), *counted(then), *counted(elsewhere)] == figures, (weeks, name)
            shares = [part / whole for part, whole in figures]
            assert _points(change) == pytest.approx(100 * (shares[1] - shares[0]), abs=0.05)
            gone = shares[1] - shares[0] - (shares[3] - shares[2])
            assert _points(beyond) == pytest.approx(100 * gone, abs=0.05)
            assert "between" in change
    assert counted(page.get_by_role("region", name="Its figure by month").inner_text()) == [(30, 40)]


def _points(said: str) -> float:
    return float(said.split()[0].replace("−", "-"))


def _other_partner(people: Cast, world: World) -> None:
    """The manager of the other partner sees the own sites of all this, and nobody of these."""
    for address in (
        f"/cohorts/launches/{world.launch}",
        f"/cohorts/{world.cohort}/cascade",
        f"/cohorts/{world.cohort}",
    ):
        shown = world.go(address, people.pedro, "es").get_by_role("main").inner_text()
        assert not re.search("Norte|Bogotá|Tijuana|Ana Ruiz|Luis Mora|Nora", shown.replace("(Bogotá)", ""))
    expect(world.page.get_by_role("main")).to_contain_text("Sur")
