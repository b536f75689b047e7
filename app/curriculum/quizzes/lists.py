"""The lists of quizzes: the bank with how its questions fared, and attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.filters import by_name, by_unit, name_of, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.database import db
from app.core.i18n import number
from app.core.tables import Cell, Column, Filter, Table, figure, moment_column, search, state, text
from app.core.web import row_number
from app.curriculum.lists import competency_options
from app.curriculum.quizzes import labels, queries, rules
from app.curriculum.quizzes.models import Attempt, Question
from app.curriculum.quizzes.rules import Difficulty, QuestionKind, Record

LONGEST = 90


def options_of(names: dict[Any, Any]) -> list[tuple[str, Any]]:
    """(value, name) of the members of an enum."""
    return [(one.value, name) for one, name in names.items()]


def records_of(question_ids: Sequence[int]) -> dict[int, Record]:
    """How these questions fared."""
    found = db.session.execute(queries.records(question_ids))
    return {row[0]: rules.record(row[1], *(float(value) for value in row[2:])) for row in found}


# --- The bank ---


def questions(viewer: User) -> Select[Question]:
    return Question.visible_to(viewer).options(joinedload(Question.competency), selectinload(Question.options))


def question_table() -> Table:
    """The bank, with the record of each question."""
    records: dict[int, Record] = {}

    def load(rows: Sequence[Question]) -> None:
        records.clear()
        records.update(records_of([one.id for one in rows]))

    def fared(one: Question) -> Record:
        return records.get(one.id, Record(0, None, None))

    return Table(
        id="questions",
        columns=[
            Column(
                "question", lazy_gettext("Question"), lambda q: _question(q, fared(q)), sort=lambda: Question.text.sql()
            ),
            Column("code", lazy_gettext("Code"), lambda q: text(q.code), sort=Question.code),
            Column("competency", lazy_gettext("Competency"), lambda q: text(q.competency.name)),
            Column("kind", lazy_gettext("Kind"), lambda q: text(labels.KINDS[q.kind]), sort=Question.kind),
            Column("difficulty", lazy_gettext("Difficulty"), lambda q: text(labels.DIFFICULTIES[q.difficulty])),
            Column("state", lazy_gettext("State"), _state),
            Column("asked", lazy_gettext("Asked"), lambda q: figure(fared(q).asked), align="end", kind="number"),
            Column("right", lazy_gettext("Mean score"), lambda q: _share(fared(q)), align="end", kind="rate"),
            Column(
                "discrimination",
                lazy_gettext("Discrimination"),
                lambda q: _discrimination(fared(q)),
                align="end",
                kind="number",
            ),
        ],
        filters=[
            search(Question.text_en, Question.text_es, Question.code),
            Filter(
                "competency",
                lazy_gettext("Competency"),
                lambda v: Question.competency_id == row_number(v),
                competency_options,
            ),
            Filter(
                "kind",
                lazy_gettext("Kind"),
                lambda v: Question.kind == QuestionKind(v),
                lambda: options_of(labels.KINDS),
            ),
            Filter(
                "difficulty",
                lazy_gettext("Difficulty"),
                lambda v: Question.difficulty == Difficulty(v),
                lambda: options_of(labels.DIFFICULTIES),
            ),
            Filter("state", lazy_gettext("State"), _stands, _state_options),
        ],
        sort="code",
        caption=lazy_gettext("Questions"),
        tie_break=Question.id,
        after=load,
        empty_text=lazy_gettext("No question matches. Remove a filter to see more."),
        bare_text=lazy_gettext("The bank has no questions yet. Write them here, or import a file."),
    )


def _question(one: Question, fared: Record) -> Cell:
    """Its words, and below them what is to be looked at: a sentence, which has no room beside figures."""
    words = " ".join(one.text.text.split())
    short = words if len(words) <= LONGEST else words[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    cell = text(short, url=url_for("curriculum.edit_question", question_id=one.id), raw=words)
    found = rules.warning(fared)
    cell.note = f"⚠ {labels.WARNINGS[found][0]}" if found else None
    return cell


def _state(one: Question) -> Cell:
    if one.retired:
        return state(_("Retired"), "waived")
    if one.ready:
        return text("EN · ES")
    missing = rules.missing_languages(one.kind, one, one.options)
    return state(_("%(missing)s is missing", missing=" · ".join(missing).upper()), "warn")


def _state_options() -> list[tuple[str, Any]]:
    return [
        ("drawn", _("Can be drawn")),
        ("waits", _("Waits for translation")),
        ("look", _("Needs review")),
        ("retired", _("Retired")),
    ]


def _stands(value: str) -> ColumnElement[bool]:
    if value == "look":
        return Question.id.in_(queries.looked_at()) & Question.retired.is_(False)
    if value == "waits":
        return Question.ready.is_(False) & Question.retired.is_(False)
    return Question.retired.is_(True) if value == "retired" else Question.ready & Question.retired.is_(False)


def _share(one: Record) -> Cell:
    if one.difficulty is None:
        return text("–", raw="")
    return Cell("number", f"{number(100 * one.difficulty)} %", raw=one.difficulty)


def _discrimination(one: Record) -> Cell:
    if one.discrimination is None:
        return text("–", raw="")
    return Cell("number", number(one.discrimination, 2).replace("-", "−"), raw=one.discrimination)


# --- Attempts ---


def attempts(viewer: User, module_id: int) -> Select[Attempt]:
    """The attempts at a module's quiz within the viewer's scope."""
    mine = Attempt.visible_to(viewer, Permission.SEE_LEARNING).where(Attempt.module_id == module_id)
    return mine.options(joinedload(Attempt.person))


def attempt_table(viewer: User) -> Table:
    """Attempts at one quiz."""
    teams: dict[int, str] = {}
    return Table(
        id="attempts",
        columns=[
            Column(
                "person",
                lazy_gettext("Person"),
                lambda a: text(
                    a.person.name, url=url_for("curriculum.attempt", attempt_id=a.id), note=teams.get(a.person_id)
                ),
                sort=lambda: name_of(Attempt.person_id),
            ),
            Column(
                "number",
                lazy_gettext("Attempt"),
                lambda a: figure(a.number),
                Attempt.number,
                align="end",
                kind="number",
            ),
            Column("state", lazy_gettext("State"), outcome, sort=Attempt.passed),
            Column("score", lazy_gettext("Score"), _score, sort=Attempt.score, align="end", kind="rate"),
            moment_column("started_at", lazy_gettext("Started"), Attempt.started_at),
            Column("minutes", lazy_gettext("Minutes"), _minutes, align="end", kind="number"),
            Column("language", lazy_gettext("Language"), lambda a: text((a.language or "").upper() or "–")),
        ],
        filters=[
            by_name(Attempt.person_id),
            Filter("state", lazy_gettext("State"), _ended_as, lambda: list(OUTCOMES.items())),
            by_unit(Attempt.person_id, viewer, Permission.SEE_LEARNING),
        ],
        sort="-started_at",
        caption=lazy_gettext("Attempts"),
        tie_break=Attempt.id,
        after=lambda rows: teams.update(teams_of(db.session(), {a.person_id for a in rows})),
        empty_text=lazy_gettext("No attempt matches. Remove a filter to see more."),
        bare_text=lazy_gettext("Nobody has taken the quiz yet."),
    )


OUTCOMES = {
    "passed": lazy_pgettext("attempt", "Passed"),
    "failed": lazy_pgettext("attempt", "Not passed"),
    "open": lazy_pgettext("attempt", "Under way"),
}


def outcome(one: Attempt) -> Cell:
    """How an attempt ended, or that it has not."""
    if one.ended_at is None:
        return state(OUTCOMES["open"], "accent")
    cell = state(OUTCOMES["passed"], "good") if one.passed else state(OUTCOMES["failed"], "bad")
    cell.note = _("time was up") if one.timed_out else None
    if one.forgiven:
        cell.note = _("does not count against the limit")
    return cell


def _ended_as(value: str) -> ColumnElement[bool]:
    if value == "open":
        return Attempt.ended_at.is_(None)
    return Attempt.passed.is_(value == "passed")


def _score(one: Attempt) -> Cell:
    if one.score is None:
        return text("–", raw="")
    return Cell("number", f"{number(100 * one.score)} %", raw=one.score)


def _minutes(one: Attempt) -> Cell:
    if one.ended_at is None:
        return text("–", raw="")
    return figure(round((one.ended_at - one.started_at).total_seconds() / 60))
