"""A month's priorities: the arithmetic by hand, who counts, and that a list agreed upon does not move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.accounts.models import Membership, Unit, User
from app.accounts.queries import subtree
from app.audits.models import Criterion, CriterionCompetency, CriterionIdentity, ScorecardVersion, Section, Severity
from app.core.clock import monday_of
from app.curriculum.models import Module, ModuleCompetency, ModuleKind, ModuleState
from app.gaps.monthly import Entry, Priorities, of_month
from app.gaps.priorities import Certainty
from tests.conftest import Cast, make_user
from tests.evidence import put_cell
from tests.gaps.conftest import Form

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
LAST_OF_JUNE = date(2026, 6, 30)
LATER = date(2026, 11, 22)

Put = Callable[..., None]


@pytest.fixture
def put(session: Any) -> Put:
    """Evidence of one week: `put(people.ana, form.tone, checks=10, fails=4)`; the last week of June unless said."""

    def make(person: User, competency: Any, checks: int, fails: int, day: date = LAST_OF_JUNE) -> None:
        week = monday_of(day)
        put_cell(
            session,
            person_id=person.id,
            competency_id=competency.id,
            week=week,
            n_raw=checks,
            fails=fails,
            standard=float(checks),
        )
        session.commit()

    return make


def listed(session: Any, month: date = JULY, unit: Unit | None = None, today: date = LATER) -> Priorities:
    return of_month(session, month, None if unit is None else subtree(unit.id), today=today)


def by_code(found: Priorities) -> dict[str, Entry]:
    return {entry.code: entry for entry in found.entries}


def estimate(n: float, f: float, line: tuple[float, float], site: tuple[float, float]) -> float:
    """The fail rate believed of a pair, from its checks and fails and those of its line of business and site, by hand:
    an agent with no other competency, so nothing to compare with."""
    common = (line[1] + 0.5) / (line[0] + 5)
    mean = (site[1] + 150 * common) / (site[0] + 150)
    return (f + 16 * mean) / (n + 16)


def test_the_arithmetic_by_hand(session: Any, people: Cast, form: Form, put: Put) -> None:
    people.ana.weekly_contacts, people.luis.weekly_contacts, people.sol.weekly_contacts = 100, 60, 80
    put(people.ana, form.tone, checks=10, fails=6)
    put(people.luis, form.tone, checks=10, fails=0)
    put(people.sol, form.tone, checks=20, fails=6)
    found = listed(session)
    assert (found.month, found.evidence_until, found.volumes) == (JULY, LAST_OF_JUNE, True)
    line, bogota, lima = (40, 12), (20, 6), (20, 6)
    ana, luis = estimate(10, 6, line, bogota), estimate(10, 0, line, bogota)
    sol = estimate(20, 6, line, lima)
    assert luis > 0.15, "by his colleagues' rate more is expected of him than what he has shown"
    weekly = 100 * (ana - 0.15) + 60 * (luis - 0.15) + 80 * (sol - 0.15)
    (entry,) = found.entries
    assert (entry.rank, entry.code, entry.agents, entry.evidence) == (1, "K1", 3, 3)
    assert entry.errors == pytest.approx(4 * weekly)
    assert entry.excess == pytest.approx(weekly / 240)
    assert entry.contacts == pytest.approx(4 * 240 / 3)
    assert entry.agents * entry.contacts * entry.excess == pytest.approx(entry.errors)
    assert (entry.impact, entry.effect) == (1.0, 0.5)
    assert entry.score == pytest.approx(2 * weekly)
    assert entry.share == 1.0
    assert entry.target == 0.85


def test_a_fatal_criterion_weighs_three_times(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    put(people.sol, form.identity, checks=20, fails=10)
    found = by_code(listed(session))
    assert found["K2"].impact == 3.0
    assert found["K2"].score == pytest.approx(3 * found["K2"].errors * found["K2"].effect)
    assert [entry.rank for entry in listed(session).entries] == [1, 2]
    assert list(found) == ["K2", "K1"]
    assert sum(entry.share for entry in found.values()) == pytest.approx(1)


def test_a_later_version_of_the_scorecard_does_not_move_the_list(
    session: Any, people: Cast, form: Form, put: Put
) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    before = listed(session)
    version = ScorecardVersion(
        scorecard_id=form.version.scorecard_id, label="2", valid_from=AUGUST, imported_at=datetime.now(UTC)
    )
    session.add(version)
    session.flush()
    section = Section(version_id=version.id, position=1, name_en="All", name_es="Todo")
    identity = CriterionIdentity(scorecard_id=version.scorecard_id, code="C9")
    session.add_all([section, identity])
    session.flush()
    criterion = Criterion(
        version_id=version.id, identity_id=identity.id, section_id=section.id, code="C9", position=1, text_en="x",
        text_es="y", weight=1.0, severity=Severity.FATAL,
    )  # fmt: skip
    session.add(criterion)
    session.flush()
    session.add(CriterionCompetency(criterion_id=criterion.id, competency_id=form.tone.id))
    session.commit()
    assert listed(session) == before
    assert by_code(listed(session, date(2026, 9, 1)))["K1"].impact == 3.0


def test_without_contact_volumes_everybody_counts_as_one_contact_a_week(
    session: Any, people: Cast, form: Form, put: Put
) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    found = listed(session)
    assert not found.volumes
    assert found.entries[0].contacts == pytest.approx(4)


def test_who_has_no_contact_volume_counts_as_the_mean_of_the_others(
    session: Any, people: Cast, form: Form, put: Put
) -> None:
    people.ana.weekly_contacts, people.luis.weekly_contacts = 100, 50
    for person in (people.ana, people.luis, people.sol):
        put(person, form.tone, checks=20, fails=10)
    assert listed(session).entries[0].contacts == pytest.approx(4 * 75)


def test_only_who_is_in_the_unit_counts(session: Any, people: Cast, form: Form, put: Put) -> None:
    for person in (people.ana, people.luis):
        put(person, form.tone, checks=20, fails=10)
    put(people.sol, form.identity, checks=20, fails=10)
    assert set(by_code(listed(session))) == {"K1", "K2"}
    norte, sur = listed(session, unit=people.norte), listed(session, unit=people.sur)
    assert {e.code: (e.agents, e.audience) for e in norte.entries} == {"K1": (2, {"CO · en": 2})}
    assert {e.code: (e.agents, e.audience) for e in sur.entries} == {"K2": (1, {"PE · en": 1})}


def test_a_past_month_stays_with_the_team_of_that_time(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    before = listed(session, unit=people.norte)
    assert before.entries
    membership = session.query(Membership).filter_by(user_id=people.ana.id).one()
    membership.valid_to = AUGUST
    session.add(Membership(user_id=people.ana.id, team_id=people.orders.id, valid_from=AUGUST))
    people.ana.left_on = date(2026, 10, 1)
    session.commit()
    assert listed(session, unit=people.norte) == before
    assert listed(session, unit=people.sur).entries == []
    assert [e.code for e in listed(session, date(2026, 9, 1), unit=people.sur).entries] == ["K1"]


def test_who_had_left_when_the_month_began_is_not_taught(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    people.ana.left_on = date(2026, 6, 20)
    session.commit()
    assert listed(session).entries == []


def test_evidence_older_than_thirteen_weeks_is_none(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10, day=LAST_OF_JUNE - timedelta(weeks=13))
    assert listed(session).entries == []
    assert [e.code for e in listed(session, JUNE).entries] == ["K1"]


def test_what_comes_after_the_month_began_does_not_count(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    before = listed(session)
    put(people.ana, form.tone, checks=20, fails=20, day=date(2026, 7, 8))
    assert listed(session) == before
    assert listed(session, AUGUST).entries[0].score > before.entries[0].score


def test_a_month_to_come_rests_on_today(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    found = listed(session, AUGUST, today=date(2026, 7, 9))
    assert found.evidence_until == date(2026, 7, 9)


def test_the_trend_compares_with_the_month_before(session: Any, people: Cast, form: Form, put: Put) -> None:
    put(people.ana, form.tone, checks=20, fails=10, day=date(2026, 5, 29))
    put(people.ana, form.tone, checks=40, fails=10)
    earlier, now = listed(session, JUNE).entries[0], listed(session).entries[0]
    assert earlier.trend is None
    assert now.trend == pytest.approx(now.score / earlier.score - 1)


def test_the_module_is_a_published_one_that_teaches_little_else(
    session: Any, people: Cast, form: Form, put: Put
) -> None:
    put(people.ana, form.tone, checks=20, fails=10)
    assert listed(session).entries[0].module is None
    broad = Module(code="M1", title_en="All", title_es="Todo", kind=ModuleKind.VIDEO, minutes=30)
    narrow = Module(code="M2", title_en="Tone", title_es="Tono", kind=ModuleKind.VIDEO, minutes=10)
    draft = Module(
        code="M0", title_en="New", title_es="", kind=ModuleKind.VIDEO, minutes=10, state=ModuleState.DRAFT
    )  # fmt: skip
    session.add_all([broad, narrow, draft])
    session.flush()
    taught = [(broad, form.tone), (broad, form.identity), (narrow, form.tone), (draft, form.tone)]
    session.add_all(ModuleCompetency(module_id=m.id, competency_id=c.id) for m, c in taught)
    session.commit()
    entry = listed(session).entries[0]
    assert (entry.module, entry.module_id) == ("M2", narrow.id)
    assert entry.module_title is not None
    assert entry.module_title.es == "Tono"


def test_the_draws_are_the_same_each_time(session: Any, people: Cast, form: Form, put: Put) -> None:
    draw_from = [(people.ana, form.tone, 12, 2), (people.luis, form.tone, 12, 3), (people.sol, form.identity, 9, 2)]
    for person, competency, checks, fails in draw_from:
        put(person, competency, checks, fails)
    first = listed(session)
    session.expire_all()
    assert listed(session) == first
    assert first.entries[0].certainty in (Certainty.CERTAIN, Certainty.CONTESTED)


@pytest.mark.once
def test_it_asks_as_much_of_the_database_for_many_as_for_few(
    session: Any, people: Cast, form: Form, count_queries: Callable[..., int]
) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            person = make_user(session, f"P{number} Uno", team=people.refunds, employee_no=f"E{number}")
            put_cell(
                session,
                person_id=person.id,
                competency_id=form.tone.id,
                week=monday_of(LAST_OF_JUNE),
                n_raw=9,
                fails=3,
                standard=9,
            )
        session.commit()

    add(0, 25)
    few = count_queries(lambda: listed(session))
    add(25, 200)
    assert listed(session).entries[0].agents == 200
    assert count_queries(lambda: listed(session)) <= few
