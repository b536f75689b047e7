"""What comes with a curriculum: each file and package looked at as an upload is, and known again by its bytes."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Refused
from app.core.problems import BadFile, Problem
from app.curriculum.exchange.arrival import Arrival
from app.curriculum.exchange.leaving import Told
from app.curriculum.exchange.shape import (
    ARCHIVED,
    FILE,
    FILES,
    IN_MEMORY,
    MOST_BYTES,
    PACKAGE,
    ExchangeProblem,
    entry_problem,
    faults,
)
from app.curriculum.files import services as files
from app.curriculum.files.models import ModuleFile
from app.curriculum.models import Module
from app.curriculum.packages import services as packages
from app.curriculum.packages.models import Package, PackageFile
from app.curriculum.packages.reading import archive as archives

ADDRESS = re.compile(r"/curriculum/files/\d{1,18}/[\w.-]+")
TEXTS = ("url", "body_en", "body_es")


@dataclass(slots=True)
class Carried:
    """Files and packages by the code of their module, looked at and kept; none of them stored yet."""

    files: dict[str, list[tuple[Told, ModuleFile]]] = field(default_factory=dict)
    packages: dict[str, list[tuple[Told, Package, list[dict[str, Any]]]]] = field(default_factory=dict)
    addresses: dict[str, dict[str, str]] = field(default_factory=dict)
    """By module: where a file is here, by where it was."""

    def meet(self, session: Session, wanted: dict[str, Told], here: dict[str, Told]) -> None:
        """Name in `wanted` what is here already by its address here; what is not makes its module differ."""
        rows = select(Module.code, ModuleFile).join(Module, Module.id == ModuleFile.module_id)
        known = {
            (code, one.name, one.sha256): one.address
            for code, one in session.execute(rows.where(Module.code.in_(self.files)))
        }
        modules = {one.code: one for one in session.scalars(select(Module).where(Module.code.in_(self.packages)))}
        for code in set(self.files) | set(self.packages):
            found = self.addresses.setdefault(code, {})
            for told, file in self.files.get(code, ()):
                if address := known.get((code, file.name, file.sha256)):
                    found[told["address"]] = address
            if code in wanted:
                wanted[code] |= self._readdressed(code, wanted[code])
            if code in here and self._brings(session, code, modules.get(code)):
                here[code] = {}

    def _brings(self, session: Session, code: str, module: Module | None) -> bool:
        if any(told["address"] not in self.addresses[code] for told, _file in self.files.get(code, ())):
            return True
        return any(
            not _is_same(session, getattr(module, f"package_{language}_id", None), kept)
            for told, _package, kept in self.packages.get(code, ())
            for language in told["languages"]
        )

    def bring(self, arrival: Arrival, module: Module, told: Told) -> dict[str, Any]:
        """Store what comes with a module and is not here yet; returns what of its content is another by that."""
        code, session, content = module.code, arrival.session, {}
        for one, file in self.files.get(code, ()):
            if one["address"] not in self.addresses[code]:
                self._add(arrival, module, one, file)
        for one, package, kept in self.packages.get(code, ()):
            here = [getattr(module, f"package_{language}_id") for language in one["languages"]]
            if not all(_is_same(session, number, kept) for number in here):
                packages.install(session, package, kept, by=arrival.brought_by, on=arrival.on)
                content |= {f"package_{language}_id": package.id for language in one["languages"]}
        return content | (self._readdressed(code, told) if code in self.files else {})

    def _add(self, arrival: Arrival, module: Module, told: Told, file: ModuleFile) -> None:
        words = {name: told[name] for name in ("alt_en", "alt_es", "language")}
        try:
            files.add(arrival.session, module, file, **words, by=arrival.brought_by, on=arrival.on)
        except Refused as refusal:
            arrival.wrong("files", f"{module.code}/{told['name']}", str(refusal))
            return
        file.retired = told["retired"]
        self.addresses[module.code][told["address"]] = file.address

    def _readdressed(self, code: str, told: Told) -> dict[str, Any]:
        found = self.addresses[code]
        return {
            name: ADDRESS.sub(lambda there: found.get(there[0], there[0]), told[name])
            for name in TEXTS
            if told.get(name)
        }


def _is_same(session: Session, package_id: int | None, kept: list[dict[str, Any]]) -> bool:
    here = select(PackageFile.key, PackageFile.sha256).where(PackageFile.package_id == package_id)
    return package_id is not None and set(session.execute(here).all()) == {(one["key"], one["sha256"]) for one in kept}


# --- Looking at what came ---


def is_archive(stream: IO[bytes]) -> bool:
    """Whether it begins as a ZIP does; back at its beginning."""
    head = stream.read(4)
    stream.seek(0)
    return head == b"PK\x03\x04"


def unpacked(stream: IO[bytes]) -> tuple[bytes, Carried]:
    """(the curriculum, what comes with it). Raises `BadFile` with all that is not taken; touches no database."""
    size = stream.seek(0, 2)
    stream.seek(0)
    problems: list[Problem] = []
    try:
        with archives.opened(stream) as opened:
            held = {one.name: one for one in archives.entries(opened, size)}
            for name in (ARCHIVED, FILES):
                if name not in held:
                    raise Refused(_("“%(file)s” is not in the archive.", file=name))
            curriculum = archives.read(opened, held[ARCHIVED], MOST_BYTES)
            listed = _listed(archives.read(opened, held[FILES], MOST_BYTES), problems)
            carried = _looked_at(opened, held, listed, problems)
    except Refused as refusal:
        raise BadFile(Problem(ExchangeProblem.NOT_ONE, value=str(refusal))) from refusal
    if problems:
        raise BadFile(*problems)
    return curriculum, carried


def _listed(content: bytes, problems: list[Problem]) -> dict[str, list[Told]]:
    try:
        told = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error
    found: dict[str, list[Told]] = {}
    for name, spec in (("files", FILE), ("packages", PACKAGE)):
        rows = told.get(name) if isinstance(told, dict) else None
        if not isinstance(rows, list):
            raise Refused(_("“%(file)s” has no list “%(name)s”.", file=FILES, name=name))
        wrong = [(place, fault) for place, row in enumerate(rows, start=1) for fault in faults(row, spec)]
        problems += [entry_problem(name, str(place), fault) for place, fault in wrong]
        found[name] = [] if wrong else rows
    return found


def _looked_at(
    opened: zipfile.ZipFile, held: dict[str, archives.Entry], listed: dict[str, list[Told]], problems: list[Problem]
) -> Carried:
    carried = Carried()

    def take(name: str, told: Told, look: Callable[[IO[bytes]], None]) -> None:
        try:
            with _spooled(opened, held, told["file"]) as stream:
                look(stream)
        except Refused as refusal:
            problems.append(entry_problem(name, f"{told['module']}/{told['name']}", str(refusal)))

    for one in listed["files"]:

        def look_at_file(stream: IO[bytes], one: Told = one) -> None:
            carried.files.setdefault(one["module"], []).append((one, files.keep(stream, name=one["name"])))

        take("files", one, look_at_file)
    for one in listed["packages"]:

        def look_at_package(stream: IO[bytes], one: Told = one) -> None:
            size = stream.seek(0, 2)
            stream.seek(0)
            package, kept = packages.read(stream, size, name=one["name"])
            carried.packages.setdefault(one["module"], []).append((one, package, kept))

        take("packages", one, look_at_package)
    return carried


@contextmanager
def _spooled(opened: zipfile.ZipFile, held: dict[str, archives.Entry], name: str) -> Iterator[IO[bytes]]:
    """A file of the archive, at its beginning."""
    if name not in held:
        raise Refused(_("“%(file)s” is not in the archive.", file=name))
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as made:
        with archives.Unpacking(opened, held[name]) as file:
            shutil.copyfileobj(file, made)
        made.seek(0)
        yield made
