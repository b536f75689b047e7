"""Pages of audits: works, refused, other people, signed out, Spanish."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.audits import services
from app.audits.models import Audit, Import, ImportState, ScorecardVersion
from app.audits.services.uploads import about_rows
from tests.audits.conftest import ALL_PASS, NOW, as_text, long_rows
from tests.conftest import Cast

Sign = Callable[..., FlaskClient]
Bring = Callable[..., services.Summary]
SEND = {"follow_redirects": False, "content_type": "multipart/form-data"}


@pytest.fixture
def audits(session: Any, bring: Bring) -> dict[str, int]:
    """A1 of Ana (fatal), B1 that scores it again, L1 of Luis and S1 of Sol, by reference."""
    bring(
        long_rows({**ALL_PASS, "R2": ("fail", "did not ask", "knowledge"), "R5": "na"})
        + long_rows({**ALL_PASS, "R3": "fail"}, audit_ref="L1", employee_no="LUIS")
        + long_rows(ALL_PASS, audit_ref="S1", employee_no="SOL", auditor_no="RAÚL")
    )
    bring(
        [
            {**row, "reaudit_of": "A1"}
            for row in long_rows(ALL_PASS, audit_ref="B1", purpose="reaudit", auditor_no="TOMÁS")
        ]
    )
    return {audit.reference: audit.id for audit in session.query(Audit)}


def listed(client: FlaskClient, query: str = "") -> set[str]:
    """The references in the list as exported."""
    rows = client.get(f"/audits?format=csv{query}").get_data(as_text=True).lstrip("\ufeff").splitlines()
    return {row.split(",")[0] for row in rows[1:]}


SEES = {
    "ana": {"A1"},
    "luis": {"L1"},
    "sol": {"S1"},
    "paola": {"A1", "L1"},
    "carmen": {"A1", "L1"},
    "pedro": {"S1"},
    "raul": {"S1"},
    "ivan": {"A1", "L1"},
    "tomas": {"A1", "L1", "S1", "B1"},
    "mariana": {"A1", "L1", "S1", "B1"},
    "ada": {"A1", "L1", "S1", "B1"},
}


@pytest.mark.parametrize("name", SEES)
def test_each_sees_the_audits_within_scope_and_no_other(
    audits: dict[str, int], people: Cast, as_user: Sign, name: str
) -> None:
    client = as_user(getattr(people, name))
    assert listed(client) == SEES[name]
    for reference, number in audits.items():
        expected = 200 if reference in SEES[name] else 404
        assert client.get(f"/audits/{number}").status_code == expected, reference


def test_an_auditor_sees_what_they_did_wherever_the_agent_is(
    session: Any, bring: Bring, people: Cast, as_user: Sign
) -> None:
    bring(long_rows(ALL_PASS, audit_ref="S2", employee_no="SOL", auditor_no="IVÁN"))
    assert listed(as_user(people.ivan)) == {"S2"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("&fatal=yes", {"A1"}),
        ("&purpose=reaudit", {"B1"}),
        ("&q=luis", {"L1"}),
        ("&q=S1", {"S1"}),
        ("&month=2026-10", {"A1", "L1", "S1", "B1"}),
        ("&month=2026-09", set()),
        ("&month=nonsense", {"A1", "L1", "S1", "B1"}),
        ("&unit={norte}", {"A1", "L1", "B1"}),
        ("&criterion={r3}", {"L1"}),
        ("&import={second}", {"B1"}),
    ],
)
def test_the_list_is_narrowed_by_its_filters(
    session: Any, audits: dict[str, int], people: Cast, as_user: Sign, query: str, found: set[str]
) -> None:
    from app.audits.models import CriterionIdentity

    r3 = session.query(CriterionIdentity).filter_by(code="R3").one().id
    second = session.get(Audit, audits["B1"]).import_id
    query = query.format(norte=people.norte.id, r3=r3, second=second)
    assert listed(as_user(people.mariana), query) == found


def test_the_page_of_an_audit_shows_scores_results_causes_and_what_was_corrected(
    session: Any, audits: dict[str, int], bring: Bring, people: Cast, as_user: Sign
) -> None:
    bring(long_rows({"R5": ("fail", "hung up", "will")}))
    html = as_user(people.paola).get(f"/audits/{audits['A1']}").get_data(as_text=True)
    assert "Fatal error" in html
    assert "did not ask" in html
    assert "hung up" in html
    assert re.search(r"<s>\s*Not applicable", html)
    assert "0.0\u00a0%" in html
    assert f'/people/{people.ana.id}"' in html


def test_the_agent_reads_the_audit_in_spanish(audits: dict[str, int], people: Cast, as_user: Sign) -> None:
    html = as_user(people.ana, "es").get(f"/audits/{audits['A1']}").get_data(as_text=True)
    assert "Verifica la identidad" in html
    assert "Error fatal" in html
    assert "No cumple" in html
    assert "import" not in re.sub(r"<[^>]+>", " ", html).lower().replace("importe", "")


@pytest.mark.parametrize("address", ["/audits", "/audits/scorecards", "/audits/imports", "/audits/import"])
def test_who_is_not_signed_in_is_sent_to_sign_in(people: Cast, as_user: Sign, address: str) -> None:
    assert as_user(None).get(address).status_code == 302


@pytest.mark.parametrize("name", ["ana", "paola", "tomas", "ivan", "carmen"])
def test_only_who_may_import_reaches_imports(
    session: Any, audits: dict[str, int], people: Cast, as_user: Sign, name: str
) -> None:
    client, number = as_user(getattr(people, name)), session.query(Import.id).order_by(Import.id.desc()).first()[0]
    for address in (
        "/audits/imports",
        "/audits/import",
        f"/audits/imports/{number}",
        f"/audits/imports/{number}/mend.csv",
    ):
        assert client.get(address).status_code == 403, address
    for deed in ("undo", "carry-out", "carry-out-without-bad-rows"):
        assert client.post(f"/audits/imports/{number}/{deed}").status_code == 403


def test_scorecards_are_open_to_all_who_are_signed_in(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    version = session.query(ScorecardVersion).one()
    client = as_user(people.ana, "es")
    assert "REFUND" in client.get("/audits/scorecards").get_data(as_text=True)
    html = client.get(f"/audits/scorecards/{version.id}").get_data(as_text=True)
    assert "Verifica la identidad" in html
    assert "Cumplimiento" in html or "cumplimiento" in html
    assert client.get("/audits/scorecards/999").status_code == 404


# --- Files on screen ---


def send(client: FlaskClient, content: bytes | str, name: str = "october.csv") -> str:
    """Send a file; the address of its page."""
    data = content.encode() if isinstance(content, str) else content
    answer = client.post("/audits/import", data={"file": (io.BytesIO(data), name)}, **SEND)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.location)


def last(session: Any) -> Import:
    session.expire_all()
    return session.query(Import).order_by(Import.id.desc()).first()


def test_a_file_is_checked_carried_out_and_undone(session: Any, scorecard: None, people: Cast, as_user: Sign) -> None:
    client = as_user(people.mariana)
    page = send(client, as_text(long_rows({**ALL_PASS, "R2": "fail"})))
    assert last(session).state is ImportState.CHECKED
    assert session.query(Audit).count() == 0
    assert "The whole file can be imported." in client.get(page).get_data(as_text=True)
    client.post(f"{page}/carry-out")
    assert last(session).state is ImportState.DONE
    assert session.query(Audit).one().fatal
    html = client.get(page).get_data(as_text=True)
    assert "1 new audit" in html
    assert "Undo this import" in html
    client.post(f"{page}/undo")
    assert last(session).state is ImportState.UNDONE
    assert session.query(Audit).count() == 0
    again = send(client, as_text(long_rows({**ALL_PASS, "R2": "fail"})))
    client.post(f"{again}/carry-out")
    assert session.query(Audit).count() == 1


def test_a_file_with_something_wrong_is_not_taken_but_the_rest_of_it_may_be(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    client = as_user(people.mariana)
    rows = long_rows({**ALL_PASS, "R2": "maybe"}) + long_rows(ALL_PASS, audit_ref="A2", employee_no="NOBODY")
    page = send(client, as_text(rows + long_rows(ALL_PASS, audit_ref="A3")))
    html = client.get(page).get_data(as_text=True)
    assert "Row 3, column “result”: “maybe” is not one of the values allowed." in html
    assert "Row 8, column “employee_no”: there is no person with the number “NOBODY”." in html
    assert client.post(f"{page}/carry-out").status_code == 409
    assert session.query(Audit).count() == 0
    mend = client.get(f"{page}/mend.csv").get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert len(mend) == 13
    assert mend[0].endswith("comment,cause,What to correct")
    assert "“maybe” is not one of the values allowed" in mend[2]
    client.post(f"{page}/carry-out-without-bad-rows")
    assert [audit.reference for audit in session.query(Audit)] == ["A3"]


def test_what_is_wrong_is_said_in_the_readers_language(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    client = as_user(people.mariana, "es")
    page = send(client, as_text(long_rows({**ALL_PASS, "R2": "maybe"})))
    assert "Fila 3" in client.get(page).get_data(as_text=True)
    assert "Qué corregir" in client.get(f"{page}/mend.csv").get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\x00\x01\x02" * 40, "not text"),
        ("audit_ref,agente\nA1,Peña\n".encode("cp1252"), "not written in UTF-8"),
        (b"audit_ref,result\nA1,pass\n", "has no column"),
        (b"PK\x03\x04rubbish", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    session: Any, scorecard: None, people: Cast, as_user: Sign, content: bytes, says: str
) -> None:
    client = as_user(people.mariana)
    html = client.get(send(client, content)).get_data(as_text=True)
    assert says in html
    assert last(session).state is ImportState.FAILED
    assert session.query(Audit).count() == 0


def test_nobody_is_left_waiting_when_something_goes_wrong(
    session: Any, scorecard: None, people: Cast, as_user: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(services.uploads, "import_findings", breaks)
    client = as_user(people.mariana)
    with pytest.raises(RuntimeError):
        send(client, as_text(long_rows(ALL_PASS)))
    row = last(session)
    assert row.state is ImportState.FAILED
    html = client.get(f"/audits/imports/{row.id}").get_data(as_text=True)
    assert "Something went wrong on our side." in html


def test_a_form_without_a_file_is_refused(scorecard: None, people: Cast, as_user: Sign) -> None:
    answer = as_user(people.mariana).post("/audits/import", data={}, **SEND)
    assert answer.status_code == 422
    assert "Choose a file." in answer.get_data(as_text=True)


def test_a_hostile_name_is_only_shown(session: Any, scorecard: None, people: Cast, as_user: Sign, app: Any) -> None:
    client = as_user(people.mariana)
    page = send(client, as_text(long_rows(ALL_PASS)), "../../<b>x</b>.csv")
    html = client.get(page).get_data(as_text=True)
    assert "<b>x</b>" not in html
    names = [path.name for path in (app.config["DATA_DIR"] / "uploads").iterdir()]
    assert last(session).sha256 in names
    assert not any("<" in name or ".." in name for name in names)


def test_a_manager_of_one_partner_imports_for_its_people_only(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    from app.accounts.permissions import Role
    from tests.conftest import make_user

    norma = make_user(session, "Norma Lago", role=Role.PROGRAM_MANAGER, over=people.norte)
    session.commit()
    client = as_user(norma)
    page = send(client, as_text(long_rows(ALL_PASS, employee_no="SOL") + long_rows(ALL_PASS, audit_ref="A2")))
    assert "there is no person with the number “SOL”" in client.get(page).get_data(as_text=True)
    theirs = send(as_user(people.mariana), as_text(long_rows(ALL_PASS)))
    assert client.get(theirs).status_code == 404
    assert client.post(f"{theirs}/carry-out").status_code == 404
    assert client.get(f"{theirs}/mend.csv").status_code == 404


# --- Size ---


@pytest.mark.once
def test_queries_do_not_grow_with_rows(
    session: Any, bring: Bring, people: Cast, as_user: Sign, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    client = as_user(people.mariana)
    bring(long_rows(ALL_PASS))
    number = session.query(Audit).one().id
    pages = ("/audits", "/audits/scorecards", "/audits/imports", f"/audits/{number}")
    for page in pages:
        client.get(page)
    few = {page: count_queries(lambda page=page: client.get(page)) for page in pages}
    for n in range(12):
        bring(long_rows({**ALL_PASS, "R3": ("fail", "no", "skill")}, audit_ref=f"M{n}", employee_no="LUIS"))
    bring(long_rows({"R1": "fail", "R2": "fail", "R3": "fail"}))
    many = {page: count_queries(lambda page=page: client.get(page)) for page in pages}
    assert many == few


def test_an_import_does_not_ask_once_per_audit(
    session: Any, scorecard: None, write: Any, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    def cost(count: int, source: str) -> int:
        rows = [row for n in range(count) for row in long_rows(ALL_PASS, audit_ref=f"{n}", source=source)]
        path = write(rows)
        return count_queries(lambda: services.import_findings(session(), path, by=None, on=NOW))

    assert cost(40, "many") <= cost(4, "few") + 2


def test_a_file_under_way_says_how_far_it_is_without_script(session: Any, people: Cast, as_user: Sign) -> None:
    received = {"kind": "findings", "file_name": "a.csv", "sha256": "x", "created_at": NOW, "by": people.ada}
    row = Import(**received, state=ImportState.RECEIVED, rows_done=50_000, rows_total=200_000)
    whole = Import(**received, state=ImportState.RECEIVED, rows_done=50_000)
    session.add_all([row, whole])
    session.commit()
    page = as_user(people.ada).get(f"/audits/imports/{row.id}").get_data(as_text=True)
    assert "Checking the file: 50,000 of about 200,000 rows read." in page
    assert "Show current progress" in page
    assert "50,000 rows so far" in as_user(people.ada).get(f"/audits/imports/{whole.id}").get_data(as_text=True)


def test_how_many_rows_a_file_has_is_told_before_it_is_read(write: Any, tmp_path: Path) -> None:
    assert about_rows(write(ROWS := long_rows(ALL_PASS))) == len(ROWS) + 1
    (tmp_path / "a.json").write_text('[{"a": 1}]')
    assert about_rows(tmp_path / "a.json") == 0
