"""Outlines of session notes: whole in both languages, from a day on, and never rewriting what was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.outlines import rules, services
from app.coaching.outlines.models import Outline
from app.coaching.outlines.rules import Problem
from app.coaching.rules import SessionKind
from app.core.clock import now
from app.core.errors import Refused
from tests.coaching.conftest import NOON
from tests.conftest import Cast


def test_what_hilo_comes_with_is_whole_in_both_languages() -> None:
    assert set(rules.DEFAULTS) == set(SessionKind)
    assert all(rules.problem_of(*both) is None for both in rules.DEFAULTS.values())


@pytest.mark.parametrize(
    ("english", "spanish", "problem"),
    [
        ("Goal\nPlan", "Meta\nPlan", None),
        ("Goal", "  \n", Problem.EMPTY),
        ("Goal\nPlan", "Meta", Problem.UNEVEN),
        ("Goal\ngoal", "Meta\nPlan", Problem.TWICE),
        ("\n".join(map(str, range(9))), "\n".join(map(str, range(9))), Problem.TOO_MANY),
        ("x" * 121, "Meta", Problem.TOO_LONG),
    ],
)
def test_an_outline_is_whole_or_says_why_not(english: str, spanish: str, problem: Problem | None) -> None:
    assert rules.problem_of(english, spanish) is problem


@given(st.lists(st.sampled_from(["Goal:", "What happened?", "a word", "", "Goal: said at once"]), max_size=12))
def test_of_a_note_only_headings_without_words_are_left_out(lines: list[str]) -> None:
    known = {"Goal:", "What happened?"}
    kept = rules.written("\n".join(lines), known).splitlines()
    words = [line for line in lines if line and line not in known]
    assert [line for line in kept if line and line not in known] == words
    assert not kept or kept[-1] not in known
    assert rules.written("\n".join(kept), known) == "\n".join(kept)


def test_an_untouched_outline_leaves_nothing() -> None:
    for text in rules.DEFAULTS[SessionKind.FATAL]:
        assert rules.written(rules.to_fill_in(text), set(rules.headings(text))) == ""


def test_an_outline_holds_from_its_day_on_and_the_one_before_stays(session: Any, people: Cast) -> None:
    today = NOON.date()
    known = {"kind": SessionKind.FATAL, "today": today, "by": people.tomas, "on": NOON}
    first = services.set_outline(session, english="One", spanish="Uno", valid_from=today, **known)
    later = services.set_outline(
        session, english="Two ", spanish="\nDos", valid_from=today + timedelta(days=3), **known
    )
    again = services.set_outline(session, english="Three?", spanish="¿Tres?", valid_from=today, **known)
    by_day = [services.outlines_on(session, today + timedelta(days=n)).get(SessionKind.FATAL) for n in (-1, 0, 2, 3)]
    assert by_day == [None, again, again, later]
    assert (first.text.en, later.text.es) == ("One", "Dos")
    assert {"One:", "Dos:", "Three?", "Meta:"} <= services.known_headings(session)
    with pytest.raises(Refused, match="from today"):
        services.set_outline(session, english="A", spanish="B", valid_from=today - timedelta(days=1), **known)
    with pytest.raises(Refused, match="same number"):
        services.set_outline(session, english="A\nB", spanish="A", valid_from=today, **known)


def test_a_trainer_changes_an_outline_and_a_lead_writes_by_it(session: Any, people: Cast, as_user: Any) -> None:
    path, day = "/coaching/outlines/one_to_one/edit", now().date() + timedelta(days=1)
    for one, status in ((people.tomas, 200), (people.mariana, 200), (people.paola, 403), (people.ana, 403)):
        assert as_user(one).get(path).status_code == status
    trainer = as_user(people.tomas)
    assert trainer.get("/coaching/outlines/nonsense/edit").status_code == 404
    wrong = trainer.post(path, data={"text_en": "A\nB", "text_es": "A", "valid_from": f"{day:%Y-%m-%d}"})
    assert wrong.status_code == 422
    assert "same number of headings" in wrong.get_data(as_text=True)
    before = now() - timedelta(minutes=3)
    data = {"text_en": "Facts\nAgreed", "text_es": "Hechos\nAcordado", "valid_from": f"{day:%Y-%m-%d}"}
    assert trainer.post(path, data=data).status_code == 302
    form = f"/coaching/log?person={people.ana.id}"
    assert "Goal: \nReality:" in as_user(people.paola).get(form).get_data(as_text=True)
    made = session.query(Outline).one()
    made.valid_from = before.date() - timedelta(days=1)
    session.commit()
    page = as_user(people.paola, "es").get(form).get_data(as_text=True)
    assert "Hechos: \nAcordado:" in page
    assert "Meta:" not in page
    sent = {
        "day": f"{before:%Y-%m-%d}", "at": f"{before:%H:%M}", "kind": "one_to_one", "notes": "Goal:\nFacts: late twice.\nAgreed: ",
    }  # fmt: skip
    assert as_user(people.paola).post(form, data=sent).status_code == 302
    record = session.query(SessionRecord).one()
    assert record.notes == "Facts: late twice."
    assert session.query(CoachingSession).one().outline_id == made.id
    later = datetime.now(UTC)
    services.set_outline(
        session, SessionKind.ONE_TO_ONE, "New", "Nuevo", valid_from=later.date() + timedelta(days=1),
        today=later.date(), by=people.tomas, on=later,
    )  # fmt: skip
    session.commit()
    shown = as_user(people.paola).get(f"/coaching/sessions/{record.session_id}").get_data(as_text=True)
    assert "Facts: late twice." in shown
    listed = as_user(people.paola, "es").get("/coaching/outlines").get_data(as_text=True)
    for words in ("Acordado", "Nuevo", "Tomás Gil", 'lang="en">Facts'):
        assert words in listed
    assert "/edit" not in listed
