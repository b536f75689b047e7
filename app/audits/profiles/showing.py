"""A mapping profile and its sample as pages show them."""

from __future__ import annotations

from collections.abc import Mapping as Names
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.labels import RESULTS
from app.audits.models import Result
from app.audits.profiles import guessing, labels, matching
from app.audits.profiles.dates import to_iso
from app.audits.profiles.directory import directory
from app.audits.profiles.mapped import FOREIGN, MappedTable, open_mapped
from app.audits.profiles.mapping import DATES, PEOPLE, DateStyle, Mapping, Scale, Shape
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.results import is_number
from app.audits.profiles.survey import texts_of
from app.core.i18n import day, number, percent
from app.core.i18n import moment as in_words
from app.core.sheets import Block, parse_date, parse_datetime

PREVIEWED = 8
SHOWN_RESULTS = 60
Pairs = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class StyleOption:
    """A way dates may be written: how many of the sample's fit it, and how one of them reads then."""

    style: DateStyle
    fits: int
    example: str
    reads: str


@dataclass(frozen=True, slots=True)
class DateChoice:
    """The ways a column of dates may be read, and the one that is offered; none where two fit and nothing tells."""

    name: str
    count: int
    options: Sequence[StyleOption]
    chosen: DateStyle | None
    offered: bool
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of the sample as Hilo reads them."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def date_choices(mapping: Mapping, seen: Names[str, Any]) -> list[DateChoice]:
    """How the columns of dates may be read."""
    texts = {name: [text for text in texts_of(seen, name) if text] for name in DATES if mapping.at(name).columns}
    fitting = {name: set(guessing.styles_of(found)) for name, found in texts.items()}
    common = set.intersection(*fitting.values()) if fitting else set()
    return [_date_choice(name, found, mapping, fitting[name], common) for name, found in texts.items()]


def _date_choice(
    name: str, texts: list[str], mapping: Mapping, fitting: set[DateStyle], common: set[DateStyle]
) -> DateChoice:
    options = []
    for style in DateStyle:
        read = [(text, iso) for text in texts if (iso := to_iso(text, style)) is not None]
        if read:
            text, iso = read[0]
            options.append(StyleOption(style, len(read), text, _said(iso)))
    likely = common if len(common) == 1 else fitting
    offer = next(iter(likely)) if len(likely) == 1 else None
    known = mapping.dates.get(name)
    return DateChoice(name, len(texts), options, known or offer, known is None and offer is not None, len(likely) > 1)


def _said(iso: str) -> str:
    """A moment in words, as it is written: in no zone but its own."""
    if len(iso) == 10:
        return day(parse_date(iso))
    found = datetime.fromisoformat(iso.replace("Z", "+00:00"))
    zone = " UTC" if found.tzinfo is not None else ""
    return f"{day(found.date())}, {found:%H:%M}{zone}"


def scale_of(mapping: Mapping, seen: Names[str, Any]) -> Scale:
    """Points where numbers beside 1 and 0 stand among the results."""
    found = {text for text in texts_of(seen, "result") if is_number(text)}
    return Scale.POINTS if found - {"0", "1"} else Scale.WORDS


@dataclass(frozen=True, slots=True)
class Points:
    """Points among the results: how many kinds of them, some of them, and what is offered of how they are written."""

    count: int
    examples: Sequence[str]
    decimal: str
    maximum: float | None
    maxima: Names[str, float]
    """By question, where they differ."""
    suggested: bool
    """Whether these are of the sample, and nobody has confirmed them."""
    sure: bool
    """Whether the sample leaves no doubt of what was possible."""


def points(mapping: Mapping, seen: Names[str, Any]) -> Points | None:
    """The points among the results; None where results are words only."""
    if scale_of(mapping, seen) is Scale.WORDS:
        return None
    found = [text for text in texts_of(seen, "result") if is_number(text)]
    _scale, decimal, maximum = guessing.scale(found)
    most, sure = guessing.maxima(seen.get("marks", {}), decimal)
    if mapping.scale is Scale.POINTS:
        return Points(len(found), found[:6], mapping.decimal, mapping.maximum, mapping.maxima, False, True)
    return Points(len(found), found[:6], decimal, maximum, most if sure else {}, True, sure)


def result_words(mapping: Mapping, seen: Names[str, Any], known: matching.Known) -> list[matching.Word]:
    """The words among the results whose meaning is asked."""
    scaled = replace(mapping, scale=scale_of(mapping, seen))
    return matching.listed("result", scaled, seen, known)[:SHOWN_RESULTS]


def waiting(profile: MappingProfile, known: matching.Known) -> list[tuple[str, str, int]]:
    """The kinds of words that are still to be decided on: kind, name, how many."""
    kinds = (*labels.WORDS, "result")
    counts = {name: matching.undecided(name, profile.mapping, profile.seen, known) for name in kinds}
    return [(name, str(labels.WORDS.get(name, _("Results"))), count) for name, count in counts.items() if count]


def facts(mapping: Mapping) -> Pairs:
    """What a profile says, in words."""
    said: Pairs = []
    for name, at in mapping.fields.items():
        what = " + ".join(at.columns) if at.columns else _("always “%(value)s”", value=at.says)
        if name in PEOPLE and at.columns:
            what = _("%(column)s, by %(what)s", column=what, what=str(labels.PERSON_BY[mapping.person_by[name]]))
        if name in DATES and name in mapping.dates:
            what = _("%(column)s, %(style)s", column=what, style=str(labels.DATE_STYLES[mapping.dates[name]]))
        said.append((str(labels.fields(mapping.shape)[name]), what))
    if mapping.shape is Shape.AUDITS:
        said.append((str(labels.FIELDS["questions"]), number(len(mapping.questions))))
    if mapping.scale is Scale.POINTS:
        share = percent(mapping.passes_from, 0)
        said.append((_("Passed"), _("from %(share)s of the points possible", share=share)))
    return said


def preview(session: Session, path: Path, mapping: Mapping, by: User | None) -> Preview:
    """The first rows of the sample as Hilo reads them; raises `BadFile`."""
    table = open_mapped(path, mapping, directory(session, mapping, by))
    block = next(table.blocks(), None)
    names = [*(name for name in table.columns if name not in ("source", "version")), *_codes(table)]
    called = labels.fields(mapping.shape)
    headers = [str(called[name]) if name in called else name for name in names]
    columns = [_column(block, name) if block else [] for name in names]
    return Preview(headers, list(zip(*columns, strict=True)))


def _codes(table: MappedTable) -> list[str]:
    return [name for name in table.headers if name not in table.columns and name in table.unknown] if table.wide else []


def _column(block: Block, name: str) -> list[str]:
    texts = block[name][:PREVIEWED].tolist()
    if name in DATES:
        return [_moment(text) for text in texts]
    if name == "result" or name not in labels.FIELDS:
        return [str(RESULTS[Result(text)]) if text in set(Result) else text for text in texts]
    return [text.removesuffix(FOREIGN) for text in texts]


def _moment(text: str) -> str:
    if len(text) == 10:
        return day(parse_date(text)) or text
    zoned = parse_datetime(text, "UTC")
    if zoned is None:
        return text
    return in_words(zoned) if text.endswith("Z") or "+" in text else _said(text)
