"""Launches: who is ready by site, the gate and its signatures, and what audits say afterwards."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Membership, User
from app.accounts.permissions import Role
from app.audits.models import Audit, Finding, Result
from app.cohorts.deliveries import services as deliveries
from app.cohorts.deliveries.models import DeliverySeat
from app.cohorts.deliveries.outcomes import results
from app.cohorts.deliveries.services import Seen
from app.cohorts.launches import services
from app.cohorts.launches.looking_back import looks
from app.cohorts.launches.models import GateCheck, Launch
from app.cohorts.launches.readiness import Ready, readiness
from app.cohorts.launches.rules import LaunchKind, Part, Rate, Verdict, beyond, change, gate
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Level
from app.core.errors import Refused
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from tests.cohorts.conftest import ON, seat, text_of
from tests.conftest import make_user
from tests.gaps.conftest import audit, form

__all__ = ["audit", "form"]

TODAY, DAY = ON.date(), timedelta(days=1)
LIVE = date(2026, 11, 10)

# --- Rules ---


@pytest.mark.parametrize(
    ("signed", "found"),
    [
        ({Part.PROGRAMME: Verdict.GO}, None),
        ({Part.PROGRAMME: Verdict.GO, Part.TRAINING: Verdict.GO}, Verdict.GO),
        ({Part.PROGRAMME: Verdict.GO, Part.TRAINING: Verdict.CONDITIONAL}, Verdict.CONDITIONAL),
        ({Part.PROGRAMME: Verdict.NO_GO, Part.TRAINING: Verdict.CONDITIONAL}, Verdict.NO_GO),
    ],
)
def test_the_gate_comes_to_the_more_careful_signature(signed: Any, found: Any) -> None:
    assert gate(signed) is found


def test_rates_and_changes_carry_how_sure_they_are() -> None:
    assert Rate(0, 0).share is None
    assert Rate(0, 0).interval() is None
    low, high = Rate(10, 100).interval() or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)  # Wilson, as published tables have it
    assert (Rate(0, 20).interval() or (1, 0))[0] == 0.0
    told = change(Rate(40, 200), Rate(10, 200))
    assert told is not None
    assert (round(told.points, 2), told.is_told) == (-0.15, True)
    few = change(Rate(2, 10), Rate(0, 10))
    assert few is not None
    assert not few.is_told
    more = beyond(Rate(40, 200), Rate(10, 200), Rate(40, 200), Rate(30, 200))
    assert more is not None
    assert round(more.points, 2) == -0.10
    assert change(Rate(0, 0), Rate(1, 2)) is None


# --- A launch in two sites ---


@pytest.fixture
def world(session: Any, people: Any, cohort: Any, form: Any) -> dict[str, Any]:
    """A module, a certified trainer, a delivery, and a launch in Bogotá and Lima on criteria C1 and C3."""
    module = Module(code="M1", title_en="New refunds", title_es="Reembolsos nuevos", kind=ModuleKind.ARTICLE, minutes=5)
    session.add(module)
    ana = seat(session, people, cohort, people.ana)
    licence = TrainerLicence(
        number="T1", person_id=people.ana.id, programme_id=cohort.programme_id, enrolment_id=ana.id, level=Level.TRAINER,
        language="es", issued_on=TODAY, expires_on=TODAY + 365 * DAY,
    )  # fmt: skip
    session.add(licence)
    session.flush()
    given = deliveries.plan(
        session(),
        licence,
        people.refunds,
        title="R",
        starts_at=ON - DAY,
        minutes=60,
        place="",
        by=people.ana,
        on=ON - 2 * DAY,
    )
    deliveries.keep_list(session(), given, {people.luis.id: Seen(True, 0.5, 0.9)}, by=people.ana, on=ON)
    done = Assignment(
        person_id=people.luis.id, module_id=module.id, reason=AssignmentReason.LAUNCH, assigned_on=TODAY, due_on=None,
        state=AssignmentState.COMPLETED, completed_at=ON, completed_on=TODAY,
    )  # fmt: skip
    session.add(done)
    facts = {
        "code": "L1", "title_en": "Instant refunds", "title_es": "Reembolso inmediato", "kind": LaunchKind.POLICY,
        "cohort_id": cohort.id, "go_live_on": LIVE, "target": 0.9, "pass_mark": 0.8, "metric": None,
    }  # fmt: skip
    criteria = [form.criteria[code].identity_id for code in ("C1", "C3")]
    launch = services.save(
        session(),
        Launch(),
        facts,
        units=[people.bogota, people.lima],
        modules=[module],
        criteria=session.scalars(
            select(services.CriterionIdentity).where(services.CriterionIdentity.id.in_(criteria))
        ).all(),
        by=people.mariana,
        on=ON,
    )
    session.commit()
    return {"launch": launch, "module": module, "facts": facts}


def test_readiness_is_a_recount_of_the_rows(session: Any, people: Any, world: Any) -> None:
    found = {one.name: one for one in readiness(session(), people.mariana, world["launch"], TODAY)}
    bogota, lima = found["Norte · Bogotá"], found["Sur · Lima"]
    members = Counter(session.scalars(select(Membership.team_id)))
    assert (bogota.people, lima.people) == (members[people.refunds.id], members[people.orders.id])
    present = set(session.scalars(select(DeliverySeat.person_id).where(DeliverySeat.present)))
    passed = set(session.scalars(select(DeliverySeat.person_id).where(DeliverySeat.after >= 0.8)))
    learned = set(session.scalars(select(Assignment.person_id).where(Assignment.state == AssignmentState.COMPLETED)))
    assert (bogota.taught, bogota.passed, bogota.learned) == (len(present), len(passed), len(learned))
    assert (bogota.ready, bogota.trainers) == (len(present & passed & learned), 1)
    assert (lima.ready, lima.trainers) == (0, 0)
    assert [one.name for one in readiness(session(), people.pedro, world["launch"], TODAY)] == ["Sur · Lima"]


def test_its_modules_are_assigned_to_everybody_it_is_for(session: Any, people: Any, world: Any) -> None:
    assert services.assign_modules(session(), world["launch"], by=people.tomas, on=ON) == 2, "Luis completed it today"
    given = session.scalars(select(Assignment).where(Assignment.state == AssignmentState.ASSIGNED)).all()
    assert {(one.person_id, one.reason, one.due_on) for one in given} == {
        (person.id, AssignmentReason.LAUNCH, LIVE - DAY) for person in (people.ana, people.sol)
    }
    assert services.assign_modules(session(), world["launch"], by=people.tomas, on=ON) == 0


def test_the_gate_takes_two_people_and_what_is_open_makes_it_conditional(session: Any, people: Any, world: Any) -> None:
    launch: Launch = world["launch"]
    facts = {"text": "Macro approved", "owner": people.tomas, "due_on": LIVE, "by": people.mariana, "on": ON}
    check = services.add_check(session(), launch, **facts)
    sign = {"by": people.mariana, "on": ON}
    with pytest.raises(Refused, match="checklist"):
        services.sign(session(), launch, Part.PROGRAMME, Verdict.GO, remark="", **sign)
    with pytest.raises(Refused, match="condition"):
        services.sign(session(), launch, Part.PROGRAMME, Verdict.CONDITIONAL, remark="", **sign)
    with pytest.raises(Refused, match="what shows"):
        services.settle_check(session(), check, evidence="", by=people.tomas, on=ON)
    services.settle_check(session(), check, evidence="Ticket 12", by=people.tomas, on=ON)
    services.sign(session(), launch, Part.PROGRAMME, Verdict.GO, remark="", **sign)
    with pytest.raises(Refused, match="another person"):
        services.sign(session(), launch, Part.TRAINING, Verdict.GO, remark="", **sign)
    assert launch.verdict is None
    services.sign(session(), launch, Part.TRAINING, Verdict.CONDITIONAL, remark="Lima first", by=people.tomas, on=ON)
    assert (launch.verdict, [row["ready"] for row in launch.at_gate]) == (Verdict.CONDITIONAL, [1, 0])
    with pytest.raises(Refused, match="decided"):
        services.add_check(session(), launch, **facts)
    moved = {**world["facts"], "go_live_on": LIVE + DAY}
    parts = {"units": list(launch.units), "modules": launch.modules, "criteria": launch.criteria}
    for fewer, facts, anew in ((True, world["facts"], False), (False, world["facts"], True), (False, moved, True)):
        launch.verdict = Verdict.GO
        asked = {**parts, "units": parts["units"][:1] if fewer else parts["units"]}
        services.save(session(), launch, facts, **asked, by=people.mariana, on=ON)
        assert (launch.verdict is None) is anew, "moved, or taken to more units"
    assert (launch.signatures, launch.at_gate) == ([], [])


def test_the_look_back_counts_its_criteria_before_after_and_elsewhere(session, people, world, audit, form) -> None:
    launch: Launch = world["launch"]
    elsewhere = make_user(session, "Elsa Otra", role=Role.AUDITOR, over=people.programme)
    launch.units = [people.bogota]
    for days, missed in ((-40, ["C3", "C2"]), (-10, ["C1"]), (-1, []), (0, []), (5, ["C2"]), (13, []), (20, ["C1"])):
        audit(people.ana, LIVE + days * DAY, missed)
    audit(people.ana, LIVE + 2 * DAY, [], na=["C1"])
    for days, missed in ((-5, ["C1"]), (3, ["C1"])):
        one = audit(people.sol, LIVE + days * DAY, missed, auditor=elsewhere)
        one.team_id = people.orders.id
    session.commit()
    assert [one.due_on for one in looks(session(), people.mariana, launch, LIVE)] == [LIVE + 14 * DAY, LIVE + 42 * DAY]
    two, six = looks(session(), people.mariana, launch, LIVE + 60 * DAY)
    fails, fatal = two.figures
    assert (fails.before, fails.after) == (Rate(2, 6), Rate(0, 7))
    assert (fatal.before, fatal.after) == (Rate(1, 3), Rate(0, 4))
    assert (fails.others_before, fails.others_after) == (Rate(1, 2), Rate(1, 2))
    assert six.figures[0].after == Rate(1, 9)
    assert recounted(session, launch, people.refunds.id, LIVE, LIVE + 42 * DAY) == Rate(1, 9)
    own = looks(session(), people.carmen, launch, LIVE + 60 * DAY)[0].figures[0]
    assert (own.after, own.others_after) == (Rate(0, 7), Rate(0, 0)), "nothing of another partner, not even in a sum"
    taught = results(session(), people.mariana, launch.cohort)
    assert [(one.name, one.people, one.pairs, one.rated) for one in taught] == [("Ana Ruiz", 1, 1, 0)]
    assert results(session(), people.pedro, launch.cohort) == []


def recounted(session: Any, launch: Launch, team: int, first: date, end: date) -> Rate:
    """The same from the rows, one by one."""
    asked = {one.id for one in launch.criteria}
    fails = checks = 0
    for one in session.scalars(select(Audit).where(Audit.team_id == team)):
        if not first <= one.contact_at.date() < end:
            continue
        said = {
            f.criterion.identity_id: f.result
            for f in session.scalars(select(Finding).where(Finding.audit_id == one.id))
        }
        for identity in asked:
            fails += said.get(identity) is Result.FAIL
            checks += said.get(identity) is not Result.NA
    return Rate(fails, checks)


def test_the_board_from_form_to_signatures(session: Any, people: Any, world: Any, as_user: Any) -> None:
    with time_machine.travel(ON, tick=False):
        manager, trainer = as_user(people.mariana), as_user(people.tomas)
        shape = {
            "code": "L2", "kind": "tool", "title_en": "New desk", "title_es": "Mesa nueva", "go_live_on": "2026-12-01", "cohort_id": 0,
            "target": 90, "pass_mark": 80, "metric": "",
        }  # fmt: skip
        bad = manager.post("/cohorts/launches/new", data=shape)
        assert (bad.status_code, "at least one unit" in text_of(bad)) == (422, True)
        assert manager.post("/cohorts/launches/new", data={**shape, "units": [people.refunds.id]}).status_code == 302
        second = session.scalars(select(Launch).where(Launch.code == "L2")).one()
        assert "New desk" in text_of(manager.get(f"/cohorts/launches/{second.id}"))
        url = f"/cohorts/launches/{world['launch'].id}"
        check = {"text": "SECRET CHECK", "owner": people.carmen.id, "due_on": "2026-11-08"}
        assert manager.post(f"{url}/checks", data=check).status_code == 302
        assert "SECRET CHECK" not in text_of(as_user(people.pedro).get(url))
        owner = as_user(people.carmen)
        assert "SECRET CHECK" in text_of(owner.get(url))
        number = session.scalars(select(GateCheck.id)).one()
        assert (
            as_user(people.pedro).post(f"/cohorts/launches/checks/{number}/settle", data={"evidence": "x"}).status_code
            == 404
        )
        assert owner.post(f"/cohorts/launches/checks/{number}/settle", data={"evidence": "Ticket 9"}).status_code == 302
        assert manager.post(f"{url}/assign").status_code == 302
        assert trainer.post(f"{url}/sign", data={"part": "programme", "verdict": "go"}).status_code in (403, 422)
        for bad, says in (({}, "required"), ({"verdict": "no_go"}, "State the condition")):
            said = manager.post(f"{url}/sign", data={"part": "programme", **bad})
            assert (said.status_code, says in text_of(said)) == (422, True)
        assert manager.post(f"{url}/sign", data={"part": "programme", "verdict": "go"}).status_code == 302
        signed = trainer.post(f"{url}/sign", data={"part": "training", "verdict": "go"}, follow_redirects=True)
        assert "The go/no-go is decided: Go" in text_of(signed)
        spanish = text_of(as_user(people.mariana, "es").get(url))
        for words in ("Preparación por sede", "Avanzar", "Qué falta", "Ticket 9"):
            assert words in spanish
        with manager.get(f"{url}?format=xlsx") as book:
            assert "At the decision" in sheet_names(book.data)


def sheet_names(content: bytes) -> list[str]:
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(content), read_only=True).sheetnames


@pytest.mark.once
def test_a_partner_sees_its_own_sites_alone(session: Any, people: Any, world: Any, as_user: Any) -> None:
    url = f"/cohorts/launches/{world['launch'].id}"
    with time_machine.travel(ON, tick=False):
        for who, own, other in (("carmen", "Bogotá", "Lima"), ("paola", "Bogotá", "Lima"), ("pedro", "Lima", "Bogotá")):
            client = as_user(getattr(people, who))
            for address in (url, f"{url}?format=csv"):
                page = client.get(address).get_data(as_text=True).replace("(Bogotá)", "")
                assert (own in page, other in page) == (True, False), (who, address)
            assert client.post(f"{url}/sign", data={"part": "programme", "verdict": "go"}).status_code == 403
        paper = PdfReader(io.BytesIO(client.get(f"{url}.pdf").data))
        words = paper.pages[0].extract_text()
        assert (len(paper.pages), own in words, other in words) == (1, True, False)
        assert "Luis Mora" not in text_of(as_user(people.pedro).get(url))
        for who in ("ana", "ivan"):
            assert as_user(getattr(people, who)).get(url).status_code == 403
        assert as_user(None).get(url).status_code == 302
        world["launch"].units = [people.bogota]
        session.commit()
        assert as_user(people.pedro).get(url).status_code == 404
        assert as_user(people.pedro).get(f"{url}.pdf").status_code == 404
        assert "Instant refunds" not in text_of(as_user(people.pedro).get("/cohorts/launches"))


@pytest.mark.once
def test_the_page_on_paper_stays_one_with_many_sites_and_long_checks(
    session, people, world, as_user, monkeypatch
) -> None:
    launch, long = world["launch"], "What shows it, at length. " * 19
    facts = {"owner": people.tomas, "due_on": LIVE, "by": people.mariana, "on": ON}
    for number in range(9):
        check = services.add_check(session(), launch, text=f"{number} {long[:290]}", **facts)
        services.settle_check(session(), check, evidence=long, by=people.tomas, on=ON)
    for part, by in ((Part.PROGRAMME, people.mariana), (Part.TRAINING, people.tomas)):
        services.sign(session(), launch, part, Verdict.CONDITIONAL, remark=long, by=by, on=ON)
    session.commit()
    many = [
        Ready(one, f"Partner of the north · A site with a long name {one}", 90, 9, 9, 9, one, 1) for one in range(40)
    ]
    monkeypatch.setattr("app.cohorts.launches.pages.readiness", lambda *_asked: many)
    paper = PdfReader(io.BytesIO(as_user(people.mariana, "es").get(f"/cohorts/launches/{launch.id}.pdf").data))
    said, words = " ".join(paper.pages[0].extract_text().split()), ("Reembolso inmediato", "Preparación por sede")
    assert len(paper.pages) == 1
    assert [one for one in (*words, "sedes menos preparadas, de 40", "puntos más") if one not in said] == []
    assert "long name 0 " in said
    assert "long name 39" not in said


def test_the_board_asks_as_much_for_many_as_for_few(session, people, world, as_user, count_queries) -> None:
    client, url = as_user(people.mariana), f"/cohorts/launches/{world['launch'].id}"
    few = count_queries(lambda: client.get(url))
    for number in range(5):
        make_user(session, f"Nueva{number} Persona", team=people.refunds)
    session.commit()
    assert session.scalar(select(User.id).where(User.name == "Nueva4 Persona")) is not None
    assert count_queries(lambda: client.get(url)) <= few
