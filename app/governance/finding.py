"""What the search finds here: initiatives, risks and decisions."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import joinedload

from app.accounts.access import may
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.core.finding import Asked, Finder, Hit
from app.core.i18n import day
from app.governance.decisions.models import Resolution
from app.governance.initiatives import labels as initiatives
from app.governance.initiatives.models import Initiative
from app.governance.risks.models import Risk


def _where(unit: Unit) -> str:
    return unit.path.replace("/", " · ") or unit.name


def _initiatives(asked: Asked) -> Sequence[Hit]:
    if not may(asked.viewer, Permission.SEE_REPORTS):
        return ()
    named = asked.each(Initiative.title_en, Initiative.title_es, Initiative.cause)
    found = Initiative.visible_to(asked.viewer).where(named).options(joinedload(Initiative.owner))
    return [
        Hit(
            url_for("desk.initiative", initiative_id=one.id),
            one.title,
            one.owner.name,
            (initiatives.LOOKS[one.state], initiatives.STATES[one.state]),
        )
        for one in asked.first(found.order_by(Initiative.made_at.desc(), Initiative.id))
    ]


def _risks(asked: Asked) -> Sequence[Hit]:
    """Open ones first."""
    if not may(asked.viewer, Permission.SEE_REPORTS):
        return ()
    named = asked.each(Risk.title_en, Risk.title_es, Risk.cause)
    found = Risk.visible_to(asked.viewer).where(named).options(joinedload(Risk.unit))
    return [
        Hit(
            url_for("desk.risk", risk_id=one.id),
            one.title,
            _where(one.unit),
            ("closed", _("Closed")) if one.closed_on else None,
        )
        for one in asked.first(found.order_by(Risk.closed_on.is_not(None), Risk.id.desc()))
    ]


def _decisions(asked: Asked) -> Sequence[Hit]:
    if not may(asked.viewer, Permission.SEE_REPORTS):
        return ()
    named = asked.each(Resolution.title_en, Resolution.title_es, Resolution.why)
    found = Resolution.visible_to(asked.viewer).where(named).options(joinedload(Resolution.unit))
    return [
        Hit(url_for("desk.decision", decision_id=one.id), one.title, f"{_where(one.unit)} · {day(one.decided_on)}")
        for one in asked.first(found.order_by(Resolution.decided_on.desc(), Resolution.id.desc()))
    ]


FINDERS = (
    Finder(
        "initiatives", lazy_gettext("Initiatives"), _initiatives, lambda words: url_for("desk.initiatives", q=words)
    ),
    Finder("risks", lazy_gettext("Risk log"), _risks, lambda words: url_for("desk.risks", q=words)),
    Finder("decisions", lazy_gettext("Decisions"), _decisions, lambda words: url_for("desk.decisions", q=words)),
)
