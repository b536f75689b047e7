"""The shape of input: until when certificates of a module are valid."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.curriculum.certificates.models import CertificateTerms
from app.curriculum.certificates.rules import Basis
from app.curriculum.forms import choices_of

BASES = {
    Basis.COMPLETION: lazy_gettext("Counted from the completion"),
    Basis.PREVIOUS: lazy_gettext("Counted from the previous expiry, when renewed in the window before it"),
    Basis.FIXED: lazy_gettext("Until a fixed day of the year"),
    Basis.NEVER: lazy_gettext("Does not expire"),
}


class TermsForm(FlaskForm):
    """Until when certificates are valid."""

    basis = SelectField(lazy_gettext("Validity"), choices=choices_of(BASES.items()))
    months = IntegerField(lazy_gettext("Months"), default=12, validators=[InputRequired(), NumberRange(1, 120)])
    window_days = IntegerField(
        lazy_gettext("Days of the window to renew"),
        default=30,
        validators=[InputRequired(), NumberRange(0, 365)],
        description=lazy_gettext("Renewing within this many days before the expiry loses none of them."),
    )
    least_days = IntegerField(
        lazy_gettext("Minimum days between two certificates"),
        default=0,
        validators=[Optional(), NumberRange(0, 3_650)],
        description=lazy_gettext(
            "Whoever completes the module again sooner keeps their current certificate. 0: no minimum."
        ),
    )
    fixed_day = IntegerField(lazy_gettext("Fixed day"), default=31, validators=[InputRequired(), NumberRange(1, 31)])
    fixed_month = IntegerField(lazy_gettext("Of month"), default=12, validators=[InputRequired(), NumberRange(1, 12)])

    def __init__(self, terms: CertificateTerms | None, **rest: Any) -> None:
        super().__init__(
            data={"basis": terms.basis.value} if terms else None, obj=None if terms is None else _Plain(terms), **rest
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the terms."""
        names = ("months", "window_days", "fixed_day", "fixed_month")
        least = {"least_days": self.least_days.data or 0}
        return {"basis": Basis(self.basis.data), **least, **{name: getattr(self, name).data for name in names}}


class _Plain:
    """The numbers of the terms."""

    def __init__(self, terms: CertificateTerms) -> None:
        self.months, self.window_days, self.least_days = terms.months, terms.window_days, terms.least_days
        self.fixed_day, self.fixed_month = terms.fixed_day, terms.fixed_month
