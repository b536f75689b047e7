"""A partner and the other: every address of the room, as each of the other's people, with its numbers; and the commands."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app.accounts.permissions import Role
from app.coaching import services as coaching
from app.cohorts.deliveries import services as deliveries
from app.cohorts.deliveries.services import Seen
from app.cohorts.launches import services as launches
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Level
from app.cohorts.programmes import attending, sessions
from app.cohorts.programmes.rules import Outcome
from app.cohorts.teachbacks import services as teachbacks
from app.core.database import db
from app.metrics.models import MetricValue
from tests.cohorts.conftest import ON, seat
from tests.conftest import make_user

DAY = timedelta(days=1)
SHARED = ("cohort_id", "session_id", "launch_id", "programme_id")
"""Numbers of what both partners take part in; all others are of one of them."""
UNITS = ("?unit={team}", "?unit={site}")
EXPORTED = {
    "index": ["?format=csv"], "cohort": ["?format=csv"], "trainers": ["?format=csv"], "launches": ["?format=csv"],
    "deliveries": ["?format=csv", *UNITS], "cascade": ["?format=xlsx", *UNITS], "launch": ["?format=xlsx", *UNITS],
}  # fmt: skip
ELSEWHERE = ("cohorts.check_licence", "cohorts.launch_pdf", "cohorts.programme")
"""Open to all by a number drawn by chance; on paper, in the tests of launches; and what tells of nobody."""
OWN = {
    "norte": ["Ana Ruiz", "Luis Mora", "Paola", "Lola Local", "Bogotá", "Norte", "NORTE"],
    "sur": ["Sol Paz", "Sara Uno", "Raúl", "Lisa Local", "Lima", "Orders", "Sur", "SUR"],
}


@pytest.fixture
def world(session: Any, people: Any, cohort: Any) -> dict[str, SimpleNamespace]:
    """In each partner: a certified trainer who taught her team, a teach-back, a check to see to; one cohort and launch."""
    make_user(session, "Sara Uno", team=people.orders)
    observers = [make_user(session, n, role=Role.TRAINER, over=people.programme) for n in ("Otto Uno", "Olga Dos")]
    live = sessions.plan(session(), cohort, title="Day", starts_at=ON, minutes=60, place="", by=people.tomas, on=ON)
    facts = {
        "code": "L1", "title_en": "Instant refunds", "title_es": "Reembolso inmediato", "kind": LaunchKind.POLICY,
        "cohort_id": cohort.id, "go_live_on": ON.date() - 20 * DAY, "target": 0.9, "pass_mark": 0.8, "metric": "use_of_it",
    }  # fmt: skip
    what: dict[str, Any] = {"units": [people.bogota, people.lima], "modules": [], "criteria": []}
    launch = launches.save(session(), Launch(), facts, **what, by=people.mariana, on=ON)
    made = {}
    for name, person, owner, team, trainer in (
        ("norte", people.ana, people.carmen, people.refunds, "Lola Local"),
        ("sur", people.sol, people.pedro, people.orders, "Lisa Local"),
    ):
        enrolment = seat(session, people, cohort, person)
        back = teachbacks.plan(
            session(), enrolment, observers, planned_for=ON + DAY, minutes=30, topic=f"TOPIC {name.upper()}", place="",
            by=people.tomas, on=ON,
        )  # fmt: skip
        enrolment.outcome, enrolment.outcome_on = Outcome.CERTIFIED, ON.date()
        licence = TrainerLicence(
            number=f"T{name.upper()}", person_id=person.id, programme_id=cohort.programme_id, enrolment_id=enrolment.id,
            level=Level.TRAINER, language="es", issued_on=ON.date() - DAY, expires_on=ON.date() + 50 * DAY,
        )  # fmt: skip
        session.add(licence)
        session.flush()
        given = deliveries.plan(
            session(), licence, team, title=f"DELIVERY {name.upper()}", starts_at=ON - DAY, minutes=60, place="",
            by=person, on=ON - 2 * DAY,
        )  # fmt: skip
        taught = {one.person_id: Seen(True, 0.4, 0.9) for one in given.seats}
        deliveries.keep_list(session(), given, taught, by=person, on=ON)
        words = {"text": f"CHECK {name.upper()}", "owner": owner, "due_on": ON.date(), "by": people.mariana, "on": ON}
        check = launches.add_check(session(), launch, **words)
        told = {"metric": "use_of_it", "unit_id": team.parent_id, "period": ON.date().replace(day=1)}
        session.add(
            MetricValue(**told, numerator=7 if name == "norte" else 9, denominator=71 if name == "norte" else 97)
        )
        local = make_user(session, trainer, role=Role.TRAINER, over=getattr(people, name))
        made[name] = SimpleNamespace(
            cohort_id=cohort.id, session_id=live.id, launch_id=launch.id, programme_id=cohort.programme_id,
            enrolment_id=enrolment.id, teach_back_id=back.id, licence_id=licence.id, delivery_id=given.id,
            check_id=check.id, person=person, team=team, trainer=local, code=given.code,
        )  # fmt: skip
    attending.keep_list(session(), live, [people.ana.id, people.sol.id], by=people.tomas, on=ON)
    session.commit()
    return made


def words_of(answer: Any) -> str:
    """What an answer says, whichever the format."""
    if answer.data[:2] != b"PK":
        return str(answer.get_data(as_text=True))
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        return " ".join(book.read(one).decode() for one in book.namelist() if one.endswith(".xml"))


def of_the_other(said: str, other: str) -> list[str]:
    plain = said.replace("(Bogotá)", "").replace("America/Bogota", "")
    return [word for word in OWN[other] if re.search(rf"\b{word}\b", plain)]


def rows_now() -> dict[str, list[Any]]:
    """All the room has written."""
    db.session.rollback()
    rooms = [
        mapper.class_ for mapper in db.Model.registry.mappers if mapper.class_.__module__.startswith("app.cohorts.")
    ]
    return {one.__tablename__: sorted(map(tuple, db.session.execute(select(one.__table__))), key=str) for one in rooms}


@pytest.mark.once
def test_nothing_of_the_other_partner_at_any_address(
    app: Flask, session: Any, people: Any, world: Any, as_user: Any, monkeypatch: Any
) -> None:
    """As the manager, a lead and a trainer of Norte, with the numbers of Sur."""
    monkeypatch.setattr("app.core.errors.render_template", lambda *_page, **_facts: "")  # a refusal is not drawn: time
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("cohorts.")]
    theirs, before = world["sur"], rows_now()
    with time_machine.travel(ON, tick=False):
        for viewer, ends in ((people.carmen, EXPORTED), (people.paola, {}), (world["norte"].trainer, {})):
            client = as_user(viewer)
            for rule in rules:
                _read(client, rule, theirs, ends.get(rule.endpoint.removeprefix("cohorts."), ()), viewer.name)
                if viewer is not people.paola:  # who may do nothing there that the manager may not
                    _write(client, rule, theirs, viewer.name)
            token = coaching.make_feed(session(), by=viewer, on=ON)
            feed = as_user(None).get(f"/coaching/calendar/{token}.ics").get_data(as_text=True)
            assert of_the_other(feed, "sur") == []
        said = as_user(people.carmen).get("/reports/launches?month=2026-10&format=json")
        assert (said.status_code, of_the_other(words_of(said), "sur")) == (200, [])
    assert rows_now() == before


def _read(client: Any, rule: Rule, theirs: Any, ends: Sequence[str], who: str) -> None:
    """What both take part in is shown without the other; what is of the other is not there."""
    if "GET" not in (rule.methods or ()) or rule.endpoint in ELSEWHERE:
        return
    address = _address(rule, theirs)
    if not rule.arguments <= set(SHARED):
        assert client.get(address).status_code in (403, 404), (who, address)
        return
    for end in ("", *ends):
        asked = address + end.format(team=theirs.team.id, site=theirs.team.parent_id)
        with client.get(asked) as answer:
            assert answer.status_code in (200, 302, 403, 404, 409), (who, asked)
            assert of_the_other(words_of(answer), "sur") == [], (who, asked)


def _write(client: Any, rule: Rule, theirs: Any, who: str) -> None:
    """Nothing of the other's is done; nor of both, for nobody of a partner runs what several partners take part in."""
    if "POST" not in (rule.methods or ()):
        return
    asked = {
        "person": theirs.person.id, "side": "partner", "reason": "x", "level": "trainer", "code": theirs.code,
        "unit_id": theirs.team.id, "licence_id": theirs.licence_id, "title": "x", "day": "2026-11-04", "at": "09:00",
        "minutes": "30", "present": theirs.person.id, "evidence": "x", "part": "programme", "verdict": "go", "text": "x",
        "owner": theirs.person.id, "due_on": "2026-11-08", "useful": "1", "applicable": "1",
    }  # fmt: skip
    answer = client.post(_address(rule, theirs), data=asked)
    known = rule.arguments and rule.endpoint != "cohorts.edit_programme"
    assert answer.status_code in ((403, 404) if known else (302, 403, 404, 409, 422)), (who, rule.rule, answer.status)


def _address(rule: Rule, theirs: Any) -> str:
    return re.sub(r"<int:(\w+)>", lambda found: str(getattr(theirs, found[1])), rule.rule)


def test_the_report_of_a_unit_by_command_holds_no_other(app: Flask, world: Any, tmp_path: Any) -> None:
    for name, other in (("norte", "sur"), ("sur", "norte")):
        for form in ("csv", "json"):
            asked = [
                "reports",
                "launches",
                "--month",
                "2026-10",
                "--unit",
                name.title(),
                "--by",
                "sites",
                "--format",
                form,
            ]
            said = app.test_cli_runner().invoke(args=[*asked, "-o", str(tmp_path / form)])
            assert said.exit_code == 0, said.output
            words = (tmp_path / form).read_text()
            assert of_the_other(words, other) == []
            assert "Bogotá" in words if name == "norte" else "Lima" in words
