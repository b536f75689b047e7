"""The log of letters that were sent: one's own, and for administrators everybody's."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import by_name
from app.accounts.models import Letter
from app.accounts.permissions import Permission
from app.core.tables import Column, Table, moment_column, text
from app.home.blueprint import bp


@bp.get("/notices/letters")
@requires(Permission.USE)
def letters() -> ResponseReturnValue:
    """What was mailed to whom, and when."""
    sees_others = may(viewer(), Permission.ADMINISTER)
    table = Table(
        id="letters",
        columns=[
            moment_column("sent_at", lazy_gettext("Sent"), Letter.sent_at),
            *(
                [Column("person", lazy_gettext("To"), lambda one: text(one.person.name, note=one.sent_to))]
                * sees_others
            ),
            Column("subject", lazy_pgettext("mail", "Subject"), lambda one: text(one.subject), sort=Letter.subject),
        ],
        filters=[by_name(Letter.person_id, lazy_gettext("Search"))] * sees_others,
        sort="-sent_at",
        caption=lazy_gettext("Emails sent"),
        tie_break=Letter.id.desc(),
        empty_text=lazy_gettext("No email has been sent yet."),
    )
    return table.answer(Letter.visible_to(viewer()).options(joinedload(Letter.person)), "home/letters.html")
