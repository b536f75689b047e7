"""A launch over four sites in three time zones, by its people: from the first nomination to the look back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Membership, UnitKind
from app.accounts.permissions import Role
from app.cohorts.deliveries.models import DeliverySeat
from app.cohorts.launches import services as launches
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.programmes import sessions
from app.cohorts.programmes.models import Cohort, Enrolment
from app.core.clock import now, zone
from app.core.database import db
from tests.cohorts import conftest as room
from tests.conftest import Cast, make_unit, make_user
from tests.gaps import conftest as scores

programme, cohort, form, audit = room.programme, room.cohort, scores.form, scores.audit
ZONE = "America/Bogota"


@pytest.fixture
def world(session: Any, people: Cast, cohort: Cohort, form: Any, audit: Any) -> SimpleNamespace:
    """Four sites, a cohort under way with a session an hour ago, two observers, and a launch two weeks old."""
    today = now().astimezone(zone(ZONE)).date()
    cohort.starts_on, cohort.ends_on = today - timedelta(days=9), today + timedelta(days=9)
    places = (("Tijuana", people.norte, "America/Tijuana", "MX"), ("Madrid", people.sur, "Europe/Madrid", "ES"))
    sites = [people.bogota, people.lima]
    for name, partner, time_zone, market in places:
        sites.append(make_unit(session, UnitKind.SITE, name, partner, market=market, time_zone=time_zone))
        make_user(session, f"{name} Uno", team=make_unit(session, UnitKind.TEAM, f"Team {name}", sites[-1]))
    observers = [
        make_user(session, name, role=Role.TRAINER, over=people.programme) for name in ("Otto Uno", "Olga Dos")
    ]
    held = now() - timedelta(hours=1)
    facts = {"title": "Day 1", "minutes": 60, "place": "Room 2", "by": people.tomas, "on": held}
    live = sessions.plan(session(), cohort, starts_at=held, **facts)
    go_live = today - timedelta(days=15)
    for days, missed in ((-3, ["C1"]), (-2, ["C1"]), (2, []), (3, ["C1"]), (4, [])):
        audit(people.luis, go_live + timedelta(days=days), missed)
    criteria = select(launches.CriterionIdentity).where(
        launches.CriterionIdentity.id == form.criteria["C1"].identity_id
    )
    told = {
        "code": "L1", "title_en": "Instant refunds", "title_es": "Reembolso inmediato", "kind": LaunchKind.POLICY,
        "cohort_id": cohort.id, "go_live_on": go_live, "target": 0.9, "pass_mark": 0.8, "metric": None,
    }  # fmt: skip
    launch = launches.save(
        session(),
        Launch(),
        told,
        units=sites,
        modules=[],
        criteria=session.scalars(criteria).all(),
        by=people.mariana,
        on=held,
    )
    session.commit()
    return SimpleNamespace(cohort=cohort.id, launch=launch.id, live=live.id, observers=observers)


def fill_time(page: Page, title: str, at: datetime) -> None:
    here = at.astimezone(zone(ZONE))
    page.get_by_label("What is taught").fill(title)
    page.get_by_label("Day", exact=False).first.fill(f"{here:%Y-%m-%d}")
    page.get_by_label("Begins at").fill(f"{here:%H:%M}")


def press(page: Page, button: str) -> None:
    """Press it and see what it says; what the test has read must not hold the database meanwhile."""
    db.session.commit()
    page.get_by_role("button", name=button).first.click()
    expect(page.get_by_role("status").first).to_be_visible()


def test_from_nomination_to_the_look_back(
    session: Any, people: Cast, world: Any, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None]
) -> None:
    url, trainer = f"/cohorts/{world.cohort}", page_as(people.tomas)
    lead, partner = page_as(people.paola), page_as(people.carmen)
    lead.goto(f"{url}/nominate")
    lead.get_by_label("Ana Ruiz").check()
    press(lead, "Nominate")
    for page, button in ((partner, "Approve for the partner"), (trainer, "Approve for the programme")):
        page.goto(url)
        press(page, button)
    trainer.goto(f"/cohorts/sessions/{world.live}/attendance")
    trainer.get_by_label("Ana Ruiz").check()
    press(trainer, "Save attendance")
    enrolment = session.scalars(select(Enrolment)).one()
    trainer.goto(f"/cohorts/enrolments/{enrolment.id}/teach-back")
    fill_time(trainer, "Refund policy", now() - timedelta(minutes=5))
    for label, person in zip(("First observer", "Second observer"), world.observers, strict=True):
        trainer.get_by_label(label).select_option(label=person.name)
    press(trainer, "Plan teach-back")
    back = trainer.url
    lines = [line.id for line in enrolment.cohort.programme.lines]
    for person, marks in zip(world.observers, ((4, 4, 2), (4, 3, 2)), strict=True):
        observer = page_as(person)
        observer.goto("/cohorts/mine")
        observer.get_by_role("link", name="Score").first.click()
        for line, points in zip(lines, marks, strict=True):
            observer.locator(f"label[for='line-{line}-{points}']").click()
        press(observer, "Hand in")
    trainer.goto(back)
    press(trainer, "Decide")
    expect(trainer.get_by_role("status").first).to_contain_text("is certified")
    _teach(session, people, page_as)
    _gate(session, people, world, page_as, assert_accessible)


def _teach(session: Any, people: Cast, page_as: Callable[..., Page]) -> None:
    """Ana, certified now, teaches her team."""
    assert session.scalars(select(TrainerLicence)).one().person_id == people.ana.id
    ana = page_as(people.ana)
    ana.goto("/cohorts/deliveries/new")
    ana.get_by_label("Site or team").select_option(label="Norte · Bogotá · Refunds")
    fill_time(ana, "Refunds for all", now() - timedelta(minutes=30))
    press(ana, "Save delivery")
    ana.get_by_label("Luis Mora", exact=True).check()
    ana.get_by_label("Quiz before of Luis Mora, per cent").fill("40")
    ana.get_by_label("Quiz after of Luis Mora, per cent").fill("90")
    press(ana, "Save attendance")


def _gate(session: Any, people: Cast, world: Any, page_as: Callable[..., Page], assert_accessible: Any) -> None:
    """Cascade, readiness, signatures and the look back, against a recount from the rows."""
    agents = len(session.scalars(select(Membership.id)).all())
    reached = len(set(session.scalars(select(DeliverySeat.person_id).where(DeliverySeat.present))))
    for person, part in ((people.mariana, "Programme"), (people.tomas, "Training")):
        page = page_as(person)
        page.goto(f"/cohorts/launches/{world.launch}")
        expect(page.get_by_role("main")).to_contain_text(f"{reached} of {agents} people are ready")
        page.get_by_label("Part").select_option(label=part)
        page.get_by_label("Go", exact=True).check()
        press(page, "Sign")
    expect(page.get_by_role("status").first).to_contain_text("The gate is decided: Go")
    after = page.get_by_role("region", name="After go-live")
    expect(after).to_contain_text("2 of 2")
    expect(after).to_contain_text("1 of 3")
    assert_accessible(page)
    other = page_as(people.pedro, "es")
    other.goto(f"/cohorts/launches/{world.launch}")
    expect(other.get_by_role("main")).to_contain_text("Sur · Lima")
    expect(other.get_by_role("main")).not_to_contain_text("Norte")
    other.goto(f"/cohorts/{world.cohort}/cascade")
    expect(other.get_by_role("main")).not_to_contain_text("Luis Mora")
