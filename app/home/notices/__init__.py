"""What a notice says, in the reader's language: on the first screen and in the daily mail.

A module a subject, each with its sentences by kind. A new kind of notice has its sentence in the one it belongs to.
"""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.accounts.models import Notice
from app.core.i18n import time_zone
from app.home.notices import audits, coaching, cohorts, governance, learning
from app.home.notices.wording import Sentences, Whys

SENTENCES: Sentences = {
    **learning.SENTENCES,
    **audits.SENTENCES,
    **coaching.SENTENCES,
    **cohorts.SENTENCES,
    **governance.SENTENCES,
}
WHYS: Whys = {**learning.WHYS, **audits.WHYS, **coaching.WHYS, **cohorts.WHYS, **governance.WHYS}
"""By kind; all else concerns the reader."""
OWN = lazy_gettext("Because it is about you or your work.")


def sentence(notice: Notice, zone_name: str | None = None) -> str:
    """What happened, in one sentence, with times of that zone or the reader's; `KeyError` for a kind nobody tells of."""
    return SENTENCES[notice.kind](notice.detail, zone_name or time_zone())


def why(notice: Notice) -> str:
    """Why somebody got a notice."""
    return str(WHYS.get(notice.kind, OWN))
