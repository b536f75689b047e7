"""The shape of input: a rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.remedies import labels
from app.remedies.models import RemedyRule
from app.remedies.rules import Trigger


def choices_of(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from (value, name) pairs; names may be lazy."""
    return [SelectChoice(str(value), name) for value, name in pairs]


class RuleForm(FlaskForm):
    """When this happens, assign that and owe a session."""

    name_en = StringField(lazy_gettext("Name in English"), validators=[Length(max=120)])
    name_es = StringField(lazy_gettext("Name in Spanish"), validators=[Length(max=120)])
    trigger = SelectField(lazy_gettext("When"), choices=choices_of(labels.TRIGGERS.items()))
    competency_id = SelectField(lazy_gettext("On the competency"))
    assigns = BooleanField(lazy_gettext("Assign a module"))
    module_id = SelectField(lazy_gettext("Module"))
    path_id = SelectField(
        lazy_gettext("Or a path"), default="", description=lazy_gettext("Several modules instead of one.")
    )
    due_days = IntegerField(
        lazy_gettext("Days to complete it"), default=14, validators=[InputRequired(), NumberRange(1, 365)]
    )
    owes = BooleanField(lazy_gettext("Owe a coaching session"))
    owe_hours = IntegerField(
        lazy_gettext("Hours to hold it"),
        validators=[Optional(), NumberRange(1, 24 * 90)],
        description=lazy_gettext("Empty: as the coaching policy of the team says."),
    )
    cool_down_days = IntegerField(
        lazy_gettext("Cool-down in days"),
        default=28,
        validators=[InputRequired(), NumberRange(0, 365)],
        description=lazy_gettext(
            "During this time the rule does not act again on the same gap. Each fatal error is owed its own session."
        ),
    )
    active = BooleanField(lazy_gettext("In force"))

    def __init__(
        self,
        rule: RemedyRule,
        competencies: list[tuple[str, str]],
        modules: list[tuple[str, str]],
        paths: list[tuple[str, str]],
        **rest: Any,
    ) -> None:
        """`competencies`, `modules` and `paths` are (id, name)."""
        stored = rule.id is not None
        super().__init__(obj=rule if stored else None, **rest)
        self.competency_id.choices = choices_of([("", _("any")), *competencies])
        self.module_id.choices = choices_of([("", _("the competency's own")), *modules])
        self.path_id.choices = choices_of([("", pgettext("paths", "none")), *paths])
        if not self.is_submitted():
            self.trigger.data = rule.trigger.value
            self.competency_id.data = str(rule.competency_id or "")
            self.module_id.data = str(rule.module_id or "")
            self.path_id.data = str(rule.path_id or "")
            if not stored:
                self.assigns.data, self.owes.data, self.active.data = rule.assigns, rule.owes, rule.active

    def validate_name_en(self, field: StringField) -> None:
        if not (field.data or "").strip() and not (self.name_es.data or "").strip():
            raise ValidationError(_("A name is needed in at least one language."))

    def validate_path_id(self, field: SelectField) -> None:
        if field.data and self.module_id.data:
            raise ValidationError(_("A rule assigns a module or a path, not both."))

    def validate_owes(self, field: BooleanField) -> None:
        if not field.data and not self.assigns.data:
            raise ValidationError(_("A rule assigns a module, owes a session, or both."))

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of the rule."""
        return {
            "name_en": (self.name_en.data or "").strip(),
            "name_es": (self.name_es.data or "").strip(),
            "trigger": Trigger(self.trigger.data),
            "competency_id": int(self.competency_id.data) if self.competency_id.data else None,
            "assigns": self.assigns.data,
            "module_id": int(self.module_id.data) if self.module_id.data else None,
            "path_id": int(self.path_id.data) if self.path_id.data else None,
            "due_days": self.due_days.data,
            "owes": self.owes.data,
            "owe_hours": self.owe_hours.data,
            "cool_down_days": self.cool_down_days.data,
            "active": self.active.data,
        }
