"""Certificates: until when, each cycle a row, on paper in the holder's language, checked by anybody, renewed in time."""

from __future__ import annotations

import io
from datetime import date, timedelta
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from app.accounts.models import Notice
from app.core.clock import now
from app.curriculum import services as curriculum
from app.curriculum.certificates import rules, services
from app.curriculum.certificates.models import Certificate, CertificateTerms
from app.curriculum.certificates.renewing import renew
from app.curriculum.certificates.rules import Basis, Validity
from app.curriculum.models import Assignment, AssignmentReason
from app.curriculum.paths import writing
from app.curriculum.paths.models import Path, PathAssignment, PathVersion
from app.home import notices, reminders
from tests.curriculum.conftest import ON, TODAY, give
from tests.curriculum.test_views import text_of


def terms(basis, **facts):
    return SimpleNamespace(
        basis=basis, **{"months": 12, "window_days": 30, "fixed_month": 12, "fixed_day": 31, **facts}
    )


DONE = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("given", "done", "previous", "until"),
    [
        (terms(Basis.COMPLETION), DONE, None, date(2027, 11, 3)),
        (terms(Basis.COMPLETION), DONE, date(2026, 11, 20), date(2027, 11, 3)),
        (terms(Basis.COMPLETION, months=1), date(2027, 1, 31), None, date(2027, 2, 28)),
        (terms(Basis.PREVIOUS), DONE, None, date(2027, 11, 3)),
        (terms(Basis.PREVIOUS), DONE, date(2026, 11, 20), date(2027, 11, 20)),
        (terms(Basis.PREVIOUS), DONE, date(2026, 12, 20), date(2027, 11, 3)),  # before the window
        (terms(Basis.PREVIOUS), DONE, date(2026, 11, 2), date(2027, 11, 3)),  # too late
        (terms(Basis.FIXED), DONE, None, date(2026, 12, 31)),
        (terms(Basis.FIXED), date(2026, 12, 15), None, date(2027, 12, 31)),
        (terms(Basis.FIXED, fixed_month=2, fixed_day=31), DONE, None, date(2027, 2, 28)),
        (terms(Basis.NEVER), DONE, None, None),
    ],
)
def test_until_when_a_certificate_is_valid(given, done, previous, until):
    assert rules.expiry(given, done, previous) == until


@pytest.mark.parametrize(
    ("days", "found"), [(-1, Validity.EXPIRED), (0, Validity.EXPIRING), (60, Validity.EXPIRING), (61, Validity.VALID)]
)
def test_where_a_certificate_stands(days, found):
    assert rules.validity(DONE + timedelta(days=days), DONE) is found
    assert rules.validity(None, DONE) is Validity.VALID


@pytest.fixture
def certified(session, module):
    """The module gives certificates for a year, counted from the previous expiry."""
    session.add(CertificateTerms(module_id=module.id, basis=Basis.PREVIOUS, months=12))
    session.commit()
    return module


def complete(session, person, module, on=ON, **facts):
    given = give(session, person, module, on=on, **facts)
    curriculum.complete(session, given, on=on, language="es")
    session.commit()
    return session.scalars(select(Certificate).where(Certificate.assignment_id == given.id)).one()


def test_completing_issues_a_certificate_and_renewing_the_next_cycle(session, people, certified):
    first = complete(session, people.ana, certified)
    assert (first.cycle, first.expires_on, first.is_latest) == (1, date(2027, 11, 3), True)
    later = ON + timedelta(days=350)
    second = complete(session, people.ana, certified, on=later, assigned_on=later.date())
    assert (second.cycle, second.expires_on, first.is_latest) == (2, date(2028, 11, 3), False)
    assert len({first.number, second.number}) == 2


def test_certificates_are_issued_for_completions_of_before(session, people, module):
    for person in (people.ana, people.luis):
        curriculum.complete(session, give(session, person, module), on=ON, language="es")
    services.set_terms(session, module, {"basis": Basis.COMPLETION, "months": 6}, by=people.tomas, on=ON)
    assert services.issue_missing(session, module, by=people.tomas, on=ON) == 2
    assert services.issue_missing(session, module, by=people.tomas, on=ON) == 0


@pytest.mark.once
def test_the_paper_is_in_the_holders_language_whoever_asks(people, certified, as_user, session):
    people.ana.language = "es"
    found = complete(session, people.ana, certified)
    answer = as_user(people.paola, "en").get(f"/curriculum/certificates/{found.id}.pdf")
    words = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    for text in ("Certificado", "Ana Ruiz", "Reembolsos paso a paso", found.number, "certificates/check"):
        assert text in words
    assert as_user(people.ana).get(f"/curriculum/certificates/{found.id}.pdf").status_code == 200
    for other in (people.luis, people.raul, people.pedro, people.ivan):
        assert as_user(other).get(f"/curriculum/certificates/{found.id}.pdf").status_code == 404
    assert as_user(None).get(f"/curriculum/certificates/{found.id}.pdf").status_code == 302


def test_anybody_checks_a_number_and_learns_only_what_they_must(people, certified, as_user, session):
    found = complete(session, people.ana, certified)
    client = as_user(None, "es")
    page = text_of(client.get(f"/curriculum/certificates/check?number={found.number.lower()}"))
    for text in ("Ana Ruiz", "Reembolsos paso a paso", "Vigente"):
        assert text in page
    for secret in (people.ana.employee_no, people.ana.email, "Refunds ·", "Bogotá"):
        assert secret not in page
    assert "Ningún certificado tiene este número" in text_of(client.get("/curriculum/certificates/check?number=X"))


def test_the_list_shows_what_expires_within_reach_and_assigns_it_anew(people, certified, as_user, session):
    for person in (people.ana, people.luis, people.sol):
        complete(session, person, certified)
    soon = now().date() + timedelta(days=20)
    session.execute(update(Certificate).where(Certificate.person_id != people.luis.id).values(expires_on=soon))
    session.commit()
    client, path = as_user(people.paola), "/curriculum/certificates"
    page = text_of(client.get(f"{path}?expires=30"))
    assert "Ana Ruiz" in page
    for absent in ("Luis Mora", "Sol Paz"):
        assert absent not in page
    assert "Sol Paz" not in text_of(as_user(people.carmen).get(f"{path}?format=csv"))
    for who in (people.ana, people.ivan):
        assert as_user(who).get(path).status_code == 403
    assert as_user(people.carmen).post(f"{path}/renew").status_code == 403
    assert client.post(f"{path}/renew?expires=30").location == f"{path}?expires=30"
    given = session.scalars(select(Assignment).where(Assignment.reason == AssignmentReason.RECERTIFICATION)).all()
    assert [(one.person_id, one.due_on) for one in given] == [(people.ana.id, soon)]


def test_a_trainer_sets_what_a_module_certifies(people, module, as_user, session):
    curriculum.complete(session, give(session, people.ana, module), on=ON, language="es")
    client, path = as_user(people.tomas, "es"), f"/curriculum/modules/{module.id}/certificate"
    form = {"basis": "fixed", "months": 12, "window_days": 30, "fixed_day": 30, "fixed_month": 6}
    assert "30 jun 2027" in text_of(client.post(path, data={**form, "then": "preview"}))
    assert session.get(CertificateTerms, module.id) is None
    assert client.post(path, data={**form, "months": 0}).status_code == 422
    assert client.post(path, data=form).status_code == 302
    assert "1 finalización todavía no tiene" in text_of(client.get(path))
    assert client.post(f"{path}/issue").status_code == 302
    assert session.scalars(select(Certificate)).one().expires_on == date(2027, 6, 30)
    assert "Certificados" in text_of(as_user(people.ana, "es").get("/curriculum/learn"))
    assert client.post(f"{path}/drop").status_code == 302
    assert client.post(f"{path}/drop").status_code == 404
    assert as_user(people.paola).get(path).status_code == 403


def test_the_list_asks_as_much_for_many_as_for_few(people, certified, as_user, session, count_queries):
    complete(session, people.ana, certified)
    client = as_user(people.tomas)
    few = count_queries(lambda: client.get("/curriculum/certificates"))
    for n in range(1, 8):
        complete(session, people.luis, certified, assigned_on=TODAY + timedelta(days=n))
    assert count_queries(lambda: client.get("/curriculum/certificates")) <= few


@pytest.mark.parametrize(
    ("least", "done", "issued", "expected"),
    [
        (0, DONE, DONE, False),
        (30, DONE, None, False),
        (30, DONE, DONE - timedelta(days=29), True),
        (30, DONE, DONE - timedelta(days=30), False),
    ],
)
def test_the_least_period_between_two_certificates(least, done, issued, expected):
    assert rules.is_too_soon(least, done, issued) is expected


def test_who_completes_it_again_too_soon_keeps_the_certificate_there_is(session, people, certified, as_user):
    terms_ = session.get(CertificateTerms, certified.id)
    terms_.least_days = 60
    session.commit()
    first = complete(session, people.ana, certified)
    soon = ON + timedelta(days=30)
    again = give(session, people.ana, certified, on=soon, assigned_on=soon.date())
    curriculum.complete(session, again, on=soon, language="es")
    session.commit()
    assert session.scalars(select(Certificate)).all() == [first]
    assert services.lacking(session, terms_, certified.id) == 0
    assert services.issue_missing(session, certified, by=people.tomas, on=soon) == 0
    later = complete(session, people.ana, certified, on=ON + timedelta(days=61), assigned_on=TODAY + timedelta(days=61))
    assert (later.cycle, first.is_latest) == (2, False)
    form = {"basis": "completion", "months": 12, "window_days": 30, "least_days": 45, "fixed_day": 30, "fixed_month": 6}
    assert as_user(people.tomas).post(f"/curriculum/modules/{certified.id}/certificate", data=form).status_code == 302
    session.refresh(terms_)
    assert terms_.least_days == 45


def test_holder_and_trainer_are_told_before_a_certificate_expires(session, people, certified):
    for person in (people.ana, people.sol):
        complete(session, person, certified)
    session.query(Notice).delete()
    expires = session.scalars(select(Certificate.expires_on)).first()
    for days, expected in ((31, 0), (30, 2), (29, 0), (7, 2)):
        day = expires - timedelta(days=days)
        reminders.remind(session, day, on=ON)
        told = session.query(Notice).filter_by(kind=reminders.CERTIFICATE_EXPIRES).all()
        assert len(told) == expected, days
        session.query(Notice).filter_by(kind=reminders.CERTIFICATE_EXPIRES).delete()
    mondays = [expires - timedelta(days=n) for n in range(40) if (expires - timedelta(days=n)).weekday() == 0]
    session.query(Notice).delete()
    for day in mondays:
        reminders.remind(session, day, on=ON)
        reminders.remind(session, day, on=ON)
    theirs = session.query(Notice).filter_by(kind=reminders.CERTIFICATES_EXPIRE).all()
    assert {one.person_id for one in theirs} == {people.tomas.id}
    assert len(theirs) == sum(day >= expires - timedelta(days=30) for day in mondays)
    assert notices.sentence(theirs[0], "UTC").startswith("2 certificates expire within 30 days")
    assert notices.why(theirs[0]) == "Because you train the people in this unit."


def test_who_walked_a_path_renews_by_its_shorter_variant(session, people, certified):
    held = [complete(session, one, certified) for one in (people.ana, people.luis)]
    facts = {"title_en": "P", "title_es": "P", "about_en": "", "about_es": "", "days": 9, "in_order": True,
             "counts_earlier": False}  # fmt: skip
    made = []
    for code in ("short", "long"):
        path = Path(code=code, revision=0)
        step = {"position": 1, "module_id": certified.id, "optional": False}
        shorter = made[0].id if made else None
        writing.save(session, path, {**facts, "code": code, "shorter_id": shorter}, [step], revision=0, by=None, on=ON)
        writing.publish(session, path, by=None, on=ON)
        made.append(path)
    version = session.scalars(select(PathVersion.id).where(PathVersion.path_id == made[1].id)).one()
    session.add(
        PathAssignment(person_id=people.ana.id, path_id=made[1].id, version_id=version, reason=AssignmentReason.ONBOARDING,
                       assigned_on=TODAY, state="completed", completed_on=TODAY)
    )  # fmt: skip
    session.commit()
    later = TODAY + timedelta(days=300)
    assert renew(session, held, today=later, by=people.tomas, on=ON + timedelta(days=300)) == 2
    ways = session.scalars(select(PathAssignment).where(PathAssignment.assigned_on == later)).all()
    assert [(one.person_id, one.path_id, one.reason) for one in ways] == [
        (people.ana.id, made[0].id, AssignmentReason.RECERTIFICATION)
    ]
    alone = select(Assignment.person_id).where(Assignment.assigned_on == later, Assignment.path_assignment_id.is_(None))
    assert session.scalars(alone).all() == [people.luis.id]


@pytest.mark.once
def test_the_papers_of_a_list_in_the_language_of_each_holder(people, certified, as_user, session):
    for person, language in ((people.ana, "es"), (people.sol, "en")):
        person.language = language
        complete(session, person, certified)
    session.commit()
    answer = as_user(people.tomas).get("/curriculum/certificates/papers.zip")
    with ZipFile(io.BytesIO(answer.data)) as archive:
        papers = {name[:3]: PdfReader(archive.open(name)).pages[0].extract_text() for name in archive.namelist()}
    assert "Certificado" in papers["ANA"]
    assert "Certificate" in papers["SOL"]
    mine = as_user(people.paola).get("/curriculum/certificates/papers.zip")
    with ZipFile(io.BytesIO(mine.data)) as archive:
        assert len(archive.namelist()) == 1
    assert as_user(people.paola).get("/curriculum/certificates/papers.zip?q=nobody").status_code == 302
    assert as_user(people.ana).get("/curriculum/certificates/papers.zip").status_code == 403
