"""The page of a month's agreed priorities: draw up, order, answer, sign, close; above, what came of the month before."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.accounts.access import requires, viewer
from app.accounts.models import Grant, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.queries import valid_on
from app.accounts.reach import everywhere
from app.core import exports
from app.core.clock import day_of, last_month, month_of, next_month, now
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.i18n import month_name, time_zone
from app.governance import labels, services
from app.governance.blueprint import bp
from app.governance.forms import EntryForm
from app.governance.models import PriorityEntry, PriorityList
from app.governance.queries import SIGNS
from app.governance.rules import Answer, ListState, Part


@bp.get("")
@requires(Permission.SEE_REPORTS)
def agreed() -> ResponseReturnValue:
    """The list of a month, and what came of the one before; who sees but a part finds the scores of that part."""
    if not _may(Permission.SEE_REPORTS):
        return redirect(url_for("reports.learning_priorities", month=f"{_month():%Y-%m}"))
    found = _list(_month())
    if request.args.get("format") in ("csv", "xlsx") and found is not None:
        return exports.download([_sheet(found)], request.args["format"], f"priorities-{found.month:%Y-%m}")
    return _show(_month())


def _show(month: date, failed: EntryForm | None = None) -> ResponseReturnValue:
    """The page of a month, with the form that failed, if one did."""
    found, before, today = _list(month), _list(last_month(month)), _today()
    may_settle = found is not None and found.state is ListState.DRAFT and _may(Permission.WRITE_MODULES)
    page = render_template(
        "governance/agreed.html",
        month=month,
        earlier=last_month(month),
        later=next_month(month) if month <= today else None,
        list=found,
        before=before,
        came=services.what_came(db.session(), before, today=today) if before is not None else [],
        forms=_forms(found, failed) if found is not None and may_settle else {},
        parts=_parts(found) if found is not None else [],
        may_draw=(found is None or found.state is ListState.DRAFT) and _may(Permission.WRITE_MODULES),
        may_close=before is not None
        and before.state is ListState.AGREED
        and today >= month
        and _may(Permission.SET_POLICIES),
        may_start=_may(Permission.SET_POLICIES),
        labels=labels,
        states=ListState,
    )
    return page, 422 if failed is not None else 200


@bp.post("/draw")
@requires(Permission.WRITE_MODULES)
def draw() -> ResponseReturnValue:
    """Draw the list of a month up from its scores."""
    _of_all()
    month = _month()
    services.draw_up(db.session(), month, today=_today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("The list of %(month)s is ready.", month=month_name(month)))
    return _back(month)


@bp.post("/entry/<int:entry_id>")
@requires(Permission.WRITE_MODULES)
def settle(entry_id: int) -> ResponseReturnValue:
    """Move a priority, or say what is done about it."""
    _of_all()
    lists = PriorityList.visible_to(viewer()).with_only_columns(PriorityList.id)
    entry = one_or_404(select(PriorityEntry).where(PriorityEntry.id == entry_id, PriorityEntry.list_id.in_(lists)))
    month, form = entry.list.month, EntryForm(entry, _owners())
    if entry.list.state is ListState.DRAFT and not form.validate():
        return _show(month, form)
    with said_on(form):
        services.settle_entry(
            db.session(),
            entry,
            place=form.place.data or entry.place,
            reason=form.reason.data or "",
            answer=Answer(form.answer.data) if form.answer.data else None,
            owner_id=int(form.owner_id.data) if form.owner_id.data else None,
            due_on=form.due_on.data,
            by=viewer(),
            on=now(),
        )
        db.session.commit()
        flash(_("“%(name)s” saved.", name=entry.competency.name.text))
        return _back(month)
    return _show(month, form)


@bp.post("/<int:list_id>/sign")
@requires(Permission.WRITE_MODULES)
def sign(list_id: int) -> ResponseReturnValue:
    """Sign for a part."""
    found, part = _one(list_id), request.form.get("part", "")
    if part not in {one.value for one in Part}:
        abort(422)
    if not _may(SIGNS[Part(part)]):
        abort(403)
    services.sign(db.session(), found, Part(part), by=viewer(), on=now())
    db.session.commit()
    all_signed = found.state is ListState.AGREED
    flash(_("All have signed: the list is agreed and frozen.") if all_signed else _("Signed."))
    return _back(found.month)


@bp.post("/<int:list_id>/close")
@requires(Permission.SET_POLICIES)
def close(list_id: int) -> ResponseReturnValue:
    """Keep what came of a list."""
    found = _one(list_id)
    services.close(db.session(), found, today=_today(), by=viewer(), on=now())
    db.session.commit()
    flash(_("The list of %(month)s is closed; its results are kept.", month=month_name(found.month)))
    return _back(next_month(found.month))


def _of_all() -> None:
    """The list counts the whole programme: it is for nobody who sees but a part."""
    if not everywhere(viewer(), Permission.SEE_REPORTS):
        abort(404)


def _may(permission: Permission) -> bool:
    return everywhere(viewer(), permission)


def _one(list_id: int) -> PriorityList:
    return one_or_404(PriorityList.visible_to(viewer()).where(PriorityList.id == list_id))


def _list(month: date) -> PriorityList | None:
    statement = PriorityList.visible_to(viewer()).where(PriorityList.month == month)
    entries = selectinload(PriorityList.entries)
    with_names = statement.options(
        entries.joinedload(PriorityEntry.competency),
        entries.joinedload(PriorityEntry.module),
        entries.joinedload(PriorityEntry.owner),
    )
    return db.session.scalars(with_names.execution_options(populate_existing=True)).one_or_none()


def _month() -> date:
    try:
        return month_of(request.values.get("month", f"{_today():%Y-%m}"))
    except ValueError:
        return _today().replace(day=1)


def _today() -> date:
    return day_of(now(), time_zone())


def _back(month: date) -> ResponseReturnValue:
    return redirect(url_for("governance.agreed", month=f"{month:%Y-%m}"))


def _owners() -> list[tuple[str, str]]:
    """Those who may write modules or log sessions: answers are theirs."""
    roles = {*roles_with(Permission.WRITE_MODULES), *roles_with(Permission.SET_POLICIES)}
    holders = select(Grant.user_id).where(Grant.role.in_(roles), valid_on(Grant, _today()))
    people = select(User.id, User.name).where(User.id.in_(holders), User.left_on.is_(None)).order_by(User.name)
    return [(str(number), name) for number, name in db.session.execute(people)]


def _forms(found: PriorityList, failed: EntryForm | None = None) -> dict[int, EntryForm]:
    """A form for each priority as it is kept; the one that failed as it was typed."""
    owners = _owners()
    return {
        entry.id: failed
        if failed is not None and failed.entry_id == entry.id
        else EntryForm(entry, owners, formdata=None)
        for entry in found.entries
    }


def _parts(found: PriorityList) -> list[tuple[Part, str, object, bool]]:
    """Each part with its name, its signature, and whether the viewer may sign for it now."""
    signed = {one.part: one for one in found.signatures}
    mine = any(one.user_id == viewer().id for one in found.signatures)
    ready = found.state is ListState.DRAFT and not mine and all(e.answer and e.owner_id for e in found.entries)
    return [
        (part, str(name), signed.get(part), ready and part not in signed and _may(SIGNS[part]))
        for part, name in labels.PARTS.items()
    ]


def _sheet(found: PriorityList) -> exports.Sheet:
    headers = [
        _("Place"), _("By score"), _("Competency"), _("Agents above"), _("Over the allowed rate"), _("Score"), _("Share"),
        _("Answer"), _("Module"), _("Owner"), _("Due"), _("Reason"),
    ]  # fmt: skip
    kinds = ["number", "number", "text", "number", "rate", "number", "rate", "text", "text", "text", "date", "words"]
    rows = [
        (
            one.place, one.rank, one.competency.name, one.agents, one.excess, round(one.score, 1), one.share,
            str(labels.ANSWERS[one.answer]) if one.answer else "", one.module.title if one.module else _("to be written"),
            one.owner.name if one.owner else "", one.due_on, one.reason,
        )
        for one in found.entries
    ]  # fmt: skip
    return exports.Sheet(_("Priorities"), headers, rows, kinds)
