"""Mapping profiles: the list, one profile, and in and out as a file. How one is made is in `profile_steps`."""

from __future__ import annotations

import io
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits.blueprint import bp
from app.audits.dsat.views import bring_cases
from app.audits.profiles import keeping, making, matching, showing
from app.audits.profiles.mapping import Shape
from app.audits.profiles.models import MappingProfile
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.jobs import enqueue
from app.core.problems import BadFile


def profile_of(profile_id: int) -> MappingProfile:
    """A profile the viewer may see, else not found."""
    return one_or_404(MappingProfile.visible_to(viewer()).where(MappingProfile.id == profile_id))


@bp.get("/profiles")
@requires(Permission.IMPORT_AUDITS)
def profiles() -> ResponseReturnValue:
    """The mapping profiles there are."""
    found = MappingProfile.visible_to(viewer()).options(joinedload(MappingProfile.by)).order_by(MappingProfile.name)
    return render_template("audits/profiles.html", profiles=db.session.scalars(found).all())


@bp.post("/profiles/bring")
@requires(Permission.IMPORT_AUDITS)
def bring_profile() -> ResponseReturnValue:
    """A profile that was exported, here or elsewhere."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused(_("Choose a file."))
    profile = keeping.bring(db.session(), file.stream.read(keeping.LARGEST + 1), by=viewer(), on=now())
    db.session.commit()
    flash(_("Profile “%(name)s” saved.", name=profile.name))
    return redirect(url_for("audits.profile", profile_id=profile.id))


@bp.get("/profiles/<int:profile_id>")
@requires(Permission.IMPORT_AUDITS)
def profile(profile_id: int) -> ResponseReturnValue:
    """What a profile says, how the sample reads through it, and what is still to be decided."""
    row = profile_of(profile_id)
    known = matching.known(db.session(), row.mapping, viewer()) if row.seen.get("words") else None
    return render_template("audits/profile.html", **_shown(row, known))


def _shown(row: MappingProfile, known: matching.Known | None) -> dict[str, Any]:
    preview, trouble = None, None
    if row.sample_as and not row.mapping.lacks():
        try:
            preview = showing.preview(db.session(), making.sample(row), row.mapping, viewer())
        except (BadFile, Refused) as error:
            trouble = str(error)
    return {
        "profile": row,
        "mapping": row.mapping,
        "facts": showing.facts(row.mapping),
        "waiting": showing.waiting(row, known) if known else [],
        "preview": preview,
        "trouble": trouble,
    }


@bp.get("/profiles/<int:profile_id>/export")
@requires(Permission.IMPORT_AUDITS)
def export_profile(profile_id: int) -> ResponseReturnValue:
    """The profile as a file."""
    row = profile_of(profile_id)
    content = io.BytesIO(keeping.export(row))
    return send_file(content, mimetype="application/json", as_attachment=True, download_name=f"{row.name}.json")


@bp.post("/profiles/<int:profile_id>/finish")
@requires(Permission.IMPORT_AUDITS)
def finish_profile(profile_id: int) -> ResponseReturnValue:
    """Save the profile for use."""
    row = profile_of(profile_id)
    making.finish(db.session(), row, by=viewer(), on=now())
    db.session.commit()
    flash(_("Profile “%(name)s” saved.", name=row.name))
    return redirect(url_for("audits.profile", profile_id=row.id))


@bp.post("/profiles/<int:profile_id>/import")
@requires(Permission.IMPORT_AUDITS)
def import_sample(profile_id: int) -> ResponseReturnValue:
    """Save the profile, and check the sample as a file to be imported."""
    row = profile_of(profile_id)
    making.finish(db.session(), row, by=viewer(), on=now())
    if row.mapping.shape is Shape.CASES:
        with making.sample(row).open("rb") as stream:
            return bring_cases(stream, row.sample_name or "", row.name)
    sent = making.send_sample(db.session(), row, by=viewer(), on=now())
    enqueue(db.session, "audits.check", key=str(sent.id), import_id=sent.id)
    db.session.commit()
    return redirect(url_for("audits.import_page", import_id=sent.id))


@bp.post("/profiles/<int:profile_id>/drop")
@requires(Permission.IMPORT_AUDITS)
def drop_profile(profile_id: int) -> ResponseReturnValue:
    """Take a profile away."""
    row = profile_of(profile_id)
    making.drop(db.session(), row, by=viewer(), on=now())
    db.session.commit()
    flash(_("Profile “%(name)s” deleted.", name=row.name))
    return redirect(url_for("audits.profiles"))
