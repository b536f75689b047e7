"""Each report of the gallery: recounted from the rows in plain Python, and the same in every form and language."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Membership, Unit, UnitTree
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Cause, Criterion, ErrorClass, Finding, Purpose, Result
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.core.clock import monday_of
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from app.gaps.models import Gap, Remedy, Transition
from app.gaps.rules import GapState
from app.remedies.models import Outcome
from app.reports.gallery import REPORTS
from tests.conftest import Cast
from tests.gaps.conftest import Form
from tests.languages import left_in_english

MONTH = "month=2026-10"
OCTOBER, LAST = date(2026, 10, 1), date(2026, 10, 31)
PLAIN = ("learning", "quality", "dsat", "auditors", "gaps", "effects", "launches")
"""The reports of plain tables."""


@pytest.fixture
def november() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 3, 14, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def world(session: Any, people: Cast, form: Form, november: None) -> None:
    """Two months of everything at both partners."""
    criteria = session.scalars(select(Criterion).order_by(Criterion.id)).all()
    criteria[0].error_class, criteria[1].error_class = ErrorClass.CUSTOMER, ErrorClass.COMPLIANCE
    teams = ((people.ana, people.refunds), (people.luis, people.refunds), (people.sol, people.orders))
    for month in (9, 10):
        for number in range(9):
            person, team = teams[number % 3]
            at = datetime(2026, month, 2 + number, 17, tzinfo=UTC)
            audit = _audit(session, form, person, team, at, f"{month}-{number}")
            audit.fatal, audit.score = number % 4 == 0, 0.0 if number % 4 == 0 else 0.5 + number / 20
            if number % 2 == 0:
                session.add(Finding(audit_id=audit.id, criterion_id=criteria[number % 4 // 2].id, result=Result.FAIL))
            if number < 3 and month == 10:
                again = _audit(session, form, person, team, at, f"again-{number}", Purpose.REAUDIT)
                again.reaudit_of_id, again.auditor_id = audit.id, people.mariana.id
                audit.auditor_id = people.ivan.id
    _learning(session, people)
    _cases(session, form, teams)
    _gaps(session, people, form)
    session.commit()


def _audit(
    session: Any, form: Form, person: Any, team: Any, at: datetime, name: str, purpose: Purpose = Purpose.RANDOM
) -> Audit:
    one = Audit(
        source="t", reference=name, contact_ref=name, person_id=person.id, team_id=team.id, version_id=form.version.id,
        purpose=purpose, contact_at=at, audited_at=at, released_at=at, week=monday_of(at.date()), checks=2,
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one


def _learning(session: Any, people: Cast) -> None:
    modules = [
        Module(code=f"M{n}", title_en=f"A{n}", title_es=f"B{n}", kind=ModuleKind.ARTICLE, minutes=5, body_en="x", body_es="y")
        for n in range(2)
    ]  # fmt: skip
    session.add_all(modules)
    session.flush()
    given = [
        (people.ana, 0, 9),
        (people.ana, 1, 20),
        (people.luis, 0, None),
        (people.sol, 0, 10),
        (people.sol, 1, None),
    ]
    for number, (person, module, done) in enumerate(given):
        reason = AssignmentReason.GAP if number % 2 else AssignmentReason.MANUAL
        state = AssignmentState.COMPLETED if done else AssignmentState.ASSIGNED
        day = done and date(2026, 10, done)
        one = Assignment(
            person_id=person.id, module_id=modules[module].id, reason=reason, assigned_on=OCTOBER, state=state,
            due_on=date(2026, 10, 12), completed_on=day,
            completed_at=day and datetime(2026, 10, day.day, 12, tzinfo=UTC),
        )  # fmt: skip
        session.add(one)
    waived = {"state": AssignmentState.WAIVED, "due_on": date(2026, 10, 5), "reason": AssignmentReason.LAUNCH}
    session.add(Assignment(person_id=people.ana.id, module_id=modules[0].id, assigned_on=date(2026, 9, 9), **waived))
    launch = Launch(
        code="L1", title_en="New", title_es="Nuevo", kind=LaunchKind.TOOL, go_live_on=date(2026, 11, 20), at_gate=[]
    )
    launch.units, launch.modules = [people.programme], [modules[0]]
    session.add(launch)


def _cases(session: Any, form: Form, teams: Any) -> None:
    for number in range(8):
        person, team = teams[number % 3]
        at = datetime(2026, 9 + number % 4 // 2, 5 + number, 12, tzinfo=UTC)
        case = DsatCase(
            source="s", reference=f"D{number}", contact_ref=f"C{number}", person_id=person.id, team_id=team.id,
            received_at=at, week=monday_of(at.date()), cause=[Cause.SKILL, Cause.TOOL, None][number % 3],
        )  # fmt: skip
        session.add(case)
        if number % 2:
            _audit(session, form, person, team, at, f"C{number}", Purpose.DSAT)


def _gaps(session: Any, people: Cast, form: Form) -> None:
    module = session.scalars(select(Module)).first()
    moves = [(GapState.NONE, GapState.OPEN, 5), (GapState.OPEN, GapState.IN_REMEDIATION, 12)]
    more = [*moves, (GapState.IN_REMEDIATION, GapState.CLOSED, 19), (GapState.CLOSED, GapState.RELAPSED, 26)]
    for person, about, told in (
        (people.ana, form.tone, more), (people.luis, form.tone, moves), (people.sol, form.identity, more[:3])
    ):  # fmt: skip
        gap = Gap(person_id=person.id, competency_id=about.id, state=told[-1][1])
        session.add(gap)
        session.flush()
        for before, after, day in told:
            week = monday_of(date(2026, 10, day))
            session.add(
                Transition(
                    gap_id=gap.id, week=week, from_state=before, to_state=after, probability=0.9, n=1, f=1, checks13=1,
                    fails13=1, since=0,
                )
            )  # fmt: skip
        day = date(2026, 7, 6)
        remedy = Remedy(person_id=person.id, competency_id=about.id, week=day, day=day, key=f"assignment:{person.id}")
        session.add(remedy)
        session.flush()
        session.add(
            Outcome(
                remedy_id=remedy.id, person_id=person.id, competency_id=about.id, module_id=module.id,
                week=day, expected=0.4, allowed=0.1, gain=1.0, checks=10.0, control_gain=0.0,
                control_checks=5.0, controls=5,
            )
        )  # fmt: skip


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
    session: Any, people: Cast, world: None, as_user: Callable[..., Any], name: str
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
    session: Any, people: Cast, world: None, as_user: Callable[..., Any]
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
    assert as_user(people.carmen).get("/reports/auditors").status_code == 403


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.once)])
def test_every_form_says_the_same(people: Cast, world: None, as_user: Callable[..., Any], language: str) -> None:
    client = as_user(people.mariana, language)
    for name in PLAIN:
        data = in_json(client, name)
        for key, _cut in REPORTS[name].cuts()[: 1 if language == "es" else None]:
            query = f"/reports/{name}?{MONTH}&by={key}"
            plain = data[key] if key else next(value for value in data.values() if isinstance(value, list))
            head, *lines = csv.reader(io.StringIO(client.get(f"{query}&format=csv").get_data(as_text=True)))
            assert len(head) == len(set(head)), (name, key)
            numbers = [[value for value in line.values() if isinstance(value, (int, float))] for line in plain]
            assert [_numbers(line) for line in lines] == numbers, (name, key)
            page = client.get(query).get_data(as_text=True)
            body = re.findall(r'<section class="h-cut".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
            assert [row.count("</td>") + 1 for row in re.findall(r"<tr.*?</tr>", body[0], re.DOTALL)] == [
                len(head)
            ] * len(lines)
            if not key:
                book = load_workbook(io.BytesIO(client.get(f"{query}&format=xlsx").data)).worksheets
                rows = list(book[0].iter_rows(values_only=True))[1 : len(lines) + 1]
                for row, wanted in zip(rows, numbers, strict=True):
                    assert [v for v in row if isinstance(v, (int, float))] == pytest.approx(wanted), name
                assert len(book) == len(REPORTS[name].cuts()) + 1, "and the definitions"


def _numbers(line: list[str]) -> list[float]:
    return [float(one) for one in line if re.fullmatch(r"-?[\d.]+(e-\d+)?", one)]


@pytest.mark.once
def test_paper_says_the_same(session: Any, people: Cast, world: None, as_user: Callable[..., Any]) -> None:
    answer = as_user(people.mariana, "es").get(f"/reports/quality?{MONTH}&format=pdf")
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert "Calidad y errores fatales, octubre de 2026" in text
    for line in in_json(as_user(people.mariana), "quality")["units"]:
        assert f"{100 * line['score']:.1f}\u00a0%" in text
        assert f"{100 * line['fatal_high']:.1f}\u00a0%" in text


def test_a_number_opens_the_rows_behind_it(people: Cast, world: None, as_user: Callable[..., Any]) -> None:
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
def test_nothing_stays_english(people: Cast, world: None, as_user: Callable[..., Any]) -> None:
    names = [getattr(people, one).name for one in vars(people)] + [" %", "2026-10", "AC1"]
    for name in PLAIN:
        for key, _cut in REPORTS[name].cuts()[:2]:
            address = f"/reports/{name}?{MONTH}&by={key}"
            both = [as_user(people.mariana, one).get(address).get_data(as_text=True) for one in ("en", "es")]
            assert left_in_english(*both, data=[*names, "L1", "M0", "M1", "C1", "C2"]) == set(), address


@pytest.mark.once
def test_more_rows_cost_no_more_queries(
    session: Any, people: Cast, world: None, as_user: Callable[..., Any], count_queries: Callable[..., int]
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
