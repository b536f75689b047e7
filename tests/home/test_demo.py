"""The demo programme: whole, consistent, the same each time, and something on everybody's first screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import and_, func, or_, select

from app import create_app
from app.accounts.models import Activity, Grant, Membership, Notice, Unit, UnitKind, User
from app.accounts.permissions import Role
from app.accounts.services.credentials import signed_in_by
from app.audits.models import Audit, Finding, Result
from app.coaching import services as coaching
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import CommitmentState, ObligationState, SessionKind, SessionState, met_as
from app.core.clock import end_of, start_of
from app.core.database import db
from app.curriculum import services as curriculum
from app.curriculum.models import (
    OPEN_STATES,
    Assignment,
    AssignmentReason,
    AssignmentState,
    Competency,
    Module,
    ModuleKind,
    ModuleState,
)
from app.curriculum.quizzes.models import Quiz
from app.gaps import board
from app.gaps import services as gaps
from app.gaps.models import Decision, Gap, Remedy, Transition
from app.gaps.rules import ACTIVE, GapState
from app.home.demo import content, programme, sign_ins
from app.home.demo.cast import ANA
from app.metrics.models import MetricValue, Target
from app.remedies.models import Firing, RemedyRule
from tests import conftest
from tests.conftest import Cast
from tests.home.dump import dump
from tests.home.numbering import START, begin_higher, lowest_number

LAST = date(2026, 11, 21)
AGENTS, MONTHS, SEED = 36, 2, 3
MET = (ObligationState.MET, ObligationState.MET_LATE)


@contextmanager
def empty_database(like: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of the same kind as another."""
    if like.startswith("sqlite"):
        folder.mkdir(exist_ok=True)
        yield f"sqlite:///{folder / 'demo.sqlite'}"
        return
    from tests import postgres

    with postgres.empty_database(like) as url:
        yield url


@pytest.fixture(scope="module")
def demo_database(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database for all tests of this file."""
    with empty_database(database_url, tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="module")
def demo_app(demo_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with a small demo programme, which tests leave as it is."""
    app = create_app(conftest.settings(demo_database, tmp_path_factory.mktemp("demo-data")))
    with app.app_context():
        build()
    yield app
    with app.app_context():
        db.engine.dispose()


def build(agents: int = AGENTS, months: int = MONTHS) -> programme.Built:
    """Build a demo programme in the database of the present application."""
    db.create_all()
    built = programme.build(db.session(), agents=agents, months=months, seed=SEED, last=LAST)
    db.session.commit()
    return built


@pytest.fixture
def demo(demo_app: Flask) -> Iterator[Any]:
    """A session in the demo programme; what a test changes is taken back."""
    with demo_app.app_context():
        yield db.session
        db.session.rollback()
        db.session.remove()


def count(session: Any, *conditions: Any) -> int:
    return session.scalar(select(func.count()).where(*conditions))


def person(session: Any, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


# --- The same each time ---


def test_it_needs_a_database_without_people(session: Any, people: Cast, app: Flask) -> None:
    session.remove()
    said = app.test_cli_runner().invoke(args=["demo", "--agents", "12", "--months", "1"])
    assert said.exit_code == 1
    assert said.output == "Error: There are people in this database already. The demo programme needs an empty one.\n"
    kept = app.test_cli_runner().invoke(args=["demo", "--if-empty"])
    assert kept.exit_code == 0
    assert "hilo.example" not in kept.output


@pytest.mark.once
def test_the_command_builds_and_prints_who_can_sign_in(session: Any, app: Flask) -> None:
    session.remove()
    arguments = ["demo", "--agents", "12", "--months", "1", "--as-of", LAST.isoformat(), "--json"]
    said = app.test_cli_runner().invoke(args=arguments)
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    assert answer["last"] == LAST.isoformat()
    assert answer["audits"] > 0
    assert [one["role"] for one in answer["sign_ins"]] == [role.value for role in sign_ins.PEOPLE]
    again = app.test_cli_runner().invoke(args=["demo", "--if-empty"])
    assert again.exit_code == 0
    assert again.output.count(sign_ins.PASSWORD) == len(Role)


@pytest.mark.once
def test_the_same_seed_and_day_give_the_same_programme(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the numbers of rows do not begin at one: nothing may be drawn by them."""
    built, lowest = [], []
    for begin in (db.create_all, lambda: begin_higher(monkeypatch)):
        with (
            empty_database(database_url, tmp_path / str(len(built))) as address,
            create_app(conftest.settings(address, tmp_path)).app_context(),
        ):
            begin()
            build(agents=12, months=1)
            built.append(dump(db.engine))
            lowest.append(lowest_number(db.session()))
            db.session.remove()
            db.engine.dispose()

    assert lowest[0] == 1
    assert lowest[1] > START
    assert built[0] == built[1]


@pytest.mark.parametrize("wrong", [["--agents", "3"], ["--months", "0"], ["--seed", "x"], ["--as-of", "1"]])
def test_what_cannot_be_built_is_a_mistake_of_usage(app: Flask, wrong: list[str]) -> None:
    said = app.test_cli_runner().invoke(args=["demo", *wrong])
    assert said.exit_code == 2


# --- Everybody's first screen ---


def test_one_person_of_each_role_can_sign_in(demo: Any) -> None:
    told = sign_ins.sign_ins(demo)
    assert {one.role for one in told} == set(Role)
    for one in told:
        user = signed_in_by(demo, one.email, one.password, on=start_of(LAST, "UTC"))
        assert user is not None
        assert user.name == one.name
        role = Role(one.role)
        held = set(demo.scalars(select(Grant.role).where(Grant.user_id == user.id)))
        assert role in held or (role is Role.AGENT and not held)
    assert count(demo, User.password_hash.is_not(None)) == len(told)
    assert count(demo, ~User.is_demo) == 0


def test_the_lead_of_the_story_owes_a_session_that_is_overdue(demo: Any) -> None:
    paola = person(demo, "Paola Restrepo")
    mine = and_(Obligation.lead_id == paola.id, Obligation.state == ObligationState.OPEN)
    assert count(demo, mine, Obligation.due_at < end_of(LAST, "UTC")) >= 1
    assert count(demo, mine, Obligation.due_at >= end_of(LAST, "UTC")) >= 1
    assert count(demo, Notice.person_id == paola.id, Notice.read_at.is_(None)) >= 1


def test_the_agent_of_the_story_has_something_to_learn_to_confirm_and_to_do(demo: Any) -> None:
    ana = person(demo, ANA)
    assert count(demo, Assignment.person_id == ana.id, Assignment.state.in_(OPEN_STATES)) >= 1
    assert count(demo, SessionRecord.person_id == ana.id, SessionRecord.acknowledged_at.is_(None)) == 1
    assert count(demo, Audit.person_id == ana.id, Audit.fatal) >= 1
    assert (board.load(demo(), [ana.id]).checks13 > 0).sum() >= 10


def test_there_is_something_of_everything(demo: Any) -> None:
    states = set(demo.scalars(select(Gap.state)))
    assert states >= {GapState.NONE, GapState.WATCH, GapState.CLOSED}
    assert states & ACTIVE
    assert set(demo.scalars(select(Obligation.state))) >= {ObligationState.OPEN, *MET}
    assert set(demo.scalars(select(Commitment.state))) == set(CommitmentState)
    assert set(demo.scalars(select(CoachingSession.state))) >= {SessionState.HELD}
    assert set(demo.scalars(select(Assignment.state))) >= {AssignmentState.ASSIGNED, AssignmentState.COMPLETED}
    assert set(demo.scalars(select(Assignment.reason))) >= {AssignmentReason.GAP}
    kinds = [(UnitKind.PROGRAMME, 1), (UnitKind.PARTNER, 3), (UnitKind.SITE, 4), (UnitKind.TEAM, 12)]
    assert all(count(demo, Unit.kind == kind) == wanted for kind, wanted in kinds)
    assert set(demo.scalars(select(Unit.market).distinct())) == {None, "MX", "CO", "ES"}
    shown = set(demo.scalars(select(Module.kind).where(Module.state == ModuleState.PUBLISHED)))
    assert shown >= {ModuleKind.ARTICLE, ModuleKind.LIVE, ModuleKind.PRACTICE, ModuleKind.VIDEO, ModuleKind.PACKAGE}
    assert count(demo, MetricValue.id > 0) > 0
    assert count(demo, Target.id > 0) == 4
    assert count(demo, RemedyRule.id > 0) == len(content.rules())


def test_most_is_done_in_time_and_one_team_is_off(demo: Any) -> None:
    settled = and_(
        Obligation.due_month < LAST.replace(day=1),
        Obligation.state.not_in((ObligationState.WAIVED, ObligationState.VOID)),
    )
    due = dict(demo.execute(select(Obligation.team_id, func.count()).where(settled).group_by(Obligation.team_id)).all())
    met = dict(
        demo.execute(
            select(Obligation.team_id, func.count())
            .where(settled, Obligation.state == ObligationState.MET)
            .group_by(Obligation.team_id)
        ).all()
    )
    assert 0.8 <= sum(met.values()) / sum(due.values()) <= 0.97
    weakest = min(due, key=lambda team: met.get(team, 0) / due[team])
    assert demo.get_one(Unit, weakest).path.endswith("Refunds · Tijuana A")


# --- Consistent ---


def test_evidence_equals_a_recount(demo: Any) -> None:
    assert gaps.rebuild(demo, check=True) == 0


def test_every_week_was_decided_in_its_course(demo: Any) -> None:
    weeks = demo.scalars(select(Decision.week).order_by(Decision.week)).all()
    assert weeks == [weeks[0] + timedelta(weeks=n) for n in range(len(weeks))]
    assert weeks[-1] + timedelta(days=6) <= LAST < weeks[-1] + timedelta(days=13)
    assert not any(demo.scalars(select(Decision.replayed)))


def test_nothing_lies_in_the_future(demo: Any) -> None:
    end = end_of(LAST, "UTC")
    for column in (
        Audit.released_at, CoachingSession.held_at, CoachingSession.logged_at, SessionRecord.acknowledged_at,
        Commitment.settled_at, Assignment.completed_at, Notice.created_at, Activity.at, Firing.at, Decision.decided_at,
    ):  # fmt: skip
        assert demo.scalar(select(func.max(column))) <= end, column


def test_obligations_are_met_by_sessions_with_that_agent_held_after_they_arose(demo: Any) -> None:
    rows = demo.execute(
        select(Obligation, CoachingSession)
        .join(CoachingSession, CoachingSession.id == Obligation.session_id)
        .join(
            SessionRecord,
            and_(SessionRecord.session_id == CoachingSession.id, SessionRecord.person_id == Obligation.person_id),
        )
    ).all()
    assert len(rows) == count(demo, Obligation.state.in_(MET))
    for obligation, held in rows:
        assert held.state is SessionState.HELD
        assert obligation.opened_at <= held.held_at == obligation.closed_at
        assert obligation.state is met_as(held.held_at, obligation.due_at)


def test_old_months_are_closed_and_this_one_is_not(demo: Any) -> None:
    still_open = set(demo.scalars(select(Obligation.due_month).where(Obligation.state == ObligationState.OPEN)))
    assert min(still_open) >= LAST.replace(day=1)
    missed = set(demo.scalars(select(Obligation.due_month).where(Obligation.state == ObligationState.MISSED)))
    assert missed <= {month for month in missed if month < LAST.replace(day=1)}


def test_what_was_completed_and_talked_about_counts_as_remedy(demo: Any) -> None:
    sources = set(demo.scalars(select(Remedy.key)))
    topics = demo.execute(
        select(SessionTopic.session_id, SessionTopic.competency_id, SessionRecord.person_id).join(
            SessionRecord, SessionRecord.session_id == SessionTopic.session_id
        )
    ).all()
    assert {f"session:{held}:{competency}:{who}" for held, competency, who in topics} <= sources
    done = demo.scalars(select(Assignment).where(Assignment.state == AssignmentState.COMPLETED)).all()
    for one in done:
        assert one.completed_on >= one.assigned_on
        assert {f"assignment:{one.id}:{c.id}" for c in one.module.competencies} <= sources


def test_audits_are_of_people_who_were_there(demo: Any) -> None:
    strangers = (
        select(func.count())
        .select_from(Audit)
        .join(User, User.id == Audit.person_id)
        .outerjoin(
            Membership,
            and_(
                Membership.user_id == Audit.person_id,
                Membership.team_id == Audit.team_id,
            ),
        )
        .where(or_(Membership.id.is_(None), Audit.audited_at < Audit.contact_at))
    )
    assert demo.scalar(strangers) == 0


def test_scores_follow_from_the_findings(demo: Any) -> None:
    fails = dict(
        demo.execute(
            select(Finding.audit_id, func.count()).where(Finding.result == Result.FAIL).group_by(Finding.audit_id)
        ).all()
    )
    for audit in demo.scalars(select(Audit)):
        assert audit.fails == fails.get(audit.id, 0)
        assert (audit.score == 0) if audit.fatal else (audit.score is None or audit.fails == 0 or audit.score < 1)


def test_texts_are_in_the_language_of_the_site(demo: Any) -> None:
    spanish = {comment.text.es for misses in content.misses().values() for comment in misses.comments}
    english = {comment.text.en for misses in content.misses().values() for comment in misses.comments}
    for language, written in (("es", spanish), ("en", english)):
        texts = demo.scalars(
            select(Finding.comment)
            .join(Audit, Audit.id == Finding.audit_id)
            .where(Audit.language == language, Finding.comment.is_not(None))
        ).all()
        assert texts
        assert set(texts) <= written


# --- Written in bulk as the deeds write one ---


def test_a_session_of_the_demo_looks_like_one_that_was_logged(demo: Any) -> None:
    lead = person(demo, "Paola Restrepo")
    agent = person(demo, "Luis Ángel Mora")
    topic = demo.scalars(select(Competency).where(Competency.parent_id.is_not(None))).first()
    on = end_of(LAST, "UTC")
    said = coaching.Said(agent.id, "Goal: …", "", [("Promise", agent.id, LAST)])
    logged = coaching.log_session(
        demo, by=lead, kind=SessionKind.ONE_TO_ONE, held_at=on, records=[said], topics=[topic.id], on=on
    )
    demo.flush()
    theirs = demo.scalars(
        select(CoachingSession)
        .join(SessionTopic, SessionTopic.session_id == CoachingSession.id)
        .where(CoachingSession.id != logged.id, CoachingSession.state == SessionState.HELD)
        .join(SessionRecord, SessionRecord.session_id == CoachingSession.id)
        .where(SessionRecord.commitments.any(), SessionRecord.acknowledged_at.is_(None))
    ).first()
    assert theirs is not None
    assert filled(theirs) == filled(logged)
    assert filled(theirs.records[0]) == filled(logged.records[0])
    open_ones = [r.commitments[0] for r in (theirs.records[0], logged.records[0])]
    assert {**filled(open_ones[0]), "settled_at": False} == filled(open_ones[1])
    for table, here in (
        (Activity, Activity.subject_kind == "coaching_session"),
        (Notice, Notice.kind == "session.held"),
    ):
        rows = [one_about(demo, table, here, number) for number in (theirs.id, logged.id)]
        assert filled(rows[0], {"read_at"}) == filled(rows[1], {"read_at"})
        assert rows[0].detail.keys() == rows[1].detail.keys()


def test_a_completion_of_the_demo_looks_like_one_by_the_deed(demo: Any) -> None:
    theirs = demo.scalars(
        select(Assignment).where(
            Assignment.state == AssignmentState.COMPLETED,
            Assignment.reason == AssignmentReason.GAP,
            Assignment.rating.is_(None),  # a deed of its own, afterwards
            Assignment.module_id.not_in(select(Quiz.module_id)),
        )
    ).first()
    without_quiz = Module.id.not_in(select(Quiz.module_id))
    others = select(Module).where(Module.id != theirs.module_id, Module.kind == ModuleKind.ARTICLE, without_quiz)
    module = demo.scalars(others).first()
    one = curriculum.assign(
        demo, person_id=theirs.person_id, module_id=module.id, reason=AssignmentReason.GAP, by=None, assigned_on=LAST,
        due_on=LAST, on=end_of(LAST, "UTC"), gap_id=theirs.gap_id, transition_id=theirs.transition_id,
    )  # fmt: skip
    curriculum.complete(demo, one, on=end_of(LAST, "UTC"), language="es")
    demo.flush()
    assert filled(theirs) == filled(one)
    done = select(Activity).where(Activity.verb == "module.completed")
    rows = [demo.scalars(done.where(Activity.subject_id == number)).one() for number in (theirs.id, one.id)]
    assert filled(rows[0]) == filled(rows[1])


def filled(row: Any, but: set[str] | None = None) -> dict[str, bool]:
    """Which columns of a row hold something."""
    return {c.name: getattr(row, c.name) is not None for c in row.__table__.c if c.name not in (but or set())}


def one_about(session: Any, table: Any, here: Any, number: int) -> Any:
    """The line or notice about the logging of a session."""
    mine = (
        and_(Activity.subject_id == number, Activity.verb == "session.logged")
        if table is Activity
        else Notice.path == f"/coaching/sessions/{number}"
    )
    return session.scalars(select(table).where(here, mine)).first()


def test_gaps_opened_are_acted_on(demo: Any) -> None:
    opened = demo.scalars(
        select(Transition.id).where(Transition.to_state.in_((GapState.OPEN, GapState.RELAPSED)))
    ).all()
    keys = set(demo.scalars(select(Firing.cause_key).where(Firing.cause_key.startswith("transition:"))))
    assert opened
    assert keys == {f"transition:{number}" for number in opened}
