"""What the figures of gaps and audits are, for the page of definitions."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.i18n import percent
from app.gaps import rules
from app.gaps.labels import STATES
from app.gaps.rules import GapState


def gaps() -> list[tuple[str, str]]:
    """The words of gaps, with the thresholds in force."""
    policy, weeks = rules.DEFAULT_POLICY, rules.WINDOW_WEEKS
    return [
        (
            _("Check"),
            _(
                "A criterion that applied in a released audit: passed or missed. Reaudits, calibrations and misses whose cause "
                "is not the agent's do not count."
            ),
        ),
        (
            _("Sure"),
            _(
                "The probability that the true pass rate is below target, given the checks, how strict the auditor is, how "
                "hard the criterion is, and what is usual in the line of business and at the site. Below %(least)s no "
                "evidence is claimed; more than %(most)s is never said.",
                least=percent(rules.LEAST_SAID, 0),
                most=percent(rules.MOST_SAID, 0),
            ),
        ),
        (
            str(STATES[GapState.WATCH]),
            _(
                "At the end of a week at least %(share)s sure, with %(misses)s misses or more in %(weeks)s weeks.",
                share=percent(policy.watch_probability, 0),
                misses=policy.open_fails,
                weeks=weeks,
            ),
        ),
        (
            _("Gap open"),
            _(
                "At the end of a week at least %(share)s sure, with %(misses)s misses and %(checks)s checks or more in "
                "%(weeks)s weeks.",
                share=percent(policy.open_probability, 0),
                misses=policy.open_fails,
                checks=policy.open_checks,
                weeks=weeks,
            ),
        ),
        (
            str(STATES[GapState.IN_REMEDIATION]),
            _("A module or session on the competency has been completed; the checks since then decide."),
        ),
        (
            str(STATES[GapState.CLOSING]),
            _(
                "Less than %(share)s sure, with %(checks)s checks or more since the remedy, or "
                "without one: nothing more is required, and it is not closed yet.",
                share=percent(policy.closing_below, 0),
                checks=policy.closing_checks,
            ),
        ),
        (
            str(STATES[GapState.CLOSED]),
            _(
                "At most %(share)s sure, with %(checks)s checks or more since the remedy. Only evidence closes a gap, never "
                "completing a course.",
                share=percent(policy.close_probability, 0),
                checks=policy.close_checks,
            ),
        ),
        (
            str(STATES[GapState.RELAPSED]),
            _("Opened again within %(weeks)s weeks of closing.", weeks=policy.relapse_weeks),
        ),
        (str(STATES[GapState.ARCHIVED]), _("Without a check for %(weeks)s weeks; the next one wakes it.", weeks=weeks)),
    ]


def audits() -> list[tuple[str, str]]:
    """The words of audits."""
    return [
        (_("Score"), _("Weighted share passed of the criteria that applied; zero with a fatal error.")),
        (_("Critical score"), _("The same share among critical and fatal criteria.")),
        (_("Non-critical score"), _("The same share among the others.")),
        (_("Fatal error"), _("A criterion of severity fatal was missed.")),
    ]
