"""Packages taken in on screen, played on a host of their own by who was given them, kept, completed once."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Activity
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.authoring.models import ModuleVersion
from app.curriculum.models import Assignment, AssignmentState, Module, ModuleKind, ModuleState
from app.curriculum.packages import origin, services
from app.curriculum.packages.models import Package, PackageAttempt, PackageFile, PackageStatement
from config import Misconfigured, load
from tests.curriculum import package_cast
from tests.curriculum.conftest import ON, give

APART = "http://packages.localhost"
HERE = "http://localhost"
VERBS = "http://adlnet.gov/expapi/verbs/"


@pytest.fixture
def packed(session: Any, people: Any, module: Module) -> Module:
    """The module, of a package of SCORM 1.2 for both languages."""
    return pack(session, people, module, package_cast.scorm_12())


def pack(session: Any, people: Any, module: Module, package: Any, *languages: str) -> Module:
    made, files = services.read(package, len(package.getvalue()), name="C:\\temp\\package.zip")
    services.install(session, made, files, by=people.tomas, on=ON)
    for code in languages or ("en", "es"):
        setattr(module, f"package_{code}_id", made.id)
    module.kind, module.body_en, module.body_es = ModuleKind.PACKAGE, "", ""
    session.commit()
    return module


def opened(client: FlaskClient, assignment: Assignment, language: str = "") -> str:
    """The address of the player, as the page that frames it has it."""
    answer = client.post(
        f"/curriculum/learn/{assignment.id}/package", data={"language": language}, follow_redirects=True
    )
    found = re.search(r'src="(http://packages.localhost/p/[^"]+)"', answer.get_data(as_text=True))
    assert found, answer.status_code
    assert "frame-src http://packages.localhost" in answer.headers["Content-Security-Policy"]
    return found[1]


def cmi(**values: str) -> dict[str, str]:
    return {f"cmi.{name.replace('__', '.')}": value for name, value in values.items()}


# --- Taking in ---


def test_a_package_is_taken_in_on_screen_and_published_once_both_languages_have_one(session, people, module, as_user):
    module.kind, module.state, module.body_en, module.body_es = ModuleKind.PACKAGE, ModuleState.DRAFT, "", ""
    session.commit()
    client, address = as_user(people.tomas), f"/curriculum/modules/{module.id}/package"
    assert "There is no package yet" in client.get(address).get_data(as_text=True)
    bad = {"file": (package_cast.zipped({"a.txt": "x"}), "a.zip"), "serves": "both"}
    answer = client.post(address, data=bad, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "neither imsmanifest.xml" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count(Package.id))) == 0
    client.post(
        address, data={"file": (package_cast.scorm_12(), "p.zip"), "serves": "en"}, content_type="multipart/form-data"
    )
    page = client.get(f"/curriculum/modules/{module.id}/publish").get_data(as_text=True)
    assert "The package in Spanish is missing." in page
    assert client.post(f"/curriculum/modules/{module.id}/publish", data={}).status_code == 409
    waiting = client.get("/curriculum/translations").get_data(as_text=True)
    assert "Translation missing" in waiting
    client.post(
        address, data={"file": (package_cast.scorm_12(), "p.zip"), "serves": "es"}, content_type="multipart/form-data"
    )
    page = as_user(people.tomas, "es").get(address).get_data(as_text=True)
    assert "SCORM 1.2" in page
    assert "Para quien aprende en" in page
    assert client.post(f"/curriculum/modules/{module.id}/publish", data={}).status_code == 302
    version = session.scalars(select(ModuleVersion)).one()
    assert None not in (version.package_en_id, version.package_es_id)
    assert session.scalar(select(func.count()).where(Activity.verb == "module.package_added")) == 2


def test_another_package_for_what_is_published_waits_in_the_draft(session, people, packed, as_user):
    before = packed.package_en_id
    address = f"/curriculum/modules/{packed.id}/package"
    sent = {"file": (package_cast.scorm_2004(), "p.zip"), "serves": "both"}
    as_user(people.tomas).post(address, data=sent, content_type="multipart/form-data")
    assert session.get(Module, packed.id).package_en_id == before
    as_user(people.tomas).post(f"/curriculum/modules/{packed.id}/publish", data={"counts_earlier": "yes"})
    assert session.get(Module, packed.id).package_en_id != before


def test_who_may_take_in_and_look(session, people, packed, as_user):
    address, look = (f"/curriculum/modules/{packed.id}/package{end}" for end in ("", f"/{packed.package_en_id}"))
    for person in (people.ana, people.paola, people.carmen):
        assert as_user(person).get(address).status_code == 403
        assert as_user(person).get(look).status_code == 403
        assert as_user(person).post(address).status_code == 403
    assert as_user(None).get(address).location.startswith("/sign-in")
    assert "Preview: nothing is kept." in as_user(people.tomas).get(look).get_data(as_text=True)
    assert as_user(people.tomas).get(look + "9").status_code == 404


# --- Playing ---


def test_a_sitting_keeps_what_the_next_begins_with_and_completes_the_module_once(session, people, packed, as_user):
    given = give(session, people.ana, packed)
    player = opened(as_user(people.ana), given)
    nobody = as_user(None)
    page = nobody.get(player)
    assert page.status_code == 200
    assert f"frame-ancestors {HERE}" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert "Set-Cookie" not in page.headers
    told = nobody.post(player + "parts/0/open").get_json()
    assert told["address"].endswith("/files/shared/launch.html?content=refunds")
    assert told["cmi"]["cmi.core.entry"] == "ab-initio"
    assert told["cmi"]["cmi.student_data.mastery_score"] == "80"
    kept = cmi(
        core__lesson_status="incomplete", core__session_time="0000:02:00", suspend_data="ñ", core__exit="suspend"
    )
    assert nobody.post(player + "parts/0/keep", json=kept).get_json() == {"done": [], "whole": False}
    assert session.get(Assignment, given.id).state is AssignmentState.STARTED
    followed = as_user(people.tomas).get(f"/curriculum/assignments/{given.id}").get_data(as_text=True)
    assert "2 minutes so far" in followed

    again = opened(as_user(people.ana, "es"), given)
    assert nobody.post(player + "parts/0/keep", json=kept).status_code == 409
    told = nobody.post(again + "parts/0/open").get_json()["cmi"]
    assert (told["cmi.suspend_data"], told["cmi.core.entry"], told["cmi.core.total_time"]) == (
        "ñ",
        "resume",
        "0000:02:00",
    )
    assert "cmi.core.exit" not in told
    passed = cmi(core__lesson_status="passed", core__score__raw="85", core__session_time="0000:01:00")
    assert nobody.post(again + "parts/0/keep", json=passed).get_json() == {"done": [0], "whole": True}
    done = session.get(Assignment, given.id)
    assert (done.state, done.score, done.language) == (AssignmentState.COMPLETED, 0.85, "es")
    assert session.scalars(select(PackageAttempt)).one().seconds == 180

    nobody.post(again + "parts/0/keep", json=cmi(core__lesson_status="failed", core__score__raw="1"))
    assert session.get(Assignment, given.id).score == 0.85
    review = opened(as_user(people.ana), given)
    assert nobody.post(review + "parts/0/open").get_json()["cmi"]["cmi.core.lesson_mode"] == "review"
    nobody.post(review + "parts/0/keep", json=cmi(core__score__raw="2"))
    assert session.scalar(select(func.count()).where(Activity.verb == "module.completed")) == 1


def test_a_score_that_comes_after_it_was_done_is_kept(session, people, packed, as_user):
    """The published samples say that they are completed when their test is opened, and its score once it was answered."""
    given = give(session, people.ana, packed)
    player, nobody = opened(as_user(people.ana), given), as_user(None)
    nobody.post(player + "parts/0/open")
    nobody.post(player + "parts/0/keep", json=cmi(core__lesson_status="completed"))
    done = session.get(Assignment, given.id)
    assert (done.state, done.score) == (AssignmentState.COMPLETED, None)
    for raw in ("0", "0", "80"):
        nobody.post(player + "parts/0/keep", json=cmi(core__lesson_status="passed", core__score__raw=raw))
    assert done.score == 0.8
    nobody.post(player + "parts/0/keep", json=cmi(core__lesson_status="passed", core__score__raw="70"))
    assert done.score == 0.8
    assert session.scalar(select(func.count()).where(Activity.verb == "module.scored")) == 2, "nothing is a score, once"


def test_nobody_says_it_is_done_but_the_package(session, people, packed, as_user):
    given = give(session, people.ana, packed)
    client = as_user(people.ana)
    assert "Mark as completed" not in client.get(f"/curriculum/learn/{given.id}").get_data(as_text=True)
    assert client.post(f"/curriculum/learn/{given.id}/complete").status_code == 409
    with pytest.raises(Refused):
        curriculum.complete(session, given, on=ON, language="en")


def test_only_ones_own_sitting_can_be_opened(session, people, packed, as_user):
    given = give(session, people.ana, packed)
    opened(as_user(people.ana), given)
    attempt = session.scalars(select(PackageAttempt)).one()
    for person in (people.sol, people.pedro, people.raul):
        assert as_user(person).post(f"/curriculum/learn/{given.id}/package").status_code in (403, 404)
        assert as_user(person).get(f"/curriculum/play/{attempt.id}").status_code in (403, 404)
    assert as_user(people.paola).get(f"/curriculum/play/{attempt.id}").status_code in (403, 404)
    assert as_user(None).get(f"/curriculum/play/{attempt.id}").status_code == 302
    assert set(session.scalars(PackageAttempt.visible_to(people.paola))) == {attempt}
    assert not session.scalars(PackageAttempt.visible_to(people.pedro)).all()


def test_hosts_answer_only_what_is_theirs(session, people, packed, as_user):
    given = give(session, people.ana, packed)
    client = as_user(people.ana)
    player = opened(client, given)
    path = urlsplit(player).path
    for address in ("/", "/curriculum", "/sign-in", "/healthz"):
        assert client.get(address, base_url=APART, buffered=True).status_code == 404
    for address in (path, f"{path}files/shared/launch.html", f"{path}standing"):
        assert client.get(address, base_url=HERE, buffered=True).status_code == 404
        assert client.get(address, base_url=APART, buffered=True).status_code == 200
    assert client.get(path.replace("/p/", "/p/x"), base_url=APART).status_code == 404
    client.application.config["CONTENT_URL"] = "https://packages.example.net"
    try:
        assert client.get(path, base_url=APART).status_code == 404
        assert client.get(path, base_url="https://packages.example.net").status_code == 200
    finally:
        client.application.config["CONTENT_URL"] = None


def test_without_a_host_of_its_own_no_package_is_played(session, people, packed, as_user):
    given = give(session, people.ana, packed)
    client = as_user(people.ana)
    with client.application.test_request_context(base_url="https://hilo.example.org"):
        assert origin.content_origin() is None
    client.application.config["CONTENT_URL"] = "http://localhost:9999"  # another port, and the same cookies
    try:
        answer = client.post(f"/curriculum/learn/{given.id}/package")
        assert answer.status_code == 409
        assert "HILO_CONTENT_URL" in answer.get_data(as_text=True)
    finally:
        client.application.config["CONTENT_URL"] = None


@pytest.mark.parametrize("address", ["packages.example.net", "https://x.example/path", "https://hilo.example.org:8443"])
def test_the_host_for_packages_is_an_address_of_its_own(tmp_path, address):
    given = {"HILO_DATA_DIR": str(tmp_path), "HILO_BASE_URL": "https://hilo.example.org"}
    with pytest.raises(Misconfigured, match="HILO_CONTENT_URL"):
        load({**given, "HILO_CONTENT_URL": address})
    assert load({**given, "HILO_CONTENT_URL": "https://p.example.net/"})["CONTENT_URL"] == "https://p.example.net"


def test_files_are_handed_out_by_type_in_parts_and_inert(session, people, packed, as_user):
    player = opened(as_user(people.ana), give(session, people.ana, packed))
    client = as_user(None)
    whole = client.get(player + "files/SHARED/Launch.html", buffered=True)
    assert whole.mimetype == "text/html"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "connect-src 'self'" in whole.headers["Content-Security-Policy"]
    part = client.get(player + "files/shared/launch.html", headers={"Range": "bytes=0-14"}, buffered=True)
    assert (part.status_code, part.data) == (206, b"<!DOCTYPE html>")
    same = client.get(player + "files/shared/launch.html", headers={"If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304
    for name in ("none.html", "../../secret-key", "%2e%2e/secret-key", "/etc/passwd", ""):
        assert client.get(player + "files/" + name, buffered=True).status_code in (404, 308), name
    worker = client.get(player + "files/shared/launch.html", headers={"Service-Worker": "script"})
    assert worker.status_code == 404


def test_what_is_kept_is_looked_at(session, people, packed, as_user):
    player = opened(as_user(people.ana), give(session, people.ana, packed))
    client = as_user(None)
    keep = player + "parts/0/keep"
    assert client.post(keep, data=b"nonsense").status_code == 400
    assert client.post(keep, data=b'{"cmi.suspend_data": "\\u0000"}').status_code == 400
    assert client.post(keep, json=["cmi"]).status_code == 400
    assert client.post(keep, json={"cmi.suspend_data": "x" * 600_000}).status_code == 422
    assert client.post(player + "parts/7/keep", json={}).status_code == 404
    assert client.post(keep, json={"cmi.core.score.raw": {"a": 1}}).status_code == 200
    people.ana.left_on = (ON - timedelta(days=400)).date()
    session.commit()
    assert client.get(player).status_code == 404


def test_where_the_rules_of_a_package_stand_is_kept_and_decides_about_the_whole(session, people, module, as_user):
    pack(session, people, module, package_cast.scorm_2004_ruled())
    given = give(session, people.ana, module)
    player, client = opened(as_user(people.ana), given), as_user(None)
    assert 'data-sequenced="yes"' in client.get(player).get_data(as_text=True)
    begun = client.get(player + "sequence").get_json()
    assert (begun["tree"]["id"], begun["state"]) == ("org", None)
    keep, whole = player + "sequence", {"completion": "unknown", "success": "unknown", "score": None}
    assert client.post(keep, json={"state": "x" * 600_000}).status_code == 422
    assert client.post(keep, json={"state": "s1", "whole": whole}).get_json() == {"done": [], "whole": False}
    assert client.get(keep).get_json()["state"] == "s1"
    done = {**whole, "completion": "completed", "success": "passed", "score": 0.7, "other": 1}
    second = opened(as_user(people.ana), given)
    assert client.post(keep, json={"state": "late", "whole": done}).status_code == 409
    assert client.post(second + "sequence", json={"state": "s2", "whole": done}).get_json()["whole"]
    session.expire_all()
    assert (given.state, given.score) == (AssignmentState.COMPLETED, 0.7)
    plain = pack(session, people, module, package_cast.scorm_12())
    unruled = opened(as_user(people.luis), give(session, people.luis, plain)) + "sequence"
    assert client.post(unruled, json={}).status_code == 404


def test_a_package_for_each_language_has_an_attempt_for_each_and_one_record(session, people, module, as_user):
    pack(session, people, module, package_cast.scorm_12(), "en")
    pack(session, people, module, package_cast.scorm_2004(), "es")
    given = give(session, people.ana, module)
    client = as_user(people.ana, "es")
    page = client.get(f"/curriculum/learn/{given.id}").get_data(as_text=True)
    assert page.index("Empezar · Español") < page.index("Empezar · Inglés")
    english, spanish = opened(client, given, "en"), opened(client, given, "es")
    nobody = as_user(None)
    nobody.post(english + "parts/0/keep", json=cmi(core__lesson_status="incomplete"))
    for number in (2, 3):
        nobody.post(f"{spanish}parts/{number}/keep", json=cmi(completion_status="completed", score__scaled="0.8"))
    assert session.get(Assignment, given.id).state is AssignmentState.STARTED
    nobody.post(spanish + "parts/1/open")
    found = session.get(Assignment, given.id)
    assert (found.state, found.language, found.score) == (AssignmentState.COMPLETED, "es", pytest.approx(0.8))
    assert session.scalar(select(func.count(PackageAttempt.id))) == 2


def test_who_is_in_the_middle_stays_with_the_package_begun_with(session, people, packed, as_user):
    given = give(session, people.ana, packed)
    first = packed.package_en_id
    opened(as_user(people.ana), given)
    pack(session, people, packed, package_cast.scorm_2004())
    opened(as_user(people.ana), given)
    assert session.scalars(select(PackageAttempt)).one().package_id == first


def test_the_files_of_a_package_are_stored_once(session, people, module):
    pack(session, people, module, package_cast.scorm_12())
    pack(session, people, module, package_cast.scorm_12())
    assert session.scalar(select(func.count()).select_from(PackageFile)) == 8
    assert session.scalar(select(func.count(PackageFile.sha256.distinct()))) == 4


# --- cmi5 ---


class Unit:
    """A unit of cmi5, as its launch begins it."""

    def __init__(self, client: FlaskClient, player: str, number: int = 1) -> None:
        self.client = client
        told = client.post(f"{player}parts/{number}/open").get_json()
        asked = {key: one[0] for key, one in parse_qs(urlsplit(told["address"]).query).items()}
        self.endpoint, self.fetch, self.activity = asked["endpoint"], asked["fetch"], asked["activityId"]
        self.actor, self.registration = json.loads(asked["actor"]), asked["registration"]
        self.token = client.post(self.fetch).get_json().get("auth-token", "")
        self.state = {"activityId": self.activity, "agent": asked["actor"], "registration": self.registration}
        data = self.ask("GET", "activities/state", query_string={**self.state, "stateId": "LMS.LaunchData"})
        self.launch = data.get_json()

    def ask(self, method: str, what: str, **rest: Any) -> Any:
        headers = {"Authorization": f"Basic {self.token}", **rest.pop("headers", {})}
        return self.client.open(self.endpoint + what, method=method, headers=headers, **rest)

    def say(self, verb: str, result: Any = None, **changed: Any) -> Any:
        categories = [{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}]
        template = self.launch["contextTemplate"]
        context = {
            **template,
            "registration": self.registration,
            "contextActivities": {**template["contextActivities"], "category": categories},
        }
        said = {"actor": self.actor, "verb": {"id": VERBS + verb}, "object": {"id": self.activity}, "context": context}
        return self.ask("POST", "statements", json={**said, **({"result": result} if result else {}), **changed})


@pytest.fixture
def course(session: Any, people: Any, module: Module, as_user: Any) -> tuple[Any, str, Assignment]:
    """(a client of nobody, the address of the player, the assignment) of a course of cmi5."""
    pack(session, people, module, package_cast.zipped({"cmi5.xml": package_cast.COURSE, "au.html": ""}))
    given = give(session, people.ana, module)
    return as_user(None), opened(as_user(people.ana), given), given


def test_a_unit_initializes_passes_completes_and_terminates_in_this_order(session, course):
    client, player, given = course
    unit = Unit(client, player)
    assert unit.launch["moveOn"] == "CompletedAndPassed"
    assert (unit.launch["masteryScore"], unit.launch["launchParameters"]) == (0.8, "level=2")
    assert (
        unit.ask("GET", "agents/profile", query_string={"profileId": "cmi5LearnerPreferences"}).get_json()[
            "languagePreference"
        ]
        == "en"
    )
    assert unit.say("completed").status_code == 403
    assert unit.say("initialized").status_code == 200
    assert unit.say("initialized").status_code == 403
    assert unit.say("passed", {"score": {"scaled": 0.5}}).status_code == 400
    assert unit.say("failed", {"score": {"scaled": 0.5}}).status_code == 200
    assert unit.say("passed", {"score": {"scaled": 0.9}}).status_code == 200
    assert unit.say("passed", {"score": {"scaled": 0.9}}).status_code == 403
    assert unit.say("failed", {"score": {"scaled": 0.1}}).status_code == 403
    assert session.get(Assignment, given.id).state is AssignmentState.STARTED
    assert unit.say("completed").status_code == 200
    assert unit.say("terminated", {"duration": "PT3M"}).status_code == 200
    assert unit.say("experienced").status_code == 403
    found = session.get(Assignment, given.id)
    assert (found.state, found.score) == (AssignmentState.COMPLETED, 0.9)
    assert session.scalars(select(PackageAttempt)).one().seconds == 180
    verbs = list(session.scalars(select(PackageStatement.verb)))
    assert sorted(one.removeprefix(VERBS) for one in verbs) == [
        "completed",
        "failed",
        "initialized",
        "passed",
        "terminated",
    ]


def test_statements_of_others_are_not_taken(session, course):
    client, player, _given = course
    unit = Unit(client, player)
    unit.say("initialized")
    other = {**unit.actor, "account": {**unit.actor["account"], "name": "999"}}
    assert unit.say("passed", actor=other).status_code == 400
    assert unit.say("passed", object={"id": "https://elsewhere.example/au"}).status_code == 400
    assert unit.say("passed", context={}).status_code == 400
    assert unit.say("passed", id="no-uuid").status_code == 400
    assert unit.ask("POST", "statements", data=b"{").status_code == 400
    assert unit.ask("POST", "statements", json=["x"]).status_code == 400
    one = "6f1c3a52-8f3b-4f0e-9d55-0d6d5e2f9a11"
    assert unit.say("experienced", id=one).status_code == 200
    assert unit.say("experienced", id=one).get_json() == [one]
    assert unit.say("answered", id=one).status_code == 409
    assert unit.ask("GET", "statements", query_string={"statementId": one}).get_json()["id"] == one
    assert len(unit.ask("GET", "statements").get_json()["statements"]) == 2


def test_the_token_is_handed_out_once_and_asked_for_each_time(course):
    client, player, _given = course
    unit = Unit(client, player)
    assert client.post(unit.fetch).get_json()["error-code"] == "1"
    assert client.post(unit.fetch.replace("key=", "key=x")).get_json()["error-code"] == "2"
    held, unit.token = unit.token, base64.b64encode(b"a:b").decode()
    assert unit.say("initialized").status_code == 401
    unit.token = "%%%"
    assert unit.ask("GET", "statements").status_code == 401
    unit.token = held
    newer = Unit(client, player)
    assert unit.ask("GET", "statements").status_code == 401
    assert newer.ask("GET", "statements").status_code == 200


def test_a_unit_finds_its_documents_again(course):
    client, player, _given = course
    unit = Unit(client, player)
    place = {**unit.state, "stateId": "bookmark"}
    assert unit.ask("GET", "activities/state", query_string=place).status_code == 404
    assert (
        unit.ask(
            "PUT", "activities/state", query_string=place, data=b'{"page": 3}', content_type="application/json"
        ).status_code
        == 204
    )
    assert (
        unit.ask(
            "POST", "activities/state", query_string=place, data=b'{"seen": true}', content_type="application/json"
        ).status_code
        == 204
    )
    later = Unit(client, player)
    found = later.ask("GET", "activities/state", query_string=place)
    assert (found.get_json(), found.mimetype) == ({"page": 3, "seen": True}, "application/json")
    assert later.ask("GET", "activities/state", query_string=later.state).get_json() == ["bookmark"]
    assert (
        later.ask(
            "PUT", "activities/state", query_string={**place, "stateId": "LMS.LaunchData"}, data=b"{}"
        ).status_code
        == 403
    )
    assert later.ask("POST", "activities/state", query_string=place, data=b"text").status_code == 400
    assert later.ask("DELETE", "activities/state", query_string=place).status_code == 204
    assert later.ask("GET", "activities/state", query_string=place).status_code == 404
    profile = {"activityId": unit.activity, "profileId": "p"}
    assert later.ask("PUT", "activities/profile", query_string=profile, data=b"x").status_code == 204
    assert later.ask("GET", "activities/profile", query_string=profile).data == b"x"


def test_a_look_at_a_course_keeps_nothing(session, people, course, as_user):
    client, _player, given = course
    package = session.get(Module, given.module_id).package_en_id
    page = as_user(people.tomas).get(f"/curriculum/modules/{given.module_id}/package/{package}").get_data(as_text=True)
    unit = Unit(client, re.search(r'src="(http://packages.localhost/p/[^"]+)"', page)[1])
    assert unit.launch["launchMode"] == "Browse"
    assert unit.say("initialized").status_code == 200
    assert (
        unit.ask("PUT", "activities/state", query_string={**unit.state, "stateId": "a"}, data=b"x").status_code == 204
    )
    assert unit.ask("GET", "activities/state", query_string={**unit.state, "stateId": "a"}).status_code == 404
    assert session.scalar(select(func.count()).select_from(PackageStatement)) == 0
