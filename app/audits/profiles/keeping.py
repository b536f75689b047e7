"""Mapping profiles found, kept, and handed on as files."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.audits.profiles.mapping import FORMAT, Mapping
from app.audits.profiles.models import MappingProfile
from app.core.errors import Refused

LONGEST_NAME = 60
LARGEST = 8 << 20
"""Of a profile as a file."""


def named(session: Session, name: str, by: User | None) -> MappingProfile:
    """The profile called so, of those `by` may use; raises `Refused`, with those there are."""
    profiles = select(MappingProfile) if by is None else MappingProfile.visible_to(by)
    found = session.scalars(profiles.where(MappingProfile.ready).order_by(MappingProfile.name)).all()
    for profile in found:
        if profile.name == name:
            return profile
    if not found:
        raise Refused(
            _(
                "There is no profile “%(name)s”; none has been saved yet. Leave it out for the standard columns.",
                name=name,
            )
        )
    known = ", ".join(profile.name for profile in found)
    raise Refused(_("There is no profile “%(name)s”. Choose one of: %(known)s.", name=name, known=known))


def free_name(session: Session, name: str, own: int | None = None) -> str:
    """A name nobody has taken, tidied; raises `Refused`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise Refused(_("Give the profile a name of at most %(most)s characters.", most=LONGEST_NAME))
    taken = session.scalar(select(MappingProfile.id).where(MappingProfile.name == tidy))
    if taken is not None and taken != own:
        raise Refused(_("There is already a profile “%(name)s”. Choose another name.", name=tidy))
    return tidy


def export(profile: MappingProfile) -> bytes:
    """The profile as a file, to be kept or handed on."""
    whole = {"hilo_profile": FORMAT, "name": profile.name, "mapping": profile.data}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode()


def bring(session: Session, content: bytes, *, by: User | None, on: datetime) -> MappingProfile:
    """A profile from a file; one of the same name that `by` may see is replaced. Raises `Refused`."""
    name, mapping = _read(content)
    visible = select(MappingProfile) if by is None else MappingProfile.visible_to(by)
    profile = session.scalars(visible.where(MappingProfile.name == " ".join(name.split()))).first()
    if profile is None:
        profile = MappingProfile(name=free_name(session, name), created_at=on, by_id=by.id if by else None)
        session.add(profile)
    profile.mapping, profile.ready, profile.changed_at = mapping, True, on
    session.flush()
    log(session, "mapping_profile.saved", profile, by=by, on=on, name=profile.name)
    return profile


def _read(content: bytes) -> tuple[str, Mapping]:
    refusal = Refused(_("The file is not a Hilo mapping profile. Export the profile again and send that file."))
    if len(content) > LARGEST:
        raise refusal
    try:
        whole: Any = json.loads(content.decode("utf-8-sig"))
        if whole["hilo_profile"] != FORMAT or not isinstance(whole["name"], str):
            raise refusal
        mapping = Mapping.from_data(whole["mapping"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise refusal from None
    if mapping.lacks():
        raise Refused(_("The mapping profile is incomplete: %(what)s.", what=", ".join(mapping.lacks())))
    return whole["name"], mapping
