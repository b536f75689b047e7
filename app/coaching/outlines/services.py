"""Which outline holds on a day, and how another is set."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.coaching.outlines.models import Outline
from app.coaching.outlines.rules import DEFAULTS, LONGEST_LINE, MOST_LINES, Problem, headings, problem_of, tidy
from app.coaching.rules import SessionKind
from app.core.errors import Refused
from app.core.i18n import Bilingual


def outlines_on(session: Session, day: date) -> dict[SessionKind, Outline]:
    """The outline of each kind of session that has been given one by this day."""
    rows = select(Outline).where(Outline.valid_from <= day).order_by(Outline.valid_from, Outline.id)
    return {row.kind: row for row in session.scalars(rows)}


def text_of(found: Outline | None, kind: SessionKind) -> Bilingual:
    """The headings of a kind of session: those set, or else what Hilo begins with."""
    return found.text if found is not None else Bilingual(*DEFAULTS[kind])


def known_headings(session: Session) -> set[str]:
    """Every heading that any outline ever had, as it stands in a note: a draft may be older than the newest outline."""
    texts: Iterable[tuple[str, str]] = [
        *DEFAULTS.values(),
        *(tuple(row) for row in session.execute(select(Outline.text_en, Outline.text_es))),
    ]
    return {heading for pair in texts for text in pair for heading in headings(text)}


def say(problem: Problem) -> str:
    """What is wrong with an outline, and how to mend it."""
    return {
        Problem.EMPTY: _("An outline has at least one heading, in English and in Spanish."),
        Problem.TOO_MANY: _("An outline has at most %(most)s headings.", most=MOST_LINES),
        Problem.TOO_LONG: _("A heading has at most %(most)s characters.", most=LONGEST_LINE),
        Problem.UNEVEN: _("Both languages need the same number of headings, one a line, in the same order."),
        Problem.TWICE: _("The same heading appears twice."),
    }[problem]


def set_outline(
    session: Session,
    kind: SessionKind,
    english: str,
    spanish: str,
    *,
    valid_from: date,
    today: date,
    by: User,
    on: datetime,
) -> Outline:
    """Let other headings hold for a kind of session from a day on; sessions logged before stay as they were written.

    `Refused` for a day that has passed, and for an outline that is not whole in both languages.
    """
    if (problem := problem_of(english, spanish)) is not None:
        raise Refused(say(problem))
    if valid_from < today:
        raise Refused(_("An outline applies from today or a later day."))
    made = Outline(
        kind=kind,
        text_en=tidy(english),
        text_es=tidy(spanish),
        valid_from=valid_from,
        saved_at=on,
        saved_by_id=by.id,
    )
    session.add(made)
    session.flush()
    log(session, "outline.set", made, by=by, on=on, kind=kind.value, valid_from=valid_from.isoformat())
    return made
