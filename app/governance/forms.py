"""The shape of input: where a priority stands and what is done about it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.governance import labels
from app.governance.models import PriorityEntry


class EntryForm(FlaskForm):
    """A priority of the month."""

    place = IntegerField(lazy_gettext("Place"), validators=[InputRequired(), NumberRange(1, 50)])
    reason = StringField(lazy_gettext("Reason, if it moves"), validators=[Length(max=300)])
    answer = SelectField(lazy_gettext("Answer"))
    owner_id = SelectField(lazy_gettext("Owner"))
    due_on = DateField(lazy_gettext("Due"), validators=[Optional()])

    def __init__(self, entry: PriorityEntry, owners: list[tuple[str, str]], **rest: Any) -> None:
        """`owners` are (id, name). Fields are named after the entry: a page has one form for each."""
        super().__init__(obj=entry, prefix=f"e{entry.id}-", **rest)
        names = [(answer.value, name) for answer, name in labels.ANSWERS.items()]
        self.answer.choices = [SelectChoice(value, str(name)) for value, name in [("", _("none yet")), *names]]
        self.owner_id.choices = [SelectChoice(value, name) for value, name in [("", _("nobody yet")), *owners]]
        self.entry_id = entry.id
        if rest.get("formdata", ...) is None or not self.is_submitted():
            self.answer.data = entry.answer.value if entry.answer is not None else ""
            self.owner_id.data = str(entry.owner_id or "")
