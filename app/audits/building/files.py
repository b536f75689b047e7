"""A version of a scorecard as a file: CSV and XLSX with the columns that come in again, JSON with sections and criteria."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Response
from flask_babel import lazy_gettext
from werkzeug.utils import secure_filename

from app.audits.models import Criterion, ScorecardVersion
from app.core import exports
from app.core.problems import BadFile, Problem, ProblemKind, add_sentences
from app.core.sheets import Row

HEAD = ("scorecard", "version", "name_en", "name_es", "valid_from")
LINE = (
    "code", "text_en", "text_es", "weight", "severity", "fatal_kind", "fails_section", "na_allowed", "causes",
    "competencies", "guidance_en", "guidance_es",
)  # fmt: skip
COLUMNS = (*HEAD, "section_en", "section_es", *LINE)
KINDS = {
    "weight": "number",
    "valid_from": "date",
    **dict.fromkeys(("text_en", "text_es", "guidance_en", "guidance_es"), "words"),
}
FORMATS = ("csv", "xlsx", "json")


class JsonProblem(StrEnum):
    """What only a JSON file can have wrong."""

    NOT_SCORECARDS = "json_not_scorecards"


add_sentences(
    {
        JsonProblem.NOT_SCORECARDS: lazy_gettext(
            "The file is not scorecard JSON. It must be an object with “scorecard”, “version” and "
            "“sections”, each section with “criteria”; or a list of such objects. An exported version "
            "shows how."
        )
    }
)


def answer(version: ScorecardVersion, criteria: Sequence[Criterion], file_format: str) -> Response:
    """The version as a download."""
    name = f"{version.scorecard.code} {version.label}"
    if file_format == "json":
        out = io.StringIO()
        exports.write_json(as_json(version, criteria), out)
        disposition = f'attachment; filename="{secure_filename(name)}.json"'
        return Response(out.getvalue(), mimetype=exports.MIME["json"], headers={"Content-Disposition": disposition})
    head = _head(version)
    rows = [[*head.values(), one.section.name_en, one.section.name_es, *_cells(_line(one))] for one in criteria]
    kinds = [KINDS.get(name, "text") for name in COLUMNS]
    return exports.download([exports.Sheet("scorecard", COLUMNS, rows, kinds)], file_format, name)


def as_json(version: ScorecardVersion, criteria: Sequence[Criterion]) -> dict[str, Any]:
    """The version with its sections, and the criteria within them."""
    sections = []
    for _id, each in groupby(criteria, lambda one: one.section_id):
        group = list(each)
        section = group[0].section
        sections.append(
            {"section_en": section.name_en, "section_es": section.name_es, "criteria": [_line(one) for one in group]}
        )
    return {**_head(version), "sections": sections}


def _head(version: ScorecardVersion) -> dict[str, Any]:
    card = version.scorecard
    values = (card.code, version.label, card.name_en, card.name_es, version.valid_from)
    return dict(zip(HEAD, values, strict=True))


def _line(one: Criterion) -> dict[str, Any]:
    return {
        "code": one.code,
        "text_en": one.text_en,
        "text_es": one.text_es,
        "weight": int(one.weight) if one.weight == int(one.weight) else one.weight,
        "severity": one.severity.value,
        "fatal_kind": one.error_class.value if one.error_class else None,
        "fails_section": one.fails_section,
        "na_allowed": one.na_allowed,
        "causes": list(one.causes),
        "competencies": sorted(competency.code for competency in one.competencies),
        "guidance_en": one.guidance_en,
        "guidance_es": one.guidance_es,
    }


def _cells(line: Mapping[str, Any]) -> list[Any]:
    """The values of a criterion as cells: lists parted by bars, yes and no as words."""
    return [_cell(line[name]) for name in LINE]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "|".join(value) if isinstance(value, list) else value


# --- Coming in ---


class JsonTable:
    """A JSON file of scorecards, read as the rows of a table: a criterion is a row, counted from the first."""

    def __init__(self, path: Path, known: Sequence[str]) -> None:
        self._rows = [{name: _text(value) for name, value in row.items()} for row in _flat(_load(path))]
        if not self._rows:
            raise BadFile(Problem(ProblemKind.NO_ROWS))
        named = {name for row in self._rows for name in row}
        self.unknown = tuple(sorted(named - set(known)))
        self._headers = {name: name for name in known}

    def rows(self, _problems: list[Problem]) -> Iterator[Row]:
        """The criteria of all versions."""
        for number, row in enumerate(self._rows, start=1):
            yield Row(number, {name: row.get(name, "") for name in self._headers}, self._headers)


def is_json(path: Path) -> bool:
    """Whether a file is JSON, told by how it begins."""
    with path.open("rb") as file:
        return file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _load(path: Path) -> list[Any]:
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadFile(Problem(JsonProblem.NOT_SCORECARDS)) from None
    return found if isinstance(found, list) else [found]


def _flat(versions: list[Any]) -> Iterator[dict[str, Any]]:
    """The criteria, each with what its section and version say."""
    for version in versions:
        head = _plain(version)
        for section in _list(version, "sections"):
            for criterion in _list(section, "criteria"):
                yield {**head, **_plain(section), **_plain(criterion)}


def _plain(said: Any) -> dict[str, Any]:
    return {str(name): value for name, value in said.items() if name not in ("sections", "criteria")}


def _list(said: Any, name: str) -> list[Any]:
    if isinstance(said, dict) and isinstance(found := said.get(name), list) and all(isinstance(o, dict) for o in found):
        return found
    raise BadFile(Problem(JsonProblem.NOT_SCORECARDS))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(str(one) for one in value)
    return "" if value is None else str(_cell(value)).strip()
