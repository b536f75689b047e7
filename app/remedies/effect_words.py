"""How an effect is said: in points of pass rate, never without its interval and its sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import LazyString, lazy_gettext, lazy_pgettext, ngettext
from flask_babel import gettext as _

from app.core import charts
from app.core.exports import Sheet
from app.core.i18n import signed
from app.gaps.outcomes import Effect, Verdict
from app.remedies.effects import Line

VERDICTS: dict[Verdict, LazyString] = {
    Verdict.TOO_EARLY: lazy_gettext("too early to say"),
    Verdict.EARLY_SIGN: lazy_gettext("early sign"),
    # Translators: a module or a session helped
    Verdict.WORKS: lazy_pgettext("effect", "helped"),
    Verdict.NO_SIGN: lazy_gettext("no sign yet"),
    # Translators: things got worse after a module or a session
    Verdict.WORSE: lazy_pgettext("effect", "worse"),
}
TONES: dict[Verdict, str] = {
    Verdict.TOO_EARLY: "plain",
    Verdict.EARLY_SIGN: "watching",
    Verdict.WORKS: "good",
    Verdict.NO_SIGN: "plain",
    Verdict.WORSE: "bad",
}
"""How a verdict is shown: a kind of `ui.state`."""

Names = Mapping[Any, tuple[Any, str | None]]
WIDTH, ROW, AXIS = 820, 34, 56


def is_said(effect: Effect) -> bool:
    """Whether there are agents enough to say a figure at all."""
    return effect.points is not None and effect.verdict is not Verdict.TOO_EARLY


def sample(effect: Effect) -> str:
    """On whom it rests: `23 agents, 412 checks`."""
    agents = ngettext("%(num)s agent", "%(num)s agents", effect.agents)
    return ngettext("%(agents)s, %(num)s check", "%(agents)s, %(num)s checks", round(effect.checks), agents=agents)


def figure(effect: Effect) -> str:
    """The effect with its interval: `+4.2 points (1.0 to 7.4)`; a dash where it is too early."""
    if not is_said(effect):
        return "–"
    return _(
        "%(points)s points (%(low)s to %(high)s)",
        points=_points(effect.points),
        low=_points(effect.low),
        high=_points(effect.high),
    )


def sentence(effect: Effect) -> str:
    """What came of it for others, in one sentence."""
    if not is_said(effect):
        return ngettext(
            "Too early to say: watched with %(num)s agent so far.",
            "Too early to say: watched with %(num)s agents so far.",
            effect.agents,
        )
    facts = {"figure": figure(effect), "sample": sample(effect)}
    match effect.verdict:
        case Verdict.WORKS:
            said = _("Helped others: %(figure)s; %(sample)s.", **facts)
        case Verdict.WORSE:
            said = _("Others did worse afterwards: %(figure)s; %(sample)s.", **facts)
        case Verdict.NO_SIGN:
            said = _("No sign yet that it helps: %(figure)s; %(sample)s.", **facts)
        case _early:
            said = _("An early sign only: %(figure)s; %(sample)s.", **facts)
    return said if effect.controlled else said + " " + _("No control group.")


def verdict(effect: Effect) -> str:
    """What came of it for others, in words alone: for readers who reach only some of those it was measured on."""
    match effect.verdict:
        case Verdict.WORKS:
            return _("Measured over the programme: it helped.")
        case Verdict.WORSE:
            return _("Measured over the programme: others did worse afterwards.")
        case Verdict.NO_SIGN:
            return _("Measured over the programme: no sign yet that it helps.")
        case Verdict.EARLY_SIGN:
            return _("An early sign only, from few agents.")
        case _early:
            return _("Too early to say what it does.")


def uncorrected(effect: Effect) -> str:
    """The improvement before it is corrected for what would have come anyway."""
    return "–" if not is_said(effect) else _("%(points)s points", points=_points(effect.raw))


def title(lines: Sequence[Line], names: Names) -> str:
    """The finding: what helped most."""
    helped = [one for one in lines if one.effect.verdict is Verdict.WORKS and one.effect.points is not None]
    if not helped and any(is_said(one.effect) for one in lines):
        return _("Nothing has been shown to help for certain so far")
    if not helped:
        return _("It is too early to say what helped")
    best = max(helped, key=lambda one: one.effect.points or 0)
    return _(
        "%(name)s helped most: %(figure)s", name=str(names.get(best.key, ("", None))[0]), figure=figure(best.effect)
    )


def sheet(lines: Sequence[Line], names: Names) -> Sheet:
    """The figures as a file, in points of pass rate."""
    headers = [
        _("What"), _("Verdict"), _("Agents"), _("Completed"), _("Standard checks"), _("Effect, points"), _("Interval from"),
        _("Interval to"), _("Uncorrected, points"), _("Control group"),
    ]  # fmt: skip
    kinds = ["text", "text", "number", "number", "decimal", "decimal", "decimal", "decimal", "decimal", "text"]
    rows = [
        (
            names.get(one.key, ("", None))[0], str(VERDICTS[one.effect.verdict]), one.effect.agents, one.effect.events,
            round(one.effect.checks, 1), *_values(one.effect), _("yes") if one.effect.controlled else _("no"),
        )
        for one in lines
    ]  # fmt: skip
    return Sheet(_("Effects"), headers, rows, kinds)


def spec(lines: Sequence[Line], names: Names) -> dict[str, Any]:
    """Each effect as a point on its interval, beside the line of no effect."""
    rows = [
        {
            "name": str(names.get(one.key, ("", None))[0]),
            "value": 100 * (one.effect.points or 0),
            "low": 100 * (one.effect.low or 0),
            "high": 100 * (one.effect.high or 0),
        }
        for one in lines
    ]
    return charts.intervals(rows, unit=_("Points of pass rate gained"), width=WIDTH, height=height(len(rows)))


def height(lines: int) -> int:
    """Of the chart of so many lines, in pixels."""
    return ROW * max(lines, 1) + AXIS


def _points(value: float | None) -> str:
    return signed(100 * (value or 0.0), 1)


def _values(effect: Effect) -> list[float | None]:
    if not is_said(effect):
        return [None] * 4
    found = (effect.points, effect.low, effect.high, effect.raw)
    return [None if one is None else round(100 * one, 1) for one in found]


__all__ = [
    "TONES",
    "VERDICTS",
    "figure",
    "height",
    "is_said",
    "sample",
    "sentence",
    "sheet",
    "spec",
    "title",
    "uncorrected",
]
