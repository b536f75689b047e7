"""The learning priorities of a month, laid out with their arithmetic."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.core import charts
from app.core.exports import Sheet
from app.core.i18n import day, month_name, number, percent
from app.gaps.monthly import Entry, Priorities, of_month
from app.gaps.priorities import Certainty
from app.reports.documents import Report

CERTAINTIES: dict[Certainty, LazyString] = {
    Certainty.CERTAIN: lazy_gettext("certain"),
    Certainty.CONTESTED: lazy_gettext("contested"),
    Certainty.NOT_TOP: lazy_gettext("not in the top five"),
}
CHARTED = 10


def report(
    session: Session, people: Select[tuple[int]], month: date, *, at: datetime, today: date, place: str
) -> Report:
    """The priorities of a month for these people (a select of ids), laid out."""
    found = of_month(session, month, people, today=today)
    return Report(
        id="learning-priorities",
        title=_("Learning priorities, %(month)s", month=month_name(month)),
        lead=lead(found),
        place=place,
        month=month,
        at=at,
        sheets=[_entries(found)],
        data=_data(found, place, at),
        definitions=definitions(found),
        chart=_chart(found),
        chart_title=_chart_title(found),
        context={"found": found, "certainties": CERTAINTIES, "arithmetic": arithmetic},
    )


def lead(found: Priorities) -> str:
    """What the report shows, in one sentence."""
    if not found.entries:
        return _(
            "No competency is over its allowed error rate on the evidence up to %(day)s.", day=day(found.evidence_until)
        )
    first = found.entries[0]
    return _(
        "%(name)s comes first, with %(share)s of what there is to gain; evidence up to %(day)s.",
        name=first.name.text,
        share=percent(first.share, 0),
        day=day(found.evidence_until),
    )


def arithmetic(entry: Entry, volumes: bool) -> str:
    """How the score of an entry comes about, in one line."""
    agents = ngettext("%(num)s agent", "%(num)s agents", entry.agents)
    points = number(100 * entry.excess, 1)
    errors = number(entry.errors)
    if volumes:
        first = _(
            "%(errors)s avoidable errors a month = %(agents)s × %(points)s points over the allowed rate",
            errors=errors,
            agents=agents,
            points=points,
        )
    else:
        first = _(
            "%(errors)s avoidable errors in 4 contacts of each agent = %(agents)s × %(points)s points over the allowed rate; contact volumes are not known",
            errors=number(entry.errors, 1), agents=agents, points=points,
        )  # fmt: skip
    weight = _("fatal × %(times)s", times=number(entry.impact)) if entry.impact > 1 else _("impact × 1")
    effect = percent(entry.effect, 0)
    if entry.module:
        removed = _("module %(code)s removes about %(share)s (not measured yet)", code=entry.module, share=effect)
    else:
        removed = _("a module, to be written, would remove about %(share)s", share=effect)
    return "; ".join((first, weight, removed))


def definitions(found: Priorities | None) -> list[tuple[str, str]]:
    """What each figure is, in a list of priorities or in general."""
    contacts = _("Contacts a week come from the people file; who has none there counts as the mean of the others.")
    if found is not None and not found.volumes:
        contacts = _("Contact volumes are not known: each agent counts as one contact a week.")
    until = _("All that was known when the month began; for a month to come, what is known now.")
    if found is not None:
        until = _("All that was known on %(day)s.", day=day(found.evidence_until))
    return [
        (
            _("Avoidable errors"),
            _(
                "4 × the sum, over agents, of contacts a week × the estimated fail rate over the allowed one (1 less the target)."
            ),
        ),
        (_("Contacts"), contacts),
        (_("Impact"), _("3 where a fatal criterion tells of the competency, else 1.")),
        (
            _("Effect"),
            _(
                "The share of the gap that the module removes, as measured; one half as long as nothing has been measured."
            ),
        ),
        (
            _("Score"),
            _("Avoidable errors × impact × effect: errors that reach a customer and that learning would remove."),
        ),
        (
            _("Certain, contested"),
            _(
                "Certain: among the first five in at least 90 % of 400 draws of everybody's fail rate; contested: in more than 10 %."
            ),
        ),
        (_("Trend"), _("Score against that on the evidence one month earlier; it does not enter the score.")),
        (_("Evidence"), until),
    ]


def _entries(found: Priorities) -> Sheet:
    headers = [
        _("Rank"), _("Code"), _("Competency"), _("Agents above"), _("Agents with evidence"), _("Over the allowed rate"),
        _("Avoidable errors a month"), _("Impact"), _("Effect"), _("Score"), _("Share"), _("Certainty"), _("Trend"), _("Module"),
        _("Audience"), _("Arithmetic"),
    ]  # fmt: skip
    kinds = (
        "number", "text", "text", "number", "number", "rate", "number", "number", "rate", "number", "rate", "text", "rate", "text",
        "text", "text",
    )  # fmt: skip
    rows = [
        [
            e.rank, e.code, e.name, e.agents, e.evidence, e.excess, round(e.errors, 1), e.impact, e.effect, round(e.score, 1), e.share,
            str(CERTAINTIES[e.certainty]), e.trend, e.module or _("to be written"), audience(e), arithmetic(e, found.volumes),
        ]
        for e in found.entries
    ]  # fmt: skip
    return Sheet(_("Priorities"), headers, rows, kinds)


def audience(entry: Entry) -> str:
    """Agents above the allowed rate by market and language: `MX · es 8, US · en 7`."""
    return ", ".join(f"{name} {count}" for name, count in entry.audience.items())


def _chart(found: Priorities) -> charts.Spec | None:
    if not found.entries:
        return None
    bars, total = [], 0.0
    for entry in found.entries[:CHARTED]:
        total += entry.share
        bars.append({"name": entry.name.text, "score": round(entry.score, 1), "share": percent(total, 0)})
    return charts.pareto(
        bars, name="name", value="score", share="share", unit=_("errors a month that learning would remove")
    )


def _chart_title(found: Priorities) -> str:
    top = found.entries[:3]
    if not top:
        return ""
    return ngettext(
        "One competency holds %(share)s of what there is to gain",
        "The first %(num)s competencies hold %(share)s of what there is to gain",
        len(top),
        share=percent(sum(e.share for e in top), 0),
    )


def _data(found: Priorities, place: str, at: datetime) -> dict[str, Any]:
    return {
        "report": "learning-priorities",
        "month": f"{found.month:%Y-%m}",
        "as_of": at,
        "evidence_until": found.evidence_until,
        "scope": place,
        "contact_volumes_known": found.volumes,
        "entries": [
            {
                **{
                    k: v
                    for k, v in asdict(e).items()
                    if k not in ("name", "module_title", "module_id", "competency_id")
                },
                "name": e.name,
            }
            for e in found.entries
        ],
    }
