"""A web page with a table in it, which many tools call a workbook (`report.xls`): its largest table to rows, by way of CSV."""

from __future__ import annotations

import csv
import os
import tempfile
import weakref
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from app.core.problems import BadFile, Problem, ProblemKind

MAX_BYTES = 64 << 20  # read as a whole
WIDEST = 2_000
BEGINNINGS = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<body", b"<style", b"<div")
CELLS, BREAKS = ("td", "th"), ("br", "p", "div", "li")


@dataclass(frozen=True)
class Extracted:
    """The rows as CSV, each preceded by its number, in a temporary file that goes when this object goes."""

    path: Path


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is meant to be a web page."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(BEGINNINGS)


def extract(path: Path) -> Extracted:
    """The rows of the table with most cells; raises `BadFile` where there is none."""
    if path.stat().st_size > MAX_BYTES:
        raise BadFile(Problem(ProblemKind.TOO_LARGE, hint=f"{MAX_BYTES >> 20}\u00a0MB"))
    parser = _Tables()
    parser.feed(_text(path))
    parser.close()
    rows = max(parser.tables, key=lambda rows: sum(map(len, rows)), default=[])
    if not rows:
        raise BadFile(Problem(ProblemKind.EMPTY_FILE))
    width = max(map(len, rows))
    descriptor, name = tempfile.mkstemp(prefix="hilo-page-", suffix=".csv")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for number, row in enumerate(rows, start=1):
            if any(row):
                writer.writerow([number, *row, *[""] * (width - len(row))])
    extracted = Extracted(Path(name))
    weakref.finalize(extracted, Path.unlink, Path(name), missing_ok=True)
    return extracted


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class _Tables(HTMLParser):
    """The tables of a page; a cell that spans several columns is followed by empty ones, as in a workbook."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            self._open[-1].append([])
        elif tag in CELLS:
            self._end_cell()
            span = dict(attrs).get("colspan") or "1"
            self._cell, self._span = [], min(int(span), WIDEST) if span.isdecimal() else 1
        elif tag in BREAKS and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in CELLS or tag == "tr":
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self.tables.append(self._open.pop())

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        """A page may end before its tables do."""
        super().close()
        self._end_cell()
        self.tables += self._open

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        if not self._open[-1]:
            self._open[-1].append([])
        self._open[-1][-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
        self._cell = None
