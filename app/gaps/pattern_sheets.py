"""Where it hurts, as a workbook."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from app.audits.labels import CAUSES
from app.core.exports import Sheet
from app.gaps import labels
from app.gaps.patterns import Ages, Systemic
from app.gaps.rules import in_full_points
from app.gaps.teams.reading import Line


def sheets(teams: Sequence[Line], systemic: Sequence[Systemic], ages: Sequence[Ages]) -> list[Sheet]:
    """Where it hurts, as the sheets of a workbook."""
    team_rows = [
        (
            o.team,
            o.gap.competency.name,
            str(labels.STATES[o.gap.state]),
            in_full_points(o.probability),
            o.likely,
            o.agents,
        )
        for o in teams
    ]
    other_rows = [
        (o.criterion.code, o.criterion.text, str(CAUSES[o.cause]), o.fails, o.checks, o.agents) for o in systemic
    ]
    age_rows = [(o.competency.name, o.active, o.new, o.chronic, o.relapsed) for o in ages]
    return [
        Sheet(
            _("Gaps of teams"),
            [_("Team"), _("Competency"), _("State"), _("Sure"), _("Agents who share it"), _("Agents")],
            team_rows,
            ["text", "text", "text", "rate", "number", "number"],
        ),
        Sheet(
            _("Other reasons"),
            [_("Code"), _("Criterion"), _("Most frequent cause"), _("Missed checks"), _("Agents")],
            other_rows,
            ["text", "text", "text", "number", "number"],
        ),
        Sheet(
            _("New, chronic, relapsed"),
            [_("Competency"), _("Active"), _("New"), _("Chronic"), pgettext("gaps moved", "Relapsed")],
            age_rows,
            ["text", "number", "number", "number", "number"],
        ),
    ]
