"""Deeds of files: taking one in, taking it off the list, and noting what was seen of a video. Nothing here commits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core import blobs
from app.core.errors import Refused
from app.curriculum import services as learning
from app.curriculum.files import kinds, watching
from app.curriculum.files.kinds import FileKind, Told
from app.curriculum.files.models import ModuleFile, ModuleWatch
from app.curriculum.models import Assignment, Module, ModuleKind
from app.curriculum.quizzes.models import Quiz
from app.curriculum.rules import is_own_file

LONGEST_NAME = 100
MOST = 200


def keep(stream: IO[bytes], *, name: str) -> ModuleFile:
    """Look at a file and keep its bytes; not stored yet. Touches no database. `Refused` says what it may not be."""
    head = stream.read(kinds.HEAD)
    stream.seek(0)
    found = kinds.told(name, head)
    if not head:
        raise Refused(_("The file is empty."))
    if found is None:
        raise Refused(
            _(
                "Files of this kind are not accepted. Accepted: PNG, JPEG, GIF and WebP pictures, MP4 "
                "and WebM videos, WebVTT captions, and documents."
            )
        )
    largest = kinds.LARGEST[found.kind]
    try:
        blob = blobs.keep(stream, largest=largest)
    except blobs.TooLarge as error:
        raise Refused(_("The file is too large: at most %(most)s MB.", most=largest // kinds.MEGABYTE)) from error
    seconds = _seconds(stream, found) if found.kind is FileKind.VIDEO else None
    if found.kind is FileKind.VIDEO and not seconds:
        raise Refused(_("The video does not say how long it is. Save it again as MP4 and send that."))
    return ModuleFile(
        kind=found.kind, type=found.type, name=plain(name), size=blob.size, sha256=blob.sha256, seconds=seconds
    )


def _seconds(stream: IO[bytes], found: Told) -> float | None:
    stream.seek(0)
    if found.type == "video/webm":
        return kinds.seconds_of_webm(stream.read(1 << 16))
    return kinds.seconds_of_mp4(stream.read())


def plain(name: str) -> str:
    """A name fit for an address: letters, digits, dots and dashes, the ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"[^\w.-]+", "-", last).strip("-.")[-LONGEST_NAME:] or "file"


def add(
    session: Session,
    module: Module,
    file: ModuleFile,
    *,
    alt_en: str = "",
    alt_es: str = "",
    language: str | None = None,
    by: User,
    on: datetime,
) -> ModuleFile:
    """Store what `keep` looked at. `Refused` for a picture that is told in neither language, and one file too many."""
    if file.kind is FileKind.PICTURE and not (alt_en and alt_es):
        raise Refused(_("Say in both languages what the picture shows, for people who can't see it."))
    if len(files_of(session, module)) >= MOST:
        raise Refused(_("A module has at most %(most)s files.", most=MOST))
    file.module_id, file.added_by_id, file.added_at = module.id, by.id, on
    file.alt_en, file.alt_es = alt_en, alt_es
    file.language = language if file.kind is FileKind.CAPTIONS else None
    session.add(file)
    session.flush()
    record.log(session, "module.file_added", module, by=by, on=on, module=module.code, file=file.name)
    return file


def files_of(session: Session, module: Module) -> Sequence[ModuleFile]:
    """The files on the list of a module, by kind and name."""
    wanted = select(ModuleFile).where(ModuleFile.module_id == module.id, ModuleFile.retired.is_(False))
    return session.scalars(wanted.order_by(ModuleFile.kind, ModuleFile.name, ModuleFile.id)).all()


def retire(session: Session, module: Module, file: ModuleFile, *, by: User, on: datetime) -> None:
    """Take a file off the list; texts that mention it keep it."""
    file.retired = True
    record.log(session, "module.file_retired", module, by=by, on=on, module=module.code, file=file.name)


def file_at(session: Session, address: str | None, module_id: int) -> ModuleFile | None:
    """The file of this module that an address of ours names."""
    named = is_own_file(address or "")
    file = session.get(ModuleFile, int(str(address).split("/")[3])) if named else None
    return file if file is not None and file.module_id == module_id else None


def video_of(session: Session, module: Module) -> ModuleFile | None:
    """The video a module of that kind is made of, where it is one of its files."""
    file = file_at(session, module.url, module.id) if module.kind is ModuleKind.VIDEO else None
    return file if file is not None and file.kind is FileKind.VIDEO else None


def share_seen(session: Session, assignment: Assignment) -> float | None:
    """How much of its video somebody has seen; None where nothing was, or the module is no video of ours."""
    video = video_of(session, assignment.module)
    known = session.get(ModuleWatch, (assignment.id, video.id)) if video is not None else None
    if video is None or known is None:
        return None
    return min(watching.seen(known.spans) / (video.seconds or 1.0), 1.0)


def captions_of(session: Session, module: Module) -> Sequence[ModuleFile]:
    """The captions on its list, the newest of each language."""
    found: dict[str | None, ModuleFile] = {}
    for file in files_of(session, module):
        if file.kind is FileKind.CAPTIONS and (file.language not in found or found[file.language].id < file.id):
            found[file.language] = file
    return list(found.values())


def watch(
    session: Session,
    assignment: Assignment,
    video: ModuleFile,
    spans: Sequence[Sequence[float]],
    *,
    place: float,
    language: str,
    on: datetime,
) -> ModuleWatch:
    """Note what was seen; once it is nearly all, the end included, the module is completed.

    What can't have been seen in the time that passed is not noted. A module with a quiz is completed by that.
    """
    length = video.seconds or 0.0
    known = session.get(ModuleWatch, (assignment.id, video.id), with_for_update=True)
    if known is None:
        if learning.is_open(assignment):
            learning.start(session, assignment, on=on)
        known = ModuleWatch(
            assignment_id=assignment.id,
            file_id=video.id,
            person_id=assignment.person_id,
            spans=[],
            place=0.0,
            told_at=on,
        )
        session.add(known)
    after = watching.joined([*known.spans, *spans], length)
    if watching.is_plausible(known.spans, after, (on - known.told_at).total_seconds()):
        known.spans = after
    known.place, known.told_at = min(max(place, 0.0), length), on
    session.flush()
    done = watching.is_watched(known.spans, length)
    if done and learning.is_open(assignment) and session.get(Quiz, assignment.module_id) is None:
        learning.complete(session, assignment, on=on, language=language, proven=True)
    return known
