"""The first screen of an administrator: what is misconfigured or waiting, and the first steps on an empty system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from flask import current_app, url_for
from flask_babel import LazyString, lazy_gettext, ngettext
from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import lacking, settings
from app.accounts.lacking import Finding
from app.accounts.models import Unit, UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits.models import Audit, Import, ImportState, ScorecardVersion
from app.coaching.models import CoachingPolicy
from app.coaching.services import EVER
from app.core.clock import day_of
from app.core.health import Backlog, backlog
from app.core.i18n import LANGUAGES
from app.curriculum.models import Competency, Module, ModuleState
from app.curriculum.queries import written_in
from app.home import queries

LATELY = timedelta(days=30)
BEHIND = timedelta(days=2)
"""The nightly run does the day before; when the last one is older, it has not run."""
SLOW = 600
"""Seconds after which a job that waits has nobody who does it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps: what, why, where, and whether it is done."""

    title: str
    text: str
    url: str
    done: bool


@dataclass(frozen=True, slots=True)
class AdministratorHome:
    """Everything on the page."""

    steps: Sequence[Step]
    """Empty for who administers only a part of the programme."""
    findings: Sequence[Finding]
    last_daily: date | None
    jobs: Backlog | None
    """None where the engine's tables are not there yet."""
    imports: Sequence[Import]

    @property
    def to_go(self) -> int:
        return sum(not step.done for step in self.steps)


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str) -> AdministratorHome:
    """What an administrator finds, as of now."""
    whole = everywhere(viewer, Permission.ADMINISTER)
    today = day_of(at, str(current_app.config["PROGRAMME_TIME_ZONE"]))
    last = settings.get(session, "last_daily")
    last_daily = date.fromisoformat(last) if last else None
    jobs = _jobs(session) if whole else None
    found = [*lacking.findings(), *_on_learning(session), *_on_imports(session, viewer, at)]
    if whole:
        found += _on_running(last_daily, jobs, today)
    imports = Import.visible_to(viewer).order_by(Import.created_at.desc(), Import.id.desc()).limit(5)
    return AdministratorHome(
        steps=first_steps(session) if whole else [],
        findings=found,
        last_daily=last_daily,
        jobs=jobs,
        imports=session.scalars(imports).all(),
    )


# --- First steps ---

FIRST_STEPS: tuple[tuple[LazyString, LazyString, Callable[[], str]], ...] = (
    (
        lazy_gettext("Import people and units"),
        lazy_gettext("A file with everybody's team, site, partner and role; the units are created from it."),
        partial(url_for, "admin.choose_file", what="people"),
    ),
    (
        lazy_gettext("Import competencies"),
        lazy_gettext("What an agent must be able to do, with the share of checks that should pass."),
        partial(url_for, "curriculum.exchange"),
    ),
    (
        lazy_gettext("Import or write modules"),
        lazy_gettext("What teaches each competency, in English and Spanish."),
        partial(url_for, "curriculum.exchange"),
    ),
    (
        lazy_gettext("Import a scorecard"),
        lazy_gettext("The criteria contacts are audited on, and which competency each one measures."),
        partial(url_for, "audits.import_scorecard"),
    ),
    (
        lazy_gettext("Import findings"),
        lazy_gettext("Past audits make evidence and gaps; nothing is owed for them."),
        partial(url_for, "audits.send"),
    ),
    (
        lazy_gettext("Set the coaching policy"),
        lazy_gettext(
            "How often an agent is coached, and how soon after an error or a gap. Until one is set, the usual terms apply."
        ),
        partial(url_for, "coaching.policies"),
    ),
    (
        lazy_gettext("Set the day Hilo goes live"),
        lazy_gettext("From then on modules are assigned, sessions owed and people notified."),
        partial(url_for, "admin.settings_page"),
    ),
)
"""What an empty system needs, in order: what, why, and the page."""


def first_steps(session: Session) -> list[Step]:
    """The first steps, each with whether it is done."""
    wanted = (
        select(Unit.id).where(Unit.kind == UnitKind.TEAM),
        select(Competency.id),
        select(Module.id),
        select(ScorecardVersion.id),
        select(Audit.id),
        select(CoachingPolicy.id).where(CoachingPolicy.valid_from != EVER),
    )
    there = session.execute(select(*(exists(one) for one in wanted))).one()
    live = settings.live_from(session) is not None
    *had, own_policy = (bool(one) for one in there)
    done = [*had, own_policy or live, live]  # who goes live without one has taken the usual terms
    return [
        Step(str(title), str(text), address(), is_done)
        for (title, text, address), is_done in zip(FIRST_STEPS, done, strict=True)
    ]


# --- What needs a look ---


def _on_learning(session: Session) -> Iterator[Finding]:
    untaught = _count(session, queries.untaught())
    if untaught:
        sentence = ngettext("%(num)s competency has no module", "%(num)s competencies have no module", untaught)
        yield Finding(untaught, sentence, url_for("curriculum.competencies"))
    for code in LANGUAGES:
        lacking = _count(session, select(Module).where(~written_in(code), Module.state != ModuleState.RETIRED))
        if lacking:
            yield Finding(lacking, _lacks(code, lacking), url_for("curriculum.modules", missing=code))


def _lacks(language: str, modules: int) -> str:
    if language == "en":
        return ngettext("%(num)s module is missing in English", "%(num)s modules are missing in English", modules)
    return ngettext("%(num)s module is missing in Spanish", "%(num)s modules are missing in Spanish", modules)


def _on_imports(session: Session, viewer: User, at: datetime) -> Iterator[Finding]:
    lately = Import.visible_to(viewer).where(Import.created_at >= at - LATELY)
    by_state = lately.with_only_columns(Import.state, func.count()).group_by(Import.state)
    counts = dict(session.execute(by_state).all())
    failed, waiting = counts.get(ImportState.FAILED, 0), counts.get(ImportState.CHECKED, 0)
    if failed:
        sentence = ngettext("%(num)s import failed recently", "%(num)s imports failed recently", failed)
        yield Finding(failed, sentence, url_for("audits.imports"))
    if waiting:
        sentence = ngettext("%(num)s import waits for a decision", "%(num)s imports wait for a decision", waiting)
        yield Finding(waiting, sentence, url_for("audits.imports"))


def _on_running(last_daily: date | None, jobs: Backlog | None, today: date) -> Iterator[Finding]:
    """What no person did: jobs that failed or that nobody does, a nightly run that did not run."""
    url = url_for("admin.settings_page")
    if last_daily is not None and last_daily < today - BEHIND:
        days = (today - last_daily).days - 1
        yield Finding(
            days,
            ngettext("The daily run is %(num)s day behind", "The daily run is %(num)s days behind", days),
            url,
        )
    if jobs is not None and jobs.failed:
        yield Finding(jobs.failed, ngettext("%(num)s job failed", "%(num)s jobs failed", jobs.failed), url)
    if jobs is not None and jobs.oldest_seconds > SLOW:
        sentence = ngettext(
            "%(num)s job is waiting and no worker is running",
            "%(num)s jobs are waiting and no worker is running",
            jobs.waiting,
        )
        yield Finding(jobs.waiting, sentence, url)


def _jobs(session: Session) -> Backlog | None:
    try:
        with session.begin_nested():
            return backlog()
    except SQLAlchemyError:
        return None


def _count(session: Session, rows: Select[Competency] | Select[Module]) -> int:
    return session.scalar(select(func.count()).select_from(rows.with_only_columns(1).order_by(None).subquery())) or 0
