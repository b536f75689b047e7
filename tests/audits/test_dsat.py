"""DSAT cases: in from a file, decided on, audited or not, counted by partner and week."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.permissions import Role
from app.audits.dsat import queries
from app.audits.dsat.models import DsatCase
from app.audits.dsat.services import decide
from app.audits.dsat.taking_in import import_cases
from app.audits.models import Cause
from app.core.clock import monday_of
from app.core.errors import Refused
from app.core.problems import BadFile, ProblemKind
from tests.audits.conftest import ALL_PASS, long_rows
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
HEADER = "source,case_ref,contact_ref,employee_no,received_at,score,channel,language,comment\n"
NOW = datetime.now(UTC).replace(microsecond=0)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def lines() -> str:
    return HEADER + (
        f"survey,D1,K1,ANA,{ago(1)},1,chat,es,Nobody called back\n"
        f"survey,D2,K2,LUIS,{ago(1)},2,chat,es,\n"
        f"survey,D3,K3,ANA,{ago(10)},1,phone,es,Too slow\n"
        f"survey,D4,K4,SOL,{ago(20)},1,chat,es,Wrong amount\n"
    )


@pytest.fixture
def bring_cases(session: Any, people: Cast, tmp_path: Path) -> Callable[..., Any]:
    def bring(text: str, by: Any = None) -> Any:
        path = tmp_path / "dsat.csv"
        path.write_text(text, encoding="utf-8")
        summary = import_cases(session(), path, by=by, on=NOW)
        session.commit()
        return summary

    return bring


def cases(session: Any) -> dict[str, DsatCase]:
    session.expire_all()
    return {case.reference: case for case in session.query(DsatCase)}


def test_the_same_file_again_changes_nothing_and_another_answer_keeps_the_decision(
    session: Any, people: Cast, bring_cases: Callable[..., Any]
) -> None:
    first = bring_cases(lines())
    assert (first.rows, first.new, first.changed, first.unchanged) == (4, 4, 0, 0)
    case = cases(session)["D1"]
    assert (case.person_id, case.team_id, case.comment) == (people.ana.id, people.refunds.id, "Nobody called back")
    decide(session(), case, Cause.PROCESS, "The call-back list was empty.", by=people.ivan, on=NOW)
    session.commit()
    assert bring_cases(lines()).unchanged == 4
    again = bring_cases(lines().replace("Nobody called back", "Called back late"))
    assert (again.new, again.changed, again.unchanged) == (0, 1, 3)
    case = cases(session)["D1"]
    assert (case.comment, case.cause, case.coachable) == ("Called back late", Cause.PROCESS, False)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("s,,K,ANA,2026-10-01,1,,,", ProblemKind.REQUIRED),
        ("s,X,K,NOBODY,2026-10-01,1,,,", ProblemKind.UNKNOWN_REFERENCE),
        ("s,X,K,ANA,01/10/2026,1,,,", ProblemKind.BAD_TIME),
        ("s,X,K,ANA,2199-01-01,1,,,", ProblemKind.OUT_OF_RANGE),
        ("s,X,K,ANA,,1,,,", ProblemKind.REQUIRED),
        ("s,X,K,ANA,2026-10-01,1,,,=cmd()", ProblemKind.FORMULA),
        ("s,X,K,ANA,2026-10-01,1,,,\ns,X,K,ANA,2026-10-01,1,,,", ProblemKind.DUPLICATE_ROW),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    session: Any, people: Cast, bring_cases: Callable[..., Any], row: str, kind: ProblemKind
) -> None:
    with pytest.raises(BadFile) as bad:
        bring_cases(f"{HEADER}s,OK,K,ANA,2026-10-01,1,,,\n{row}\n")
    assert kind in [problem.kind for problem in bad.value.problems]
    assert cases(session) == {}


def test_an_importer_of_one_partner_neither_brings_nor_changes_cases_of_another(
    session: Any, people: Cast, bring_cases: Callable[..., Any]
) -> None:
    north = make_user(session, "Nadia Norte", role=Role.ADMINISTRATOR, over=people.norte)
    session.commit()
    bring_cases(lines())
    with pytest.raises(BadFile):
        bring_cases(f"{HEADER}survey,D9,K9,SOL,{ago(1)},1,,,\n", by=north)
    with pytest.raises(BadFile):
        bring_cases(f"{HEADER}survey,D4,K4,ANA,{ago(1)},1,,,\n", by=north)
    assert bring_cases(f"{HEADER}survey,D9,K9,ANA,{ago(1)},1,,,\n", by=north).new == 1


def test_not_coachable_needs_its_reason_and_nobody_decides_on_own_cases(
    session: Any, people: Cast, bring_cases: Callable[..., Any]
) -> None:
    bring_cases(lines())
    case = cases(session)["D1"]
    with pytest.raises(Refused, match="why coaching would not help"):
        decide(session(), case, Cause.TOOL, " ", by=people.ivan, on=NOW)
    with pytest.raises(Refused, match="somebody else"):
        decide(session(), case, Cause.SKILL, "", by=people.ana, on=NOW)
    decide(session(), case, Cause.SKILL, "", by=people.ivan, on=NOW)
    assert case.coachable is True


def test_coverage_counts_cases_with_a_released_dsat_audit_of_their_contact_by_partner_and_week(
    session: Any, people: Cast, bring: Any, bring_cases: Callable[..., Any]
) -> None:
    bring_cases(lines())
    at = {"contact_at": ago(2), "audited_at": ago(0.5)}
    bring(
        long_rows(ALL_PASS, audit_ref="A1", contact_ref="K1", purpose="dsat", **at)
        + long_rows(ALL_PASS, audit_ref="A2", contact_ref="K2", employee_no="LUIS", purpose="random", **at)
        + long_rows(ALL_PASS, audit_ref="A3", contact_ref="K3", employee_no="LUIS", purpose="dsat", **at),
        on=NOW,
    )
    since = monday_of(NOW.date()) - timedelta(weeks=12)
    rows = session.execute(queries.coverage(people.mariana, NOW, since)).all()
    assert sum(row.cases for row in rows) == 4
    north = [row for row in rows if row.name == "Norte"]
    assert (sum(row.cases for row in north), sum(row.audited for row in north)) == (3, 1)
    assert [sum(getattr(row, f"age_{n}") for row in rows) for n in range(4)] == [1, 0, 1, 1]
    assert {row.name for row in session.execute(queries.coverage(people.pedro, NOW, since))} == {"Sur"}


SEES = {
    "paola": {"D1", "D2", "D3"}, "ivan": {"D1", "D2", "D3"}, "carmen": {"D1", "D2", "D3"}, "pedro": {"D4"},
    "tomas": {"D1", "D2", "D3", "D4"}, "mariana": {"D1", "D2", "D3", "D4"}, "ada": {"D1", "D2", "D3", "D4"},
}  # fmt: skip


def test_each_sees_the_cases_within_scope_and_no_other(
    session: Any, people: Cast, as_user: Sign, bring_cases: Callable[..., Any]
) -> None:
    bring_cases(lines())
    numbers = {reference: case.id for reference, case in cases(session).items()}
    for name, seen in SEES.items():
        client = as_user(getattr(people, name))
        exported = client.get("/audits/dsat?format=csv").get_data(as_text=True).splitlines()[1:]
        assert {line.split(",")[0] for line in exported} == seen, name
        for reference, number in numbers.items():
            assert client.get(f"/audits/dsat/{number}").status_code == (200 if reference in seen else 404), name
    for path in ("/audits/dsat", f"/audits/dsat/{numbers['D1']}", "/audits/dsat/coverage", "/audits/dsat/import"):
        assert as_user(people.ana).get(path).status_code == 403
        assert as_user(None).get(path).status_code == 302
    for name, status in (("paola", 403), ("ivan", 404), ("ana", 403)):
        answer = as_user(getattr(people, name)).post(f"/audits/dsat/{numbers['D4']}/decide", data={"cause": "skill"})
        assert answer.status_code == status, name


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_auditor_decides_and_coverage_says_what_it_was(
    session: Any, people: Cast, as_user: Sign, bring_cases: Callable[..., Any], language: str
) -> None:
    bring_cases(lines())
    client, number = as_user(people.ivan, language), cases(session)["D3"].id
    refused = client.post(f"/audits/dsat/{number}/decide", data={"cause": "policy", "note": ""})
    assert refused.status_code == 422
    reason = {"en": "Say why coaching would not help.", "es": "Indicar por qué el coaching no ayudaría."}[language]
    assert reason in unescape(refused.get_data(as_text=True))
    assert client.post(f"/audits/dsat/{number}/decide", data={}).status_code == 422
    done = client.post(f"/audits/dsat/{number}/decide", data={"cause": "policy", "note": "Ten days by rule"})
    assert done.status_code == 302
    page = unescape(client.get("/audits/dsat/coverage").get_data(as_text=True))
    assert {"en": "0 of 3 cases", "es": "Se auditaron 0 de 3 casos"}[language] in page
    for query, expected in (("decision=open", {"D1", "D2"}), ("decision=not_coachable", {"D3"}), ("age=2", {"D3"}),
                            ("audited=yes", set()), ("cause=policy", {"D3"})):  # fmt: skip
        rows = client.get(f"/audits/dsat?format=csv&{query}").get_data(as_text=True).splitlines()[1:]
        assert {row.split(",")[0] for row in rows} == expected, query


def test_a_file_goes_in_on_screen_and_by_command(
    session: Any, people: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    client, wide = as_user(people.mariana), {"content_type": "multipart/form-data"}
    wide["follow_redirects"] = True
    bad = client.post("/audits/dsat/import", data={"file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")}, **wide)
    assert "nothing was saved" in bad.get_data(as_text=True)
    good = client.post("/audits/dsat/import", data={"file": (io.BytesIO(lines().encode()), "a.csv")}, **wide)
    assert "4 new cases" in good.get_data(as_text=True)
    path = tmp_path / "dsat.csv"
    path.write_text(lines())
    said = app.test_cli_runner().invoke(args=["audits", "dsat", str(path)])
    assert said.output == "4 rows read; cases: 0 new, 0 changed, 4 unchanged.\n"


def test_an_import_of_cases_keeps_its_file_and_is_taken_back_until_something_rests_on_it(
    session: Any, people: Cast, as_user: Sign, bring_cases: Callable[..., Any]
) -> None:
    first, client = bring_cases(lines()).import_id, as_user(people.mariana)
    sent = lines().replace("Nobody called back", "Late").replace("D4,K4,SOL", "D4,K4,ANA") + f"s,D5,,ANA,{ago(2)},,,,\n"
    data = {"file": (io.BytesIO(sent.encode()), "b.csv")}
    at = client.post("/audits/dsat/import", data=data, content_type="multipart/form-data").location
    assert bring_cases(sent).import_id is None
    page = unescape(client.get(at).get_data(as_text=True))
    assert all(
        text in page for text in ("1 new case, 2 changed", "Undo this import", "Download the file", "See its cases")
    )
    second = int(at.rpartition("/")[2])
    mine = client.get(f"/audits/dsat?format=csv&import={second}").get_data(as_text=True).splitlines()[1:]
    assert {line.split(",")[0] for line in mine} == {"D1", "D4", "D5"}
    with client.get(f"{at}/file") as kept:
        assert kept.get_data(as_text=True) == sent
    listed = unescape(client.get("/audits/imports?kind=dsat").get_data(as_text=True))
    assert all(text in listed for text in ("b.csv", "1 new case, 2 changed"))
    for name in ("ivan", "paola", "ana"):
        assert as_user(getattr(people, name)).post(f"{at}/undo").status_code == 403, name
    stranger = make_user(session, "Nadia Norte", role=Role.ADMINISTRATOR, over=people.norte)
    session.commit()
    for path in (at, f"{at}/file", f"{at}/mend.csv"):
        assert as_user(stranger).get(path).status_code == 404

    refused = client.post(f"/audits/imports/{first}/undo")
    assert (refused.status_code, f"Undo them first: {second}." in unescape(refused.get_data(as_text=True))) == (
        409,
        True,
    )
    case = cases(session)["D5"]
    decide(session(), case, Cause.SKILL, "", by=people.ivan, on=NOW)
    session.commit()
    refused = client.post(f"{at}/undo")
    assert "1 of these cases was decided on" in unescape(refused.get_data(as_text=True))
    case = cases(session)["D5"]
    case.cause = None
    session.commit()
    assert client.post(f"{at}/undo").status_code == 302
    found = cases(session)
    assert (set(found), found["D1"].comment) == ({"D1", "D2", "D3", "D4"}, "Nobody called back")
    assert (found["D4"].person_id, found["D4"].team_id) == (people.sol.id, people.orders.id)
    assert client.post(f"/audits/imports/{first}/undo").status_code == 302
    assert cases(session) == {}
    assert "its cases are gone" in client.get(at).get_data(as_text=True)


def test_the_number_of_queries_does_not_grow_with_the_cases(
    session: Any, people: Cast, as_user: Sign, bring_cases: Callable[..., Any], count_queries: Any
) -> None:
    client = as_user(people.mariana)
    bring_cases(HEADER + f"s,D0,K0,ANA,{ago(1)},1,,,\n")
    one = [count_queries(lambda path=path: client.get(path)) for path in ("/audits/dsat", "/audits/dsat/coverage")]
    bring_cases(HEADER + "".join(f"s,D{n},K{n},{'LUIS' if n % 2 else 'SOL'},{ago(n / 2)},1,,,\n" for n in range(1, 20)))
    many = [count_queries(lambda path=path: client.get(path)) for path in ("/audits/dsat", "/audits/dsat/coverage")]
    assert many == one
