"""`cmi5.xml`: the course structure of cmi5."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from flask_babel import gettext as _

from app.core.errors import Refused
from app.curriculum.packages.reading.content import Content, attribute, child, local, number, words
from app.curriculum.packages.rules import Item, MoveOn, PackageFormat

DEEPEST = 20


def content(root: Element) -> Content:
    """What the course structure tells."""
    course = child(root, "course")
    if local(root) != "courseStructure" or course is None:
        raise Refused(_("“cmi5.xml” is not a cmi5 course structure."))
    return Content(
        PackageFormat.CMI5, "", attribute(course, "id")[:500], _said(course, "title"), tuple(_items(root, 0))
    )


def _items(parent: Element, level: int) -> Iterator[Item]:
    if level > DEEPEST:
        raise Refused(_("The table of contents of the package is nested too deeply."))
    for one in parent:
        if local(one) == "block":
            yield Item(id=_identifier(one), title=_said(one, "title"), level=level)
            yield from _items(one, level + 1)
        elif local(one) == "au":
            yield _unit(one, level)


def _unit(one: Element, level: int) -> Item:
    mastery = number(attribute(one, "masteryScore"))
    if mastery is not None and not 0 <= mastery <= 1:
        raise Refused(_("The mastery score of “%(part)s” is not between 0 and 1.", part=_identifier(one)))
    try:
        move_on = MoveOn(attribute(one, "moveOn") or MoveOn.NOT_APPLICABLE)
    except ValueError as error:
        raise Refused(_("“%(part)s” has a moveOn that cmi5 does not know.", part=_identifier(one))) from error
    return Item(
        id=_identifier(one),
        title=_said(one, "title"),
        level=level,
        href=words(child(one, "url")),
        mastery=mastery,
        data=(getattr(child(one, "launchParameters"), "text", "") or ""),
        move_on=move_on,
        entitlement=(getattr(child(one, "entitlementKey"), "text", "") or ""),
    )


def _identifier(one: Element) -> str:
    found = attribute(one, "id").strip()
    if not found:
        raise Refused(_("A part of the course structure has no identifier."))
    return found[:500]


def _said(one: Element, name: str) -> dict[str, str]:
    """The texts of a title by the first part of their language: es-MX stands under es."""
    holder = child(one, name)
    found: dict[str, str] = {}
    for said in holder if holder is not None else ():
        found.setdefault(attribute(said, "lang").split("-")[0].lower(), words(said))
    return found
