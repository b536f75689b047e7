"""A mapping profile made from a sample, step by step: file, table, columns, values, matches."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.accounts.queries import places
from app.audits.blueprint import bp
from app.audits.labels import CAUSES, LANGUAGES, PURPOSES, RESULTS
from app.audits.profiles import creating, deciding, forms, labels, making, matching, showing
from app.audits.profiles.mapping import DATES, MAXIMUM, PEOPLE, Field, Shape
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.survey import texts_of
from app.audits.views.profiles import profile_of
from app.core import exports
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.problems import BadFile

FIRST, MORE = ("audit_ref", "employee_no", "scorecard", "contact_at", "audited_at"), (
    "auditor_no", "contact_ref", "purpose", "channel", "language", "source", "version", "reaudit_of",
)  # fmt: skip
CASE, CASE_MORE = ("audit_ref", "employee_no", "contact_at"), (
    "contact_ref", "score", "comment", "channel", "language", "source",
)  # fmt: skip
ANSWER = ("criterion", "result", MAXIMUM, "comment", "cause")
MOST_SHOWN = 100
"""Words of a kind asked on one page; the others come once these are decided."""


def steps() -> list[str]:
    """What the steps are called."""
    return [_("Sample"), _("Table"), _("Columns"), _("Values"), _("Matches"), pgettext("step", "Check")]


@bp.route("/profiles/new", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def new_profile() -> ResponseReturnValue:
    """Start a profile from a sample."""
    form, trouble = forms.SampleForm(), None
    if form.validate_on_submit():
        file = form.file.data
        try:
            row = making.begin(db.session(), file.stream, file.filename or "", form.name.data, by=viewer(), on=now())
            db.session.commit()
            return redirect(url_for("audits.profile_table", profile_id=row.id))
        except (BadFile, Refused) as error:
            db.session.rollback()
            trouble = str(error)
    status = 422 if form.errors or trouble else 200
    return render_template("audits/profile_new.html", form=form, trouble=trouble, steps=steps()), status


@bp.post("/profiles/<int:profile_id>/sample")
@requires(Permission.IMPORT_AUDITS)
def new_sample(profile_id: int) -> ResponseReturnValue:
    """Another file of the same tool, to see whether the profile reads it."""
    row, file = profile_of(profile_id), request.files.get("file")
    if file is None or not file.filename:
        raise Refused(_("Choose a file."))
    try:
        making.take_sample(row, file.stream, file.filename)
    except BadFile as bad:
        raise Refused(str(bad)) from None
    db.session.commit()
    return redirect(url_for("audits.profile" if row.ready else "audits.profile_table", profile_id=row.id))


@bp.route("/profiles/<int:profile_id>/table", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def profile_table(profile_id: int) -> ResponseReturnValue:
    """Where the table stands in the sample."""
    row, trouble = _with_sample(profile_id), None
    if request.method == "POST":
        said = forms.table(request.form, row.seen)
        moved = (said["sheet"], said["rows_of"]) != (row.seen["table"]["sheet"], row.seen["table"]["rows_of"])
        moved = moved or (said["join"] is not None and not said["join"].key)
        try:
            making.set_table(row, **said, on=now())
            db.session.commit()
            return redirect(url_for("audits.profile_table" if moved else "audits.profile_columns", profile_id=row.id))
        except BadFile as bad:
            db.session.rollback()
            row, trouble = _with_sample(profile_id), str(bad)
    page = render_template(
        "audits/profile_table.html",
        profile=row,
        mapping=row.mapping,
        table=row.seen["table"],
        trouble=trouble,
        steps=steps(),
    )
    return page, 422 if trouble else 200


@bp.route("/profiles/<int:profile_id>/columns", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def profile_columns(profile_id: int) -> ResponseReturnValue:
    """Which column is what."""
    row, trouble = _with_sample(profile_id), None
    if "examples" not in row.seen:
        return redirect(url_for("audits.profile_table", profile_id=row.id))
    if request.method == "POST":
        what = forms.shape(request.form, Shape.ANSWERS)
        try:
            said = forms.columns(request.form, what, list(row.examples))
            making.set_columns(row, said, on=now())
            db.session.commit()
            return redirect(url_for("audits.profile_values", profile_id=row.id))
        except (BadFile, Refused) as error:
            db.session.rollback()
            row, trouble = _with_sample(profile_id), str(error)
    context = _columns_context(row)
    return render_template("audits/profile_columns.html", trouble=trouble, **context), 422 if trouble else 200


def _columns_context(row: MappingProfile) -> dict[str, Any]:
    """What is confirmed already, or what the sample suggests."""
    mapping = row.mapping
    known = matching.known(db.session(), mapping, viewer())
    guess = making.guess(row, set(known.people))
    shape = forms.shape(request.values, mapping.shape if mapping.fields else guess.shape)
    as_guessed = not mapping.fields or shape is not mapping.shape
    if as_guessed and shape is not guess.shape:
        guess = making.guess(row, set(known.people), shape)
    from_ = guess if as_guessed else mapping
    return {
        "profile": row,
        "steps": steps(),
        "labels": labels,
        "shape": shape.value,
        "guessed": as_guessed,
        "fields": {**_said_once(row, known), **from_.fields} if as_guessed else from_.fields,
        "person_by": from_.person_by,
        "questions": from_.questions,
        "comments": from_.comments,
        "examples": row.examples,
        "groups": (CASE, (), CASE_MORE) if shape is Shape.CASES else (FIRST, ANSWER, MORE),
        "named": labels.fields(shape),
        "hints": {} if shape is Shape.CASES else labels.HINTS,
        "constants": {
            "scorecard": [(code, f"{code} · {name}") for code, name in known.cards.items()],
            "purpose": [(one.value, label) for one, label in PURPOSES.items()],
            "source": [(row.name, row.name)],
        },
        "people": PEOPLE,
        "two": forms.TWO_COLUMNS,
    }


def _said_once(row: MappingProfile, known: matching.Known) -> dict[str, Field]:
    """What seems to be the same in all audits: the tool, and the scorecard where there is but one."""
    only = {"scorecard": Field(says=next(iter(known.cards)))} if len(known.cards) == 1 else {}
    return {"source": Field(says=row.name), **only}


@bp.route("/profiles/<int:profile_id>/values", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def profile_values(profile_id: int) -> ResponseReturnValue:
    """How dates and results are written."""
    row, trouble = _with_sample(profile_id), None
    if "words" not in row.seen:
        return redirect(url_for("audits.profile_columns", profile_id=row.id))
    known = matching.known(db.session(), row.mapping, viewer())
    zones = sorted({place.time_zone for place in places(db.session()).values()} | {"UTC"})
    if request.method == "POST":
        try:
            scale = showing.scale_of(row.mapping, row.seen)
            making.set_values(row, **forms.values(request.form, row.mapping, zones, scale), on=now())
            pairs = forms.words(request.form, "result")
            deciding.decide(row, "result", pairs, known, leave_rest=False, on=now())
            db.session.commit()
            return redirect(url_for("audits.profile_matches", profile_id=row.id))
        except Refused as error:
            db.session.rollback()
            row, trouble = _with_sample(profile_id), str(error)
    page = render_template("audits/profile_values.html", trouble=trouble, **_values_context(row, known, zones))
    return page, 422 if trouble else 200


def _values_context(row: MappingProfile, known: matching.Known, zones: list[str]) -> dict[str, Any]:
    mapping, seen = row.mapping, row.seen
    return {
        "profile": row,
        "mapping": mapping,
        "steps": steps(),
        "labels": labels,
        "named": labels.fields(mapping.shape),
        "dates": showing.date_choices(mapping, seen),
        "zones": zones,
        "points": showing.points(mapping, seen),
        "words": showing.result_words(mapping, seen, known),
        "results": list(RESULTS.items()),
        "asked": [text for text in texts_of(seen, "criterion")[: forms.MOST_BELOW] if text],
        "has_maximum": bool(mapping.at(MAXIMUM).columns),
        "date_names": DATES,
    }


@bp.route("/profiles/<int:profile_id>/matches", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def profile_matches(profile_id: int) -> ResponseReturnValue:
    """What words, people and questions that are not known here mean."""
    row, trouble = _with_sample(profile_id), None
    if "words" not in row.seen:
        return redirect(url_for("audits.profile_columns", profile_id=row.id))
    known = matching.known(db.session(), row.mapping, viewer())
    if request.method == "POST":
        try:
            for name in labels.WORDS:
                pairs = forms.words(request.form, name)
                deciding.decide(row, name, pairs, known, leave_rest=False, on=now())
                if request.form.get("leave") == name:
                    deciding.decide_rest(row, name, known, on=now())
            db.session.commit()
            return redirect(_after_matches(row))
        except Refused as error:
            db.session.rollback()
            row, trouble = _with_sample(profile_id), str(error)
    page = render_template("audits/profile_matches.html", trouble=trouble, **_matches_context(row, known))
    return page, 422 if trouble else 200


def _after_matches(row: MappingProfile) -> str:
    """On to the check; back to the list while something waits that was not on the page, or was left open on purpose."""
    stays = request.form.get("leave") or request.form.get("stay")
    return url_for("audits.profile_matches" if stays else "audits.profile", profile_id=row.id)


def _matches_context(row: MappingProfile, known: matching.Known) -> dict[str, Any]:
    kinds, newcomers = [], []
    for name, label in labels.WORDS.items():
        words = matching.listed(name, row.mapping, row.seen, known)
        opened = [word for word in words if not word.decided]
        if name in PEOPLE and (new := sum(not word.offer for word in opened)):
            newcomers.append((name, new))
        decided = [word for word in words if word.decided]
        if words:
            kinds.append((name, label, opened[:MOST_SHOWN], len(opened), decided[:MOST_SHOWN]))
    return {
        "profile": row,
        "steps": steps(),
        "kinds": kinds,
        "newcomers": newcomers,
        "may_add": may(viewer(), Permission.ADMINISTER),
        "people": PEOPLE,
        "names": known.people,
        "languages": list(LANGUAGES.items()),
        "options": {
            "criterion": list(known.criteria.items()),
            "scorecard": list(known.cards.items()),
            "purpose": [(one.value, label) for one, label in PURPOSES.items()],
            "cause": [(one.value, label) for one, label in CAUSES.items()],
        },
    }


@bp.post("/profiles/<int:profile_id>/scorecard")
@requires(Permission.IMPORT_AUDITS)
def draft_scorecard(profile_id: int) -> ResponseReturnValue:
    """A new scorecard drafted from the questions of the sample; its draft is next."""
    row, sent = _with_sample(profile_id), request.form
    language = sent["language"] if sent.get("language") in LANGUAGES else "en"
    draft = creating.draft_scorecard(db.session(), row, sent.get("code", ""), language, by=viewer(), on=now())
    db.session.commit()
    flash(_("Drafted from the questions of the sample. Complete and publish it, then choose it in the profile."))
    return redirect(url_for("audits.scorecard_draft", draft_id=draft.id))


@bp.get("/profiles/<int:profile_id>/words/<name>.csv")
@requires(Permission.IMPORT_AUDITS)
def profile_words(profile_id: int, name: str) -> ResponseReturnValue:
    """The words of a kind that are to be decided on, as a file to be filled in."""
    row = _with_sample(profile_id)
    known = matching.known(db.session(), row.mapping, viewer())
    words = matching.listed(name, row.mapping, row.seen, known) if name in labels.WORDS else []
    return exports.download([deciding.as_sheet(words)], "csv", name)


@bp.post("/profiles/<int:profile_id>/words/<name>")
@requires(Permission.IMPORT_AUDITS)
def bring_words(profile_id: int, name: str) -> ResponseReturnValue:
    """A file that says what the words of a kind mean: word and meaning in its first two columns."""
    row, file = _with_sample(profile_id), request.files.get("file")
    if file is None or not file.filename or name not in labels.WORDS:
        raise Refused(_("Choose a file."))
    known = matching.known(db.session(), row.mapping, viewer())
    with tempfile.NamedTemporaryFile(suffix=Path(file.filename).suffix[:8]) as kept:
        file.save(kept.name)
        try:
            pairs = deciding.read_pairs(kept.name)
        except BadFile as bad:
            raise Refused(str(bad)) from None
    deciding.decide(row, name, pairs, known, leave_rest=False, on=now())
    db.session.commit()
    flash(_("Applied from the file: %(count)s.", count=sum(bool(choice) for _word, choice in pairs)))
    return redirect(url_for("audits.profile_matches", profile_id=row.id))


def _with_sample(profile_id: int) -> MappingProfile:
    """A profile whose sample is there to be looked at."""
    row = profile_of(profile_id)
    making.sample(row)
    return row
