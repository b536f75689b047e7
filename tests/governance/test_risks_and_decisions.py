"""The risk log and decisions: every score is kept, a decision is only superseded, each reader sees their own units."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Activity, Notice
from app.core.errors import Refused
from app.governance.decisions import services as decisions
from app.governance.decisions.models import Resolution
from app.governance.risks import services as risks
from app.governance.risks.models import Risk
from app.governance.risks.rules import SCALE, Level, Response, level, score
from app.home import daily, reminders

ON = datetime(2026, 6, 1, 15, tzinfo=UTC)
LATER = datetime(2026, 7, 2, 15, tzinfo=UTC)
DUE = date(2026, 7, 1)
RISKS, DECISIONS = "/governance/risks", "/governance/decisions"


def raise_risk(session: Any, people: Any, unit: Any, **facts: Any) -> Risk:
    told = {
        "title_en": "Half the leads leave", "title_es": "Se va la mitad de los líderes", "cause": "Pay", "consequence": "No coaching",
        "plan": "", "unit_id": unit.id, "likelihood": 3, "impact": 4, "response": Response.REDUCE, "initiative_id": None,
        "review_on": DUE,
    }  # fmt: skip
    owner = facts.pop("owner", people.mariana)
    return risks.save(session(), Risk(), {**told, **facts}, owner=owner, by=people.mariana, on=ON)


def decide(session: Any, people: Any, unit: Any, instead_of: Resolution | None = None, **facts: Any) -> Resolution:
    told = {
        "title_en": "Weekly coaching", "title_es": "Coaching semanal", "why": "Gaps close sooner", "alternatives": "Fortnightly",
        "unit_id": unit.id, "decided_on": ON.date(), "review_on": DUE, "initiative_id": None, "risk_id": None,
    }  # fmt: skip
    by = facts.pop("decided_by", people.mariana)
    return decisions.decide(
        session(), {**told, **facts}, decided_by=by, instead_of=instead_of, by=people.mariana, on=ON
    )


@pytest.mark.once
def test_the_matrix_rises_with_likelihood_and_impact() -> None:
    order = list(Level)
    for likelihood in SCALE:
        for impact in SCALE:
            here = order.index(level(likelihood, impact))
            assert here >= order.index(level(max(likelihood - 1, 1), impact))
            assert score(likelihood, impact) == score(impact, likelihood)
    assert [level(*pair) for pair in ((1, 4), (1, 5), (2, 5), (4, 4))] == order


# --- Risks ---


def test_every_score_is_kept_with_its_reason(session: Any, people: Any) -> None:
    one = raise_risk(session, people, people.norte)
    again = {"note": "", "review_on": date(2026, 8, 1), "by": people.mariana, "on": LATER}
    with pytest.raises(Refused, match="Say why"):
        risks.review(session(), one, **{**again, "likelihood": 4, "impact": 5})
    with pytest.raises(Refused, match="after today"):
        risks.review(session(), one, **{**again, "likelihood": 3, "impact": 4, "review_on": LATER.date()})
    risks.review(session(), one, **{**again, "likelihood": 4, "impact": 5, "note": "Two left"})
    risks.save(
        session(), one, {"likelihood": 1, "impact": 1, "unit_id": people.norte.id, "cause": "Pay, and shifts"},
        owner=people.mariana, by=people.mariana, on=LATER,
    )  # fmt: skip
    assert (one.score, one.level, one.cause) == (20, Level.CRITICAL, "Pay, and shifts"), "no score but by a review"
    assert [(entry.score, entry.note) for entry in one.scores] == [(12, ""), (20, "Two left")]
    with pytest.raises(Refused, match="Say why"):
        risks.close(session(), one, " ", by=people.mariana, on=LATER)
    risks.close(session(), one, "It happened", by=people.mariana, on=LATER)
    with pytest.raises(Refused, match="opened again"):
        risks.review(session(), one, **{**again, "likelihood": 4, "impact": 5})
    risks.reopen(session(), one, review_on=date(2026, 8, 1), by=people.mariana, on=LATER)
    assert one.closed_on is None
    verbs = session.scalars(select(Activity.verb).where(Activity.subject_kind == "risk").order_by(Activity.id)).all()
    assert verbs == ["risk.raised", "risk.reviewed", "risk.changed", "risk.closed", "risk.reopened"]


def test_whoever_answers_for_a_risk_sees_its_unit(session: Any, people: Any) -> None:
    with pytest.raises(Refused, match="does not see"):
        raise_risk(session, people, people.norte, owner=people.pedro)
    with pytest.raises(Refused, match="in the past"):
        raise_risk(session, people, people.norte, review_on=date(2026, 5, 1))
    raise_risk(session, people, people.norte, owner=people.carmen)
    assert session.scalars(select(Notice.person_id).where(Notice.kind == "risk.owned")).all() == [people.carmen.id]


# --- Decisions ---


def test_a_decision_is_superseded_once_and_never_edited(session: Any, people: Any, app: Flask) -> None:
    first = decide(session, people, people.norte)
    second = decide(session, people, people.norte, instead_of=first, title_en="Fortnightly coaching")
    assert decisions.later(session(), first) is second
    for deed in (
        lambda: decide(session, people, people.norte, instead_of=first),
        lambda: decisions.look(session(), first, "Fine", next_on=None, by=people.mariana, on=LATER),
    ):
        with pytest.raises(Refused, match="replaced this one"):
            deed()
    with pytest.raises(Refused, match="same unit"):
        decide(session, people, people.sur, instead_of=second)
    with pytest.raises(Refused, match="in the future"):
        decide(session, people, people.norte, decided_on=date(2026, 6, 9))
    decisions.look(session(), second, "It works", next_on=date(2026, 9, 1), by=people.mariana, on=LATER)
    assert (second.review_on, [entry.note for entry in second.looks]) == (date(2026, 9, 1), ["It works"])
    assert (first.title_en, first.review_on) == ("Weekly coaching", DUE)
    routes = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("desk.") and "decision" in rule.endpoint
    }
    assert routes == {"desk.decisions", "desk.decision", "desk.new_decision", "desk.look_at_decision"}


def test_owners_are_reminded_of_reviews_that_are_due(session: Any, people: Any) -> None:
    risk = raise_risk(session, people, people.norte, owner=people.carmen)
    decide(session, people, people.norte)

    def told(day: date) -> list[tuple[str, int]]:
        before = session.scalar(select(func.coalesce(func.max(Notice.id), 0)))
        reminders.remind(session(), day, on=daily.moment_of(day))
        return session.execute(select(Notice.kind, Notice.person_id).where(Notice.id > before)).all()

    both = [("risk.review_due", people.carmen.id), ("decision.review_due", people.mariana.id)]
    assert told(date(2026, 6, 30)) == []
    assert told(DUE) == told(date(2026, 7, 2)) == both
    assert told(DUE) == [], "once"
    next_on = date(2026, 8, 1)
    risks.review(session(), risk, likelihood=3, impact=4, note="", review_on=next_on, by=people.carmen, on=LATER)
    assert told(date(2026, 7, 9)) == both[1:], "looked at"
    assert told(next_on) == both[:1], "and due anew"


# --- Pages ---


@time_machine.travel(LATER, tick=False)
def test_each_reader_sees_their_own_units_alone(session: Any, people: Any, as_user: Any) -> None:
    ours = raise_risk(session, people, people.norte, title_en="Of Norte", owner=people.carmen)
    theirs = raise_risk(session, people, people.sur, title_en="Of Sur", likelihood=5, impact=5)
    whole = raise_risk(session, people, people.programme, title_en="Of all")
    made = decide(session, people, people.norte, title_en="For Norte")
    other = decide(session, people, people.sur, title_en="For Sur", risk_id=theirs.id)
    session.commit()
    seen = {"mariana": (3, 2), "tomas": (3, 2), "ada": (3, 2), "carmen": (1, 1), "pedro": (1, 1), "paola": (0, 0)}
    for name, counts in seen.items():
        client = as_user(getattr(people, name))
        for address, count in zip((RISKS, DECISIONS), counts, strict=True):
            rows = client.get(f"{address}?format=csv").get_data(as_text=True).splitlines()
            assert len(rows) == count + 1, (name, address)
        page = client.get(RISKS).get_data(as_text=True)
        assert ("Of Norte" in page, "Of all" in page) == (name not in ("pedro", "paola"), counts[0] == 3), name
        for one, address in ((ours, RISKS), (made, DECISIONS)):
            found = client.get(f"{address}/{one.id}").status_code
            assert found == (404 if name in ("pedro", "paola") else 200), name
        assert client.get(f"{RISKS}/new").status_code == (200 if name in ("mariana", "ada") else 403)
    carmen = as_user(people.carmen)
    for number in (theirs.id, whole.id):
        assert carmen.post(f"{RISKS}/{number}/close", data={"because": "x"}).status_code == 404
    assert carmen.post(f"{DECISIONS}/{other.id}/look", data={"note": "x"}).status_code == 404
    assert carmen.post(f"{DECISIONS}/{made.id}/look", data={"note": "x"}).status_code == 409, "not hers"
    sent = {"likelihood": 2, "impact": 2, "note": "Better", "review_on": "2026-09-01"}
    assert carmen.post(f"{RISKS}/{ours.id}/review", data=sent).status_code == 302, "she answers for it"
    for name in ("ana", "ivan"):
        assert as_user(getattr(people, name)).get(RISKS).status_code == 403
    assert as_user(None).get(DECISIONS).status_code == 302


@time_machine.travel(LATER, tick=False)
def test_the_pages_carry_a_risk_and_a_decision(session: Any, people: Any, as_user: Any) -> None:
    session.commit()
    client, spanish = as_user(people.mariana), as_user(people.mariana, "es")
    sent = {
        "title_en": "Power fails", "title_es": "Falla la energía", "cause": "Storms", "consequence": "No audits", "plan": "",
        "unit_id": people.norte.id, "owner": people.mariana.id, "likelihood": 4, "impact": 5, "response": "transfer",
        "initiative_id": 0, "review_on": "2026-08-01",
    }  # fmt: skip
    assert client.post(f"{RISKS}/new", data={**sent, "cause": ""}).status_code == 422
    assert client.post(f"{RISKS}/new", data={**sent, "review_on": "2026-01-01"}).status_code == 422
    assert client.post(f"{RISKS}/new", data=sent).status_code == 302
    one = session.scalars(select(Risk)).one()
    assert client.post(f"{RISKS}/{one.id}/edit", data={**sent, "title_en": "The power fails"}).status_code == 302
    for asked in ("state=open", "level=critical", "square=4x5"):
        assert "The power fails" in client.get(f"{RISKS}?{asked}").get_data(as_text=True), asked
    for asked in ("state=closed", "level=low", "square=5x4"):
        assert "The power fails" not in client.get(f"{RISKS}?{asked}").get_data(as_text=True), asked
    assert client.post(f"{RISKS}/{one.id}/review", data={"likelihood": 9}).status_code == 422
    unsaid = client.post(f"{RISKS}/{one.id}/review", data={"likelihood": 1, "impact": 5, "review_on": "2026-09-09"})
    assert (unsaid.status_code, "2026-09-09" in unsaid.text) == (422, True), "what was typed stays"
    assert "Say why the score changes" in unsaid.text
    page = spanish.get(f"{RISKS}/{one.id}").get_data(as_text=True)
    assert "Falla la energía" in page
    assert "5 · severo" in page
    made = {
        "title_en": "Buy a generator", "title_es": "Comprar un generador", "why": "Storms", "alternatives": "",
        "unit_id": people.norte.id, "decided_by": people.mariana.id, "decided_on": "2026-07-01", "review_on": "2026-12-01",
        "initiative_id": 0, "risk_id": one.id, "instead_of": "",
    }  # fmt: skip
    assert client.post(f"{DECISIONS}/new", data={**made, "review_on": "2026-06-01"}).status_code == 422
    assert client.post(f"{DECISIONS}/new", data=made).status_code == 302
    first = session.scalars(select(Resolution)).one()
    number = first.id
    assert client.get(f"{DECISIONS}/new?instead_of={number}").status_code == 200
    again = {**made, "title_en": "Rent a generator", "instead_of": str(number)}
    assert client.post(f"{DECISIONS}/new", data=again).status_code == 302
    old = client.get(f"{DECISIONS}/{number}").get_data(as_text=True)
    assert "Replaced" in old
    assert "Rent a generator" in old
    stands = client.get(f"{DECISIONS}?state=stands").get_data(as_text=True)
    assert "Rent a generator" in stands
    assert "Buy a generator" not in stands
    assert client.post(f"{RISKS}/{one.id}/close", data={"because": "Bought"}).status_code == 302
    assert client.post(f"{RISKS}/{one.id}/reopen", data={"review_on": "x"}).status_code == 409
    assert client.post(f"{RISKS}/{one.id}/reopen", data={"review_on": "2026-08-01"}).status_code == 302
