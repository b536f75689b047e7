"""What is taught: modules, and the paths made of them."""

from __future__ import annotations

from dataclasses import dataclass

from app.home.demo.shapes.texts import Text


@dataclass(frozen=True, slots=True)
class Module:
    """An article in Markdown; `effect` is the share of a gap it removes in the simulation."""

    code: str
    title: Text
    minutes: int
    competencies: tuple[str, ...]
    effect: float
    body: Text


@dataclass(frozen=True, slots=True)
class Step:
    """A module of a path, by code; `below`, in per cent of the quiz of `branch_on`, says who takes it."""

    module: str
    optional: bool = False
    after: str | None = None
    branch_on: str | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Several modules as one thing to learn; `shorter` is the code of the path to recertify."""

    code: str
    title: Text
    about: Text
    days: int
    steps: tuple[Step, ...]
    shorter: str | None = None
