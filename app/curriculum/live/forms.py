"""The shape of input: when and where a live session is, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.labels import time_zone_choices
from app.accounts.models import User
from app.core.clock import zone
from app.core.i18n import aware
from app.curriculum.forms import choices_of, stripped
from app.curriculum.live.models import LiveSession

LONGEST = 600


class LiveForm(FlaskForm):
    """A session; its times are of the place's zone."""

    day = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("Begins at"), validators=[InputRequired()])
    minutes = IntegerField(lazy_gettext("Minutes"), validators=[InputRequired(), NumberRange(5, LONGEST)])
    time_zone = SelectField(lazy_gettext("Time zone"))
    place = StringField(lazy_gettext("Room or link"), filters=[stripped], validators=[InputRequired(), Length(max=300)])
    language = SelectField(
        lazy_gettext("Language"),
        choices=choices_of({"en": lazy_gettext("English"), "es": lazy_gettext("Spanish")}.items()),
    )
    seats = IntegerField(lazy_gettext("Seats"), default=12, validators=[InputRequired(), NumberRange(1, 500)])
    unit_id = SelectField(lazy_gettext("For the people of"), coerce=int)
    trainer_id = SelectField(lazy_gettext("Trainer"), coerce=int)

    def __init__(
        self, live: LiveSession, units: Sequence[tuple[str, str]], trainers: Sequence[User], **rest: Any
    ) -> None:
        """`live` as it stands, or as a new one is proposed: with zone, minutes and trainer."""
        begins = live.starts_at.astimezone(zone(live.time_zone)) if live.starts_at else None
        here = {"day": begins.date(), "at": begins.time()} if begins else {}
        super().__init__(obj=live, data=here, **rest)
        self.time_zone.choices = choices_of(time_zone_choices(live.time_zone))
        self.unit_id.choices = choices_of(units)
        self.trainer_id.choices = choices_of((one.id, one.name) for one in trainers)

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the session."""
        names = ("minutes", "time_zone", "place", "language", "seats", "unit_id", "trainer_id")
        naive = datetime.combine(self.day.data, self.at.data)  # ty: ignore[invalid-argument-type]
        begins = aware(naive, str(self.time_zone.data))
        return {**{name: getattr(self, name).data for name in names}, "starts_at": begins}


class AddForm(FlaskForm):
    """Who is put on the list of a session."""

    people = SelectMultipleField(
        lazy_gettext("People"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(lazy_gettext("Nobody is chosen."))],
    )

    def __init__(self, people: Sequence[User], **rest: Any) -> None:
        super().__init__(**rest)
        self.people.choices = [SelectChoice(str(one.id), one.name) for one in people]
