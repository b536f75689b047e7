"""Root causes: five whys, an action with an owner, its effect; who sees them; causes by market and partner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Activity, Notice
from app.accounts.permissions import Role
from app.audits.dsat.models import DsatCase
from app.audits.models import Cause
from app.audits.root_causes import queries, services
from app.audits.root_causes.queries import Narrowed, Of
from app.audits.root_causes.rules import AnalysisState, RootClass, is_late, next_day
from app.audits.root_causes.services import Analysis
from app.core.clock import monday_of
from app.core.errors import Refused
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()
LAST_WEEK, NEXT_WEEK = TODAY - timedelta(days=7), TODAY + timedelta(days=7)
OPEN, DONE = AnalysisState.OPEN, AnalysisState.DONE


def said(owner: Any, **changes: Any) -> Analysis:
    told: dict[str, Any] = {
        "problem": "Nobody called back",
        "whys": ["The list was empty", " ", "The export failed", "", ""],
        "root": RootClass.TECHNOLOGY,
        "controllable": True,
        "owner_id": owner.id,
        "action": "Watch the export",
        "due_on": NEXT_WEEK,
        "metric": "DSAT of refunds, from 9 % to 6 %",
        "check_on": NEXT_WEEK + timedelta(days=30),
    }
    return Analysis(**{**told, **changes})


@pytest.fixture
def cases(session: Any, people: Cast) -> dict[str, DsatCase]:
    """D1 to D3 of Ana and Luis, D4 of Sol at the other partner, D5 of nobody's team; all but D3 decided."""
    people.norte.market, people.sur.market = "CO", "PE"
    teams = {"D1": people.refunds, "D2": people.refunds, "D3": people.refunds, "D4": people.orders, "D5": None}
    persons = {"D1": people.ana, "D2": people.luis, "D3": people.ana, "D4": people.sol, "D5": people.sol}
    causes = {"D1": Cause.PROCESS, "D2": Cause.SKILL, "D4": Cause.PROCESS, "D5": Cause.PROCESS}
    made = {}
    for name, team in teams.items():
        made[name] = DsatCase(
            source="s", reference=name, contact_ref=name, person_id=persons[name].id, received_at=NOW,
            week=monday_of(TODAY), team_id=team.id if team else None, cause=causes.get(name),
        )  # fmt: skip
    session.add_all(made.values())
    session.commit()
    return made


@pytest.mark.parametrize(
    ("state", "due", "check", "day", "late"),
    [
        (OPEN, LAST_WEEK, None, LAST_WEEK, True),
        (OPEN, TODAY, None, TODAY, False),
        (DONE, LAST_WEEK, None, None, False),
        (DONE, LAST_WEEK, NEXT_WEEK, NEXT_WEEK, False),
        (DONE, LAST_WEEK, LAST_WEEK, LAST_WEEK, True),
        (AnalysisState.NOT_EFFECTIVE, LAST_WEEK, LAST_WEEK, None, False),
    ],
)
def test_what_is_next_by_when_and_whether_that_is_over(
    state: AnalysisState, due: date, check: date | None, day: date | None, late: bool
) -> None:
    assert (next_day(state, due, check), is_late(state, due, check, TODAY)) == (day, late)


def test_an_analysis_goes_from_whys_to_an_effect_and_leaves_a_trail(
    session: Any, people: Cast, cases: dict[str, DsatCase]
) -> None:
    by = {"by": people.ivan, "on": NOW}
    for wrong, sentence in (
        ({"whys": ["", " "]}, "at least one why"),
        ({"metric": ""}, "takes both"),
        ({"check_on": LAST_WEEK}, "after the action is due"),
    ):
        with pytest.raises(Refused, match=sentence):
            services.save(session(), cases["D1"], said(people.paola, **wrong), **by)
    found = services.save(session(), cases["D1"], said(people.paola), **by)
    assert (found.whys, found.state) == (["The list was empty", "The export failed"], OPEN)
    assert services.save(session(), cases["D1"], said(people.paola), **by) is found
    services.save(session(), cases["D1"], said(people.carmen, action="Watch it daily"), **by)
    with pytest.raises(Refused, match="once the action has been taken"):
        services.check(session(), found, True, "6 %", **by)
    services.finish(session(), found, by=people.carmen, on=NOW, today=TODAY)
    with pytest.raises(Refused, match="already"):
        services.finish(session(), found, by=people.carmen, on=NOW, today=TODAY)
    with pytest.raises(Refused, match="Somebody other than its owner"):
        services.check(session(), found, True, "6 %", by=people.carmen, on=NOW)
    services.check(session(), found, False, "still 9 %", **by)
    services.reopen(session(), found, NEXT_WEEK, **by)
    session.commit()
    assert (found.state, found.outcome, found.done_on) == (OPEN, "still 9 %", None)
    verbs = [line.verb for line in session.query(Activity).filter_by(subject_kind="root_cause").order_by(Activity.id)]
    assert verbs == [f"root_cause.{one}" for one in ("begun", "changed", "done", "checked", "reopened")]
    told = {(one.person_id, one.kind) for one in session.query(Notice)}
    assert told == {(people.paola.id, "root_cause.owned"), (people.carmen.id, "root_cause.owned")}


def test_who_writes_who_reads_and_who_does_neither(
    session: Any, people: Cast, cases: dict[str, DsatCase], as_user: Sign
) -> None:
    case = cases["D1"]
    at = f"/audits/dsat/{case.id}/root-cause"
    fields = {
        "problem": "Nobody called back", "why_1": "The list was empty", "root": "process", "controllable": "no",
        "action": "Watch it", "owner": str(people.paola.id), "due_on": LAST_WEEK.isoformat(),
    }  # fmt: skip
    sees = {"ivan": 200, "paola": 200, "carmen": 200, "mariana": 200, "ada": 200, "pedro": 404, "sol": 404, "ana": 404}
    for name, status in sees.items():
        assert as_user(getattr(people, name)).get(at).status_code == status, name
    for name, status in {"paola": 409, "carmen": 409, "pedro": 404, "ana": 404}.items():
        assert as_user(getattr(people, name)).post(at, data=fields).status_code == status, name
    assert as_user(None).get(at).status_code == 302
    ivan = as_user(people.ivan)
    assert ivan.post(at, data={**fields, "owner": str(people.pedro.id)}).status_code == 422
    assert ivan.post(at, data={**fields, "problem": ""}).status_code == 422
    assert "Choose who acts." in ivan.post(at, data={**fields, "owner": ""}).get_data(as_text=True)
    assert ivan.post(f"{at}/done").status_code == 409
    assert ivan.post(at, data=fields).status_code == 302
    page = unescape(ivan.get(f"/audits/dsat/{case.id}").get_data(as_text=True))
    assert "The list was empty" in page

    home = unescape(as_user(people.paola).get("/?as=team_lead").get_data(as_text=True))
    assert "Corrective actions overdue" in home
    assert "Watch it" in home
    assert "Corrective actions overdue" in as_user(people.mariana).get("/?as=program_manager").get_data(as_text=True)
    for other in (people.raul, people.pedro):
        assert "Watch it" not in as_user(other).get("/").get_data(as_text=True)
    assert as_user(people.carmen).post(f"{at}/done").status_code == 409
    assert as_user(people.paola).post(f"{at}/done").status_code == 302
    assert as_user(people.paola).post(f"{at}/check", data={"effective": "yes", "outcome": "x"}).status_code == 403
    assert ivan.post(f"{at}/check", data={"effective": "yes"}).status_code == 409
    assert ivan.post(f"{at}/check", data={"effective": "yes", "outcome": "6 %"}).status_code == 302
    assert ivan.post(f"{at}/reopen", data={}).status_code == 409
    assert ivan.post(f"{at}/reopen", data={"due_on": NEXT_WEEK.isoformat()}).status_code == 302
    assert "Análisis de causa raíz" in as_user(people.ivan, "es").get("/audits/dsat/root-causes").get_data(as_text=True)


def test_an_owner_out_of_scope_reads_what_they_answer_for_and_nothing_else(
    session: Any, people: Cast, cases: dict[str, DsatCase], as_user: Sign
) -> None:
    owner = make_user(session, "Olga Otra", role=Role.TRAINER, over=people.sur)
    session.commit()
    services.save(session(), cases["D1"], said(owner), by=people.ivan, on=NOW)
    services.save(session(), cases["D2"], said(people.paola), by=people.ivan, on=NOW)
    session.commit()
    client = as_user(owner)
    assert client.get(f"/audits/dsat/{cases['D1'].id}/root-cause").status_code == 200
    assert client.get(f"/audits/dsat/{cases['D2'].id}/root-cause").status_code == 404
    assert client.post(f"/audits/dsat/{cases['D1'].id}/root-cause/done").status_code == 302
    listed = client.get("/audits/dsat/root-causes?format=csv").get_data(as_text=True)
    assert ("D1" in listed, "D2" in listed) == (True, False)
    assert "D2" in as_user(people.mariana).get(
        "/audits/dsat/root-causes?state=open&root=technology&format=csv"
    ).get_data(as_text=True)


def causes(client: FlaskClient, **asked: str) -> list[str]:
    text = client.get("/audits/dsat/causes", query_string={**asked, "format": "csv"}).get_data(as_text=True)
    return text.lstrip("\ufeff").splitlines()


def test_causes_are_counted_by_partner_and_market_and_lead_to_their_cases(
    session: Any, people: Cast, cases: dict[str, DsatCase], as_user: Sign
) -> None:
    everything = as_user(people.mariana)
    assert causes(everything) == [
        "Cause,Cases,Share,Added up,Norte,Sur,No partner",
        "Process,3,0.75,0.75,1,1,1",
        "Skill,1,0.25,1.0,1,0,0",
    ]
    assert causes(everything, by="market")[:2] == [
        "Cause,Cases,Share,Added up,CO,PE,No market",
        "Process,3,0.75,0.75,1,1,1",
    ]
    assert causes(everything, market="PE")[1:] == ["Process,1,1.0,1.0,1"]
    assert causes(everything, unit=str(people.norte.id))[1:] == ["Process,1,0.5,0.5,1", "Skill,1,0.5,1.0,1"]
    assert causes(everything, until=(LAST_WEEK - timedelta(days=7)).isoformat())[1:] == []
    assert causes(as_user(people.carmen)) == [
        "Cause,Cases,Share,Added up,Norte",
        "Process,1,0.5,0.5,1",
        "Skill,1,0.5,1.0,1",
    ]
    page = unescape(everything.get("/audits/dsat/causes").get_data(as_text=True))
    assert "Process: 3 of 4 cases" in page
    for link in (f"cause=process&unit={people.sur.id}", "cause=process&unit=none", "causes.svg?lang=en"):
        assert link in page, link
    drawn = everything.get("/audits/dsat/causes.svg?by=market&theme=dark")
    assert (drawn.mimetype, "Process" in drawn.get_data(as_text=True)) == ("image/svg+xml", True)
    for query, found in (
        ("cause=process&unit=none", {"D5"}),
        ("cause=process&market=PE", {"D4"}),
        (f"since={monday_of(TODAY)}", {"D1", "D2", "D3", "D4", "D5"}),
        (f"until={LAST_WEEK - timedelta(days=7)}", set()),
    ):
        text = everything.get(f"/audits/dsat?{query}&format=csv").get_data(as_text=True).lstrip("\ufeff")
        assert {line.split(",")[0] for line in text.splitlines()[1:]} == found, query
    with everything.get("/audits/dsat/causes?format=xlsx") as book:
        assert book.mimetype.endswith("sheet")
    for one in (people.ana, None):
        assert as_user(one).get("/audits/dsat/causes").status_code in (302, 403)
    services.save(session(), cases["D4"], said(people.mariana), by=people.mariana, on=NOW)
    session.commit()
    assert causes(everything, of="root")[1:] == ["Technology,1,1.0,1.0,1"]
    assert "Tecnología" in as_user(people.mariana, "es").get("/audits/dsat/causes?of=root").get_data(as_text=True)
    assert len(session.execute(queries.counts(people.carmen, Of.ROOT, Narrowed())).all()) == 0


def test_cases_of_nobodys_team_are_counted_where_all_is_seen(
    people: Cast, cases: dict[str, DsatCase], as_user: Sign
) -> None:
    page = unescape(as_user(people.mariana).get("/audits/dsat/coverage").get_data(as_text=True))
    assert "0 of 5 cases" in page
    assert "No partner" in page
    page = unescape(as_user(people.carmen).get("/audits/dsat/coverage").get_data(as_text=True))
    assert ("0 of 3 cases" in page, "No partner" in page) == (True, False)


def test_one_does_not_analyse_oneself(session: Any, people: Cast, cases: dict[str, DsatCase], as_user: Sign) -> None:
    cases["D1"].person_id = people.ivan.id
    session.commit()
    assert as_user(people.ivan).post(f"/audits/dsat/{cases['D1'].id}/root-cause", data={}).status_code == 409
