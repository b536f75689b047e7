"""Changes too large to wait for: derived by a job in one transaction; who asked is told how it went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from flask_babel import gettext as _

from app.accounts.models import User
from app.accounts.record import tell
from app.audits.models import Scorecard
from app.audits.services import telling
from app.core import headway
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.i18n import Bilingual, speak
from app.core.jobs import job
from app.curriculum import targets
from app.curriculum.models import Competency
from app.curriculum.targets import TargetChange

SET_TARGETS, SET_MAP = "gaps.set_targets", "gaps.set_map"
REDEFINED = "gaps.redefined"


def target_path(competency_id: int) -> str:
    """The page of a competency's target, and the name by which one may see how far its job is."""
    return f"/gaps/targets/{competency_id}"


def map_path(scorecard_id: int) -> str:
    """The page of a scorecard's map, and the name by which one may see how far its job is."""
    return f"/gaps/maps/{scorecard_id}"


@job(SET_TARGETS)
def set_targets(changes: Sequence[tuple[int, float, str | None]], by_id: int) -> None:
    """Let competencies have other targets, each from a week on or, without one, from the next decision on."""
    session, by = db.session(), db.session.get_one(User, by_id)
    asked = [
        TargetChange(session.get_one(Competency, one), target, None if week is None else date.fromisoformat(week))
        for one, target, week in changes
    ]
    said = [(one.competency.name, target_path(one.competency.id)) for one in asked]
    with _watched(by, said), speak(by.language):
        targets.change(session, asked, by=by, on=now())
    refused = next((one.refused for one in asked if one.refused), None)
    for name, path in said:
        _tell(by, name, path, refused)


@job(SET_MAP)
def set_map(scorecard_id: int, links: Mapping[str, Sequence[int]], by_id: int) -> None:
    """Let criteria of a scorecard tell of other competencies."""
    session, by = db.session(), db.session.get_one(User, by_id)
    card = session.get_one(Scorecard, scorecard_id)
    wanted = {int(one): frozenset(told) for one, told in links.items()}
    said = (card.name, map_path(scorecard_id))
    with _watched(by, [said]):
        telling.tell_of(session, card, wanted, by=by, on=now())
    _tell(by, *said, None)


@contextmanager
def _watched(by: User, said: Sequence[tuple[Bilingual, str]]) -> Iterator[None]:
    """Show how far the work inside is; whatever stops it, nobody is left waiting for it."""
    person, language = by.id, by.language
    try:
        with headway.shown([path for _name, path in said]):
            yield
    except Exception as error:
        session = db.session()
        session.rollback()
        with speak(language):
            why = (
                str(error)
                if isinstance(error, Refused)
                else _("An error stopped it; who runs Hilo finds it in the log.")
            )
        for name, path in said:
            _tell(session.get_one(User, person), name, path, why)
        session.commit()
        raise


def _tell(by: User, name: Bilingual, path: str, refused: str | None) -> None:
    on = now()
    facts = {"name_en": name.en, "name_es": name.es, "refused": refused}
    tell(db.session(), [by.id], REDEFINED, key=f"{REDEFINED}:{path}:{on.isoformat()}", path=path, on=on, **facts)
