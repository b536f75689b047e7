"""Pages of initiatives: the list, one with its milestones and effect, and the form."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.filters import unit_options
from app.accounts.labels import named
from app.accounts.models import Unit, User
from app.audits.models import Criterion, CriterionIdentity
from app.audits.root_causes.models import RootCause
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.web import row_number
from app.curriculum.models import Competency
from app.governance import scoping
from app.governance.desk import desk, today, views, writes
from app.governance.initiatives import effect_words, forms, labels, lists, rules, services
from app.governance.initiatives.models import Initiative, InitiativeMove, Milestone
from app.governance.initiatives.rules import Measured, State
from app.governance.models import PriorityEntry, PriorityList
from app.governance.scoping import SEES, WRITES
from app.metrics.models import MetricValue

# --- Reading ---


@desk.get("/initiatives")
@requires(SEES)
def initiatives() -> ResponseReturnValue:
    """The initiatives within reach, what is under way first."""
    return lists.table(viewer(), today()).answer(
        lists.initiatives(viewer()), "governance/initiatives/index.html", views=views(), may_write=writes()
    )


@desk.get("/initiatives/<int:initiative_id>")
@requires(SEES)
def initiative(initiative_id: int) -> ResponseReturnValue:
    """One initiative: why, what, how far, what it did, what was learnt."""
    return _page(_one(initiative_id))


def _one(initiative_id: int, to: Any = SEES) -> Initiative:
    whole = (
        joinedload(Initiative.owner),
        joinedload(Initiative.competency),
        joinedload(Initiative.root_cause).joinedload(RootCause.case),
        joinedload(Initiative.priority).joinedload(PriorityEntry.competency),
        joinedload(Initiative.priority).joinedload(PriorityEntry.list),
        selectinload(Initiative.units),
        selectinload(Initiative.milestones).joinedload(Milestone.owner),
        selectinload(Initiative.moves).joinedload(InitiativeMove.by),
    )
    return one_or_404(Initiative.visible_to(viewer(), to).where(Initiative.id == initiative_id).options(*whole))


def _page(one: Initiative, **given: Any) -> ResponseReturnValue:
    """The page, with forms as they were sent where something in them is to be mended."""
    found = Measured.of(one.effect)
    own = _may_write(one)
    owners = _owners(one) if own or one.owner_id == viewer().id else []
    moves = [to for to in rules.MOVES[one.state] if own]
    context: dict[str, Any] = {
        "one": one,
        "found": found,
        "own": own,
        "answers": own or one.owner_id == viewer().id,
        "milestone_form": forms.MilestoneForm(owners, formdata=None, owner=one.owner_id),
        "move_forms": [(to, forms.MoveForm(to.value, today(), formdata=None)) for to in moves],
        "learnt_form": forms.LearntForm(formdata=None),
        **given,
    }
    failed = any(getattr(form, "errors", None) for form in given.values())
    return render_template(
        "governance/initiatives/one.html",
        **context,
        sees_root=one.root_cause is not None and _sees_root(one.root_cause),
        sees_list=one.priority is not None and _sees_list(one.priority),
        criterion=_criterion(one.criterion_id),
        words=effect_words,
        labels=labels,
        states=State,
        today=today(),
        trail=scoping.trail(db.session(), one),
        verbs=named("VERBS"),
        me=viewer().id,
        is_late=lambda step: lists.is_late(step, today()),
        needs_reason=lambda to: rules.needs_reason(one.state, to),
    ), 422 if failed else 200


def _may_write(one: Initiative) -> bool:
    seen = Initiative.visible_to(viewer(), WRITES).with_only_columns(Initiative.id)
    return writes() and db.session.scalar(seen.where(Initiative.id == one.id)) is not None


def _sees_root(root: RootCause) -> bool:
    seen = RootCause.visible_to(viewer()).with_only_columns(RootCause.id)
    return db.session.scalar(seen.where(RootCause.id == root.id)) is not None


def _sees_list(entry: PriorityEntry) -> bool:
    seen = PriorityList.visible_to(viewer()).with_only_columns(PriorityList.id)
    return db.session.scalar(seen.where(PriorityList.id == entry.list_id)) is not None


def _criterion(identity_id: int | None) -> Criterion | None:
    """The newest version of a criterion."""
    if identity_id is None:
        return None
    wanted = select(Criterion).where(Criterion.identity_id == identity_id).order_by(Criterion.id.desc()).limit(1)
    return db.session.scalar(wanted)


# --- Writing ---


@desk.route("/initiatives/new", methods=["GET", "POST"])
@requires(WRITES)
def new_initiative() -> ResponseReturnValue:
    """Propose one; the address may say from which root cause, criterion, priority or metric."""
    one = Initiative(units=[], title_en="", title_es="", cause="", plan="", owner_id=viewer().id)
    with db.session.no_autoflush:
        if request.method == "GET":
            _begin_from(one)
        return _form(one)


@desk.route("/initiatives/<int:initiative_id>/edit", methods=["GET", "POST"])
@requires(WRITES)
def edit_initiative(initiative_id: int) -> ResponseReturnValue:
    """Change one that has not ended."""
    return _form(_one(initiative_id, WRITES))


def _form(one: Initiative) -> ResponseReturnValue:
    form = forms.InitiativeForm(one, **_choices())
    if form.validate_on_submit():
        with said_on(form):
            owner = one_or_404(select(User).where(User.id == form.owner.data))
            units = db.session.scalars(select(Unit).where(Unit.id.in_(form.units.data or []))).all()
            services.save(db.session(), one, _linked(form), owner=owner, units=units, by=viewer(), on=now())
            db.session.commit()
            flash(_("“%(name)s” saved.", name=one.title.text))
            return redirect(url_for("desk.initiative", initiative_id=one.id))
    status = 422 if form.errors or form.form_errors else 200
    return render_template("governance/initiatives/form.html", form=form, one=one), status


def _choices() -> dict[str, Any]:
    below = select(Competency).order_by(Competency.code)
    told = MetricValue.visible_to(viewer()).with_only_columns(MetricValue.metric).distinct()
    return {
        "owners": _owners(),
        "units": unit_options(viewer(), WRITES),
        "competencies": [(one.id, one.name.text) for one in db.session.scalars(below)],
        "metrics": forms.metric_choices(db.session.scalars(told)),
    }


def _owners(of: Initiative | None = None) -> list[tuple[int, str]]:
    """Who may be named; of an initiative, who may answer for all of its units."""
    found = scoping.owners(viewer(), today())
    if of is not None:
        found = found.where(User.id.in_(scoping.answering([unit.id for unit in of.units], today())))
    return [(one.id, one.name) for one in db.session.scalars(found)]


def _linked(form: forms.InitiativeForm) -> dict[str, Any]:
    """The facts, with links only to what the viewer may see."""
    facts = form.facts
    root, entry = facts["root_cause_id"], facts["priority_id"]
    if root and db.session.scalar(RootCause.visible_to(viewer()).where(RootCause.id == root)) is None:
        facts["root_cause_id"] = None
    lists_seen = PriorityList.visible_to(viewer()).with_only_columns(PriorityList.id)
    seen = select(PriorityEntry.id).where(PriorityEntry.id == entry, PriorityEntry.list_id.in_(lists_seen))
    if entry and db.session.scalar(seen) is None:
        facts["priority_id"] = None
    known = select(CriterionIdentity.id).where(CriterionIdentity.id == facts["criterion_id"])
    if facts["criterion_id"] and db.session.scalar(known) is None:
        facts["criterion_id"] = None
    return facts


def _begin_from(one: Initiative) -> None:
    """Fill in what the thing it starts from says."""
    asked = {
        name: request.args.get(name, 0, type=row_number) for name in ("root_cause", "criterion", "priority", "unit")
    }
    root = db.session.scalar(RootCause.visible_to(viewer()).where(RootCause.id == asked["root_cause"]))
    if root is not None:
        one.root_cause_id, one.cause, one.plan = root.id, "\n".join([root.problem, *root.whys]), root.action
    lists_seen = PriorityList.visible_to(viewer()).with_only_columns(PriorityList.id)
    entry = db.session.scalar(
        select(PriorityEntry).where(PriorityEntry.id == asked["priority"], PriorityEntry.list_id.in_(lists_seen))
    )
    if entry is not None:
        one.priority_id, one.competency_id = entry.id, entry.competency_id
    criterion = _criterion(asked["criterion"] or None)
    if criterion is not None:
        one.criterion_id, one.cause = criterion.identity_id, criterion.text.text
    metric = request.args.get("metric", "")
    if metric and not one.competency_id:
        one.metric = metric[:60]
    units = select(Unit).where(Unit.id == asked["unit"], Unit.id.in_(scoping.unit_scope(viewer(), WRITES)))
    one.units = list(db.session.scalars(units))


@desk.post("/initiatives/<int:initiative_id>/move/<state>")
@requires(WRITES)
def move_initiative(initiative_id: int, state: str) -> ResponseReturnValue:
    """Begin, end, stop or take up again."""
    one = _one(initiative_id, WRITES)
    to = next((known for known in State if known.value == state), None)
    if to is None:
        raise Refused(_("This state does not exist."))
    form = forms.MoveForm(to.value, today())
    if not form.validate_on_submit() or form.day.data is None:
        raise Refused(_("Say from which day on."))
    services.move(db.session(), one, to, day=form.day.data, reason=form.reason.data or "", by=viewer(), on=now())
    return _after(one, _("The initiative is now: %(state)s.", state=str(labels.STATES[to])))


@desk.post("/initiatives/<int:initiative_id>/milestones")
@requires(SEES)
def add_milestone(initiative_id: int) -> ResponseReturnValue:
    """Put a milestone on the plan: who writes here, or owns the initiative."""
    one = _answered_for(initiative_id)
    form = forms.MilestoneForm(_owners(one))
    if not form.validate_on_submit() or form.due_on.data is None:
        return _page(one, milestone_form=form)
    owner = one_or_404(select(User).where(User.id == form.owner.data))
    services.add_milestone(
        db.session(), one, text=form.text.data or "", owner=owner, due_on=form.due_on.data, by=viewer(), on=now()
    )
    return _after(one, _("Milestone added."))


@desk.post("/initiatives/milestones/<int:milestone_id>/done")
@requires(SEES)
def settle_milestone(milestone_id: int) -> ResponseReturnValue:
    """Note that a milestone is done: its owner, or who answers for the initiative."""
    step = _step(milestone_id)
    one = _one(step.initiative_id) if step.owner_id == viewer().id else _answered_for(step.initiative_id)
    services.settle_milestone(db.session(), step, day=today(), by=viewer(), on=now())
    return _after(one, _("Milestone marked as done."))


@desk.post("/initiatives/milestones/<int:milestone_id>/drop")
@requires(SEES)
def drop_milestone(milestone_id: int) -> ResponseReturnValue:
    """Take a milestone out of the plan."""
    step = _step(milestone_id)
    one = _answered_for(step.initiative_id)
    services.drop_milestone(db.session(), step, by=viewer(), on=now())
    return _after(one, _("Milestone removed."))


@desk.post("/initiatives/<int:initiative_id>/learnt")
@requires(SEES)
def learn(initiative_id: int) -> ResponseReturnValue:
    """Write the post-mortem."""
    one = _answered_for(initiative_id)
    form = forms.LearntForm()
    if not form.validate_on_submit():
        return _page(one, learnt_form=form)
    services.learn(db.session(), one, form.text.data or "", by=viewer(), on=now())
    return _after(one, _("The post-mortem is written."))


def _step(milestone_id: int) -> Milestone:
    return one_or_404(Milestone.visible_to(viewer()).where(Milestone.id == milestone_id))


def _answered_for(initiative_id: int) -> Initiative:
    """An initiative the viewer answers for: its owner, or who writes there."""
    one = _one(initiative_id)
    if one.owner_id != viewer().id and not _may_write(one):
        raise Refused(_("Only its owner, or people who write for these units, can do that."))
    return one


def _after(one: Initiative, said: str) -> ResponseReturnValue:
    db.session.commit()
    flash(said)
    return redirect(url_for("desk.initiative", initiative_id=one.id))
