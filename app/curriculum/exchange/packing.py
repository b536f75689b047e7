"""The curriculum with its files, on its way out: the file itself, a list of what comes with it, and the bytes."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from typing import IO, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core import blobs
from app.core.i18n import LANGUAGES
from app.curriculum.exchange.leaving import written
from app.curriculum.exchange.shape import ARCHIVED, FILES, IN_MEMORY, VERSION
from app.curriculum.files.models import ModuleFile
from app.curriculum.models import Module
from app.curriculum.packages.models import Package, PackageFile

Told = dict[str, Any]


def archived(session: Session) -> IO[bytes]:
    """The archive, at its beginning, on disk when it is large. Bytes that several modules have are in it once."""
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- who sends it closes it
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(ARCHIVED, written(session))
        files, packages = _files(session), _packages(session)
        archive.writestr(FILES, json.dumps({"version": VERSION, "files": files, "packages": packages}, indent=1))
        for name in dict.fromkeys(one["file"] for one in files):
            archive.write(blobs.path_of(name.rpartition("/")[2]), name, zipfile.ZIP_STORED)
        for name in dict.fromkeys(one["file"] for one in packages):
            number = int(name.rpartition("/")[2].removesuffix(".zip"))
            with archive.open(name, "w", force_zip64=True) as held:
                _zip(session, number, held)
    out.seek(0)
    return out


def _files(session: Session) -> list[Told]:
    rows = select(Module.code, ModuleFile).join(Module, Module.id == ModuleFile.module_id)
    return [
        {
            "module": code,
            "name": one.name,
            "alt_en": one.alt_en,
            "alt_es": one.alt_es,
            "language": one.language,
            "retired": one.retired,
            "address": one.address,
            "file": f"files/{one.sha256}",
        }
        for code, one in session.execute(rows.order_by(Module.code, ModuleFile.id))
    ]


def _packages(session: Session) -> list[Told]:
    has = or_(Module.package_en_id.is_not(None), Module.package_es_id.is_not(None))
    names = dict(session.execute(select(Package.id, Package.name)).all())
    found = []
    for module in session.scalars(select(Module).where(has).order_by(Module.code)):
        by_number: dict[int, list[str]] = {}
        for code in LANGUAGES:
            number = getattr(module, f"package_{code}_id")
            if number is not None:
                by_number.setdefault(number, []).append(code)
        for number, codes in by_number.items():
            name = f"packages/{number}.zip"
            found.append({"module": module.code, "languages": codes, "name": names[number], "file": name})
    return found


def _zip(session: Session, package_id: int, out: IO[bytes]) -> None:
    """The package as an archive of its own, put together from its files."""
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            files = select(PackageFile).where(PackageFile.package_id == package_id).order_by(PackageFile.key)
            for file in session.scalars(files):
                archive.write(blobs.path_of(file.sha256), file.name)
        made.seek(0)
        shutil.copyfileobj(made, out)
