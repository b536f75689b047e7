"""The history of what came in."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext, ngettext
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.audits import labels
from app.audits.models import Import, ImportState
from app.core.tables import Cell, Column, Filter, Table, at_moment, figure, search, state, text


def imports(viewer: User) -> Select[Import]:
    """The imports the viewer may see."""
    return Import.visible_to(viewer).options(joinedload(Import.by))


def import_table() -> Table:
    """The history of imports, newest first."""
    return Table(
        id="imports",
        columns=[
            Column("file", lazy_gettext("File"), _file, sort=Import.file_name),
            Column("kind", lazy_gettext("Kind"), lambda row: text(labels.IMPORT_KINDS[row.kind])),
            Column("state", lazy_gettext("State"), _state, sort=Import.state),
            Column("came", lazy_gettext("What changed"), lambda row: text(brought(row))),
            Column(
                "rows", lazy_gettext("Rows"), lambda row: figure(row.rows_total or None), align="end", kind="number"
            ),
            Column("by", lazy_pgettext("import", "By"), _by),
            Column(
                "at",
                lazy_pgettext("import", "Received"),
                lambda row: at_moment(row.created_at),
                sort=Import.id,
                kind="moment",
            ),
        ],
        filters=[
            search(Import.file_name, label=lazy_gettext("File")),
            Filter(
                "kind", lazy_gettext("Kind"), lambda value: Import.kind == value, lambda: [*labels.IMPORT_KINDS.items()]
            ),
            Filter(
                "state",
                lazy_gettext("State"),
                lambda value: Import.state == ImportState(value),
                lambda: [(one.value, label) for one, label in labels.IMPORT_STATES.items()],
            ),
        ],
        sort="-at",
        caption=lazy_gettext("Imports"),
        tie_break=Import.id,
        empty_text=lazy_gettext("Nothing has been imported yet."),
    )


def brought(row: Import) -> str | None:
    """What an import did, in a line."""
    if row.state not in (ImportState.DONE, ImportState.UNDONE):
        return None
    if row.kind == "scorecard":
        new, changed = row.counts["versions_new"], row.counts["versions_changed"]
        return _("versions: %(new)s new, %(changed)s changed", new=new, changed=changed)
    if row.kind == "dsat":
        return _cases(row.counts["new"], row.counts["changed"])
    new, corrected = row.counts["audits"]["new"], row.counts["audits"]["corrected"]
    if not new and not corrected:
        return _("nothing new")
    said = [ngettext("%(num)s new audit", "%(num)s new audits", new)] if new else []
    if corrected:
        said.append(ngettext("%(num)s corrected", "%(num)s corrected", corrected))
    return ", ".join(said)


def _cases(new: int, changed: int) -> str:
    said = [ngettext("%(num)s new case", "%(num)s new cases", new)] if new else []
    if changed:
        said.append(ngettext("%(num)s changed", "%(num)s changed", changed))
    return ", ".join(said) or _("nothing new")


def _file(row: Import) -> Cell:
    return text(row.file_name, url=url_for("audits.import_page", import_id=row.id))


def _state(row: Import) -> Cell:
    return state(labels.IMPORT_STATES[row.state], labels.IMPORT_LOOKS[row.state], raw=row.state.value)


def _by(row: Import) -> Cell:
    return text(row.by.name if row.by else _("command line"))
