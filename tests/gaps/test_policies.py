"""Gap policies: the narrowest decides from its week on, the past stays, and a trial writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Activity, User
from app.accounts.permissions import Role
from app.core.errors import Refused
from app.gaps import policies, services, standing
from app.gaps.models import Gap, GapPolicy, Transition
from app.gaps.policies import services as deeds
from app.gaps.policies import trial
from app.gaps.policies.services import Scope
from app.gaps.rules import DEFAULT_POLICY, POLICY_TERMS, GapState, Policy
from tests.conftest import Cast, make_user
from tests.gaps.conftest import NOW, AuditMaker, Form, week
from tests.gaps.test_decisions import clean, failing, states, tell_all
from tests.languages import left_in_english

Sign = Callable[..., FlaskClient]
STRICT = Policy(open_checks=60)
"""Nothing here has so many checks."""


@pytest.fixture
def world(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    """Ana (of a market, CO) and Sol (of another, PE) fail for three weeks and then do well; nothing is decided."""
    for person in (people.ana, people.sol):
        failing(audit, person, 0, 3)
        clean(audit, person, 3, 5)
    people.lima.market = "PE"
    tell_all(session, people.ana, people.sol)


def put(session: Any, terms: Policy, about: int | None = None, market: str | None = None, start: int = 0) -> GapPolicy:
    facts = {name: getattr(terms, name) for name in POLICY_TERMS}
    row = GapPolicy(competency_id=about, market=market, valid_from=week(start), **facts)
    session.add(row)
    session.flush()
    return row


def replay(session: Any, weeks: int) -> None:
    again = session.scalar(select(func.count(Transition.id))) > 0
    services.replay(session(), week(0), week(weeks) - timedelta(days=1), again=again, on=NOW)


def opened(session: Any, person: User, form: Form) -> bool:
    return GapState.OPEN in {state for _week, state in states(session, person, form.tone.id)}


def test_the_narrowest_policy_decides_and_is_kept_with_the_decision(
    world: None, session: Any, people: Cast, form: Form
) -> None:
    wide = put(session, STRICT)
    replay(session, 5)
    assert not opened(session, people.ana, form)
    assert not opened(session, people.sol, form)
    in_lima = put(session, DEFAULT_POLICY, market="PE")
    replay(session, 5)
    assert not opened(session, people.ana, form)
    assert opened(session, people.sol, form)
    kept = (
        select(Transition.policy_id)
        .join(Gap)
        .where(Gap.person_id == people.sol.id, Transition.to_state == GapState.OPEN)
    )
    assert session.scalars(kept).first() == in_lima.id
    strict_tone = put(session, STRICT, about=form.tone.id)
    replay(session, 5)
    assert not opened(session, people.sol, form)
    both = put(session, DEFAULT_POLICY, about=form.tone.id, market="PE")
    replay(session, 5)
    assert opened(session, people.sol, form)
    rows = policies.in_force(session(), week(4))
    assert [row.id for row in rows] == [wide.id, in_lima.id, strict_tone.id, both.id]
    gaps = {gap.id: gap.person_id for gap in session.scalars(select(Gap).where(Gap.competency_id == form.tone.id))}
    asked = policies.of_gaps(session(), [session.get(Gap, one) for one in gaps], standing.sunday(week(4)))
    assert {gaps[one]: terms.open_checks for one, terms in asked.items()} == {people.ana.id: 60, people.sol.id: 4}


def test_a_policy_decides_from_its_week_on_and_never_before(
    world: None, session: Any, people: Cast, form: Form
) -> None:
    replay(session, 3)
    assert opened(session, people.ana, form)
    before = states(session, people.ana, form.tone.id)
    with pytest.raises(Refused):
        deeds.set_policy(session(), Scope(None, None), STRICT, week=week(2), by=people.mariana, on=NOW)
    with pytest.raises(Refused):
        deeds.set_policy(
            session(), Scope(None, None), STRICT, week=week(3) + timedelta(days=1), by=people.mariana, on=NOW
        )
    easy = Policy(closing_below=1.0)
    first = deeds.set_policy(session(), Scope(form.tone.id, None), easy, week=week(4), by=people.mariana, on=NOW)
    later = deeds.set_policy(session(), Scope(form.tone.id, None), STRICT, week=week(6), by=people.mariana, on=NOW)
    same = deeds.set_policy(session(), Scope(form.tone.id, None), easy, week=week(3), by=people.mariana, on=NOW)
    assert (same.valid_to, first.valid_to, later.valid_to) == (week(4), week(6), None)
    assert (
        deeds.set_policy(session(), Scope(form.tone.id, None), STRICT, week=week(6), by=people.mariana, on=NOW).id
        == later.id
    )
    deeds.end_policy(session(), later, week=week(5), by=people.mariana, on=NOW)
    assert session.get(GapPolicy, later.id) is None, "it never decided a week"
    deeds.end_policy(session(), first, week=week(5), by=people.mariana, on=NOW)
    with pytest.raises(Refused):
        deeds.end_policy(session(), first, week=week(5), by=people.mariana, on=NOW)
    services.replay(session(), week(3), week(5) - timedelta(days=1), again=False, on=NOW)
    after = states(session, people.ana, form.tone.id)
    assert after[: len(before)] == before
    assert len(after) > len(before), "the easier terms let it go"
    assert session.scalar(select(func.count(Activity.id)).where(Activity.verb == "gap_policy.set")) == 4


def test_a_trial_says_what_would_differ_and_writes_nothing(world: None, session: Any, people: Cast, form: Form) -> None:
    def candidate(**rest: Any) -> GapPolicy:
        facts = {name: getattr(STRICT, name) for name in POLICY_TERMS}
        return GapPolicy(**{"valid_from": week(9), "competency_id": None, "market": None, **facts, **rest})

    assert trial.run(session(), candidate()) is None
    replay(session, 4)
    real = session.scalar(select(func.count(Transition.id)).where(Transition.to_state == GapState.OPEN))
    found = trial.run(session(), candidate())
    assert found is not None
    assert (found.now.opened, found.then.opened) == (real, 0)
    assert (found.first, found.last) == (week(0), week(3))
    assert {one.person_id for one in found.differences} == {people.ana.id, people.sol.id}
    assert {(one.now, one.then) for one in found.differences} == {(GapState.OPEN, GapState.WATCH)}
    narrow = trial.run(session(), candidate(market="PE", competency_id=form.tone.id))
    assert narrow is not None
    assert {one.person_id for one in narrow.differences} == {people.sol.id}
    assert (narrow.now.opened, narrow.then.opened) == (1, 0)
    same = trial.run(session(), candidate(open_checks=DEFAULT_POLICY.open_checks))
    assert same is not None
    assert not same.differences
    assert session.scalar(select(func.count(GapPolicy.id))) == 0
    assert session.scalar(select(func.count(Transition.id)).where(Transition.to_state == GapState.OPEN)) == real


def fields(**changed: Any) -> dict[str, str]:
    typed = {name: getattr(DEFAULT_POLICY, name) for name in POLICY_TERMS}
    shown = {name: str(round(100 * value)) if isinstance(value, float) else str(value) for name, value in typed.items()}
    return {
        "competency": "",
        "market": "",
        "valid_from": (datetime.now(UTC).date() + timedelta(days=14)).isoformat(),
        **shown,
        **changed,
    }


def test_policies_on_screen(world: None, session: Any, people: Cast, form: Form, as_user: Sign) -> None:
    replay(session, 4)
    session.commit()
    client = as_user(people.mariana)
    assert client.post("/gaps/policies/new", data=fields(close_probability="60")).status_code == 422
    assert client.post("/gaps/policies/new", data=fields(valid_from="2026-06-01")).status_code == 422
    tried = client.post("/gaps/policies/new", data=fields(open_checks="60")).get_data(as_text=True)
    assert "would have opened 0 gaps instead of 2" in " ".join(tried.split())
    assert people.sol.name in tried
    assert session.scalar(select(func.count(GapPolicy.id))) == 0
    saved = fields(open_checks="60", competency=str(form.tone.id), market="PE", confirm="1")
    assert client.post("/gaps/policies/new", data=saved).status_code == 302
    row = session.scalars(select(GapPolicy)).one()
    assert (row.market, row.open_checks, row.open_probability) == ("PE", 60, 0.9)
    for address in ("/gaps/policies", f"/gaps/policies/new?policy={row.id}"):
        english, spanish = (as_user(people.mariana, lang).get(address).get_data(as_text=True) for lang in ("en", "es"))
        assert not left_in_english(
            english, spanish, {"Programme", people.mariana.name, "PE", "CO", "Tone", "Tono", "Ctrl+Enter"}
        )
    tried = {lang: as_user(people.mariana, lang).post("/gaps/policies/new", data=fields()) for lang in ("en", "es")}
    assert not left_in_english(
        *(page.get_data(as_text=True) for page in tried.values()),
        {"Programme", people.mariana.name, "PE", "CO", "Ctrl+Enter"},
    )
    for name, status in (("paola", 200), ("pedro", 200), ("tomas", 200), ("ana", 403)):
        reader = as_user(getattr(people, name))
        assert reader.get("/gaps/policies").status_code == status
        assert reader.get("/gaps/policies/new").status_code == 403
        assert reader.post(f"/gaps/policies/{row.id}/end").status_code == 403
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    session.commit()
    assert as_user(partial).post("/gaps/policies/new", data=saved).status_code == 403
    client = as_user(people.mariana)
    assert client.post("/gaps/policies/999/end").status_code == 404
    assert client.post(f"/gaps/policies/{row.id}/end").status_code == 302
    assert as_user(None).get("/gaps/policies").status_code == 302
