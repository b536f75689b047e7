"""What the steps of a mapping profile send, as values of the profile."""

from __future__ import annotations

from collections.abc import Mapping as Names
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.audits.profiles.keeping import LONGEST_NAME
from app.audits.profiles.mapping import (
    DATES,
    MAXIMUM,
    MOST_HEADER_ROWS,
    OF_CASES,
    PEOPLE,
    SINGLE,
    Columns,
    DateStyle,
    Field,
    Join,
    Mapping,
    PersonBy,
    Scale,
    Shape,
)
from app.audits.profiles.results import number
from app.core.errors import Refused

Sent = Any
"""The values of a form, as the request has them."""
COLUMN, CONSTANT = "c:", "s:"
TWO_COLUMNS = ("audit_ref", *DATES)
QUESTION, REMARK = "question", "comment"
LEAVE = "-"
MOST_BELOW = 100


class SampleForm(FlaskForm):
    """A new profile: its name and a sample."""

    name = StringField(
        lazy_gettext("Name of the tool or of its export"),
        validators=[DataRequired(lazy_gettext("Give the profile a name.")), Length(max=LONGEST_NAME)],
        description=lazy_gettext("As colleagues will look for it, and as the command line calls it."),
    )
    file = FileField(
        lazy_gettext("A file as the tool exports it"),
        validators=[FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV, XLSX or JSON, just as it is: no column needs to be renamed or moved."),
    )


def table(sent: Sent, seen: Names[str, Any]) -> dict[str, Any]:
    """Where the table stands."""
    known = seen["table"]
    header = sent.get("header", type=int)
    below = sent.get("rows_below", 0, type=int)
    rows = sent.get("header_rows", 1, type=int)
    return {
        "sheet": sent.get("sheet") if sent.get("sheet") in known["sheets"] else known["sheet"],
        "rows_of": sent.get("rows_of") if sent.get("rows_of") in known["lists"] else known["rows_of"],
        "header": header if header in [line for line, _texts in known["top"]] else known["header"],
        "rows_below": min(max(below, 0), MOST_BELOW),
        "header_rows": min(max(rows, 1), MOST_HEADER_ROWS),
        "every_sheet": sent.get("every_sheet") is not None,
        "join": _join(sent, known),
    }


def _join(sent: Sent, known: Names[str, Any]) -> Join | None:
    """The sheet that says more of each record, and its key once it is known which columns there are."""
    sheet = sent.get("join", "")
    if sheet not in known["sheets"] or sheet == sent.get("sheet", known["sheet"]):
        return None
    key, other = sent.get("join_key", ""), sent.get("join_other", "")
    both = key in known.get("own", ()) and other in known.get("keys", ()) and sheet == sent.get("joined")
    return Join(sheet, key, other) if both else Join(sheet)


def shape(sent: Sent, otherwise: Shape) -> Shape:
    """What a row is."""
    return Shape(sent["shape"]) if sent.get("shape") in set(Shape) else otherwise


def columns(sent: Sent, what: Shape, names: list[str]) -> Columns:
    """Which column is what; raises `Refused` for a column that is two things of the same audit."""
    fields = {name: found for name in SINGLE if (found := _field(sent, name, names)) is not None}
    if what is Shape.AUDITS:
        fields = {
            name: at for name, at in fields.items() if name not in ("criterion", "result", "comment", "cause", MAXIMUM)
        }
    if what is Shape.CASES:
        fields = {name: at for name, at in fields.items() if name in OF_CASES}
    by = {
        name: PersonBy(sent[f"by-{name}"])
        for name in PEOPLE
        if name in fields and sent.get(f"by-{name}") in set(PersonBy)
    }
    questions, comments = _questions(sent, names) if what is Shape.AUDITS else ((), {})
    read = {name for at in fields.values() for name in at.columns}
    if twice := [name for name in (*questions, *comments) if name in read]:
        raise Refused(_("A column can't be a question and something else as well: %(names)s.", names=", ".join(twice)))
    return Columns(
        what, fields, {name: by.get(name, PersonBy.NUMBER) for name in PEOPLE if name in fields}, questions, comments
    )


def _field(sent: Sent, name: str, names: list[str]) -> Field | None:
    said = sent.get(f"at-{name}", "")
    if said.startswith(CONSTANT) and said.removeprefix(CONSTANT).strip():
        return Field(says=said.removeprefix(CONSTANT).strip())
    found = [said.removeprefix(COLUMN)] if said.startswith(COLUMN) else []
    if name in TWO_COLUMNS and found:
        found.append(sent.get(f"and-{name}", "").removeprefix(COLUMN))
    found = [one for one in dict.fromkeys(found) if one in names]
    return Field(tuple(found)) if found else None


def _questions(sent: Sent, names: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The columns that are questions, and those that comment the question before them."""
    questions: list[str] = []
    comments: dict[str, str] = {}
    for place, name in enumerate(names):
        role = sent.get(f"role-{place}")
        if role == QUESTION:
            questions.append(name)
        elif role == REMARK and questions:
            comments[name] = questions[-1]
    return tuple(questions), comments


def values(sent: Sent, mapping: Mapping, zones: list[str], scale: Scale) -> dict[str, Any]:
    """How dates and results are written; raises `Refused` for a maximum or share that is none."""
    dates = {name: DateStyle(sent[f"date-{name}"]) for name in DATES if sent.get(f"date-{name}") in set(DateStyle)}
    decimal = sent.get("decimal") if sent.get("decimal") in (".", ",") else "."
    share = _figure(sent.get("passes_from", "100"), 0.01, 100)
    return {
        "dates": {name: style for name, style in dates.items() if mapping.at(name).columns},
        "time_zone": sent.get("time_zone") if sent.get("time_zone") in zones else None,
        "decimal": decimal,
        "scale": scale,
        "maximum": _figure(sent["maximum"], 0.01, 1e6) if sent.get("maximum", "").strip() else None,
        "maxima": _maxima(sent),
        "passes_from": (share or 100) / 100,
    }


def _maxima(sent: Sent) -> dict[str, float]:
    asked = [(sent.get(f"most-{place}-word", ""), sent.get(f"most-{place}", "")) for place in range(MOST_BELOW)]
    return {word: _figure(said, 0.01, 1e6) for word, said in asked if word and said.strip()}


def _figure(said: str, low: float, high: float) -> float:
    """A figure as people type it, with a point or a comma."""
    found = number(said.strip(), "," if "," in said else ".")
    if found is None or not low <= found <= high:
        raise Refused(_("“%(value)s” is not a number from %(low)s to %(high)s.", value=said, low=low, high=f"{high:g}"))
    return found


def words(sent: Sent, name: str) -> list[tuple[str, str]]:
    """The words of a kind that were shown, each with what was chosen for it: "" is nothing yet."""
    found = []
    for place in range(sent.get(f"{name}-count", 0, type=int)):
        word = sent.get(f"{name}-{place}-word")
        if word is not None:
            leaves = sent.get(f"{name}-{place}-leave") is not None
            found.append((word, LEAVE if leaves else sent.get(f"{name}-{place}", "").strip()))
    return found
