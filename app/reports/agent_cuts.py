"""The tables of an agent's one-pager, each asked of the room that owns its rows.

Whoever may read the page reaches the person, so all rows about that person are asked for, whatever team they came from.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.audits.models import Audit
from app.audits.quality import random_audits
from app.coaching.compliance import FIGURES, of_person
from app.coaching.models import Commitment
from app.coaching.queries import gaps_worth_talking_about, open_commitments
from app.core.exports import Chart
from app.curriculum.certificates.lists import STATES as VALIDITIES
from app.curriculum.certificates.lists import held_by
from app.curriculum.certificates.models import Certificate
from app.curriculum.certificates.rules import validity
from app.curriculum.labels import REASONS
from app.curriculum.models import Assignment
from app.curriculum.queries import assigned_cut, learning_cut, open_assignments
from app.gaps.labels import STATES, sentence
from app.gaps.models import Gap
from app.gaps.rules import sayable
from app.metrics.chance import wilson
from app.metrics.queries import place_of
from app.reports.declared import Question
from app.reports.laid_out import Cut, Field, Row, Said, page_of

MONTHS = 6
"""Up to the month asked for."""
MOST_GAPS, MOST_LISTED, LONGEST = 4, 3, 64
"""Lines, and characters of a text on paper, so that it stays one page; files have all."""


def on_paper(cut: Cut) -> Cut:
    """The same with long texts shortened, so that the page stays one page; what words say of a gap stays whole."""
    short = ("text", "title", "module", "competency")
    places = {place for place, one in enumerate(cut.fields) if one.key in short}

    def shown(row: Row) -> Row:
        return replace(row, values=[shorten(value) if at in places else value for at, value in enumerate(row.values)])

    def shorten(value: object) -> str:
        return textwrap.shorten(str(value), LONGEST, placeholder=" …")

    return replace(cut, rows=[shown(row) for row in cut.rows])


def gaps(asked: Question, person: User) -> Cut:
    """What there is to work on, the surest first."""
    found = asked.session.scalars(gaps_worth_talking_about(asked.viewer, [person.id])).all()
    fields = [
        Field("competency", _("Competency"), "text"),
        Field("state", _("State"), "text"),
        Field("sure", _("Sure"), "rate"),
        Field("missed", _("Missed")),
        Field("checks", _("Checks")),
        Field("expected", _("Expected at target"), "decimal"),
        Field("opened_on", _("Opened on"), "date"),
        Field("said", _("In words"), "words"),
    ]
    rows = [Row(_gap(one), about={"gap": one.id, "state": one.state}) for one in found]
    return Cut(
        "gaps", _("To work on"), fields, rows, most=MOST_GAPS,
        links=lambda row: {"competency": url_for("thread.gap", gap_id=row.about["gap"])},
    )  # fmt: skip


def _gap(one: Gap) -> tuple[Any, ...]:
    said = sentence(
        missed=one.fails13, checks=one.checks13, expected=one.expected13, probability=one.probability,
        target=one.competency.target,
    )  # fmt: skip
    state = Said(one.state.value, STATES[one.state])
    sure = sayable(one.probability)
    return one.competency.name, state, sure, one.fails13, one.checks13, one.expected13, one.opened_on, said


def quality(asked: Question, person: User) -> Cut:
    """Random audits month by month; a month with none is left out."""
    sums: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    counted = random_audits(None, asked.starts(MONTHS)).where(Audit.person_id == person.id)
    for _team, place, *figures in asked.session.execute(counted):
        sums[place] = [a + (b or 0) for a, b in zip(sums[place], figures, strict=True)]
    fields = [
        Field("month", _("Month"), "month"),
        Field("audits", _("Audits")),
        Field("score", _("Mean score"), "rate"),
        Field("fatal", _("With a fatal error")),
        Field("fatal_share", _("Share with a fatal error"), "rate"),
        Field("fatal_low", _("Lower end"), "rate"),
        Field("fatal_high", _("Upper end"), "rate"),
    ]
    rows = []
    for place, month in enumerate(asked.months(MONTHS)[:-1]):
        audits, fatal, scored, scores = sums[place]
        if audits:
            low, high = wilson(fatal, audits) or (None, None)
            mean = scores / scored if scored else None
            rows.append(Row((month, int(audits), mean, int(fatal), fatal / audits, low, high)))
    chart = Chart("line", _("Mean score of random audits, by month"), names=0, values=2)
    return Cut("quality", _("Quality by month"), fields, rows, chart=chart)


def coaching(asked: Question, person: User) -> Cut:
    """What was owed, held and confirmed, month by month; months before coaching was tracked are left out."""
    months = asked.months(MONTHS)[:-1]
    found = of_person(asked.session, person.id, months, asked.at)
    fields = [
        Field("month", _("Month"), "month"),
        Field("due", _("Owed")),
        Field("held", pgettext("obligations", "Held")),
        Field("in_time", pgettext("obligations", "On time")),
        Field("to_confirm", _("To be confirmed")),
        Field("confirmed", _("Confirmed on time")),
    ]
    rows = []
    for month, tally in found.owed.items():
        confirmed, to_confirm = found.confirmed.get(month, (0, 0))
        values = (month, tally.due, tally.held, tally.in_time, to_confirm, confirmed)
        rows.append(Row(values, about={"state": "at_close" if month in found.closed else "state"}))
    links = _coaching_links(asked, person)
    return Cut("coaching", _("Coaching by month"), fields, rows, links=links if links else None)


def _coaching_links(asked: Question, person: User) -> Any:
    """Where the numbers open the obligations behind them: for who reads the ledger, which an agent does not."""
    if asked.viewer is None or person.id == asked.viewer.id:
        return None

    def links(row: Row) -> dict[str, str | None]:
        asks = {"month": f"{row.values[0]:%Y-%m}", "due": "by_now", "person": person.id}
        page = "coaching.obligations"
        return {key: page_of(page, **asks, **{row.about["state"]: FIGURES[key]}) for key in ("due", "held", "in_time")}

    return links


def learning(asked: Question, person: User) -> Cut:
    """What was assigned, due, done and is overdue, month by month; a month with none of it is left out."""
    months = asked.months(MONTHS)
    sums: dict[int, list[int]] = defaultdict(lambda: [0] * 5)
    given_in = place_of(Assignment.assigned_on, months).label("place")
    due_in = place_of(Assignment.due_on, months).label("place")
    given = assigned_cut(given_in, None, months[0], months[-1] - timedelta(days=1)).where(
        Assignment.person_id == person.id
    )
    for place, count, _people in asked.session.execute(given):
        sums[place][0] = count
    due = learning_cut(due_in, None, months[0], asked.yesterday, asked.today).where(Assignment.person_id == person.id)
    for place, *counts in asked.session.execute(due):
        sums[place][1:] = counts
    fields = [
        Field("month", _("Month"), "month"),
        Field("assigned", _("Assigned")),
        Field("due", pgettext("assignments", "Due")),
        Field("in_time", _("Completed on time")),
        Field("late", _("Completed late")),
        Field("overdue", pgettext("assignments", "Overdue")),
    ]
    rows = [Row((month, *sums[place])) for place, month in enumerate(months[:-1]) if any(sums[place])]
    return Cut("learning", _("Learning by month"), fields, rows)


def modules(asked: Question, person: User) -> Cut:
    """What is still to be learnt."""
    found = asked.session.scalars(open_assignments([person.id]).options(joinedload(Assignment.module))).all()
    fields = [
        Field("module", _("Module"), "text"),
        Field("reason", _("Reason"), "text"),
        Field("due_on", _("Due"), "date"),
        Field("overdue", _("State"), "text"),
    ]
    rows = [
        Row((one.module.title, Said(one.reason.value, REASONS[one.reason]), one.due_on, _stands(one, asked)),
            about={"assignment": one.id})
        for one in found
    ]  # fmt: skip
    own = asked.viewer is not None and asked.viewer.id == person.id
    page = "curriculum.learn" if own else "curriculum.assignment"
    return Cut(
        "modules", _("Modules open"), fields, rows, most=MOST_LISTED,
        links=lambda row: {"module": url_for(page, assignment_id=row.about["assignment"])},
    )  # fmt: skip


def _stands(one: Assignment, asked: Question) -> Said:
    late = one.due_on is not None and one.due_on < asked.today
    return Said("overdue", _("overdue")) if late else Said("open", pgettext("assignment", "open"))


def commitments(asked: Question, person: User) -> Cut:
    """What was promised and is not settled."""
    found = asked.session.scalars(open_commitments([person.id])).all()
    fields = [
        Field("text", _("Commitment"), "text"),
        Field("owner", _("Owner"), "text"),
        Field("due_on", _("Due"), "date"),
    ]
    rows = [Row((one.text, one.owner.name, one.due_on), about={"session": _session(one)}) for one in found]
    return Cut(
        "commitments", _("Commitments"), fields, rows, most=MOST_LISTED,
        links=lambda row: {"text": url_for("coaching.session", session_id=row.about["session"])},
    )  # fmt: skip


def _session(one: Commitment) -> int:
    return one.record.session_id


def certificates(asked: Question, person: User) -> Cut:
    """What certifies the person, the first to expire first."""
    found = asked.session.scalars(held_by(person.id)).all()
    fields = [
        Field("title", _("Certificate"), "text"),
        Field("issued_on", _("Issued on"), "date"),
        Field("expires_on", _("Valid until"), "date"),
        Field("state", _("State"), "text"),
    ]
    rows = [Row(_certificate(one, asked), about={"certificate": one.id}) for one in found]
    return Cut(
        "certificates", _("Certificates"), fields, rows, most=MOST_LISTED,
        links=lambda row: {"title": url_for("curriculum.certificate_pdf", certificate_id=row.about["certificate"])},
    )  # fmt: skip


def _certificate(one: Certificate, asked: Question) -> tuple[Any, ...]:
    stands = validity(one.expires_on, asked.today)
    return one.title, one.issued_on, one.expires_on, Said(stands.value, VALIDITIES[stands][0])
