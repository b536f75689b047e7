"""Finding anything from anywhere, within what one may see: all rooms' finders, and the places of the navigation."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from app.accounts import finding as accounts
from app.accounts.access import roles_of
from app.accounts.models import User
from app.audits import finding as audits
from app.coaching import finding as coaching
from app.cohorts import finding as cohorts
from app.core.finding import Asked, Finder, Found, Hit, find, tidied
from app.curriculum import finding as curriculum
from app.gaps import finding as gaps
from app.governance import finding as governance
from app.home import navigation
from app.reports import finding as reports


def _places(asked: Asked) -> Sequence[Hit]:
    """Where the viewer may go, in any of their roles."""
    mine = roles_of(asked.viewer)
    specs = {spec[1]: spec for role in navigation.ORDER if role in mine for spec in navigation.PLACES[role]}
    found = asked.among((spec, (spec[0],)) for spec in specs.values())
    return [Hit(url_for(endpoint), str(label)) for label, endpoint, _icon in found]


FINDERS = (
    *accounts.FINDERS,
    *gaps.FINDERS,
    *coaching.FINDERS,
    *audits.FINDERS,
    *curriculum.FINDERS,
    *reports.FINDERS,
    *governance.FINDERS,
    *cohorts.FINDERS,
    Finder("places", lazy_gettext("Places"), _places),
)
"""In the order of the page."""


def search(session: Session, viewer: User, words: str) -> tuple[str, list[Found]]:
    """The words as they were searched for, and what was found of each kind."""
    asked = Asked(session, viewer, tidied(words))
    return asked.words, find(FINDERS, asked)
