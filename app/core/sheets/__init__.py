"""The one way a table comes in from a file: CSV or XLSX, checked before it is trusted, read in blocks.

    table = open_table(path, columns=[Column("employee_no", aliases=("Número de empleado",)), ...])
    for block in table.blocks():
        problems += block.problems + block.blanks("employee_no")
        held_at = parse_datetimes(block["held_on"], time_zone)

What is wrong with a file as a whole is raised as `BadFile`; what is wrong with a row is a `Problem`: data, described in
the reader's language by `app.core.problems`. Start reading at `table.py`; then `csvfile.py` and `xlsxfile.py`. What
another tool wrote, whose columns nobody knows yet, comes in by `grid.py`, JSON by `jsonfile.py`.
"""

from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets.block import Block, Row
from app.core.sheets.cells import Cells
from app.core.sheets.columns import Column, header_key
from app.core.sheets.grid import Grid, joined_names, open_grid, unique_names
from app.core.sheets.table import Table, open_table
from app.core.sheets.values import (
    DATE_EXAMPLE,
    NUMBER_EXAMPLE,
    TIME_EXAMPLE,
    ZONE_EXAMPLE,
    looks_like_formula,
    parse_date,
    parse_datetime,
    parse_datetimes,
    parse_integer,
    parse_number,
    split_codes,
)

__all__ = [
    "DATE_EXAMPLE",
    "NUMBER_EXAMPLE",
    "TIME_EXAMPLE",
    "ZONE_EXAMPLE",
    "BadFile",
    "Block",
    "Cells",
    "Column",
    "Grid",
    "Problem",
    "ProblemKind",
    "Row",
    "Table",
    "header_key",
    "joined_names",
    "looks_like_formula",
    "open_grid",
    "open_table",
    "parse_date",
    "parse_datetime",
    "parse_datetimes",
    "parse_integer",
    "parse_number",
    "split_codes",
    "unique_names",
]
