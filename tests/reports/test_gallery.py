"""Each report of the gallery: recounted from the rows in plain Python, and the same in every form and language."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from html import unescape
from typing import Any

import pandas as pd
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.access import may
from app.accounts.models import Membership, Unit, UnitTree
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Cause, Criterion, Finding, Purpose
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.core.i18n import speak_to
from app.curriculum.models import Assignment, AssignmentState
from app.gaps.models import Transition
from app.gaps.rules import GapState
from app.reports import documents
from app.reports.declared import Question
from app.reports.gallery import OF_ONE, REPORTS
from scripts.recount import agreement, forms
from tests.conftest import Cast
from tests.languages import left_in_english

MONTH = "month=2026-10"
OCTOBER, LAST = date(2026, 10, 1), date(2026, 10, 31)
AT = datetime(2026, 11, 3, 14, tzinfo=UTC)
READERS = ("mariana", "paola", "tomas", "carmen", "pedro", "ana")
"""Programme manager, team lead, trainer, partner managers, and an agent of herself."""
PLAIN = ("learning", "quality", "dsat", "auditors", "gaps", "effects", "launches")
"""The reports of plain tables."""


# --- Counted again ---


def units(session: Any, teams: Counter[tuple[int, str]]) -> dict[str, dict[str, int]]:
    """Counts by team and name, added up by the path of each unit above."""
    found: dict[str, dict[str, int]] = {}
    for unit in session.scalars(select(Unit)):
        below = set(session.scalars(select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit.id)))
        sums: Counter[str] = Counter()
        for (team, name), count in teams.items():
            sums[name] += count if team in below else 0
        if any(sums.values()):
            found[unit.path or unit.name] = dict(sums)
    return found


def team_of(session: Any) -> dict[int, int]:
    return dict(session.execute(select(Membership.user_id, Membership.team_id)).all())


def recount_learning(session: Any) -> dict[str, dict[str, int]]:
    counted: Counter[tuple[int, str]] = Counter()
    for one in session.scalars(select(Assignment)):
        team = team_of(session)[one.person_id]
        counted[team, "assigned"] += OCTOBER <= one.assigned_on <= LAST
        if one.state is AssignmentState.WAIVED or not OCTOBER <= one.due_on <= LAST:
            continue
        counted[team, "due"] += 1
        counted[team, "in_time"] += one.completed_on is not None and one.completed_on <= one.due_on
        counted[team, "late"] += one.completed_on is not None and one.completed_on > one.due_on
        counted[team, "overdue"] += one.completed_on is None
    return units(session, counted)


def recount_quality(session: Any) -> dict[str, dict[str, int]]:
    counted: Counter[tuple[int, str]] = Counter()
    classes = {one.id: one.error_class for one in session.scalars(select(Criterion))}
    for one in session.scalars(select(Audit).where(Audit.purpose == Purpose.RANDOM)):
        if one.contact_at.month != 10 or one.team_id is None:
            continue
        counted[one.team_id, "audits"] += 1
        counted[one.team_id, "fatal"] += one.fatal
        for finding in session.scalars(select(Finding).where(Finding.audit_id == one.id)):
            counted[one.team_id, classes[finding.criterion_id].value] += 1
    return units(session, counted)


def recount_dsat(session: Any) -> dict[str, dict[str, int]]:
    counted: Counter[tuple[int, str]] = Counter()
    done = {one.contact_ref for one in session.scalars(select(Audit).where(Audit.purpose == Purpose.DSAT))}
    for one in session.scalars(select(DsatCase)):
        if one.received_at.month == 10:
            counted[one.team_id, "cases"] += 1
            counted[one.team_id, "audited"] += one.contact_ref in done
            counted[one.team_id, "decided"] += one.cause is not None
            counted[one.team_id, "coachable"] += one.cause is Cause.SKILL
    return units(session, counted)


def recount_gaps(session: Any) -> dict[str, dict[str, int]]:
    counted: Counter[tuple[int, str]] = Counter()
    names = {GapState.OPEN: "opened", GapState.CLOSED: "closed", GapState.RELAPSED: "relapsed"}
    for one in session.scalars(select(Transition)):
        sunday = one.week.toordinal() + 6
        if one.to_state in names and OCTOBER.toordinal() <= sunday <= LAST.toordinal():
            counted[team_of(session)[one.gap.person_id], names[one.to_state]] += 1
    return units(session, counted)


RECOUNTED = {
    "learning": recount_learning, "quality": recount_quality, "dsat": recount_dsat, "gaps": recount_gaps,
}  # fmt: skip


def in_json(client: Any, name: str, extra: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/reports/{name}?{MONTH}&format=json{extra}").data)
    return found


@pytest.mark.parametrize("name", RECOUNTED)
def test_figures_are_those_of_the_rows(
    session: Any, people: Cast, two_months: None, as_user: Callable[..., Any], name: str
) -> None:
    wanted = RECOUNTED[name](session)
    lines = {line["unit"]: line for line in in_json(as_user(people.mariana), name)["units"]}
    assert lines.keys() == wanted.keys()
    for path, figures in wanted.items():
        assert {key: lines[path][key] for key in figures} == figures, path
    assert sum(wanted["Programme"].values()), "nothing was counted"
    own = {line["unit"] for line in in_json(as_user(people.carmen), name)["units"]}
    assert own == {path for path in wanted if path.startswith("Norte")}


def test_figures_of_people_and_launches_are_those_of_the_rows(
    session: Any, people: Cast, two_months: None, as_user: Callable[..., Any]
) -> None:
    client = as_user(people.mariana)
    (module,) = in_json(client, "effects")["modules"]
    assert (module["agents"], module["checks"]) == (3, 30)
    (mine,) = in_json(as_user(people.carmen), "effects")["modules"]
    assert (mine["agents"], mine["checks"]) == (2, 20)
    (launch,) = in_json(client, "launches")["launches"]
    agents = session.scalars(select(Membership.user_id)).all()
    done = {
        one.person_id for one in session.scalars(select(Assignment)) if one.completed_on and one.module.code == "M0"
    }
    assert (launch["people"], launch["ready"], launch["rate"]) == (len(agents), len(done), len(done) / len(agents))
    (auditor,) = in_json(client, "auditors")["auditors"]
    missed = sum(finding.audit.reference in ("10-0", "10-2") for finding in session.scalars(select(Finding)))
    assert (auditor["name"], auditor["contacts"], auditor["checks"]) == (people.ivan.name, 3, 9)
    assert auditor["differing"] == missed == 2
    table = partial(pd.read_sql, con=session.get_bind())
    assert list(agreement.auditors(table, in_json(client, "auditors"), OCTOBER, "America/Bogota")) == []
    assert as_user(people.carmen).get("/reports/auditors").status_code == 403


@pytest.mark.once
def test_a_month_with_nothing_still_shows_the_others(
    people: Cast, two_months: None, as_user: Callable[..., Any]
) -> None:
    client = as_user(people.mariana)
    assert "nothing to show here" in client.get("/reports/learning?month=2026-11").get_data(as_text=True)
    page = client.get("/reports/learning?month=2026-11&by=months").get_data(as_text=True)
    assert "nothing to show here" not in page
    assert ">October 2026<" in page


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_form_holds_what_the_report_says(
    session: Any, people: Cast, two_months: None, as_user: Callable[..., Any], language: str
) -> None:
    """CSV and JSON of each report for each who may read it, workbook and page for the program manager; paper is compared by
    `make recount`. Made outside of a request, as letters are."""
    client = as_user(people.mariana, language)
    for reader in READERS if language == "en" else READERS[:1]:
        who = getattr(people, reader)
        for declared in (*REPORTS.values(), OF_ONE):
            if not may(who, declared.may):
                continue
            person = who if reader == "ana" else people.sol if reader in ("pedro", "raul") else people.ana
            with speak_to(language, "America/Bogota", None):
                report = declared.answer(Question(session(), who, OCTOBER, AT, AT.date(), person=person))
                files = ("csv", "json", "xlsx")[: None if reader == READERS[0] else 2]
                assert forms.in_files(report, files=files) == [], (declared.name, reader)
                if reader == READERS[0]:
                    of = f"/{person.id}" if declared is OF_ONE else ""
                    page = client.get(f"/reports/{declared.name}{of}?{MONTH}").get_data(as_text=True)
                    assert forms.on_page(report, page) == [], declared.name


@pytest.mark.once
def test_a_form_that_says_something_else_is_told(
    session: Any, people: Cast, two_months: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speak_to("en", "America/Bogota", None):
        report = REPORTS["quality"].answer(Question(session(), people.mariana, OCTOBER, AT, AT.date()))
        rows = [list(row) for row in report.sheets[0].rows]
        rows[1][1] += 1
        other = replace(report, sheets=[replace(report.sheets[0], rows=rows), *report.sheets[1:]])
        monkeypatch.setattr(forms, "render", lambda _report, kind: documents.render(report, kind))
        assert {said.partition(":")[0] for said in forms.in_files(other)} == {"csv", "xlsx", "json"}
        assert forms.in_files(report) == []
        assert forms.on_page(report, "<td>1</td>") != []


@pytest.mark.once
def test_paper_says_the_same(session: Any, people: Cast, two_months: None, as_user: Callable[..., Any]) -> None:
    answer = as_user(people.mariana, "es").get(f"/reports/quality?{MONTH}&format=pdf")
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Calidad y errores fatales, octubre de 2026" in text
    for line in in_json(as_user(people.mariana), "quality")["units"]:
        assert f"{100 * line['score']:.1f}\u00a0%" in text
        assert f"{100 * line['fatal_high']:.1f}\u00a0%" in text


def test_a_number_opens_the_rows_behind_it(people: Cast, two_months: None, as_user: Callable[..., Any]) -> None:
    client = as_user(people.mariana)
    for name in ("learning", "quality", "dsat", "gaps"):
        page = client.get(f"/reports/{name}?{MONTH}").get_data(as_text=True)
        (body,) = re.findall(r'<section class="h-cut".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
        links = re.findall(r'<a href="([^"]+)">([\d,]+)</a>', body)
        assert links, name
        for address, number in links[:5]:
            listed = client.get(unescape(address) + "&format=csv").get_data(as_text=True)
            assert len(list(csv.reader(io.StringIO(listed)))) - 1 == int(number), (name, address)


@pytest.mark.once
def test_nothing_stays_english(people: Cast, two_months: None, as_user: Callable[..., Any]) -> None:
    names = [getattr(people, one).name for one in vars(people)] + [" %", "2026-10", "AC1"]
    for name in PLAIN:
        for key, _cut in REPORTS[name].cuts()[:2]:
            address = f"/reports/{name}?{MONTH}&by={key}"
            both = [as_user(people.mariana, one).get(address).get_data(as_text=True) for one in ("en", "es")]
            assert left_in_english(*both, data=[*names, "L1", "M0", "M1", "C1", "C2"]) == set(), address


@pytest.mark.once
def test_more_rows_cost_no_more_queries(
    session: Any, people: Cast, two_months: None, as_user: Callable[..., Any], count_queries: Callable[..., int]
) -> None:
    client = as_user(people.mariana)

    def cost() -> list[int]:
        return [count_queries(lambda name=name: client.get(f"/reports/{name}?{MONTH}")) for name in PLAIN]

    for number in range(3):
        texts = {"code": f"L{number + 2}", "title_en": "Next", "title_es": "Otro", "kind": LaunchKind.TOOL}
        session.add(Launch(**texts, go_live_on=date(2026, 11, 21), at_gate=[], units=[people.programme]))
    session.commit()
    many = cost()
    for launch in session.scalars(select(Launch).where(Launch.code != "L1")):
        session.delete(launch)
    for model in (Finding, Transition, DsatCase, Assignment):
        for one in session.scalars(select(model)).all()[1:]:
            session.delete(one)
    session.commit()
    assert all(here <= there + 1 for here, there in zip(many, cost(), strict=True)), (many, cost())


def test_the_gallery_and_definitions_have_each_report(people: Cast, as_user: Callable[..., Any]) -> None:
    gallery = as_user(people.mariana).get("/reports").get_data(as_text=True)
    meaning = as_user(people.mariana).get("/reports/definitions").get_data(as_text=True)
    for name, declared in REPORTS.items():
        assert f'href="/reports/{name}"' in gallery
        assert f'id="report-{name}"' in meaning
        assert declared.definitions()
    assert 'href="/reports/auditors"' not in as_user(people.carmen).get("/reports").get_data(as_text=True)
