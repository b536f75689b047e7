"""A business review with its figures and what is said of them; or the same as a file."""

from __future__ import annotations

import io

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.access import requires, viewer
from app.core import sheet_charts
from app.core.clock import now
from app.core.database import db
from app.core.exports import MIME
from app.core.i18n import Bilingual
from app.core.web import address
from app.governance.reviews import labels, queries, rules
from app.governance.reviews.models import BusinessReview
from app.governance.reviews.rules import ActionState, Part, ReviewState
from app.reports.reviews import drawing, forms, rendering
from app.reports.reviews.document import FORMATS, Document
from app.reports.reviews.views.blueprint import SEES, bp, one_seen, today, writes_in
from app.reports.views import chart_urls


@bp.get("/<int:review_id>")
@requires(SEES)
def review(review_id: int) -> ResponseReturnValue:
    """A review: what its figures say, what is said of them, what came back and what is agreed; or the same as a file."""
    return show(one_seen(review_id))


def show(found: BusinessReview, failed: FlaskForm | None = None) -> ResponseReturnValue:
    """The page of a review, or the file the address asks for; with the form that failed, if one did."""
    made = Document.of(found, figures_of(found))
    if (file_format := request.args.get("format")) in FORMATS:
        return _file(made, str(file_format))
    writes = writes_in(found)
    decided_before = db.session.scalars(queries.decided_before(found.unit_id, found.month)).all()
    superseded = set(db.session.scalars(queries.superseded([*decided_before, *found.decisions])))
    open_to_change = writes and found.state is not ReviewState.HELD
    page = render_template(
        "reports/reviews/review.html",
        review=found,
        document=made,
        charts=_charts(made),
        comments={one.part: one for one in found.comments},
        commenting=writes and found.state is ReviewState.DRAFT,
        came_back=db.session.scalars(queries.came_back(found.unit_id, found.month)).all(),
        decided_before=decided_before,
        superseded=superseded,
        forms=_forms(found, failed) if open_to_change else {},
        writes=writes,
        may_freeze=writes and found.state is ReviewState.DRAFT and rules.may_freeze(found.month, today()),
        may_settle=lambda action: writes or action.owner_id == viewer().id,
        outcome=lambda: forms.OutcomeForm(formdata=None),
        today=today(),
        is_late=rules.is_late,
        labels=labels,
        states=ReviewState,
        action_states=ActionState,
        parts=Part,
        without=[str(labels.PARTS[one.part]) for one in found.comments if half_said(one.text)],
        Bilingual=Bilingual,
        export_urls={name: address(format=name) for name in FORMATS},
    )
    return page, 422 if failed is not None else 200


def figures_of(found: BusinessReview) -> drawing.Figures:
    """As frozen; of a draft as they stand now."""
    if found.figures is not None:
        return found.figures
    return drawing.draw(db.session(), found.unit, found.month, at=now(), today=today())


def _charts(made: Document) -> dict[str, tuple[str, str]]:
    """The addresses of charts, for the light and the dark theme, by the name of their sheet."""
    drawn = [one for section in made.sections for one in section.charts]
    return {sheet.name: chart_urls(sheet_charts.spec(sheet, chart)) for sheet, chart in drawn}


def _file(made: Document, file_format: str) -> ResponseReturnValue:
    content = io.BytesIO(rendering.render(made, file_format))
    name = f"{made.file_name}.{file_format}"
    return send_file(content, mimetype=MIME[file_format], as_attachment=True, download_name=name)


def half_said(words: Bilingual) -> bool:
    """Whether something is said in one language alone."""
    return bool(words.en) != bool(words.es)


def _forms(found: BusinessReview, failed: FlaskForm | None) -> dict[str, FlaskForm]:
    owners = db.session.scalars(queries.owners(found.unit_id, today()))
    made: dict[str, FlaskForm] = {
        "decision": forms.DecisionForm(formdata=None),
        "action": forms.ActionForm([(str(one.id), one.name) for one in owners], formdata=None),
        "hold": forms.HoldForm(formdata=None, held_on=today()),
    }
    if failed is not None:
        made[next(key for key, one in made.items() if type(one) is type(failed))] = failed
    return made
