"""A business review from figures to slides to a decision that comes back in the next one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from pptx import Presentation

from app.core.clock import last_month, month_start, now
from app.metrics.models import MetricValue
from tests.conftest import Cast

DECIDED = "Two supervisors listen in on Mondays"


def test_a_partner_review_goes_from_figures_to_slides_and_its_decision_comes_back(
    session: Any, people: Cast, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None]
) -> None:
    this = month_start(now().date())
    for unit, part in ((people.refunds, 91.0), (people.orders, 55.0)):
        session.add(
            MetricValue(metric="csat", unit_id=unit.id, period=last_month(this), numerator=part, denominator=100)
        )
    session.commit()
    page, unit_id = page_as(people.mariana), people.norte.id
    session.commit()  # SQLite has one writer: the test must not be it
    page.goto(f"/reports/performance?month={last_month(this):%Y-%m}&unit={unit_id}")
    expect(page.locator("tbody").first).to_contain_text("91")

    def begin(month: str) -> None:
        page.goto("/reports/reviews")
        page.get_by_label("Unit").last.select_option(str(unit_id))
        page.get_by_label("Month").last.fill(month)
        page.get_by_role("button", name="Begin the draft").click()

    begin(f"{last_month(this):%Y-%m}")
    page.get_by_role("button", name="Freeze the figures").click()
    expect(page.locator("main")).to_contain_text("these figures no longer change")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download slides").click()
    deck = Presentation(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert any(shape.has_chart for slide in deck.slides for shape in slide.shapes) or len(deck.slides) > 3
    page.get_by_text("Record a decision…").click()
    page.get_by_label("What was decided").fill(DECIDED)
    page.get_by_label("Why").fill("The same errors three weeks running")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("region", name="Decided and agreed")).to_contain_text(DECIDED)

    begin(f"{this:%Y-%m}")
    expect(page.get_by_role("region", name="Decisions of earlier reviews")).to_contain_text(DECIDED)
    assert_accessible(page)
    page.get_by_role("link", name=DECIDED).click()
    expect(page.locator("main")).to_contain_text("The same errors three weeks running")
    expect(page.locator("main")).to_contain_text("Business review:")
