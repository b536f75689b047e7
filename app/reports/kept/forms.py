"""The shape of input: a saved view, and when it is mailed to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.accounts.labels import ROLES
from app.accounts.permissions import Role
from app.core.i18n import weekday_names
from app.reports.documents import FORMATS
from app.reports.kept import labels
from app.reports.kept.models import SavedView, Schedule
from app.reports.kept.rules import LAST_DAY, Every, Told
from app.reports.kept.services import Sharing, Timing, roles_that_read

Options = Sequence[tuple[str, str]]


def _choices(pairs: Options) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in pairs]


class _Refusing(FlaskForm):
    """A form that says at a field why a deed was refused."""

    def refuse(self, name: str, why: object) -> None:
        """Say at that field why."""
        field = self._fields[name]
        field.errors = [*field.errors, str(why)]


class ViewForm(_Refusing):
    """What a view is called, and who else may open it."""

    name = StringField(
        lazy_gettext("Name"), filters=[lambda v: v and v.strip()], validators=[DataRequired(), Length(max=120)]
    )
    unit = SelectField(lazy_gettext("Shared within"))
    role = SelectField(lazy_gettext("With whom"))

    def __init__(self, units: Options, view: SavedView | None = None, **rest: Any) -> None:
        super().__init__(**rest)
        roles = [(role.value, str(ROLES[role])) for role in roles_that_read()]
        self.unit.choices = _choices([("", _("nobody: private")), *units])
        self.role.choices = _choices([("", _("everybody who reads reports")), *roles])
        if view is not None and not self.is_submitted():
            self.name.data = view.name
            self.unit.data = str(view.shared_unit_id or "")
            self.role.data = view.shared_role.value if view.shared_role else ""

    @property
    def sharing(self) -> Sharing:
        """With whom, as typed."""
        return Sharing(
            int(self.unit.data) if self.unit.data else None, Role(self.role.data) if self.role.data else None
        )


class ScheduleForm(_Refusing):
    """When, as what, and to whom."""

    every = SelectField(lazy_gettext("How often"))
    weekday = SelectField(lazy_gettext("On, if every week"))
    day = IntegerField(
        lazy_gettext("On day, if every month"), validators=[InputRequired(), NumberRange(1, LAST_DAY)], default=1
    )
    hour = SelectField(lazy_gettext("At"), description=lazy_gettext("In each recipient's local time."))
    told = SelectField(lazy_gettext("It covers"))
    file_format = SelectField(lazy_gettext("Attached as"))
    recipients = TextAreaField(
        lazy_gettext("Recipients"),
        validators=[DataRequired(), Length(max=6000)],
        description=lazy_gettext(
            "Email addresses or employee numbers of people within your reach, one per line. Each gets "
            "it in their language, within what they may see at that time."
        ),
    )

    def __init__(self, one: Schedule | None = None, *, own: str = "", ahead: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.every.choices = _choices([(key.value, str(name)) for key, name in labels.EVERY.items()])
        self.weekday.choices = _choices([(str(day), name) for day, name in enumerate(weekday_names())])
        self.hour.choices = _choices([(str(hour), f"{hour:02}:00") for hour in range(24)])
        told = [(key.value, str(name)) for key, name in labels.TOLD.items() if ahead or key is not Told.NEXT]
        self.told.choices = _choices(told)
        self.file_format.choices = _choices([(one_format, one_format.upper()) for one_format in FORMATS])
        if not self.is_submitted():
            self._show(one, own)

    def _show(self, one: Schedule | None, own: str) -> None:
        if one is None:
            self.hour.data, self.file_format.data, self.recipients.data = "8", "xlsx", own
            self.every.data, self.told.data = Every.MONTH.value, Told.BEFORE.value
            return
        self.every.data, self.told.data, self.file_format.data = one.every.value, one.told.value, one.file_format
        if one.every is Every.WEEK:
            self.weekday.data = str(one.day)
        else:
            self.day.data = one.day
        self.hour.data = str(one.hour)
        self.recipients.data = "\n".join(found.person.email or found.person.employee_no for found in one.recipients)

    @property
    def timing(self) -> Timing:
        """When, as typed."""
        every = Every(self.every.data)
        day = int(str(self.weekday.data)) if every is Every.WEEK else self.day.data or 1
        return Timing(every, day, int(str(self.hour.data)), Told(self.told.data), str(self.file_format.data))

    @property
    def words(self) -> list[str]:
        """The recipients as typed."""
        return str(self.recipients.data or "").replace(",", "\n").replace(";", "\n").split("\n")
