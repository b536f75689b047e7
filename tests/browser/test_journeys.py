"""The main job from chair to chair: what one person does reaches the next one's screen."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.permissions import Role
from app.audits.models import Audit, Criterion, Finding, Result, Scorecard
from app.coaching.models import Obligation, SessionRecord
from app.coaching.rules import ObligationState
from app.core.clock import now
from app.core.database import db
from app.curriculum.models import Assignment, AssignmentState

PageOf = Callable[..., Page]


def test_a_lead_logs_what_is_owed_and_the_agent_confirms_it(demo_app: Flask, page_of: PageOf) -> None:
    lead = page_of(Role.TEAM_LEAD)
    lead.goto("/")
    first = lead.locator(".h-row").first
    agent = first.locator(".h-row__who").inner_text()
    first.get_by_role("link", name=re.compile("^Log")).click()
    expect(lead.get_by_role("heading", level=1)).to_contain_text(agent)
    number = int(re.findall(r"obligation=(\d+)", lead.url)[0])
    lead.get_by_label("Commitment 1", exact=True).fill("Reads the return policy aloud before each refund")
    lead.get_by_role("button", name="Save session").click()
    expect(lead.get_by_role("status")).to_contain_text("Session logged")
    with demo_app.app_context():
        met = db.session.get_one(Obligation, number)
        assert met.state in (ObligationState.MET, ObligationState.MET_LATE)
        record = db.session.scalars(select(SessionRecord).where(SessionRecord.session_id == met.session_id)).one()
        session = record.session_id

    told = page_of(agent, "es", phone=True)
    told.goto(f"/coaching/sessions/{session}")
    told.get_by_label("Comentario").fill("De acuerdo, gracias")
    told.get_by_role("button", name="Confirmar lectura").click()
    expect(told.get_by_role("status")).to_be_visible()
    with demo_app.app_context():
        confirmed = db.session.scalars(select(SessionRecord).where(SessionRecord.session_id == session)).one()
        assert confirmed.acknowledged_at is not None
        assert confirmed.comment == "De acuerdo, gracias"
    lead.goto(f"/coaching/sessions/{session}")
    expect(lead.get_by_role("main")).to_contain_text("De acuerdo, gracias")

    lead.keyboard.press("/")
    lead.keyboard.type(agent)
    lead.keyboard.press("Enter")
    lead.wait_for_url("**/search?q=**")
    lead.keyboard.press("ArrowDown")
    expect(lead.get_by_role("main").get_by_role("link", name=agent, exact=True)).to_be_focused()
    lead.keyboard.press("Enter")
    expect(lead.get_by_role("heading", level=1)).to_have_text(agent)


def test_an_agent_reads_a_module_on_a_phone_and_is_done(demo_app: Flask, page_of: PageOf) -> None:
    with demo_app.app_context():
        waiting = db.session.scalars(
            select(Assignment).where(Assignment.state == AssignmentState.ASSIGNED).order_by(Assignment.id)
        ).first()
        assert waiting is not None
        number, agent = waiting.id, waiting.person.name
    page = page_of(agent, "es", phone=True, dark=True)
    page.goto("/curriculum/learn")
    page.locator(f"main a[href$='/learn/{number}']").first.click()
    page.get_by_role("button", name="Marcar como completado").click()
    expect(page.get_by_role("status")).to_be_visible()
    with demo_app.app_context():
        done = db.session.get_one(Assignment, number)
        assert done.state == AssignmentState.COMPLETED
        assert done.language == "es"


def findings_file(app: Flask, folder: Path) -> tuple[Path, str]:
    """A findings file as another tool would write it: two audits of one agent, one of them failed throughout."""
    head = [
        "source",
        "audit_ref",
        "employee_no",
        "scorecard",
        "contact_at",
        "audited_at",
        "criterion",
        "result",
        "comment",
    ]
    with app.app_context():
        agent = db.session.scalars(
            select(User).join(Audit, Audit.person_id == User.id).where(User.left_on.is_(None)).order_by(User.id)
        ).first()
        card = db.session.scalars(select(Scorecard)).first()
        assert agent is not None
        assert card is not None
        codes = db.session.scalars(select(Criterion.code).distinct().order_by(Criterion.code)).all()[:4]
        contact, name, employee = now() - timedelta(days=3), agent.name, agent.employee_no
        rows = [
            [
                "other",
                ref,
                employee,
                card.code,
                contact.isoformat(),
                (contact + timedelta(days=1)).isoformat(),
                code,
                *said,
            ]
            for ref, said in (("J-1", ["fail", "Asked twice for the same number"]), ("J-2", ["pass", ""]))
            for code in codes
        ]
    path = folder / "findings.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path, name


def test_a_newcomer_brings_in_a_file_of_findings(demo_app: Flask, page_of: PageOf, tmp_path: Path) -> None:
    path, name = findings_file(demo_app, tmp_path)
    page = page_of(Role.ADMINISTRATOR)
    page.goto("/audits/import")
    page.get_by_label("File of findings").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("The whole file can be imported.")).to_be_visible()
    page.get_by_role("button", name="Import it").click()
    page.get_by_role("link", name="See its audits").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text(name)
    with demo_app.app_context():
        stored = select(Finding).join(Audit).where(Audit.reference == "J-1", Finding.result == Result.FAIL)
        assert len(db.session.scalars(stored).all()) == 4

    page.goto("/audits/import")
    page.get_by_label("File of findings").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("All of this is already here; there is nothing to import.")).to_be_visible()


def test_every_figure_of_compliance_opens_the_rows_it_counts(page_of: PageOf) -> None:
    page = page_of(Role.PROGRAM_MANAGER)
    page.goto("/reports/compliance")
    counts = page.locator("tr", has=page.locator("a[href*='state=counted']")).first.locator(
        "td > a[href*='state=']:not(.h-n)"
    )
    figures = {str(one.get_attribute("href")): one.inner_text() for one in counts.all()}
    assert figures
    for address, figure in figures.items():
        page.goto(address)
        expect(page.get_by_role("main")).to_contain_text(re.compile(rf"\b{figure} sessions? owed"))
    page.goto("/reports/priorities")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"\d|[Pp]riorit"))
