"""The shape of input: a launch, its checklist, and a signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext, pgettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from app.cohorts.labels import LAUNCH_KINDS, PARTS, VERDICTS
from app.cohorts.launches.models import Launch
from app.cohorts.programmes.forms import choices_of, stripped

Pairs = Sequence[tuple[Any, str]]


def _ticks(label: Any, **rest: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label, coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **rest
    )


class LaunchForm(FlaskForm):
    """What goes live where and when, and what is asked of people before."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[
            InputRequired(),
            Length(max=40),
            Regexp(r"^[\w.-]+$", message=lazy_gettext("Letters, digits, dots, dashes and underscores only.")),
        ],
    )
    kind = SelectField(lazy_gettext("Kind"), choices=choices_of(LAUNCH_KINDS.items()))
    title_en = StringField(
        lazy_gettext("Title in English"), filters=[stripped], validators=[InputRequired(), Length(max=200)]
    )
    title_es = StringField(
        lazy_gettext("Title in Spanish"), filters=[stripped], validators=[InputRequired(), Length(max=200)]
    )
    go_live_on = DateField(lazy_gettext("Goes live on"), validators=[InputRequired()])
    cohort_id = SelectField(lazy_gettext("Cohort whose trainers teach it"), coerce=int)
    target = IntegerField(
        lazy_gettext("People ready, in per cent"), default=90, validators=[InputRequired(), NumberRange(1, 100)]
    )
    pass_mark = IntegerField(
        lazy_gettext("Quiz passed from, in per cent"), default=80, validators=[InputRequired(), NumberRange(0, 100)]
    )
    metric = StringField(
        lazy_gettext("Metric of its use or result"),
        filters=[stripped],
        validators=[Length(max=80)],
        description=lazy_gettext("As metric files name it; empty if there is none."),
    )
    units = _ticks(lazy_gettext("Units"))
    modules = _ticks(lazy_gettext("Modules to complete"))
    criteria = _ticks(
        lazy_gettext("Audit criteria that measure it"),
        description=lazy_gettext("After go-live their rates are compared with before and with units not launched yet."),
    )

    def __init__(
        self, launch: Launch, *, cohorts: Pairs, units: Pairs, modules: Pairs, criteria: Pairs, **rest: Any
    ) -> None:
        super().__init__(obj=launch if launch.id else None, **rest)
        self.cohort_id.choices = choices_of([(0, pgettext("cohorts", "none")), *cohorts])
        for name, pairs in (("units", units), ("modules", modules), ("criteria", criteria)):
            getattr(self, name).choices = choices_of(pairs)
            if not self.is_submitted():
                getattr(self, name).data = [one.id for one in getattr(launch, name)]
        if launch.id and not self.is_submitted():
            self.cohort_id.data = launch.cohort_id or 0
            self.target.data, self.pass_mark.data = round(100 * launch.target), round(100 * launch.pass_mark)

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the launch."""
        names = ("code", "kind", "title_en", "title_es", "go_live_on")
        return {
            **{name: getattr(self, name).data for name in names},
            "cohort_id": self.cohort_id.data or None,
            "target": (self.target.data or 0) / 100,
            "pass_mark": (self.pass_mark.data or 0) / 100,
            "metric": self.metric.data or None,
        }


class CheckForm(FlaskForm):
    """Something for the checklist."""

    text = StringField(
        lazy_gettext("What has to be in order"), filters=[stripped], validators=[InputRequired(), Length(max=300)]
    )
    owner = SelectField(lazy_gettext("Owner"), coerce=int)
    due_on = DateField(lazy_gettext("Due"), validators=[InputRequired()])


class SignForm(FlaskForm):
    """A signature."""

    part = SelectField(lazy_gettext("Part"), choices=choices_of(PARTS.items()))
    verdict = RadioField(lazy_gettext("Verdict"), choices=choices_of(VERDICTS.items()), validators=[InputRequired()])
    remark = StringField(lazy_gettext("Condition or reason"), filters=[stripped], validators=[Length(max=500)])
