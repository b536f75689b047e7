"""The shape of input: a new due date, and what is to become of many assignments."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError

from app.curriculum.changing.services import Deed
from app.curriculum.forms import choices_of, stripped

DEEDS = {
    Deed.RESCHEDULE: lazy_gettext("Give a new due date"),
    Deed.WAIVE: lazy_gettext("Waive, with a reason"),
    Deed.CANCEL: lazy_gettext("Cancel what is not started"),
}


class RescheduleForm(FlaskForm):
    """A new due date."""

    due_on = DateField(lazy_gettext("New due date"), validators=[InputRequired()])

    def __init__(self, today: date, **rest: Any) -> None:
        super().__init__(**rest)
        self.today = today

    def validate_due_on(self, field: DateField) -> None:
        if field.data is not None and field.data < self.today:
            raise ValidationError(_("The due date has passed."))


class ChangeForm(FlaskForm):
    """What is to become of the chosen assignments."""

    deed = RadioField(lazy_gettext("What to do"), choices=choices_of(DEEDS.items()), default=Deed.RESCHEDULE.value)
    due_on = DateField(lazy_gettext("New due date"), validators=[Optional()])
    reason = StringField(lazy_gettext("Reason to waive"), filters=[stripped], validators=[Length(max=300)])
    chosen = SelectMultipleField(lazy_gettext("Assignments"), coerce=int)

    def __init__(self, numbers: list[int], today: date, **rest: Any) -> None:
        """`numbers` are the ids that may be chosen."""
        super().__init__(**rest)
        self.chosen.choices = [SelectChoice(str(one)) for one in numbers]
        self.today = today

    def validate_chosen(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Nothing is selected."))

    def validate_deed(self, _field: RadioField) -> None:
        """The due date or the reason, as the deed asks for one."""
        if self.deed.data == Deed.RESCHEDULE.value and self.due_on.data is None:
            raise StopValidation(_("The new due date is missing."))
        if self.deed.data == Deed.RESCHEDULE.value and self.due_on.data is not None and self.due_on.data < self.today:
            raise StopValidation(_("The due date has passed."))
        if self.deed.data == Deed.WAIVE.value and not self.reason.data:
            raise StopValidation(_("The reason is missing."))
