"""Bytes kept in the data folder under the hash of their content: written once, never changed, found by every process.

Names that people gave their files never become names on the disk: they are columns of whoever keeps the file.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flask import Response, current_app, request, send_file

CHUNK = 1 << 16


class Readable(Protocol):
    """What gives its bytes bit by bit."""

    def read(self, most: int = ..., /) -> bytes: ...


class TooLarge(Exception):
    """More bytes came than were allowed."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What was kept."""

    sha256: str
    size: int


def keep(stream: Readable, *, largest: int) -> Blob:
    """Keep what the stream holds; raises `TooLarge` beyond so many bytes, and then keeps nothing."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in _chunks(stream):
                size += len(chunk)
                if size > largest:
                    raise TooLarge
                digest.update(chunk)
                file.write(chunk)
        target = path_of(digest.hexdigest())
        target.parent.mkdir(mode=0o700, exist_ok=True)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Blob(digest.hexdigest(), size)


def path_of(sha256: str) -> Path:
    """Where bytes of this hash are kept."""
    return _folder() / sha256[:2] / sha256


def handed_out(sha256: str, type: str, *, save_as: str | None = None) -> Response:
    """The answer that hands them out: again only when they are another's, in parts where that is asked for."""
    if sha256 in request.if_none_match:
        answer = Response(status=304)
        answer.set_etag(sha256)
    else:
        path, as_saved = path_of(sha256), save_as is not None
        answer = send_file(path, type, as_attachment=as_saved, download_name=save_as, etag=sha256, max_age=3600)
        if close := getattr(answer.response, "close", None):
            answer.call_on_close(close)  # compressing wraps what is sent, and forgets to close it
    answer.cache_control.private = True
    return answer


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "uploads" / "blobs"


def _chunks(stream: Readable) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk
