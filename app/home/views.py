"""The first screen of each role, the page of a person, search and notices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, roles_of, viewer
from app.accounts.labels import ROLES
from app.accounts.models import Notice, User
from app.accounts.permissions import Permission, Role
from app.accounts.reach import reach
from app.audits.labels import IMPORT_LOOKS, IMPORT_STATES, PURPOSES
from app.audits.root_causes import queries as root_causes
from app.audits.root_causes.models import RootCause
from app.coaching.labels import cause
from app.core import i18n
from app.core.clock import day_of, month_start, next_month, now, zone
from app.core.database import db, one_or_404
from app.core.finding import SHORTEST
from app.core.web import row_number, safe_next
from app.curriculum.queries import modules_for
from app.gaps import labels as gap_labels
from app.gaps.models import Gap
from app.home import navigation, notices, queries
from app.home.blueprint import bp
from app.home.screens import administrator, agent, auditor, changes, headlines, lead, programme, trainer
from app.home.screens import person as people
from app.home.screens import search as finding
from app.metrics.labels import standing

NEWEST = 3
NOTICES_A_PAGE = 50
MOST_PAGES = 10_000
MOST_ASSIGNED = 500
MOST_LETTERS = 100

# --- The first screen ---


@bp.get("/")
@requires(Permission.USE)
def index() -> ResponseReturnValue:
    """The first screen of the viewer's role; who has several changes by `as`."""
    role = navigation.choose_role()
    template, make = HOMES[role]
    context = make(viewer(), now(), i18n.time_zone())
    news = _newest(context.pop("told", ()))
    late = _late_actions(role)
    return render_template(f"home/{template}.html", tabs=navigation.role_tabs(), late_actions=late, **news, **context)


def _late_actions(role: Role) -> dict[str, Any] | None:
    """Corrective actions the viewer owns or oversees whose next step is overdue: the oldest, and how many there are."""
    if role is Role.AGENT:
        return None
    wanted = root_causes.overdue(viewer(), day_of(now(), i18n.time_zone())).add_columns(func.count().over())
    options = (joinedload(RootCause.owner), joinedload(RootCause.case))
    rows = db.session.execute(wanted.options(*options).limit(NEWEST)).all()
    return {"entries": [one for one, _count in rows], "count": rows[0][1]} if rows else None


def _agent(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    home = agent.screen(db.session(), user, at=at, time_zone=time_zone)
    return {"home": home, "told": [step.url for step in home.steps]}


def _lead(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    context = lead.screen(db.session(), user, at=at, time_zone=time_zone)
    owed = [entry.obligation.id for _key, _title, entries in context["groups"] for entry in entries]
    return {**context, "told": [url_for("coaching.obligation", obligation_id=number) for number in owed]}


def _trainer(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    return {"home": trainer.screen(db.session(), user, at=at, time_zone=time_zone)}


def _programme(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    today = day_of(at, time_zone)
    home = programme.screen(db.session(), user, at=at, time_zone=time_zone, month=_month(today))
    changed = {"changes": changes.changes(home), "against": changes.against(home)}
    return {"home": home, "said": headlines, "standing": standing, "next_month": next_month(home.month), **changed}


def _month(today: date) -> date | None:
    """The month the address asks for, if it is one that has begun."""
    try:
        asked = date.fromisoformat(request.args.get("month", "") + "-01")
    except ValueError:
        return None
    return asked if asked <= month_start(today) else None


def _auditor(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    return {"home": auditor.screen(db.session(), user, at=at, time_zone=time_zone), "purposes": PURPOSES}


def _administrator(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    home = administrator.screen(db.session(), user, at=at, time_zone=time_zone)
    return {"home": home, "import_looks": IMPORT_LOOKS, "import_states": IMPORT_STATES}


HOMES: dict[Role, tuple[str, Callable[[User, datetime, str], dict[str, Any]]]] = {
    Role.AGENT: ("agent", _agent),
    Role.TEAM_LEAD: ("lead", _lead),
    Role.TRAINER: ("trainer", _trainer),
    Role.PROGRAM_MANAGER: ("programme", _programme),
    Role.PARTNER_MANAGER: ("programme", _programme),
    Role.AUDITOR: ("auditor", _auditor),
    Role.ADMINISTRATOR: ("administrator", _administrator),
}


@bp.get("/assign/<int:competency_id>")
@requires(Permission.ASSIGN_MODULES)
def assign(competency_id: int) -> ResponseReturnValue:
    """To assigning the module of a competency, to those with a gap on it and no remedy."""
    found = db.session.execute(modules_for([competency_id]).limit(1)).first()
    if found is None:
        abort(404)
    waiting = db.session.execute(queries.waiting_people(viewer(), competency_id).limit(MOST_ASSIGNED)).all()
    chosen: dict[str, Any] = {
        "people": [person for person, _opened in waiting],
        "since": max((opened for _person, opened in waiting if opened is not None), default=None),
    }
    return redirect(url_for("curriculum.assign", module_id=found[1].id, reason="gap", **chosen))


# --- A person ---


@bp.get("/people/<int:person_id>")
@requires(Permission.USE)
def person(person_id: int) -> ResponseReturnValue:
    """Somebody within reach, or oneself, as far as the viewer may see."""
    me, at, time_zone = viewer(), now(), i18n.time_zone()
    shown = one_or_404(User.visible_to(me, Permission.SEE_PEOPLE).where(User.id == person_id))
    page = people.screen(db.session(), me, shown, at=at, time_zone=time_zone)
    return render_template(
        "home/person.html",
        page=page,
        own=shown.id == me.id,
        roles=[] if page.is_agent else [ROLES[role] for role in navigation.ORDER if role in roles_of(shown)],
        sees_people=may(me, Permission.SEE_PEOPLE),
        sees_gaps=db.session.scalar(
            select(User.id).where(User.id == shown.id, User.id.in_(reach(me, Permission.SEE_GAPS)))
        ),
        reads_reports=shown.id == me.id or Permission.SEE_REPORTS in page.allowed,
        may_see_learning=shown.id == me.id or Permission.SEE_LEARNING in page.allowed,
        local_time=f"{at.astimezone(zone(page.where.time_zone)):%H:%M}",
        today=day_of(at, time_zone),
        cause=cause,
        sentence=_sentence,
        gap_states=gap_labels.STATES,
        gap_tones=gap_labels.TONES,
    )


def _sentence(gap: Gap) -> str:
    """What the evidence of a gap says."""
    return gap_labels.sentence(
        missed=gap.fails13,
        checks=gap.checks13,
        expected=gap.expected13,
        probability=gap.probability,
        target=gap.competency.target,
    )


# --- Search ---


@bp.get("/search")
@requires(Permission.USE)
def search() -> ResponseReturnValue:
    """What the words find within reach."""
    words, found = finding.search(db.session(), viewer(), request.args.get("q", "")[:MOST_LETTERS])
    return render_template("home/search.html", words=words, found=found, asked=len(words) >= SHORTEST)


# --- Notices ---


@bp.get("/notices", endpoint="notices")
@requires(Permission.USE)
def notices_page() -> ResponseReturnValue:
    """Everything the viewer was told, the newest first."""
    page = min(max(1, request.args.get("page", 1, type=row_number)), MOST_PAGES)
    rows = db.session.scalars(
        Notice.visible_to(viewer())
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .offset((page - 1) * NOTICES_A_PAGE)
        .limit(NOTICES_A_PAGE + 1)
    ).all()
    unread = Notice.visible_to(viewer()).where(Notice.read_at.is_(None)).with_only_columns(func.count(Notice.id))
    return render_template(
        "home/notices.html",
        entries=[(one, _told(one), notices.why(one)) for one in rows[:NOTICES_A_PAGE]],
        more=len(rows) > NOTICES_A_PAGE,
        page=page,
        unread_count=db.session.scalar(unread) or 0,
    )


@bp.post("/notices/<int:notice_id>/read")
@requires(Permission.USE)
def read_notice(notice_id: int) -> ResponseReturnValue:
    """Note that a notice has been read."""
    found = one_or_404(Notice.visible_to(viewer()).where(Notice.id == notice_id))
    found.read_at = found.read_at or now()
    db.session.commit()
    return redirect(safe_next(url_for("home.notices")))


@bp.post("/notices/read")
@requires(Permission.USE)
def read_notices() -> ResponseReturnValue:
    """Note that all notices have been read."""
    mine = Notice.visible_to(viewer()).where(Notice.read_at.is_(None)).with_only_columns(Notice.id)
    db.session.execute(update(Notice).where(Notice.id.in_(mine)).values(read_at=now()))
    db.session.commit()
    flash(_("All notices are marked as read."))
    return redirect(url_for("home.notices"))


def _told(notice: Notice) -> str:
    """What a notice says; one of a kind that is no longer known says that it is there."""
    return notices.sentence(notice) if notice.kind in notices.SENTENCES else _("Something new")


def _newest(told: Sequence[str]) -> dict[str, Any]:
    """The newest notices that were not read, with their sentences, and how many; not those of what the page tells anyway."""
    rows = db.session.execute(
        Notice.visible_to(viewer())
        .add_columns(func.count().over())
        .where(Notice.read_at.is_(None), Notice.path.not_in(told))
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(NEWEST)
    ).all()
    entries = [(one, _told(one)) for one, _count in rows]
    return {"unread": entries, "unread_count": rows[0][1] if rows else 0}
