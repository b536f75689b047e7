"""Files of modules: what is taken and what not, handed out inert, videos watched to their end, callouts in texts."""

from __future__ import annotations

import io
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Refused
from app.curriculum import article
from app.curriculum import services as curriculum
from app.curriculum.authoring.models import ModuleDraft
from app.curriculum.files import kinds, services, watching
from app.curriculum.files.kinds import FileKind
from app.curriculum.files.models import ModuleFile, ModuleWatch
from app.curriculum.models import Assignment, AssignmentState, Module, ModuleKind, ModuleState
from tests.curriculum.conftest import ON, give

VIDEO = Path(__file__).with_name("tone.webm").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n" + zlib.compress(b"x")
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHola\n"
MP4 = (
    b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"
    b"\x00\x00\x00\x44moov\x00\x00\x00\x3cmvhd" + bytes(12) + (1000).to_bytes(4, "big") + (90_500).to_bytes(4, "big") + bytes(32)
)  # fmt: skip


# --- What a file is ---


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", PNG, FileKind.PICTURE), ("x.jpg", b"\xff\xd8\xff\xe0", FileKind.PICTURE), ("x.gif", b"GIF89a", FileKind.PICTURE),
        ("x.webp", b"RIFF1234WEBP", FileKind.PICTURE), ("x.mp4", MP4, FileKind.VIDEO), ("x", VIDEO, FileKind.VIDEO),
        ("x.vtt", CAPTIONS, FileKind.CAPTIONS), ("x.pdf", b"%PDF-1.7", FileKind.DOCUMENT), ("x.docx", b"PK\x03\x04", FileKind.DOCUMENT),
        ("x.csv", b"a;b", FileKind.DOCUMENT), ("x.html", b"<html>", None), ("x.svg", b"<svg>", None), ("x.exe", b"MZ", None),
        ("x.js", b"alert(1)", None), ("x.png", b"<html>", None), ("x.jar", b"PK\x03\x04", None), ("x.txt", b"a\0b", None),
    ],
)  # fmt: skip
def test_a_file_is_what_its_first_bytes_say(name: str, head: bytes, kind: FileKind | None):
    found = kinds.told(name, head)
    assert (found.kind if found else None) is kind


def test_videos_say_how_long_they_are():
    assert kinds.seconds_of_mp4(MP4) == 90.5
    assert kinds.seconds_of_webm(VIDEO) == pytest.approx(4, abs=0.3)
    for broken in (b"", b"\x00" * 40, MP4[:30], b"\x44\x89", b"\x44\x89\x88\x00"):
        assert kinds.seconds_of_mp4(broken) is None
        assert kinds.seconds_of_webm(broken) is None


# --- Watching ---


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([], []),
        ([[0, 5], [4, 8]], [[0, 8]]),
        ([[6, 9], [0, 5.5]], [[0, 9]]),
        ([[0, 2], [5, 50]], [[0, 2], [5, 10]]),
        ([[3, 1]], []),
    ],
)
def test_what_was_seen_is_joined(spans: Any, found: Any):
    assert watching.joined(spans, 10) == found


def test_the_end_alone_is_not_the_whole():
    assert not watching.is_watched([[97.0, 100.0]], 100)
    assert not watching.is_watched([[0.0, 96.0]], 100)
    assert watching.is_watched([[2.0, 99.0]], 100)
    assert not watching.is_watched([], 0)
    assert watching.is_plausible([], [[0.0, 20.0]], 0)
    assert not watching.is_plausible([[0.0, 10.0]], [[0.0, 600.0]], 60)


# --- Texts ---


def test_a_callout_has_its_kind_and_a_title_in_the_language_of_the_text():
    html = article.render("> [!WARNING]\n> Never **promise**.\n\n> [!TIP] My own\n\n> plain\n\n> [!OTHER] x", "es")
    assert (
        '<blockquote class="h-callout h-callout--warning">\n<p><strong>Atención</strong><br>\nNever <strong>promise</strong>.</p>'
        in html
    )
    assert '<blockquote class="h-callout h-callout--tip">\n<p><strong>My own</strong></p>' in html
    assert "<blockquote>\n<p>plain</p>" in html
    assert "[!OTHER] x" in html
    assert "<p class" not in article.render('<p class="evil">x</p>')


# --- On screen ---


def send(client: Any, module: Module, content: bytes, name: str, **said: str) -> Any:
    data = {"file": (io.BytesIO(content), name), "alt_en": "", "alt_es": "", "language": "en", **said}
    return client.post(f"/curriculum/modules/{module.id}/files", data=data, content_type="multipart/form-data")


def test_files_are_added_shown_in_texts_and_taken_off_the_list(session, people, module, as_user):
    client = as_user(people.tomas)
    assert "Say in both languages" in send(client, module, PNG, "a.png", alt_en="A form").get_data(as_text=True)
    assert send(client, module, b"<script>", "a.html").status_code == 422
    assert send(client, module, b"", "a.png").status_code == 422
    assert session.query(ModuleFile).count() == 0
    assert (
        send(client, module, PNG, "..\\..\\Ein Bild?.png", alt_en="A [form]", alt_es="Un formulario").status_code == 302
    )
    assert send(client, module, b"%PDF-1.4", "guide.pdf").status_code == 302
    picture, document = session.scalars(select(ModuleFile).order_by(ModuleFile.id)).all()
    page = as_user(people.tomas, "es").get(f"/curriculum/modules/{module.id}/files").get_data(as_text=True)
    assert f"![Un formulario](&lt;/curriculum/files/{picture.id}/Ein-Bild-.png&gt;)" in page
    with client.application.test_request_context():
        module.body_en = f"{picture.markdown('en')}\n\n{document.markdown('en')}"
        address = picture.address
    session.commit()
    page = as_user(people.ana).get(f"/curriculum/modules/{module.id}").get_data(as_text=True)
    assert f'<img src="{address}" alt="A (form)">' in page
    client.post(f"/curriculum/modules/{module.id}/files/{picture.id}/retire")
    assert (
        "Ein-Bild"
        not in client.get(f"/curriculum/modules/{module.id}/files")
        .get_data(as_text=True)
        .split("Add a file")[0]
        .split("On the list")[1]
    )
    shown = as_user(people.ana).get(address, buffered=True)
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", PNG)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    saved = as_user(people.ana).get(f"/curriculum/files/{document.id}/x.html", buffered=True)
    assert saved.mimetype == "application/pdf"
    assert saved.headers["Content-Disposition"] == "attachment; filename=guide.pdf"


def test_who_may_add_and_who_sees(session, people, module, as_user):
    send(as_user(people.tomas), module, PNG, "a.png", alt_en="A", alt_es="B")
    file = session.scalars(select(ModuleFile)).one()
    address, files = f"/curriculum/files/{file.id}/a.png", f"/curriculum/modules/{module.id}/files"
    for person in (people.ana, people.paola, people.carmen, people.ivan):
        assert as_user(person).get(files).status_code == 403
        assert as_user(person).post(f"{files}/{file.id}/retire").status_code == 403
        assert as_user(person).post(f"{files}/{file.id}/main").status_code == 403
        assert as_user(person).get(address, buffered=True).status_code == 200
    assert as_user(None).get(address).status_code == 302
    give(session, people.ana, module)
    module.state = ModuleState.RETIRED
    session.commit()
    assert as_user(people.paola).get(address).status_code == 404
    assert as_user(people.ana).get(address, buffered=True).status_code == 200  # it was given to her before
    assert as_user(people.tomas).post(f"/curriculum/modules/{module.id + 9}/files/{file.id}/retire").status_code == 404


@pytest.fixture
def film(session: Any, people: Any, module: Module, as_user: Any) -> Module:
    """A module made of a video of 4 seconds, with captions; what was sent made it so by itself."""
    module.kind, module.state, module.body_en, module.body_es = ModuleKind.VIDEO, ModuleState.DRAFT, "", ""
    session.commit()
    client = as_user(people.tomas)
    assert client.post(f"/curriculum/modules/{module.id}/publish", data={}).status_code == 409
    send(client, module, VIDEO, "tone.webm")
    send(client, module, CAPTIONS, "es.vtt", language="es")
    assert client.post(f"/curriculum/modules/{module.id}/publish", data={}).status_code == 302
    return session.get(Module, module.id)


def test_a_video_is_shown_with_captions_and_in_parts(session, people, film, as_user):
    page = as_user(people.ana, "es").get(f"/curriculum/modules/{film.id}").get_data(as_text=True)
    assert f'src="{film.url}"' in page
    assert 'srclang="es"' in page
    assert "data-watch" not in page
    part = as_user(people.ana).get(film.url, headers={"Range": "bytes=0-3"}, buffered=True)
    assert (part.status_code, part.data, part.mimetype) == (206, VIDEO[:4], "video/webm")


def test_a_video_is_completed_by_seeing_it_to_its_end(session, people, film, as_user):
    given = give(session, people.ana, film)
    client, address = as_user(people.ana, "es"), f"/curriculum/learn/{given.id}"
    page = client.get(address).get_data(as_text=True)
    assert "data-watch" in page
    assert "Mark as completed" not in page
    assert client.post(f"{address}/complete").status_code == 409
    told = client.post(f"{address}/watched", data={"spans": "[[3, 4]]", "place": "4"}).get_json()
    assert told["done"] is False
    followed = as_user(people.paola).get(f"/curriculum/assignments/{given.id}").get_data(as_text=True)
    assert "Seen of the video" in followed
    for bad in ("", "[[1]]", "[[-1, 3]]", '[["a", 1]]', "[[0, NaN]]", "{}1"):
        assert client.post(f"{address}/watched", data={"spans": bad}).status_code == 400, bad
    for person in (people.paola, people.sol, people.tomas):
        assert as_user(person).post(f"{address}/watched", data={"spans": "[]"}).status_code in (403, 404)
    assert client.post(f"{address}/watched", data={"spans": "[[0, 3.2]]", "place": "3"}).get_json() == {
        "share": 1.0,
        "done": True,
    }
    found = session.get(Assignment, given.id)
    assert (found.state, found.language, found.score) == (AssignmentState.COMPLETED, "es", None)
    assert session.scalars(select(ModuleWatch)).one().place == 3.0


def test_more_than_time_has_passed_for_is_not_believed(session, people, film):
    given = give(session, people.ana, film)
    video = services.video_of(session, film)
    video.seconds = 600.0
    facts = {"place": 0.0, "language": "en"}
    services.watch(session, given, video, [[0, 600]], **facts, on=ON)
    assert session.scalars(select(ModuleWatch)).one().spans == []
    for minutes in (2, 4, 6):
        services.watch(
            session, given, video, [[(minutes - 2) * 100, minutes * 100]], **facts, on=ON + timedelta(minutes=minutes)
        )
    assert given.state is AssignmentState.COMPLETED


def test_another_video_for_what_is_published_waits_in_the_draft(session, people, film, as_user):
    send(as_user(people.tomas), film, VIDEO, "newer.webm")
    newer = session.scalars(select(ModuleFile).where(ModuleFile.name == "newer.webm")).one()
    as_user(people.tomas).post(f"/curriculum/modules/{film.id}/files/{newer.id}/main")
    assert "tone.webm" in session.get(Module, film.id).url
    assert "newer.webm" in session.get(ModuleDraft, film.id).url


def test_a_file_to_read_is_downloaded_and_marked_by_who_reads(session, people, module, as_user):
    module.kind, module.state, module.url = ModuleKind.FILE, ModuleState.DRAFT, None
    session.commit()
    send(as_user(people.tomas), module, b"%PDF-1.4", "guide.pdf")
    as_user(people.tomas).post(f"/curriculum/modules/{module.id}/publish", data={})
    given = give(session, people.ana, session.get(Module, module.id))
    page = as_user(people.ana).get(f"/curriculum/learn/{given.id}").get_data(as_text=True)
    assert "Download guide.pdf" in page
    curriculum.complete(session, given, on=ON, language="en")


def test_a_file_too_large_is_refused(app):
    with app.test_request_context(), pytest.raises(Refused, match="at most 1 MB"):
        services.keep(io.BytesIO(CAPTIONS + b"x" * 2_000_000), name="a.vtt")
