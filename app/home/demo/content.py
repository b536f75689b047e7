"""What is written in the demo programme: who works there, what is judged, taught and said, in both languages.

The texts stand beside this file, in `content/`: a TOML file for each list, a Markdown file for each module and
language. Each function reads one of them into the values of `shapes`, once; a file of another shape raises `KeyError`
or `TypeError`.
"""

from __future__ import annotations

import pathlib
import tomllib
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from app.home.demo.shapes.coaching import Coaching, Reviews
from app.home.demo.shapes.learning import Module, Path
from app.home.demo.shapes.organisation import NamePool, Organisation
from app.home.demo.shapes.quality import Competency, Misses, Scorecard
from app.home.demo.shapes.running import Contacts, Policy, Rule

FOLDER = pathlib.Path(__file__).with_suffix("")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _shape(kind: Any, data: Any) -> Any:
    """`data`, as TOML gives it, in the shape of `kind`: a dataclass, tuple or dict of such, or a plain value."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{key: _shape(hints[key], value) for key, value in data.items()})
    if get_origin(kind) is tuple:
        return tuple(_shape(get_args(kind)[0], value) for value in data)
    if get_origin(kind) is dict:
        return {key: _shape(get_args(kind)[1], value) for key, value in data.items()}
    return data


@cache
def organisation() -> Organisation:
    return _shape(Organisation, _read("organisation"))


@cache
def names() -> dict[str, NamePool]:
    """Pools of names by region."""
    return _shape(dict[str, NamePool], _read("names"))


@cache
def competencies() -> tuple[Competency, ...]:
    """Parents before what stands under them."""
    return _shape(tuple[Competency, ...], _read("competencies")["competencies"])


@cache
def scorecard() -> Scorecard:
    return _shape(Scorecard, _read("scorecard"))


@cache
def misses() -> dict[str, Misses]:
    """How each criterion is missed, by its code."""
    return _shape(dict[str, Misses], _read("findings"))


@cache
def modules() -> tuple[Module, ...]:
    rows = _read("modules")["modules"]
    return _shape(tuple[Module, ...], [row | {"body": _body(row["code"])} for row in rows])


def _body(code: str) -> dict[str, str]:
    return {lang: (FOLDER / "modules" / f"{code}.{lang}.md").read_text(encoding="utf-8") for lang in ("en", "es")}


@cache
def paths() -> tuple[Path, ...]:
    """A shorter one before the path it belongs to."""
    return _shape(tuple[Path, ...], _read("paths")["paths"])


@cache
def reviews() -> Reviews:
    return _shape(Reviews, _read("reviews"))


@cache
def coaching() -> Coaching:
    return _shape(Coaching, _read("coaching"))


@cache
def contacts() -> Contacts:
    return _shape(Contacts, _read("contacts"))


@cache
def rules() -> tuple[Rule, ...]:
    """In the order in which they are to be tried."""
    return _shape(tuple[Rule, ...], _read("rules")["rules"])


@cache
def policies() -> tuple[Policy, ...]:
    return _shape(tuple[Policy, ...], _read("rules")["policies"])


def governing() -> dict[str, Any]:
    """Initiatives, as they are told."""
    return _read("governing")
