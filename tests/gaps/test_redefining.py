"""Other targets and another map: evidence follows, what was decided stays, and the history says so."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Activity, Notice
from app.accounts.permissions import Role
from app.audits.models import Criterion, CriterionCompetency, CriterionIdentity, ScorecardVersion
from app.audits.services import telling
from app.core import headway
from app.core.errors import Refused
from app.curriculum import targets
from app.curriculum.models import Competency, CompetencyTarget
from app.curriculum.targets import TargetChange
from app.gaps import monthly, recall, services, snapshot, standing
from app.gaps.evidence import Reading
from app.gaps.models import Effect, Gap
from app.gaps.redefining import deriving, size, trial
from app.gaps.redefining import services as redefining
from app.gaps.redefining.jobs import REDEFINED
from app.gaps.redefining.models import Redefinition, Rederived
from app.gaps.rules import ACTIVE, GapState
from app.home import notices
from app.remedies import labels, thread
from tests.conftest import Cast, make_user
from tests.gaps.conftest import NOW, AuditMaker, Form, week
from tests.gaps.test_decisions import failing, states, tell_all
from tests.languages import left_in_english

Sign = Callable[..., FlaskClient]
DECIDED = 5


@pytest.fixture
def world(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    """Ana fails in tone, Luis misses a check in ten; five weeks are decided, the sixth has begun."""
    failing(audit, people.ana, 0, 6)
    for number in range(6):
        for day in range(4):
            missed = ["C1"] if number % 2 and day == 0 else []
            audit(people.luis, week(number) + timedelta(days=day), missed=missed)
    tell_all(session, people.ana, people.luis)
    replay(session)
    session.commit()


def replay(session: Any, *, again: bool = False, last: int = DECIDED) -> None:
    services.replay(session(), week(0), week(last) - timedelta(days=1), again=again, on=NOW)


def aim(session: Any, people: Cast, about: Competency, target: float, at: int | None = None) -> TargetChange:
    one = TargetChange(about, target, None if at is None else week(at))
    targets.change(session(), [one], by=people.mariana, on=NOW)
    return one


def gap(session: Any, person: Any, about: Competency) -> Gap:
    return session.scalar(select(Gap).where(Gap.person_id == person.id, Gap.competency_id == about.id))


def test_a_target_decides_from_the_next_decision_on_and_leaves_the_past(
    world: None, session: Any, people: Cast, form: Form
) -> None:
    before = states(session, people.luis, form.tone.id)
    assert GapState.OPEN not in {state for _week, state in before}
    assert gap(session, people.luis, form.tone).probability < 0.7
    then = list(snapshot.take(session(), week(DECIDED) - timedelta(days=1), all_pairs=True))
    aim(session, people, form.tone, 0.98)
    assert form.tone.target == 0.98
    assert services.rebuild(session, check=True) == 0
    assert states(session, people.luis, form.tone.id) == before, "nothing is decided anew"
    mine = gap(session, people.luis, form.tone)
    assert mine.probability > 0.9
    note = session.scalars(select(Redefinition)).one()
    assert (note.detail, note.week) == ({"before": 0.85, "after": 0.98}, week(DECIDED))
    kept = session.scalars(select(Rederived).where(Rederived.gap_id == mine.id)).one()
    assert (kept.probability_before < 0.7, kept.probability_after) == (True, mine.probability)
    assert (kept.checks_before, kept.fails_before) == (kept.checks_after, kept.fails_after)
    services.decide_week(session, week(DECIDED), on=NOW)
    after = states(session, people.luis, form.tone.id)
    assert after[: len(before)] == before
    assert after[-1] == (week(DECIDED), GapState.OPEN)
    # what is said of the past is said by the target of that day
    again = list(snapshot.take(session(), week(DECIDED) - timedelta(days=1), all_pairs=True))
    assert again == [pytest.approx(one) if isinstance(one, float) else one for one in then]
    lines = list(snapshot.take(session(), week(DECIDED + 1) - timedelta(days=1), all_pairs=True))
    assert {line.competency: line.target for line in lines} == {"K1": 0.98, "K2": 0.85}


def test_what_is_recalled_of_a_past_day_is_by_its_targets(world: None, session: Any, people: Cast, form: Form) -> None:
    day = week(3) + timedelta(days=2)
    where = standing.belonging(session(), day)
    before = recall.recall(session(), day, where)
    month = monthly.of_month(session(), week(0).replace(month=7, day=1), None, today=day)
    aim(session, people, form.tone, 0.95)
    services.decide_week(session, week(DECIDED), on=NOW)
    after = recall.recall(session(), day, where)
    order = {(p, c): i for i, (p, c) in enumerate(zip(after.person.tolist(), after.competency.tolist(), strict=True))}
    at = [order[pair] for pair in zip(before.person.tolist(), before.competency.tolist(), strict=True)]
    assert after.n[at] == pytest.approx(before.n)
    assert after.f[at] == pytest.approx(before.f)
    again = monthly.of_month(session(), week(0).replace(month=7, day=1), None, today=day)
    assert [(one.code, one.target, one.score) for one in again.entries] == [
        (one.code, one.target, pytest.approx(one.score)) for one in month.entries
    ]


def test_a_target_of_a_week_to_come_waits_for_it_and_replays_decide_by_it(
    world: None, session: Any, people: Cast, form: Form
) -> None:
    aim(session, people, form.tone, 0.98, at=DECIDED + 1)
    assert form.tone.target == 0.85
    assert aim(session, people, form.tone, 0.98, at=DECIDED + 1).refused is None
    assert session.scalar(select(func.count(CompetencyTarget.id))) == 2, "the same again changes nothing"
    replay(session, again=True, last=DECIDED + 1)
    assert form.tone.target == 0.98, "the next decision is by it"
    assert GapState.OPEN not in {state for _week, state in states(session, people.luis, form.tone.id)}
    replay(session, again=True, last=DECIDED + 2)
    first = states(session, people.luis, form.tone.id)
    assert first[-1] == (week(DECIDED + 1), GapState.OPEN)
    replay(session, again=True, last=DECIDED + 2)
    assert states(session, people.luis, form.tone.id) == first
    assert services.rebuild(session, check=True) == 0
    assert session.scalar(select(func.count(Redefinition.id))) == 1, "told once, however often weeks are decided again"


def test_a_decided_week_keeps_its_target(world: None, session: Any, people: Cast, form: Form) -> None:
    refused = aim(session, people, form.tone, 0.9, at=DECIDED - 1)
    assert "K1" in (refused.refused or "")
    assert session.scalar(select(func.count(CompetencyTarget.id))) == 0
    aim(session, people, form.tone, 0.9, at=DECIDED + 2)
    row = session.scalars(select(CompetencyTarget).where(CompetencyTarget.target == 0.9)).one()
    redefining.drop_target(session(), row, by=people.mariana, on=NOW)
    assert session.scalars(select(CompetencyTarget.target)).all() == [0.85]
    aim(session, people, form.tone, 0.9)
    held = session.scalars(select(CompetencyTarget).where(CompetencyTarget.target == 0.9)).one()
    with pytest.raises(Refused):
        redefining.drop_target(session(), held, by=people.mariana, on=NOW)


def test_before_the_first_decision_a_target_is_simply_another(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    failing(audit, people.ana, 0, 1)
    tell_all(session, people.ana)
    aim(session, people, form.tone, 0.7)
    assert (form.tone.target, session.scalar(select(func.count(CompetencyTarget.id)))) == (0.7, 0)
    assert services.rebuild(session, check=True) == 0
    assert session.scalar(select(func.count(Activity.id)).where(Activity.verb == "competency.target_set")) == 1


def test_a_criterion_moved_to_another_competency_takes_its_checks_along(
    world: None, session: Any, people: Cast, form: Form
) -> None:
    before = states(session, people.ana, form.tone.id)
    assert before[-1][1] is GapState.OPEN
    card, moved = form.version.scorecard, [form.criteria["C1"], form.criteria["C2"]]
    wanted = {one.id: {form.identity.id} for one in moved}
    tried = trial.run(session(), {form.tone.id, form.identity.id}, Reading(links=wanted))
    assert tried is not None
    told = {(one.person_id, one.competency_id): (one.now in ACTIVE, one.then in ACTIVE) for one in tried.differences}
    assert told[people.ana.id, form.tone.id] == (True, False)
    assert told[people.ana.id, form.identity.id] == (False, True)
    assert (tried.closes, tried.opens) == (1, 1)
    assert session.scalar(select(func.count(Redefinition.id))) == 0, "a trial writes nothing"
    assert telling.tell_of(session(), card, wanted, by=people.mariana, on=NOW) == 2
    assert telling.tell_of(session(), card, wanted, by=people.mariana, on=NOW) == 0
    assert services.rebuild(session, check=True) == 0
    assert states(session, people.ana, form.tone.id) == before
    mine = session.scalars(select(Rederived).where(Rederived.gap_id == gap(session, people.ana, form.tone).id)).one()
    assert (mine.checks_before, mine.checks_after, mine.fails_after) == (20, 0, 0)
    services.decide_week(session, week(DECIDED), on=NOW)
    assert gap(session, people.ana, form.tone).state is GapState.ARCHIVED
    assert gap(session, people.ana, form.identity).state is GapState.OPEN
    day = week(DECIDED + 1)
    for about, sentence in ((form.tone, "No longer counts: Check C1; Check C2."), (form.identity, "Counts now: ")):
        entries = thread.read(session(), gap(session, people.ana, about), people.mariana, day=day + timedelta(weeks=26))
        said = [one for one in entries if one.kind == "redefined"]
        assert len(said) == 1
        assert any(line.startswith(sentence) for line in labels.redefined_text(said[0]))


def test_a_new_criterion_however_hard_joins_without_a_gap_of_its_own(
    world: None, session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    """A new version asks one thing more, which nearly everybody misses at first: it is weighed as the hard one it is before
    anything is decided on it, so that who does as before, and as all others, has no gap for it.
    """
    for number in range(DECIDED):
        for person in (people.sol, people.raul, people.tomas, people.pedro):  # most do well, as in life
            for day in range(4):
                audit(person, week(number) + timedelta(days=day))
    tell_all(session, people.sol, people.raul, people.tomas, people.pedro)
    version = ScorecardVersion(
        scorecard_id=form.version.scorecard_id, label="2", valid_from=week(DECIDED), imported_at=NOW
    )
    session.add(version)
    session.flush()
    for position, code in enumerate(("C1", "C2", "C3", "C4")):
        old = form.criteria.get(code)
        identity = old.identity_id if old else _identity(session, form, code)
        one = Criterion(
            version_id=version.id, identity_id=identity, section_id=form.criteria["C1"].section_id, code=code,
            position=position, text_en=code, text_es=code, weight=1.0, severity=form.criteria["C1"].severity,
        )  # fmt: skip
        session.add(one)
        session.flush()
        about = form.identity if code == "C3" else form.tone
        session.add(CriterionCompetency(criterion_id=one.id, competency_id=about.id))
        form.criteria[code] = one
    form.version = version
    session.commit()
    for number in range(DECIDED, DECIDED + 4):
        for person in (people.luis, people.sol):
            for day in range(4):
                audit(person, week(number) + timedelta(days=day), missed=["C4"])
        tell_all(session, people.luis, people.sol)
        services.decide_week(session, week(number), on=NOW)
        assert services.rebuild(session, check=True) == 0
        known = select(Effect).where(Effect.kind == "criterion", Effect.key == str(form.criteria["C4"].identity_id))
        effect = session.scalars(known).one()
        assert (effect.n, effect.value > 0) == ((8, 16, 16, 32)[number - DECIDED], True), "until it rests on 30"
    for person in (people.luis, people.sol):
        found = {state for _week, state in states(session, person, form.tone.id)}
        assert not found & {GapState.OPEN, GapState.RELAPSED}
    told = {one.id: one.probability for one in session.scalars(select(Gap))}
    replay(session, again=True, last=DECIDED + 4)
    assert services.rebuild(session, check=True) == 0
    assert {one.id: one.probability for one in session.scalars(select(Gap))} == pytest.approx(told)


def _identity(session: Any, form: Form, code: str) -> int:
    one = CriterionIdentity(scorecard_id=form.version.scorecard_id, code=code)
    session.add(one)
    session.flush()
    return one.id


# --- Pages ---


def test_a_target_is_tried_saved_and_taken_back_on_screen(
    world: None, session: Any, people: Cast, form: Form, as_user: Sign
) -> None:
    client = as_user(people.mariana)
    url = f"/gaps/targets/{form.tone.id}"
    assert "The target has never changed." in client.get(url).text
    first = {"target": "98", "valid_from": week(30).isoformat()}
    tried = client.post(url, data=first)
    assert tried.status_code == 200
    assert "1 would open" in tried.text
    assert people.luis.name in tried.text
    assert session.scalar(select(func.count(CompetencyTarget.id))) == 0
    saved = client.post(url, data={**first, "confirm": "1"}, follow_redirects=True)
    assert "Target saved." in saved.text
    assert people.mariana.name in saved.text
    dropped = client.post(f"{url}/drop", data={"week": week(30).isoformat()}, follow_redirects=True)
    assert "Target undone." in dropped.text
    assert client.post(f"{url}/drop", data={"week": "never"}).status_code == 404
    assert client.post(url, data={"target": "0", "valid_from": ""}).status_code == 422
    assert client.post(url, data={**first, "valid_from": week(1).isoformat()}).status_code == 422
    english, spanish = (as_user(people.mariana, lang).post(url, data=first).text for lang in ("en", "es"))
    data = {"Programme", people.mariana.name, people.luis.name, "Ctrl+Enter"}
    assert not left_in_english(english, spanish, data)


def test_a_map_is_tried_and_saved_on_screen_for_all_versions(
    world: None, session: Any, people: Cast, form: Form, as_user: Sign
) -> None:
    card, name = (
        form.version.scorecard_id,
        {code: f"criterion-{one.identity_id}" for code, one in form.criteria.items()},
    )
    tone, identity = str(form.tone.id), str(form.identity.id)
    ticked = {name["C1"]: [identity], name["C2"]: [tone], name["C3"]: [identity]}
    client = as_user(people.mariana)
    assert client.get(f"/gaps/maps/{card}").status_code == 200
    tried = client.post(f"/gaps/maps/{card}", data=ticked)
    assert "would close" in tried.text
    assert "until now: Tone" in tried.text
    nothing = client.post(f"/gaps/maps/{card}", data={name["C1"]: [tone], name["C2"]: [tone], name["C3"]: [identity]})
    assert "Nothing has changed from what is saved" in nothing.text
    saved = client.post(f"/gaps/maps/{card}", data={**ticked, "confirm": "1"}, follow_redirects=True)
    assert "1 criterion changed" in saved.text
    threads = (
        f"/gaps/{gap(session, people.ana, form.tone).id}", f"/gaps/agents/{people.ana.id}", f"/gaps/competencies/{tone}"
    )  # fmt: skip
    for thread_of in threads:
        assert "The competency is now measured by other criteria" in client.get(thread_of).text, thread_of
        assert "otros criterios" in as_user(people.mariana, "es").get(thread_of).text, thread_of
    english, spanish = (as_user(people.mariana, lang).get(f"/gaps/maps/{card}").text for lang in ("en", "es"))
    assert not left_in_english(english, spanish, {"Programme", people.mariana.name, "Ctrl+Enter"})
    assert services.rebuild(session, check=True) == 0


def test_in_a_large_programme_a_job_derives_and_tells_who_asked(
    world: None, session: Any, people: Cast, form: Form, as_user: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = [trial.run(session(), {form.tone.id}, Reading(targets={form.tone.id: 0.98}))]
    monkeypatch.setattr(size, "LARGE", 10)
    everybody.append(trial.run(session(), {form.tone.id}, Reading(targets={form.tone.id: 0.98})))
    assert [(one.opens, one.closes, one.drawn) for one in everybody if one] == [(1, 0, None), (1, 0, 2)]
    monkeypatch.setattr(size, "DRAWN", 1)
    some = trial.run(session(), {form.tone.id}, Reading(targets={form.tone.id: 0.98}))
    assert some is not None
    assert (some.drawn, len({one.person_id for one in some.differences}) <= 1) == (1, True)
    client, url = as_user(people.mariana), f"/gaps/targets/{form.tone.id}"
    wanted = {"target": "98", "valid_from": week(30).isoformat()}
    assert "Tried on 1 agent drawn at random" in client.post(url, data=wanted).text
    saved = client.post(url, data={**wanted, "confirm": "1"}, follow_redirects=True)
    assert "A notice tells" in saved.text
    card = form.version.scorecard_id
    ticked = {f"criterion-{one.identity_id}": [str(form.identity.id)] for one in form.criteria.values()}
    later = client.post(f"/gaps/maps/{card}", data={**ticked, "confirm": "1"}, follow_redirects=True)
    assert "A notice tells" in later.text
    session.expire_all()
    assert session.scalar(select(func.count(CompetencyTarget.id))) == 2
    told = session.scalars(select(Notice).where(Notice.person_id == people.mariana.id).order_by(Notice.id)).all()
    assert [(one.kind, one.path, one.detail["refused"]) for one in told] == [
        (REDEFINED, url, None), (REDEFINED, f"/gaps/maps/{card}", None),
    ]  # fmt: skip
    assert "all evidence follows it" in notices.sentence(told[0])
    assert services.rebuild(session, check=True) == 0


def test_targets_in_a_file_go_the_same_way_and_a_job_that_fails_is_told(
    world: None, session: Any, people: Cast, form: Form, as_user: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "LARGE", 10)
    client, url, seen = as_user(people.mariana), f"/gaps/targets/{form.tone.id}", []
    derived = deriving.evidence.recount
    monkeypatch.setattr(deriving.evidence, "recount", lambda *told: (seen.append(headway.of(url)), derived(*told)))

    def send(tone: float) -> str:
        table = f"competency,name_en,name_es,target\nK1,Tone,Tono,{tone}\nK2,Identity,Identidad,0.85\n".encode()
        answer = client.post("/curriculum/exchange", data={"file": (io.BytesIO(table), "competencies.csv")})
        assert answer.status_code == 200
        session.expire_all()
        return answer.text

    assert "change in some minutes, as all evidence is derived again: K1." in send(0.98)
    assert form.tone.target == 0.98
    assert seen == [(0, 6), (4, 6)], "it says how far it is while it works"
    with headway.shown([url]):
        headway.tell(*seen[-1])
        page = client.get(url).text
        with monkeypatch.context() as later:
            later.setattr(headway, "STALE_SECONDS", -1)
            assert headway.of(url) is None, "nobody waits for ever for work that died"
    assert ("data-poll" in page, "4 of 6 weeks counted" in page, "See what it would do" in page) == (True, True, False)
    assert "data-poll" not in client.get(url).text
    assert "in some minutes" not in send(0.98), "the same again changes nothing"
    monkeypatch.setattr(deriving.folding, "refold", lambda *_told: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send(0.9)
    session.expire_all()
    assert (form.tone.target, headway.of(url)) == (0.98, None)
    told = session.scalars(select(Notice).where(Notice.kind == REDEFINED).order_by(Notice.id)).all()
    assert [bool(one.detail["refused"]) for one in told] == [False, True]
    assert "An error stopped it" in notices.sentence(told[1])


def test_only_who_leads_the_programme_redefines(
    world: None, session: Any, people: Cast, form: Form, as_user: Sign
) -> None:
    card = form.version.scorecard_id
    local = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.lima)
    session.commit()
    data = {"target": "90", "valid_from": week(30).isoformat(), "confirm": "1"}
    for person, sees in ((people.tomas, 200), (people.ana, 403), (local, 200), (people.carmen, 200)):
        client = as_user(person)
        assert client.get(f"/gaps/targets/{form.tone.id}").status_code == sees
        assert client.post(f"/gaps/targets/{form.tone.id}", data=data).status_code == 403
        assert client.post(f"/gaps/targets/{form.tone.id}/drop", data={"week": "x"}).status_code == 403
        assert client.get(f"/gaps/maps/{card}").status_code == 403
    client = as_user(people.mariana)
    assert client.get("/gaps/targets/999999").status_code == 404
    assert client.get("/gaps/maps/999999").status_code == 404
    assert session.scalar(select(func.count(CompetencyTarget.id))) == 0
