"""Deeds on drafts of scorecards. None commits, none knows of a request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.accounts.record import log
from app.audits import reading
from app.audits.building.document import Document, Entry, flaws, from_data, of_sections, to_data
from app.audits.building.models import ScorecardDraft
from app.audits.intake.scorecards import FileVersion, Line
from app.audits.models import Criterion, CriterionIdentity, Scorecard, ScorecardVersion
from app.audits.services import scorecards
from app.audits.services.locking import lock
from app.core.clock import day_of
from app.core.errors import Refused
from app.curriculum.models import Competency


def begin(session: Session, code: str, name_en: str, name_es: str, *, by: User, on: datetime) -> ScorecardDraft:
    """A draft of a scorecard that there is not yet."""
    _may_build(by)
    if session.scalar(select(Scorecard.id).where(Scorecard.code == code)) is not None:
        raise Refused(_("There is already a scorecard “%(code)s”. Make a new version of it.", code=code))
    draft = ScorecardDraft(
        code=code, name_en=name_en, name_es=name_es, label="1", content=to_data(Document()), by_id=by.id, changed_at=on
    )
    session.add(draft)
    session.flush()
    log(session, "scorecard.drafted", draft, by=by, on=on, scorecard=code)
    return draft


def revise(session: Session, version: ScorecardVersion, *, by: User, on: datetime) -> ScorecardDraft:
    """A draft that begins as a version: to change one that no audit uses yet, else for a new one."""
    _may_build(by)
    used = bool(session.scalars(scorecards.used([version.id])).all())
    card = version.scorecard
    draft = ScorecardDraft(
        scorecard_id=card.id,
        replaces_id=None if used else version.id,
        based_on_id=version.id,
        code=card.code,
        name_en=card.name_en,
        name_es=card.name_es,
        label=_next_label(session, card) if used else version.label,
        valid_from=day_of(on, _zone()) if used else version.valid_from,
        content=to_data(document_of(reading.criteria(session, version.id))),
        by_id=by.id,
        changed_at=on,
    )
    session.add(draft)
    session.flush()
    log(session, "scorecard.drafted", draft, by=by, on=on, scorecard=card.code)
    return draft


def document_of(criteria: Sequence[Criterion]) -> Document:
    """The criteria of a version, as a draft has them."""
    sections = []
    for _id, each in groupby(criteria, lambda one: one.section_id):
        group = list(each)
        sections.append((group[0].section.name_en, group[0].section.name_es, [_entry(one) for one in group]))
    return of_sections(sections)


def _entry(one: Criterion) -> Entry:
    same = ("code", "text_en", "text_es", "guidance_en", "guidance_es", "weight", "severity", "error_class")
    return Entry(
        key=0,
        **{name: getattr(one, name) for name in (*same, "fails_section", "na_allowed")},
        causes=tuple(one.causes),
        competencies=tuple(sorted(competency.code for competency in one.competencies)),
    )


def _next_label(session: Session, card: Scorecard) -> str:
    """A label no version has: a number one higher, else the last one's with a number."""
    labels = set(session.scalars(select(ScorecardVersion.label).where(ScorecardVersion.scorecard_id == card.id)))
    numbers = [int(label) for label in labels if label.isascii() and label.isdecimal()]
    number = max(numbers, default=len(labels)) + 1
    while str(number) in labels:
        number += 1
    return str(number)


def taken_codes(session: Session, draft: ScorecardDraft) -> set[str]:
    """The codes of all criteria the scorecard ever had."""
    statement = select(CriterionIdentity.code).where(CriterionIdentity.scorecard_id == draft.scorecard_id)
    return set(session.scalars(statement)) if draft.scorecard_id else set()


# --- Changed ---


def locked(session: Session, draft: ScorecardDraft) -> Document:
    """What the draft holds now, while nobody else changes it."""
    session.flush()
    session.refresh(draft, with_for_update={"of": ScorecardDraft})
    return from_data(draft.content)


def store(draft: ScorecardDraft, document: Document, *, by: User, on: datetime) -> None:
    """Keep what was changed."""
    draft.content = to_data(document)
    draft.by_id, draft.changed_at = by.id, on


def put_entry(
    session: Session, draft: ScorecardDraft, entry: Entry, part_key: int, *, seen: Entry | None, by: User, on: datetime
) -> None:
    """Add a criterion (no `seen`), or change the one that was `seen`.

    Raises `Refused` when somebody else has changed or removed it meanwhile, and for a code another criterion has.
    """
    document = locked(session, draft)
    part = document.part(part_key)
    if part is None:
        raise Refused(_("This section is no longer in the draft. Choose another one."))
    if seen is not None and document.entry(seen.key) != seen:
        raise Refused(_("Somebody else has changed this criterion in the meantime. What you typed is not saved yet."))
    key = seen.key if seen is not None else document.new_key()
    if any(other.code.casefold() == entry.code.casefold() and other.key != key for other in document.entries()):
        raise Refused(_("Another criterion of this draft has the code “%(code)s”.", code=entry.code))
    document.put(replace(entry, key=key), part)
    store(draft, document, by=by, on=on)


def put_head(
    session: Session,
    draft: ScorecardDraft,
    facts: Mapping[str, str],
    valid_from: date | None,
    *,
    by: User,
    on: datetime,
) -> None:
    """Names, label and first day. Raises `Refused` for a label that another version has."""
    session.refresh(draft, with_for_update={"of": ScorecardDraft})
    draft.name_en, draft.name_es = facts["name_en"], facts["name_es"]
    if draft.replaces_id is None:
        draft.label = facts["label"]
        _refuse_known_label(session, draft)
    draft.valid_from = valid_from
    draft.by_id, draft.changed_at = by.id, on


def _refuse_known_label(session: Session, draft: ScorecardDraft) -> None:
    same = select(ScorecardVersion.id).where(
        ScorecardVersion.scorecard_id == draft.scorecard_id, ScorecardVersion.label == draft.label
    )
    if draft.scorecard_id is not None and session.scalar(same) is not None:
        raise Refused(_("This scorecard already has a version “%(label)s”.", label=draft.label))


# --- Published, or given up ---


def publish(session: Session, draft: ScorecardDraft, *, by: User, on: datetime) -> ScorecardVersion:
    """Make the draft a version that contacts are audited on from its first day; the draft goes.

    Raises `Refused` while something is missing, and when the version it would replace has been used meanwhile.
    """
    _may_build(by)
    lock(session)
    document = locked(session, draft)
    if flaws(document) or not (draft.name_en and draft.name_es):
        raise Refused(_("Something is still missing in this draft; see the list at the top."))
    made = _file_version(session, draft, document)
    if draft.replaces_id is not None:
        version = session.get_one(ScorecardVersion, draft.replaces_id)
        if session.scalars(scorecards.used([version.id])).all():
            raise Refused(
                _("An audit has used this version in the meantime, so it is frozen. Make a new version of it.")
            )
        scorecards.replace_version(session, made, version)
        version.valid_from = draft.valid_from
    else:
        if draft.scorecard_id is None and session.scalar(select(Scorecard.id).where(Scorecard.code == draft.code)):
            raise Refused(_("There is already a scorecard “%(code)s”. Make a new version of it.", code=draft.code))
        _refuse_known_label(session, draft)
        version = scorecards.add_version(session, made, on)
        version.scorecard.name_en, version.scorecard.name_es = draft.name_en, draft.name_es
    log(session, "scorecard.published", version, by=by, on=on, scorecard=draft.code, version=draft.label)
    session.delete(draft)
    session.flush()
    return version


def discard(session: Session, draft: ScorecardDraft, *, by: User, on: datetime) -> None:
    """Give a draft up."""
    log(session, "scorecard.discarded", draft, by=by, on=on, scorecard=draft.code, version=draft.label)
    session.delete(draft)


def _file_version(session: Session, draft: ScorecardDraft, document: Document) -> FileVersion:
    """The draft as a file would have it."""
    competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
    lines = [
        _line(entry, (part.name_en, part.name_es), competencies) for part in document.parts for entry in part.entries
    ]
    return FileVersion(draft.code, draft.label, draft.name_en, draft.name_es, draft.valid_from, lines)


def _line(entry: Entry, section: tuple[str, str], competencies: Mapping[str, int]) -> Line:
    same = ("code", "text_en", "text_es", "weight", "severity", "error_class", "guidance_en", "guidance_es")
    return Line(
        section_en=section[0],
        section_es=section[1],
        **{name: getattr(entry, name) for name in (*same, "fails_section", "na_allowed", "causes")},
        competencies=frozenset(competencies[code] for code in _known(entry.competencies, competencies)),
    )


def _known(codes: Collection[str], competencies: Mapping[str, int]) -> list[str]:
    return [code for code in codes if code in competencies]


def _may_build(by: User) -> None:
    if not everywhere(by, Permission.LEAD_QUALITY):
        raise Refused(_("Scorecards belong to the whole programme: they are made by whoever leads its quality."))


def _zone() -> str:
    return str(current_app.config["PROGRAMME_TIME_ZONE"])
