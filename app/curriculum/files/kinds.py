"""What a file of a module may be: told by its first bytes, never by what the browser said. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    PICTURE = "picture"
    VIDEO = "video"
    CAPTIONS = "captions"
    DOCUMENT = "document"


MEGABYTE = 1024**2
LARGEST = {
    FileKind.PICTURE: 10 * MEGABYTE,
    FileKind.VIDEO: 300 * MEGABYTE,
    FileKind.CAPTIONS: MEGABYTE,
    FileKind.DOCUMENT: 50 * MEGABYTE,
}
HEAD = 4096
"""So many first bytes tell what a file is."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIPPED = {
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
}
_SOUNDS = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
ACCEPTED = ".png,.jpg,.jpeg,.gif,.webp,.mp4,.webm,.vtt,.pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.zip,.txt,.csv,.mp3,.m4a"


@dataclass(frozen=True, slots=True)
class Told:
    """What a file is."""

    kind: FileKind
    type: str


def told(name: str, head: bytes) -> Told | None:
    """What a file is by its first bytes, and its name where these leave it open; None for what is not taken."""
    return _picture(head) or _video(head) or _text(name, head) or _document(name, head)


def _picture(head: bytes) -> Told | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Told(FileKind.PICTURE, "image/png")
    if head.startswith(b"\xff\xd8\xff"):
        return Told(FileKind.PICTURE, "image/jpeg")
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Told(FileKind.PICTURE, "image/gif")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Told(FileKind.PICTURE, "image/webp")
    return None


def _video(head: bytes) -> Told | None:
    if head[4:8] == b"ftyp" and head[8:12] not in (b"M4A ", b"M4B ", b"heic", b"avif", b"mif1"):
        return Told(FileKind.VIDEO, "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return Told(FileKind.VIDEO, "video/webm")
    return None


def _text(name: str, head: bytes) -> Told | None:
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return Told(FileKind.CAPTIONS, "text/vtt")
    ending = _ending(name)
    if ending in ("txt", "csv") and b"\0" not in head:
        return Told(FileKind.DOCUMENT, "text/csv" if ending == "csv" else "text/plain")
    return None


def _document(name: str, head: bytes) -> Told | None:
    ending = _ending(name)
    if head.startswith(b"%PDF-"):
        return Told(FileKind.DOCUMENT, "application/pdf")
    if head.startswith(b"PK\x03\x04") and ending in _ZIPPED:
        return Told(FileKind.DOCUMENT, _ZIPPED[ending])
    sounds = head.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3")) or head[4:12] == b"ftypM4A "
    if sounds and ending in _SOUNDS:
        return Told(FileKind.DOCUMENT, _SOUNDS[ending])
    return None


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


# --- How long a video is ---


def seconds_of_mp4(content: bytes) -> float | None:
    """The length its movie header gives, from `moov` to `mvhd`."""
    movie = _box(content, b"moov")
    header = _box(movie, b"mvhd") if movie is not None else None
    if header is None or len(header) < 32:
        return None
    if header[0] == 1:
        scale, length = struct.unpack_from(">IQ", header, 20)
    else:
        scale, length = struct.unpack_from(">II", header, 12)
    return length / scale if scale else None


def _box(content: bytes, wanted: bytes) -> bytes | None:
    """What the first box of that name holds."""
    place = 0
    while place + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, place)
        start = place + 8
        if size == 1 and start + 8 <= len(content):
            (size,) = struct.unpack_from(">Q", content, start)
            start += 8
        if name == wanted:
            return content[start : place + size] if size else content[start:]
        if size < 8:
            return None
        place += size
    return None


def seconds_of_webm(head: bytes) -> float | None:
    """The length its segment information gives."""
    scale_at, length_at = head.find(b"\x2a\xd7\xb1"), head.find(b"\x44\x89")
    if length_at < 0 or length_at + 3 > len(head):
        return None
    scale = 1_000_000
    if 0 <= scale_at < len(head) - 8:
        scale = int.from_bytes(head[scale_at + 4 : scale_at + 4 + (head[scale_at + 3] & 0x7F)], "big") or scale
    wide = head[length_at + 2] & 0x7F
    try:
        (length,) = struct.unpack_from({4: ">f", 8: ">d"}[wide], head, length_at + 3)
    except (KeyError, struct.error):
        return None
    return float(length) * scale / 1e9
