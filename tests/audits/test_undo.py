"""Taking an import back: as if the file had never come, or refused with the reason."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.audits import services
from app.audits.models import Audit, Cause, Correction, Finding, Import, ImportState, Result
from app.audits.services.single import as_words, correct_check, words_now
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.models import AssignmentReason, Competency, Module, ModuleKind, ModuleState
from app.gaps import services as gaps
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from tests.audits.conftest import ALL_PASS, CODES, NOW, long_rows, stored
from tests.conftest import Cast
from tests.evidence import all_cells, as_recounted

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
    with pytest.raises(Refused, match="Only a finished import of findings or DSAT cases can be undone"):
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


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.once)])
def test_evidence_is_a_recount_after_any_order_of_files_corrections_completions_and_undos(
    session: Any, bring: Bring, people: Cast, seed: int
) -> None:
    """Each deed by the road it takes in life; what may not be undone is refused and leaves all as it was."""
    rng, done, brought, monday = random.Random(seed), Counter[str](), list[int](), date(2026, 9, 7)
    teaches = session.scalars(select(Competency).where(Competency.code != "VERIFY")).all()
    module = Module(
        code="M1",
        title_en="Refunds",
        title_es="Reembolsos",
        state=ModuleState.PUBLISHED,
        kind=ModuleKind.ARTICLE,
        minutes=10,
        competencies=teaches,
    )
    session.add(module)
    session.commit()
    kinds = ["file", "correct", "complete", "undo"]
    early, late = [*kinds, *["file"] * 3, *["decide"] * 3], [*kinds]
    rng.shuffle(early)
    rng.shuffle(late)
    fails = dict.fromkeys(("R1", "R3", "R5"), ("fail", "", ""))
    bring(
        long_rows(
            ALL_PASS | fails, audit_ref="A9", contact_at="2026-09-08T15:00:00Z", audited_at="2026-09-09T15:00:00Z"
        )
    )
    for deed in ["file", *early, *late]:
        at = monday + timedelta(days=rng.randrange(14))
        try:
            if deed == "file":
                results = {
                    code: rng.choice(["pass", "pass", "na", ("fail", "", rng.choice(["", "tool"]))]) for code in CODES
                }
                said = {"audit_ref": f"A{rng.randrange(4)}", "employee_no": rng.choice(["ANA", "LUIS"])}
                known = session.scalar(select(Audit).where(Audit.reference == said["audit_ref"]))
                if known is not None:  # the same audit again: corrections
                    said = {**said, "employee_no": known.person.employee_no}
                    at = known.contact_at.date()
                days = {"contact_at": f"{at}T15:00:00Z", "audited_at": f"{at + timedelta(days=1)}T15:00:00Z"}
                rows = long_rows(results, **said, **days)
                brought += [number for number in (bring(rows).import_id,) if number]
            elif deed == "correct":
                finding = rng.choice(
                    session.scalars(
                        select(Finding)
                        .where(Finding.result == Result.FAIL, Finding.cause.is_(None))
                        .order_by(Finding.audit_id, Finding.criterion_id)
                    ).all()
                )
                before = words_now(session, finding.audit_id, finding.criterion_id)
                after = as_words(
                    *rng.choice([(Result.PASS, None), (Result.FAIL, Cause.TOOL), (Result.FAIL, Cause.WILL)])
                )
                audit = session.get(Audit, finding.audit_id)
                correct_check(session, audit, finding.criterion_id, before, after, by=people.ivan, on=NOW)
            elif deed == "complete":
                person = rng.choice([people.ana, people.luis])
                facts = {
                    "reason": AssignmentReason.MANUAL,
                    "by": people.mariana,
                    "assigned_on": at,
                    "due_on": None,
                    "on": NOW,
                }
                given = curriculum.assign(session, person_id=person.id, module_id=module.id, **facts)
                moment = datetime(at.year, at.month, at.day, 15, tzinfo=UTC)
                if given is not None:
                    curriculum.complete(session, given, on=moment, language="es")
            elif deed == "undo":
                services.undo(session(), session.get(Import, brought.pop()), by=None, on=NOW)
            else:
                gaps.decide_week(session(), monday + timedelta(weeks=done["decide"]), on=NOW, replayed=True)
            session.commit()
            done[deed] += 1
        except Refused:
            session.rollback()
    assert len(done) == 5, "all kinds of deeds were done"
    assert as_recounted(session, on=NOW) is not None
