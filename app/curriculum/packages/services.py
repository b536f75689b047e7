"""Deeds of packages: taking one in, beginning and going on, keeping what its parts report. Nothing here commits."""

from __future__ import annotations

import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import blobs
from app.core.errors import Refused
from app.curriculum import services as learning
from app.curriculum.models import Assignment, AssignmentState, Module
from app.curriculum.packages import rules
from app.curriculum.packages.models import Package, PackageAttempt, PackageDocument, PackageFile, PackagePart
from app.curriculum.packages.reading import archive, content
from app.curriculum.packages.rules import Item, PackageFormat, Standing
from app.curriculum.quizzes.models import Quiz

LONGEST_NAME = 120
LARGEST_STATE = 512 * 1024
"""Letters of a part's state: SCORM 2004 has 64,000 for suspend_data alone."""
SEQUENCING = "sequencing"
TOLD_OF_THE_WHOLE = ("completion", "success", "score")


# --- Taking in ---


def read(stream: IO[bytes], size: int, *, name: str) -> tuple[Package, list[dict[str, Any]]]:
    """Check a package whole and keep its files: (the package, its files), neither of them stored yet.

    Touches no database, so that nobody waits while it unpacks. `Refused` names what is wrong; nothing then is kept that
    anything would refer to.
    """
    if size > archive.LARGEST:
        raise Refused(_("The file is too large: at most %(most)s MB.", most=archive.LARGEST // 1024**2))
    with archive.opened(stream) as opened:
        found = archive.entries(opened, size)
        folder, leading = content.find(found)
        inside = {one.name[len(folder) :]: one for one in found if one.name.startswith(folder)}
        told = content.tell(opened, leading, {key.casefold(): key for key in inside})
        files = [_kept(opened, key, one) for key, one in inside.items()]
    stream.seek(0)
    package = Package(
        format=told.format,
        edition=told.edition,
        identifier=told.identifier,
        name=name.replace("\\", "/").rsplit("/", 1)[-1][-LONGEST_NAME:] or "package.zip",
        sha256=_digest(stream),
        size=size,
        files=len(files),
        outline={"title": told.title, "items": [item.kept() for item in told.items], "sequencing": told.sequencing},
    )
    return package, files


def _kept(opened: zipfile.ZipFile, name: str, entry: archive.Entry) -> dict[str, Any]:
    """The file, kept; no more of it is read than its archive says there is."""
    with archive.Unpacking(opened, entry) as file:
        try:
            blob = blobs.keep(file, largest=entry.info.file_size)
        except blobs.TooLarge as error:
            raise archive.damaged(entry) from error
    return {"key": name.casefold(), "name": name, "sha256": blob.sha256, "size": blob.size}


def _digest(stream: IO[bytes]) -> str:
    import hashlib

    digest = hashlib.sha256()
    while chunk := stream.read(blobs.CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def install(session: Session, package: Package, files: list[dict[str, Any]], *, by: User, on: datetime) -> Package:
    """Store what `read` has checked."""
    package.added_by_id, package.added_at = by.id, on
    session.add(package)
    session.flush()
    session.execute(insert(PackageFile), [{"package_id": package.id, **one} for one in files])
    return package


# --- Beginning, and going on ---


def package_of(module: Module, language: str) -> tuple[int | None, str]:
    """(the package of a module for who reads that language, the language it is in)."""
    own = module.package_es_id if language == "es" else module.package_en_id
    if own is not None:
        return own, language
    other = "en" if language == "es" else "es"
    return (module.package_en_id if other == "en" else module.package_es_id), other


def attempts_of(session: Session, assignment: Assignment) -> Sequence[PackageAttempt]:
    """What somebody has begun of an assignment, in whatever language, the newest first."""
    return session.scalars(
        select(PackageAttempt)
        .where(PackageAttempt.assignment_id == assignment.id)
        .order_by(PackageAttempt.kept_at.desc(), PackageAttempt.id.desc())
    ).all()


def attempt_in(session: Session, assignment: Assignment, language: str) -> PackageAttempt | None:
    """What to go on with in that language: who is in the middle of a package stays with it when another takes its place."""
    wanted, language = package_of(assignment.module, language)
    begun = attempts_of(session, assignment)
    middle = (one for one in begun if one.language == language and not one.done)
    return next(middle, None) or next((one for one in begun if one.package_id == wanted), None)


def begin(session: Session, assignment: Assignment, language: str, *, on: datetime) -> PackageAttempt:
    """Open the package in a new sitting, which is the only one that is kept from now on.

    `Refused` when the module has none.
    """
    wanted, language = package_of(assignment.module, language)
    attempt = attempt_in(session, assignment, language)
    if attempt is None and wanted is None:
        raise Refused(_("This module has no package yet. Its author can add one."))
    if attempt is None:
        attempt = PackageAttempt(
            assignment_id=assignment.id,
            person_id=assignment.person_id,
            package_id=wanted,
            registration=str(uuid.uuid4()),
            sitting=0,
            begun_at=on,
            kept_at=on,
            seconds=0,
        )
        session.add(attempt)
    attempt.sitting += 1
    attempt.language = language
    if learning.is_open(assignment):
        learning.start(session, assignment, on=on)
    session.flush()
    return attempt


def part_of(session: Session, attempt: PackageAttempt, item: Item) -> PackagePart:
    """The part of an attempt, begun when it was not."""
    found = session.scalars(
        select(PackagePart).where(PackagePart.attempt_id == attempt.id, PackagePart.item == item.id)
    ).one_or_none()
    if found is None:
        found = PackagePart(attempt_id=attempt.id, item=item.id, state={}, seconds=0, sitting_seconds=0)
        session.add(found)
    return found


def open_part(
    session: Session, attempt: PackageAttempt, item: Item, *, on: datetime, keeps: bool = True
) -> PackagePart:
    """Somebody opens a part: the time of the sitting before is added up; what does not report is done by that.

    Unless this sitting `keeps` anything, only where it begins is noted.
    """
    part = part_of(session, attempt, item)
    if not keeps:
        session.flush()
        return part
    part.seconds, part.sitting_seconds = part.seconds + part.sitting_seconds, 0
    attempt.last_item = item.id
    if not item.tracked:
        part.take_over(Standing(completed=True, progress=1.0, done=True))
    session.flush()
    if not item.tracked:
        settle(session, attempt, on=on)
    return part


def keep(session: Session, attempt: PackageAttempt, item: Item, cmi: Mapping[str, Any], *, on: datetime) -> Standing:
    """Keep what a part of SCORM left, and what follows from it; returns what the whole has come to.

    `Refused` when it is longer than any content needs.
    """
    state = {str(key): value for key, value in cmi.items() if isinstance(value, str | int | float | bool)}
    if sum(len(key) + len(str(value)) for key, value in state.items()) > LARGEST_STATE:
        raise Refused(_("The package wants to keep more than there is room for."))
    part = part_of(session, attempt, item)
    newer = attempt.package.format is PackageFormat.SCORM_2004
    part.take_over(rules.standing_2004(item, state) if newer else rules.standing_12(state))
    part.state = state
    part.sitting_seconds = rules.seconds_of(state.get("cmi.session_time" if newer else "cmi.core.session_time"))
    session.flush()
    return settle(session, attempt, on=on)


def keep_sequence(session: Session, attempt: PackageAttempt, sent: Mapping[str, Any], *, on: datetime) -> Standing:
    """Keep where the rules of a package stand, as the run-time tells it: `state` for the next sitting, `whole` for now.

    Returns what the whole has come to. `Refused` when it is longer than any package needs.
    """
    state, whole = sent.get("state"), sent.get("whole")
    told = {name: one for name, one in (whole if isinstance(whole, dict) else {}).items() if name in TOLD_OF_THE_WHOLE}
    content = json.dumps({"state": state if isinstance(state, str) else None, "whole": told})
    if len(content) > LARGEST_STATE:
        raise Refused(_("The package wants to keep more than there is room for."))
    kept = session.get(PackageDocument, (attempt.id, SEQUENCING)) or PackageDocument(
        attempt_id=attempt.id, key=SEQUENCING, kind=SEQUENCING, activity="", name="", type="application/json"
    )
    kept.content, kept.kept_at = content.encode(), on
    session.add(kept)
    session.flush()
    return settle(session, attempt, on=on)


def sequence_of(session: Session, attempt: PackageAttempt | None) -> dict[str, Any]:
    """Where the rules of a package stand, as `keep_sequence` kept it; nothing at first."""
    kept = session.get(PackageDocument, (attempt.id, SEQUENCING)) if attempt is not None else None
    return dict(json.loads(kept.content)) if kept is not None else {}


def settle(session: Session, attempt: PackageAttempt, *, on: datetime) -> Standing:
    """Bring the attempt up to its parts, and complete the module once all of them are done.

    What was completed stays so; of scores that come after it a better one is kept. A module with a quiz is completed by that.
    """
    parts = session.scalars(select(PackagePart).where(PackagePart.attempt_id == attempt.id)).all()
    whole = rules.roll_up(attempt.package.items, {part.item: part.standing for part in parts})
    tree = attempt.package.sequencing
    if tree is not None:
        whole = rules.as_ruled(whole, sequence_of(session, attempt).get("whole") or {}, tree)
    attempt.completed, attempt.passed, attempt.score = whole.completed, whole.passed, whole.score
    attempt.progress, attempt.done = whole.progress, whole.done
    attempt.seconds = sum(part.seconds + part.sitting_seconds for part in parts)
    attempt.kept_at = on
    assignment = session.get_one(Assignment, attempt.assignment_id)
    if session.get(Quiz, assignment.module_id) is None:
        if whole.done and learning.is_open(assignment):
            learning.complete(session, assignment, on=on, language=attempt.language, score=whole.score, proven=True)
        elif whole.score is not None and _is_its_own(assignment, attempt) and _is_better(whole.score, assignment):
            learning.rescore(session, assignment, score=whole.score, on=on)
    session.flush()
    return whole


def _is_better(score: float, assignment: Assignment) -> bool:
    return assignment.score is None or score > assignment.score


def _is_its_own(assignment: Assignment, attempt: PackageAttempt) -> bool:
    """Whether it was completed by this attempt, as far as one can tell: not by one in the other language."""
    return assignment.state is AssignmentState.COMPLETED and assignment.language == attempt.language
