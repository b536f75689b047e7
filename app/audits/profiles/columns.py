"""Cells of a file turned into other cells: each distinct text, or combination of texts, is turned once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from app.core.sheets import Block, Cells

Turn = Callable[..., str]


def turned(cells: Cells, turn: Turn) -> Cells:
    """The cells with `turn` of each text."""
    merged = Cells.of(map(turn, cells.distinct))
    return Cells(merged.codes[cells.codes], merged.distinct) if len(cells) else cells


def combined(parts: Sequence[Cells], turn: Turn) -> Cells:
    """`turn` of the texts that stand beside each other in these columns."""
    if len(parts) == 1 or not len(parts[0]):
        return turned(parts[0], turn)
    keys = parts[0].codes.astype(np.int64)
    for part in parts[1:]:
        keys = keys * len(part.distinct) + part.codes
    _keys, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    texts = (turn(*(part.distinct[part.codes[row]] for part in parts)) for row in first.tolist())
    merged = Cells.of(texts)
    return Cells(merged.codes[inverse], merged.distinct)


def constant(text: str, length: int) -> Cells:
    """The same text in each row."""
    return Cells(np.zeros(length, np.int32), (text,) if length else ())


def without_last(blocks: Iterator[Block], count: int) -> Iterator[Block]:
    """The blocks without their last `count` rows, those that can't be read among them."""
    held: list[Block] = []
    for block in blocks:
        held.append(block)
        while len(held) > 1 and sum(map(_rows, held[1:])) >= count:
            yield held.pop(0)
    lines = sorted(line for block in held for line in _lines(block))
    last = set(lines[len(lines) - count :]) if count else set()
    for block in held:
        yield _left(block, last)


def _lines(block: Block) -> set[int]:
    return {*block.lines.tolist(), *(problem.line or 0 for problem in block.problems)}


def _rows(block: Block) -> int:
    return len(_lines(block))


def _left(block: Block, last: set[int]) -> Block:
    if not last:
        return block
    problems = [problem for problem in block.problems if problem.line not in last]
    return only(block, ~np.isin(block.lines, list(last)), problems)


def only(block: Block, kept: np.ndarray, problems: Sequence[object] | None = None) -> Block:
    """The block with these rows only."""
    cells = {name: column.take(kept) for name, column in block.cells.items()}
    said = block.problems if problems is None else problems
    return Block(block.lines[kept], cells, block.headers, said)  # ty: ignore[invalid-argument-type]
