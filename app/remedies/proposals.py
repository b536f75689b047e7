"""What is proposed for a gap, by what caused it: modules for knowledge, practice and talking for skill, talking for will.

Beside each: what came of it for others, and whether the person was trained since the last missed check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audits.labels import CAUSES
from app.audits.models import Cause
from app.coaching.models import Obligation
from app.coaching.rules import ObligationState
from app.core.i18n import day, local
from app.curriculum.models import AssignmentState, Module
from app.curriculum.queries import modules_for, open_assignments
from app.gaps.models import Gap
from app.gaps.outcomes import NOTHING, Effect
from app.gaps.outlook import AT_REST
from app.remedies import effect_words, effects
from app.remedies.entries import Checks, Entry, Learning, Talk
from app.remedies.rules import Means, means_for

MOST_MODULES = 3


@dataclass(frozen=True, slots=True)
class Proposed:
    """Something that could be done about the gap: a module to learn, or a session (no module)."""

    means: Means
    module: Module | None
    title: str
    languages: str
    others: str
    """What came of it for others."""
    leads: bool
    """The cause asks for this first."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Everything proposed, why, and whether the person was trained since the last missed check."""

    why: str
    trained: str | None
    entries: Sequence[Proposed]
    session_owed: bool
    """A session is owed for the gap already."""


def propose(session: Session, gap: Gap, entries: Sequence[Entry], causes: Sequence[Cause]) -> Proposals:
    """What fits the gap; nothing for one at rest."""
    if gap.state in AT_REST:
        return Proposals("", None, [], session_owed=False)
    main = causes[0] if causes else None
    modules, talks = _modules(session, gap, entries), effects.of_sessions(session, gap.competency_id)
    measured = effects.of_modules(session, only=[one.id for one in modules])
    order = means_for(main)
    found: list[Proposed] = []
    for place, means in enumerate(order):
        if means is Means.MODULE:
            found += [_module(one, measured, place == 0) for one in modules]
        else:
            found.append(_session(means, talks, place == 0 or not found))
    return Proposals(_why(main), trained(entries), found, session_owed=_owed(session, gap))


def trained(entries: Sequence[Entry]) -> str | None:
    """Whether the person was trained after the last missed check; none where no check was missed."""
    checks = [check for entry in entries if isinstance(entry, Checks) for check in entry.items]
    misses = [local(check.at).date() for check in checks if check.counts and not check.passed]
    if not misses:
        return None
    last = max(misses)
    since = [one for one in entries if one.day > last and _is_training(one)]
    when = day(last, "short")
    if not since:
        return _("Trained since the last missed check (%(day)s)? No, nothing was completed since.", day=when)
    newest = max(since, key=lambda one: one.day)
    what = newest.module.text if isinstance(newest, Learning) else _("a coaching session")
    return _(
        "Trained since the last missed check (%(day)s)? Yes: %(what)s, %(done)s. The next checks will tell.",
        day=when,
        what=what,
        done=day(newest.day, "short"),
    )


def _is_training(entry: Entry) -> bool:
    return isinstance(entry, Talk) or (isinstance(entry, Learning) and entry.step is AssignmentState.COMPLETED)


def _why(main: Cause | None) -> str:
    if main is None:
        return _("No cause was given for the missed checks; they are treated as missing knowledge.")
    return _("Most missed checks were attributed to: %(cause)s.", cause=str(CAUSES[main]).lower())


def _module(module: Module, measured: Mapping[int, Effect], leads: bool) -> Proposed:
    effect = measured.get(module.id, NOTHING)
    return Proposed(Means.MODULE, module, module.title.text, _languages(module), effect_words.verdict(effect), leads)


def _session(means: Means, effect: Effect, leads: bool) -> Proposed:
    title = _("A side-by-side session, to practise") if means is Means.PRACTICE else _("A one-to-one session")
    return Proposed(means, None, title, "", effect_words.verdict(effect), leads)


def _modules(session: Session, gap: Gap, entries: Sequence[Entry]) -> list[Module]:
    """Modules of the competency that the person neither has open nor completed since the gap opened."""
    still_open = {one.module_id for one in session.scalars(open_assignments([gap.person_id]))}
    done = {
        one.module.text
        for one in entries
        if isinstance(one, Learning) and one.step is AssignmentState.COMPLETED and _since_opening(gap, one.day)
    }
    found = [module for _competency, module in session.execute(modules_for([gap.competency_id]))]
    return [one for one in found if one.id not in still_open and one.title.text not in done][:MOST_MODULES]


def _since_opening(gap: Gap, when: date) -> bool:
    return gap.opened_on is None or when >= gap.opened_on


def _languages(module: Module) -> str:
    return " · ".join(code.upper() for code in ("en", "es") if getattr(module, f"title_{code}"))


def _owed(session: Session, gap: Gap) -> bool:
    statement = select(Obligation.id).where(Obligation.gap_id == gap.id, Obligation.state == ObligationState.OPEN)
    return session.scalar(statement.limit(1)) is not None
