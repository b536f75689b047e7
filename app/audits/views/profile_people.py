"""People a sample names and Hilo does not know, added from there by who administers a unit."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import requires, viewer
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.accounts.services import NewPerson, unit_at
from app.audits.blueprint import bp
from app.audits.profiles import labels, matching, newcomers
from app.audits.profiles.mapping import PEOPLE
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.newcomers import Newcomer
from app.audits.views.profile_steps import MOST_SHOWN, steps
from app.audits.views.profiles import profile_of
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.sheets import parse_date
from app.core.web import row_number

MOST_GROUPS = 12


@bp.route("/profiles/<int:profile_id>/people/<name>", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def profile_people(profile_id: int, name: str) -> ResponseReturnValue:
    """Add the people of a kind a sample names and nobody has brought in."""
    row, trouble = profile_of(profile_id), None
    if name not in PEOPLE or "words" not in row.seen:
        abort(404)
    everybody = newcomers.newcomers(name, row.mapping, row.seen, matching.known(db.session(), row.mapping, viewer()))
    found = [one for one in everybody if not request.values.get("group") or one.group == request.values["group"]]
    if request.method == "POST":
        try:
            added = _add(row, name, found)
            db.session.commit()
            flash(ngettext("%(num)s person added.", "%(num)s people added.", added))
            return redirect(url_for("audits.profile_matches", profile_id=profile_id))
        except Refused as refusal:
            db.session.rollback()
            row, trouble = profile_of(profile_id), str(refusal)
    page = render_template("audits/profile_people.html", trouble=trouble, **_context(row, name, found, everybody))
    return page, 422 if trouble else 200


def _context(row: MappingProfile, name: str, found: list[Newcomer], everybody: list[Newcomer]) -> dict[str, Any]:
    units = db.session.scalars(newcomers.units_for(viewer(), name)).all()
    return {
        "profile": row,
        "name": name,
        "steps": steps(),
        "label": labels.WORDS[name],
        "found": found[:MOST_SHOWN],
        "count": len(found),
        "group": request.values.get("group", ""),
        "groups": _groups(row, name, everybody),
        "units": [(unit.id, unit.path.replace("/", " · ") or unit.name) for unit in units],
        "may_make_units": everywhere(viewer(), Permission.ADMINISTER),
        "since": newcomers.first_day(row.mapping, row.seen) or now().date(),
        "sent": request.form,
    }


def _groups(row: MappingProfile, name: str, everybody: list[Newcomer]) -> list[tuple[str, str, bool, int | None]]:
    """What the file says people belong to, as tabs."""
    chosen, groups = request.values.get("group", ""), newcomers.groups_of(everybody)[:MOST_GROUPS]

    def at(group: str | None) -> str:
        return url_for("audits.profile_people", profile_id=row.id, name=name, group=group)

    tabs = [(at(group), group, group == chosen, count) for group, count in groups]
    return [(at(None), _("All"), not chosen, None), *tabs] if tabs else []


def _add(row: MappingProfile, name: str, found: list[Newcomer]) -> int:
    people = _sent(found)
    if not people:
        raise Refused(_("Choose who to add."))
    unit, since = _unit(name), parse_date(request.form.get("since", ""))
    if since is None or since > now().date():
        raise Refused(_("Say since when they have been there: a day up to today."))
    return newcomers.add(db.session(), row, name, people, unit, since, by=viewer(), on=now())


def _sent(found: list[Newcomer]) -> list[tuple[str, NewPerson]]:
    """Those ticked, as they were mended on the page; and the others as offered, if all are wanted."""
    sent, people = request.form, []
    for place, one in enumerate(found[:MOST_SHOWN]):
        if sent.get(f"{place}-word") == one.word and sent.get(f"take-{place}") is not None:
            texts = (sent.get(f"{place}-{part}", "") for part in ("number", "name", "email"))
            people.append((one.word, NewPerson(*texts)))
    if sent.get("rest") is not None:
        people += [(one.word, NewPerson(one.employee_no, one.name, one.email)) for one in found[MOST_SHOWN:]]
    return people


def _unit(name: str) -> Unit:
    """The unit chosen, or a new one along a path."""
    path = "/".join(part.strip() for part in request.form.get("new_unit", "").split("/") if part.strip())
    if path and everywhere(viewer(), Permission.ADMINISTER):
        return unit_at(db.session(), path)
    wanted = newcomers.units_for(viewer(), name).where(Unit.id == request.form.get("unit", 0, type=row_number))
    unit = db.session.scalar(wanted)
    if unit is None:
        raise Refused(_("Choose where they belong."))
    return unit
