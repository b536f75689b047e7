"""How lists are narrowed to people by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.accounts.filters import called
from app.accounts.models import Membership, User
from tests.conftest import Cast


def test_people_are_found_by_name_or_number_accents_and_case_aside(session: Any, people: Cast) -> None:
    people.ana.name = "Inés Peñaloza"
    session.flush()

    def found(words: str) -> list[str]:
        joined = select(User.name).join(Membership, Membership.user_id == User.id)
        return list(session.scalars(joined.where(called(Membership.user_id, words)).distinct()))

    for words in ("ines", "PENALOZA", "Peñal", people.ana.employee_no.lower()):
        assert found(words) == ["Inés Peñaloza"], words
    assert found("%") == []
