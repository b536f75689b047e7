"""The shape of input: an initiative, a milestone, a move, and what was learnt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext, pgettext
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.governance.initiatives.models import Initiative
from app.metrics.labels import METRICS
from app.metrics.performance import OF_AUDITORS

LONGEST = 4_000
Pairs = Sequence[tuple[Any, str]]
NOT_OF_UNITS = frozenset(one.code for one in OF_AUDITORS)
"""Metrics an initiative is not measured on: they are said of auditors, and partners read initiatives."""
LINKS = ("root_cause_id", "criterion_id", "priority_id")
"""Where an initiative came from, carried along by the form."""


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from (value, name)."""
    return [SelectChoice(str(value), str(name)) for value, name in pairs]


def stripped(value: str | None) -> str:
    """What was typed, without the space around it."""
    return (value or "").strip()


def units_field(label: Any) -> SelectMultipleField:
    """Units to tick."""
    return SelectMultipleField(label, coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())


def title_field(label: Any) -> StringField:
    """A title in one language."""
    return StringField(label, filters=[stripped], validators=[InputRequired(), Length(max=200)])


class InitiativeForm(FlaskForm):
    """A root cause, what is done about it where and by whom, and what that should move."""

    title_en = title_field(lazy_gettext("Title in English"))
    title_es = title_field(lazy_gettext("Title in Spanish"))
    cause = TextAreaField(
        lazy_gettext("Root cause"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Say what the root cause is.")), Length(max=LONGEST)],
    )
    plan = TextAreaField(
        lazy_gettext("Plan"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Say what will be done.")), Length(max=LONGEST)],
        description=lazy_gettext("What is done about the root cause. Steps with a date go into the milestones."),
    )
    owner = SelectField(lazy_gettext("Owner"), coerce=int)
    units = units_field(lazy_gettext("Units where it runs"))
    competency_id = SelectField(lazy_gettext("Competency it should improve"), coerce=int)
    metric = SelectField(
        lazy_gettext("Or metric it should improve"),
        description=lazy_gettext(
            "The effect is measured on one of the two, compared with where the initiative does not run."
        ),
    )
    root_cause_id = HiddenField()
    criterion_id = HiddenField()
    priority_id = HiddenField()

    def __init__(
        self, one: Initiative, *, owners: Pairs, units: Pairs, competencies: Pairs, metrics: Pairs, **rest: Any
    ) -> None:
        super().__init__(obj=one, **rest)
        self.owner.choices = choices_of(owners)
        self.units.choices = choices_of(units)
        self.competency_id.choices = choices_of([(0, pgettext("competencies", "none")), *competencies])
        self.metric.choices = choices_of([("", pgettext("metrics", "none")), *metrics])
        if not self.is_submitted():
            self.units.data = [unit.id for unit in one.units]
            self.owner.data = one.owner_id
            self.competency_id.data, self.metric.data = one.competency_id or 0, one.metric or ""

    @property
    def facts(self) -> dict[str, Any]:
        """The columns."""
        links = {name: int(value) if (value := self[name].data or "").isdecimal() else None for name in LINKS}
        texts = {name: self[name].data for name in ("title_en", "title_es", "cause", "plan")}
        return {**texts, **links, "competency_id": self.competency_id.data or None, "metric": self.metric.data or None}


def metric_choices(told: Iterable[str]) -> list[tuple[str, str]]:
    """Codes and names of what is usually measured, and of what files have told of."""
    known = {code: str(name) for code, name in METRICS.items() if code != "aht" and code not in NOT_OF_UNITS}
    rest = {code: code for code in told if code.casefold() not in METRICS}
    return sorted({**known, **rest}.items(), key=lambda pair: pair[1])


class MilestoneForm(FlaskForm):
    """A step of the plan."""

    text = StringField(lazy_gettext("Milestone"), filters=[stripped], validators=[InputRequired(), Length(max=300)])
    owner = SelectField(lazy_gettext("Owner"), coerce=int)
    due_on = DateField(lazy_pgettext("milestone", "Due"), validators=[InputRequired()])

    def __init__(self, owners: Pairs, **rest: Any) -> None:
        super().__init__(**rest)
        self.owner.choices = choices_of(owners)


class MoveForm(FlaskForm):
    """Another state from a day on."""

    day = DateField(lazy_gettext("On"), validators=[InputRequired()])
    reason = StringField(lazy_gettext("Reason"), filters=[stripped], validators=[Length(max=500)])

    def __init__(self, to: str, day: date, **rest: Any) -> None:
        super().__init__(prefix=f"{to}-", **rest)
        if not self.is_submitted():
            self.day.data = day


class LearntForm(FlaskForm):
    """The post-mortem."""

    text = TextAreaField(
        lazy_gettext("What was learnt"),
        filters=[stripped],
        validators=[DataRequired(lazy_gettext("Write down what was learnt.")), Length(max=LONGEST)],
        description=lazy_gettext("What went as planned, what did not and why, and what to keep. It stays as written."),
    )
