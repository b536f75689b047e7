"""The Spanish catalogue: `update` brings it up to date with the code, `check` says whether it is complete and true.

Checked: nothing missing, fuzzy or no longer used; the same placeholders in both languages; valid to gettext's own tools.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"
KEYWORDS = ("_l", "lazy_gettext", "pgettext:1c,2", "npgettext:1c,2,3", "lazy_pgettext:1c,2", "lazy_ngettext:1,2")
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]?[\d.]*[diouxXeEfFgGcrsa]|%%|\{\w*\}")
SHOWN = 20


def extract(target: Path) -> None:
    """Write what the code and the templates ask to be translated into `target`: the one place that says how."""
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    _babel(
        "extract",
        "-F",
        "babel.cfg",
        *keywords,
        "-c",
        "Translators:",
        "--sort-by-file",
        "--project=Hilo",
        "-o",
        str(target),
        ".",
    )


def update() -> None:
    """Merge what was extracted into the catalogue, drop what is no longer used, and compile it."""
    with TemporaryDirectory() as folder:
        template = Path(folder, "messages.pot")
        extract(template)
        _babel(
            "update",
            "-i",
            str(template),
            "-d",
            "translations",
            "-l",
            "es",
            "--no-fuzzy-matching",
            "--ignore-obsolete",
            "-w",
            "120",
        )
    _babel("compile", "-d", "translations")


def check() -> list[str]:
    """What is wrong with the catalogue, one line each."""
    with TemporaryDirectory() as folder:
        template = Path(folder, "messages.pot")
        extract(template)
        with template.open("rb") as file:
            wanted = read_po(file, ignore_obsolete=True)
    with CATALOGUE.open("rb") as file:
        found = read_po(file, locale="es")
    return [*_differences(wanted, found), *_faults(found), *_gettext_faults()]


def _differences(wanted: Catalog, found: Catalog) -> Iterator[str]:
    wanted_keys = {_key(message): message for message in wanted if message.id}
    found_keys = {_key(message): message for message in found if message.id}
    for key in wanted_keys.keys() - found_keys.keys():
        yield f"not in the catalogue: {_name(wanted_keys[key])}"
    for key in found_keys.keys() - wanted_keys.keys():
        yield f"no longer used: {_name(found_keys[key])}"
    if found.obsolete:
        yield f"{len(found.obsolete)} obsolete entries kept as comments"


def _faults(found: Catalog) -> Iterator[str]:
    for message in found:
        if not message.id:
            continue
        texts = list(message.string) if isinstance(message.string, tuple | list) else [message.string]
        if not all(texts):
            yield f"not translated: {_name(message)}"
        elif message.fuzzy:
            yield f"fuzzy: {_name(message)}"
        elif unlike := [text for text in texts if not _agrees(message, str(text))]:
            yield f"other placeholders than {_name(message)}: {unlike[0]}"


def _agrees(message: Message, text: str) -> bool:
    """A translation has the placeholders of its message; of a plural, those of either form."""
    originals = message.id if isinstance(message.id, tuple | list) else [message.id]
    own = sorted(PLACEHOLDER.findall(text))
    return any(sorted(PLACEHOLDER.findall(original)) == own for original in originals)


def _gettext_faults() -> list[str]:
    """What msgfmt says, where it is installed; Babel's own checks else."""
    if msgfmt := shutil.which("msgfmt"):
        said = subprocess.run(
            [msgfmt, "-c", "-o", "/dev/null", str(CATALOGUE)], capture_output=True, text=True, check=False
        )
        return said.stderr.splitlines() if said.returncode else []
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="es")
    return [f"{_name(message)}: {error}" for message, errors in catalogue.check() for error in errors]


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id[0] if isinstance(message.id, tuple | list) else message.id


def _name(message: Message) -> str:
    place = f"{message.locations[0][0]}: " if message.locations else ""
    return f"{place}{_key(message)[1]!r}"


def _babel(*arguments: str) -> None:
    CommandLineInterface().run(["pybabel", "--quiet", *arguments])


def main(arguments: list[str]) -> int:
    if arguments == ["update"]:
        update()
        return 0
    if arguments != ["check"]:
        print("Usage: python scripts/translations.py update|check", file=sys.stderr)
        return 2
    problems = sorted(check())
    for problem in problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"… {len(problems) - SHOWN} more", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    import os

    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
