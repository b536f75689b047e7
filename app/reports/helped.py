"""What modules, sessions and coaches did for gaps, as far as it was watched to its end by the end of a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import Select, select

from app.accounts.filters import belonging_to
from app.accounts.models import User
from app.coaching.labels import SESSION_KINDS
from app.coaching.rules import SessionKind
from app.core.clock import next_month
from app.core.exports import Chart
from app.core.i18n import percent, signed
from app.curriculum.models import Competency, Module
from app.gaps.outcomes import Effect
from app.gaps.rules import INTERVAL
from app.remedies import effect_words, effects
from app.remedies.effects import Cut as By
from app.remedies.models import Outcome
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Drawn, Field, Row, Said, intervals, lay_out

Names = Mapping[Any, Any]


def report(asked: Question) -> Report:
    """The effects within the viewer's scope, laid out."""
    rows = _rows(asked)
    cuts = [_cut(asked, rows, by, key, name) for by, (key, name) in zip(BY, _named(), strict=True)]
    empty = (
        "" if any(cut.rows for cut in cuts) else _("An effect can be measured some weeks after a module or session.")
    )
    return lay_out(DECLARED, asked, lead(cuts[0]), cuts, _drawn(cuts, asked), empty=empty)


def _drawn(cuts: Sequence[Cut], asked: Question) -> Drawn | None:
    """The effects of the cut asked for with their intervals."""
    chosen = next((one for one in cuts if one.key == asked.cut), cuts[0])
    known = [row.values for row in chosen.rows if row.values[POINTS] is not None]
    if not known:
        return None
    helped = [row.values for row in chosen.rows if row.about["verdict"] == "works"]
    if helped:
        best = max(helped, key=lambda one: one[POINTS])
        title = _("%(name)s: %(points)s points of pass rate", name=best[0], points=signed(best[POINTS]))
    else:
        title = _("Nothing has been shown to help for certain so far")
    subtitle = _("Effect with its interval; left of zero means worse")
    return intervals(chosen, 0, (POINTS, POINTS + 1, POINTS + 2), title=title, subtitle=subtitle)


POINTS = 3
"""The column of the effect; the ends of its interval follow."""


BY = (By.MODULE, By.KIND, By.COACH, By.COMPETENCY)


def _named() -> list[tuple[str, str]]:
    return [
        ("modules", _("By module")),
        ("kinds", _("By kind of session")),
        ("coaches", _("By coach")),
        ("competencies", _("By competency")),
    ]


def _rows(asked: Question) -> Select[Outcome]:
    """What was measured of the people within reach."""
    rows = select(Outcome) if asked.viewer is None else effects.seen_by(asked.viewer)
    if asked.unit is not None:
        rows = rows.where(Outcome.person_id.in_(belonging_to(asked.unit.id)))
    return effects.watched_by(rows, min(asked.today, next_month(asked.month) - timedelta(days=1)))


def lead(modules: Cut) -> str:
    """What the report shows, in one sentence."""
    helped = sum(row.about["verdict"] == "works" for row in modules.rows)
    told = sum(row.about["verdict"] != "too_early" for row in modules.rows)
    if not told:
        return _("It is too early to say what any module did.")
    return ngettext(
        "Of %(num)s module of which something can be said, %(helped)s helped.",
        "Of %(num)s modules of which something can be said, %(helped)s helped.",
        told,
        helped=helped,
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (
            _("Effect"),
            _(
                "Change of the pass rate after it, in percentage points, less the change of similar "
                "agents who had nothing: people who do badly by chance get better without any help."
            ),
        ),
        (
            _("Lower and upper end of an effect"),
            _("Between them lies the true effect with a probability of %(level)s.", level=percent(INTERVAL, 0)),
        ),
        (_("Not corrected"), _("The same change before subtracting what would have come anyway.")),
        (_("Agents, checks"), _("How many agents and later checks it is based on; each was watched for eight weeks.")),
        (_("Verdict"), _("What may be said: too early, an early sign, helped, no sign yet, or worse.")),
        (_("Month of an effect"), _("Everything watched to its end by the last day of the month.")),
    ]


def _cut(asked: Question, rows: Select[Outcome], by: By, key: str, name: str) -> Cut:
    lines = effects.by(asked.session, by, rows)
    names = _names(asked, by, [line.key for line in lines])
    fields = [
        Field("name", name, "text"),
        Field("agents", _("Agents")),
        Field("checks", _("Checks")),
        Field("points", _("Effect, points"), "decimal"),
        Field("low", _("Lower end, points"), "decimal"),
        Field("high", _("Upper end, points"), "decimal"),
        Field("raw", _("Not corrected, points"), "decimal"),
        Field("verdict", _("Verdict"), "text"),
    ]
    known = []
    for line in lines:
        about = {"key": line.key, "verdict": line.effect.verdict.value}
        known.append(Row((names.get(line.key, str(line.key)), *_values(line.effect)), about=about))

    def links(row: Row) -> dict[str, str | None]:
        if by is By.MODULE:
            return {"name": url_for("curriculum.module", module_id=row.about["key"])}
        page = url_for("thread.effects_of_remedies", by=by.value, unit=asked.unit_id)
        return {"agents": page}

    chart = Chart("bar", _("Effect in points of pass rate"), names=0, values=POINTS)
    return Cut(key, name, fields, known, links=links, chart=chart if known else None)


def _values(effect: Effect) -> Sequence[Any]:
    said = effect_words.is_said(effect)
    figures = (effect.points, effect.low, effect.high, effect.raw)
    points = [None if one is None or not said else round(100 * one, 1) for one in figures]
    verdict = Said(effect.verdict.value, effect_words.VERDICTS[effect.verdict])
    return effect.agents, round(effect.checks), *points, verdict


def _names(asked: Question, by: By, keys: Sequence[Any]) -> Names:
    """What each line is called."""
    session = asked.session
    if by is By.MODULE:
        return {one.id: one.title for one in session.scalars(select(Module).where(Module.id.in_(keys)))}
    if by is By.KIND:
        return {kind: Said(str(kind), SESSION_KINDS[SessionKind(kind)]) for kind in keys}
    if by is By.COACH:
        return dict(session.execute(select(User.id, User.name).where(User.id.in_(keys))).all())
    return {one.id: one.name for one in session.scalars(select(Competency).where(Competency.id.in_(keys)))}


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    (_first, name), *rest = _named()
    return [("", name), *rest]


DECLARED = Declared(
    name="effects",
    endpoint="effects",
    title=lazy_gettext("Effect of modules"),
    about=lazy_gettext("What modules, sessions and coaches did for gaps, less what would have come anyway."),
    drawing="ok",
    help="The effect of modules, sessions and coaches up to the end of a month.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
)
