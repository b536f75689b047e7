"""The agents whose one-pager somebody may read, as a list to choose from."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext

from app.accounts.filters import by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.database import db
from app.core.tables import Column, Table, day_column, search, text


def agent_table(viewer: User) -> Table:
    """The list, by name."""
    teams: dict[int, str] = {}
    return Table(
        id="one-pagers",
        columns=[
            Column(
                "name",
                lazy_gettext("Agent"),
                lambda one: text(one.name, url=url_for("reports.agent", person_id=one.id)),
                sort=User.name,
            ),
            Column("employee_no", lazy_gettext("Employee number"), lambda one: text(one.employee_no), sort=User.employee_no),
            Column("team", lazy_gettext("Team"), lambda one: text(teams.get(one.id))),
            day_column("left_on", lazy_gettext("Left on"), User.left_on),
        ],
        filters=[
            search(User.name, User.employee_no, label=lazy_gettext("Search agents")),
            by_unit(User.id, viewer, Permission.SEE_REPORTS),
        ],
        sort="name",
        caption=lazy_gettext("Agents"),
        tie_break=User.id,
        after=lambda rows: teams.update(teams_of(db.session(), {one.id for one in rows})),
        empty_text=lazy_gettext("No agent matches. Remove a filter to see more."),
    )  # fmt: skip
