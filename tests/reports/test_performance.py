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

from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Criterion, ErrorClass, Finding, Purpose, Result
from app.core.clock import monday_of
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from app.metrics.models import MetricValue, Target
from app.metrics.performance import AUDITOR_ALIGNMENT
from app.reports.performance import performance
from tests.conftest import Cast
from tests.gaps.conftest import Form

OCTOBER, AUGUST = date(2026, 10, 1), date(2026, 8, 1)
NOW = datetime(2026, 11, 10, 15, tzinfo=UTC)
ADDRESS = "/reports/performance?month=2026-10"
VIEWERS = ("paola", "tomas", "mariana", "carmen", "ada")


@pytest.fixture
def world(session: Any, people: Cast, form: Form) -> None:
    """Audits, learning and DSAT cases of August to October at both partners, and values from files."""
    for month in (8, 9, 10):
        for number in range(12):
            for person, team in ((people.ana, people.refunds), (people.sol, people.orders)):
                _audit(session, form, person.id, team.id, month, number, missed=number % 4 == 0, fatal=number % 6 == 0)
    _audit(session, form, people.ana.id, people.refunds.id, 10, 99, missed=True, fatal=True, purpose=Purpose.TARGETED)
    _learning(session, people)
    for number, person in enumerate((people.ana, people.ana, people.sol)):
        team = people.refunds if person is people.ana else people.orders
        at = datetime(2026, 10, 5 + number, tzinfo=UTC)
        case = DsatCase(
            source="s", reference=f"D{number}", contact_ref=f"C{number}", person_id=person.id, team_id=team.id
        )
        case.received_at, case.week = at, monday_of(at.date())
        session.add(case)
    dsat = _audit(
        session, form, people.ana.id, people.refunds.id, 10, 98, missed=False, fatal=False, purpose=Purpose.DSAT
    )
    dsat.contact_ref = "C0"
    _reaudits(session, form, people)
    units = {people.refunds.id: (90.0, 100.0), people.orders.id: (40.0, 100.0), people.programme.id: (0.0, 0.0)}
    for unit, (part, whole) in units.items():
        if whole:
            session.add(MetricValue(metric="csat", unit_id=unit, period=OCTOBER, numerator=part, denominator=whole))
    for month, seconds in ((date(2026, 7, 1), 600.0), (AUGUST, 610.0), (date(2026, 9, 1), 590.0), (OCTOBER, 900.0)):
        row = MetricValue(metric="aht", unit_id=people.programme.id, period=month, numerator=seconds, denominator=1.0)
        session.add(row)
    for person, part in ((people.ana, 3.0), (people.luis, 1.0)):
        values = {"unit_id": people.refunds.id, "person_id": person.id, "period": OCTOBER}
        session.add(MetricValue(metric="fcr", numerator=part, denominator=4.0, **values))
    for metric, aim in (("csat", 0.85), ("aht", 620.0)):
        session.add(Target(metric=metric, unit_id=people.programme.id, target=aim, valid_from=AUGUST))
    session.add(Target(metric="csat", unit_id=people.sur.id, target=0.3, valid_from=AUGUST))
    session.commit()


def _audit(
    session: Any, form: Form, person: int, team: int, month: int, number: int, *, missed: bool, fatal: bool,
    purpose: Purpose = Purpose.RANDOM,
) -> Audit:  # fmt: skip
    at = datetime(2026, month, 2 + number % 20, 17, tzinfo=UTC)
    one = Audit(
        source="t", reference=f"{person}-{month}-{number}", person_id=person, team_id=team, version_id=form.version.id,
        purpose=purpose, contact_at=at, audited_at=at, released_at=at, week=monday_of(at.date()), checks=2,
        fails=int(missed), score=0.0 if fatal else 0.75 if missed else 1.0, fatal=fatal,
    )  # fmt: skip
    session.add(one)
    session.flush()
    if missed:
        criterion = session.scalars(select(Criterion).order_by(Criterion.id)).first()
        criterion.error_class = ErrorClass.CUSTOMER
        session.add(Finding(audit_id=one.id, criterion_id=criterion.id, result=Result.FAIL))
    return one


def _reaudits(session: Any, form: Form, people: Cast) -> None:
    """Of October's audits four are scored again, two at each partner; on one the benchmark finds what the auditor did not."""
    random = select(Audit).where(Audit.purpose == Purpose.RANDOM).order_by(Audit.id)
    october = [one for one in session.scalars(random) if one.contact_at.month == 10]
    wrong = session.scalars(select(Criterion).order_by(Criterion.id)).first()
    for first in october[2:6]:
        again = _audit(session, form, first.person_id, first.team_id, 10, 200 + first.id, missed=False, fatal=False)
        again.purpose, again.reaudit_of_id, first.auditor_id = Purpose.REAUDIT, first.id, people.ivan.id
        if first is october[2]:
            session.add(Finding(audit_id=again.id, criterion_id=wrong.id, result=Result.FAIL))


def _learning(session: Any, people: Cast) -> None:
    module = Module(code="M1", title_en="A", title_es="B", kind=ModuleKind.ARTICLE, minutes=5, body_en="x", body_es="y")
    session.add(module)
    for person, done in ((people.ana, 9), (people.luis, 12), (people.sol, None)):
        state = AssignmentState.COMPLETED if done else AssignmentState.ASSIGNED
        session.add(
            Assignment(
                person_id=person.id, module=module, reason=AssignmentReason.MANUAL, assigned_on=OCTOBER, state=state,
                due_on=date(2026, 10, 10), completed_on=done and date(2026, 10, done),
            )
        )  # fmt: skip


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
    assert page.count("Alineación de auditores") > 2
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
