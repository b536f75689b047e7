"""Everything the domain keeps, in a form in which two databases can be compared.

A transaction that was killed leaves a hole in PostgreSQL's numbering. So rows are numbered anew by their order, and
whatever points to them follows: foreign keys, and the numbers written into keys and addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Table, select

from app.core.database import db
from app.gaps import board, cells

LEFT_OUT = {"done_job"}
DRAWN_ANEW = {
    "user": {"password_hash", "session_key"},
    "certificate": {"number"},
    "letter": {"sent_at"},
    "cohort_session": {"code"},
    "delivery": {"code"},
    "package_attempt": {"registration"},
    "trainer_licence": {"number"},
}
"""Columns that differ each time on purpose."""
PACKED = {"cell": cells.LINE, "tally": board.LINE}
"""What the `packed` column of a table holds."""
POINTS_TO = {
    "gap_id": "gap", "transition_id": "transition", "competency": "competency", "gap": "gap", "unit_id": "unit",
    "shown": "question_option", "matches": "question_option", "answer": "question_option",
    "criterion": "criterion",
}  # fmt: skip
"""Columns that point to another table without saying so."""
EFFECTS = {"criterion": "criterion_identity", "auditor": "user", "team": "unit"}
"""What the keys of effects are numbers of, by their kind."""
DIGITS = 9
"""Sums in another order differ in the last digits."""
WRITTEN = {
    r"(?<=transition:)\d+": "transition",
    r"(?<=/curriculum/files/)\d+": "module_file",
    r"(?<=audit:)\d+": "audit",
    r"(?<=\bsession:)\d+": "coaching_session",
    r"(?<=session-held:)\d+": "session_record",
    r"(?<=session\.unconfirmed:)\d+": "session_record",
    r"(?<=session-scheduled:)\d+": "coaching_session",
    r"(?<=obligation\.overdue:)\d+": "obligation",
    r"(?<=assignment:)\d+": "assignment",
    r"(?<=assignment\.overdue:)\d+": "assignment",
    r"(?<=assignment\.due_soon:)\d+": "assignment",
    r"(?<=path:)\d+": "path_assignment",
    r"(?<=path\.overdue:)\d+": "path_assignment",
    r"(?<=path\.due_soon:)\d+": "path_assignment",
    r"(?<=/curriculum/learn/paths/)\d+": "path_assignment",
    r"(?<=/coaching/obligations/)\d+": "obligation",
    r"(?<=/coaching/sessions/)\d+": "coaching_session",
    r"(?<=/curriculum/learn/)\d+": "assignment",
    r"(?<=/cohorts/enrolments/)\d+": "enrolment",
    r"(?<=/cohorts/teach-backs/)\d+": "teach_back",
    r"(?<=/cohorts/launches/)\d+": "launch",
    r"(?<=/cohorts/)\d+": "cohort",
    r"(?<=cohort-seat:)\d+": "cohort",
    r"(?<=teach-back:)\d+": "teach_back",
    r"(?<=teach-back-decided:)\d+": "teach_back",
    r"(?<=licence:)\d+": "trainer_licence",
    r"(?<=gate-check:)\d+": "gate_check",
    r"(?<=root_cause:)\d+": "root_cause",
    r"(?<=&lead=)\d+": "user",
    r"(?<=/curriculum/certificates/)\d+": "certificate",
    r"(?<=certificate\.expires:)\d+": "certificate",
    r"(?<=/audits/dsat/)\d+": "dsat_case",
    r"(?<=reaudit-contested:)\d+": "reaudit_contest",
    r"(?<=reaudit-answered:)\d+": "reaudit_contest",
    r"(?<=/audits/reaudits/)\d+": "audit",
    r"(?<=review\.ready:)\d+": "business_review",
    r"(?<=review\.action:)\d+": "review_action",
    r"(?<=/reports/reviews/)\d+": "business_review",
    r"(?<=^review:)\d+": "coaching_review",
    r"(?<=/coaching/quality/)\d+": "coaching_review",
    r"(?<=initiative:)\d+": "initiative",
    r"(?<=milestone:)\d+": "milestone",
    r"(?<=risk:)\d+": "risk",
    r"(?<=/governance/risks/)\d+": "risk",
    r"(?<=dispute-to-answer:)\d+": "dispute",
    r"(?<=dispute-answered:)\d+": "dispute",
    r"(?<=/audits/disputes/)\d+": "dispute",
    r"(?<=calibration-scoring:)\d+": "calibration",
    r"(?<=calibration-review:)\d+": "calibration",
    r"(?<=calibration-resolved:)\d+": "calibration",
    r"(?<=/audits/calibrations/)\d+": "calibration",
    r"(?<=/governance/initiatives/)\d+": "initiative",
}
FURTHER = {
    r"(\b(?:assignment|session):\d+:)(\d+)": "competency",
    r"(\bsession:\d+:\d+:)(\d+)": "user",
}
"""Numbers in keys that follow upon others."""


def dump(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, sorted, by table."""
    tables = [table for table in db.metadata.sorted_tables if table.name not in LEFT_OUT]
    with engine.connect() as connection:
        ranks = {table.name: dict(_ranks(connection, table)) for table in tables}
        return {table.name: sorted(_rows(connection, table, ranks), key=repr) for table in tables}


def _ranks(connection: Connection, table: Table) -> Iterator[tuple[int, int]]:
    if "id" in table.c:
        for rank, number in enumerate(connection.scalars(select(table.c.id).order_by(table.c.id)), start=1):
            yield number, rank


def _rows(connection: Connection, table: Table, ranks: dict[str, dict[int, int]]) -> Iterator[tuple[Any, ...]]:
    targets = {column.name: _target(column) for column in table.c}
    columns = [column for column in table.c if column.name not in DRAWN_ANEW.get(table.name, ())]
    for row in connection.execute(select(*columns)).mappings():
        points_to = {**targets, "subject_id": row.get("subject_kind")}
        if table.name == "effect" and row["kind"] in EFFECTS:
            row = {**row, "key": ranks[EFFECTS[row["kind"]]][int(row["key"])]}
        if table.name in PACKED:
            row = {**row, "packed": _unpacked(row["packed"], PACKED[table.name], ranks)}
        yield tuple(_alike(row[name], points_to.get(name), ranks) for name in row)


def _target(column: Any) -> str | None:
    """The table whose numbers a column holds."""
    if column.name == "id":
        return column.table.name
    for key in column.foreign_keys:
        return _target(key.column)
    return POINTS_TO.get(column.name)


def _unpacked(lines: bytes, layout: np.dtype[Any], ranks: dict[str, dict[int, int]]) -> tuple[Any, ...]:
    """The lines of a packed row, the numbers of competencies in them like all others."""
    names = layout.names or ()
    return tuple(
        tuple(_alike(value, POINTS_TO.get(name), ranks) for name, value in zip(names, line, strict=True))
        for line in np.frombuffer(lines, layout).tolist()
    )


def _alike(value: Any, target: str | None, ranks: dict[str, dict[int, int]]) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, int) and target in ranks:
        return ranks[target].get(value, value)
    if isinstance(value, dict):
        return {
            key: _answers(one, ranks) if key == "answers" else _alike(one, POINTS_TO.get(key), ranks)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_alike(one, target, ranks) for one in value]
    if isinstance(value, str):
        for pattern, named in WRITTEN.items():
            value = re.sub(pattern, lambda found, by=ranks[named]: str(by.get(int(found[0]), found[0])), value)
        for pattern, named in FURTHER.items():
            value = re.sub(
                pattern, lambda found, by=ranks[named]: f"{found[1]}{by.get(int(found[2]), found[2])}", value
            )
    return value


def _answers(given: Any, ranks: dict[str, dict[int, int]]) -> Any:
    """The answers of a form, by the rank of their criterion."""
    if not isinstance(given, dict):
        return given
    return {ranks["criterion"].get(int(key), key): one for key, one in given.items()}
