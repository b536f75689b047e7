"""The figures of the demo programme that would come from other systems: satisfaction, contacts, handling time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from app.core import bulk
from app.core.clock import last_month, month_start, next_month
from app.home.demo.roster import TEAM_SIZE
from app.home.demo.world import World
from app.metrics.models import MetricValue, Target

TARGETS = {"csat": 0.85, "dsat": 0.08, "contact_rate": 0.12, "handling_time": 600.0}
"""Shares of answered surveys, contacts per order, seconds per contact."""
WEEKS_A_MONTH = 4.345
SURVEYED = 0.06  # share of contacts with an answered survey
USUAL = {"csat": 0.86, "dsat": 0.075}
SECONDS = {"refunds": 560, "orders": 540, "sellers": 680, "security": 720}
CONTACTS_AN_ORDER = 0.118
SAVED = 0.07
"""The share of handling time that an initiative saved in the first team's site."""
WENT_LIVE, LIVE_AT = timedelta(days=18), 2
"""How long before the last day a policy went live, and at how many sites."""
RESOLVED, MORE_RESOLVED = 0.66, 0.06
"""The share of contacts that settle the matter, and what that policy added to it."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How many checks failed of how many, of a team in a month."""

    checks: int
    fails: int


def write_figures(session: Session, world: World, quality: dict[tuple[int, date], Quality]) -> None:
    """A value of each metric for each team and month, better where less was missed; and the targets."""
    root = world.people.units[""].id
    targets = ((metric, root, target, month_start(world.first)) for metric, target in TARGETS.items())
    bulk.insert(session, Target, ["metric", "unit_id", "target", "valid_from"], targets)
    columns = ["metric", "unit_id", "period", "numerator", "denominator"]
    bulk.insert(session, MetricValue, columns, _values(world, quality))
    bulk.insert(session, MetricValue, columns, _resolved(world))


def _values(world: World, quality: dict[tuple[int, date], Quality]) -> Iterator[Sequence[object]]:
    rng = world.rng(8)
    everybody = list(quality.values())
    usual = sum(q.fails for q in everybody) / max(sum(q.checks for q in everybody), 1)
    for month in _whole_months(world):
        for number, team in enumerate(world.roster.teams):
            seen = quality.get((number, month), Quality(0, 0))
            worse = seen.fails / seen.checks - usual if seen.checks else 0.0
            contacts = team.line.weekly_contacts * TEAM_SIZE * WEEKS_A_MONTH * rng.normal(1, 0.03)
            surveys = int(contacts * SURVEYED)
            happy = rng.binomial(surveys, np.clip(USUAL["csat"] - 0.8 * worse, 0.5, 0.98))
            unhappy = rng.binomial(surveys - happy, np.clip((USUAL["dsat"] + 0.5 * worse) / 0.14, 0.1, 0.9))
            seconds = SECONDS[team.line.code] * (1 + worse) * rng.normal(1, 0.02) * contacts
            if team.site == world.roster.teams[0].site and month > ended_month(world.last):
                seconds *= 1 - SAVED
            orders = contacts / (CONTACTS_AN_ORDER * (1 + 0.6 * worse) * rng.normal(1, 0.02))
            unit = world.people.teams[number]
            yield "csat", unit, month, float(happy), float(surveys)
            yield "dsat", unit, month, float(unhappy), float(surveys)
            yield "contact_rate", unit, month, float(round(contacts)), float(round(orders))
            yield "handling_time", unit, month, float(round(seconds)), float(round(contacts))


def _resolved(world: World) -> Iterator[Sequence[object]]:
    """Contacts that settled the matter at once, by team and month; this month's as far as it has gone."""
    rng, live = world.rng(22), world.last - WENT_LIVE
    sites = list(dict.fromkeys(team.site.name for team in world.roster.teams))[:LIVE_AT]
    for month in [*_whole_months(world), month_start(world.last)]:
        days = min((next_month(month) - month).days, (world.last - month).days + 1)
        since = (month + timedelta(days=days) - max(month, live)).days / days
        for number, team in enumerate(world.roster.teams):
            contacts = round(team.line.weekly_contacts * TEAM_SIZE * days / 7 * rng.normal(1, 0.03))
            gained = MORE_RESOLVED * min(max(since, 0), 1) if team.site.name in sites else 0
            resolved = rng.binomial(contacts, RESOLVED + rng.normal(0, 0.01) + gained)
            yield "fcr", world.people.teams[number], month, float(resolved), float(contacts)


def ended_month(last: date) -> date:
    """The month in which that initiative ran: two whole ones have passed since."""
    return last_month(last_month(last_month(last)))


def _whole_months(world: World) -> Iterator[date]:
    """The months that have ended by the last day."""
    month = month_start(world.first)
    while next_month(month) <= world.last:
        yield month
        month = next_month(month)
