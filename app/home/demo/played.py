"""A module that is a video and one that is a package in the demo programme, and how far the team of the story is with them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.curriculum.files import services as files
from app.curriculum.models import Assignment, Module, ModuleKind
from app.curriculum.packages import services as packages
from app.home.demo.cast import Story
from app.home.demo.content import FOLDER
from app.home.demo.workshops import give, moment_of, written
from app.home.demo.world import World

WRITTEN, PLAYED = timedelta(days=-20), timedelta(days=-2)
PACKAGE = {
    "code": "S01", "kind": ModuleKind.PACKAGE, "minutes": 6,
    "title_en": "Where is my order? Three contacts", "title_es": "¿Dónde está mi pedido? Tres contactos",
    "body_en": "Three buyers ask for their order. Choose what to say, and see what comes of it.",
    "body_es": "Tres personas preguntan por su pedido. Elegir qué decir y ver qué resulta.",
}  # fmt: skip
VIDEO = {
    "code": "V01", "kind": ModuleKind.VIDEO, "minutes": 2,
    "title_en": "The way of a parcel, in twelve seconds", "title_es": "El camino de un paquete, en doce segundos",
    "body_en": "What each mark of the tracking page means, and what can be done from there.",
    "body_es": "Qué significa cada marca de la página de rastreo y qué se puede hacer desde ahí.",
}  # fmt: skip
FILM, CAPTIONS = "parcel.webm", "parcel.{language}.vtt"
PAGES = ("index.html", "play.css", "play.js")
COMPETENCY = "K22"
ENDED = ("83", "0000:05:40")
"""What the first got, and in what time."""
MIDDLE = {"at": 2, "points": 3}
"""Where the second stopped."""


def happen(session: Session, world: World, trainer: User, story: Story) -> None:
    """Both modules; of the team of the story some have completed them, some are in the middle."""
    if story.ana is None:
        return
    on = moment_of(world, WRITTEN, 0.2)
    film, made = (
        written(session, VIDEO, COMPETENCY, trainer, on, _filmed),
        written(session, PACKAGE, COMPETENCY, trainer, on, _packed),
    )
    team = world.roster.agents[story.ana].team
    here = [n for n, one in enumerate(world.roster.agents) if one.team == team and world.is_here(n, world.last)]
    people = [world.people.agents[n] for n in here[-3:]]
    for one, cmi in zip(give(session, world, made, people, trainer), (_ended(), _stopped()), strict=False):
        _sit(session, one, cmi, moment_of(world, PLAYED, 0.3))
    for one, share in zip(give(session, world, film, people, trainer), (1.0, 0.5), strict=False):
        _watch(session, one, share, moment_of(world, PLAYED, 0.5))


def _filmed(session: Session, made: Module, by: User, on: datetime) -> None:
    folder = FOLDER / "video"
    for language, name in ((None, FILM), *((one, CAPTIONS.format(language=one)) for one in ("en", "es"))):
        kept = files.keep(io.BytesIO((folder / name).read_bytes()), name=name)
        file = files.add(session, made, kept, language=language, by=by, on=on)
        if language is None:
            made.url = f"/curriculum/files/{file.id}/{file.name}"  # `address` asks for a request


def _watch(session: Session, given: Assignment, share: float, on: datetime) -> None:
    """The film was played from its beginning, so far."""
    video = files.video_of(session, given.module)
    if video is not None and video.seconds is not None:
        end = share * video.seconds
        files.watch(session, given, video, [[0.0, end]], place=end, language=given.person.language, on=on)


def _packed(session: Session, made: Module, by: User, on: datetime) -> None:
    for language in ("en", "es"):
        stream = package(language)
        kept = packages.read(stream, stream.getbuffer().nbytes, name=f"three-contacts.{language}.zip")
        setattr(made, f"package_{language}_id", packages.install(session, *kept, by=by, on=on).id)


def package(language: str) -> io.BytesIO:
    """The package in one language, always the same bytes: SCORM 1.2, one part."""
    folder = FOLDER / "package"
    words = (folder / f"words.{language}.json").read_text(encoding="utf-8")
    manifest = (folder / "imsmanifest.xml").read_text(encoding="utf-8").replace("TITLE", json.loads(words)["title"])
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in PAGES}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in {"imsmanifest.xml": manifest, **texts, "words.js": f"const WORDS = {words};"}.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    stream.seek(0)
    return stream


def _ended() -> dict[str, Any]:
    score, time = ENDED
    return {"core.lesson_status": "passed", "core.score.raw": score, "core.session_time": time}


def _stopped() -> dict[str, Any]:
    place = {"core.lesson_location": str(MIDDLE["at"]), "suspend_data": json.dumps(MIDDLE)}
    return {"core.lesson_status": "incomplete", "core.session_time": "0000:02:10", **place}


def _sit(session: Session, given: Assignment, cmi: dict[str, Any], on: datetime) -> None:
    """A sitting with the package, and what it left."""
    attempt = packages.begin(session, given, given.person.language, on=on)
    item = attempt.package.items[0]
    packages.open_part(session, attempt, item, on=on)
    packages.keep(session, attempt, item, {f"cmi.{name}": value for name, value in cmi.items()}, on=on)
