"""One's own sessions in a calendar: the page of the secret address, and what that address answers."""

from __future__ import annotations

from flask import Response, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.coaching import calendars, services
from app.coaching.blueprint import bp
from app.coaching.models import CalendarFeed
from app.coaching.services.feeds import LOOKS_BACK
from app.core.calendars import entries_of
from app.core.clock import now
from app.core.database import db
from app.core.i18n import speak
from app.core.web import public
from app.curriculum.live.calendar import entries


@bp.get("/calendar")
@requires(Permission.USE)
def calendar() -> ResponseReturnValue:
    """What the address is for, and whether there is one."""
    return _page()


@bp.post("/calendar")
@requires(Permission.USE)
def make_calendar() -> ResponseReturnValue:
    """Make an address, or another in its place: it is shown this once."""
    token = services.make_feed(db.session(), by=viewer(), on=now())
    db.session.commit()
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    return _page(base + url_for("coaching.calendar_feed", token=token))


@bp.post("/calendar/revoke")
@requires(Permission.USE)
def revoke_calendar() -> ResponseReturnValue:
    """Let the address answer no longer."""
    services.revoke_feed(db.session(), by=viewer(), on=now())
    db.session.commit()
    flash(_("The address no longer works."))
    return redirect(url_for("coaching.calendar"))


def _page(address: str | None = None) -> str:
    feed = db.session.scalars(CalendarFeed.visible_to(viewer())).first()
    return render_template("coaching/calendar.html", feed=feed, feed_address=address)


@bp.get("/calendar/<token>.ics")
@public
def calendar_feed(token: str) -> ResponseReturnValue:
    """All that is held live with whoever's address this is, for a calendar that nobody signs in for."""
    reader = services.reader_of(db.session(), token, on=now())
    if reader is None:
        abort(404)
    with speak(reader.language):
        live = entries(db.session(), reader, on=now())
        live += entries_of(db.session(), reader.id, now() - LOOKS_BACK)
        content = calendars.feed(services.sessions_of(db.session(), reader, on=now()), reader, live=live, on=now())
    db.session.commit()
    answer = Response(content, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
