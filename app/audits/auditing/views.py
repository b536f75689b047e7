"""Pages of auditing: what waits for an auditor, the form, what two people wrote at once, and the agent's confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from flask import abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.accounts.access import requires, viewer
from app.accounts.filters import by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits import labels
from app.audits.auditing import answers, releasing, services
from app.audits.auditing.answers import HEAD, Content, Lack
from app.audits.auditing.forms import ReadForm, StartForm, release_moment
from app.audits.auditing.models import AuditDraft, DraftCopy
from app.audits.blueprint import bp
from app.audits.models import BLIND_PURPOSES, Audit, Criterion, Purpose, Result, Scorecard, ScorecardVersion
from app.audits.reaudits import queries as reaudits
from app.audits.reaudits.models import Reaudit
from app.audits.sampling.models import Sample, SamplingPlan
from app.audits.sampling.rules import SampleState
from app.core import i18n
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.tables import Column, Table, search, text
from app.core.web import row_number

AGENTS_A_PAGE = 50
Wrong = tuple[Criterion, str]

HEADS = {
    "contact_ref": lazy_gettext("Contact reference"),
    "channel": lazy_gettext("Channel"),
    "language": lazy_gettext("Language"),
}
LACKS = {Lack.RESULT: lazy_gettext("not answered yet"), Lack.CAUSE: lazy_gettext("missed: say why")}

# --- What waits ---


@bp.get("/desk")
@requires(Permission.AUDIT)
def desk() -> ResponseReturnValue:
    """The viewer's audits in the making, and those of others where the viewer leads quality."""
    found = db.session.scalars(_drafts().order_by(AuditDraft.saved_at.desc()).limit(200)).all()
    mine = [one for one in found if one.auditor_id == viewer().id]
    drafts = [(one, answers.live(answers.from_data(one.content), one.version.criteria)) for one in mine]
    queue = (
        Sample.visible_to(viewer())
        .where(Sample.auditor_id == viewer().id, Sample.state == SampleState.OPEN)
        .options(joinedload(Sample.person), joinedload(Sample.plan).joinedload(SamplingPlan.scorecard))
    )
    return render_template(
        "audits/auditing/desk.html",
        queue=db.session.scalars(queue.order_by(Sample.due_on, Sample.contact_on, Sample.id).limit(100)).all(),
        again=db.session.scalars(reaudits.queue(viewer()).options(*_contact()).limit(100)).all(),
        waiting=db.session.scalar(queue.with_only_columns(func.count(), maintain_column_froms=True)) or 0,
        today=day_of(now(), i18n.time_zone()),
        open=[(one, live) for one, live in drafts if one.finished_at is None],
        finished=[(one, live) for one, live in drafts if one.finished_at is not None],
        others=[one for one in found if one.auditor_id != viewer().id],
        labels=labels,
    )


def _contact() -> tuple[ExecutableOption, ...]:
    """What the rows of contacts to score again name."""
    audit = joinedload(Reaudit.audit)
    version = audit.joinedload(Audit.version).joinedload(ScorecardVersion.scorecard)
    return audit.joinedload(Audit.person), version


def _drafts() -> Select[AuditDraft]:
    version = joinedload(AuditDraft.version)
    return AuditDraft.visible_to(viewer()).options(
        joinedload(AuditDraft.person),
        joinedload(AuditDraft.auditor),
        joinedload(AuditDraft.saved_by),
        version.joinedload(ScorecardVersion.scorecard),
        version.selectinload(ScorecardVersion.criteria),
        selectinload(AuditDraft.copies).joinedload(DraftCopy.by),
    )


@bp.route("/start", methods=["GET", "POST"])
@requires(Permission.AUDIT)
def start_audit() -> ResponseReturnValue:
    """Begin an audit: of whom, then of which contact."""
    number = request.args.get("person", type=row_number)
    if number is None:
        return _choose()
    person = one_or_404(services.auditable(viewer(), now()).where(User.id == number))
    cards = db.session.execute(
        select(Scorecard.id, Scorecard.name.sql()).where(Scorecard.versions.any()).order_by(Scorecard.name.sql())
    ).all()
    form = StartForm([(row[0], row[1]) for row in cards], now())
    sample = _sample(person)
    if sample is not None and not form.is_submitted():
        form.day.data, form.scorecard.data = sample.contact_on, str(sample.plan.scorecard_id)
    if form.validate_on_submit():
        with said_on(form):
            draft = _start(form, person, sample)
            db.session.commit()
            return redirect(url_for("audits.audit_draft", draft_id=draft.id))
    return render_template("audits/auditing/start.html", form=form, person=person), 422 if form.errors else 200


def _sample(person: User) -> Sample | None:
    """The contact of the viewer's queue the address names."""
    number = request.args.get("sample", type=row_number)
    if number is None:
        return None
    mine = (Sample.id == number, Sample.auditor_id == viewer().id, Sample.person_id == person.id)
    return one_or_404(Sample.visible_to(viewer()).where(*mine).options(joinedload(Sample.plan)))


def _start(form: StartForm, person: User, sample: Sample | None) -> AuditDraft:
    card = db.session.get_one(Scorecard, int(str(form.scorecard.data)))
    version = services.version_on(db.session(), card, form.moment, current_app.config["PROGRAMME_TIME_ZONE"])
    if version is None:
        raise Refused(_("This scorecard has no version yet."))
    head = {name: str(form[name].data or "") for name in HEAD}
    purpose = Purpose(form.purpose.data) if sample is None else Purpose.RANDOM
    contact = services.Contact(
        person.id,
        version.id,
        purpose,
        form.moment,
        contact_ref=head["contact_ref"],
        channel=head["channel"],
        language=head["language"],
        sample_id=sample.id if sample is not None else None,
    )
    return services.start(db.session(), contact, by=viewer(), on=now())


def _choose() -> ResponseReturnValue:
    """The agents within reach."""
    table = Table(
        id="agents",
        columns=[Column("name", lazy_gettext("Agent"), lambda one: text(one.name))],
        filters=[
            search(User.name, User.employee_no, label=lazy_gettext("Search agents")),
            by_unit(User.id, viewer(), Permission.AUDIT),
        ],
        per_page=AGENTS_A_PAGE,
    )
    page = table.page(services.auditable(viewer(), now()))
    teams = teams_of(db.session(), [row.item.id for row in page.rows])
    return render_template("audits/auditing/choose.html", table=page, teams=teams)


# --- The form ---


@bp.route("/drafts/<int:draft_id>", methods=["GET", "POST"])
@requires(Permission.AUDIT)
def audit_draft(draft_id: int) -> ResponseReturnValue:
    """The form of an audit. `then` says what is wanted besides saving: the rest passed, finish, or release."""
    draft = _draft(draft_id)
    if request.method == "GET":
        return _form(draft)
    criteria = services.criteria_of(db.session(), draft)
    content, then = answers.read(request.form, criteria), request.form.get("then", "save")
    if then == "rest":
        content = answers.rest_passed(content, criteria)
    copy = services.save(db.session(), draft, content, base=_base(), by=viewer(), on=now())
    db.session.commit()
    if copy is not None:
        return redirect(url_for("audits.draft_copies", draft_id=draft_id))
    if then not in ("finish", "release"):
        flash(_("Draft saved."))
        return redirect(url_for("audits.audit_draft", draft_id=draft_id, saved=_base()))
    lacks = answers.lacks(content, criteria)
    if lacks:
        return _form(draft, [(one, str(LACKS[lacks[one.id]])) for one in criteria if one.id in lacks])
    return _finish(draft, release=then == "release")


def _finish(draft: AuditDraft, *, release: bool) -> ResponseReturnValue:
    if not release:
        at = release_moment(request.form)
        releasing.finish(db.session(), draft, by=viewer(), on=now(), release_at=at)
        db.session.commit()
        if at is not None:
            flash(_("Finished. The agent sees the audit from %(moment)s on.", moment=i18n.moment(at)))
        else:
            flash(_("Finished. Nobody else sees the audit until it is released."))
        return redirect(url_for("audits.desk"))
    audit = releasing.release(db.session(), draft, by=viewer(), on=now())
    db.session.commit()
    if audit.purpose in BLIND_PURPOSES:
        flash(_("Handed in. It is compared with the first answers now."))
        return redirect(url_for("audits.desk"))
    flash(_("Released. The agent sees the audit now."))
    return redirect(url_for("audits.audit", audit_id=audit.id))


@bp.post("/drafts/<int:draft_id>/save")
@requires(Permission.AUDIT)
def save_draft(draft_id: int) -> ResponseReturnValue:
    """Save what was typed so far, for the script of the page: answers with the revision and the scores as they stand."""
    draft = _draft(draft_id)
    criteria = services.criteria_of(db.session(), draft)
    content = answers.read(request.form, criteria)
    copy = services.save(db.session(), draft, content, base=_base(), by=viewer(), on=now())
    db.session.commit()
    if copy is not None:
        said = _("%(name)s saved other answers in the meantime. Both are kept.", name=draft.saved_by.name)
        told = {
            "says": said,
            "link": _("Choose between them"),
            "url": url_for("audits.draft_copies", draft_id=draft_id),
        }
        return jsonify(told), 409
    fragment = render_template("audits/auditing/_live.html", live=answers.live(content, criteria))
    said = _("Saved at %(time)s.", time=i18n.clock_time(draft.saved_at))
    return jsonify({"revision": draft.revision, "says": said, "fragment": fragment})


@bp.post("/drafts/<int:draft_id>/release")
@requires(Permission.AUDIT)
def release_draft(draft_id: int) -> ResponseReturnValue:
    """Release a finished audit as it stands."""
    return _finish(_draft(draft_id), release=True)


@bp.post("/drafts/<int:draft_id>/discard")
@requires(Permission.AUDIT)
def discard_draft(draft_id: int) -> ResponseReturnValue:
    """Give a draft up."""
    services.discard(db.session(), _draft(draft_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Draft discarded."))
    return redirect(url_for("audits.desk"))


@bp.route("/drafts/<int:draft_id>/copies", methods=["GET", "POST"])
@requires(Permission.AUDIT)
def draft_copies(draft_id: int) -> ResponseReturnValue:
    """What two people wrote at once, side by side, and the choice between them."""
    draft = _draft(draft_id)
    if not draft.copies:
        return redirect(url_for("audits.audit_draft", draft_id=draft_id))
    copy, criteria = draft.copies[0], services.criteria_of(db.session(), draft)
    stored, other = answers.from_data(draft.content), answers.from_data(copy.content)
    places = answers.differences(stored, other)
    if request.method == "POST":
        if request.form.get("revision") != f"{draft.revision}.{copy.id}":
            raise Refused(_("The draft was saved again in the meantime. Reload this page."))
        taken = {place for place in places if request.form.get(f"take-{place}") == "other"}
        services.settle(db.session(), draft, copy, taken, by=viewer(), on=now())
        db.session.commit()
        flash(_("Settled. The draft holds what was chosen."))
        return redirect(url_for("audits.audit_draft", draft_id=draft_id))
    named = {one.id: one for one in criteria}
    return render_template(
        "audits/auditing/copies.html",
        draft=draft,
        copy=copy,
        places=places,
        stored=stored,
        other=other,
        named=named,
        heads=HEADS,
        labels=labels,
    )


def _form(draft: AuditDraft, wrong: Sequence[Wrong] = ()) -> ResponseReturnValue:
    criteria = services.criteria_of(db.session(), draft)
    content: Content = answers.from_data(draft.content)
    parts = [
        (part[0].section, part) for _id, each in groupby(criteria, lambda one: one.section_id) if (part := list(each))
    ]
    page = render_template(
        "audits/auditing/form.html",
        draft=draft,
        content=content,
        parts=parts,
        live=answers.live(content, criteria),
        wrong=wrong,
        wrong_ids={one.id for one, _said in wrong},
        results=[(one, labels.RESULTS[one]) for one in Result],
        na=Result.NA,
        blind=draft.purpose in BLIND_PURPOSES,
        set_for=i18n.local(draft.release_at) if draft.release_at else None,
        heads=HEADS,
        labels=labels,
    )
    return page, 422 if wrong else 200


def _base() -> int:
    """The revision the form was opened at; 0, which no draft has, for anything else."""
    return request.form.get("revision", 0, type=row_number)


def _draft(draft_id: int) -> AuditDraft:
    return one_or_404(_drafts().where(AuditDraft.id == draft_id))


# --- The agent ---


@bp.post("/<int:audit_id>/read")
@requires(Permission.USE)
def read_audit(audit_id: int) -> ResponseReturnValue:
    """The agent has read an audit of their own."""
    audit = one_or_404(Audit.visible_to(viewer()).where(Audit.id == audit_id))
    form = ReadForm()
    if not form.validate_on_submit():
        abort(422)
    releasing.acknowledge(db.session(), audit, str(form.comment.data or ""), by=viewer(), on=now())
    db.session.commit()
    flash(_("Audit confirmed as read."))
    return redirect(url_for("audits.audit", audit_id=audit_id))
