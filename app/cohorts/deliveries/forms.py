"""The shape of input: a delivery, its list, and what people thought of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.cohorts.deliveries.models import DeliverySeat
from app.cohorts.deliveries.services import Seen
from app.cohorts.programmes.forms import LiveForm, choices_of, stripped

RATINGS = choices_of((n, str(n)) for n in range(1, 6))


class DeliveryForm(LiveForm):
    """Who teaches whom, when and where."""

    licence_id = SelectField(lazy_pgettext("certified", "Trainer"), coerce=int)
    unit_id = SelectField(lazy_gettext("Site or team"), coerce=int)


class FeedbackForm(FlaskForm):
    """What somebody thought of a delivery."""

    useful = RadioField(lazy_gettext("How useful was it?"), choices=RATINGS, validators=[InputRequired()])
    applicable = RadioField(lazy_gettext("How well can it be applied?"), choices=RATINGS, validators=[InputRequired()])
    comment = TextAreaField(lazy_gettext("Comment"), filters=[stripped], validators=[Length(max=1_000)])

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "useful": int(self.useful.data or 0),
            "applicable": int(self.applicable.data or 0),
            "comment": self.comment.data or "",
        }


def read_list(seats: Sequence[DeliverySeat], asked: Mapping[str, str]) -> tuple[dict[int, Seen], list[str]]:
    """The list of these people as typed, and what needs mending in it.

    Scores are per cent, from 0 to 100, and of people who are ticked: none is left out silently.
    """
    seen, problems = {}, []
    for seat in seats:
        name, there = seat.person.name, f"present-{seat.person_id}" in asked
        typed = [asked.get(f"{side}-{seat.person_id}", "").strip() for side in ("before", "after")]
        scores = [_percent(one) for one in typed]
        bad = [one[:20] for one, score in zip(typed, scores, strict=True) if one and score is None]
        problems += [
            _("A score of %(name)s: from 0 to 100 per cent, not “%(typed)s”.", name=name, typed=one) for one in bad
        ]
        if any(typed) and not there:
            problems.append(_("%(name)s has a score and is not ticked: tick everybody who attended.", name=name))
        seen[seat.person_id] = Seen(there, *scores)
    return seen, problems


def _percent(typed: str) -> float | None:
    if not (typed.isascii() and typed.isdigit()) or len(typed) > 3 or int(typed) > 100:
        return None
    return int(typed) / 100
