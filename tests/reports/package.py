"""Whether a presentation is whole as a package: what OOXML (ECMA-376, part 2) asks of its parts, apart from who wrote it."""

from __future__ import annotations

import io
import math
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any

from defusedxml import ElementTree
from python_calamine import CalamineWorkbook

TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def faults(content: bytes) -> list[str]:
    """What is wrong: names twice, parts without a type, links to nothing, charts that show other numbers than they hold."""
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        names = held.namelist()
        parts = {name: held.read(name) for name in names}
    trees = {name: ElementTree.fromstring(part) for name, part in parts.items() if name.endswith((".xml", ".rels"))}
    found = [f"{name} stands twice" for name in sorted({one for one in names if names.count(one) > 1})]
    return [*found, *_untyped(names, trees), *_dangling(names, trees), *_charts(parts, trees)]


def charts(content: bytes) -> int:
    """How many charts it has."""
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        return sum(name.startswith("ppt/charts/chart") for name in held.namelist())


def _untyped(names: list[str], trees: dict[str, Any]) -> Iterator[str]:
    told = trees["[Content_Types].xml"]
    endings = {one.get("Extension", "").lower() for one in told.iter(f"{TYPES}Default")}
    own = [one.get("PartName", "").lstrip("/") for one in told.iter(f"{TYPES}Override")]
    for name in names:
        if name != "[Content_Types].xml" and name not in own and name.rpartition(".")[2].lower() not in endings:
            yield f"{name} has no type"
    yield from (f"a type for {name}, which is not there" for name in own if name not in names)
    yield from (f"two types for {name}" for name in set(own) if own.count(name) > 1)


def _relations(name: str, trees: dict[str, Any]) -> dict[str, str]:
    """Of a part, what each of its links leads to within the package."""
    folder, base = posixpath.split(name)
    rels = trees.get(posixpath.join(folder, "_rels", f"{base}.rels"))
    inside = (
        []
        if rels is None
        else [one for one in rels.iter(f"{RELATIONS}Relationship") if one.get("TargetMode") != "External"]
    )
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/")
        for one in inside
    }


def _dangling(names: list[str], trees: dict[str, Any]) -> Iterator[str]:
    for name, tree in trees.items():
        known = _relations(name, trees)
        yield from (f"{name} leads to {target}, which is not there" for target in known.values() if target not in names)
        asked = {value for one in tree.iter() for key, value in one.attrib.items() if key.startswith(LINKS)}
        yield from (f"{name} names the link {one}, which it has not" for one in asked - known.keys())
        ids = [one.get("id") for one in tree.iter() if one.tag.endswith("}cNvPr")]
        yield from (f"{name} has two shapes {one}" for one in set(ids) if ids.count(one) > 1)


def _charts(parts: dict[str, bytes], trees: dict[str, Any]) -> Iterator[str]:
    """Each series is what its cells of the workbook inside hold."""
    for name in parts:
        if not name.startswith("ppt/charts/chart"):
            continue
        (book,) = [target for target in _relations(name, trees).values() if target.endswith(".xlsx")]
        rows = CalamineWorkbook.from_filelike(io.BytesIO(parts[book])).get_sheet_by_index(0).to_python()
        for place, series in enumerate(trees[name].iter(f"{CHART}ser"), start=1):
            (values,) = series.iter(f"{CHART}val")
            shown = {int(one.get("idx")): float(one[0].text) for one in values.iter(f"{CHART}pt")}
            held = {at: row[place] for at, row in enumerate(rows[1:]) if row[place] != ""}
            same = shown.keys() == held.keys() and all(math.isclose(one, held[at]) for at, one in shown.items())
            if not same or series.find(f"{CHART}tx/{CHART}strRef//{CHART}v").text != rows[0][place]:
                yield f"{name}: {shown} is drawn, and {held} in its workbook"
