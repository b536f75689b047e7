"""A mapping profile made step by step from a sample: what each step confirms is kept, and what follows is looked up again."""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.audits.models import Import, ImportState
from app.audits.profiles import guessing, survey
from app.audits.profiles.keeping import free_name
from app.audits.profiles.labels import FIELDS, fields
from app.audits.profiles.mapping import Columns, DateStyle, Join, Mapping, Scale, Shape
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.whole import header_of, keys_of, like_sheets
from app.audits.services.importing import KIND
from app.audits.services.uploads import LONGEST_NAME, about_rows, store, upload
from app.core.errors import Refused
from app.core.problems import BadFile


def begin(session: Session, stream: IO[bytes], file_name: str, name: str, *, by: User, on: datetime) -> MappingProfile:
    """Start a profile from a sample; raises `Refused` for a name that is taken and `BadFile` for a file nobody can read."""
    free = free_name(session, name)
    profile = MappingProfile(name=free, ready=False, by_id=by.id, created_at=on, changed_at=on, data={}, seen={})
    take_sample(profile, stream, file_name)
    session.add(profile)
    session.flush()
    log(session, "mapping_profile.begun", profile, by=by, on=on, name=free)
    return profile


def take_sample(profile: MappingProfile, stream: IO[bytes], file_name: str) -> None:
    """Keep a file as the sample the profile is made or mended with; raises `BadFile`."""
    profile.sample_as = store(stream)
    profile.sample_name = Path(file_name.replace("\\", "/")).name[-LONGEST_NAME:] or "file"
    look(profile)


def sample_of_import(profile: MappingProfile, row: Import) -> None:
    """Take the file of an import as the sample; raises `Refused` once it is gone."""
    profile.sample_as, profile.sample_name = row.stored_as, row.file_name
    sample(profile)
    look(profile)


def look(profile: MappingProfile) -> None:
    """Look at the sample anew, as far as the profile tells how; raises `BadFile`."""
    mapping, path = profile.mapping, sample(profile)
    seen: dict[str, Any] = {"table": survey.glimpse(path, sheet=mapping.sheet, rows_of=mapping.rows_of)}
    if mapping.fields:
        seen["table"]["header"] = header_of(path, mapping)
        seen["examples"] = survey.examples(path, seen["table"]["header"], mapping)
        seen["order"] = list(seen["examples"])
        seen |= survey.words(path, mapping)
    elif len(seen["table"]["sheets"]) > 1:
        seen["table"]["alike"] = _alike(path, mapping, seen["table"])
    profile.seen = seen


def _alike(path: Path, mapping: Mapping, table: Names[str, Any]) -> list[str]:
    """The sheets that seem to have the same columns, before anybody has said which one is read; none where none has rows."""
    chosen = replace(mapping, sheet=table["sheet"], header_rows=table["header_rows"])
    try:
        return like_sheets(path, chosen, table["header"])
    except BadFile:
        return []


def sample(profile: MappingProfile) -> Path:
    """Where the sample is kept; raises `Refused` once it is gone."""
    path = upload(profile.sample_as)
    if path is None:
        raise Refused(_("The sample of this profile is gone. Send a file of the same tool again."))
    return path


def set_table(
    profile: MappingProfile,
    *,
    sheet: str | None,
    rows_of: str | None,
    header: int,
    rows_below: int,
    on: datetime,
    header_rows: int = 1,
    every_sheet: bool = False,
    join: Join | None = None,
) -> None:
    """Say where the table stands: which sheets or list, which rows name its columns, how many rows are below it."""
    path, kept, seen = sample(profile), profile.mapping, profile.seen["table"]
    elsewhere = (sheet, rows_of) != (seen["sheet"], seen["rows_of"])
    glimpse = survey.glimpse(path, sheet=sheet, rows_of=rows_of) if elsewhere else {**seen, "header": header}
    if not elsewhere:
        glimpse["header_rows"] = header_rows
    mapping = replace(
        kept,
        sheet=sheet,
        rows_of=rows_of,
        rows_below=rows_below,
        header_rows=glimpse["header_rows"],
        every_sheet=every_sheet,
        join=join,
    )
    glimpse["rows_below"] = rows_below
    examples = survey.examples(path, glimpse["header"], mapping)
    glimpse |= _beside(path, mapping, glimpse, examples)
    profile.seen = {"table": glimpse, "examples": examples, "order": list(examples)}
    gone = {name for name, at in kept.fields.items() if not set(at.columns) <= set(examples)}
    fields = {name: at for name, at in kept.fields.items() if name not in gone}
    profile.mapping, profile.changed_at = replace(mapping, fields=fields), on


def _beside(path: Path, mapping: Mapping, glimpse: Names[str, Any], examples: Names[str, list[str]]) -> dict[str, Any]:
    """What other sheets hold: those of the same kind, and the keys by which the one that says more may be found."""
    if len(glimpse["sheets"]) < 2:
        return {}
    alike = like_sheets(path, mapping, glimpse["header"])
    keys = keys_of(path, mapping.join.sheet) if mapping.join else []
    own = [name for name in examples if not name.startswith(f"{mapping.join.sheet}: ")] if mapping.join else []
    offer = next(((one, other) for one in own for other in keys if guessing.key(one) == guessing.key(other)), None)
    return {"alike": alike, "keys": keys, "own": own, "offer": offer}


def set_columns(profile: MappingProfile, said: Columns, *, on: datetime) -> None:
    """Say which column is what; then all words of the sample are read. Raises `Refused` while something is lacking."""
    mapping = replace(
        profile.mapping,
        shape=said.shape,
        fields=said.fields,
        person_by=said.person_by,
        questions=said.questions,
        comments=said.comments,
    )
    if lacking := [name for name in mapping.lacks() if name not in mapping.fields and name in FIELDS]:
        raise Refused(
            _("Say where to find: %(names)s.", names=", ".join(str(fields(said.shape)[name]) for name in lacking))
        )
    profile.mapping, profile.changed_at = mapping, on
    profile.seen = {**profile.seen, **survey.words(sample(profile), mapping)}


def set_values(
    profile: MappingProfile,
    *,
    dates: Names[str, DateStyle],
    time_zone: str | None,
    decimal: str,
    scale: Scale,
    maximum: float | None,
    maxima: Names[str, float],
    passes_from: float,
    on: datetime,
) -> None:
    """Say how dates and results are written."""
    mapping = replace(
        profile.mapping,
        dates=dates,
        time_zone=time_zone,
        decimal=decimal,
        scale=scale,
        maximum=maximum,
        maxima=maxima,
        passes_from=passes_from,
    )
    if mapping.dates_lacking():
        raise Refused(_("Say how the dates are written."))
    profile.mapping, profile.changed_at = mapping, on


def set_words(profile: MappingProfile, name: str, words: Names[str, str | None], *, on: datetime) -> None:
    """Say what some words mean; None leaves them out. What was said of others stays."""
    mapping = profile.mapping
    said = {**mapping.words, name: {**mapping.words.get(name, {}), **words}}
    profile.mapping, profile.changed_at = replace(mapping, words=said), on


def forget_words(profile: MappingProfile, name: str, words: set[str], *, on: datetime) -> None:
    """Take back what was said of some words."""
    mapping = profile.mapping
    left = {word: meaning for word, meaning in mapping.words.get(name, {}).items() if word not in words}
    profile.mapping, profile.changed_at = replace(mapping, words={**mapping.words, name: left}), on


def finish(session: Session, profile: MappingProfile, *, by: User, on: datetime) -> None:
    """The profile may be used from now on; raises `Refused` while something is lacking."""
    if profile.mapping.lacks():
        raise Refused(_("The profile is incomplete. Go through its steps first."))
    if not profile.ready:
        log(session, "mapping_profile.saved", profile, by=by, on=on, name=profile.name)
    profile.ready, profile.changed_at = True, on


def rename(session: Session, profile: MappingProfile, name: str, *, by: User, on: datetime) -> None:
    """Give the profile another name."""
    profile.name = free_name(session, name, own=profile.id)
    profile.changed_at = on
    log(session, "mapping_profile.saved", profile, by=by, on=on, name=profile.name)


def drop(session: Session, profile: MappingProfile, *, by: User, on: datetime) -> None:
    """Take the profile away; what came in through it stays."""
    log(session, "mapping_profile.dropped", profile, by=by, on=on, name=profile.name)
    session.delete(profile)


def send_sample(session: Session, profile: MappingProfile, *, by: User, on: datetime) -> Import:
    """The sample as a file to be imported through the profile."""
    path = sample(profile)
    row = Import(
        kind=KIND,
        file_name=profile.sample_name or "file",
        stored_as=profile.sample_as,
        sha256=profile.sample_as or "",
        rows_total=about_rows(path),
        options={"profile": profile.name},
        state=ImportState.RECEIVED,
        by_id=by.id,
        created_at=on,
    )
    session.add(row)
    session.flush()
    log(session, "import.received", row, by=by, on=on, file=row.file_name)
    return row


def guess(profile: MappingProfile, numbers: set[str], shape: Shape | None = None) -> Columns:
    """What the columns of the sample seem to be; in this shape, if it is known."""
    return guessing.columns(profile.examples, numbers, shape)
