"""Business reviews: the same figures in every form, frozen ones stay, each sees own units, what was agreed comes back."""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import time_machine
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader
from sqlalchemy import select, update

from app.accounts.models import Activity, Notice, Unit, UnitTree, User
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Cause, Finding, Purpose
from app.core.i18n import speak_to
from app.gaps import moves
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.governance.decisions import services as decisions
from app.governance.decisions.models import Resolution
from app.governance.reviews import queries, services
from app.governance.reviews.models import BusinessReview, ReviewAction
from app.governance.reviews.rules import ActionState, ReviewState
from app.home import governing, notices, reminders
from app.metrics.models import MetricValue
from app.reports.reviews.document import Document
from scripts.recount import reviews as recount
from tests.conftest import Cast
from tests.gaps.conftest import Form
from tests.languages import left_in_english
from tests.reports import package

OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
NOW = datetime(2026, 11, 10, 15, tzinfo=UTC)
TODAY = NOW.date()
WEEKLY = {"text": "Weekly calls", "why": "Two weeks are too long", "review_on": "2027-01-15"}
Signed = Callable[..., Any]


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def review(session: Any, people: Cast, world: None) -> BusinessReview:
    """The draft of Norte and October."""
    session.scalars(select(DsatCase).order_by(DsatCase.id)).first().cause = Cause.PROCESS
    made = services.begin(session, people.norte, OCTOBER, today=TODAY, by=people.mariana, on=NOW)
    session.commit()
    return made


def page_of(found: BusinessReview) -> str:
    return f"/reports/reviews/{found.id}"


def freeze(client: Any, found: BusinessReview, session: Any) -> None:
    assert client.post(f"{page_of(found)}/freeze").status_code == 302
    session.expire_all()


# --- Figures ---


def recounted(session: Any, unit: Unit) -> dict[str, float]:
    """The figures of October counted again with pandas from all rows."""
    teams = set(session.scalars(select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit.id)))
    audits = pd.DataFrame([vars(one) for one in session.scalars(select(Audit))])
    contact = pd.to_datetime(audits["contact_at"])
    mine = audits[audits["team_id"].isin(teams) & (contact.dt.year == 2026) & (contact.dt.month == 10)]
    mine = mine[(mine["purpose"] == Purpose.RANDOM) & mine["released_at"].notna()]
    wrong = set(session.scalars(select(Finding.audit_id)))
    values = pd.DataFrame([vars(one) for one in session.scalars(select(MetricValue))])
    csat = values[(values["metric"] == "csat") & values["unit_id"].isin(teams)]
    return {
        "quality": mine["score"].mean(),
        "fatal_errors": mine["fatal"].mean(),
        "customer_accuracy": 1 - mine["id"].isin(wrong).mean(),
        "csat": csat["numerator"].sum() / csat["denominator"].sum(),
    }


def of_page(page: str) -> list[str]:
    (body,) = re.findall(r'id="results".*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", body, re.DOTALL)
    return [unescape(re.sub(r"<[^>]*>", "", one)).strip() for one in cells]


def of_deck(content: bytes) -> tuple[dict[str, list[float]], list[str], list[str]]:
    """The values of charts by the name of their series, the cells of tables, and the titles."""
    deck = Presentation(io.BytesIO(content))
    series: dict[str, list[float]] = {}
    cells, titles = [], []
    for slide in deck.slides:
        titles.append(slide.shapes.title.text)
        for shape in slide.shapes:
            if shape.has_chart:
                assert shape._element.nvGraphicFramePr.cNvPr.get("descr"), "a chart has a text for who can't see it"
                series |= {one.name: list(one.values) for one in shape.chart.plots[0].series}
            if shape.has_table:
                cells += [cell.text for row in shape.table.rows for cell in row.cells]
    return series, cells, titles


@pytest.mark.parametrize(
    ("language", "quality"), [pytest.param("en", "Quality score", marks=pytest.mark.once), ("es", "Nota de calidad")]
)
def test_every_form_says_the_same_and_so_do_the_rows(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed, language: str, quality: str
) -> None:
    client = as_user(people.mariana, language)
    freeze(client, review, session)
    held = recount.fetched(client, review.id, paper=language == "es")
    with speak_to(language, people.mariana.time_zone, people.mariana.number_format):
        assert list(recount.compared(Document.of(review, review.figures), held)) == []
        if language == "en":
            other = copy.deepcopy(review.figures)
            other["figures"][0]["value"] += 0.01
            other["figures"][0]["months"][-1]["value"] += 0.01
            deviate = {one.partition(":")[0] for one in recount.compared(Document.of(review, other), held)}
            assert deviate == held.keys(), "each form that says something else is told"
    told = json.loads(held["json"])
    figures = {one["metric"]: one for one in told["figures"]}
    for metric, value in recounted(session, people.norte).items():
        assert figures[metric]["value"] == pytest.approx(value), metric
    assert figures["learning_in_time"]["numerator"] == 1
    assert (figures["dsat_audited"]["numerator"], figures["dsat_audited"]["denominator"]) == (1, 2)
    assert told["dsat"]["causes"] == [{"cause": "process", "cases": 1}]
    values = [one["value"] for one in told["figures"] if one["value"] is not None]

    book = load_workbook(io.BytesIO(held["xlsx"]))
    assert [row[1] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)] == pytest.approx(values)
    assert sum(len(sheet._charts) for sheet in book.worksheets) >= 3

    slides = held["pptx"]
    assert package.faults(slides) == []
    assert package.charts(slides) >= 3
    series, cells, titles = of_deck(slides)
    assert series[quality][-1] == pytest.approx(figures["quality"]["value"])
    shares = [f"{100 * value:.1f}" for value in values if value <= 1]
    page = held["page"].decode()
    for share in shares:
        assert any(cell.startswith(share) for cell in cells), share
        assert any(cell.startswith(share) for cell in of_page(page)), share
    shown = unescape(page)
    said = [title for title in titles if title in shown]
    assert len(said) >= 6, "titles of slides are the sentences of the page"
    if language == "es":
        paper = PdfReader(io.BytesIO(held["pdf"]))
        text = " ".join(one.extract_text() for one in paper.pages)
        assert all(share in text for share in shares)
        assert all(section in text for section in ("Errores fatales", "Qué enseñar ahora"))
        assert "/StructTreeRoot" in paper.root_object
        assert str(paper.root_object["/Lang"]).startswith("es")
        english = as_user(people.mariana).get(page_of(review)).get_data(as_text=True)
        names = {one.name for kind in (Unit, User) for one in session.scalars(select(kind))} | {"PPTX"}
        assert left_in_english(english, page, data=names) == set()


def test_frozen_figures_stay_when_the_rows_change_and_a_draft_moves(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed
) -> None:
    client = as_user(people.mariana)

    def score() -> float:
        found = json.loads(client.get(f"{page_of(review)}?format=json").get_data(as_text=True))
        return next(one["value"] for one in found["figures"] if one["metric"] == "quality")

    first = score()
    session.execute(update(Audit).where(Audit.reference.like("%-10-3")).values(score=0.1))
    session.commit()
    drafted = score()
    assert drafted != first
    freeze(client, review, session)
    session.execute(update(Audit).values(score=0.5))
    session.commit()
    assert score() == drafted
    assert services.READY in session.scalars(select(Notice.kind).where(Notice.person_id == people.carmen.id)).all()
    assert "review.frozen" in session.scalars(select(Activity.verb)).all()
    again = client.post(f"{page_of(review)}/freeze")
    assert again.status_code == 409


def test_a_month_that_still_runs_is_not_frozen(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed
) -> None:
    review.month = date(2026, 11, 1)
    session.commit()
    assert as_user(people.mariana).post(f"{page_of(review)}/freeze").status_code == 409
    session.expire_all()
    assert review.state is ReviewState.DRAFT


# --- Who ---


def test_each_sees_ready_reviews_of_own_units_alone(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed
) -> None:
    def answers(name: str) -> int:
        return int(as_user(getattr(people, name)).get(page_of(review)).status_code)

    assert [answers(name) for name in ("mariana", "ada")] == [200, 200]
    assert [answers(name) for name in ("carmen", "pedro", "paola")] == [404, 404, 404], "a draft is not told"
    assert [answers(name) for name in ("ana", "ivan")] == [403, 403]
    assert as_user(None).get(page_of(review)).status_code == 302
    freeze(as_user(people.mariana), review, session)
    assert [answers(name) for name in ("carmen", "pedro", "paola", "raul")] == [200, 404, 404, 404]
    carmen, pedro = as_user(people.carmen), as_user(people.pedro)
    assert carmen.get(f"{page_of(review)}?format=xlsx").status_code == 200
    assert pedro.get(f"{page_of(review)}?format=xlsx").status_code == 404
    assert "Norte" in carmen.get("/reports/reviews").get_data(as_text=True)
    assert "Norte" not in pedro.get("/reports/reviews").get_data(as_text=True)
    for deed in ("freeze", "hold", "discard", "decisions", "actions", "comments/summary"):
        assert carmen.post(f"{page_of(review)}/{deed}").status_code == 403, deed
    assert "Next step" not in carmen.get(page_of(review)).get_data(as_text=True)
    assert "Business review of" in carmen.get("/").get_data(as_text=True), "the first screen says that it waits"


def test_a_review_is_begun_once_by_who_may(session: Any, people: Cast, as_user: Signed) -> None:
    mariana = as_user(people.mariana)
    asked = {"unit": people.sur.id, "month": "2026-10"}
    assert mariana.post("/reports/reviews", data=asked).status_code == 302
    twice = mariana.post("/reports/reviews", data=asked)
    assert twice.status_code == 422
    assert "There is already a review of Sur" in twice.get_data(as_text=True)
    ahead = mariana.post("/reports/reviews", data={**asked, "month": "2027-03"})
    assert (ahead.status_code, "has not begun yet" in ahead.get_data(as_text=True)) == (422, True)
    assert mariana.post("/reports/reviews", data={**asked, "month": "October"}).status_code == 422
    assert as_user(people.carmen).post("/reports/reviews", data=asked).status_code == 403
    (made,) = session.scalars(select(BusinessReview))
    assert mariana.post(f"{page_of(made)}/discard").status_code == 302
    assert not session.scalars(select(BusinessReview.id)).all()


# --- What is said and agreed ---


def test_comments_are_kept_as_typed_in_both_languages(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed
) -> None:
    client, address = as_user(people.mariana), f"{page_of(review)}/comments/summary"
    kept = client.post(address, data={"en": "Steady.", "es": "", "revision": 0}).get_json()
    assert kept == {"says": "Saved. The Spanish is missing.", "revision": 1}
    page = client.get(page_of(review)).get_data(as_text=True)
    assert "In one language only so far: In short." in page
    lost = client.post(address, data={"en": "Other", "es": "", "revision": 0})
    assert lost.status_code == 409
    assert "Somebody else" in lost.get_json()["says"]
    kept = client.post(address, data={"en": "Steady.", "es": "Estable.", "revision": 1}).get_json()
    assert kept == {"says": "Saved.", "revision": 2}
    freeze(client, review, session)
    assert client.post(address, data={"en": "Late", "es": "", "revision": 2}).status_code == 409
    assert client.post(f"{page_of(review)}/comments/other").status_code == 404
    spanish = as_user(people.carmen, "es")
    assert "Estable." in spanish.get(page_of(review)).get_data(as_text=True)
    _series, _cells, titles = of_deck(spanish.get(f"{page_of(review)}?format=pptx").data)
    assert "En resumen" in titles


def test_what_was_agreed_comes_back_and_its_owner_is_reminded(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed
) -> None:
    before = services.begin(session, people.norte, SEPTEMBER, today=TODAY, by=people.mariana, on=NOW)
    session.commit()
    mariana, carmen = as_user(people.mariana), as_user(people.carmen)
    freeze(mariana, before, session)
    for text, due in (("Call the site", "2026-11-12"), ("Change the script", "2026-11-20")):
        data = {"action": text, "owner": people.carmen.id, "due_on": due}
        assert mariana.post(f"{page_of(before)}/actions", data=data).status_code == 302
    assert mariana.post(f"{page_of(before)}/decisions", data=WEEKLY).status_code == 302
    stranger = {"action": "x", "owner": people.pedro.id, "due_on": "2026-11-20"}
    assert mariana.post(f"{page_of(before)}/actions", data=stranger).status_code == 422
    late = {"action": "x", "owner": people.carmen.id, "due_on": "2026-11-01"}
    refused = mariana.post(f"{page_of(before)}/actions", data=late)
    assert (refused.status_code, "already passed" in refused.get_data(as_text=True)) == (422, True)
    call, script = session.scalars(select(ReviewAction).order_by(ReviewAction.id)).all()
    told = {"state": "dropped", "outcome": ""}
    assert carmen.post(f"/reports/reviews/actions/{script.id}", data=told).status_code == 409, "a reason is asked for"
    done = {"state": "done", "outcome": "In use since Monday"}
    assert carmen.post(f"/reports/reviews/actions/{script.id}", data=done).status_code == 302
    assert as_user(people.pedro).post(f"/reports/reviews/actions/{call.id}", data=done).status_code == 404
    assert mariana.post(f"{page_of(before)}/hold", data={"held_on": "2026-11-09"}).status_code == 302
    assert mariana.post(f"{page_of(before)}/decisions", data=WEEKLY).status_code == 409

    session.expire_all()
    assert reminders.remind(session, date(2026, 11, 13), on=NOW) == 1
    (notice,) = session.scalars(select(Notice).where(Notice.kind == governing.REVIEW_ACTION_OVERDUE))
    assert (notice.person_id, notice.path) == (people.carmen.id, f"{page_of(before)}#action-{call.id}")
    assert "“Call the site”" in notices.sentence(notice, "UTC")
    session.commit()

    freeze(mariana, review, session)
    page = carmen.get(page_of(review)).get_data(as_text=True)
    assert "Follow-up of what was agreed" in page
    assert "In use since Monday" in page
    agreed = {one["text"]: one["state"] for one in review.figures["agreed"]}
    assert agreed == {"Call the site": "open", "Change the script": "done"}
    _series, cells, titles = of_deck(carmen.get(f"{page_of(review)}?format=pptx").data)
    assert "1 of 2 actions agreed before are done" in titles
    assert {"Call the site", "In use since Monday", "Weekly calls"} <= set(cells)
    assert "1 of 1 decision taken before stands" in titles


def test_decisions_of_a_review_stand_in_the_register_and_come_back(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed
) -> None:
    september = services.begin(session, people.norte, SEPTEMBER, today=TODAY, by=people.mariana, on=NOW)
    session.commit()
    mariana, carmen, pedro = (as_user(person) for person in (people.mariana, people.carmen, people.pedro))
    assert mariana.post(f"{page_of(september)}/decisions", data={**WEEKLY, "why": ""}).status_code == 422
    early = mariana.post(f"{page_of(september)}/decisions", data={**WEEKLY, "review_on": "2026-11-01"})
    assert (early.status_code, "after the day of the decision" in early.get_data(as_text=True)) == (422, True)
    assert mariana.post(f"{page_of(september)}/decisions", data=WEEKLY).status_code == 302
    (made,) = session.scalars(select(Resolution))
    register, one = "/governance/decisions", f"/governance/decisions/{made.id}"
    assert (made.title_en, made.unit_id, made.review_on) == ("Weekly calls", people.norte.id, date(2027, 1, 15))
    assert carmen.get(one).status_code == 404, "what a draft says is not told"
    assert "Weekly calls" not in carmen.get(register).get_data(as_text=True)
    freeze(mariana, september, session)
    assert page_of(september) in carmen.get(one).get_data(as_text=True)
    assert "Weekly calls" in carmen.get(register).get_data(as_text=True)
    assert (pedro.get(one).status_code, "Weekly calls" in pedro.get(register).get_data(as_text=True)) == (404, False)

    freeze(mariana, review, session)
    for client, heading in ((carmen, "Decisions of earlier reviews"), (as_user(people.carmen, "es"), "anteriores")):
        page = client.get(page_of(review)).get_data(as_text=True)
        assert all(words in page for words in (heading, "Weekly calls", "Two weeks are too long", one))
    (kept,) = review.figures["decided"]
    assert (kept["text"], kept["stands"]) == ({"en": "Weekly calls", "es": ""}, True)
    facts = {"title_en": "Calls each month", "title_es": "Llamadas cada mes", "why": "Enough", "alternatives": ""}
    facts |= {"unit_id": people.norte.id, "decided_on": TODAY, "review_on": None}
    decisions.decide(session, facts, decided_by=people.mariana, instead_of=made, by=people.mariana, on=NOW)
    session.commit()
    assert "Replaced" in carmen.get(page_of(review)).get_data(as_text=True)
    told = json.loads(carmen.get(f"{page_of(september)}?format=json").get_data(as_text=True))
    assert [one["why"] for one in told["decisions"]] == ["Two weeks are too long"]


def test_what_was_settled_long_ago_does_not_come_back(session: Any, people: Cast) -> None:
    days = {"today": TODAY, "by": people.mariana, "on": NOW}
    july, august = (services.begin(session, people.norte, date(2026, month, 1), **days) for month in (7, 8))
    made = [
        services.agree(session, july, text, owner=people.carmen, due_on=date(2026, 12, 1), **days)
        for text in ("old", "still open")
    ]
    kept = services.agree(session, august, "newer", owner=people.carmen, due_on=date(2026, 12, 2), **days)
    for one in (made[0], kept):
        services.settle(session, one, ActionState.DONE, "", **{**days, "today": date(2026, 7, 20)})
    back = [one.text for one in session.scalars(queries.came_back(people.norte.id, SEPTEMBER))]
    assert back == ["still open", "newer"]


# --- The command ---


def test_the_command_gives_the_frozen_review_else_one_drawn_now(
    session: Any, people: Cast, review: BusinessReview, as_user: Signed, run: Callable[..., Any], tmp_path: Path
) -> None:
    asked = ("review", "--month", "2026-10", "--unit", people.norte.path)
    drawn = run(*asked, "--format", "json")
    assert (drawn.exit_code, json.loads(drawn.stdout)["frozen"]) == (0, False)
    assert "has not been frozen" in drawn.stderr
    freeze(as_user(people.mariana), review, session)
    kept = run(*asked, "--format", "json")
    assert json.loads(kept.stdout)["frozen"] is True
    assert "frozen at" in kept.stderr
    path = tmp_path / "review.pptx"
    assert run(*asked, "--format", "pptx", "--language", "es", "-o", str(path)).exit_code == 0
    _series, _cells, titles = of_deck(path.read_bytes())
    assert titles[0] == "Revisión de negocio de Norte, octubre de 2026"
    for wrong, line in (
        (("--month", "2026-10", "--unit", "Nowhere", "--format", "pdf"), "there is no unit “Nowhere”"),
        (("--month", "2027-10", "--unit", people.norte.path, "--format", "json"), "has not begun"),
        (("--month", "2026-10", "--unit", people.norte.path, "--format", "pdf", "-o", str(tmp_path)), "is a directory"),
    ):
        failed = run("review", *wrong)
        assert failed.exit_code in (1, 2)
        assert line in failed.stderr
        assert "Traceback" not in failed.stderr


def test_gaps_that_moved_are_counted_by_month(session: Any, people: Cast, form: Form) -> None:
    facts = {"probability": 0.9, "n": 1.0, "f": 1.0, "checks13": 9, "fails13": 5, "since": 0}
    for person, steps in (
        (people.ana, [(9, 14, "open"), (10, 12, "closed"), (10, 26, "relapsed")]),
        (people.sol, [(10, 5, "open")]),
    ):
        gap = Gap(person_id=person.id, competency_id=form.tone.id, state=GapState.OPEN)
        session.add(gap)
        session.flush()
        state = GapState.NONE
        for month, day, after in steps:
            week = date(2026, month, day)
            session.add(Transition(gap_id=gap.id, week=week, from_state=state, to_state=GapState(after), **facts))
            state = GapState(after)
    session.flush()
    months = [SEPTEMBER, OCTOBER, date(2026, 11, 1)]
    teams = select(UnitTree.unit_id).where(UnitTree.ancestor_id == people.norte.id)
    september, october = moves.by_month(session, teams, months)
    assert (september.opened, october.opened, october.closed, october.relapsed) == (1, 0, 1, 0)
    assert moves.active_at_end(session, teams, date(2026, 11, 1)) == {}
    assert moves.active_at_end(session, None, date(2026, 11, 8)) == {form.tone.id: 2}
    everywhere = moves.by_competency(session, None, OCTOBER, date(2026, 11, 1))
    assert (everywhere[form.tone.id].opened, everywhere[form.tone.id].closed) == (1, 1)
