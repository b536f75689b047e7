"""What the words of this room are called, and what the knots of a thread say."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _

from app.core.i18n import day, number, percent
from app.gaps.labels import sureness
from app.gaps.rules import MOST_SAID, GapState
from app.remedies.entries import Act, Change, Checks, Redefined
from app.remedies.rules import LeftOut, Trigger

TRIGGERS: dict[Trigger, LazyString] = {
    Trigger.GAP_OPENED: lazy_gettext("A gap opens or relapses"),
    Trigger.FATAL_ERROR: lazy_gettext("A fatal error is found"),
}

LEFT_OUT: dict[LeftOut, LazyString] = {
    LeftOut.ALREADY_OPEN: lazy_gettext("already has the module open"),
    LeftOut.ALREADY_TRAINED: lazy_gettext("completed the module after the latest missed check"),
    LeftOut.NO_MODULE: lazy_gettext("no published module teaches the competency"),
    LeftOut.NO_LANGUAGE: lazy_gettext("the module is missing in their language"),
    LeftOut.COOL_DOWN: lazy_gettext("the rule acted recently and is cooling down"),
    LeftOut.NO_TEAM: lazy_gettext("has no team that could hold the session"),
    LeftOut.ALREADY_OWED: lazy_gettext("is already owed the session"),
    LeftOut.DECIDED: lazy_gettext("the rule has already acted on this"),
}
"""Why a rule left something out, said of the person."""

VERBS: dict[str, LazyString] = {
    "rule.saved": lazy_gettext("changed a rule"),
    "rule.applied": lazy_gettext("applied a rule to open gaps"),
    "gap.observed": lazy_gettext("wrote an observation on a gap"),
    "session.asked": lazy_gettext("requested a session on a gap"),
}

DETAILS: dict[str, LazyString] = {
    "assigned": lazy_gettext("modules assigned"),
    "owed": lazy_gettext("sessions owed"),
}
"""What the values of a line of activity are called."""

OPENED = (GapState.OPEN, GapState.RELAPSED)
AGAIN = (GapState.IN_REMEDIATION, GapState.CLOSING, GapState.RELAPSED)
DRAWINGS: dict[GapState, str] = {
    GapState.NONE: "open",
    GapState.WATCH: "half",
    GapState.OPEN: "full",
    GapState.IN_REMEDIATION: "half",
    GapState.CLOSING: "half",
    GapState.CLOSED: "ok",
    GapState.RELAPSED: "full",
    GapState.ARCHIVED: "history",
}
"""The icon of a decision in the thread."""


def tone(state: GapState) -> str:
    """The colour of a decision in the thread."""
    if state in OPENED:
        return "bad"
    return "good" if state is GapState.CLOSED else "state"


def sure(probability: float) -> str:
    """A probability as it may be said: never more than 99 %."""
    return percent(min(probability, MOST_SAID), 0)


def span(first: date, last: date) -> str:
    """A stretch of days: `21–27 Sep`, `26 Oct–1 Nov`."""
    if first == last:
        return day(last, "long")
    begins = str(first.day) if first.month == last.month else day(first, "short")
    return f"{begins}–{day(last, 'short')}"


# --- Decisions ---


def change_title(change: Change) -> str:
    """What was decided: `Gap opened at 91 %`."""
    share = sure(change.probability)
    if change.to_state is GapState.OPEN and change.from_state in AGAIN:
        return _("Open again at %(share)s", share=share)
    titles = {
        GapState.NONE: _("No longer watched"),
        GapState.WATCH: _("Watched from %(share)s on", share=share),
        GapState.OPEN: _("Gap opened at %(share)s", share=share),
        GapState.IN_REMEDIATION: _("In remediation"),
        GapState.CLOSING: _("Closing, at %(share)s", share=share),
        GapState.CLOSED: _("Gap closed at %(share)s", share=share),
        GapState.RELAPSED: _("Relapsed at %(share)s", share=share),
        GapState.ARCHIVED: _("Archived"),
    }
    return titles[change.to_state]


def change_text(change: Change) -> str:
    """What it was decided on, in a sentence."""
    seen = {"missed": number(change.fails13), "checks": number(change.checks13)}
    if change.to_state is GapState.ARCHIVED:
        return _("No check for 13 weeks; the next one wakes it.")
    if change.to_state is GapState.IN_REMEDIATION:
        return _("A module or session on the competency was completed; what came before counts half from here on.")
    if change.to_state is GapState.CLOSING and change.from_state in OPENED:
        return _(
            "%(missed)s of %(checks)s checks missed in 13 weeks, and nothing completed: it improved "
            "by itself, so nothing is required unless it comes back.",
            **seen,
        )
    if change.to_state in (GapState.CLOSING, GapState.CLOSED):
        line = change.terms.closing_below if change.to_state is GapState.CLOSING else change.terms.close_probability
        return ngettext(
            "%(count)s check since the remedy; the limit is %(line)s.",
            "%(count)s checks since the remedy; the limit is %(line)s.",
            change.since,
            count=number(change.since),
            line=percent(line, 0),
        )
    if change.to_state is GapState.OPEN and change.from_state is GapState.IN_REMEDIATION:
        return _("%(missed)s of %(checks)s checks missed in 13 weeks: the remedy did not work.", **seen)
    return _("%(missed)s of %(checks)s checks missed in 13 weeks.", **seen)


def change_note(change: Change) -> str:
    """What is unusual about how it was decided."""
    return _("Decided again later; this replaces the first decision of that week.") if change.rewritten else ""


def act(one: Act) -> str:
    """What a rule did, in a sentence."""
    facts = {
        "rule": one.rule.text,
        "module": one.module.text if one.module else "",
        "reason": str(LEFT_OUT[one.left_out]) if one.left_out else "",
    }
    if one.left_out is not None:
        if one.owed:
            return _("Rule “%(rule)s”: session owed, no module assigned: %(reason)s.", **facts)
        return _("Rule “%(rule)s”: nothing done: %(reason)s.", **facts)
    if one.path is not None:
        facts["path"] = one.path.text
        if one.owed:
            return _("Rule “%(rule)s”: path “%(path)s” assigned, session owed.", **facts)
        return _("Rule “%(rule)s”: path “%(path)s” assigned.", **facts)
    if one.module is None:
        return _("Rule “%(rule)s”: session owed.", **facts)
    if one.owed:
        return _("Rule “%(rule)s”: module “%(module)s” assigned, session owed.", **facts)
    return _("Rule “%(rule)s”: module “%(module)s” assigned.", **facts)


def redefined_title(one: Redefined) -> str:
    """What changed: `Target changed from 90 % to 92 %`."""
    if one.targets is None:
        return _("The competency is now measured by other criteria")
    before, after = (percent(share, 1 if round(1000 * share) % 10 else 0) for share in one.targets)
    return _("Target changed from %(before)s to %(after)s", before=before, after=after)


def redefined_lines(one: Redefined) -> list[str]:
    """By whom, from which decision on, and which criteria."""
    sunday = day(one.week + timedelta(days=6), "long")
    said = [
        _("By %(who)s; it decides from %(day)s on.", who=one.by, day=sunday)
        if one.by is not None
        else _("From a file; it decides from %(day)s on.", day=sunday)
    ]
    if one.came:
        said.append(_("Counts now: %(criteria)s.", criteria="; ".join(each.text for each in one.came)))
    if one.left:
        said.append(_("No longer counts: %(criteria)s.", criteria="; ".join(each.text for each in one.left)))
    return said


def redefined_text(one: Redefined) -> list[str]:
    """The same, and what that did to the evidence of the gap."""
    said = redefined_lines(one)
    if one.moved is None:
        return [*said, _("The evidence of this gap hardly changed.")]
    before, after = one.moved
    facts = {
        "missed": number(after.missed),
        "checks": number(after.checks),
        "then_missed": number(before.missed),
        "then_checks": number(before.checks),
        "before": sureness(before.probability),
        "after": sureness(after.probability),
    }
    counted = (before.missed, before.checks) != (after.missed, after.checks)
    said.append(
        _(
            "Counted again: %(missed)s of %(checks)s checks missed instead of %(then_missed)s of %(then_checks)s; "
            "%(after)s instead of %(before)s.",
            **facts,
        )
        if counted
        else _("Counted again: %(after)s instead of %(before)s.", **facts)
    )
    return said


# --- Checks ---


def checks_title(entry: Checks) -> str:
    """How many checks, and how they went: `2 checks, 1 missed`; of those that are no evidence, only how many."""
    others = len(entry.items) - entry.counted
    if not others:
        return _how_they_went(entry)
    left = ngettext("%(num)s check is not the agent's", "%(num)s checks are not the agent's", others)
    return f"{_how_they_went(entry)}; {left}" if entry.counted else left


def _how_they_went(entry: Checks) -> str:
    count, missed = entry.counted, entry.missed
    if entry.weeks > 1:
        return ngettext(
            "%(count)s check in %(weeks)s weeks, passed",
            "%(count)s checks in %(weeks)s weeks, all passed",
            count,
            count=number(count),
            weeks=number(entry.weeks),
        )
    if not missed:
        return ngettext("%(count)s check, passed", "%(count)s checks, all passed", count, count=number(count))
    return ngettext(
        "%(count)s check, missed",
        "%(count)s checks, %(missed)s missed",
        count,
        count=number(count),
        missed=number(missed),
    )


def weeks_ago(since: date, today: date) -> str:
    """`15 weeks ago`, `this week`."""
    weeks = (today - since) // timedelta(weeks=1)
    if weeks < 1:
        return _("this week")
    return ngettext("%(count)s week ago", "%(count)s weeks ago", weeks, count=number(weeks))
