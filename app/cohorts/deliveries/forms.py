"""The shape of input: a delivery, its list, and what people thought of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.cohorts.deliveries.models import Delivery
from app.cohorts.deliveries.services import Seen
from app.cohorts.programmes.forms import LiveForm, choices_of, stripped

RATINGS = choices_of((n, str(n)) for n in range(1, 6))


class DeliveryForm(LiveForm):
    """Who teaches whom, when and where."""

    licence_id = SelectField(lazy_gettext("Trainer"), coerce=int)
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


def read_list(delivery: Delivery, asked: Mapping[str, str]) -> tuple[dict[int, Seen], list[str]]:
    """The list of a delivery as typed, and what needs mending in it: scores are per cent, from 0 to 100."""
    seen, problems = {}, []
    for seat in delivery.seats:
        scores = []
        for name, label in (("before", _("before")), ("after", _("after"))):
            typed = asked.get(f"{name}-{seat.person_id}", "").strip()
            value = _percent(typed)
            if typed and value is None:
                facts = {"name": seat.person.name, "when": label, "typed": typed[:20]}
                problems.append(
                    _("The score %(when)s of %(name)s is a number from 0 to 100, not “%(typed)s”.", **facts)
                )
            scores.append(value)
        seen[seat.person_id] = Seen(f"present-{seat.person_id}" in asked, *scores)
    return seen, problems


def _percent(typed: str) -> float | None:
    if not (typed.isascii() and typed.isdigit()) or len(typed) > 3 or int(typed) > 100:
        return None
    return int(typed) / 100
