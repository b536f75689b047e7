"""Taking an import back: as if the file had never come, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.audits import services
from app.audits.models import Audit, Correction, Finding, Import, ImportState
from app.core.errors import Refused
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from tests.audits.conftest import ALL_PASS, NOW, long_rows, stored
from tests.conftest import Cast
from tests.evidence import all_cells

Bring = Callable[..., services.Summary]


def undo(session: Any, number: int | None) -> None:
    services.undo(session(), session.get(Import, number), by=None, on=NOW)
    session.commit()


def cells(session: Any) -> list[tuple[Any, ...]]:
    session.expire_all()
    return [c._replace(standard=round(c.standard, 9)) for c in all_cells(session)]


def test_an_undo_takes_audits_and_evidence_back(session: Any, bring: Bring) -> None:
    bring(long_rows(ALL_PASS))
    before, evidence = stored(session), cells(session)
    number = bring(long_rows({**ALL_PASS, "R2": "fail"}, audit_ref="A2")).import_id
    undo(session, number)
    assert stored(session) == before
    assert cells(session) == evidence
    assert session.get(Import, number).state is ImportState.UNDONE


def test_an_undo_restores_what_was_corrected(session: Any, bring: Bring) -> None:
    bring(long_rows({**ALL_PASS, "R2": ("fail", "not asked", "knowledge"), "R5": "na"}))
    before, evidence = stored(session), cells(session)
    number = bring(long_rows({"R2": "pass", "R5": ("fail", "x", "will"), "R6": "fail"})).import_id
    assert stored(session) != before
    undo(session, number)
    assert stored(session) == before
    assert cells(session) == evidence
    assert session.query(Correction).count() == 0


def test_the_same_file_may_come_again_after_an_undo(session: Any, bring: Bring) -> None:
    first = bring(long_rows(ALL_PASS))
    before = stored(session)
    undo(session, first.import_id)
    assert stored(session) == {}
    assert session.query(Finding).count() == 0
    assert bring(long_rows(ALL_PASS)).audits.new == 1
    assert stored(session) == before


def test_an_import_is_undone_once(session: Any, bring: Bring) -> None:
    number = bring(long_rows(ALL_PASS)).import_id
    undo(session, number)
    with pytest.raises(Refused, match="Only an import of findings or of DSAT cases that is done can be undone"):
        undo(session, number)


def test_a_scorecard_is_not_undone(session: Any, scorecard: None) -> None:
    with pytest.raises(Refused):
        undo(session, session.query(Import).one().id)


def test_later_corrections_and_reaudits_stand_in_the_way_and_are_named(session: Any, bring: Bring) -> None:
    first = bring(long_rows(ALL_PASS)).import_id
    second = bring(long_rows({"R1": "fail"})).import_id
    third = bring(
        [{**row, "reaudit_of": "A1"} for row in long_rows(ALL_PASS, audit_ref="B1", purpose="reaudit")]
    ).import_id
    fourth = bring(long_rows({"R1": "na"})).import_id
    for number, others in ((first, (second, third, fourth)), (second, (fourth,))):
        with pytest.raises(Refused) as refusal:
            undo(session, number)
        session.rollback()
        assert str(refusal.value).endswith("Undo them first: " + ", ".join(str(other) for other in others) + ".")
    for number in (fourth, third, second, first):
        undo(session, number)
    assert stored(session) == {}


def test_what_was_decided_as_weeks_went_by_holds_the_findings(session: Any, bring: Bring, people: Cast) -> None:
    number = bring(long_rows(ALL_PASS)).import_id
    cell = all_cells(session)[0]
    gap = Gap(person_id=people.ana.id, competency_id=cell.competency_id)
    session.add(gap)
    session.flush()
    move = Transition(
        gap_id=gap.id, week=cell.week + timedelta(weeks=1), from_state=GapState.NONE, to_state=GapState.WATCH, probability=0.7,
        n=1, f=1, checks13=4, fails13=2, since=4,
    )  # fmt: skip
    session.add(move)
    session.commit()
    with pytest.raises(Refused, match="1 decision on a gap rests on these findings"):
        undo(session, number)
    session.rollback()
    move.replayed = True
    session.commit()
    undo(session, number)
    assert session.query(Audit).count() == 0


def test_decisions_before_the_findings_do_not_hold_them(session: Any, bring: Bring, people: Cast) -> None:
    number = bring(long_rows(ALL_PASS)).import_id
    gap = Gap(person_id=people.ana.id, competency_id=all_cells(session)[0].competency_id)
    session.add(gap)
    session.flush()
    session.add(
        Transition(
            gap_id=gap.id,
            week=date(2026, 9, 28),
            from_state=GapState.NONE,
            to_state=GapState.WATCH,
            probability=0.7,
            n=1,
            f=1,
            checks13=4,
            fails13=2,
            since=4,
        )
    )
    session.commit()
    undo(session, number)
    assert session.query(Audit).count() == 0


def test_a_session_owed_for_an_audit_holds_it(session: Any, bring: Bring, people: Cast) -> None:
    from app.coaching.models import Obligation
    from app.coaching.rules import ObligationKind

    number = bring(long_rows({**ALL_PASS, "R2": "fail"})).import_id
    audit = session.query(Audit).one()
    session.add(
        Obligation(
            person_id=people.ana.id,
            team_id=people.refunds.id,
            kind=ObligationKind.FATAL,
            trigger_key=f"audit:{audit.id}",
            opened_at=NOW,
            due_at=NOW,
            due_month=date(2026, 11, 1),
            audit_id=audit.id,
        )
    )
    session.commit()
    with pytest.raises(Refused, match="1 record of what was done about these audits rests on them"):
        undo(session, number)
    session.rollback()
    assert session.query(Audit).count() == 1
