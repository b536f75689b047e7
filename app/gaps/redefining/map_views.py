"""The page of a scorecard's map: which competencies its criteria tell of, changed for all its versions at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits.models import Criterion, Scorecard, ScorecardVersion
from app.audits.services import telling
from app.core import headway
from app.core.clock import now
from app.core.database import db, one_or_404
from app.curriculum.models import Competency
from app.gaps import labels
from app.gaps.blueprint import bp
from app.gaps.evidence import Reading
from app.gaps.redefining import showing, trial
from app.gaps.redefining.jobs import map_path

Map = Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class _Line:
    """A criterion in its newest version, with what it tells of there, and in other versions where that is not the same."""

    criterion: Criterion
    told: frozenset[int]
    elsewhere: frozenset[int]
    rows: Sequence[int]
    """Its ids in all versions."""


@bp.route("/maps/<int:scorecard_id>", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def competency_map(scorecard_id: int) -> ResponseReturnValue:
    """Which competencies criteria tell of; a change derives all evidence again, and is tried before it is saved."""
    if not everywhere(viewer(), Permission.LEAD_QUALITY):
        abort(403)
    card = one_or_404(Scorecard.visible_to(viewer()).where(Scorecard.id == scorecard_id))
    session = db.session()
    abouts = session.scalars(select(Competency).order_by(Competency.code)).all()
    lines = _lines(card)
    wanted = _asked(lines, {one.id for one in abouts}) if request.method == "POST" else _kept(lines)
    changes, about = _changes(lines, wanted)
    confirmed = request.method == "POST" and "confirm" in request.form
    if confirmed and changes and telling.put_off(session, card, changes, by=viewer()):
        session.commit()
        showing.asked_later()
        return redirect(url_for("gaps.competency_map", scorecard_id=card.id))
    if confirmed:
        changed = telling.tell_of(session, card, changes, by=viewer(), on=now())
        session.commit()
        flash(
            ngettext(
                "Map saved; evidence follows. %(num)s criterion changed.",
                "Map saved; evidence follows. %(num)s criteria changed.",
                changed,
            )
        )
        return redirect(url_for("gaps.competency_map", scorecard_id=card.id))
    tried = trial.run(session, about, Reading(links=changes)) if request.method == "POST" and changes else None
    return render_template(
        "gaps/redefining/map.html",
        card=card,
        newest=lines[0].criterion.version_id if lines else None,
        lines=lines,
        wanted=wanted,
        abouts=abouts,
        names={one.id: one.name.text for one in abouts},
        asked=request.method == "POST",
        changes=changes,
        tried=tried,
        shown=showing.people(tried, viewer()),
        labels=labels,
        headway=headway.of(map_path(card.id)),
    )


def _lines(card: Scorecard) -> list[_Line]:
    """The criteria of all versions, each once, as in the newest version that has it; those of the newest version first."""
    statement = (
        select(Criterion)
        .join(ScorecardVersion, ScorecardVersion.id == Criterion.version_id)
        .where(ScorecardVersion.scorecard_id == card.id)
        .order_by(Criterion.version_id.desc(), Criterion.position)
    )
    by_identity: dict[int, list[Criterion]] = {}
    for one in db.session.scalars(statement):
        by_identity.setdefault(one.identity_id, []).append(one)
    told = telling.map_of(db.session(), [one.id for each in by_identity.values() for one in each])
    return [
        _Line(
            each[0],
            frozenset(told[each[0].id]),
            frozenset().union(*(told[one.id] ^ told[each[0].id] for one in each)),
            [one.id for one in each],
        )
        for each in by_identity.values()
    ]


def _kept(lines: Sequence[_Line]) -> Map:
    return {one.criterion.identity_id: one.told for one in lines}


def _asked(lines: Sequence[_Line], known: set[int]) -> Map:
    """What is ticked, by identity of the criterion."""
    found = {}
    for one in lines:
        ticked = request.form.getlist(f"criterion-{one.criterion.identity_id}", type=int)
        found[one.criterion.identity_id] = frozenset(ticked) & known
    return found


def _changes(lines: Sequence[_Line], wanted: Map) -> tuple[dict[int, frozenset[int]], set[int]]:
    """What each criterion of each version is to tell of where it is not so yet, and the competencies that concerns."""
    told = telling.map_of(db.session(), [row for one in lines for row in one.rows])
    changes = {
        row: wanted[one.criterion.identity_id]
        for one in lines
        for row in one.rows
        if told[row] != wanted[one.criterion.identity_id]
    }
    return changes, {about for row, then in changes.items() for about in told[row] ^ then}
