"""Deeds: setting what a module certifies, issuing, and assigning the module anew before a certificate expires.

Nothing here commits.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts import record
from app.accounts.models import User
from app.curriculum.certificates.models import Certificate, CertificateTerms
from app.curriculum.certificates.rules import expiry, is_too_soon
from app.curriculum.models import Assignment, AssignmentState, Module

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without letters and digits that are taken for each other."""
LENGTH = 12


def set_terms(
    session: Session, module: Module, facts: Mapping[str, Any], *, by: User, on: datetime
) -> CertificateTerms:
    """Let completing the module give a certificate from now on, or change until when. What was issued stays."""
    terms = session.get(CertificateTerms, module.id) or CertificateTerms(module_id=module.id)
    for name, value in facts.items():
        setattr(terms, name, value)
    session.add(terms)
    session.flush()
    record.log(session, "certificate.set", module, by=by, on=on, module=module.code)
    return terms


def drop_terms(session: Session, terms: CertificateTerms, module: Module, *, by: User, on: datetime) -> None:
    """Let the module give no certificate any more. What was issued stays valid."""
    session.delete(terms)
    record.log(session, "certificate.dropped", module, by=by, on=on, module=module.code)


def issue(session: Session, assignment: Assignment) -> Certificate | None:
    """The certificate for a completed assignment, if its module gives one."""
    terms = session.get(CertificateTerms, assignment.module_id)
    if terms is None or assignment.completed_on is None:
        return None
    own = Certificate.person_id == assignment.person_id, Certificate.module_id == assignment.module_id
    before = session.scalars(select(Certificate).where(*own).order_by(Certificate.cycle)).all()
    if _too_soon(terms, assignment, before):
        return None
    return _issue(session, terms, assignment, assignment.module, list(before))


def _too_soon(terms: CertificateTerms, assignment: Assignment, before: Sequence[Certificate]) -> bool:
    done_on = assignment.completed_on
    return done_on is not None and is_too_soon(terms.least_days, done_on, before[-1].issued_on if before else None)


def _issue(
    session: Session, terms: CertificateTerms, assignment: Assignment, module: Module, before: list[Certificate]
) -> Certificate:
    done_on: date = assignment.completed_on  # ty: ignore[invalid-assignment] -- asked for by the callers
    for one in before:
        one.is_latest = False
    fresh = Certificate(
        number="".join(secrets.choice(ALPHABET) for _place in range(LENGTH)),
        person_id=assignment.person_id,
        module_id=module.id,
        assignment_id=assignment.id,
        cycle=len(before) + 1,
        title_en=module.title_en,
        title_es=module.title_es,
        issued_on=done_on,
        expires_on=expiry(terms, done_on, before[-1].expires_on if before else None),
    )
    session.add(fresh)
    before.append(fresh)
    return fresh


def without_one(module_id: int) -> Any:
    """The completions of a module that have no certificate yet, the oldest first."""
    certified = select(Certificate.assignment_id)
    return (
        select(Assignment)
        .where(
            Assignment.module_id == module_id,
            Assignment.state == AssignmentState.COMPLETED,
            Assignment.completed_on.is_not(None),
            Assignment.id.not_in(certified),
        )
        .order_by(Assignment.completed_on, Assignment.id)
    )


def lacking(session: Session, terms: CertificateTerms | None, module_id: int) -> int:
    """How many completions would get a certificate by issuing what is missing."""
    done: dict[int, list[date]] = {}
    for person, on in session.execute(
        without_one(module_id).with_only_columns(Assignment.person_id, Assignment.completed_on)
    ):
        done.setdefault(person, []).append(on)
    last: dict[int, date] = dict(
        session.execute(
            select(Certificate.person_id, Certificate.issued_on)
            .where(Certificate.module_id == module_id)
            .order_by(Certificate.cycle)
        ).all()
    )
    least, count = terms.least_days if terms is not None else 0, 0
    for person, days in done.items():
        for on in days:
            if not is_too_soon(least, on, last.get(person)):
                last[person], count = on, count + 1
    return count


def issue_missing(session: Session, module: Module, *, by: User | None, on: datetime) -> int:
    """Issue certificates for all completions that have none: of before the module gave any. Returns how many."""
    terms = session.get(CertificateTerms, module.id)
    if terms is None:
        return 0
    known: dict[int, list[Certificate]] = {}
    rows = select(Certificate).where(Certificate.module_id == module.id).order_by(Certificate.cycle)
    for one in session.scalars(rows):
        known.setdefault(one.person_id, []).append(one)
    found: Sequence[Assignment] = session.scalars(without_one(module.id).options(joinedload(Assignment.person))).all()
    count = 0
    for assignment in found:
        before = known.setdefault(assignment.person_id, [])
        if not _too_soon(terms, assignment, before):
            _issue(session, terms, assignment, module, before)
            count += 1
    session.flush()
    if count:
        record.log(session, "certificates.issued", module, by=by, on=on, module=module.code, new=count)
    return count
