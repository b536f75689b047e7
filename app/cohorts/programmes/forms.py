"""The shape of input: programmes with their rubric, cohorts with their seats, sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.models import Unit, User
from app.cohorts.labels import LANGUAGES
from app.cohorts.programmes.models import Cohort, TrainerProgramme
from app.core import rubrics
from app.core.i18n import aware

SHARES = ("least_attendance", "pass_share", "conditional_share", "tolerance")
"""Fractions in the database, per cent on the page."""


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from (value, name) pairs; names may be lazy."""
    return [SelectChoice(str(value), name) for value, name in pairs]


def stripped(value: str | None) -> str:
    """What was typed, without the space around it."""
    return (value or "").strip()


def _percent(label: Any, default: int, **rest: Any) -> IntegerField:
    return IntegerField(label, default=default, validators=[InputRequired(), NumberRange(0, 100)], **rest)


class ProgrammeForm(FlaskForm):
    """What a trainer must show, and do to stay certified."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[
            InputRequired(),
            Length(max=40),
            Regexp(r"^[\w.-]+$", message=lazy_gettext("Letters, digits, dots, dashes and underscores only.")),
        ],
    )
    module_id = SelectField(lazy_gettext("Module of the knowledge check"), coerce=int)
    title_en = StringField(
        lazy_gettext("Title in English"), filters=[stripped], validators=[InputRequired(), Length(max=200)]
    )
    title_es = StringField(
        lazy_gettext("Title in Spanish"), filters=[stripped], validators=[InputRequired(), Length(max=200)]
    )
    requirements_en = TextAreaField(
        lazy_gettext("Requirements in English"), filters=[stripped], validators=[Length(max=5_000)]
    )
    requirements_es = TextAreaField(
        lazy_gettext("Requirements in Spanish"), filters=[stripped], validators=[Length(max=5_000)]
    )
    rubric = TextAreaField(
        lazy_gettext("Rubric"),
        filters=[stripped],
        validators=[DataRequired()],
        description=lazy_gettext(
            "One line for each thing observed: English | Spanish | points, "
            "as in “Opens clearly | Abre con claridad | 4”."
        ),
    )
    least_attendance = _percent(lazy_gettext("Minimum attendance, in per cent"), 80)
    pass_share = _percent(lazy_gettext("Certified from this percentage of the points"), 80)
    conditional_share = _percent(lazy_gettext("Conditional from this percentage of the points"), 65)
    tolerance = _percent(
        lazy_gettext("Tolerance between observers in per cent"),
        15,
        description=lazy_gettext("When two observers differ by more, line by line, a third one scores."),
    )
    months = IntegerField(
        lazy_gettext("Months a licence is valid"), default=12, validators=[InputRequired(), NumberRange(1, 60)]
    )
    activity_deliveries = IntegerField(
        lazy_gettext("Deliveries to keep it"), default=2, validators=[InputRequired(), NumberRange(0, 50)]
    )
    activity_days = IntegerField(
        lazy_gettext("Within this many days"), default=180, validators=[InputRequired(), NumberRange(7, 1_000)]
    )
    retired = BooleanField(lazy_gettext("Retired: no new cohorts"))

    def __init__(self, programme: TrainerProgramme, modules: Sequence[tuple[int, str]], **rest: Any) -> None:
        super().__init__(obj=programme if programme.id else None, **rest)
        self.module_id.choices = choices_of([(0, _("none")), *modules])
        if programme.id and not self.is_submitted():
            self.module_id.data = programme.module_id or 0
            self.rubric.data = rubrics.written((one.text_en, one.text_es, one.most) for one in programme.lines)
            for name in SHARES:
                getattr(self, name).data = round(100 * getattr(programme, name))

    def validate_rubric(self, field: TextAreaField) -> None:
        _lines, problem = rubrics.read(field.data)
        if problem:
            raise ValidationError(problem)

    def validate_conditional_share(self, field: IntegerField) -> None:
        if field.data is not None and self.pass_share.data is not None and field.data > self.pass_share.data:
            raise ValidationError(_("Conditional must begin below certified."))

    @property
    def lines(self) -> list[rubrics.Line]:
        """The lines of the rubric."""
        return rubrics.read(self.rubric.data)[0]

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the programme."""
        left = {"csrf_token", "rubric", "module_id", *SHARES}
        facts = {name: field.data for name, field in self._fields.items() if name not in left}
        shares = {name: getattr(self, name).data / 100 for name in SHARES}
        return {**facts, **shares, "module_id": self.module_id.data or None}


class CohortForm(FlaskForm):
    """A cohort and whose seats it has; `for_partners` adds a field for each partner."""

    programme_id = SelectField(lazy_gettext("Trainer programme"), coerce=int)
    name = StringField(lazy_gettext("Name"), filters=[stripped], validators=[InputRequired(), Length(max=120)])
    market = SelectField(lazy_gettext("Market"))
    language = SelectField(lazy_gettext("Language"), choices=choices_of(LANGUAGES.items()), default="es")
    time_zone = SelectField(lazy_gettext("Time zone"))
    starts_on = DateField(lazy_gettext("From"), validators=[InputRequired()])
    ends_on = DateField(lazy_pgettext("day", "To"), validators=[InputRequired()])
    seats = IntegerField(lazy_gettext("Seats"), default=12, validators=[InputRequired(), NumberRange(1, 500)])
    facilitators = SelectMultipleField(
        lazy_gettext("Facilitators"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def validate_ends_on(self, field: DateField) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day can't be before the first."))

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the cohort."""
        names = ("programme_id", "name", "language", "time_zone", "starts_on", "ends_on", "seats")
        return {**{name: getattr(self, name).data for name in names}, "market": self.market.data or None}

    @property
    def budgets(self) -> dict[int, int]:
        """Seats by partner."""
        fields = ((name, field) for name, field in self._fields.items() if name.startswith("budget_"))
        return {int(name.partition("_")[2]): field.data or 0 for name, field in fields}

    @property
    def budget_names(self) -> list[str]:
        return [name for name in self._fields if name.startswith("budget_")]


def cohort_form(
    cohort: Cohort,
    *,
    programmes: Sequence[tuple[int, str]],
    markets: Sequence[str],
    zones: Sequence[tuple[str, str]],
    partners: Sequence[Unit],
    facilitators: Sequence[User],
    zone: str,
) -> CohortForm:
    """The form of a cohort with what may be chosen in it."""
    fields = {
        f"budget_{one.id}": IntegerField(one.name, default=0, validators=[InputRequired(), NumberRange(0, 500)])
        for one in partners
    }
    made: CohortForm = type("BoundCohortForm", (CohortForm,), fields)(obj=cohort if cohort.id else None)
    made.programme_id.choices = choices_of(programmes)
    made.market.choices = choices_of([("", _("all markets")), *((one, one) for one in markets)])
    made.time_zone.choices = choices_of(zones)
    made.facilitators.choices = choices_of((one.id, one.name) for one in facilitators)
    if not made.is_submitted():
        made.market.data = cohort.market or ""
        made.time_zone.data = cohort.time_zone or zone
        made.facilitators.data = [one.id for one in cohort.facilitators]
        for one in cohort.budgets:
            made[f"budget_{one.unit_id}"].data = one.seats
    return made


class LiveForm(FlaskForm):
    """When and where something live is; times are of the place's zone."""

    title = StringField(lazy_gettext("Title"), filters=[stripped], validators=[InputRequired(), Length(max=120)])
    day = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("Begins at"), validators=[InputRequired()])
    minutes = IntegerField(lazy_gettext("Minutes"), default=90, validators=[InputRequired(), NumberRange(5, 600)])
    place = StringField(lazy_gettext("Room or link"), filters=[stripped], validators=[Length(max=300)])

    def moment(self, zone: str) -> datetime:
        """When it begins, in UTC."""
        return aware(datetime.combine(self.day.data, self.at.data), zone)  # ty: ignore[invalid-argument-type]

    @property
    def facts(self) -> dict[str, Any]:
        return {"title": self.title.data, "minutes": self.minutes.data, "place": self.place.data}


class CheckInForm(FlaskForm):
    """The code read aloud in a session."""

    code = StringField(lazy_gettext("Code"), filters=[stripped], validators=[InputRequired(), Length(max=20)])


class ReasonForm(FlaskForm):
    """Why somebody is declined or withdrawn."""

    reason = StringField(lazy_gettext("Reason"), filters=[stripped], validators=[DataRequired(), Length(max=300)])
