"""Scorecards from files: read whole or not at all, frozen once used."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.audits import services
from app.audits.models import Criterion, ErrorClass, Import, Scorecard, ScorecardVersion, Severity
from app.core.problems import BadFile, describe
from app.gaps.services import rebuild
from tests.audits.conftest import ALL_PASS, NOW, SCORECARD, Write, long_rows
from tests.conftest import Cast

HEADER, *LINES = SCORECARD.strip().splitlines()


def take(session: Any, write: Write, text: str) -> services.ScorecardSummary:
    summary = services.import_scorecard(session(), write(text, "scorecard.csv"), by=None, on=NOW)
    session.commit()
    return summary


def refused(session: Any, write: Write, text: str) -> list[str]:
    """What is wrong with a file, in words; that nothing was stored is checked too."""
    before = session.query(Criterion).count(), session.query(ScorecardVersion).count()
    with pytest.raises(BadFile) as error:
        services.import_scorecard(session(), write(text, "scorecard.csv"), by=None, on=NOW)
    session.rollback()
    assert (session.query(Criterion).count(), session.query(ScorecardVersion).count()) == before
    return [describe(problem) for problem in error.value.problems]


def test_a_version_keeps_its_sections_criteria_classes_and_competencies(session: Any, scorecard: None) -> None:
    version = session.query(ScorecardVersion).one()
    assert (version.scorecard.code, version.label, version.valid_from) == ("REFUND", "1", None)
    criteria = {one.code: one for one in version.criteria}
    assert list(criteria) == ["R1", "R2", "R3", "R4", "R5", "R6"]
    assert [one.section.name_es for one in version.criteria] == ["Apertura"] * 2 + ["Solución"] * 2 + ["Cierre"] * 2
    assert {one.code for one in criteria["R4"].competencies} == {"POLICY", "TONE"}
    assert criteria["R6"].competencies == []
    assert (criteria["R2"].severity, criteria["R2"].error_class) == (Severity.FATAL, ErrorClass.COMPLIANCE)
    assert (criteria["R3"].error_class, criteria["R1"].error_class) == (ErrorClass.CUSTOMER, None)
    assert (criteria["R4"].weight, criteria["R4"].critical, criteria["R3"].critical) == (3, False, True)


def test_the_same_again_changes_nothing(session: Any, scorecard: None, write: Write) -> None:
    imports = session.query(Import).count()
    ids = [one.id for one in session.query(Criterion)]
    assert take(session, write, SCORECARD).versions_unchanged == 1
    assert [one.id for one in session.query(Criterion)] == ids
    assert session.query(Import).count() == imports


def test_the_class_of_a_fatal_or_critical_criterion_is_compliance_unless_said(
    session: Any, scorecard: None, write: Write
) -> None:
    take(session, write, f"{HEADER}\nREFUND,2,A,A,R1,x,x,1,fatal,,TONE\nREFUND,2,A,A,R2,x,x,1,critical,,TONE\n")
    second = session.query(ScorecardVersion).filter_by(label="2").one()
    assert {one.error_class for one in second.criteria} == {ErrorClass.COMPLIANCE}
    assert second.valid_from == date(2026, 11, 1)


def test_several_competencies_are_parted_by_a_bar_or_a_semicolon(session: Any, scorecard: None, write: Write) -> None:
    take(session, write, f'{HEADER}\nREFUND,2,A,A,R1,x,x,1,minor,,"TONE; VERIFY"\n')
    second = session.query(ScorecardVersion).filter_by(label="2").one()
    assert {one.code for one in second.criteria[0].competencies} == {"TONE", "VERIFY"}


def test_a_version_nobody_used_may_be_replaced(session: Any, scorecard: None, write: Write) -> None:
    summary = take(session, write, SCORECARD.replace(",3,major,", ",5,major,").replace(LINES[5] + "\n", ""))
    assert summary.versions_changed == 1
    session.expire_all()
    assert [one.weight for one in session.query(ScorecardVersion).one().criteria] == [1, 2, 2, 5, 1]


def test_a_used_version_is_frozen_and_the_rows_that_differ_are_named(session: Any, bring: Any, write: Write) -> None:
    bring(long_rows(ALL_PASS))
    changed = SCORECARD.replace(",3,major,", ",5,major,").replace("POLICY|TONE", "POLICY").replace("Greets", "Welcomes")
    assert [said.split(". ")[0] for said in refused(session, write, changed)] == [
        "Row 2, column “text_en”: “Welcomes the customer” differs from what is stored (Greets the customer), and audits rest on this version",
        "Row 5, column “weight”: “5” differs from what is stored (3), and audits rest on this version",
    ]
    assert telling(session)["R4"] == {"POLICY", "TONE"}, "nothing of a refused file is stored"
    more = SCORECARD + "REFUND,1,Closing,Cierre,R7,New,Nuevo,1,minor,,TONE\n"
    assert "the criterion “R7” is not in this version" in refused(session, write, more)[0]
    assert "lacks criteria it has (R6)" in refused(session, write, SCORECARD.replace(LINES[5] + "\n", ""))[0]
    assert take(session, write, SCORECARD).versions_unchanged == 1
    assert take(session, write, changed.replace("REFUND,1,", "REFUND,2,")).versions_new == 1


def test_what_criteria_of_a_used_version_tell_of_may_change_and_evidence_follows(
    session: Any, bring: Any, write: Write
) -> None:
    bring(long_rows(ALL_PASS))
    other = SCORECARD.replace("POLICY|TONE", "POLICY")
    assert take(session, write, other).versions_changed == 1
    assert telling(session)["R4"] == {"POLICY"}
    assert rebuild(session, check=True) == 0
    assert take(session, write, other).versions_unchanged == 1


def telling(session: Any) -> dict[str, set[str]]:
    return {one.code: {each.code for each in one.competencies} for one in session.query(Criterion)}


def test_the_first_day_of_a_used_version_may_still_be_set(session: Any, bring: Any, write: Write) -> None:
    bring(long_rows(ALL_PASS))
    dated = "\n".join([f"{HEADER},valid_from", *(f"{line},2026-02-01" for line in LINES)])
    assert take(session, write, dated).versions_changed == 1
    assert session.query(ScorecardVersion).one().valid_from == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("REFUND,2,A,A,R1,x,x,heavy,minor,,TONE", "Row 2, column “weight”: “heavy” is not a number."),
        ("REFUND,2,A,A,R1,x,x,-1,minor,,TONE", "Row 2, column “weight”: “-1” is out of range."),
        ("REFUND,2,A,A,R1,x,x,1,awful,,TONE", "Row 2, column “severity”: “awful” is not one of the values allowed."),
        (
            "REFUND,2,A,A,R1,x,x,1,fatal,moon,TONE",
            "Row 2, column “fatal_kind”: “moon” is not one of the values allowed.",
        ),
        ("REFUND,2,A,A,R1,x,x,1,minor,customer,TONE", "Row 2, column “fatal_kind”: only critical and fatal criteria"),
        ("REFUND,2,A,A,R1,x,x,1,minor,,K99", "Row 2, column “competencies”: “K99” is not known here."),
        ("REFUND,2,A,A,,x,x,1,minor,,TONE", "Row 2, column “code”: the cell is empty."),
        ("REFUND,2,A,A,R1,,,1,minor,,TONE", "Row 2, column “text_en”: the cell is empty."),
        (",2,A,A,R1,x,x,1,minor,,TONE", "Row 2, column “scorecard”: the cell is empty."),
        ("REFUND,2,A,A,R1:x,x,x,1,minor,,TONE", "Row 2, column “code”: the code “R1:x” has a colon."),
        ("REFUND,2,A,A,R1,=cmd|x,x,1,minor,,TONE", "Row 2, column “text_en”: “=cmd|x” looks like a formula."),
        ("REFUND,2,A,A,R1,x,x,1,minor,,TONE\nREFUND,2,A,A,R1,y,y,1,minor,,TONE", "Row 3 repeats row 2"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_and_nothing_is_stored(
    session: Any, scorecard: None, write: Write, line: str, says: str
) -> None:
    said = refused(session, write, f"{HEADER}\n{line}\nREFUND,3,A,A,R1,x,x,1,minor,,TONE\n")
    assert any(one.startswith(says) for one in said), said


def test_a_scorecard_belongs_to_the_programme_and_keeps_its_name(
    session: Any, people: Cast, scorecard: None, write: Write
) -> None:
    named = "\n".join([f"{HEADER},name_en,name_es", *(f"{line},Refunds,Reembolsos" for line in LINES)])
    assert take(session, write, named).versions_changed == 1
    assert session.query(Scorecard).one().name.get("es") == "Reembolsos"
    assert take(session, write, SCORECARD).versions_unchanged == 1
