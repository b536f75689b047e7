"""The scorecard builder: drafts, publishing, two versions side by side, files; and who may."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.audits import services
from app.audits.building import services as building
from app.audits.building.difference import Change, compare
from app.audits.building.document import (
    Document,
    Entry,
    FlawKind,
    flaws,
    from_data,
    shares,
    to_data,
)
from app.audits.building.models import ScorecardDraft
from app.audits.models import Audit, CriterionIdentity, ScorecardVersion, Severity
from tests.audits.conftest import ALL_PASS, NOW, long_rows
from tests.conftest import Cast

Sign = Callable[..., FlaskClient]


def document(*codes: str) -> Document:
    made = Document()
    part = made.add_part("Opening", "Apertura")
    part.entries = [Entry(made.new_key(), code, "text", "texto") for code in codes]
    return made


# --- Rules ---


def test_a_document_is_the_same_after_it_was_kept() -> None:
    made = document("C1", "C2")
    part = made.parts[0]
    made.put(
        replace(part.entries[0], severity=Severity.CRITICAL, fails_section=True, causes=("skill",), na_allowed=False),
        part,
    )
    assert from_data(json.loads(json.dumps(to_data(made)))) == made


@pytest.mark.parametrize(
    ("codes", "taken", "code"),
    [
        ((), (), "C1"),
        (("C101", "C102"), (), "C103"),
        (("C101",), ("C107",), "C108"),
        (("A09",), (), "A10"),
        ((), ("X",), "C1"),
    ],
)
def test_a_new_code_goes_on_and_never_repeats(codes: tuple[str, ...], taken: tuple[str, ...], code: str) -> None:
    assert document(*codes).next_code(taken) == code


def test_a_criterion_moves_through_its_section_and_on_into_the_next() -> None:
    made = document("A", "B")
    other = made.add_part("Closing", "Cierre")
    first, second = (entry.key for entry in made.parts[0].entries)
    made.move(first, 1)
    assert [entry.code for entry in made.parts[0].entries] == ["B", "A"]
    made.move(first, 1)
    assert [entry.code for entry in other.entries] == ["A"]
    made.move(first, 1)
    made.move(second, -1)
    made.move(other.key, -1)
    assert [part.name_en for part in made.parts] == ["Closing", "Opening"]


def test_a_draft_says_what_is_missing() -> None:
    assert [flaw.kind for flaw in flaws(Document())] == [FlawKind.EMPTY]
    made = document("A")
    assert flaws(made) == []
    part = made.parts[0]
    made.put(replace(part.entries[0], text_es="", guidance_en="x", weight=0.0), part)
    part.name_es = ""
    made.add_part("Opening", "")
    assert {flaw.kind for flaw in flaws(made)} == set(FlawKind) - {FlawKind.EMPTY}
    assert shares(made) == {part.entries[0].key: 0.0}


def test_two_versions_are_compared_by_code() -> None:
    old, new = document("A", "B", "C", "D"), document("A", "C", "B", "E")
    part = new.parts[0]
    new.put(replace(part.entries[0], weight=3.0), part)
    found = {row.code: row for row in compare(old, new)}
    assert {code: row.change for code, row in found.items()} == {
        "A": Change.CHANGED, "B": Change.SAME, "C": Change.MOVED, "E": Change.ADDED, "D": Change.REMOVED,
    } or found["B"].change is Change.MOVED  # fmt: skip
    assert found["A"].fields == {"weight"}
    part.name_es = "Inicio"
    assert all("section" in row.fields for row in compare(old, new) if row.before and row.after)


# --- Deeds ---


def version_of(session: Any) -> ScorecardVersion:
    return session.query(ScorecardVersion).order_by(ScorecardVersion.id.desc()).first()


def test_a_version_nobody_uses_is_changed_in_place(session: Any, scorecard: None, people: Cast) -> None:
    version = version_of(session)
    draft = building.revise(session(), version, by=people.mariana, on=NOW)
    assert (draft.label, draft.replaces_id) == ("1", version.id)
    made = from_data(draft.content)
    r1 = next(made.entries())
    building.put_entry(session(), draft, replace(r1, weight=9.0), made.parts[0].key, seen=r1, by=people.mariana, on=NOW)
    assert building.publish(session(), draft, by=people.mariana, on=NOW).id == version.id
    assert next((one.code, one.weight) for one in version.criteria) == ("R1", 9.0)
    assert session.query(ScorecardDraft).count() == 0


def test_a_used_version_is_frozen_and_a_new_one_continues_its_codes(
    session: Any, bring: Callable[..., services.Summary], people: Cast
) -> None:
    bring(long_rows(ALL_PASS))
    version = version_of(session)
    draft = building.revise(session(), version, by=people.mariana, on=NOW)
    assert (draft.label, draft.replaces_id, draft.valid_from) == ("2", None, date(2026, 11, 1))
    made = from_data(draft.content)
    entry = Entry(0, made.next_code(building.taken_codes(session(), draft)), "New", "Nuevo", fails_section=True,
                  severity=Severity.CRITICAL, causes=("skill",), na_allowed=False)  # fmt: skip
    building.put_entry(session(), draft, entry, made.parts[0].key, seen=None, by=people.mariana, on=NOW)
    new = building.publish(session(), draft, by=people.mariana, on=NOW)
    assert (new.label, len(new.criteria), new.id != version.id) == ("2", 7, True)
    assert session.query(CriterionIdentity).count() == 7
    assert session.query(Audit).one().version_id == version.id
    r7 = next(one for one in new.criteria if one.code == "R7")
    assert (r7.fails_section, r7.na_allowed, r7.causes) == (True, False, ["skill"])


def test_two_who_change_one_criterion_the_second_is_told(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    draft = building.revise(session(), version_of(session), by=people.mariana, on=NOW)
    session.commit()
    key = next(from_data(draft.content).entries()).key
    address = f"/audits/scorecards/drafts/{draft.id}/criteria?key={key}"
    page = as_user(people.mariana).get(address).get_data(as_text=True)
    seen = page.split('name="seen" value="')[1].split('"')[0]
    section = from_data(draft.content).parts[0].key
    typed = {"seen": seen, "code": "R1", "section": section, "weight": "2", "text_en": "Mariana's", "text_es": "De Mariana",
             "severity": "minor", "error_class": "", "causes": ["skill"], "na_allowed": "y"}  # fmt: skip
    assert as_user(people.mariana).post(address, data=typed).status_code == 302
    answer = as_user(people.ada).post(address, data={**typed, "text_en": "Ada's words"})
    assert answer.status_code == 409
    assert "Ada&#39;s words" in answer.get_data(as_text=True)
    assert "Somebody else has changed" in answer.get_data(as_text=True)
    session.expire_all()
    assert next(from_data(draft.content).entries()).text_en == "Mariana's"


# --- Files ---


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_what_is_exported_comes_in_again_unchanged(
    session: Any, scorecard: None, people: Cast, as_user: Sign, file_format: str
) -> None:
    client = as_user(people.mariana)
    sent = client.get(f"/audits/scorecards/{version_of(session).id}/file/{file_format}")
    assert sent.status_code == 200
    content = sent.get_data()
    sent.close()
    upload = {"file": (io.BytesIO(content), f"scorecard.{file_format}")}
    answer = client.post(
        "/audits/scorecards/import", data=upload, content_type="multipart/form-data", follow_redirects=True
    )
    assert "Versions: 0 new, 0 changed, 1 unchanged" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{nonsense", "not scorecard JSON"),
        ('{"scorecard": "X"}', "not scorecard JSON"),
        ('{"scorecard": "X", "version": "1", "sections": [{"section_en": "A", "criteria": [{"code": "1", "severity": "huge", "text_en": "t"}]}]}',
         "Row 1, column “severity”"),
        ('{"scorecard": "X", "version": "1", "sections": [{"section_en": "A", "criteria": [{"code": "1", "severity": "minor", "text_en": "t", "fails_section": true}]}]}',
         "only a critical criterion can fail its section"),
        ("scorecard,version\nX,1\n", "has no column"),
    ],
)  # fmt: skip
def test_a_bad_file_says_what_to_mend(session: Any, people: Cast, as_user: Sign, content: str, sentence: str) -> None:
    upload = {"file": (io.BytesIO(content.encode()), "x.json")}
    answer = as_user(people.mariana).post("/audits/scorecards/import", data=upload, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert session.query(ScorecardVersion).count() == 0


# --- Pages ---


def test_a_scorecard_is_made_on_screen_from_nothing(session: Any, scorecard: None, people: Cast, as_user: Sign) -> None:
    client = as_user(people.mariana, "es")
    answer = client.post("/audits/scorecards/new", data={"code": "NEW", "name_en": "New one", "name_es": "Una nueva"})
    page = answer.location
    assert client.post(page + "/sections", data={"name_en": "Start", "name_es": "Inicio"}).status_code == 302
    typed = {"code": "N1", "section": "1", "weight": "2", "text_en": "Greets", "text_es": "Saluda", "severity": "fails_section",
             "error_class": "customer", "causes": ["skill", "will"], "competencies": ["TONE"]}  # fmt: skip
    bad = client.post(page + "/criteria", data={**typed, "error_class": "", "causes": []})
    assert bad.status_code == 422
    assert client.post(page + "/criteria", data=typed).status_code == 302
    assert client.post(page + "/criteria", data=typed).status_code == 409
    assert (
        client.post(page + "/head", data={"name_en": "New one", "name_es": "La nueva", "label": "2026"}).status_code
        == 302
    )
    assert client.get(page + "/criteria?key=2").status_code == 200
    for key, step in ((2, "up"), (1, "down")):
        assert client.post(page + "/move", data={"key": key, "step": step}).status_code == 302
    assert client.post(page + "/remove", data={"key": 1}).status_code == 409
    html = client.get(page).get_data(as_text=True)
    assert "Saluda" in html
    assert "habilidad, voluntad" in html
    done = client.post(page + "/publish")
    version = version_of(session)
    assert done.location == f"/audits/scorecards/{version.id}"
    assert (version.scorecard.code, version.label, version.valid_from, version.scorecard.name_es) == (
        "NEW",
        "2026",
        None,
        "La nueva",
    )
    assert (version.criteria[0].causes, version.criteria[0].na_allowed) == (["skill", "will"], False)
    assert client.get(page).status_code == 404


def test_versions_stand_side_by_side(session: Any, bring: Callable[..., Any], people: Cast, as_user: Sign) -> None:
    bring(long_rows(ALL_PASS))
    draft = building.revise(session(), version_of(session), by=people.mariana, on=NOW)
    made = from_data(draft.content)
    r1 = next(made.entries())
    building.put_entry(
        session(), draft, replace(r1, text_en="Greets by name"), made.parts[0].key, seen=r1, by=people.mariana, on=NOW
    )
    session.commit()
    client = as_user(people.mariana)
    before = client.get(f"/audits/scorecards/drafts/{draft.id}/compare").get_data(as_text=True)
    version = building.publish(session(), draft, by=people.mariana, on=NOW)
    session.commit()
    after = client.get(f"/audits/scorecards/{version.id}/compare").get_data(as_text=True)
    for html in (before, after):
        assert "<del>Greets the customer</del>" in html
        assert "<ins>Greets by name</ins>" in html
        assert "1 changed, 0 new, 0 removed, 5 unchanged" in html


@pytest.mark.once
def test_only_who_leads_quality_builds(session: Any, scorecard: None, people: Cast, as_user: Sign) -> None:
    version = version_of(session)
    draft = building.revise(session(), version, by=people.mariana, on=NOW)
    session.commit()
    for name in ("ana", "paola", "tomas", "ivan", "carmen", "raul", None):
        client = as_user(getattr(people, name) if name else None)
        expected = 403 if name else 302
        for address in (
            "new",
            "import",
            f"drafts/{draft.id}",
            f"drafts/{draft.id}/head",
            f"drafts/{draft.id}/criteria",
            f"drafts/{draft.id}/compare",
        ):
            assert client.get(f"/audits/scorecards/{address}").status_code == expected, address
        for address in (
            f"{version.id}/revise",
            *(f"drafts/{draft.id}/{deed}" for deed in ("move", "remove", "publish", "discard")),
        ):
            assert client.post(f"/audits/scorecards/{address}").status_code == expected, address
        if name:
            assert client.get(f"/audits/scorecards/{version.id}/compare").status_code == 200
            assert client.get(f"/audits/scorecards/{version.id}/file/csv").status_code == 200
            assert client.get(f"/audits/scorecards/{version.id}/file/exe").status_code == 404


def test_who_leads_quality_of_a_part_only_does_not_build(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    from app.accounts.permissions import Role
    from tests.conftest import make_user

    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.norte)
    draft = building.revise(session(), version_of(session), by=people.mariana, on=NOW)
    session.commit()
    client = as_user(partial)
    assert client.get("/audits/scorecards/new").status_code == 403
    assert client.get(f"/audits/scorecards/drafts/{draft.id}").status_code == 404
    assert client.post(f"/audits/scorecards/{version_of(session).id}/revise").status_code == 409
    assert "New scorecard" not in client.get("/audits/scorecards").get_data(as_text=True)


def test_a_section_that_is_failed_gives_no_points(session: Any, people: Cast, scorecard: None) -> None:
    import numpy as np

    from app.audits.rules import FAIL, PASS, Weights, score

    weights = Weights(
        weight=np.array([1.0, 2.0, 3.0]), critical=np.array([True, False, False]), fatal=np.zeros(3, bool),
        section=np.array([7, 7, 8]), fails_section=np.array([True, False, False]),
    )  # fmt: skip
    found = score(np.array([[FAIL, PASS, PASS], [PASS, FAIL, PASS]], np.int8), weights)
    assert found.total.tolist() == [3 / 6, 4 / 6]
    assert found.noncritical.tolist() == [1.0, 3 / 5]
    assert found.fatal.tolist() == [False, False]
