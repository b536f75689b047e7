"""The shape of input: a session held, a session planned, a confirmation, a waiver, a policy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.models import User
from app.coaching import labels
from app.coaching.outlines.rules import written
from app.coaching.rules import MOST_COMMITMENTS, RATINGS
from app.coaching.services import Promise, Said
from app.core import i18n
from app.core.parts import PartForm

LONGEST_NOTE = 20_000
COMMITMENTS_SHOWN = 3
EACH = "each"
"""The owner of a commitment that every agent of a group takes on."""


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Pairs (value, label) as a field takes them."""
    return [SelectChoice(str(value), label) for value, label in pairs]


def stripped(value: str | None) -> str:
    """What was typed, without the space around it."""
    return (value or "").strip()


def local_moment(day: date, at: time) -> datetime:
    """A day and time of the reader's zone, in UTC."""
    return i18n.aware(datetime.combine(day, at), i18n.time_zone())


class PersonForm(PartForm):
    """What is for one agent alone."""

    notes = TextAreaField(lazy_gettext("For this agent only"), validators=[Length(max=LONGEST_NOTE)])
    private_notes = TextAreaField(lazy_gettext("Private note"), validators=[Length(max=LONGEST_NOTE)])


class PromiseForm(PartForm):
    """One commitment: what, whose, by when."""

    text = StringField(lazy_gettext("Commitment"), filters=[stripped], validators=[Length(max=500)])
    owner = SelectField(lazy_gettext("Owner"), validate_choice=False)  # asked of rows with a text only
    due_on = DateField(lazy_gettext("Due"), validators=[Optional()])


def _boxes(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())


class WhenForm(FlaskForm):
    """A day, a time in the reader's zone, and a kind of session."""

    day = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("At"), validators=[InputRequired()])
    kind = SelectField(lazy_gettext("Kind"), choices=choices_of(labels.KINDS_WITH_AGENTS.items()))

    @property
    def moment(self) -> datetime:
        """The moment chosen, in UTC."""
        day: Any = self.day.data
        at: Any = self.at.data
        return local_moment(day, at)

    def start_at(self, moment: datetime) -> None:
        """Fill in a moment as the reader's clock shows it."""
        here = i18n.local(moment)
        self.day.data, self.at.data = here.date(), here.time().replace(second=0, microsecond=0)


class SessionForm(WhenForm):
    """A session that was held with these agents."""

    meets = _boxes(lazy_gettext("Obligations this session meets"))
    topics = _boxes(lazy_gettext("What it was about"))
    notes = TextAreaField(lazy_gettext("What was said"), validators=[Length(max=LONGEST_NOTE)])
    people = FieldList(FormField(PersonForm))
    commitments = FieldList(FormField(PromiseForm), max_entries=MOST_COMMITMENTS)
    follow_up_on = DateField(lazy_gettext("Follow-up session"), validators=[Optional()])

    def __init__(
        self, coach: User, agents: Sequence[User], on: datetime, headings: Collection[str] = (), **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.coach, self.agents, self.on, self.headings = coach, agents, on, headings
        while len(self.people) < len(agents):
            self.people.append_entry()
        while len(self.commitments) < COMMITMENTS_SHOWN:
            self.commitments.append_entry()
        for one in self.commitments:
            one.form.owner.choices = self._owners()
        self.day.label.text = _("Held on")

    def _owners(self) -> list[SelectChoice]:
        """Who may take on a commitment; in a group only agents, since each reads the own record alone."""
        if len(self.agents) == 1:
            return choices_of((one.id, one.first_name) for one in (self.agents[0], self.coach))
        return choices_of([(EACH, _("Everyone")), *((one.id, one.first_name) for one in self.agents)])

    def validate_at(self, field: TimeField) -> None:
        if self.day.data and field.data and self.moment > self.on:
            raise ValidationError(_("This time is in the future. A future session can be scheduled."))

    def validate_follow_up_on(self, field: DateField) -> None:
        if field.data and self.day.data and field.data <= self.day.data:
            raise ValidationError(_("The follow-up must be after the session."))

    def validate_commitments(self, field: FieldList) -> None:
        owners = {choice.value for choice in self._owners()}
        for one in (entry.form for entry in field if entry.form.text.data):
            if one.owner.data not in owners:
                raise ValidationError(_("Choose who owns the commitment."))
            if one.due_on.data and self.day.data and one.due_on.data < self.day.data:
                raise ValidationError(_("A commitment can't be due before the session."))

    @property
    def said(self) -> list[Said]:
        """What each agent's own record holds."""
        together = written(self.notes.data or "", self.headings)
        return [
            Said(
                agent.id,
                "\n\n".join(filter(None, (together, stripped(own.form.notes.data)))),
                stripped(own.form.private_notes.data),
                list(self._promises(agent)),
            )
            for agent, own in zip(self.agents, self.people, strict=True)
        ]

    def _promises(self, agent: User) -> Iterator[Promise]:
        """What is promised in one agent's record: by the agent, or with one agent by the coach too."""
        for one in self.commitments:
            facts = one.form
            if not facts.text.data:
                continue
            owner = agent.id if facts.owner.data == EACH else int(facts.owner.data)
            if owner == agent.id or len(self.agents) == 1:
                yield Promise(facts.text.data, owner, facts.due_on.data)


class ScheduleForm(WhenForm):
    """A session to come."""

    minutes = SelectField(
        lazy_gettext("Minutes"), choices=choices_of((n, n) for n in (15, 30, 45, 60, 90)), default="30"
    )

    def __init__(self, on: datetime, **rest: Any) -> None:
        super().__init__(**rest)
        self.on = on
        if not self.is_submitted() and self.day.data is None:
            self.start_at((on + timedelta(days=1)).replace(minute=0))

    @property
    def length(self) -> int:
        """How many minutes it takes."""
        return int(self.minutes.data or 30)

    def validate_at(self, field: TimeField) -> None:
        if self.day.data and field.data and self.moment <= self.on:
            raise ValidationError(_("This time has passed. A session that was held can be logged."))


class ChangeForm(ScheduleForm):
    """What may be different about a planned session."""

    coach = SelectField(lazy_gettext("Coach"), coerce=int)
    people = _boxes(lazy_gettext("Agents"))
    was_at: datetime | None = None

    @property
    def chosen(self) -> frozenset[int]:
        """The ids of the agents ticked."""
        return frozenset(int(one) for one in self.people.data or ())

    def validate_at(self, field: TimeField) -> None:
        if self.day.data and field.data and self.moment != self.was_at:
            super().validate_at(field)

    def validate_people(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("A session needs at least one agent."))


class PlaceForm(PartForm):
    """One session of several: who, why, and when."""

    person = HiddenField()
    kind = SelectField(lazy_gettext("Kind"), choices=choices_of(labels.KINDS_WITH_AGENTS.items()))
    day = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("At"), validators=[InputRequired()])

    @property
    def moment(self) -> datetime:
        """The moment chosen, in UTC."""
        day: Any = self.day.data
        at: Any = self.at.data
        return local_moment(day, at)

    def start_at(self, moment: datetime) -> None:
        """Fill in a moment as the reader's clock shows it."""
        here = i18n.local(moment)
        self.day.data, self.at.data = here.date(), here.time().replace(second=0, microsecond=0)


class SeveralForm(FlaskForm):
    """Sessions to come with several agents, one after the other."""

    first_day = DateField(lazy_gettext("From"), validators=[InputRequired()])
    first_at = TimeField(lazy_gettext("At"), validators=[InputRequired()])
    minutes = SelectField(
        lazy_gettext("Minutes each"), choices=choices_of((n, n) for n in (15, 30, 45, 60, 90)), default="30"
    )
    places = FieldList(FormField(PlaceForm))

    @property
    def length(self) -> int:
        """How many minutes each takes."""
        return int(self.minutes.data or 30)

    @property
    def first(self) -> datetime:
        """From when on times are looked for, in UTC."""
        day: Any = self.first_day.data
        at: Any = self.first_at.data
        return local_moment(day, at)


RATING_CHOICES = choices_of([("", lazy_gettext("no answer")), *((n, str(n)) for n in RATINGS)])


class AcknowledgeForm(FlaskForm):
    """An agent's answer to the own record of a session."""

    comment = TextAreaField(lazy_gettext("Comment"), filters=[stripped], validators=[Length(max=2_000)])
    disagrees = BooleanField(lazy_gettext("I see it differently"))
    useful = RadioField(lazy_gettext("How useful was it?"), choices=RATING_CHOICES, default="")
    applicable = RadioField(lazy_gettext("How well can it be applied?"), choices=RATING_CHOICES, default="")

    def validate_comment(self, field: TextAreaField) -> None:
        if self.disagrees.data and not field.data:
            raise ValidationError(_("If you disagree, say in the comment what was different."))

    @property
    def ratings(self) -> dict[str, int | None]:
        """Both ratings, 1 to 5 or none."""
        return {name: int(getattr(self, name).data) if getattr(self, name).data else None for name in RATED}


RATED = ("useful", "applicable")


class WaiveForm(FlaskForm):
    """Why an obligation is let go."""

    reason = StringField(lazy_gettext("Reason"), filters=[stripped], validators=[DataRequired(), Length(max=300)])


class AskForm(FlaskForm):
    """What a session that somebody asks for is to be about."""

    reason = TextAreaField(
        lazy_gettext("What should it be about?"), filters=[stripped], validators=[DataRequired(), Length(max=500)]
    )


class AttachForm(FlaskForm):
    """A file for a record."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file."))])
