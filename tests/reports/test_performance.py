"""Performance against target: recounted from the rows, the same in every form, within scope."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.audits.models import Audit, Criterion, Finding, Purpose
from app.metrics.models import MetricValue
from app.metrics.performance import AUDITOR_ALIGNMENT
from app.reports.performance import performance
from tests.conftest import Cast

OCTOBER, AUGUST = date(2026, 10, 1), date(2026, 8, 1)
NOW = datetime(2026, 11, 10, 15, tzinfo=UTC)
ADDRESS = "/reports/performance?month=2026-10"
VIEWERS = ("paola", "tomas", "mariana", "carmen", "ada")


def figures(session: Any, viewer: Any, unit: Any = None) -> dict[str, tuple[float, float]]:
    found = performance(session, viewer, OCTOBER, at=NOW, today=NOW.date(), unit_id=unit and unit.id)
    return {one.code: found.whole(one).trend[-1] for one in found.metrics}


def test_figures_are_those_of_the_rows(session: Any, people: Cast, world: None) -> None:
    found = figures(session, people.mariana)
    audits = [
        one for one in session.scalars(select(Audit)) if one.purpose is Purpose.RANDOM and one.contact_at.month == 10
    ]
    wrong = {finding.audit_id for finding in session.scalars(select(Finding))}
    assert found["quality"] == (sum(one.score for one in audits), len(audits)) == (pytest.approx(19.0), 24)
    assert found["fatal_errors"] == (sum(one.fatal for one in audits), 24) == (4, 24)
    assert found["customer_accuracy"] == (sum(one.id not in wrong for one in audits), 24) == (18, 24)
    assert found["learning_in_time"] == (1, 3)
    assert found["dsat_audited"] == (1, 3)
    assert found["csat"] == (130, 200)
    assert found["fcr"] == (4, 8)
    assert found["aht"] == (900, 1)
    assert "business_accuracy" not in found


def test_auditor_alignment_is_of_the_checks_scored_twice_and_for_who_leads_quality_alone(
    session: Any, people: Cast, world: None, as_user: Callable[..., Any]
) -> None:
    weight = dict(session.execute(select(Criterion.id, Criterion.weight)).all())
    said = {(one.audit_id, one.criterion_id) for one in session.scalars(select(Finding))}
    again = {one.id: one for one in session.scalars(select(Audit).where(Audit.purpose == Purpose.REAUDIT))}
    checks = [(one, criterion) for one in again for criterion in weight]
    agreed = [c for one, c in checks if ((one, c) in said) == ((again[one].reaudit_of_id, c) in said)]
    wanted = (sum(weight[c] for c in agreed), sum(weight[c] for _one, c in checks))
    assert wanted[0] < wanted[1]
    asked = {"at": NOW, "today": NOW.date(), "unit_id": None}
    found = performance(session, people.mariana, OCTOBER, auditors=True, **asked)
    assert found.whole(AUDITOR_ALIGNMENT).trend[-1] == pytest.approx(wanted)
    teams = {unit.name: series.trend[-1] for unit, series in found.units(AUDITOR_ALIGNMENT)}
    assert teams["Refunds"][1] == teams["Orders"][1] == wanted[1] / 2
    for one in (people.mariana, None):  # what partners read is drawn so
        assert AUDITOR_ALIGNMENT not in performance(session, one, OCTOBER, **asked).metrics
    for name in ("carmen", "pedro", "paola", "tomas"):
        assert (
            AUDITOR_ALIGNMENT not in performance(session, getattr(people, name), OCTOBER, auditors=True, **asked).told
        )
    page = as_user(people.mariana, "es").get(f"{ADDRESS}&metric=auditor_alignment").get_data(as_text=True)
    share = f"{100 * wanted[0] / wanted[1]:.1f}"
    assert page.count("Alineación de analistas de calidad") > 2
    assert share in page
    assert "/reports/auditors?month=2026-10" in page
    partners = as_user(people.carmen)
    for form in ("json", "csv"):
        assert "lignment" not in partners.get(f"{ADDRESS}&format={form}").get_data(as_text=True)
    assert "Auditor alignment" not in partners.get(f"{ADDRESS}&metric=auditor_alignment").get_data(as_text=True)


def test_each_sees_own_units_alone(session: Any, people: Cast, world: None) -> None:
    norte, sur = figures(session, people.carmen), figures(session, people.pedro)
    assert (norte["csat"], sur["csat"]) == ((90, 100), (40, 100))
    assert "aht" not in norte  # told of the programme alone
    assert norte["fatal_errors"] == sur["fatal_errors"] == (2, 12)
    assert (norte["learning_in_time"], sur["learning_in_time"]) == ((1, 2), (0, 1))
    assert figures(session, None, people.norte) == norte
    assert figures(session, people.mariana, people.sur) == sur


def test_a_unit_stands_where_its_own_target_and_months_put_it(session: Any, people: Cast, world: None) -> None:
    found = performance(session, people.mariana, OCTOBER, at=NOW, today=NOW.date(), unit_id=None)
    csat = next(one for one in found.metrics if one.code == "csat")
    said = {unit.name: (series.target, series.standing) for unit, series in found.units(csat)}
    assert said["Refunds"] == (0.85, "on")
    assert said["Orders"] == (0.3, "on")
    assert said["Programme"] == (0.85, "off")
    aht = next(one for one in found.metrics if one.code == "aht")
    assert found.whole(aht).standing == "off"  # 280 seconds over, where months differ by some fifteen


def test_every_form_says_the_same(people: Cast, world: None, as_user: Callable[..., Any]) -> None:
    client = as_user(people.mariana)
    told = json.loads(client.get(f"{ADDRESS}&format=json").get_data(as_text=True))
    data = {one["metric"]: (one["numerator"], one["denominator"]) for one in told["figures"]}
    rows = list(
        csv.reader(io.StringIO(client.get(f"{ADDRESS}&format=csv").get_data(as_text=True).removeprefix("\ufeff")))
    )
    book = load_workbook(io.BytesIO(client.get(f"{ADDRESS}&format=xlsx").data))
    page = client.get(f"{ADDRESS}&metric=csat").get_data(as_text=True)
    assert data["csat"] == (130, 200)
    assert [(float(row[2]), float(row[3])) for row in rows[1:]] == list(data.values())
    assert [row[2:4] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == list(data.values())
    assert len(re.findall(r"65.0\s%", page)) == 2  # of all, and of the programme
    assert client.get(f"{ADDRESS}&format=pdf").data.startswith(b"%PDF")


@pytest.mark.once
@pytest.mark.parametrize("name", VIEWERS)
def test_the_page_is_in_the_readers_language_and_asks_as_much_for_many_metrics(
    name: str, people: Cast, world: None, session: Any, as_user: Callable[..., Any], count_queries: Callable[..., int]
) -> None:
    client = as_user(getattr(people, name), "es")
    page = client.get(ADDRESS).get_data(as_text=True)
    assert "Desempeño frente a la meta, octubre de 2026" in page
    assert "Nota de calidad" in page
    few = count_queries(lambda: client.get(f"{ADDRESS}&metric=csat"))
    for number in range(8):
        session.add(
            MetricValue(metric=f"m{number}", unit_id=people.refunds.id, period=OCTOBER, numerator=1, denominator=2)
        )
    session.commit()
    assert count_queries(lambda: client.get(f"{ADDRESS}&metric=csat")) == few


@pytest.mark.parametrize("name", ["ana", "ivan"])
def test_agents_and_auditors_have_none(name: str, people: Cast, as_user: Callable[..., Any]) -> None:
    assert as_user(getattr(people, name)).get(ADDRESS).status_code == 403


def test_a_unit_of_another_partner_is_not_found(people: Cast, as_user: Callable[..., Any]) -> None:
    assert as_user(people.carmen).get(f"{ADDRESS}&unit={people.orders.id}").status_code == 404
