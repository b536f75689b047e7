"""What the figures of gaps and audits are, for the page of definitions."""

from __future__ import annotations

from flask_babel import gettext as _


def gaps() -> list[tuple[str, str]]:
    """The words of gaps."""
    return [
        (
            _("Check"),
            _(
                "A criterion that applied in a released audit: passed or missed. Reaudits, calibrations and causes that are not the agent's do not count."
            ),
        ),
        (
            _("Sure"),
            _(
                "The probability that the true pass rate is below target, given the checks, how strict the auditor is, how hard the "
                "criterion is, and what is usual in the line of business and site. Below 70 % no evidence is claimed; more than 99 % is never said."
            ),
        ),
        (_("Gap open"), _("At the end of a week: at least 90 % sure, with 2 misses and 4 checks or more in 13 weeks.")),
        (_("Watching"), _("At least 70 % sure, with 2 misses or more in 13 weeks.")),
        (
            _("In remediation"),
            _("A module or session on the competency has been completed; the checks since then decide."),
        ),
        (
            _("Closed"),
            _(
                "At most 30 % sure, with 6 checks or more since the remedy. Only evidence closes a gap, never completing a course."
            ),
        ),
        (_("Relapsed"), _("Opened again within 26 weeks of closing.")),
    ]


def audits() -> list[tuple[str, str]]:
    """The words of audits."""
    return [
        (_("Score"), _("Weighted share passed of the criteria that applied; zero with a fatal error.")),
        (_("Critical score"), _("The same share among critical and fatal criteria.")),
        (_("Non-critical score"), _("The same share among the others.")),
        (_("Fatal error"), _("A criterion of severity fatal was missed.")),
    ]
