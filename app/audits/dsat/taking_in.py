"""Cases from a file: all of it or nothing; again changes nothing, and what was decided stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from flask_babel import gettext as _
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Activity, User
from app.audits import catalog as catalogs
from app.audits.catalog import Catalog
from app.audits.dsat.models import CaseChange, DsatCase
from app.audits.models import Import, ImportState
from app.audits.profiles.directory import directory
from app.audits.profiles.keeping import named
from app.audits.profiles.mapped import FOREIGN, MappedTable, open_mapped
from app.audits.profiles.mapping import Shape
from app.audits.services.locking import lock, sha256_of
from app.core.bulk import chunks
from app.core.clock import day_of, monday_of
from app.core.errors import Refused
from app.core.problems import BadFile, Problem, ProblemKind
from app.core.rows import Cells
from app.core.sheets import TIME_EXAMPLE, Column, Row, Table, open_table, parse_date, parse_datetime

COLUMNS = (
    Column("source", required=False, aliases=("fuente", "origen", "sistema", "encuesta")),
    Column("case_ref", aliases=("case", "response_id", "caso", "id_caso", "id_respuesta", "referencia")),
    Column("contact_ref", required=False, aliases=("contact", "contact_id", "contacto", "id_contacto")),
    Column("employee_no", aliases=("agent", "agente", "numero_de_empleado", "legajo")),
    Column("received_at", aliases=("received", "recibido", "fecha_de_recepcion", "fecha")),
    Column("score", required=False, aliases=("puntaje", "nota", "calificacion")),
    Column("channel", required=False, aliases=("canal",)),
    Column("language", required=False, aliases=("idioma",)),
    Column("comment", required=False, aliases=("comentario", "comentario_del_cliente")),
)
IN_PROFILES = {
    "source": "source", "case_ref": "audit_ref", "contact_ref": "contact_ref", "employee_no": "employee_no",
    "received_at": "contact_at", "score": "score", "channel": "channel", "language": "language", "comment": "comment",
}  # fmt: skip
"""What each column is called in a mapping profile."""
KIND = "dsat"
MAX_ROWS = 300_000
LONGEST_COMMENT = 10_000
FURTHEST_AHEAD = timedelta(days=2)
BLOCK = 5_000
DEFAULT_SOURCE = "file"
TEXTS = ("contact_ref", "score", "channel", "language", "comment")
FACTS = ("person_id", "received_at", *TEXTS)
"""What a file may say otherwise of a known case."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import of cases did."""

    rows: int
    new: int
    changed: int
    unchanged: int
    unknown_columns: tuple[str, ...]
    import_id: int | None = None
    """Of what was stored."""


def import_cases(
    session: Session,
    path: str | PathLike[str],
    *,
    by: User | None,
    on: datetime,
    profile: str | None = None,
    into: Import | None = None,
) -> Summary:
    """Take in `source,case_ref,contact_ref,employee_no,received_at,score,channel,language,comment`.

    `profile` names the mapping profile of a survey tool's file. Raises `BadFile` with everything that is wrong; agents
    out of reach of `by` count as unknown. `into` is the import to be filled in, a new one unless given; none is made
    when nothing is new.
    """
    lock(session)
    table, cells = _table(session, path, profile, by), Cells()
    catalog = catalogs.load(session, by)
    people = {number: one for number, one in catalog.people.items() if catalog.agents is None or one in catalog.agents}
    told: dict[tuple[str, str], dict[str, Any]] = {}
    lines: dict[tuple[str, str], Row] = {}
    for row in cells.rows(table):
        case = _case(cells, row, people, catalog, on)
        if case is not None:
            key = case["source"], case["reference"]
            told[key], lines[key] = case, row
    known = _known(session, told)
    for key, stored in known.items():
        if catalog.agents is not None and stored["person_id"] not in catalog.agents:
            cells.wrong(lines[key], ProblemKind.UNKNOWN_REFERENCE, "case_ref")
    if cells.problems:
        raise BadFile(*cells.problems)
    new, changed = _put(session, told, known, catalog)
    row = into
    if row is None and (new or changed):
        row = noted(session, Path(path), by=by, on=on, profile=profile)
    unchanged = len(told) - len(new) - len(changed)
    summary = Summary(len(told), len(new), len(changed), unchanged, tuple(table.unknown), row.id if row else None)
    if row is not None:
        _remember(session, row, new, [known[case["source"], case["reference"]] for case in changed])
        finish(row, summary, on)
    counts = {"rows": summary.rows, "new": summary.new, "changed": summary.changed}
    session.add(
        Activity(at=on, actor_id=by.id if by else None, verb="dsat.imported", subject_kind="dsat_case", detail=counts)
    )
    return summary


def noted(session: Session, path: Path, *, by: User | None, on: datetime, profile: str | None) -> Import:
    """An import of a file nobody has noted yet."""
    row = Import(
        kind=KIND,
        file_name=path.name,
        sha256=sha256_of(path),
        options={} if profile is None else {"profile": profile},
        state=ImportState.RECEIVED,
        by_id=by.id if by else None,
        created_at=on,
    )
    session.add(row)
    session.flush()
    return row


def finish(row: Import, summary: Summary, on: datetime) -> None:
    """Write down with an import what it did."""
    counts = asdict(summary)
    del counts["import_id"]
    row.counts, row.state, row.finished_at = counts, ImportState.DONE, on
    row.rows_total = row.rows_done = summary.rows


def _remember(session: Session, row: Import, new: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]]) -> None:
    """Keep which cases an import brought, and what the others said before it."""
    ids = [one["id"] for one in _known(session, {(case["source"], case["reference"]): case for case in new}).values()]
    lines = [{"import_id": row.id, "case_id": number, "before": None} for number in ids]
    for one in before:
        said = {name: one[name] for name in FACTS} | {"received_at": one["received_at"].isoformat()}
        lines.append({"import_id": row.id, "case_id": one["id"], "before": said})
    for block in chunks(lines, BLOCK):
        session.execute(insert(CaseChange), block)


def _table(session: Session, path: str | PathLike[str], profile: str | None, by: User | None) -> Table | Responses:
    """The rows: in the columns of Hilo, or of another tool through a profile."""
    if profile is None:
        return open_table(path, columns=COLUMNS, max_rows=MAX_ROWS)
    mapping = named(session, profile, by).mapping
    if mapping.shape is not Shape.CASES:
        raise Refused(_("The profile “%(name)s” reads findings, not survey responses.", name=profile))
    return Responses(open_mapped(path, mapping, directory(session, mapping, by)))


class Responses:
    """Survey responses of another tool, row by row, as if somebody had written them for Hilo."""

    def __init__(self, mapped: MappedTable) -> None:
        self._mapped, self.unknown = mapped, mapped.unknown
        self._headers = {name: mapped.headers.get(as_mapped, name) for name, as_mapped in IN_PROFILES.items()}

    def rows(self, problems: list[Problem]) -> Iterator[Row]:
        """The rows; what can't be read is added to `problems` on the way."""
        count = 0
        for block in self._mapped.blocks():
            problems += block.problems
            count += len(block)
            if count > MAX_ROWS:
                raise BadFile(Problem(ProblemKind.TOO_MANY_PROBLEMS, hint=str(MAX_ROWS)))
            texts = {name: block[as_mapped].tolist() for name, as_mapped in IN_PROFILES.items()}
            for place, line in enumerate(block.lines.tolist()):
                values = {name: told[place].removesuffix(FOREIGN) for name, told in texts.items()}
                yield Row(line, values, self._headers)


def _case(cells: Cells, row: Row, people: dict[str, int], catalog: Catalog, on: datetime) -> dict[str, Any] | None:
    person = cells.known(row, "employee_no", people)
    texts = {name: cells.text(row, name, longest=LONGEST_COMMENT if name == "comment" else 200) for name in TEXTS}
    source = cells.text(row, "source") or DEFAULT_SOURCE
    reference = cells.text(row, "case_ref", required=True)
    received = _received(cells, row, person, catalog, on)
    if person is None or received is None or not cells.first(row, "case_ref", (source, reference)):
        return None
    said = {name: text or None for name, text in texts.items()}
    return {"source": source, "reference": reference, "person_id": person, "received_at": received, **said}


def _received(cells: Cells, row: Row, person: int | None, catalog: Catalog, on: datetime) -> datetime | None:
    """When the answer came: a time without a zone is of the agent's site."""
    text = row["received_at"]
    if not text:
        cells.wrong(row, ProblemKind.REQUIRED, "received_at")
        return None
    written = parse_date(text[:10])
    who, day = np.array([person or -1]), np.array([written.toordinal() if written else 0])
    moment = parse_datetime(text, catalog.teams.zones_on(who, day)[0])
    if moment is None:
        cells.wrong(row, ProblemKind.BAD_TIME, "received_at", TIME_EXAMPLE)
    elif moment > on + FURTHEST_AHEAD:
        cells.wrong(row, ProblemKind.OUT_OF_RANGE, "received_at", f"– {on.date().isoformat()}")
        return None
    return moment


def _known(session: Session, told: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The stored cases of these references."""
    columns = [getattr(DsatCase, name) for name in ("id", "source", "reference", *FACTS)]
    by_source: dict[str, list[str]] = {}
    for source, reference in told:
        by_source.setdefault(source, []).append(reference)
    found = {}
    for source, references in by_source.items():
        for block in chunks(references, BLOCK):
            statement = select(*columns).where(DsatCase.source == source, DsatCase.reference.in_(block))
            for row in session.execute(statement).mappings():
                found[source, row["reference"]] = dict(row)
    return found


def _put(
    session: Session,
    told: dict[tuple[str, str], dict[str, Any]],
    known: dict[tuple[str, str], dict[str, Any]],
    catalog: Catalog,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Write what is new and what is said otherwise; gives both back."""
    new = [case for key, case in told.items() if key not in known]
    changed = [
        {**case, "id": known[key]["id"]}
        for key, case in told.items()
        if key in known and any(case[name] != known[key][name] for name in FACTS)
    ]
    place(new, catalog)
    if new:
        session.execute(insert(DsatCase), new)
    change(session, changed, catalog)
    return new, changed


def change(session: Session, cases: Sequence[dict[str, Any]], catalog: Catalog) -> None:
    """Let stored cases, by their `id`, say these facts."""
    if not cases:
        return
    place(cases, catalog)
    facts = {name: bindparam(f"to_{name}") for name in (*FACTS, "team_id", "week")}
    statement = update(DsatCase.__table__).where(DsatCase.__table__.c.id == bindparam("own")).values(facts)
    session.execute(statement, [{"own": case["id"], **{f"to_{name}": case[name] for name in facts}} for case in cases])


def place(cases: Sequence[dict[str, Any]], catalog: Catalog) -> None:
    """The team each person was in on the day of the case, and the week of that day."""
    if not cases:
        return
    days = [day_of(case["received_at"], catalog.zone) for case in cases]
    people = np.array([case["person_id"] for case in cases], np.int64)
    teams = catalog.teams.on(people, np.array([day.toordinal() for day in days], np.int64)).tolist()
    for case, day, team in zip(cases, days, teams, strict=True):
        case["team_id"], case["week"] = (team if team >= 0 else None), monday_of(day)
