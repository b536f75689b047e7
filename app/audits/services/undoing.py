"""An import taken back: its audits go, its corrections are reversed; refused with the reason once something rests on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Column, Table, delete, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.accounts.record import log
from app.audits import catalog as catalogs
from app.audits.auditing.models import Acknowledgement
from app.audits.dsat import imports as dsat
from app.audits.models import Audit, Correction, Finding, Import, ImportState
from app.audits.services.correcting import rescore, write_checks
from app.audits.services.importing import KIND
from app.audits.services.locking import lock
from app.core import bulk
from app.core.errors import Refused
from app.core.follow import Event, announce

OWN_TABLES = {Audit.__tablename__, Finding.__tablename__, Correction.__tablename__, Acknowledgement.__tablename__}


def undo(session: Session, row: Import, *, by: User | None, on: datetime) -> None:
    """Take an import of findings or of DSAT cases back: the database is as if the file had never come.

    Raises `Refused` when it is not done, or when later corrections, reaudits, decisions or what they led to rest on it.
    """
    lock(session)
    session.refresh(row)
    if row.kind not in (KIND, dsat.KIND) or row.state is not ImportState.DONE:
        raise Refused(_("Only a finished import of findings or DSAT cases can be undone."))
    touched = _take_back(session, row, on) if row.kind == KIND else []
    if row.kind == dsat.KIND:
        dsat.take_back(session, row)
    row.state = ImportState.UNDONE
    log(session, "import.undone", row, by=by, on=on, file=row.file_name)
    session.flush()
    if touched:
        announce(session, Event.FINDINGS_CHANGED, touched=touched, on=on)


def _take_back(session: Session, row: Import, on: datetime) -> list[tuple[int, date]]:
    """Of findings; the people and weeks these were of."""
    corrections = session.scalars(select(Correction).where(Correction.import_id == row.id)).all()
    audits = dict(session.execute(select(Audit.id, Audit.person_id).where(Audit.import_id == row.id)).all())
    _refuse_later_ones(session, row, corrections)
    _refuse_what_rests_on(session, audits)
    touched = _touched(session, row)
    announce(session, Event.UNDOING, audit_ids=sorted(audits), touched=touched, on=on)
    _reverse(session, corrections, on)
    for block in bulk.chunks(sorted(audits)):
        session.execute(delete(Finding).where(Finding.audit_id.in_(block)))
        session.execute(delete(Audit).where(Audit.id.in_(block)))
    return touched


def _touched(session: Session, row: Import) -> list[tuple[int, date]]:
    """The people and weeks the import brought or corrected findings of."""
    corrected = select(Correction.audit_id).where(Correction.import_id == row.id)
    statement = select(Audit.person_id, Audit.week).where((Audit.import_id == row.id) | Audit.id.in_(corrected))
    return sorted(session.execute(statement.distinct()))


def _refuse_later_ones(session: Session, row: Import, corrections: Collection[Correction]) -> None:
    """Corrections of these audits, or of these checks, by a later import; reaudits of these audits."""
    of_these = select(Audit.id).where(Audit.import_id == row.id)
    later = select(Correction.import_id).where(Correction.audit_id.in_(of_these))
    names = set(session.scalars(later.distinct()))
    own, again = aliased(Correction), aliased(Correction)
    same = (own.audit_id == again.audit_id) & (own.criterion_id == again.criterion_id) & (again.id > own.id)
    names |= set(session.scalars(select(again.import_id).join(own, same).where(own.import_id == row.id).distinct()))
    names |= set(session.scalars(select(Audit.import_id).where(Audit.reaudit_of_id.in_(of_these)).distinct()))
    names -= {row.id}
    if None in names:
        raise Refused(_("Findings of this import were disputed and corrected since, so it stays."))
    if names:
        numbers = ", ".join(str(number) for number in sorted(number for number in names if number))
        raise Refused(
            _(
                "Later imports correct or score again what this one brought. Undo them first: %(numbers)s.",
                numbers=numbers,
            )
        )


def _refuse_what_rests_on(session: Session, audits: Collection[int]) -> None:
    """Whatever other rooms keep that points to these audits."""
    resting = sum(
        session.scalar(select(func.count()).select_from(table).where(column.in_(block))) or 0
        for table, column in _pointers()
        for block in bulk.chunks(sorted(audits))
    )
    if resting:
        raise Refused(
            ngettext(
                "%(num)s record of what was done about these audits rests on them, so they stay.",
                "%(num)s records of what was done about these audits rest on them, so they stay.",
                resting,
            )
        )


def _pointers() -> Iterator[tuple[Table, Column[int]]]:
    """The columns of other rooms that refer to audits."""
    for table in Audit.metadata.tables.values():
        for column in table.columns:
            if table.name not in OWN_TABLES and any(key.column is Audit.__table__.c.id for key in column.foreign_keys):
                yield table, column


def _reverse(session: Session, corrections: Collection[Correction], on: datetime) -> None:
    """Let the corrected checks say again what they said before."""
    if not corrections:
        return
    write_checks(session, {(one.audit_id, one.criterion_id): one.before for one in corrections})
    versions = catalogs.load(session).versions
    statement = select(Audit.id, Audit.version_id).where(Audit.id.in_({one.audit_id for one in corrections}))
    found = {audit: versions[version] for audit, version in session.execute(statement)}
    for one in corrections:
        session.delete(one)
    session.flush()
    rescore(session, found, on)
