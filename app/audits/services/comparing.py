"""Where a scorecard version of a file differs from the one stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.audits.intake.scorecards import FileVersion, Line, ScorecardProblem
from app.audits.models import Criterion, ScorecardVersion
from app.core.problems import Problem

_COLUMNS = {"error_class": "fatal_kind"}


def is_redated(version: FileVersion, known: ScorecardVersion) -> bool:
    """Whether the file says another first day, or another name; neither is what audits rest on."""
    return dated(version, known) != (known.valid_from, known.scorecard.name_en, known.scorecard.name_es)


def dated(version: FileVersion, known: ScorecardVersion) -> tuple[date | None, str, str]:
    """The first day and the names as they are to be: what the file leaves empty stays."""
    card = known.scorecard
    return version.valid_from or known.valid_from, version.name_en or card.name_en, version.name_es or card.name_es


def telling(version: FileVersion, known: ScorecardVersion) -> dict[int, frozenset[int]]:
    """The competencies that criteria are to tell of, by criterion id, where the file says others than are stored."""
    stored = {criterion.code: criterion for criterion in known.criteria}
    return {
        there.id: line.competencies
        for line in version.lines
        if (there := stored.get(line.code)) is not None
        and line.competencies != frozenset(one.id for one in there.competencies)
    }


def differences(version: FileVersion, known: ScorecardVersion, *, in_use: bool) -> Iterable[Problem]:
    """Where the file's criteria are not those stored; what those of a version in use tell of may change at any time."""
    stored = {criterion.code: (place, _line(criterion)) for place, criterion in enumerate(known.criteria)}
    for place, (row, said) in enumerate(zip(version.rows, version.lines, strict=True)):
        line = said
        there = stored.pop(line.code, None)
        if there is not None and in_use:
            line = line._replace(competencies=there[1].competencies)
        if there is None:
            yield row.problem(ScorecardProblem.FROZEN_EXTRA, "code")
        elif there[1] != line:
            column = next(n for n, here, was in zip(Line._fields, line, there[1], strict=True) if here != was)
            yield row.problem(ScorecardProblem.FROZEN, _COLUMNS.get(column, column), _shown(known, line.code, column))
        elif there[0] != place:
            yield row.problem(ScorecardProblem.FROZEN, "code", known.criteria[place].code)
    if stored:
        name, line = f"{version.scorecard} {version.label}", version.rows[0].line
        yield Problem(ScorecardProblem.FROZEN_MISSING, line, None, name, ", ".join(stored))


def _line(criterion: Criterion) -> Line:
    return Line(
        section_en=criterion.section.name_en,
        section_es=criterion.section.name_es,
        code=criterion.code,
        text_en=criterion.text_en,
        text_es=criterion.text_es,
        weight=criterion.weight,
        severity=criterion.severity,
        error_class=criterion.error_class,
        competencies=frozenset(one.id for one in criterion.competencies),
        guidance_en=criterion.guidance_en,
        guidance_es=criterion.guidance_es,
        fails_section=criterion.fails_section,
        na_allowed=criterion.na_allowed,
        causes=tuple(criterion.causes),
    )


def _shown(known: ScorecardVersion, code: str, column: str) -> str:
    criterion = next(one for one in known.criteria if one.code == code)
    if column == "competencies":
        return "|".join(one.code for one in criterion.competencies) or "–"
    value = getattr(_line(criterion), column)
    if isinstance(value, (bool, tuple)):
        return "|".join(value) or "–" if isinstance(value, tuple) else ("yes" if value else "no")
    return f"{value:g}" if isinstance(value, float) else str(value or "–")
