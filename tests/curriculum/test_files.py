"""Competencies, modules and history from files."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notice
from app.core.problems import BadFile, ProblemKind
from app.curriculum import intake, services
from app.curriculum.history import HistoryProblem
from app.curriculum.intake import CurriculumProblem
from app.curriculum.models import Assignment, AssignmentState, Competency, CompetencyTarget, Module, ModuleState
from app.curriculum.targets import EVER
from app.gaps.models import Decision, Remedy
from tests.curriculum.conftest import ON, give

COMPETENCIES = """competency,parent,name_en,name_es,target
K01,K1,Refund policy,Política de reembolso,0.85
K1,,Money,Dinero,0.9
"""
MODULES = """Módulo;Título en inglés;Título en español;Tipo;Minutos;Competencias;Enlace
M01;Refunds;Reembolsos;artículo;20;K01|K1;
M02;Call;Llamada;video;5;K01;https://example.org/call
M03;Only English;;article;5;;
"""


@pytest.fixture
def file(tmp_path):
    def write(text, name="file.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def take(session, path):
    summary = intake.import_file(session, path, by=None, on=ON)
    session.commit()
    return summary


def problems_of(session, path):
    with pytest.raises(BadFile) as caught:
        intake.import_file(session, path, by=None, on=ON)
    session.rollback()
    return {p.kind for p in caught.value.problems}


def test_competencies_come_in_with_their_parents_and_the_same_again_changes_nothing(session, file):
    path = file(COMPETENCIES)
    first = take(session, path)
    assert (first.kind, first.new) == ("competencies", 2)
    refund = session.scalars(select(Competency).where(Competency.code == "K01")).one()
    assert refund.parent.code == "K1"
    again = take(session, path)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)


def test_modules_are_told_by_their_header_in_either_language(session, file):
    take(session, file(COMPETENCIES))
    summary = take(session, file(MODULES))
    assert (summary.kind, summary.new) == ("modules", 3)
    found = {one.code: one for one in session.scalars(select(Module))}
    assert [c.code for c in found["M01"].competencies] == ["K01", "K1"]
    assert found["M02"].state is ModuleState.PUBLISHED
    assert found["M03"].state is ModuleState.DRAFT, "a language is missing"
    again = take(session, file(MODULES))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)


def test_a_changed_module_keeps_what_the_file_does_not_tell(session, module, file):
    take(session, file("module,title_en,title_es,minutes\nM01,Refunds anew,Reembolsos,15\n"))
    session.refresh(module)
    assert (module.title_en, module.minutes, module.body_en) == ("Refunds anew", 15, "# Before\n\nRead **this**.")
    assert [c.code for c in module.competencies] == ["K01"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("competency,name_en,name_es\nK01,A,B\n", ProblemKind.MISSING_COLUMN),
        ("competency,name_en,name_es,target\nK01,A,B,\n", ProblemKind.REQUIRED),
        ("competency,name_en,name_es,target\nK01,A,B,85 %\n", ProblemKind.BAD_NUMBER),
        ("competency,name_en,name_es,target\nK01,A,B,85\n", ProblemKind.OUT_OF_RANGE),
        ("competency,name_en,name_es,target\nK01,=cmd|x,B,0.8\n", ProblemKind.FORMULA),
        ("competency,name_en,name_es,target\nK01,A,B,0.8\nK01,A,B,0.8\n", ProblemKind.DUPLICATE_ROW),
        ("competency,parent,name_en,name_es,target\nK01,K9,A,B,0.8\n", ProblemKind.UNKNOWN_REFERENCE),
        (
            "competency,parent,name_en,name_es,target\nA,B,a,a,0.8\nB,C,b,b,0.8\nC,,c,c,0.8\n",
            CurriculumProblem.TOO_DEEP,
        ),
        ("competency,parent,name_en,name_es,target\nA,A,a,a,0.8\n", CurriculumProblem.TOO_DEEP),
        ("module,title_en,title_es,competencies\nM01,A,B,K9\n", ProblemKind.UNKNOWN_REFERENCE),
        ("module,title_en,title_es,kind\nM01,A,B,film\n", ProblemKind.BAD_VALUE),
        ("module,title_en,title_es,kind,url\nM01,A,B,link,javascript:alert(1)\n", CurriculumProblem.BAD_ADDRESS),
        ("module,title_en,title_es,kind,url\nM01,A,B,video,\n", CurriculumProblem.NEEDS_ADDRESS),
        ("a,b\n1,2\n", ProblemKind.MISSING_COLUMN),
        ("", ProblemKind.EMPTY_FILE),
    ],
)
def test_a_bad_file_is_named_by_row_and_stores_nothing(session, file, text, kind):
    assert kind in problems_of(session, file(text))
    assert session.scalar(select(func.count()).select_from(Competency)) == 0
    assert session.scalar(select(func.count()).select_from(Module)) == 0


def test_another_target_holds_from_its_week_and_never_for_what_was_decided(session, refund, file):
    head = "competency,name_en,name_es,target,target_from\n"
    assert take(session, file(head + "K01,Refunds,Reembolsos,0.9,\n")).changed == 1
    assert refund.target == 0.9, "nothing is decided yet"
    session.add(Decision(week=date(2026, 10, 19), decided_at=ON, pairs=0, opened=0, closed=0, relapsed=0))
    session.commit()
    assert problems_of(session, file(head + "K01,Refunds,Reembolsos,0.8,2026-10-25\n")) == {
        CurriculumProblem.TARGET_REFUSED
    }
    later = file(head + "K01,Other,Otros,0.8,2026-11-05\n")
    assert take(session, later).changed == 1
    assert (refund.target, refund.name_en) == (0.9, "Other")
    again = take(session, later)
    assert (again.changed, again.unchanged) == (0, 1), "the same again changes nothing"
    assert take(session, file(head + "K01,Other,Otros,0.7,\n")).changed == 1
    assert refund.target == 0.7, "the next decision is by it"
    weeks = select(CompetencyTarget.valid_from, CompetencyTarget.target).order_by(CompetencyTarget.valid_from)
    assert session.execute(weeks).all() == [(EVER, 0.9), (date(2026, 10, 26), 0.7), (date(2026, 11, 2), 0.8)]


# --- History ---

HEAD = "employee_no,module,assigned_on,completed_on,score,language\n"


def take_history(session, path):
    summary = services.import_history(session, path, by=None, on=ON)
    session.commit()
    return summary


def test_history_makes_evidence_and_asks_for_nothing(session, people, module, file):
    path = file(
        HEAD + "ANA,M01,2025-11-30,2025-12-15,0.9,es\nLUIS,M01,2025-11-30,,,\nANA,M01,2026-02-01,2026-02-03,,\n"
    )
    summary = take_history(session, path)
    assert (summary.rows, summary.new) == (3, 3)
    assert session.scalars(select(Notice)).all() == []
    days = session.scalars(select(Remedy.day).order_by(Remedy.day)).all()
    assert days == [date(2025, 12, 15), date(2026, 2, 3)]
    luis = session.scalars(select(Assignment).where(Assignment.person_id == people.luis.id)).one()
    assert (luis.state, luis.from_history, luis.due_on) == (AssignmentState.ASSIGNED, True, None)


def test_the_same_history_again_changes_nothing_and_more_of_it_completes(session, people, module, file):
    take_history(session, file(HEAD + "ANA,M01,2025-11-30,,,\n"))
    done = file(HEAD + "ANA,M01,2025-11-30,2025-12-15,,\n")
    assert take_history(session, done).completed == 1
    again = take_history(session, done)
    assert (again.new, again.completed, again.unchanged) == (0, 0, 1)
    assert session.scalar(select(func.count()).select_from(Remedy)) == 1


def test_history_of_what_hilo_assigned_completes_it(session, people, module, file):
    given = give(session, people.ana, module, assigned_on=date(2025, 11, 30))
    take_history(session, file(HEAD + "ANA,M01,2025-11-30,2025-12-15,,\n"))
    session.refresh(given)
    assert given.state is AssignmentState.COMPLETED


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("NOBODY,M01,2025-11-30,,,", ProblemKind.UNKNOWN_REFERENCE),
        ("ANA,M99,2025-11-30,,,", ProblemKind.UNKNOWN_REFERENCE),
        ("ANA,M01,30/11/2025,,,", ProblemKind.BAD_DATE),
        ("ANA,M01,,,,", ProblemKind.REQUIRED),
        ("ANA,M01,2025-11-30,2025-11-29,,", HistoryProblem.BEFORE_ASSIGNED),
        ("ANA,M01,2025-11-30,2025-12-01,85,", ProblemKind.OUT_OF_RANGE),
        ("ANA,M01,2025-11-30,2025-12-01,,fr", ProblemKind.BAD_VALUE),
        ("ANA,M01,2025-11-30,,,\nANA,M01,2025-11-30,,,", ProblemKind.DUPLICATE_ROW),
    ],
)
def test_a_bad_row_of_history_stores_nothing(session, people, module, file, line, kind):
    with pytest.raises(BadFile) as caught:
        take_history(session, file(HEAD + line + "\nLUIS,M01,2025-11-30,,,\n"))
    session.rollback()
    assert kind in {p.kind for p in caught.value.problems}
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_history_does_not_move_a_completion(session, people, module, file):
    take_history(session, file(HEAD + "ANA,M01,2025-11-30,2025-12-15,,\n"))
    with pytest.raises(BadFile) as caught:
        take_history(session, file(HEAD + "ANA,M01,2025-11-30,2025-12-16,,\n"))
    assert caught.value.problems[0].kind is HistoryProblem.COMPLETED_OTHERWISE


# --- Commands ---


def test_the_commands_say_what_they_did(session, app, people, file):
    runner = app.test_cli_runner()
    session.commit()
    answer = runner.invoke(args=["curriculum", "import", str(file(COMPETENCIES)), "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)["new"]) == (0, 2)
    assert runner.invoke(args=["curriculum", "import", str(file(MODULES))]).exit_code == 0
    answer = runner.invoke(args=["curriculum", "import-history", str(file(HEAD + "ANA,M01,2025-11-30,,,\n"))])
    assert "1 rows read: 1 new" in answer.stdout
    bad = runner.invoke(args=["curriculum", "import-history", str(file(HEAD + "ANA,M77,2025-11-30,,,\n"))])
    assert bad.exit_code == 1
    assert "Row 2" in bad.stderr
    assert "M77" in bad.stderr
