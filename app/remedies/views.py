"""Pages of rules: what they are, whom they would reach, what they did. The page of a gap is in `gap_views.py`."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.core.clock import now
from app.core.database import db, one_or_404
from app.curriculum.models import Competency, Module
from app.curriculum.paths.queries import open_to
from app.curriculum.services import programme_day
from app.remedies import labels, lists, planning, services
from app.remedies.blueprint import bp
from app.remedies.forms import RuleForm
from app.remedies.models import Firing, RemedyRule
from app.remedies.rules import Trigger

PREVIEW_SHOWN = 25


@bp.context_processor
def places() -> dict[str, object]:
    """The views of rules this reader may go to, as tabs."""
    user = viewer()
    entries = [
        ("remedies.index", _("Rules"), True),
        ("remedies.firings", _("What rules did"), may(user, Permission.SEE_LEARNING)),
    ]
    return {
        "tabs": [(url_for(name), label, request.endpoint == name) for name, label, allowed in entries if allowed],
        "may_set": _may_set(user),
    }


@bp.get("")
@requires(Permission.USE)
def index() -> ResponseReturnValue:
    """The rules in force, and how often each acted."""
    rules = db.session.scalars(
        RemedyRule.visible_to(viewer())
        .options(joinedload(RemedyRule.competency), joinedload(RemedyRule.module), joinedload(RemedyRule.path))
        .order_by(RemedyRule.active.desc(), RemedyRule.competency_id.is_(None), RemedyRule.id)
    ).all()
    fired = select(Firing.rule_id, func.count()).where(Firing.left_out.is_(None)).group_by(Firing.rule_id)
    within = Firing.visible_to(viewer(), Permission.SEE_LEARNING).with_only_columns(Firing.id)
    counts = dict(db.session.execute(fired.where(Firing.id.in_(within))).all())
    return render_template("remedies/index.html", rules=rules, counts=counts, triggers=labels.TRIGGERS)


@bp.get("/firings")
@requires(Permission.SEE_LEARNING)
def firings() -> ResponseReturnValue:
    """What rules did for people within reach, and what they left out."""
    return lists.firing_table(viewer()).answer(lists.firings(viewer()), "remedies/firings.html")


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def new() -> ResponseReturnValue:
    """A new rule, with a preview of whom it would reach."""
    fresh = {"assigns": True, "owes": True, "due_days": 14, "cool_down_days": 28, "active": True}
    return _edit(RemedyRule(trigger=Trigger.GAP_OPENED, **fresh))


@bp.route("/<int:rule_id>/edit", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def edit(rule_id: int) -> ResponseReturnValue:
    """A rule, with a preview of whom it would reach as it is written here."""
    return _edit(one_or_404(RemedyRule.visible_to(viewer()).where(RemedyRule.id == rule_id)))


def _edit(rule: RemedyRule) -> ResponseReturnValue:
    if not _may_set(viewer()):
        abort(403)
    form = RuleForm(rule, _competencies(), _modules(), _paths())
    if form.validate_on_submit() and request.form.get("then") != "preview":
        services.save_rule(db.session(), rule, form.facts, by=viewer(), on=now())
        db.session.commit()
        acts, rests = _("Rule saved. It acts on what happens from now on."), _("Rule saved. It is not in force.")
        flash(acts if rule.active else rests)
        return redirect(url_for("remedies.edit", rule_id=rule.id))
    written = rule
    if form.is_submitted() and not form.errors:
        written = RemedyRule(id=rule.id, **form.facts)
    planned = planning.preview(db.session(), written, day=programme_day(now())) if not form.errors else []
    page = render_template(
        "remedies/rule.html",
        rule=rule,
        form=form,
        preview=lists.preview(planned[:PREVIEW_SHOWN]),
        reached=len(planned),
        would_act=sum(1 for one in planned if one.plan.assigns or one.plan.owes),
        gone_before=sum(1 for one in planned if one.to_come is not None),
        on_gaps=written.trigger is Trigger.GAP_OPENED,
    )
    return page, 422 if form.errors else 200


@bp.post("/<int:rule_id>/apply")
@requires(Permission.SET_POLICIES)
def apply(rule_id: int) -> ResponseReturnValue:
    """Let a rule act on the gaps that stand open already."""
    if not _may_set(viewer()):
        abort(403)
    rule = one_or_404(RemedyRule.visible_to(viewer()).where(RemedyRule.id == rule_id, RemedyRule.active))
    done = services.apply_now(db.session(), rule, day=programme_day(now()), by=viewer(), on=now())
    db.session.commit()
    assigned = ngettext("%(num)s module assigned.", "%(num)s modules assigned.", done.assigned)
    owed = ngettext("%(num)s session owed.", "%(num)s sessions owed.", done.owed)
    flash(f"{assigned} {owed}")
    return redirect(url_for("remedies.firings", rule=rule.id))


def _may_set(user: User) -> bool:
    """Rules hold for the whole programme, so who sets them must hold the permission over all of it."""
    return everywhere(user, Permission.SET_POLICIES)


def _competencies() -> list[tuple[str, str]]:
    rows = db.session.scalars(select(Competency).order_by(Competency.name.sql()))
    return [(str(one.id), one.name.text) for one in rows]


def _modules() -> list[tuple[str, str]]:
    rows = db.session.scalars(Module.visible_to(viewer()).order_by(Module.title.sql()))
    return [(str(one.id), one.title.text) for one in rows]


def _paths() -> list[tuple[str, str]]:
    return [(str(one.id), one.title.text) for one in db.session.scalars(open_to(viewer()))]
