"""The page of the cascade: how far a cohort has reached, what came of it, and who is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.accounts.access import requires, viewer
from app.accounts.filters import teams_of
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.cohorts.blueprint import bp
from app.cohorts.deliveries import lists
from app.cohorts.deliveries.cascade import cascade as count
from app.cohorts.deliveries.cascade import left, there
from app.cohorts.deliveries.outcomes import results
from app.cohorts.deliveries.pages import licences_to_plan_on
from app.cohorts.programmes.models import Cohort, Enrolment
from app.cohorts.programmes.pages import seen_cohort, today
from app.cohorts.programmes.rules import Outcome
from app.core import exports
from app.core.database import db
from app.core.web import row_number
from app.metrics.labels import metric_name, written

MOST_LEFT, MOST_THERE = 20, 200


@bp.get("/<int:cohort_id>/cascade")
@requires(Permission.SEE_COHORTS)
def cascade(cohort_id: int) -> ResponseReturnValue:
    """How far a cohort has reached: by market, site, team and trainer, and who is left."""
    cohort, unit_id = seen_cohort(cohort_id), request.args.get("unit", type=row_number)
    found = count(db.session(), viewer(), cohort, today())
    outcomes = results(db.session(), viewer(), cohort)
    missing = left(db.session(), viewer(), cohort, today(), unit_id)
    if request.args.get("format") in ("csv", "xlsx"):
        sheets = lists.cascade_sheets(found, outcomes, db.session.scalars(missing).all())
        return exports.download(sheets, request.args["format"], f"cascade-{cohort.id}")
    shown = db.session.scalars(missing.limit(MOST_LEFT + 1)).all()
    trainers = Enrolment.visible_to(viewer()).where(
        Enrolment.cohort_id == cohort.id, Enrolment.outcome == Outcome.CERTIFIED
    )
    return render_template(
        "cohorts/cascade.html",
        cohort=cohort,
        found=found,
        results=outcomes,
        metric_name=metric_name,
        written=written,
        told_of=lists.told_of,
        left=shown[:MOST_LEFT],
        more=len(shown) > MOST_LEFT,
        unit_id=unit_id,
        unit_name=next((line.name for line in found.units if line.unit_id == unit_id), None),
        teams=teams_of(db.session(), {one.id for one in shown}),
        there=_there(cohort, unit_id),
        has_trainers=db.session.scalar(trainers.limit(1)) is not None,
        may_plan=any(one.enrolment.cohort_id == cohort.id for one in licences_to_plan_on()),
        sees_all=everywhere(viewer(), Permission.SEE_COHORTS),
    )


def _there(cohort: Cohort, unit_id: int | None) -> Sequence[Row[str, str, date | None]]:
    """Who was reached in a site or team, by whom and when; nobody while none is chosen."""
    if unit_id is None:
        return ()
    return db.session.execute(there(db.session(), viewer(), cohort, today(), unit_id).limit(MOST_THERE)).all()
