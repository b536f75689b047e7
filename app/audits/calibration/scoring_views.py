"""The page on which a participant scores, alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits import labels
from app.audits.auditing import answers
from app.audits.auditing.answers import Lack
from app.audits.auditing.views import LACKS
from app.audits.blueprint import bp
from app.audits.calibration import services
from app.audits.calibration.models import Calibration, CalibrationSeat
from app.audits.calibration.rules import CalibrationState
from app.audits.models import Criterion, Result, ScorecardVersion
from app.core import i18n
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.web import row_number


@bp.route("/calibrations/<int:calibration_id>/score", methods=["GET", "POST"])
@requires(Permission.AUDIT)
def score_calibration(calibration_id: int) -> ResponseReturnValue:
    """The viewer's own answers. `then` says what is wanted besides saving: the rest passed, or handing in."""
    seat = _seat(calibration_id)
    criteria = services.criteria_of(db.session(), seat.calibration)
    if request.method == "GET":
        return _form(seat, criteria), 200
    content, then = answers.read(request.form, criteria), request.form.get("then", "save")
    if then == "rest":
        content = answers.rest_passed(content, criteria)
    services.save(db.session(), seat, content, base=_base())
    db.session.commit()
    if then != "hand_in":
        flash(_("Draft saved."))
        return redirect(url_for("audits.score_calibration", calibration_id=calibration_id, saved=_base()))
    lacks = answers.lacks(content, criteria)
    if lacks:
        return _form(seat, criteria, lacks), 422
    services.hand_in(db.session(), seat, on=now())
    db.session.commit()
    flash(_("Handed in. The answers of others are seen once scoring has ended."))
    return redirect(url_for("audits.calibration", calibration_id=calibration_id))


@bp.post("/calibrations/<int:calibration_id>/score/save")
@requires(Permission.AUDIT)
def save_calibration(calibration_id: int) -> ResponseReturnValue:
    """Save what was typed so far, for the script of the page."""
    seat = _seat(calibration_id)
    criteria = services.criteria_of(db.session(), seat.calibration)
    content = answers.read(request.form, criteria)
    try:
        services.save(db.session(), seat, content, base=_base())
    except Refused as refusal:
        db.session.rollback()
        url = url_for("audits.score_calibration", calibration_id=calibration_id)
        return jsonify({"says": str(refusal), "link": _("Open the page again"), "url": url}), 409
    db.session.commit()
    fragment = render_template("audits/auditing/_live.html", live=answers.live(content, criteria))
    return jsonify(
        {
            "revision": seat.revision,
            "says": _("Saved at %(time)s.", time=i18n.clock_time(now())),
            "fragment": fragment,
        }
    )


def _form(seat: CalibrationSeat, criteria: Sequence[Criterion], lacks: dict[int, Lack] | None = None) -> str:
    content = answers.from_data(seat.content)
    wrong = [(one, str(LACKS[lacks[one.id]])) for one in criteria if lacks and one.id in lacks]
    return render_template(
        "audits/calibration/score.html",
        one=seat.calibration,
        seat=seat,
        content=content,
        parts=[
            (part[0].section, part)
            for _id, each in groupby(criteria, lambda one: one.section_id)
            if (part := list(each))
        ],
        live=answers.live(content, criteria),
        wrong=wrong,
        wrong_ids={one.id for one, _said in wrong},
        results=[(one, labels.RESULTS[one]) for one in Result],
        na=Result.NA,
        labels=labels,
    )


def _base() -> int:
    return request.form.get("revision", 0, type=row_number)


def _seat(calibration_id: int) -> CalibrationSeat:
    """The viewer's place in a calibration that is being scored, not handed in yet."""
    version = joinedload(Calibration.version).joinedload(ScorecardVersion.scorecard)
    one = one_or_404(Calibration.visible_to(viewer()).where(Calibration.id == calibration_id).options(version))
    seat = services.seat_of(db.session(), one, viewer())
    if seat is None or one.state is not CalibrationState.SCORING or seat.handed_in_at is not None:
        raise NotFound
    return seat
