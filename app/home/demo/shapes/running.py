"""Contacts, rules and policies."""

from __future__ import annotations

from dataclasses import dataclass

from app.home.demo.shapes.texts import Text


@dataclass(frozen=True, slots=True)
class Channel:
    code: str
    name: Text
    share: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why customers write; `share` is of the contacts of its line of business."""

    code: str
    line: str
    name: Text
    share: float


@dataclass(frozen=True, slots=True)
class Contacts:
    """`contact_ref` takes `year` (two digits), `month` and `number`; `audit_ref` takes `number`."""

    contact_ref: str
    audit_ref: str
    source: str
    channels: tuple[Channel, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When `trigger`, assign a module and owe a session; no competency: any; no module: the competency's own."""

    code: str
    name: Text
    trigger: str
    due_days: int
    cool_down_days: int
    competency: str | None = None
    module: str | None = None
    assigns: bool = True
    owes: bool = True
    owe_hours: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """What coaching is owed at a partner or site (`at`), or in the whole programme."""

    name: Text
    days_new: int
    days_settling: int
    days_settled: int
    days_with_gap: int
    fatal_hours: int
    gap_hours: int
    follow_up_days: int
    acknowledge_hours: int
    at: str | None = None
