"""Help: the guide of one's own role, and those of the others."""

from __future__ import annotations

from flask import abort, redirect, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import requires
from app.accounts.permissions import Permission
from app.core import i18n
from app.home import guide, navigation
from app.home.blueprint import bp


@bp.get("/help")
@requires(Permission.USE)
def help_index() -> ResponseReturnValue:
    """The guide of the role the viewer looks in."""
    return redirect(url_for("home.help_page", name=guide.of_role(navigation.chosen_role())))


@bp.get("/help/<name>")
@requires(Permission.USE)
def help_page(name: str) -> ResponseReturnValue:
    """One guide, in the viewer's language; they are no secret of a role."""
    if name not in guide.FILES:
        abort(404)
    language = i18n.language()
    found = guide.guide(name, language)
    return render_template("home/help.html", guide=found, titles=guide.titles(language), name=name)


@bp.get("/help/pictures/<name>")
@requires(Permission.USE)
def help_picture(name: str) -> ResponseReturnValue:
    """A picture of a guide: of the demo programme, with nobody real on it."""
    return send_from_directory(guide.PICTURES, name, max_age=3600)
