"""`imsmanifest.xml`: the table of contents of SCORM 1.2 and SCORM 2004."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from flask_babel import gettext as _

from app.core.errors import Refused
from app.curriculum.packages.reading import sequencing
from app.curriculum.packages.reading.content import Content, attribute, child, children, local, number, words
from app.curriculum.packages.rules import Item, PackageFormat

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
DEEPEST = 20
MOST_OBJECTIVES, LONGEST_OBJECTIVE = 100, 4_000


def content(root: Element) -> Content:
    """What the manifest tells."""
    if local(root) != "manifest":
        raise Refused(_("“imsmanifest.xml” is not the manifest of a SCORM package."))
    edition = words(child(child(root, "metadata"), "schemaversion"))
    format = _format(root, edition)
    resources = _resources(root)
    organization = _organization(root)
    identifier = attribute(root, "identifier")[:200]
    if organization is None:
        return Content(format, edition[:60], identifier, {"": ""}, tuple(_loose(resources)))
    ruled = format is PackageFormat.SCORM_2004 and sequencing.is_ruled(root)
    shared = Shared(format, sequencing.Collection.of(root), hidden=ruled)
    items = tuple(_items(organization, resources, shared, 0))
    order = sequencing.tree(organization, shared.collection) if ruled else None
    return Content(format, edition[:60], identifier, {"": words(child(organization, "title"))}, items, order)


@dataclass(frozen=True, slots=True)
class Shared:
    """What holds for all items: the format, the sequencing they refer to, and whether rules may open hidden ones."""

    format: PackageFormat
    collection: sequencing.Collection
    hidden: bool


def _format(root: Element, edition: str) -> PackageFormat:
    """By the version of the schema it names; without one, by the namespaces it uses."""
    if edition:
        return PackageFormat.SCORM_12 if edition.startswith("1.2") else PackageFormat.SCORM_2004
    newer = any("adlcp_v1p3" in str(key) for one in root.iter() for key in (one.tag, *one.attrib))
    return PackageFormat.SCORM_2004 if newer else PackageFormat.SCORM_12


def _organization(root: Element) -> Element | None:
    """The one that is the default, else the first."""
    holder = child(root, "organizations")
    all_of_them = children(holder, "organization")
    wanted = attribute(holder, "default")
    return next((one for one in all_of_them if attribute(one, "identifier") == wanted), next(iter(all_of_them), None))


def _resources(root: Element) -> dict[str, tuple[str, bool]]:
    """(address, whether it reports) of each resource, by its identifier."""
    holder = child(root, "resources")
    base = root.get(XML_BASE, "") + (holder.get(XML_BASE, "") if holder is not None else "")
    return {
        attribute(one, "identifier"): (
            base + one.get(XML_BASE, "") + attribute(one, "href"),
            attribute(one, "scormtype").lower() != "asset",
        )
        for one in children(holder, "resource")
        if attribute(one, "href")
    }


def _loose(resources: dict[str, tuple[str, bool]]) -> Iterator[Item]:
    """Without a table of contents: the parts that report, as they stand."""
    for identifier, (href, tracked) in resources.items():
        if tracked:
            yield Item(id=identifier, title={"": identifier}, href=href)


def _items(parent: Element, resources: dict[str, tuple[str, bool]], shared: Shared, level: int) -> Iterator[Item]:
    if level > DEEPEST:
        raise Refused(_("The table of contents of the package is nested too deeply."))
    for one in children(parent, "item"):
        visible = attribute(one, "isvisible").lower() != "false"
        if not visible and not shared.hidden:
            continue
        href, tracked = resources.get(attribute(one, "identifierref"), (None, True))
        if href is not None:
            href = _with(href, attribute(one, "parameters"))
        yield Item(
            id=attribute(one, "identifier")[:200],
            title={"": words(child(one, "title"))},
            level=level,
            href=href,
            tracked=tracked,
            visible=visible,
            mastery=_mastery(one, shared),
            objectives=_objectives(one, shared),
            threshold=_threshold(one),
            data=_data(one),
            max_time=_max_time(one, shared),
            time_limit_action=words(child(one, "timelimitaction")) or words(child(one, "timeLimitAction")),
        )
        yield from _items(one, resources, shared, level + 1)


def _with(href: str, parameters: str) -> str:
    """The address with the parameters of its item."""
    if not parameters:
        return href
    if parameters.startswith("#"):
        return href + parameters
    return href + ("&" if "?" in href else "?") + parameters.lstrip("?&")


def _data(item: Element) -> str:
    found = child(item, "datafromlms")
    found = found if found is not None else child(item, "dataFromLMS")
    return (found.text or "") if found is not None else ""


def _mastery(item: Element, shared: Shared) -> float | None:
    if shared.format is PackageFormat.SCORM_12:
        score = number(words(child(item, "masteryscore")))
        return None if score is None else score / 100
    primary = child(shared.collection.part(item, "objectives"), "primaryObjective")
    if attribute(primary, "satisfiedByMeasure").lower() != "true":
        return None
    least = number(words(child(primary, "minNormalizedMeasure")))
    return 1.0 if least is None else least


def _objectives(item: Element, shared: Shared) -> tuple[str, ...]:
    """The identifiers of its objectives, the primary one first."""
    holder = shared.collection.part(item, "objectives")
    found = [*children(holder, "primaryObjective"), *children(holder, "objective")]
    named = (attribute(one, "objectiveID")[:LONGEST_OBJECTIVE] for one in found[:MOST_OBJECTIVES])
    return tuple(dict.fromkeys(filter(None, named)))


def _threshold(item: Element) -> float | None:
    found = child(item, "completionThreshold")
    if found is None or attribute(found, "completedByMeasure").lower() == "false":
        return None
    return number(attribute(found, "minProgressMeasure") or words(found))


def _max_time(item: Element, shared: Shared) -> str:
    limits = shared.collection.part(item, "limitConditions")
    return words(child(item, "maxtimeallowed")) or attribute(limits, "attemptAbsoluteDurationLimit")
