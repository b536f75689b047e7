"""Finds dead links in the documents of this repository: files and headings; addresses elsewhere are left alone."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def documents() -> list[Path]:
    """The Markdown files at the root and below `docs`."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts name them."""
    found: set[str] = set()
    for heading in HEADING.findall(re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.M | re.S)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        kept = "".join(c for c in plain.lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
        name, number = kept.replace(" ", "-"), 0
        while name in found:
            number += 1
            name = f"{kept.replace(' ', '-')}-{number}"
        found.add(name)
    return found


def dead_links(document: Path) -> Iterator[str]:
    """Links of a document that lead nowhere."""
    for groups in LINK.findall(CODE.sub("", document.read_text("utf-8"))):
        link = unquote(next(group for group in groups if group))
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / path.lstrip("/") if path.startswith("/") else document.parent / path) if path else document
        is_dead = not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target))
        if is_dead:
            yield f"{document.relative_to(ROOT)}: {link}"


def main() -> int:
    dead = [line for document in documents() for line in dead_links(document)]
    for line in dead:
        print(f"dead link in {line}", file=sys.stderr)
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
