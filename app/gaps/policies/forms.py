"""The shape of input of policies of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from app.core.clock import monday_of
from app.gaps.labels import SHARES, TERMS
from app.gaps.policies.services import Scope
from app.gaps.rules import POLICY_TERMS, Policy

COUNTS = {"open_fails": (1, 20), "open_checks": (1, 60), "close_checks": (1, 60), "relapse_weeks": (1, 104)}


class PolicyForm(FlaskForm):
    """What decides on a competency and in a market from a week on."""

    competency = SelectField(lazy_gettext("Competency"))
    market = SelectField(lazy_gettext("Market"))
    valid_from = DateField(
        lazy_gettext("From the week of"),
        validators=[InputRequired()],
        description=lazy_gettext("The first decision by it is that of the Sunday of this week."),
    )

    def __init__(
        self, competencies: Sequence[tuple[str, str]], markets: Sequence[str], first: date, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.competency.choices = [("", _("Any")), *competencies]
        self.market.choices = [("", _("Any")), *((one, one) for one in markets)]
        self.first = first

    def validate_valid_from(self, field: DateField) -> None:
        if field.data is not None and monday_of(field.data) < self.first:
            raise ValidationError(_("A policy can change from a week that is not decided yet. Past decisions stay."))

    def validate_close_probability(self, field: IntegerField) -> None:
        limits = (self["close_probability"].data, self["closing_below"].data, self["open_probability"].data)
        if None not in limits and not limits[0] <= limits[1] < limits[2]:
            raise ValidationError(
                _(
                    "A gap must close at a lower certainty than it begins to close, and that must be "
                    "lower than the one it opens at."
                )
            )

    def validate_watch_ends_below(self, field: IntegerField) -> None:
        watch, ends, opens = (self[name].data for name in ("watch_probability", "watch_ends_below", "open_probability"))
        if None not in (watch, ends, opens) and not ends <= watch <= opens:
            raise ValidationError(
                _(
                    "Watching must end at a lower certainty than it begins, and that can't be above the one a gap opens at."
                )
            )

    def validate_reopen_probability(self, field: IntegerField) -> None:
        again, begins = field.data, self["closing_below"].data
        if None not in (again, begins) and again <= begins:
            raise ValidationError(
                _("A gap must open again above the certainty at which it begins to close, or it would flicker.")
            )

    @property
    def scope(self) -> Scope:
        """What it holds for."""
        about = str(self.competency.data or "")
        return Scope(int(about) if about else None, str(self.market.data or "") or None)

    @property
    def terms(self) -> Policy:
        """The terms as typed."""
        typed = {name: self[name].data for name in POLICY_TERMS}
        return Policy(**{name: value / 100 if name in SHARES else value for name, value in typed.items()})

    def show(self, terms: Policy) -> None:
        """Fill in terms."""
        for name in POLICY_TERMS:
            value = getattr(terms, name)
            self[name].data = round(100 * value) if name in SHARES else value


for _name, _label in TERMS.items():
    _low, _high = COUNTS.get(_name, (1, 99))
    setattr(PolicyForm, _name, IntegerField(_label, validators=[InputRequired(), NumberRange(_low, _high)]))
