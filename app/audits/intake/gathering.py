"""A findings file read from beginning to end."""

from __future__ import annotations

from collections.abc import Callable, Collection

from app.audits.intake.gathered import Gathered
from app.audits.intake.problems import Complaints
from app.audits.intake.shapes import Long, Shape, Wide
from app.audits.intake.sorting import Audits, Faults
from app.audits.intake.source import Source
from app.core.sheets import Block

Tick = Callable[[int], None]


def gather(table: Source, criteria: Collection[str], complaints: Complaints, tick: Tick) -> Gathered:
    """Read the findings of a table; `criteria` are the codes there are, `tick` is told how many rows have been read.

    Raises `BadFile` when the file as a whole can't be read.
    """
    wide, faults = "criterion" not in table.columns, Faults(complaints)
    shape: Shape = Wide(table, faults, criteria) if wide else Long(table, faults)
    audits = Audits(several=not wide, faults=faults)
    rows = unreadable = 0
    for block in table.blocks():
        faults.add(block.problems)
        unreadable += _unreadable(block)
        rows += len(block) + _unreadable(block)
        if len(block):
            shape.take(block, audits.of(block))
        tick(rows)
    return Gathered(
        wide=wide,
        headers=table.headers,
        hints=table.hints,
        repeats=table.repeats,
        unknown=tuple(shape.unknown),
        remarks=list(table.remarks),
        complaints=complaints,
        rows=rows,
        unreadable=unreadable,
        lines=audits.lines,
        row_counts=audits.row_counts,
        heads=audits.heads(),
        checks=shape.found.checks(),
        bad=faults.bad(len(audits.lines)),
    )


def _unreadable(block: Block) -> int:
    """How many rows beside those of the block could not be read."""
    return len({problem.line for problem in block.problems})
