"""How modules do: who was given them, who completed them, how the quiz went, how learners rate them, and what they did.

All of people within the viewer's reach; the effect of those whose reports the viewer may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext, ngettext
from sqlalchemy import Select, case, column, func, select, true

from app.accounts.filters import unit_options
from app.accounts.models import Membership, Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import last_membership
from app.core.database import db
from app.core.i18n import number, percent
from app.core.tables import Cell, Column, Filter, Table, figure, rate, search, state, text
from app.curriculum.following.queries import in_time
from app.curriculum.models import Assignment, AssignmentState, Module
from app.curriculum.quizzes.models import Attempt
from app.gaps.outcomes import NOTHING, Effect
from app.remedies import effect_words, effects
from app.remedies.effects import Cut
from app.remedies.models import Outcome

PUT_AWAY = (AssignmentState.WAIVED, AssignmentState.CANCELLED)


def counts(within: Select[Assignment], key: Any) -> Select[*tuple[Any, ...]]:
    """By `key`: given, completed, due and done or past, in time, people rated, sum of ratings, timed, seconds."""
    done = Assignment.state == AssignmentState.COMPLETED
    return within.where(Assignment.state.not_in(PUT_AWAY)).with_only_columns(
        key.label("key"),
        func.count().label("given"),
        func.count(case((done, 1))).label("done"),
        func.count(case((done & Assignment.due_on.is_not(None), 1))).label("dated"),
        func.count(case((done & in_time(), 1))).label("in_time"),
        func.count(Assignment.rating).label("rated"),
        func.coalesce(func.sum(Assignment.rating), 0).label("stars"),
        func.count(case((done & (Assignment.seconds > 0), 1))).label("timed"),
        func.coalesce(func.sum(case((done, Assignment.seconds))), 0).label("seconds"),
    ).group_by(key)  # fmt: skip


def firsts(within: Select[Assignment], key: Any) -> Select[*tuple[Any, ...]]:
    """By `key`: people who ended a first attempt at the quiz, those who passed it, sum of its scores."""
    return (
        within.join(Attempt, (Attempt.assignment_id == Assignment.id) & (Attempt.number == 1))
        .where(Attempt.ended_at.is_not(None))
        .with_only_columns(
            key.label("key"),
            func.count().label("tried"),
            func.count(case((Attempt.passed.is_(True), 1))).label("passed"),
            func.coalesce(func.sum(Attempt.score), 0.0).label("scores"),
        )
        .group_by(key)
    )


def modules(viewer: User, within: Select[Assignment]) -> Select[*tuple[Any, ...]]:
    """(module, its counts, its first attempts) of the modules that were given to anybody."""
    told = counts(within, Assignment.module_id).subquery("told")
    tried = firsts(within, Assignment.module_id).subquery("tried_first")
    return (
        Module.visible_to(viewer)
        .join(told, told.c.key == Module.id)
        .outerjoin(tried, tried.c.key == Module.id)
        .add_columns(*list(told.c)[1:], tried.c.tried, tried.c.passed, tried.c.scores)
    )


def module_table(viewer: User, effect_rows: Select[Outcome]) -> Table:
    """The list of modules; effects are looked up for the rows that are shown."""
    known: dict[int, Effect] = {}

    def load(rows: Any) -> None:
        mine = effect_rows.where(Outcome.module_id.in_([row[0].id for row in rows]))
        known.update({one.key: one.effect for one in effects.by(db.session(), Cut.MODULE, mine)})

    return Table(
        id="module-results",
        columns=[
            Column(
                "module",
                lazy_gettext("Module"),
                lambda r: text(r[0].title, url=url_for("remedies.module_result", module_id=r[0].id), note=r[0].code),
                sort=lambda: Module.title.sql(),
            ),
            *_figures(),
            Column("effect", lazy_gettext("Effect on gaps"), lambda r: _effect(known.get(r[0].id, NOTHING))),
        ],
        filters=[
            search(Module.title_en, Module.title_es, Module.code),
            # narrowed by the page before the counting, so here it only keeps its place among the filters
            Filter(
                "unit",
                lazy_gettext("Unit"),
                lambda _v: true(),
                lambda: unit_options(viewer, Permission.SEE_LEARNING),
            ),
        ],
        sort="-given",
        caption=lazy_gettext("Module results"),
        tie_break=Module.id,
        after=load,
        empty_text=lazy_gettext("No module has been assigned to anybody here. Remove a filter to see more."),
        bare_text=lazy_gettext("No module has been assigned to anybody yet."),
    )


def _figures() -> list[Column]:
    return [
        Column(
            "given",
            lazy_gettext("Assigned"),
            lambda r: figure(r.given),
            sort=column("given"),
            align="end",
            kind="number",
        ),
        Column(
            "completed",
            lazy_pgettext("modules", "Completed"),
            lambda r: rate(r.done, r.given),
            sort=column("done") * 1.0 / column("given"),
            kind="rate",
        ),
        Column(
            "in_time",
            lazy_gettext("On time"),
            lambda r: _share(r.in_time, r.dated),
            sort=column("in_time") * 1.0 / func.nullif(column("dated"), 0),
            align="end",
            kind="decimal",
        ),
        Column(
            "quiz",
            lazy_gettext("Quiz passed at first attempt"),
            lambda r: _share(r.passed or 0, r.tried or 0),
            sort=column("passed") * 1.0 / func.nullif(column("tried"), 0),
            align="end",
            kind="decimal",
        ),
        Column(
            "minutes",
            lazy_gettext("Minutes"),
            lambda r: figure(minutes(r)),
            sort=column("seconds") * 1.0 / func.nullif(column("timed"), 0),
            align="end",
            kind="number",
        ),
        Column(
            "rating",
            lazy_gettext("Rating"),
            _rating,
            sort=column("stars") * 1.0 / func.nullif(column("rated"), 0),
            align="end",
            kind="decimal",
        ),
    ]


def minutes(row: Any) -> int | None:
    """How long people spent on average, of those whose time is known."""
    return round(row.seconds / row.timed / 60) if row.timed else None


def _rating(row: Any) -> Cell:
    if not row.rated:
        return text("–", raw="")
    mean = row.stars / row.rated
    return text(number(mean, 1), note=ngettext("%(num)s rating", "%(num)s ratings", row.rated), raw=round(mean, 2))


def _share(part: int, whole: int) -> Cell:
    """A rate without its bar: three of them side by side would not fit a page."""
    if not whole:
        return text("–", raw="")
    return text(
        percent(part / whole, 0),
        note=_("%(part)s of %(whole)s", part=number(part), whole=number(whole)),
        raw=part / whole,
    )


def _effect(effect: Effect) -> Cell:
    cell = state(effect_words.VERDICTS[effect.verdict], effect_words.TONES[effect.verdict])
    cell.note = (
        f"{effect_words.figure(effect)}; {effect_words.sample(effect)}" if effect_words.is_said(effect) else None
    )
    return cell


# --- One module, by team ---


def teams(within: Select[Assignment]) -> Select[*tuple[Any, ...]]:
    """(team id, path, counts, first attempts) of one module, by the present team of the people."""
    placed = within.join(Membership, Membership.user_id == Assignment.person_id).where(
        Membership.valid_from == last_membership()
    )
    told = counts(placed, Membership.team_id).subquery("told")
    tried = firsts(placed, Membership.team_id).subquery("tried_first")
    rows = (
        select(Unit.id, Unit.path, *list(told.c)[1:], tried.c.tried, tried.c.passed, tried.c.scores)
        .join(told, told.c.key == Unit.id)
        .outerjoin(tried, tried.c.key == Unit.id)
        .subquery("teams")
    )
    return select(*rows.c)


def team_table(module_id: int) -> Table:
    """The teams a module was given in."""

    def link(row: Any) -> str:
        return url_for("curriculum.assignments", module=module_id, unit=row.id)

    return Table(
        id=f"module-{module_id}-by-team",
        columns=[
            Column(
                "team",
                lazy_gettext("Team"),
                lambda r: text(r.path.split("/")[-1], url=link(r), note=" · ".join(r.path.split("/")[:-1])),
                sort=column("path"),
            ),
            *_figures(),
        ],
        sort="-given",
        caption=lazy_gettext("By team"),
        tie_break=column("path"),
        empty_text=lazy_gettext("It has not been assigned to anybody within your reach yet."),
    )


def remarks(within: Select[Assignment]) -> Select[int | None, str | None, Any]:
    """(rating, remark, when) of what learners wrote, the newest first; without names."""
    written = within.where(Assignment.rating.is_not(None), Assignment.remark != "")
    columns = Assignment.rating, Assignment.remark, Assignment.rated_at
    return written.with_only_columns(*columns).order_by(Assignment.rated_at.desc(), Assignment.id.desc())


def spread(rows: Mapping[int | None, int]) -> list[tuple[int, int]]:
    """(stars, how many gave so many), from five down."""
    return [(stars, rows.get(stars, 0)) for stars in range(5, 0, -1)]


def stars_given(within: Select[Assignment]) -> Select[int | None, int]:
    """(stars, how many gave so many)."""
    rated = within.where(Assignment.rating.is_not(None))
    return rated.with_only_columns(Assignment.rating, func.count()).group_by(Assignment.rating)


def lead(row: Any) -> str:
    """What a module's figures come to, in a sentence."""
    if row is None:
        return _("It has not been assigned to anybody within your reach yet.")
    return ngettext(
        "Assigned to %(num)s person within your reach, completed by %(done)s.",
        "Assigned to %(num)s people within your reach, completed by %(done)s.",
        row.given,
        done=number(row.done),
    )
