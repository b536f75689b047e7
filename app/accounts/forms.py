"""The shape of input: signing in, one's account, and what administrators write."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from markupsafe import Markup, escape
from wtforms import DateField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets.core import html_params

from app.accounts import labels
from app.accounts.intake import EMAIL, LONGEST, LONGEST_TEXT, MOST_CONTACTS
from app.accounts.models import Letters, UnitKind, User
from app.accounts.permissions import Role
from app.accounts.services.credentials import LONGEST as LONGEST_PASSWORD
from app.accounts.services.credentials import SHORTEST, fits, password_fault
from app.accounts.settings import Known, fitted


def stripped(value: str | None) -> str:
    """What was typed, without the space around it and with single spaces inside."""
    return " ".join((value or "").split())


def choices(names: dict[Any, Any]) -> list[SelectChoice]:
    """A name for each value, as a `SelectField` takes them."""
    return [SelectChoice(str(value), name) for value, name in names.items()]


def zone_choices(nothing: str, chosen: str | None) -> list[SelectChoice]:
    """The time zones, after what it means to choose none."""
    return [SelectChoice("", nothing), *(SelectChoice(*pair) for pair in labels.time_zone_choices(chosen))]


class ManyChoices:
    """A select written in one go: with hundreds of choices the usual widget, which asks for each apart, is slow."""

    def __call__(self, field: SelectField, **attributes: Any) -> Markup:
        attributes.setdefault("id", field.id)
        required = {"required": True} if field.flags.required else {}
        opening = html_params(name=field.name, **required, **attributes)
        groups = groupby(field.choices or (), key=lambda choice: choice.optgroup)
        inside = "".join(self._group(name, choices, str(field.data or "")) for name, choices in groups)
        return Markup(f"<select {opening}>{inside}</select>")  # noqa: S704 -- escaped where written

    def _group(self, name: str | None, choices: Iterable[SelectChoice], chosen: str) -> str:
        options = "".join(
            f'<option value="{escape(one.value)}"{" selected" if one.value == chosen else ""}>{escape(one.label)}</option>'
            for one in choices
        )
        return f'<optgroup label="{escape(name)}">{options}</optgroup>' if name else options


def settings_form(shown: Iterable[Known], values: dict[str, str]) -> FlaskForm:
    """A field for each of these settings, which says what does not fit."""

    def fits_in(known: Known) -> Callable[[FlaskForm, StringField], None]:
        def check(_form: FlaskForm, field: StringField) -> None:
            try:
                fitted(known, field.data)
            except ValueError:
                raise ValidationError(_("“%(value)s” does not fit here.", value=field.data)) from None

        return check

    fields = {one.key: StringField(one.label, [fits_in(one)], description=str(one.hint)) for one in shown}
    return type("SettingsForm", (FlaskForm,), fields)(data=values)


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = StringField(lazy_gettext("Email"), [InputRequired(), Length(max=LONGEST["email"])])
    password = PasswordField(lazy_gettext("Password"), [InputRequired(), Length(max=LONGEST_PASSWORD)])


class AskResetForm(FlaskForm):
    """The address a link is sent to."""

    email = StringField(
        lazy_gettext("Email"),
        [
            InputRequired(),
            Length(max=LONGEST["email"]),
            Regexp(EMAIL, message=lazy_gettext("This is not an email address.")),
        ],
        filters=[stripped],
    )


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(lazy_gettext("New password"), [InputRequired(), Length(max=LONGEST_PASSWORD)])
    again = PasswordField(
        lazy_gettext("Repeat the new password"),
        [InputRequired(), EqualTo("password", message=lazy_gettext("The two passwords do not match."))],
    )

    def __init__(self, user: User, **rest: Any) -> None:
        super().__init__(**rest)
        self.user = user
        self.password.description = _("%(least)s characters or more.", least=SHORTEST)

    def validate_password(self, field: PasswordField) -> None:
        fault = password_fault(field.data or "", self.user)
        if fault:
            raise ValidationError(fault)


class ChangePasswordForm(NewPasswordForm):
    """The present password, and a new one twice."""

    present = PasswordField(lazy_gettext("Current password"), [InputRequired(), Length(max=LONGEST_PASSWORD)])

    def validate_present(self, field: PasswordField) -> None:
        if not fits(self.user, field.data or ""):
            raise ValidationError(_("This is not your current password."))


class AccountForm(FlaskForm):
    """How Hilo speaks to its reader."""

    name = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=LONGEST["name"])], filters=[stripped])
    language = SelectField(lazy_gettext("Language"), choices=choices(labels.LANGUAGES))
    time_zone = SelectField(lazy_gettext("Time zone"), widget=ManyChoices())
    number_format = SelectField(lazy_gettext("Number format"), choices=choices(labels.NUMBER_FORMATS))
    theme = SelectField(lazy_gettext("Theme"), choices=choices(labels.THEMES))
    letters = SelectField(
        lazy_gettext("Emails"),
        choices=choices(labels.LETTERS),
        description=lazy_gettext("News appears in Hilo at once, whatever is chosen here."),
        coerce=lambda value: Letters(value) if value else "",
    )

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.time_zone.choices = zone_choices(_("As set for the programme"), self.time_zone.data)


class PersonForm(FlaskForm):
    """Who somebody is, for administrators."""

    employee_no = StringField(
        lazy_gettext("Employee number"), [InputRequired(), Length(max=LONGEST["employee_no"])], filters=[stripped]
    )
    name = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=LONGEST["name"])], filters=[stripped])
    email = StringField(
        lazy_gettext("Email"),
        [
            Optional(),
            Length(max=LONGEST["email"]),
            Regexp(EMAIL, message=lazy_gettext("This is not an email address.")),
        ],
        filters=[stripped],
        description=lazy_gettext("Needed to sign in; the invitation goes there."),
    )
    language = SelectField(lazy_gettext("Language"), choices=choices(labels.LANGUAGES))
    time_zone = SelectField(lazy_gettext("Time zone"), widget=ManyChoices())
    hired_on = DateField(lazy_gettext("Hired on"), [Optional()])
    weekly_contacts = IntegerField(lazy_gettext("Contacts a week"), [Optional(), NumberRange(0, MOST_CONTACTS)])

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.time_zone.choices = zone_choices(_("As set for the unit"), self.time_zone.data)

    def facts(self) -> dict[str, Any]:
        """The columns of a person."""
        names = ("employee_no", "name", "email", "language", "time_zone", "hired_on", "weekly_contacts")
        return {name: self[name].data or None if name != "weekly_contacts" else self[name].data for name in names}


class PlaceForm(FlaskForm):
    """A role over a unit, or a place in a team, from a day on."""

    role = SelectField(lazy_gettext("Role"), choices=choices(labels.ROLES))
    unit = SelectField(
        lazy_gettext("Unit"),
        [InputRequired()],
        description=lazy_gettext("An agent belongs to a team."),
        widget=ManyChoices(),
    )
    valid_from = DateField(lazy_gettext("From"), [InputRequired()])

    def __init__(self, units: list[SelectChoice], **rest: Any) -> None:
        super().__init__(**rest)
        self.unit.choices = [SelectChoice("", _("Choose a unit")), *units]

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)


class NewPersonForm(PersonForm, PlaceForm):
    """Somebody new and their first place; without one, only an administrator of everything would see them."""


class DayForm(FlaskForm):
    """From which day something holds."""

    day = DateField(lazy_gettext("Day"), [InputRequired()])


class AbsenceForm(FlaskForm):
    """Away from a day to a day, both included."""

    kind = SelectField(lazy_gettext("Kind"), choices=choices(labels.ABSENCE_KINDS), id="absence-kind")
    first = DateField(lazy_gettext("First day"), [InputRequired()])
    last = DateField(lazy_gettext("Last day"), [InputRequired()])


class UnitForm(FlaskForm):
    """What a unit is called and what holds in it."""

    name = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=LONGEST_TEXT)], filters=[stripped])
    market = StringField(
        lazy_gettext("Market"),
        [Length(max=LONGEST_TEXT)],
        filters=[stripped],
        description=lazy_gettext("The country code, for instance MX."),
    )
    time_zone = SelectField(lazy_gettext("Time zone"), widget=ManyChoices())
    line_of_business = StringField(lazy_gettext("Line of business"), [Length(max=LONGEST_TEXT)], filters=[stripped])
    language = SelectField(lazy_gettext("Language"))

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        inherited = _("As set for the unit above")
        self.time_zone.choices = zone_choices(inherited, self.time_zone.data)
        self.language.choices = [SelectChoice("", inherited), *choices(labels.LANGUAGES)]

    def facts(self) -> dict[str, str | None]:
        """The columns of a unit; what is left empty is inherited."""
        names = ("name", "market", "time_zone", "line_of_business", "language")
        return {name: self[name].data or None for name in names}


class NewUnitForm(UnitForm):
    """A unit below another."""

    kind = SelectField(lazy_gettext("Kind"))

    def __init__(self, kinds: list[UnitKind], **rest: Any) -> None:
        super().__init__(**rest)
        self.kind.choices = [SelectChoice(kind.value, str(labels.UNIT_KINDS[kind])) for kind in kinds]


class FileForm(FlaskForm):
    """A file of people."""

    file = FileField(lazy_gettext("File"), [FileRequired(lazy_gettext("Choose a file first."))])
