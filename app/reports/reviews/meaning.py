"""What the figures are that only a business review brings together."""

from __future__ import annotations

from flask_babel import gettext as _


def definitions() -> list[tuple[str, str]]:
    """Gaps moved and causes of DSAT cases."""
    return [
        (
            _("Opened, closed, relapsed"),
            _(
                "Gaps that moved to that state by a weekly decision whose Sunday fell in the month; "
                "people who changed teams count in the last one."
            ),
        ),
        (_("Active"), _("Gaps open, in remediation or relapsed after the last decision of the month.")),
        (
            _("Causes of DSAT cases"),
            _("Causes decided for cases received in the month; cases not decided yet are left out."),
        ),
        (_("Roots of DSAT cases"), _("What root-cause analyses of cases received in the month found.")),
        (
            _("Frozen"),
            _(
                "Figures, targets and definitions as they were at the moment named; later changes of the data do not affect them."
            ),
        ),
    ]
