"""Pages of the scorecard builder: drafts, their sections and criteria."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits import labels as words
from app.audits.blueprint import bp
from app.audits.building import labels
from app.audits.building import services as building
from app.audits.building.document import Entry, flaws, from_data, shares
from app.audits.building.forms import CriterionForm, HeadForm, NewScorecardForm, SectionForm
from app.audits.building.found import competencies, draft_of, need_all, version_of
from app.audits.building.models import ScorecardDraft
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.web import row_number

# --- Begin ---


@bp.route("/scorecards/new", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def new_scorecard() -> ResponseReturnValue:
    """Name a scorecard that there is not yet; its draft is next."""
    need_all()
    form = NewScorecardForm()
    if form.validate_on_submit():
        try:
            facts = str(form.code.data), str(form.name_en.data), str(form.name_es.data)
            draft = building.begin(db.session(), *facts, by=viewer(), on=now())
        except Refused as refusal:
            return _again(form, refusal, "audits/building/new.html")
        db.session.commit()
        return redirect(url_for("audits.scorecard_draft", draft_id=draft.id))
    return render_template("audits/building/new.html", form=form), 422 if form.errors else 200


@bp.post("/scorecards/<int:version_id>/revise")
@requires(Permission.LEAD_QUALITY)
def revise_scorecard(version_id: int) -> ResponseReturnValue:
    """A draft that begins as this version."""
    draft = building.revise(db.session(), version_of(version_id), by=viewer(), on=now())
    db.session.commit()
    return redirect(url_for("audits.scorecard_draft", draft_id=draft.id))


# --- A draft ---


@bp.get("/scorecards/drafts/<int:draft_id>")
@requires(Permission.LEAD_QUALITY)
def scorecard_draft(draft_id: int) -> ResponseReturnValue:
    """A draft: its sections and criteria, and what is missing before it can be published."""
    draft = draft_of(draft_id)
    document = from_data(draft.content)
    return render_template(
        "audits/building/draft.html",
        draft=draft,
        document=document,
        shares=shares(document),
        flaws=[(labels.FLAWS[flaw.kind], flaw) for flaw in flaws(document)],
        entry_keys={entry.key for entry in document.entries()},
        labels=words,
        competencies=dict(competencies()),
    )


@bp.route("/scorecards/drafts/<int:draft_id>/head", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def scorecard_draft_head(draft_id: int) -> ResponseReturnValue:
    """The names, the label and the first day of a draft."""
    draft = draft_of(draft_id)
    form = HeadForm(obj=draft)
    page = "audits/building/head.html"
    if form.validate_on_submit():
        facts = {name: str(form[name].data) for name in ("name_en", "name_es", "label")}
        try:
            building.put_head(db.session(), draft, facts, form.valid_from.data, by=viewer(), on=now())
        except Refused as refusal:
            return _again(form, refusal, page, draft=draft_of(draft_id))
        return _done(draft)
    return render_template(page, form=form, draft=draft), 422 if form.errors else 200


@bp.route("/scorecards/drafts/<int:draft_id>/sections", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def scorecard_section(draft_id: int) -> ResponseReturnValue:
    """A section, new or (`key`) renamed."""
    draft = draft_of(draft_id)
    key = request.args.get("key", type=row_number)
    part = from_data(draft.content).part(key) if key is not None else None
    if key is not None and part is None:
        raise NotFound
    form = SectionForm(obj=part)
    if form.validate_on_submit():
        document = building.locked(db.session(), draft)
        names = str(form.name_en.data), str(form.name_es.data)
        known = document.part(key) if key is not None else None
        if known is None:
            document.add_part(*names)
        else:
            known.name_en, known.name_es = names
        building.store(draft, document, by=viewer(), on=now())
        return _done(draft)
    page = render_template("audits/building/section.html", form=form, draft=draft, part=part)
    return page, 422 if form.errors else 200


@bp.route("/scorecards/drafts/<int:draft_id>/criteria", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def scorecard_criterion(draft_id: int) -> ResponseReturnValue:
    """A criterion, new (in the section `within`) or (`key`) changed."""
    draft = draft_of(draft_id)
    document = from_data(draft.content)
    key = request.args.get("key", type=row_number)
    seen = document.entry(key) if key is not None else None
    if (key is not None and seen is None) or not document.parts:
        raise NotFound
    form = CriterionForm(document, competencies())
    if not form.is_submitted():
        within = document.part_of(seen.key) if seen else document.part(request.args.get("within", 0, type=row_number))
        shown = seen or Entry(0, document.next_code(building.taken_codes(db.session(), draft)))
        form.fill_in(shown, (within or document.parts[-1]).key)
    page = "audits/building/criterion.html"
    if form.validate_on_submit():
        if seen is not None and request.form.get("seen") != _print(seen):
            refusal = Refused(_("Somebody else has changed this criterion in the meantime. What you typed is below."))
            return _again(form, refusal, page, draft=draft, seen=seen, seen_print=_print(seen))
        section = row_number(str(form.section.data))
        try:
            building.put_entry(db.session(), draft, form.entry, section, seen=seen, by=viewer(), on=now())
        except Refused as refusal:
            return _again(form, refusal, page, draft=draft_of(draft_id), seen=seen, seen_print=_print(seen))
        return _done(draft, then_new=section if request.form.get("then") == "another" else None)
    context = {"form": form, "draft": draft, "seen": seen, "seen_print": _print(seen)}
    return render_template(page, **context), 422 if form.errors else 200


def _print(entry: Entry | None) -> str:
    """Short for what a criterion said when its form was opened."""
    import hashlib

    return hashlib.sha256(repr(entry).encode()).hexdigest()[:16]


@bp.post("/scorecards/drafts/<int:draft_id>/move")
@requires(Permission.LEAD_QUALITY)
def move_in_scorecard(draft_id: int) -> ResponseReturnValue:
    """Move a section or criterion one place up or down."""
    draft = draft_of(draft_id)
    document = building.locked(db.session(), draft)
    step = -1 if request.form.get("step") == "up" else 1
    document.move(request.form.get("key", 0, type=row_number), step)
    building.store(draft, document, by=viewer(), on=now())
    return _done(draft, at=request.form.get("key", 0, type=row_number))


@bp.post("/scorecards/drafts/<int:draft_id>/remove")
@requires(Permission.LEAD_QUALITY)
def remove_from_scorecard(draft_id: int) -> ResponseReturnValue:
    """Take a criterion, or an empty section, out of a draft."""
    draft = draft_of(draft_id)
    document = building.locked(db.session(), draft)
    key = request.form.get("key", 0, type=row_number)
    part = document.part(key)
    if part is not None and part.entries:
        raise Refused(_("The section still has criteria. Move or remove them first."))
    document.remove(key)
    building.store(draft, document, by=viewer(), on=now())
    return _done(draft)


@bp.post("/scorecards/drafts/<int:draft_id>/publish")
@requires(Permission.LEAD_QUALITY)
def publish_scorecard(draft_id: int) -> ResponseReturnValue:
    """Make a draft a version."""
    version = building.publish(db.session(), draft_of(draft_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Published. Contacts are audited on this version from its first day on."))
    return redirect(url_for("audits.scorecard", version_id=version.id))


@bp.post("/scorecards/drafts/<int:draft_id>/discard")
@requires(Permission.LEAD_QUALITY)
def discard_scorecard(draft_id: int) -> ResponseReturnValue:
    """Give a draft up."""
    building.discard(db.session(), draft_of(draft_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Draft discarded."))
    return redirect(url_for("audits.scorecards"))


def _again(form: FlaskForm, refusal: Refused, page: str, **context: object) -> ResponseReturnValue:
    """The form once more, with why it was refused; nothing that was typed is lost."""
    db.session.rollback()
    form.form_errors.append(str(refusal))
    return render_template(page, form=form, **context), 409


def _done(draft: ScorecardDraft, *, at: int | None = None, then_new: int | None = None) -> ResponseReturnValue:
    number = draft.id
    db.session.commit()
    if then_new is not None:
        return redirect(url_for("audits.scorecard_criterion", draft_id=number, within=then_new))
    return redirect(url_for("audits.scorecard_draft", draft_id=number, _anchor=f"k{at}" if at else None))
