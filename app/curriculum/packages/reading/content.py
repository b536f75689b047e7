"""What a package says of itself: its kind, its title, its table of contents."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException
from flask_babel import gettext as _

from app.core.errors import Refused
from app.curriculum.packages.reading.archive import Entry, read
from app.curriculum.packages.rules import Item, PackageFormat

LARGEST_MANIFEST = 4 * 1024**2
MANIFEST, COURSE = "imsmanifest.xml", "cmi5.xml"


@dataclass(frozen=True, slots=True)
class Content:
    """What a package holds."""

    format: PackageFormat
    edition: str
    """As the package names it; empty where the format says it all."""
    identifier: str
    title: dict[str, str]
    items: tuple[Item, ...]
    sequencing: dict[str, Any] | None = None
    """Its activities with the rules about their order, where it has such rules."""


def find(found: list[Entry]) -> tuple[str, Entry]:
    """(the folder all is in, the file that tells what the package holds): at the root, or in the one folder there is."""
    for name in (COURSE, MANIFEST):
        at = [one for one in found if one.name.casefold().rsplit("/", 1)[-1] == name and one.name.count("/") <= 1]
        at.sort(key=lambda one: one.name.count("/"))
        if at and ("/" not in at[0].name or len({one.name.split("/")[0] for one in found}) == 1):
            return at[0].name[: -len(name)], at[0]
    raise Refused(
        _("This is not a SCORM or cmi5 package: it has neither imsmanifest.xml nor cmi5.xml in its first folder.")
    )


def tell(archive: zipfile.ZipFile, entry: Entry, names: Mapping[str, str]) -> Content:
    """What the package holds; `names` are those of its files, by their casefolded form. `Refused` says what is wrong."""
    from app.curriculum.packages.reading import course, manifest

    root = _parsed(read(archive, entry, LARGEST_MANIFEST), entry.name)
    reader = course if entry.name.casefold().endswith(COURSE) else manifest
    content = reader.content(root)
    played = [item for item in content.items if item.href is not None]
    if not played:
        raise Refused(_("The package names nothing that could be played."))
    if len({item.id for item in content.items}) < len(content.items):
        raise Refused(_("Two parts of the package have the same identifier."))
    for item in played:
        _must_be_there(item, names)
    return content


def _must_be_there(item: Item, names: Mapping[str, str]) -> None:
    href = str(item.href)
    if "://" in href or href.startswith(("/", "//")):
        raise Refused(
            _(
                "“%(part)s” is elsewhere (%(address)s). Only what is inside a package can be played.",
                part=item.title_in("en"),
                address=href[:100],
            )
        )
    if file_of(href).casefold() not in names:
        raise Refused(
            _(
                "“%(part)s” starts with “%(file)s”, which is not in the package.",
                part=item.title_in("en"),
                file=file_of(href)[:200],
            )
        )


def file_of(href: str) -> str:
    """The file an address inside the package asks for."""
    from urllib.parse import unquote

    return unquote(href.split("#")[0].split("?")[0])


def _parsed(content: bytes, name: str) -> Element:
    try:
        return defusedxml.ElementTree.fromstring(content, forbid_dtd=False)
    except DefusedXmlException as error:
        raise Refused(_("“%(file)s” defines entities, which no package needs. It was not read.", file=name)) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(_("“%(file)s” is not well-formed XML: %(why)s", file=name, why=str(error)[:200])) from error


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Element | None, name: str) -> Element | None:
    """The first child of that name, in whatever namespace."""
    return next((one for one in element if local(one) == name), None) if element is not None else None


def children(element: Element | None, name: str) -> list[Element]:
    return [one for one in element if local(one) == name] if element is not None else []


def words(element: Element | None) -> str:
    """The text of an element, on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def attribute(element: Element | None, name: str) -> str:
    """The value of an attribute, in whatever namespace and case of letters."""
    if element is None:
        return ""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2].lower() == name.lower()), "")


def number(text: str) -> float | None:
    """A number, or None."""
    try:
        return float(text)
    except ValueError:
        return None
