"""The list of audits; its filters are those that figures of quality link to."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import Select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.access import may
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits import labels
from app.audits.lists.narrowing import filters
from app.audits.models import (
    Audit,
    ScorecardVersion,
    Severity,
)
from app.core import i18n
from app.core.tables import Cell, Column, Table, at_moment, figure, on_day, state, text

FATAL = {True: "yes", False: "no"}
"""As files have it."""


def audits(viewer: User) -> Select[Audit]:
    """The audits the viewer may see, with what their rows name."""
    return (
        Audit.visible_to(viewer)
        .join(Audit.person)
        .join(Audit.version)
        .options(
            contains_eager(Audit.person),
            contains_eager(Audit.version).joinedload(ScorecardVersion.scorecard),
            joinedload(Audit.team),
        )
    )


def audit_table(viewer: User, *, whole: bool = False) -> Table:
    """The list of audits; who sees only their own sees no names. The `whole` of it, for files, has more columns."""
    sees_others = may(viewer, Permission.SEE_AUDITS)
    columns = [
        Column("audit", lazy_gettext("Audit"), _audit, sort=Audit.reference, plain=lambda a: a.reference),
        Column(
            "contact", lazy_gettext("Contact"), lambda a: on_day(a.contact_at), sort=Audit.contact_at, kind="moment"
        ),
        Column("agent", lazy_gettext("Agent"), _agent, sort=User.name, plain=lambda a: a.person.name),
        Column("scorecard", lazy_gettext("Scorecard"), _scorecard),
        Column("purpose", lazy_gettext("Purpose"), _purpose, sort=Audit.purpose, plain=lambda a: a.purpose.value),
        _share("score", lazy_gettext("Score"), Audit.score),
        _share("critical", lazy_gettext("Critical score"), Audit.critical_score),
        Column(
            "missed",
            lazy_pgettext("checks", "Missed"),
            _missed,
            sort=Audit.fails,
            align="end",
            plain=lambda a: a.fails,
        ),
        Column("fatal", lazy_pgettext("severity", "Fatal"), _fatal, sort=Audit.fatal, plain=lambda a: FATAL[a.fatal]),
    ]
    return Table(
        id="audits",
        columns=[
            *(c for c in columns if sees_others or c.key != "agent"),
            *(_more_columns(sees_others) if whole else ()),
        ],
        filters=filters(viewer, sees_others=sees_others),
        sort="-contact",
        caption=lazy_gettext("Audits"),
        tie_break=Audit.id,
        empty_text=lazy_gettext("No audit matches. Remove a filter to see more."),
    )


def _more_columns(sees_others: bool) -> list[Column]:
    """What a file holds beside what the page shows."""
    columns = [
        Column("employee_no", lazy_gettext("Employee number"), lambda a: text(a.person.employee_no)),
        Column("team", lazy_gettext("Team"), lambda a: text(a.team.path if a.team else None)),
        Column("version", lazy_gettext("Version"), lambda a: text(a.version.label)),
        _share("noncritical", lazy_gettext("Score of other criteria"), Audit.noncritical_score),
        Column("checks", lazy_gettext("Checks"), lambda a: figure(a.checks), kind="number"),
        Column("contact_ref", lazy_gettext("Contact reference"), lambda a: text(a.contact_ref)),
        Column("channel", lazy_gettext("Channel"), lambda a: text(a.channel)),
        Column("audited", lazy_gettext("Audited on"), lambda a: at_moment(a.audited_at), kind="moment"),
    ]
    return columns if sees_others else columns[2:]


def _audit(audit: Audit) -> Cell:
    unbroken = audit.reference.replace("-", "\u2011")
    return text(unbroken, url=url_for("audits.audit", audit_id=audit.id), raw=audit.reference)


def _agent(audit: Audit) -> Cell:
    team = " · ".join(audit.team.path.split("/")[-2:]) if audit.team else None
    return text(audit.person.name, note=team)


def _scorecard(audit: Audit) -> Cell:
    return text(audit.version.scorecard.name, note=audit.version.label)


def _purpose(audit: Audit) -> Cell:
    return text(labels.PURPOSES[audit.purpose], raw=audit.purpose.value)


def _share(key: str, label: Any, column: Any) -> Column:
    """A score, which is a weighted share and so has no n of its own."""

    def cell(audit: Audit) -> Cell:
        value = plain(audit)
        return text(None if value is None else i18n.percent(value), raw=value)

    plain = attrgetter(column.key)
    return Column(key, label, cell, sort=column, align="end", kind="rate", plain=plain)


def _missed(audit: Audit) -> Cell:
    said = _("%(part)s of %(whole)s", part=i18n.number(audit.fails), whole=i18n.number(audit.checks))
    return text(said, raw=audit.fails)


def _fatal(audit: Audit) -> Cell:
    fatal = labels.SEVERITIES[Severity.FATAL]
    return state(fatal, "fatal", raw=FATAL[True]) if audit.fatal else text(None, raw=FATAL[False])
