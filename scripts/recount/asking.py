"""Who asks, for which months, and the reports as each reader gets them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.accounts.access import may
from app.accounts.models import Grant, User
from app.accounts.permissions import Permission, Role
from app.core.clock import day_of, last_month, month_start, now
from app.core.database import db, reading
from app.core.i18n import LANGUAGES, speak_to
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE
from app.reports.declared import Declared, Question
from app.reports.gallery import OF_ONE, REPORTS
from scripts.recount import forms as each

AGENT = "agent"


def readers() -> dict[str, int]:
    """Somebody of each role who can sign in, and an agent with an open gap."""
    found: dict[str, int] = {}
    for role in Role:
        holds = select(User.id).join(Grant, Grant.user_id == User.id).where(Grant.role == role)
        who = db.session.scalar(holds.where(User.password_hash.is_not(None)).order_by(User.id).limit(1))
        if who is not None:
            found[role.value] = who
    own = select(Gap.person_id).join(User, User.id == Gap.person_id)
    gaps = own.where(Gap.state.in_(ACTIVE), User.password_hash.is_not(None)).order_by(Gap.person_id)
    found[AGENT] = db.session.scalars(gaps).first() or 0
    return {role: who for role, who in found.items() if who}


def today() -> date:
    """The programme's present day."""
    return day_of(now(), zone())


def months(count: int) -> list[date]:
    """The running month and those before it."""
    found = [month_start(today())]
    while len(found) < count:
        found.append(last_month(found[-1]))
    return found


def zone() -> str:
    """The programme's."""
    return str(current_app.config["PROGRAMME_TIME_ZONE"])


def reads(who: User) -> bool:
    """Whether reports are somebody's to read."""
    return may(who, Permission.SEE_REPORTS)


def client(app: Any, reader: int, language: str = "en") -> Any:
    """A client signed in as somebody, in a language."""
    made = app.test_client()
    with app.app_context(), reading():
        known = db.session.get_one(User, reader).get_id()
    with made.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = known, True
    made.set_cookie("lang", language)
    return made


def forms(app: Any, role: str, reader: int, month: date, *, paper: bool) -> Iterator[tuple[str, list[str]]]:
    """Each report this reader may read, in each form and language; of a report they may not, that it is refused."""
    for language in LANGUAGES:
        asks = client(app, reader, language)
        for declared in (*REPORTS.values(), OF_ONE):
            with app.app_context(), reading():
                allowed = may(db.session.get_one(User, reader), declared.may)
            name = f"{declared.name} {month:%Y-%m} {role} {language}"
            if allowed:
                yield name, _compared(app, declared, reader, month, language, asks, paper=paper)
            else:
                status = asks.get(f"/reports/{declared.name}").status_code
                yield name, [] if status == 403 else [f"answers {status}, and is not theirs to read"]


def _compared(
    app: Any, declared: Declared, reader: int, month: date, language: str, asks: Any, *, paper: bool
) -> list[str]:
    said = []
    with app.app_context(), reading():
        who = db.session.get_one(User, reader)
        person = _told_of(who) if declared is OF_ONE else None
        if declared is OF_ONE and person is None:
            return []
        with speak_to(language, who.time_zone or zone(), who.number_format):
            for cut in dict(declared.cuts()) or {"": ""}:
                question = _question(who, month, person, cut)
                report = declared.answer(question)
                said += each.in_files(report) if not cut else each.in_files(report, files=("csv",))
                if paper and not cut:
                    said += each.on_paper(report)
                of = f"/{person.id}" if person else ""
                page = asks.get(f"/reports/{declared.name}{of}?month={month:%Y-%m}&by={cut}&open=all")
                said += (
                    each.on_page(report, page.get_data(as_text=True), cut) if page.status_code == 200 else ["no page"]
                )
    return said


def _question(who: User, month: date, person: User | None, cut: str) -> Question:
    at = now()
    today = day_of(at, who.time_zone or zone())
    return Question(db.session(), who, month, at, today, person=person, options={"by": cut} if cut else {})


def _told_of(who: User) -> User | None:
    """Of whom the one-pager tells: oneself, or somebody within reach with an open gap."""
    from app.reports.agent import agents

    seen = agents(who)
    active = select(Gap.person_id).where(Gap.state.in_(ACTIVE))
    return db.session.scalars(seen.where(User.id.in_(active)).order_by(User.id)).first()
