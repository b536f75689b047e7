"""Teach-backs scored blind, licences kept by teaching, and the cascade from a cohort to agents."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Notice
from app.accounts.permissions import Role
from app.cohorts.deliveries import services as deliveries
from app.cohorts.deliveries.services import Seen
from app.cohorts.licences import services as licences
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Level, Standing, kept
from app.cohorts.programmes import attending, sessions
from app.cohorts.programmes.rules import Outcome
from app.cohorts.teachbacks import rules, services
from app.cohorts.teachbacks.models import ScoreSheet, TeachBack
from app.core.errors import Refused
from tests.cohorts.conftest import ON, seat, text_of
from tests.conftest import make_user

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST = [4, 4, 2]

# --- Rules ---


@pytest.mark.parametrize(
    ("first", "second", "agreed", "third"),
    [
        ([4, 4, 2], [4, 4, 2], 1.0, False),
        ([4, 0, 2], [0, 4, 2], 0.2, True),  # the same total, and no agreement at all
        ([4, 4, 2], [3, 3, 2], 0.8, False),
        ([4, 4, 2], [3, 3, 1], 0.7, True),
    ],
)
def test_observers_are_compared_line_by_line(first, second, agreed, third) -> None:
    assert rules.agreement(first, second, MOST) == pytest.approx(agreed)
    assert rules.needs_third([first, second], MOST, 0.2) is third
    assert rules.needs_third([first, second, first], MOST, 0.2) is False


def test_two_are_averaged_and_of_three_the_middle_one_counts() -> None:
    assert rules.settled([[4, 0], [2, 1]]) == [3, 0.5]
    assert rules.settled([[4, 0], [0, 1], [3, 4]]) == [3, 1]
    assert rules.share([[4, 4, 2], [4, 0, 2]], MOST) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("share", "attempt", "found"),
    [
        (0.8, 1, Outcome.CERTIFIED), (0.79, 1, Outcome.CONDITIONAL), (0.59, 1, Outcome.NOT_CERTIFIED),
        (0.79, 2, Outcome.NOT_CERTIFIED), (0.8, 2, Outcome.CERTIFIED),
    ],
)  # fmt: skip
def test_what_follows_from_the_share(share: float, attempt: int, found: Outcome) -> None:
    assert rules.outcome(share, certified=0.8, conditional=0.6, attempt=attempt) is found


def test_a_licence_is_kept_by_teaching() -> None:
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    taught = [start + DAY * n for n in (10, 100, 150)]
    assert kept(start, end, [], deliveries=0, days=90).until == end
    assert kept(start, end, [], deliveries=2, days=90).until == start + 90 * DAY
    assert kept(start, end, taught, deliveries=2, days=90).until == start + 190 * DAY
    held = kept(start, end, taught, deliveries=2, days=300)
    assert (held.until, held.by_activity) == (end, False)
    assert held.standing(end) is Standing.LAPSING
    assert held.standing(end - 61 * DAY) is Standing.IN_FORCE
    assert held.standing(end + DAY) is Standing.LAPSED


# --- Deeds ---


@pytest.fixture
def observers(session: Any, people: Any) -> list[Any]:
    made = [
        make_user(session, name, role=Role.TRAINER, over=people.programme)
        for name in ("Otto Uno", "Olga Dos", "Omar Tres")
    ]
    session.commit()
    return made


@pytest.fixture
def ana(session: Any, people: Any, cohort: Any) -> Any:
    """Ana has a seat and was at the one session there was."""
    made = seat(session, people, cohort, people.ana)
    facts = {"title": "Day 1", "minutes": 60, "place": "", "by": people.tomas, "on": ON}
    held = sessions.plan(session(), cohort, starts_at=ON, **facts)
    attending.keep_list(session(), held, [people.ana.id], by=people.tomas, on=ON)
    session.commit()
    return made


def teach(
    session: Any, people: Any, enrolment: Any, observers: list[Any], marks: list[list[int]], *, on: Any = ON
) -> TeachBack:
    """A teach-back before the first two observers, scored by as many as there are marks."""
    facts = {"planned_for": on, "minutes": 30, "topic": "Refund policy", "place": "", "by": people.tomas, "on": on}
    made = services.plan(session(), enrolment, observers[:2], **facts)
    for observer, given in zip(observers, marks, strict=False):
        if observer.id not in {sheet.observer_id for sheet in made.sheets}:
            services.add_third(session(), made, observer, by=people.tomas, on=on)
        submit(session, made, observer, given, on=on)
    session.commit()
    return made


def submit(session: Any, back: TeachBack, observer: Any, given: list[int], *, on: Any = ON) -> None:
    sheet = next(one for one in back.sheets if one.observer_id == observer.id)
    lines = back.enrolment.cohort.programme.lines
    marks = {line.id: points for line, points in zip(lines, given, strict=True)}
    services.submit(session(), sheet, marks, remark="", by=observer, on=on)


def certify(session: Any, people: Any, enrolment: Any, observers: list[Any]) -> TrainerLicence:
    back = teach(session, people, enrolment, observers, [[4, 4, 2], [4, 3, 2]])
    services.decide(session(), back, level=Level.TRAINER, reteach_on=None, by=people.tomas, on=ON)
    session.commit()
    return session.scalars(select(TrainerLicence).where(TrainerLicence.is_latest)).one()


def test_a_third_scores_when_two_differ_and_then_the_middle_counts(session, people, ana, observers) -> None:
    with pytest.raises(Refused, match="different"):
        teach(session, people, ana, [observers[0], observers[0]], [])
    with pytest.raises(Refused, match="own"):
        teach(session, people, ana, [observers[0], people.ana], [])
    back = teach(session, people, ana, observers, [[4, 4, 2]])
    with pytest.raises(Refused, match="handed in already"):
        submit(session, back, observers[0], [1, 1, 1])
    with pytest.raises(Refused, match="needs its points"):
        submit(session, back, observers[1], [5, 1, 1])
    with pytest.raises(Refused, match="Not everybody"):
        services.decide(session(), back, level=Level.TRAINER, reteach_on=None, by=people.tomas, on=ON)
    submit(session, back, observers[1], [0, 4, 2])
    with pytest.raises(Refused, match="Not everybody"):
        services.decide(session(), back, level=Level.TRAINER, reteach_on=None, by=people.tomas, on=ON)
    with pytest.raises(Refused, match="somebody else"):
        services.add_third(session(), back, observers[0], by=people.tomas, on=ON)
    services.add_third(session(), back, observers[2], by=people.tomas, on=ON)
    submit(session, back, observers[2], [2, 3, 2])
    with pytest.raises(Refused, match="neither taught nor observed"):
        services.decide(session(), back, level=Level.TRAINER, reteach_on=None, by=observers[2], on=ON)
    services.decide(session(), back, level=Level.MASTER, reteach_on=None, by=people.tomas, on=ON)
    assert (back.outcome, back.share, back.agreement) == (Outcome.CERTIFIED, pytest.approx(0.8), pytest.approx(0.6))
    licence = session.scalars(select(TrainerLicence)).one()
    assert (licence.level, licence.language, licence.expires_on) == (Level.MASTER, "es", date(2027, 11, 3))


def test_a_third_is_asked_on_the_page(session, people, ana, observers, as_user) -> None:
    back = teach(session, people, ana, observers, [[4, 4, 2], [0, 4, 2]])
    with time_machine.travel(ON, tick=False):
        trainer, url = as_user(people.tomas), f"/cohorts/teach-backs/{back.id}"
        assert "a third one scores before anything is decided" in text_of(trainer.get(url))
        assert (
            trainer.post(f"{url}/third", data={"observer": observers[0].id}, follow_redirects=True).status_code == 200
        )
        assert len(back.sheets) == 2, "one of the first two is not the third"
        assert trainer.post(f"{url}/third", data={"observer": observers[2].id}).status_code == 302
    assert [sheet.observer_id for sheet in back.sheets] == [one.id for one in observers]
    assert session.scalar(select(Notice.id).where(Notice.person_id == observers[2].id)) is not None


def test_nobody_is_certified_without_attendance(session, people, cohort, observers) -> None:
    made = seat(session, people, cohort, people.ana)
    back = teach(session, people, made, observers, [[4, 4, 2], [4, 4, 2]])
    with pytest.raises(Refused, match="attendance"):
        services.decide(session(), back, level=Level.TRAINER, reteach_on=None, by=people.tomas, on=ON)


def test_a_conditional_one_teaches_again_once(session, people, ana, observers) -> None:
    back = teach(session, people, ana, observers, [[3, 2, 2], [3, 2, 2]])
    with pytest.raises(Refused, match="needs the day"):
        services.decide(session(), back, level=Level.TRAINER, reteach_on=ON.date(), by=people.tomas, on=ON)
    day = ON.date() + 7 * DAY
    services.decide(session(), back, level=Level.TRAINER, reteach_on=day, by=people.tomas, on=ON)
    assert (ana.outcome, ana.reteach_on) == (Outcome.CONDITIONAL, day)
    again = teach(session, people, ana, observers, [[3, 2, 2], [3, 2, 2]], on=ON + 5 * DAY)
    services.decide(session(), again, level=Level.TRAINER, reteach_on=None, by=people.tomas, on=ON + 5 * DAY)
    assert (again.attempt, ana.outcome) == (2, Outcome.NOT_CERTIFIED)
    with pytest.raises(Refused, match="Only people with a seat"):
        teach(session, people, ana, observers, [])


def test_no_observer_sees_the_other_before_both_are_in(session, people, ana, observers, as_user) -> None:
    with time_machine.travel(ON, tick=False):
        trainer = as_user(people.tomas)
        first, second = observers[:2]
        form = {
            "title": "Refund policy",
            "day": "2026-11-03",
            "at": "09:00",
            "minutes": 30,
            "place": "",
            "first": first.id,
        }
        url = f"/cohorts/enrolments/{ana.id}/teach-back"
        assert trainer.post(url, data={**form, "second": first.id}).status_code == 422
        assert trainer.post(url, data={**form, "second": second.id}).status_code == 302
        back = session.scalars(select(TeachBack)).one()
        url, lines = f"/cohorts/teach-backs/{back.id}", ana.cohort.programme.lines
        one, two = as_user(first), as_user(second, "es")
        assert one.post(f"{url}/score", data={f"line-{lines[0].id}": 4}).status_code == 422
        marks = {f"line-{line.id}": points for line, points in zip(lines, (3, 2, 1), strict=True)}
        assert one.post(f"{url}/score", data={**marks, "remark": "SECRET OF ONE"}).status_code == 302
        for client in (two, trainer, as_user(people.ana), as_user(people.carmen), as_user(people.paola)):
            page = text_of(client.get(url))
            assert "SECRET OF ONE" not in page
            assert "Share of the points" not in page
        seen = session.execute(ScoreSheet.visible_to(second)).scalars().all()
        assert [sheet.observer_id for sheet in seen] == [second.id]
        assert two.post(f"{url}/score", data={**marks, f"line-{lines[1].id}": 3}).status_code == 302
        assert "SECRET OF ONE" in text_of(two.get(url))
        assert "SECRET OF ONE" in text_of(trainer.get(url))
        assert "SECRET OF ONE" not in text_of(as_user(people.ana).get(url)), "not before it is decided"
        assert "Condicional" in text_of(as_user(people.tomas, "es").get(url))
        assert as_user(people.carmen).post(f"{url}/decide", data={"level": "trainer"}).status_code == 403
        decided = trainer.post(
            f"{url}/decide", data={"level": "trainer", "reteach_on": "2026-11-20"}, follow_redirects=True
        )
        assert "teaches again" in text_of(decided)
        assert "SECRET OF ONE" in text_of(as_user(people.ana).get(url))
        for who in (people.pedro, people.raul, people.luis, people.ivan):
            assert as_user(who).get(url).status_code == 404
        assert "Re-teach" in text_of(trainer.get(f"/cohorts/{ana.cohort_id}"))


# --- Licences ---


def test_a_licence_is_renewed_in_its_last_days_if_it_was_kept(session, people, ana, observers) -> None:
    licence = certify(session, people, ana, observers)
    with pytest.raises(Refused, match="60 days"):
        licences.renew(session(), licence, by=people.tomas, on=ON)
    near = ON + timedelta(days=340)
    with pytest.raises(Refused, match="lapsed"):
        licences.renew(session(), licence, by=people.tomas, on=near)
    facts = {"title": "R", "minutes": 60, "place": "", "by": people.ana}
    for days in (200, 210):
        at = ON + timedelta(days=days)
        with pytest.raises(Refused, match="is not valid"):
            deliveries.plan(session(), licence, people.refunds, starts_at=at, on=ON, **facts)
    for days in (150, 170, 300, 320):
        at = ON + timedelta(days=days)
        given = deliveries.plan(session(), licence, people.refunds, starts_at=at, on=at - DAY, **facts)
        deliveries.keep_list(session(), given, {people.luis.id: Seen(True)}, by=people.ana, on=at + HOUR)
    assert licences.holding(session(), [licence])[licence.id].standing(near.date()) is Standing.LAPSING
    with pytest.raises(Refused, match="own"):
        licences.renew(session(), licence, by=people.ana, on=near)
    again = licences.renew(session(), licence, by=people.tomas, on=near)
    assert (again.expires_on, again.is_latest, licence.is_latest) == (date(2028, 11, 3), True, False)


@pytest.mark.once
def test_the_certificate_and_its_check(session, people, ana, observers, as_user) -> None:
    people.ana.language = "es"
    licence = certify(session, people, ana, observers)
    url = f"/cohorts/licences/{licence.id}.pdf"
    with time_machine.travel(ON, tick=False):
        words = PdfReader(io.BytesIO(as_user(people.paola).get(url).data)).pages[0].extract_text()
        for text in ("Ana Ruiz", "Formador de reembolsos", licence.number, "Certificado"):
            assert text in words
        for who in (people.pedro, people.luis, people.ivan):
            assert as_user(who).get(url).status_code == 404
        page = text_of(as_user(None, "es").get(f"/cohorts/licences/check?number={licence.number.lower()}"))
        assert "Ana Ruiz" in page
        assert "Vigente" in page
        assert people.ana.email not in page
        rows = as_user(people.carmen).get("/cohorts/trainers?state=in_force&format=csv").get_data(as_text=True)
        assert "Ana Ruiz" in rows
        assert "Ana Ruiz" not in as_user(people.carmen).get("/cohorts/trainers?state=lapsed&format=csv").get_data(
            as_text=True
        )
        page = text_of(as_user(people.mariana).get("/cohorts/trainers"))
        assert "nobody may teach" in page, "Sur has no trainer"
        mine = text_of(as_user(people.carmen).get("/cohorts/trainers"))
        assert "nobody may teach" not in mine
        assert "Sur" not in mine
    with time_machine.travel(ON + timedelta(days=130), tick=False):
        page = text_of(as_user(people.carmen).get("/cohorts/trainers"))
        assert "for lack of teaching" in page
        assert "nobody left in 60 days" in page
