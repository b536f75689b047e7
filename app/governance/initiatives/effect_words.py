"""How the effect of an initiative is said: never without its interval and what it was compared with."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.i18n import day, signed
from app.gaps.outcomes import Verdict
from app.governance.initiatives.measuring import due_on
from app.governance.initiatives.models import Initiative
from app.governance.initiatives.rules import Measured, State
from app.metrics.labels import metric_name
from app.remedies.effect_words import TONES, VERDICTS


def figure(found: Measured | None) -> str:
    """`+4.2 points (1.0 to 7.4)`; a dash where nothing can be said."""
    if found is None or found.points is None:
        return "–"
    values = [_amount(value, found) for value in (found.points, found.low, found.high)]
    facts = dict(zip(("points", "low", "high"), values, strict=True))
    if found.share:
        return _("%(points)s points (%(low)s to %(high)s)", **facts)
    return _("%(points)s (%(low)s to %(high)s)", **facts)


def verdict(found: Measured | None) -> tuple[str, str]:
    """A kind of `ui.state` and the word."""
    if found is None:
        return "plain", str(VERDICTS[Verdict.TOO_EARLY])
    return TONES[found.verdict], str(VERDICTS[found.verdict])


def target(one: Initiative) -> str:
    """What it should move."""
    return one.competency.name.text if one.competency is not None else metric_name(one.metric or "")


def sentence(one: Initiative, today: date) -> str:
    """What came of it, in plain words; why not yet, where nothing can be said."""
    found = Measured.of(one.effect)
    if one.state is State.STOPPED:
        return _("It was stopped: no effect is measured.")
    if one.ended_on is None:
        return _("The effect is measured once it is done: eight weeks of audits, or a whole month of the metric.")
    if found is None:
        return _not_yet(one, one.ended_on, today)
    if found.points is None:
        return _too_few(found, one)
    facts = {"what": target(one), "figure": figure(found), "sample": sample(found, one)}
    match found.verdict:
        case Verdict.WORKS:
            said = _("It helped: %(what)s by %(figure)s; %(sample)s.", **facts)
        case Verdict.WORSE:
            said = _("It got worse: %(what)s by %(figure)s; %(sample)s.", **facts)
        case Verdict.EARLY_SIGN:
            said = _("An early sign only: %(what)s by %(figure)s; %(sample)s.", **facts)
        case _none:
            said = _("No sign that it helped: %(what)s by %(figure)s; %(sample)s.", **facts)
    if found.controlled:
        return said + " " + _("Compared with where it did not run.")
    return said + " " + _("There was nobody to compare with: what would have come anyway is included.")


def sample(found: Measured, one: Initiative) -> str:
    """On what it rests."""
    if one.metric is not None:
        before = ngettext("%(num)s month before", "%(num)s months before", found.before)
        return ngettext("%(before)s, %(num)s after", "%(before)s, %(num)s after", found.after, before=before)
    agents = ngettext("%(num)s agent", "%(num)s agents", found.agents)
    return ngettext("%(agents)s, %(num)s check", "%(agents)s, %(num)s checks", round(found.checks), agents=agents)


def raw(found: Measured | None) -> str:
    """The change seen where it ran, before it is compared."""
    return "–" if found is None or found.raw is None else _amount(found.raw, found)


def _not_yet(one: Initiative, ended_on: date, today: date) -> str:
    ready = due_on(ended_on, one.metric)
    if today < ready:
        return _("Too early to say: it is measured from %(day)s on.", day=day(ready))
    return _("Too early to say: it is measured with the next weekly decision.")


def _too_few(found: Measured, one: Initiative) -> str:
    if one.metric is not None:
        return _("Too early to say: it takes three months of the metric before and one after.")
    return ngettext(
        "Too few to say: %(num)s agent was watched.", "Too few to say: %(num)s agents were watched.", found.agents
    )


def _amount(value: float | None, found: Measured) -> str:
    return signed(100 * (value or 0.0) if found.share else value or 0.0, 1)
