"""Questions of a file, compared with what is known and kept: all or nothing, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Activity, User
from app.core.bulk import chunks
from app.core.problems import BadFile, Problem, ProblemKind
from app.curriculum.models import Competency
from app.curriculum.quizzes import labels, rules, services
from app.curriculum.quizzes.intake import gift, moodle, sheet
from app.curriculum.quizzes.intake.told import Aside, File, QuestionProblem, Told
from app.curriculum.quizzes.models import Asked, Option, Question
from app.curriculum.quizzes.rules import Difficulty
from app.curriculum.quizzes.services import FROZEN, OPTION_WORDS

MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import of questions did. `waiting`: those that may not be drawn yet for want of a language."""

    questions: int
    new: int
    changed: int
    unchanged: int
    waiting: int
    asides: tuple[tuple[int, str, Aside], ...] = ()
    unknown_columns: tuple[str, ...] = ()


def import_questions(
    session: Session,
    path: Path,
    name: str,
    *,
    language: str,
    competency: str | None,
    by: User | None,
    on: datetime,
) -> Summary:
    """Take in a file, its format told by the end of its name (`.xml`, `.gift` or `.txt`, else a table).

    `language` is that of GIFT and Moodle files, `competency` the code for questions that name none. Raises `BadFile` with
    everything that is wrong.
    """
    competencies = list(session.scalars(select(Competency.code)))
    summary = store(session, _read(path, name, language, competencies), competency=competency)
    if summary.new or summary.changed:
        _log(session, summary, by=by, on=on)
    return summary


def store(session: Session, file: File, *, competency: str | None = None) -> Summary:
    """Keep what a file tells; see `import_questions`."""
    competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
    known = _known(session, [one.code for one in file.questions])
    asked = set(session.scalars(select(Asked.question_id).distinct()))
    wanted = [_wanted(one, known.get(one.code), competency, competencies, asked, file) for one in file.questions]
    if file.problems:
        raise BadFile(*file.problems)
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    waiting = 0
    for told, (facts, options) in zip(file.questions, [one for one in wanted if one], strict=True):
        question = known.get(told.code)
        fresh = question is None
        question = question or Question(code=told.code, options=[])
        changed = services.keep(session, question, facts, options)
        counts["new" if fresh else "changed" if changed else "unchanged"] += 1
        waiting += not question.ready
    session.flush()
    return Summary(
        len(file.questions), **counts, waiting=waiting, asides=tuple(file.asides), unknown_columns=file.unknown_columns
    )


def _read(path: Path, name: str, language: str, competencies: Sequence[str]) -> File:
    ending = Path(name).suffix.casefold()
    if ending not in (".xml", ".gift", ".txt"):
        return sheet.read(path)
    if path.stat().st_size > MOST_BYTES:
        raise BadFile(Problem(ProblemKind.TOO_LARGE, hint="16 MB"))
    content = path.read_bytes()
    if ending == ".xml":
        return moodle.read(content, language, competencies)
    try:
        return gift.read(content.decode("utf-8-sig"), language, competencies)
    except UnicodeDecodeError as error:
        raise BadFile(Problem(ProblemKind.NOT_TEXT)) from error


def _known(session: Session, codes: Sequence[str]) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for block in chunks(codes):
        rows = select(Question).where(Question.code.in_(block)).options(selectinload(Question.options))
        found |= {one.code: one for one in session.scalars(rows)}
    return found


def _wanted(
    told: Told,
    known: Question | None,
    competency: str | None,
    competencies: Mapping[str, int],
    asked: set[int],
    file: File,
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """The columns of the question and of its options, as they shall be; None and a problem when they can't."""

    def wrong(kind: QuestionProblem, hint: str | None = None) -> None:
        file.problems.append(told.problem(kind, hint))

    code = told.competency or competency
    number = competencies.get(code or "") or (
        known.competency_id if known is not None and not told.competency else None
    )
    if number is None:
        return wrong(QuestionProblem.NO_COMPETENCY)
    if known is not None and known.kind is not told.kind:
        return wrong(QuestionProblem.OTHER_KIND, str(labels.KINDS[known.kind]))
    if known is not None and _adds_a_language(told) and len(known.options) != len(told.options):
        return wrong(QuestionProblem.OTHER_OPTIONS)
    facts = _facts(told, known, number)
    options = [
        _option(one, known.options[n] if known and n < len(known.options) else None)
        for n, one in enumerate(told.options)
    ]
    if not facts["text_en"] and not facts["text_es"]:
        return wrong(QuestionProblem.NO_TEXT)
    fault = rules.fault(told.kind, [Option(id=n, **one) for n, one in enumerate(options)])
    if fault is not None:
        return wrong(QuestionProblem.NOT_WHOLE, str(labels.FAULTS[fault]))
    if known is not None and known.id in asked and services.decides(known, facts, options):
        return wrong(QuestionProblem.ASKED)
    return facts, options


def _adds_a_language(told: Told) -> bool:
    return "text_en" not in told.words or "text_es" not in told.words


def _facts(told: Told, known: Question | None, competency_id: int) -> dict[str, Any]:
    words = {
        name: told.words.get(name, getattr(known, name) if known is not None else "")
        for name in ("text_en", "text_es", "feedback_en", "feedback_es")
    }
    before = known.difficulty if known is not None else Difficulty.MEDIUM
    return {
        "code": told.code,
        "kind": told.kind,
        "competency_id": competency_id,
        "difficulty": told.difficulty or before,
        **words,
    }


def _option(told: Mapping[str, Any], known: Option | None) -> dict[str, Any]:
    words = {name: told.get(name, getattr(known, name) if known is not None else "") for name in OPTION_WORDS}
    return {**words, **{name: told.get(name) for name in FROZEN}, "is_right": bool(told["is_right"])}


def _log(session: Session, summary: Summary, *, by: User | None, on: datetime) -> None:
    session.add(
        Activity(
            at=on,
            actor_id=by.id if by is not None else None,
            verb="questions.imported",
            subject_kind="file",
            detail={"rows": summary.questions, "new": summary.new, "changed": summary.changed},
        )
    )
