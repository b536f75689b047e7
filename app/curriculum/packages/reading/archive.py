"""The files of an archive that somebody sent: each checked before any is read, and read no further than it said."""

from __future__ import annotations

import contextlib
import lzma
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any, Self

from flask_babel import gettext as _

from app.core.errors import Refused

LARGEST = 300 * 1024**2
"""Bytes of an archive."""
LARGEST_UNPACKED = 1024**3
MOST_FILES = 10_000
LONGEST_NAME = 240
STEEPEST = 100
"""An archive that unpacks to more than so many times its size is none that people make."""
SMALL = 10 * 1024**2
"""Up to here the ratio does not matter."""

EXECUTABLE = {
    "exe", "msi", "com", "scr", "pif", "bat", "cmd", "ps1", "vbs", "vbe", "wsf", "hta", "lnk", "dll", "sys", "cpl", "jar",
    "app", "apk", "deb", "rpm", "dmg", "pkg", "sh", "reg",
}  # fmt: skip
DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What the ways of packing raise when what they unpack was not packed by them: each its own error, bzip2 an `OSError`, a
way that `zipfile` does not know a `NotImplementedError`, a wrong place or password a `ValueError` or `RuntimeError`."""
DROPPINGS = {".ds_store", "thumbs.db", "desktop.ini"}
"""What file managers leave behind: not part of the content."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive, under the name by which the content asks for it."""

    name: str
    info: zipfile.ZipInfo


def opened(stream: IO[bytes]) -> zipfile.ZipFile:
    """The archive; `Refused` when it is none."""
    try:
        return zipfile.ZipFile(stream)
    except DAMAGE as error:
        raise Refused(_("The file is not a ZIP archive, or it is damaged.")) from error


def entries(archive: zipfile.ZipFile, size: int) -> list[Entry]:
    """Its files, checked by name, kind, number and size; `Refused` names the one that is in the way."""
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise Refused(_("The package holds more than %(most)s files.", most=MOST_FILES))
    unpacked = sum(info.file_size for info in infos)
    if unpacked > LARGEST_UNPACKED or (unpacked > SMALL and unpacked > STEEPEST * size):
        raise Refused(_("The package unpacks to far more than a package of its size should. It was not accepted."))
    found = [Entry(_name(info), info) for info in infos if not info.is_dir()]
    found = [one for one in found if not _is_dropping(one.name)]
    for one in found:
        _check(one)
    _must_not_collide(found)
    return found


class Unpacking:
    """A file of an archive as it is unpacked: `Refused` once it turns out to be damaged.

    Only what unpacking itself raises is that; what goes wrong where the bytes are kept is somebody else's.
    """

    def __init__(self, archive: zipfile.ZipFile, entry: Entry) -> None:
        self.entry = entry
        self.file = self._careful(archive.open, entry.info)

    def read(self, most: int = -1) -> bytes:
        return self._careful(self.file.read, most)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()

    def _careful(self, deed: Callable[..., Any], *facts: Any) -> Any:
        try:
            return deed(*facts)
        except DAMAGE as error:
            raise damaged(self.entry) from error


def read(archive: zipfile.ZipFile, entry: Entry, largest: int) -> bytes:
    """The bytes of a small file; `Refused` when it is larger than that, or damaged."""
    with Unpacking(archive, entry) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise Refused(_("“%(file)s” is too large to be read.", file=entry.name))
    return content


def damaged(entry: Entry) -> Refused:
    """What to say of a file that can't be unpacked."""
    return Refused(_("“%(file)s” can't be unpacked: the archive is damaged. Create the ZIP again.", file=entry.name))


def _name(info: zipfile.ZipInfo) -> str:
    """The name in the archive. Without the flag for UTF-8 the reader took it for code page 437; often it was UTF-8."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _is_dropping(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].casefold() in DROPPINGS


def _check(entry: Entry) -> None:
    name, info = entry.name, entry.info
    if info.flag_bits & 0x1:
        raise Refused(_("“%(file)s” is encrypted. Make the ZIP without a password.", file=name))
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Refused(_("“%(file)s” is a link or a device, not a file. Put the file itself in.", file=name))
    if not is_plain(name):
        raise Refused(
            _(
                "“%(file)s” is not a valid file name in a package: it must be relative, with / between folders.",
                file=name,
            )
        )
    if name.rpartition(".")[2].casefold() in EXECUTABLE:
        raise Refused(_("“%(file)s” is a program for a computer, which no package needs. Take it out.", file=name))


def is_plain(name: str) -> bool:
    """Whether it is a relative name that stays where it is: no way up, no drive, no backslash, no control character."""
    parts = name.split("/")
    return (
        0 < len(name) <= LONGEST_NAME
        and not any(unicodedata.category(letter) in ("Cc", "Cs") or letter in "\\:" for letter in name)
        and all(part not in ("", ".", "..") for part in parts)
    )


def _must_not_collide(found: Iterable[Entry]) -> None:
    known: dict[str, str] = {}
    for one in found:
        other = known.setdefault(one.name.casefold(), one.name)
        if other is not one.name:
            raise Refused(
                _(
                    "“%(one)s” and “%(other)s” are the same name to many computers. Rename one.",
                    one=other,
                    other=one.name,
                )
            )
