"""What states are called, and the sentence a lead can read to an agent."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext, ngettext
from flask_babel import gettext as _

from app.core.i18n import number, percent
from app.gaps.rules import POLICY_TERMS, GapState, sayable

STATES: dict[GapState, LazyString] = {
    GapState.NONE: lazy_gettext("No gap"),
    GapState.WATCH: lazy_gettext("Watching"),
    # Translators: state of a gap
    GapState.OPEN: lazy_pgettext("gap", "Open"),
    GapState.IN_REMEDIATION: lazy_gettext("In remediation"),
    # Translators: state of a gap that is about to be closed
    GapState.CLOSING: lazy_pgettext("gap", "Closing"),
    # Translators: state of a gap
    GapState.CLOSED: lazy_pgettext("gap", "Closed"),
    GapState.RELAPSED: lazy_gettext("Relapsed"),
    # Translators: state of a gap without checks for 13 weeks
    GapState.ARCHIVED: lazy_pgettext("gap", "Archived"),
}

TONES: dict[GapState, str] = {
    GapState.NONE: "plain",
    GapState.WATCH: "watching",
    GapState.OPEN: "gap",
    GapState.IN_REMEDIATION: "accent",
    GapState.CLOSING: "closing",
    GapState.CLOSED: "closed",
    GapState.RELAPSED: "bad",
    GapState.ARCHIVED: "plain",
}
"""How a state is shown: a kind of `ui.state`."""

TERMS: dict[str, LazyString] = {
    "watch_probability": lazy_gettext("Watched from, in per cent"),
    "watch_ends_below": lazy_gettext("No longer watched below, in per cent"),
    "open_probability": lazy_gettext("Opens at, in per cent"),
    "open_fails": lazy_gettext("Opens with misses in 13 weeks, at least"),
    "open_checks": lazy_gettext("Opens with checks in 13 weeks, at least"),
    "closing_below": lazy_gettext("Begins to close below, in per cent"),
    "reopen_probability": lazy_gettext("Opens again at, in per cent"),
    "close_probability": lazy_gettext("Closes at, in per cent"),
    "close_checks": lazy_gettext("Closes with checks since the remedy, at least"),
    "relapse_weeks": lazy_gettext("Counts as relapsed within weeks of closing"),
}
"""What a programme may set of a policy."""

SHARES = frozenset(name for name in POLICY_TERMS if name.endswith(("probability", "below")))
"""Those that are said in per cent."""


def sureness(probability: float) -> str:
    """`97 % sure`, or `no evidence of a gap` below 70 %."""
    said = sayable(probability)
    return _("no evidence of a gap") if said is None else _("%(share)s sure", share=percent(said, 0))


def sentence(*, missed: int, checks: int, expected: float, probability: float, target: float) -> str:
    """What 13 weeks of checks say of a pair, in one sentence.

    `expected` is what an agent exactly at target would have missed in the same checks.
    """
    if not checks:
        return _("There is not enough evidence yet: no check in the last 13 weeks.")
    facts = {
        "missed": number(missed),
        "checks": number(checks),
        "expected": number(expected, 1),
        "target": percent(target, 0),
    }
    said = sayable(probability)
    if said is None:
        return ngettext(
            "%(missed)s of %(checks)s check missed in the last 13 weeks (an agent at target would miss about %(expected)s); "
            "no evidence that the true pass rate is below the %(target)s target.",
            "%(missed)s of %(checks)s checks missed in the last 13 weeks (an agent at target would miss about %(expected)s); "
            "no evidence that the true pass rate is below the %(target)s target.",
            checks,
            **facts,
        )
    return ngettext(
        "%(missed)s of %(checks)s check missed in the last 13 weeks (an agent at target would miss about %(expected)s); "
        "%(sure)s sure that the true pass rate is below the %(target)s target.",
        "%(missed)s of %(checks)s checks missed in the last 13 weeks (an agent at target would miss about %(expected)s); "
        "%(sure)s sure that the true pass rate is below the %(target)s target.",
        checks,
        **facts,
        sure=percent(said, 0),
    )


VERBS: dict[str, LazyString] = {
    "gaps.replayed": lazy_gettext("replayed the decisions of past weeks"),
    "gap_policy.set": lazy_gettext("set a gap policy"),
    "gap_policy.ended": lazy_gettext("ended a gap policy"),
    "gaps.rebuilt": lazy_gettext("rebuilt the evidence from findings"),
}
