"""A month's priorities: drawn up, ordered with reasons, signed by three, frozen, and followed up."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.permissions import Role
from app.core.clock import monday_of
from app.core.errors import Refused
from app.curriculum.models import Competency, Module, ModuleKind
from app.governance import services
from app.governance.models import PriorityEntry, PriorityList
from app.governance.queries import to_sign
from app.governance.rules import Answer, ListState, Part
from tests.conftest import make_user
from tests.evidence import put_cell

JULY, TODAY = date(2026, 7, 1), date(2026, 7, 3)
ON = datetime.fromisoformat("2026-07-03T15:00:00+00:00")
LAST_OF_JUNE = date(2026, 6, 30)
URL = "/reports/agreed?month=2026-07"


@pytest.fixture
def evidence(session: Any, people: Any) -> list[Competency]:
    """Much to gain on refunds, less on tone; refunds have a module."""
    found = [Competency(code=f"K{n}", name_en=en, name_es=es, target=0.9) for n, en, es in
             ((1, "Refund policy", "Política de reembolso"), (2, "Tone", "Tono"))]  # fmt: skip
    session.add_all(found)
    session.add(
        Module(
            code="M1",
            title_en="Refunds",
            title_es="Reembolsos",
            kind=ModuleKind.ARTICLE,
            minutes=5,
            competencies=found[:1],
        )
    )
    session.flush()
    for person in (people.ana, people.luis, people.sol):
        for about, fails in zip(found, (12, 7), strict=True):
            put_cell(
                session,
                person_id=person.id,
                competency_id=about.id,
                week=monday_of(LAST_OF_JUNE),
                n_raw=20,
                fails=fails,
                standard=20.0,
            )
    session.commit()
    return found


@pytest.fixture
def drawn(session: Any, people: Any, evidence: list[Competency]) -> PriorityList:
    found = services.draw_up(session(), JULY, today=TODAY, by=people.mariana, on=ON)
    session.commit()
    return found


def settle(session: Any, people: Any, entry: PriorityEntry, **facts: Any) -> None:
    told = {"place": entry.place, "reason": "", "answer": Answer.MODULE, "owner_id": people.mariana.id, "due_on": None}
    services.settle_entry(session(), entry, **{**told, **facts}, by=people.mariana, on=ON)


def all_settled(session: Any, people: Any, drawn: PriorityList) -> None:
    for entry in list(drawn.entries):
        settle(session, people, entry)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_the_draft_keeps_the_arithmetic_of_that_day(
    session: Any, evidence: list[Competency], drawn: PriorityList
) -> None:
    assert [(e.place, e.rank, e.competency.code) for e in drawn.entries] == [(1, 1, "K1"), (2, 2, "K2")]
    assert (drawn.evidence_until, drawn.entries[0].agents, drawn.entries[1].answer) == (LAST_OF_JUNE, 3, None)
    assert drawn.entries[0].figures["certainty"] == "certain"


def test_a_move_keeps_its_reason(session: Any, people: Any, drawn: PriorityList) -> None:
    tone = drawn.entries[1]
    with pytest.raises(Refused):
        settle(session, people, tone, place=1)
    settle(session, people, tone, place=1, reason="A launch needs it")
    assert [(e.competency.code, e.place, e.rank) for e in drawn.entries] == [("K2", 1, 2), ("K1", 2, 1)]
    assert drawn.entries[0].reason == "A launch needs it"


def test_three_people_sign_and_the_list_is_frozen(session: Any, people: Any, drawn: PriorityList) -> None:
    with pytest.raises(Refused, match="owner"):
        services.sign(session(), drawn, Part.PROGRAMME, by=people.mariana, on=ON)
    all_settled(session, people, drawn)
    services.sign(session(), drawn, Part.PROGRAMME, by=people.mariana, on=ON)
    with pytest.raises(Refused, match="another person"):
        services.sign(session(), drawn, Part.TRAINING, by=people.mariana, on=ON)
    services.sign(session(), drawn, Part.TRAINING, by=people.ada, on=ON)
    settle(session, people, drawn.entries[0])
    assert drawn.signatures == [], "a change asks for all signatures anew"
    for part, who in zip(Part, (people.mariana, people.ada, people.tomas), strict=True):
        services.sign(session(), drawn, part, by=who, on=ON)
    assert (drawn.state, drawn.agreed_at) == (ListState.AGREED, ON)
    with pytest.raises(Refused):
        settle(session, people, drawn.entries[0])
    with pytest.raises(Refused):
        services.draw_up(session(), JULY, today=TODAY, by=people.mariana, on=ON)


def test_the_first_screen_says_what_waits_for_ones_signature(
    session: Any, people: Any, drawn: PriorityList, as_user: Any
) -> None:
    def months(who: Any) -> list[Any]:
        return list(session.scalars(to_sign(who)))

    all_settled(session, people, drawn)
    assert months(people.mariana) == months(people.tomas) == months(people.ada) == [drawn.month]
    assert months(people.paola) == months(people.carmen) == []
    assert f"/reports/agreed?month={drawn.month:%Y-%m}" in as_user(people.mariana).get("/").get_data(as_text=True)
    assert "por firmar" in as_user(people.mariana, "es").get("/").get_data(as_text=True)
    services.sign(session(), drawn, Part.PROGRAMME, by=people.mariana, on=ON)
    assert (months(people.mariana), months(people.tomas)) == ([], [drawn.month])


def test_what_came_of_it_is_kept_when_it_is_closed(session: Any, people: Any, drawn: PriorityList) -> None:
    all_settled(session, people, drawn)
    for part, who in zip(Part, (people.mariana, people.ada, people.tomas), strict=True):
        services.sign(session(), drawn, part, by=who, on=ON)
    with pytest.raises(Refused, match="not over"):
        services.close(session(), drawn, today=TODAY, by=people.mariana, on=ON)
    services.close(session(), drawn, today=date(2026, 8, 2), by=people.mariana, on=ON)
    came = drawn.entries[0].outcome
    assert came is not None
    assert (came["assigned"], came["remedied"], came["agents"]) == (0, 0, 3)
    put_cell(
        session,
        person_id=people.ana.id,
        competency_id=drawn.entries[0].competency_id,
        week=monday_of(LAST_OF_JUNE),
        n_raw=20,
        fails=0,
        standard=20.0,
    )
    assert services.what_came(session(), drawn, today=date(2026, 8, 9))[0] == came


def test_the_page_from_scores_to_signatures(
    session: Any, people: Any, evidence: list[Competency], as_user: Any
) -> None:
    trainer = make_user(session, "Tina Tres", role=Role.TRAINER, over=people.programme)
    session.commit()
    with time_machine.travel(ON, tick=False):
        client = as_user(people.mariana)
        assert "No list has been drawn up" in text_of(client.get(URL))
        page = text_of(client.post("/reports/agreed/draw", data={"month": "2026-07"}, follow_redirects=True))
        assert "2 priorities, on the evidence up to 30 Jun 2026" in page
        first, second = session.scalars(select(PriorityEntry).order_by(PriorityEntry.place)).all()
        typed = {"place": "1", "answer": "huddle"}
        bad = client.post(
            f"/reports/agreed/entry/{second.id}",
            data={f"e{second.id}-{k}": v for k, v in {**typed, "owner_id": "", "due_on": "2026-07-21"}.items()},
        )
        assert bad.status_code == 422
        assert "Say why" in text_of(bad)
        assert 'value="2026-07-21"' in text_of(bad), "what was typed still stands"
        assert "/reports/agreed?month=2026-07&amp;format=csv" in text_of(bad)
        for entry, place in ((second, 1), (first, 2)):
            told = {
                "place": place,
                "reason": "A launch needs it",
                "answer": "huddle",
                "owner_id": people.mariana.id,
                "due_on": "2026-07-20",
            }
            page = text_of(
                client.post(
                    f"/reports/agreed/entry/{entry.id}",
                    data={f"e{entry.id}-{k}": v for k, v in told.items()},
                    follow_redirects=True,
                )
            )
        assert "Reason: A launch needs it" in page
        assert "Team huddle" in page
        number = first.list_id
        assert "Signed." in text_of(
            client.post(f"/reports/agreed/{number}/sign", data={"part": "programme"}, follow_redirects=True)
        )
        assert as_user(trainer).post(f"/reports/agreed/{number}/sign", data={"part": "programme"}).status_code == 403
        assert client.post(f"/reports/agreed/{number}/sign", data={"part": "nonsense"}).status_code == 422
        as_user(trainer).post(f"/reports/agreed/{number}/sign", data={"part": "training"})
        page = text_of(
            as_user(people.ada).post(
                f"/reports/agreed/{number}/sign", data={"part": "knowledge"}, follow_redirects=True
            )
        )
        assert "agreed and frozen" in page
        assert "Edit…" not in page
        spanish = text_of(as_user(people.mariana, "es").get(URL))
        for words in ("Prioridades acordadas", "Acordada", "Firmas", "Política de reembolso"):
            assert words in spanish
        rows = client.get(URL + "&format=csv").get_data(as_text=True)
        assert "Team huddle" in rows
        assert "Results of July 2026" in text_of(client.get("/reports/agreed?month=2026-08"))


def test_it_is_for_those_who_see_the_whole_programme(people: Any, drawn: PriorityList, as_user: Any) -> None:
    for name in ("carmen", "pedro", "paola"):
        answer = as_user(getattr(people, name)).get(URL)
        assert answer.status_code in (302, 403), name
        assert "Refund policy" not in answer.get_data(as_text=True)
    assert as_user(people.ana).get(URL).status_code == 403
    assert "sign-in" in as_user(None).get(URL).headers["Location"]
    assert as_user(people.pedro).post(f"/reports/agreed/{drawn.id}/sign", data={"part": "programme"}).status_code in (
        403,
        404,
    )
    assert as_user(people.paola).post("/reports/agreed/draw", data={"month": "2026-07"}).status_code == 403
