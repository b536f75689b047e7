"""The learning priorities of a month, laid out with their arithmetic."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask_babel import LazyString, lazy_gettext, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.core import charts
from app.core.exports import Chart, Sheet
from app.core.i18n import day, month_name, number, percent
from app.gaps import rules
from app.gaps.monthly import Effects, Entry, Priorities, of_month
from app.gaps.priorities import Certainty
from app.remedies.effects import shares
from app.reports.declared import Declared, Question
from app.reports.documents import Report

CERTAINTIES: dict[Certainty, LazyString] = {
    Certainty.CERTAIN: lazy_gettext("certain"),
    Certainty.CONTESTED: lazy_gettext("contested"),
    Certainty.NOT_TOP: lazy_gettext("not in the top five"),
}
LOOKS = {Certainty.CERTAIN: "accent", Certainty.CONTESTED: "watching", Certainty.NOT_TOP: "plain"}
"""How a certainty is shown: a kind of `ui.state`."""
CHARTED = 10


def report(asked: Question) -> Report:
    """The priorities of a month for who is in the teams asked for, laid out."""
    session, month, at = asked.session, asked.month, asked.at
    found = of_month(session, month, asked.teams(), today=asked.today, effects=measured(session))
    return Report(
        id="learning-priorities",
        title=_("Learning priorities, %(month)s", month=month_name(month)),
        lead=lead(found),
        place=asked.place,
        month=month,
        at=at,
        sheets=[_entries(found)],
        data=_data(found, asked.place, at),
        definitions=definitions(found),
        chart=_chart(found),
        chart_title=_chart_title(found),
        brief=_brief(found),
        context={
            "found": found, "certainties": CERTAINTIES, "looks": LOOKS, "arithmetic": arithmetic, "audience": audience,
        },
    )  # fmt: skip


def measured(session: Session) -> Effects:
    """What modules were measured to remove by a day."""
    return lambda day: shares(session, day)


def lead(found: Priorities) -> str:
    """What the report shows, in one sentence."""
    until = day(found.evidence_until)
    if not found.entries:
        return _("No competency is over its allowed error rate on the evidence up to %(day)s.", day=until)
    first = found.entries[0]
    return _(
        "%(name)s comes first, with %(share)s of what there is to gain; evidence up to %(day)s.",
        name=first.name.text,
        share=percent(first.share, 0),
        day=until,
    )


def arithmetic(entry: Entry, volumes: bool) -> str:
    """How the score of an entry comes about, in one line that can be worked out again."""
    facts = {
        "errors": number(entry.errors),
        "agents": ngettext("%(num)s agent", "%(num)s agents", entry.agents),
        "contacts": number(entry.contacts),
        "points": number(100 * entry.excess, 1),
    }
    if volumes:
        first = _(
            "%(errors)s avoidable errors a month = %(agents)s × %(contacts)s contacts × %(points)s points over the allowed rate",
            **facts,
        )
    else:
        first = _(
            "%(errors)s avoidable errors in %(contacts)s contacts of each = %(agents)s × %(contacts)s × %(points)s points "
            "over the allowed rate",
            **{**facts, "errors": number(entry.errors, 1)},
        )
    weight = [_("fatal × %(times)s", times=number(entry.impact))] if entry.impact > 1 else []
    return "; ".join((first, *weight, _removed(entry)))


def _removed(entry: Entry) -> str:
    share = percent(entry.effect, 0)
    if entry.module and entry.measured_on:
        return ngettext(
            "module %(code)s removes about %(share)s (measured with %(num)s agent)",
            "module %(code)s removes about %(share)s (measured with %(num)s agents)",
            entry.measured_on,
            code=entry.module,
            share=share,
        )
    if entry.module:
        return _("module %(code)s removes about %(share)s (not measured yet)", code=entry.module, share=share)
    return _("a module, to be written, would remove about %(share)s", share=share)


def audience(entry: Entry) -> str:
    """Agents above the allowed rate by market and language: `MX · es 8, US · en 7`."""
    return ", ".join(f"{name} {number(count)}" for name, count in entry.audience.items())


def definitions(found: Priorities | None) -> list[tuple[str, str]]:
    """What each figure is, in a list of priorities or in general."""
    contacts = _("Contacts a week come from the people file; people without a figure count as the mean of the others.")
    if found is not None and not found.volumes:
        contacts = _("Contact volumes are not known: each agent counts as one contact a week.")
    until = _("Everything known when the month began; for a future month, what is known now.")
    if found is not None:
        until = _("Everything known on %(day)s.", day=day(found.evidence_until))
    certain, likely = percent(rules.CERTAIN_SHARE, 0), percent(1 - rules.CERTAIN_SHARE, 0)
    return [
        (
            _("Avoidable errors"),
            _(
                "%(weeks)s × the sum, over agents, of contacts a week × the estimated fail rate over the allowed one "
                "(1 less the target).",
                weeks=rules.WEEKS_A_MONTH,
            ),
        ),
        (_("Contacts"), contacts),
        (
            _("Impact"),
            _(
                "%(times)s where a fatal criterion measures the competency, otherwise 1.",
                times=number(rules.FATAL_IMPACT),
            ),
        ),
        (
            _("Effect"),
            _(
                "The share of the gap that the module removes, as measured; %(share)s as long as nothing has been measured.",
                share=percent(rules.EFFECT_UNKNOWN, 0),
            ),
        ),
        (
            _("Score"),
            _("Avoidable errors × impact × effect: errors that reach a customer and that learning would remove."),
        ),
        (
            _("Certain, contested"),
            _(
                "Certain: among the first five in at least %(certain)s of %(draws)s draws of everybody's fail rate; "
                "contested: in more than %(likely)s.",
                certain=certain,
                draws=rules.DRAWS,
                likely=likely,
            ),
        ),
        (_("Trend"), _("Score against that on the evidence one month earlier; it does not enter the score.")),
        (_("Evidence"), until),
        (_("Agents"), _("Those in a team on the last day of evidence, with checks in the 13 weeks before.")),
    ]


# --- As tables ---


def _entries(found: Priorities) -> Sheet:
    columns = [
        (_("Rank"), "number"), (_("Code"), "text"), (_("Competency"), "text"), (_("Agents above"), "number"),
        (_("Agents with evidence"), "number"), (_("Contacts a month"), "number"), (_("Over the allowed rate"), "rate"),
        (_("Avoidable errors a month"), "number"), (_("Impact"), "number"), (_("Effect"), "rate"), (_("Score"), "number"),
        (_("Share"), "rate"), (_("Certainty"), "text"), (_("Trend"), "rate"), (_("Module"), "text"), (_("Audience"), "text"),
        (_("Arithmetic"), "words"),
    ]  # fmt: skip
    rows = [
        [
            e.rank, e.code, e.name, e.agents, e.evidence, round(e.contacts, 1), e.excess, round(e.errors, 1), e.impact, e.effect,
            round(e.score, 1), e.share, str(CERTAINTIES[e.certainty]), e.trend, e.module or _("to be written"), audience(e),
            arithmetic(e, found.volumes),
        ]
        for e in found.entries
    ]  # fmt: skip
    chart = Chart("bar", _("Errors a month that learning would remove"), names=2, values=10)
    return Sheet(_("Priorities"), [head for head, _kind in columns], rows, [kind for _head, kind in columns], chart)


def _brief(found: Priorities) -> Sheet:
    headers = [_("Rank"), _("Competency"), _("Score"), _("Share"), _("Certainty"), _("Arithmetic")]
    rows = [
        [e.rank, e.name, round(e.score), e.share, str(CERTAINTIES[e.certainty]), arithmetic(e, found.volumes)]
        for e in found.entries
    ]
    return Sheet(_("Priorities"), headers, rows, ["number", "text", "number", "rate", "text", "words"])


# --- As a chart ---


def _chart(found: Priorities) -> charts.Spec | None:
    if not found.entries:
        return None
    bars, total = [], 0.0
    for entry in found.entries[:CHARTED]:
        total += entry.share
        bars.append({"name": entry.name.text, "score": round(entry.score, 1), "share": percent(total, 0)})
    return charts.pareto(
        bars, name="name", value="score", share="share", unit=_("Errors a month that learning would remove")
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


# --- As plain values ---

_INSIDE = ("module_title", "module_id", "competency_id")
"""Fields of an entry that say nothing to others."""


def _data(found: Priorities, place: str, at: datetime) -> dict[str, Any]:
    return {
        "report": "learning-priorities",
        "month": f"{found.month:%Y-%m}",
        "as_of": at.isoformat(timespec="seconds"),
        "evidence_until": found.evidence_until,
        "scope": place,
        "contact_volumes_known": found.volumes,
        "entries": [
            {**{k: v for k, v in asdict(e).items() if k not in _INSIDE}, "name": {"en": e.name.en, "es": e.name.es}}
            for e in found.entries
        ],
    }


# --- As a page ---


def _page(_made: Report, asked: Question) -> dict[str, Any]:
    return {"may_agree": asked.viewer is not None and everywhere(asked.viewer, Permission.SEE_REPORTS)}


DECLARED = Declared(
    name="priorities",
    endpoint="learning_priorities",
    title=lazy_gettext("Learning priorities"),
    about=lazy_gettext(
        "What to teach in a month: competencies ranked by the errors that learning would save, with the arithmetic."
    ),
    drawing="priority",
    help="Learning priorities of a month, with their arithmetic.",
    answer=report,
    definitions=lambda: definitions(None),
    ahead=True,
    template="reports/priorities.html",
    page=_page,
)
