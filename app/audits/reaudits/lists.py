"""The list of reaudits. Who scored again stands in it for who leads quality, for nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.audits.models import Audit
from app.audits.reaudits import figures, labels, queries
from app.audits.reaudits.agreement import Agreement
from app.audits.reaudits.models import Contest, ContestState
from app.audits.reaudits.queries import first_audit
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, figure, moment_column, text
from app.core.web import row_number


class _Known:
    """What the rows of a page need besides themselves, read at once."""

    def __init__(self, viewer: User) -> None:
        self.viewer = viewer
        self.first: dict[int, Audit] = {}
        self.figures: dict[int, Agreement] = {}

    def read(self, rows: Sequence[Audit]) -> None:
        """The first audits, and how far both agree."""
        wanted = {one.reaudit_of_id for one in rows}
        firsts = select(Audit).where(Audit.id.in_(wanted)).options(joinedload(Audit.auditor))
        self.first |= {one.id: one for one in db.session.scalars(firsts)}
        these = queries.compared(self.viewer).where(Audit.id.in_([one.id for one in rows]))
        self.figures |= figures.load(db.session(), queries.pairs(these)).by_pair()


def table(viewer: User, *, leads: bool) -> Table:
    """The list for a viewer, with both auditors for who leads quality."""
    known = _Known(viewer)

    def audit(one: Audit) -> Cell:
        reference = known.first[one.reaudit_of_id or 0].reference
        return text(reference, url=url_for("audits.reaudit", audit_id=one.id))

    def alignment(one: Audit) -> Cell:
        found = known.figures.get(one.id)
        value = found.alignment if found else None
        return text(labels.share(value), raw=value)

    columns = [
        Column("audit", lazy_gettext("Audit"), audit),
        Column("agent", lazy_gettext("Agent"), lambda one: text(one.person.name)),
        moment_column("again", lazy_gettext("Scored again"), Audit.audited_at),
        Column("alignment", lazy_gettext("Alignment"), alignment, align="end", kind="rate"),
        Column(
            "differing",
            lazy_gettext("Differing checks"),
            lambda one: figure(known.figures[one.id].differing if one.id in known.figures else None),
            align="end",
            kind="number",
        ),
    ]
    if leads:
        columns[2:2] = [
            Column("auditor", lazy_gettext("Auditor"), lambda one: text(_name(known.first[one.reaudit_of_id or 0]))),
            Column("by", lazy_gettext("Scored again by"), lambda one: text(_name(one))),
        ]
    return Table(
        id="reaudits",
        columns=columns,
        filters=_filters(viewer) if leads else [_contested()],
        sort="-again",
        caption=lazy_gettext("Reaudits"),
        tie_break=Audit.id,
        after=known.read,
        empty_text=lazy_gettext("No audit has been scored again yet."),
    )


def _name(one: Audit) -> str | None:
    return one.auditor.name if one.auditor else None


def _filters(viewer: User) -> list[Filter]:
    def auditors() -> list[tuple[str, Any]]:
        ids = queries.compared(viewer).with_only_columns(first_audit().auditor_id)
        rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)).order_by(User.name))
        return [(str(number), name) for number, name in rows]

    auditor = Filter(
        "auditor", lazy_gettext("Auditor"), lambda value: first_audit().auditor_id == row_number(value), auditors
    )
    return [auditor, _contested()]


def _contested() -> Filter:
    waits = exists().where(Contest.audit_id == Audit.id, Contest.state == ContestState.OPEN)
    return Filter("contested", lazy_gettext("Contested"), lambda _value: waits, lambda: [("open", _("to be answered"))])
