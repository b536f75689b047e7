"""What holds in each team, by market: a number of queries that does not grow with teams, markets or lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import Select, func, select

from app.accounts.models import Unit, UnitKind
from app.accounts.queries import Place, places
from app.audits.auditing.services import newest_valid
from app.audits.models import Audit, Scorecard, ScorecardVersion
from app.coaching import labels as coaching
from app.coaching import queries as policies_of_coaching
from app.coaching import rules, services
from app.coaching.rules import Terms
from app.coaching.working import WEEK, Hours, public_holidays
from app.core.clock import monday_of, next_month
from app.core.i18n import percent, weekday_names
from app.curriculum import targets
from app.curriculum.models import Competency
from app.gaps import labels as gaps
from app.gaps import policies as policies_of_gaps
from app.gaps.models import GapPolicy
from app.gaps.rules import POLICY_TERMS
from app.metrics import queries as metrics
from app.metrics.labels import metric_name, written
from app.metrics.rules import target_for
from app.reports.declared import Question
from app.reports.markets.compared import Line, Told

MONTHS = 3
"""The last audit of a team is looked for in so many months."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Markets:
    """The teams asked for, by market; those of units without a market under an empty name."""

    asked: Question

    @cached_property
    def day(self) -> date:
        """What is in force is told of this day: today, or the last of a month gone by."""
        return min(self.asked.today, next_month(self.asked.month) - timedelta(days=1))

    @cached_property
    def teams(self) -> dict[str, list[Place]]:
        """The teams within reach, by market in order."""
        inside = self.asked.teams()
        ids = set(self.asked.session.scalars(select(Unit.id) if inside is None else inside))
        found: dict[str, list[Place]] = {}
        for place in places(self.asked.session).values():
            if place.kind is UnitKind.TEAM and place.id in ids:
                found.setdefault(place.market or "", []).append(place)
        return dict(sorted(found.items(), key=lambda item: (not item[0], item[0])))

    def told(self, of: Callable[[Place], Any]) -> dict[str, Told]:
        """What holds in the teams of each market."""
        return {market: Counter(map(of, teams)) for market, teams in self.teams.items()}

    def lines(self) -> list[Line]:
        """All that is compared."""
        return [*self._scorecards(), *self._coaching(), *self._hours(), *self._gaps(), *self._targets()]

    # --- Scorecards ---

    def _scorecards(self) -> Iterator[Line]:
        versions: dict[int, list[ScorecardVersion]] = {}
        for one in self.asked.session.scalars(select(ScorecardVersion).order_by(ScorecardVersion.id)):
            versions.setdefault(one.scorecard_id, []).append(one)
        used = self._last_used({one.id: one for known in versions.values() for one in known})
        for card in self.asked.session.scalars(select(Scorecard).order_by(Scorecard.code)):
            valid = newest_valid(versions.get(card.id, []), self.day)
            if valid is None:
                continue
            label = valid.label
            name = _("%(scorecard)s, version of the last audits", scorecard=card.name.text)
            seen = {
                market: Counter(used[team.id, card.id] for team in teams if (team.id, card.id) in used)
                or Counter([None])
                for market, teams in self.teams.items()
            }
            yield Line("scorecards", f"{card.code}.used", name, seen, lambda value: value or _("no audits"))
            name = _("%(scorecard)s, version valid on the day", scorecard=card.name.text)
            yield Line("scorecards", f"{card.code}.valid", name, self.told(lambda _team, label=label: label))

    def _last_used(self, versions: dict[int, ScorecardVersion]) -> dict[tuple[int | None, int], str]:
        """The label of the version of the last audit, by team and scorecard."""
        found: dict[tuple[int | None, int], tuple[datetime, int]] = {}
        for team, version, at in self.asked.session.execute(self._audited()):
            key = team, versions[version].scorecard_id
            found[key] = max(found.get(key, (at, version)), (at, version))
        return {key: versions[version].label for key, (_at, version) in found.items()}

    def _audited(self) -> Select[int | None, int, datetime]:
        """(team id, version id, last contact) of the audits of these months."""
        starts, inside = self.asked.starts(MONTHS), self.asked.teams()
        found = select(Audit.team_id, Audit.version_id, func.max(Audit.contact_at)).where(
            Audit.contact_at >= starts[0], Audit.contact_at < starts[-1], Audit.released_at.is_not(None),
            Audit.team_id.is_not(None),
        )  # fmt: skip
        narrowed = found if inside is None else found.where(Audit.team_id.in_(inside))
        return narrowed.group_by(Audit.team_id, Audit.version_id)

    # --- Coaching ---

    def _coaching(self) -> Iterator[Line]:
        rows = self.asked.session.scalars(policies_of_coaching.in_force(self.day))
        by_unit, default = {row.unit_id: Terms.of(row) for row in rows}, Terms()
        terms = {
            team.id: rules.nearest(team.ancestors, by_unit) or default
            for teams in self.teams.values()
            for team in teams
        }
        words: dict[str, Any] = {"clock": coaching.CLOCKS, "away": coaching.AWAY_RULES}
        names = {**coaching.TERM_NAMES, "clock": _("How hours run"), "away": _("While an agent is away")}
        for one in fields(Terms):
            by_market = self.told(lambda team, name=one.name: getattr(terms[team.id], name))
            said = words.get(one.name)
            say = _itself if said is None else lambda value, said=said: str(said[value])
            yield Line("coaching", one.name, str(names[one.name]), by_market, say)

    def _hours(self) -> Iterator[Line]:
        own, days = services.opening_hours(self.asked.session), weekday_names()
        open_hours = self.told(lambda team: _span(rules.nearest(team.ancestors, own) or WEEK))
        yield Line(
            "coaching", "hours", _("Opening hours"), open_hours,
            lambda week: opening(week, days) or pgettext("opening hours", "closed"),
            lambda week: opening(week, WEEKDAYS),
        )  # fmt: skip
        year = self.asked.month.year
        kept = {market: Counter([_holidays(market, year)]) for market in self.teams}
        name = _("Public holidays of %(year)s", year=str(year))
        yield Line("coaching", "holidays", name, kept, lambda days: len(days) if days else _("none known"))
        yield Line("coaching", "time_zone", _("Time zone"), self.told(lambda team: team.time_zone))

    # --- Gaps ---

    def _gaps(self) -> Iterator[Line]:
        rows = policies_of_gaps.in_force(self.asked.session, monday_of(self.day))
        named = self._competencies
        own = sorted({row.competency_id for row in rows if row.competency_id}, key=lambda one: named[one].name.text)
        for about in (None, *own):
            mine = [row for row in rows if row.competency_id in (None, about)]
            for term in POLICY_TERMS:
                yield self._gap_line(mine, term, None if about is None else named[about])

    def _gap_line(self, rows: Sequence[GapPolicy], term: str, about: Competency | None) -> Line:
        name, share = str(gaps.TERMS[term]), term in gaps.SHARES
        told = {}
        for market in self.teams:
            value = getattr(policies_of_gaps.terms_of(_of_market(rows, market)), term)
            told[market] = Counter([round(100 * value) if share else value])
        if about is None:
            return Line("gaps", term, name, told, _itself)
        return Line("gaps", f"{about.code}.{term}", f"{about.name.text}: {name}", told, _itself)

    @cached_property
    def _competencies(self) -> dict[int, Competency]:
        return {one.id: one for one in self.asked.session.scalars(select(Competency).order_by(Competency.name.sql()))}

    # --- Targets ---

    def _targets(self) -> Iterator[Line]:
        aims = metrics.aims(self.asked.session.execute(metrics.targets()))
        for metric in sorted({metric for metric, _unit in aims}, key=metric_name):
            by_market = self.told(lambda team, one=metric: target_for(aims, one, team.ancestors, self.asked.month))
            if any(value is not None for told in by_market.values() for value in told):
                yield Line("targets", metric, metric_name(metric), by_market, _aim)
        changed = targets.in_force(self.asked.session, monday_of(self.day))
        for one in self._competencies.values():
            value = changed.get(one.id, one.target)
            told = self.told(lambda _team, value=value: value)
            yield Line("competencies", one.code, one.name.text, told, lambda share: percent(share, 0))


def _itself(value: Any) -> Any:
    """A number stays one in files."""
    return value


def _aim(value: float | None) -> str:
    return _("none set") if value is None else written(value)


def _of_market(rows: Iterable[GapPolicy], market: str) -> GapPolicy | None:
    """Of these policies, the widest first, the one that decides in a market."""
    return next((row for row in reversed(list(rows)) if row.market in (None, market)), None)


def _holidays(market: str, year: int) -> tuple[date, ...]:
    return tuple(sorted(public_holidays(market, year))) if market else ()


def _span(hours: Hours) -> tuple[tuple[int, tuple[int, int]], ...]:
    return tuple(sorted(hours.items()))


def opening(week: Sequence[tuple[int, tuple[int, int]]], days: Sequence[str]) -> str:
    """Hours of opening in words: days in a row with the same hours together."""
    runs: list[tuple[int, int, tuple[int, int]]] = []
    for day, span in week:
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], day, span)
        else:
            runs.append((day, day, span))
    told = []
    for first, last, (opens, closes) in runs:
        named = days[first] if first == last else f"{days[first]}–{days[last]}"
        told.append(f"{named} {_clock(opens)}–{_clock(closes)}")
    return ", ".join(told)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
