"""Findings into the database: both shapes, again, corrected, from another zone, on another version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.models import Membership
from app.audits import services
from app.audits.models import Audit, Cause, Correction, Finding, Import, ImportState, Purpose
from app.audits.services import Summary
from tests.audits.conftest import ALL_PASS, NOW, SCORECARD, Write, findings_of, long_rows, stored, wide_row
from tests.conftest import Cast
from tests.evidence import all_cells

Bring = Callable[..., Summary]


def the_audit(session: Any, reference: str = "A1") -> Audit:
    session.expire_all()
    return session.query(Audit).filter_by(reference=reference).one()


def results(session: Any, reference: str = "A1") -> dict[str, tuple[str, str | None, str | None]]:
    """What is stored of the criteria of an audit that is not a plain pass."""
    return {
        one.criterion.code: (one.result.value, one.cause and one.cause.value, one.comment)
        for one in findings_of(session, the_audit(session, reference))
    }


def cells(session: Any) -> dict[tuple[int, int, date], tuple[int, int]]:
    session.expire_all()
    return {(c.person_id, c.competency_id, c.week): (c.n_raw, c.fails) for c in all_cells(session)}


def test_an_audit_keeps_what_it_says_of_itself(session: Any, bring: Bring, people: Cast) -> None:
    bring(long_rows(ALL_PASS))
    audit = the_audit(session)
    assert (audit.source, audit.reference, audit.contact_ref) == ("qa", "A1", "K1")
    assert (audit.person_id, audit.auditor_id, audit.team_id) == (people.ana.id, people.ivan.id, people.refunds.id)
    assert (audit.purpose, audit.channel, audit.language) == (Purpose.RANDOM, "chat", "es")
    assert audit.contact_at == datetime(2026, 10, 5, 15, tzinfo=UTC)
    assert audit.released_at == audit.audited_at == datetime(2026, 10, 6, 15, tzinfo=UTC)
    assert audit.week == date(2026, 10, 5)
    assert (audit.score, audit.checks, audit.fails, audit.fatal) == (1.0, 6, 0, False)


def test_long_and_wide_files_say_the_same(session: Any, bring: Bring) -> None:
    said = {**ALL_PASS, "R3": "fail", "R5": "na"}
    bring(long_rows(said) + long_rows(ALL_PASS, audit_ref="A2", employee_no="LUIS"))
    long, long_cells = stored(session), cells(session)
    services.undo(session(), session.query(Import).filter_by(kind="findings").one(), by=None, on=NOW)
    session.commit()
    assert stored(session) == cells(session) == {}
    bring([wide_row(said), wide_row(ALL_PASS, audit_ref="A2", employee_no="LUIS")])
    assert stored(session) == long
    assert cells(session) == long_cells != {}


def test_only_what_is_no_plain_pass_gets_a_row(session: Any, bring: Bring) -> None:
    bring(long_rows({**ALL_PASS, "R3": ("fail", "forgot", "skill"), "R5": "na", "R6": ("pass", "well done", "")}))
    assert results(session) == {
        "R3": ("fail", "skill", "forgot"),
        "R5": ("na", None, None),
        "R6": ("pass", None, "well done"),
    }


def test_a_criterion_that_is_not_mentioned_or_empty_is_na(session: Any, bring: Bring) -> None:
    bring(long_rows({"R1": "pass", "R2": "pass"}))
    bring([wide_row({**ALL_PASS, "R4": "", "R5": ""}, audit_ref="A2")])
    assert set(results(session)) == {"R3", "R4", "R5", "R6"}
    assert {code: said[0] for code, said in results(session, "A2").items()} == {"R4": "na", "R5": "na"}
    assert the_audit(session).checks == 2


def test_the_same_again_changes_nothing(session: Any, bring: Bring) -> None:
    rows = long_rows({**ALL_PASS, "R3": ("fail", "forgot", "skill"), "R6": ("pass", "well done", "")})
    first = bring(rows)
    before, imports = stored(session), session.scalar(select(func.count(Import.id)))
    again = bring(rows)
    assert (first.audits.new, first.findings.new) == (1, 6)
    assert (again.audits.unchanged, again.findings.unchanged, again.audits.corrected) == (1, 6, 0)
    assert again.import_id is None
    assert stored(session) == before
    assert session.scalar(select(func.count(Import.id))) == imports
    assert session.query(Correction).count() == 0


def test_a_known_audit_is_corrected_only_where_the_file_says_otherwise(session: Any, bring: Bring) -> None:
    bring(long_rows({**ALL_PASS, "R2": ("fail", "not asked", "knowledge"), "R3": ("fail", "", "skill"), "R5": "na"}))
    assert the_audit(session).fatal
    summary = bring(long_rows({"R2": ("pass", "was asked", ""), "R3": ("fail", "", ""), "R4": "fail"}))
    assert (summary.audits.corrected, summary.findings.corrected, summary.findings.unchanged) == (1, 2, 1)
    assert results(session) == {
        "R2": ("pass", None, "was asked"),
        "R3": ("fail", "skill", None),
        "R4": ("fail", None, None),
        "R5": ("na", None, None),
    }
    audit = the_audit(session)
    assert (audit.fatal, audit.fails, audit.checks) == (False, 2, 5)
    assert audit.score == pytest.approx(4 / 9)
    kept = session.query(Correction).order_by(Correction.criterion_id).all()
    assert [(c.before, c.after["result"]) for c in kept] == [
        ({"result": "fail", "cause": "knowledge", "comment": "not asked"}, "pass"),
        ({"result": "pass", "cause": None, "comment": None}, "fail"),
    ]
    assert {c.import_id for c in kept} == {summary.import_id}


def test_a_correction_changes_evidence(session: Any, bring: Bring) -> None:
    bring(long_rows(ALL_PASS))
    before = cells(session)
    bring(long_rows({"R2": "fail"}))
    after = cells(session)
    assert before.keys() == after.keys()
    assert sum(f for _n, f in before.values()) == 0
    assert sum(f for _n, f in after.values()) == 1


def test_comments_and_causes_are_corrected_and_an_empty_cell_says_nothing_of_them(session: Any, bring: Bring) -> None:
    bring(long_rows({**ALL_PASS, "R3": ("fail", "forgot", "skill")}))
    assert bring(long_rows({"R3": ("fail", "", "")})).audits.unchanged == 1
    assert bring(long_rows({"R3": ("fail", "forgot the amount", "will")})).findings.corrected == 1
    assert results(session)["R3"] == ("fail", "will", "forgot the amount")


def test_comments_and_causes_of_a_wide_file_belong_to_their_criterion(session: Any, bring: Bring) -> None:
    extra = {"R2:comment": "", "R2:cause": "", "R3:comment": "forgot", "R3:causa": "Habilidad"}
    bring([wide_row({**ALL_PASS, "R3": "fail", **extra})])
    assert results(session) == {"R3": ("fail", "skill", "forgot")}


def test_a_cause_counts_for_fails_only_and_that_is_said(session: Any, bring: Bring) -> None:
    summary = bring(long_rows({**ALL_PASS, "R3": ("pass", "", "skill")}))
    assert [remark.kind.value for remark in summary.remarks] == ["cause_left_out"]
    assert results(session) == {}


@pytest.mark.parametrize("cause", [c for c in Cause if c.value in ("process", "tool", "policy", "customer")])
def test_a_fail_that_is_not_the_agents_is_no_evidence(session: Any, bring: Bring, cause: Cause) -> None:
    bring(long_rows({**ALL_PASS, "R2": ("fail", "", cause.value)}))
    assert sum(c.fails for c in all_cells(session)) == 0


def test_a_date_without_a_time_is_noon_at_the_agents_site(session: Any, bring: Bring, people: Cast) -> None:
    people.lima.time_zone = "America/Mexico_City"
    session.commit()
    bring(
        long_rows(ALL_PASS, contact_at="2026-10-05", audited_at="2026-10-06")
        + long_rows(ALL_PASS, audit_ref="A2", employee_no="SOL", contact_at="2026-10-05", audited_at="2026-10-05 18:30")
    )
    assert the_audit(session).contact_at == datetime(2026, 10, 5, 17, tzinfo=UTC)
    assert the_audit(session, "A2").contact_at == datetime(2026, 10, 5, 18, tzinfo=UTC)
    assert the_audit(session, "A2").audited_at == datetime(2026, 10, 6, 0, 30, tzinfo=UTC)


def test_the_week_is_the_programmes_and_the_team_that_of_the_contacts_day(
    session: Any, bring: Bring, people: Cast
) -> None:
    session.query(Membership).filter_by(user_id=people.ana.id).update({"valid_to": date(2026, 10, 6)})
    session.add(Membership(user_id=people.ana.id, team_id=people.orders.id, valid_from=date(2026, 10, 6)))
    session.commit()
    bring(
        long_rows(ALL_PASS, contact_at="2026-10-06T04:30:00Z")  # the evening of the 5th in Bogotá
        + long_rows(ALL_PASS, audit_ref="A2", contact_at="2026-10-06T05:30:00Z")
        + long_rows(ALL_PASS, audit_ref="A3", contact_at="2024-10-06T05:30:00Z")
    )
    teams = [the_audit(session, reference).team_id for reference in ("A1", "A2", "A3")]
    assert teams == [people.refunds.id, people.orders.id, None]


def test_a_scorecard_without_a_version_is_the_newest_one_valid_on_the_audits_day(
    session: Any, bring: Bring, write: Write
) -> None:
    second = SCORECARD.replace("REFUND,1,", "REFUND,2,").replace("R6,Records", "R7,Records")
    header, *lines = second.strip().splitlines()
    dated = "\n".join([f"{header},valid_from", *(f"{line},2026-10-06" for line in lines)])
    services.import_scorecard(session(), write(dated, "second.csv"), by=None, on=NOW)
    session.commit()
    bring(
        long_rows({"R6": "fail"}, audited_at="2026-10-05T20:00:00Z")
        + long_rows({"R7": "fail"}, audit_ref="A2", audited_at="2026-10-06T20:00:00Z")
    )
    bring([{**row, "version": "1"} for row in long_rows({"R6": "fail"}, audit_ref="A3", audited_at="2026-10-20")])
    labels = [the_audit(session, reference).version.label for reference in ("A1", "A2", "A3")]
    assert labels == ["1", "2", "1"]
    identities = {one.criterion.code: one.criterion.identity_id for one in session.query(Finding)}
    first = the_audit(session).version
    assert {c.identity_id for c in first.criteria if c.code == "R5"} == {
        c.identity_id for c in the_audit(session, "A2").version.criteria if c.code == "R5"
    }
    assert identities["R6"] != identities["R7"]


def test_a_known_audit_stays_on_its_version_when_a_newer_one_comes(session: Any, bring: Bring, write: Write) -> None:
    rows = long_rows({**ALL_PASS, "R6": "fail"})
    bring(rows)
    header, *lines = SCORECARD.replace("REFUND,1,", "REFUND,2,").strip().splitlines()
    dated = "\n".join([f"{header},valid_from", *(f"{line},2026-01-01" for line in lines)])
    services.import_scorecard(session(), write(dated, "second.csv"), by=None, on=NOW)
    session.commit()
    assert bring(rows).audits.unchanged == 1


@pytest.mark.parametrize("purpose", ["reaudit", "calibration"])
def test_blind_audits_never_reach_evidence(session: Any, bring: Bring, purpose: str) -> None:
    bring(long_rows({**ALL_PASS, "R2": "fail"}, purpose=purpose))
    assert cells(session) == {}


def test_a_reaudit_names_the_audit_it_scores_again(session: Any, bring: Bring) -> None:
    bring(long_rows(ALL_PASS))
    again = {"purpose": "reaudit"}
    rows = long_rows(ALL_PASS, audit_ref="B1", **again) + long_rows(ALL_PASS, audit_ref="B2", **again)
    for row in rows:
        row["reaudit_of"] = "A1" if row["audit_ref"] == "B1" else "B1"
    bring(rows)
    assert the_audit(session, "B1").reaudit_of_id == the_audit(session).id
    assert the_audit(session, "B2").reaudit_of_id == the_audit(session, "B1").id


def test_what_comes_late_counts_as_released_when_it_comes(session: Any, bring: Bring, people: Cast) -> None:
    from app.accounts import settings

    settings.put(session, "last_daily", "2026-10-20", by=None, on=NOW)
    bring(
        long_rows(ALL_PASS)
        + long_rows(ALL_PASS, audit_ref="A2", contact_at="2026-10-25", audited_at="2026-10-26T10:00:00Z")
    )
    assert the_audit(session).released_at == NOW
    assert the_audit(session, "A2").released_at == datetime(2026, 10, 26, 10, tzinfo=UTC)


def test_a_dry_run_says_what_would_be_done_and_stores_nothing(session: Any, bring: Bring) -> None:
    summary = bring(long_rows(ALL_PASS), dry_run=True)
    assert summary.audits.new == 1
    assert session.query(Audit).count() == 0


def test_unknown_columns_are_listed(session: Any, bring: Bring) -> None:
    assert bring([{**row, "agent mood": "good"} for row in long_rows(ALL_PASS)]).unknown_columns == ("agent mood",)
    wide = {**wide_row(ALL_PASS, audit_ref="A2"), "R9": "pass", "R1:mood": "x", "comment": "fine"}
    assert set(bring([wide]).unknown_columns) == {"R9", "R1:mood", "comment"}


def test_headers_may_be_spanish_and_the_separator_a_semicolon(session: Any, bring: Bring) -> None:
    header = "Fuente;Auditoría;Agente;Pauta;Fecha de contacto;Fecha de auditoría;Criterio;Resultado;Comentario;Causa"
    bring(f"\ufeff{header}\nqa;A1;ANA;REFUND;2026-10-05;2026-10-06;R1;No cumple;olvidó;Habilidad\n")
    assert results(session)["R1"] == ("fail", "skill", "olvidó")


def test_bad_audits_are_left_out_as_a_whole_when_asked(session: Any, bring: Bring) -> None:
    rows = long_rows({**ALL_PASS, "R2": "maybe"}) + long_rows(ALL_PASS, audit_ref="A2")
    summary = bring(rows, skip_bad_rows=True)
    assert (summary.audits.new, summary.audits.rejected, summary.rows_rejected) == (1, 1, 6)
    assert list(stored(session)) == ["A2"]


def test_another_auditor_of_a_known_audit_is_left_as_stored_and_that_is_said(session: Any, bring: Bring) -> None:
    bring(long_rows(ALL_PASS))
    summary = bring(long_rows(ALL_PASS, auditor_no="TOMÁS", audited_at="2026-10-07"))
    assert {(r.kind.value, r.column) for r in summary.remarks} == {
        ("left_as_stored", "auditor_no"),
        ("left_as_stored", "audited_at"),
    }
    assert summary.audits.unchanged == 1


def test_an_import_says_who_what_and_how_much(session: Any, bring: Bring, people: Cast) -> None:
    number = bring(long_rows(ALL_PASS), by=people.mariana).import_id
    row = session.get(Import, number)
    assert (row.state, row.by_id, row.file_name) == (ImportState.DONE, people.mariana.id, "findings.csv")
    assert row.counts["audits"] == {"new": 1, "unchanged": 0, "corrected": 0, "rejected": 0}
    assert len(row.sha256) == 64


def test_rows_of_an_audit_may_be_apart(session: Any, bring: Bring) -> None:
    one, two = long_rows({**ALL_PASS, "R1": "fail"}), long_rows({**ALL_PASS, "R2": "fail"}, audit_ref="A2")
    bring([row for pair in zip(one, two, strict=True) for row in pair])
    assert set(results(session)) == {"R1"}
    assert set(results(session, "A2")) == {"R2"}


def test_a_workbook_says_what_the_csv_says(session: Any, bring: Bring, tmp_path: Path) -> None:
    import xlsxwriter

    rows = [wide_row({**ALL_PASS, "R3": "fail", "R5": "na"}, audit_ref="4711"), wide_row(ALL_PASS, audit_ref="4712")]
    bring(rows)
    before = stored(session)
    services.undo(session(), session.query(Import).filter_by(kind="findings").one(), by=None, on=NOW)
    session.commit()
    path = tmp_path / "findings.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        page = book.add_worksheet("Audits")
        book.add_worksheet("Notes").write(0, 0, "nothing")
        page.write_row(0, 0, list(rows[0]))
        for line, row in enumerate(rows, start=1):
            for column, (name, value) in enumerate(row.items()):
                if name == "audit_ref":
                    page.write_number(line, column, int(value))
                elif name == "contact_at":
                    page.write_datetime(line, column, datetime.fromisoformat("2026-10-05T10:00:00"))
                else:
                    page.write(line, column, value)
    summary = services.import_findings(session(), path, by=None, on=NOW)
    session.commit()
    assert [remark.kind.value for remark in summary.remarks] == ["only_first_sheet"]
    assert stored(session) == before


def test_a_file_may_hold_several_sources_whose_references_are_alike(session: Any, bring: Bring) -> None:
    summary = bring(long_rows(ALL_PASS) + long_rows({**ALL_PASS, "R1": "fail"}, source="other", employee_no="LUIS"))
    assert summary.audits.new == 2
    assert sorted((a.source, a.reference, a.fails) for a in session.query(Audit)) == [
        ("other", "A1", 1),
        ("qa", "A1", 0),
    ]


def test_thousands_of_rows_are_read_in_blocks(session: Any, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.core.sheets import table

    monkeypatch.setattr(table.Table.blocks, "__defaults__", (7,))
    rows = [row for n in range(30) for row in long_rows({**ALL_PASS, "R3": "fail"}, audit_ref=f"A{n}")]
    summary = bring(sorted(rows, key=lambda row: row["criterion"]))
    assert (summary.audits.new, summary.findings.new) == (30, 180)
    assert {audit.fails for audit in session.query(Audit)} == {1}
    rows[100] = {**rows[100], "channel": "phone"}
    with pytest.raises(services.Rejected) as rejected:
        bring(sorted(rows, key=lambda row: row["criterion"]))
    assert rejected.value.summary.audits.rejected == 1
