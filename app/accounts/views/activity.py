"""The activity log: everything anyone changed."""

from __future__ import annotations

import json
from datetime import date, timedelta

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import joinedload

from app.accounts import labels
from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.filters import called
from app.accounts.models import Activity
from app.accounts.permissions import Permission
from app.core.clock import start_of
from app.core.tables import Cell, Column, Filter, Table, moment_column, text


def _about(line: Activity) -> Cell:
    if line.person is None:
        return text(None)
    return text(line.person.name, url=url_for("admin.person", person_id=line.person.id))


def _since(value: str) -> ColumnElement[bool]:
    return Activity.at >= start_of(date.fromisoformat(value), current_app.config["PROGRAMME_TIME_ZONE"])


def _until(value: str) -> ColumnElement[bool]:
    day = date.fromisoformat(value) + timedelta(days=1)
    return Activity.at < start_of(day, current_app.config["PROGRAMME_TIME_ZONE"])


def _concerns(value: str) -> ColumnElement[bool]:
    """Done by, or about, people who are called so."""
    return or_(called(Activity.actor_id, value), called(Activity.person_id, value))


def _verbs() -> list[tuple[str, str]]:
    return sorted(((key, str(label)) for key, label in labels.named("VERBS").items()), key=lambda pair: pair[1])


LOG = Table(
    id="activity",
    caption=lazy_gettext("Activity"),
    columns=[
        moment_column("at", lazy_gettext("When"), Activity.at),
        Column("actor", lazy_gettext("Who"), lambda line: text(line.actor.name if line.actor else "Hilo")),
        Column("verb", lazy_gettext("What"), lambda line: text(labels.verb(line.verb)), sort=Activity.verb),
        Column("person", lazy_gettext("About"), _about),
        Column(
            "detail",
            lazy_gettext("Details"),
            lambda line: text(labels.detail(line), raw=json.dumps(line.detail, ensure_ascii=False)),
        ),
    ],
    filters=[
        Filter("verb", lazy_gettext("What"), lambda value: Activity.verb == value, _verbs),
        Filter("person", lazy_gettext("Person"), _concerns, kind="text"),
        Filter("since", lazy_gettext("From"), _since, kind="date"),
        Filter("until", lazy_pgettext("day", "To"), _until, kind="date"),
    ],
    sort="-at",
    tie_break=Activity.id.desc(),
    empty_text=lazy_gettext("No activity matches. Remove a filter to see more."),
)


@admin.get("/activity")
@requires(Permission.ADMINISTER)
def activity() -> ResponseReturnValue:
    """Who did what, and when: about people and by people within reach."""
    seen = Activity.visible_to(viewer()).options(joinedload(Activity.actor), joinedload(Activity.person))
    return LOG.answer(seen, "accounts/admin/activity.html")
