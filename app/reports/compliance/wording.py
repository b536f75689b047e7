"""What the report of coaching compliance says in sentences: its lead, and what each figure is."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.coaching.compliance import Compliance
from app.core.i18n import month_name, number, percent


def lead(found: Compliance) -> str:
    """What the report shows, in one sentence."""
    month, tally = month_name(found.month), found.total.tally
    if not found.tracked:
        return _("%(month)s is not tracked: Hilo was not live yet, so nothing was owed.", month=month)
    if not tally.due:
        if found.finished:
            return _("Nothing was due in %(month)s.", month=month)
        return _("Nothing has fallen due in %(month)s yet.", month=month)
    facts = {
        "held": number(tally.in_time),
        "due": number(tally.due),
        "month": month,
        "share": percent(tally.rate),
        "target": percent(found.target, 0),
    }
    if found.finished:
        return ngettext(
            "%(held)s of %(due)s session due in %(month)s was held on time: %(share)s; the target is %(target)s.",
            "%(held)s of %(due)s sessions due in %(month)s were held on time: %(share)s; the target is %(target)s.",
            tally.due,
            **facts,
        )
    return ngettext(
        "%(held)s of %(due)s session due so far in %(month)s was held on time: %(share)s; the target is %(target)s.",
        "%(held)s of %(due)s sessions due so far in %(month)s were held on time: %(share)s; the target is %(target)s.",
        tally.due,
        **facts,
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (
            pgettext("obligations", "On time"),
            _(
                "Obligations due in the month and met by a session held at or before their due time, of those due in the "
                "month less waived and void ones."
            ),
        ),
        (pgettext("obligations", "Late"), _("Met by a session held after the due time.")),
        (pgettext("obligations", "Missed"), _("Still open when the month closed.")),
        (pgettext("obligations", "Open"), _("Past due and neither met nor closed yet, in a month that still runs.")),
        (pgettext("obligations", "Waived"), _("Waived with a reason; not counted as due.")),
        (pgettext("obligations", "Void"), _("The cause went away or the person left; not counted as due.")),
        (
            _("Fatal to session"),
            _("Median hours from the release of an audit with a fatal error to the session that met its obligation."),
        ),
        (_("On the month before"), _("Change of the share on time, in percentage points.")),
        (
            _("Adjustments since"),
            _(
                "A month is closed by the first daily run of the next one; its figures stay as they "
                "were. Counted here is what changed afterwards, for instance by a session logged "
                "late, or became owed in it afterwards."
            ),
        ),
        (_("Held, on time or late"), _("Met at all, of those due.")),
        (
            _("Confirmed on time"),
            _(
                "Records of sessions the agent confirmed by the time asked for, of those whose time fell in the month; by "
                "reason, a record counts for each reason its session met."
            ),
        ),
        (_("Follow-ups on time"), _("Follow-up sessions held on time, of those due in the month.")),
        (
            _("Agents who had a session"),
            _(
                "Agents with at least one obligation met, of those with one due; people who changed teams count in each."
            ),
        ),
        (_("Tenure"), _("Of the agent on the day the obligation arose.")),
        (
            _("Team and lead"),
            _("Those at the time the obligation arose: a past month does not change when people move."),
        ),
    ]
