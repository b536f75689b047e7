"""Changes too large to wait for: derived by a job in one transaction; who asked is told how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.accounts.models import User
from app.accounts.record import tell
from app.audits.models import Scorecard
from app.audits.services import telling
from app.core.clock import now
from app.core.database import db
from app.core.i18n import Bilingual, speak
from app.core.jobs import job
from app.curriculum import targets
from app.curriculum.models import Competency
from app.curriculum.targets import TargetChange

SET_TARGET, SET_MAP = "gaps.set_target", "gaps.set_map"
REDEFINED = "gaps.redefined"


@job(SET_TARGET)
def set_target(competency_id: int, target: float, week: str, by_id: int) -> None:
    """Let a competency have another target from a week on."""
    session, on = db.session(), now()
    about, by = session.get_one(Competency, competency_id), session.get_one(User, by_id)
    one = TargetChange(about, target, date.fromisoformat(week))
    with speak(by.language):
        targets.change(session, [one], by=by, on=on)
    _tell(by, about.name, f"/gaps/targets/{competency_id}", one.refused)


@job(SET_MAP)
def set_map(scorecard_id: int, links: Mapping[str, Sequence[int]], by_id: int) -> None:
    """Let criteria of a scorecard tell of other competencies."""
    session, on = db.session(), now()
    card, by = session.get_one(Scorecard, scorecard_id), session.get_one(User, by_id)
    telling.tell_of(session, card, {int(one): frozenset(wanted) for one, wanted in links.items()}, by=by, on=on)
    _tell(by, card.name, f"/gaps/maps/{scorecard_id}", None)


def _tell(by: User, name: Bilingual, path: str, refused: str | None) -> None:
    on = now()
    facts = {"name_en": name.en, "name_es": name.es, "refused": refused}
    tell(db.session(), [by.id], REDEFINED, key=f"{REDEFINED}:{path}:{on.isoformat()}", path=path, on=on, **facts)
