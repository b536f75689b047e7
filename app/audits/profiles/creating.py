"""What a sample names and Hilo does not have yet, made where that makes sense: questions as the draft of a scorecard."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.building import services as building
from app.audits.building.document import Entry, of_sections
from app.audits.building.models import ScorecardDraft
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.survey import texts_of
from app.core.errors import Refused

LONGEST_CODE = 40
MOST = 200


def draft_scorecard(
    session: Session, profile: MappingProfile, code: str, language: str, *, by: User, on: datetime
) -> ScorecardDraft:
    """A draft of a new scorecard whose criteria are the questions of the sample, to be completed and published.

    `language` is that of the questions; the other one is left to whoever completes the draft. Raises `Refused` without
    questions, for a code that is none or taken, and for who may not build scorecards.
    """
    tidy = code.strip().upper()
    questions = [text for text in texts_of(profile.seen, "criterion") if text][:MOST]
    if not questions:
        raise Refused(_("The sample has no questions."))
    if not tidy or len(tidy) > LONGEST_CODE or ":" in tidy:
        raise Refused(_("Give the scorecard a code of at most %(most)s characters.", most=LONGEST_CODE))
    draft = building.begin(session, tidy, profile.name, profile.name, by=by, on=on)
    english = language == "en"
    entries = [
        Entry(key=0, code=f"Q{place}", text_en=text if english else "", text_es="" if english else text)
        for place, text in enumerate(questions, start=1)
    ]
    names = (profile.name, "") if english else ("", profile.name)
    building.store(draft, of_sections([(*names, entries)]), by=by, on=on)
    return draft
