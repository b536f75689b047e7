"""The shape of input: writing a path with its steps."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.core.database import db
from app.core.parts import PartForm
from app.curriculum.forms import choices_of, stripped
from app.curriculum.paths import labels, rules
from app.curriculum.paths.models import Path, PathStep, PathVersion
from app.curriculum.paths.rules import Branch
from app.curriculum.paths.writing import CONTENT, with_quiz

ROWS = 6
MORE_ROWS = 2
MOST_ROWS = 40


class StepForm(PartForm):
    """A row: a module, and when somebody takes it."""

    place = IntegerField(validators=[Optional(), NumberRange(1, 999)])
    module = SelectField(choices=[], default="")
    optional = BooleanField()
    after = SelectField(choices=[], default="")
    branch_on = SelectField(choices=[], default="")
    branch = SelectField(choices=[], default="")
    score = IntegerField(validators=[Optional(), NumberRange(0, 100)])


@dataclass(frozen=True, slots=True)
class Offered:
    """What a form lets choose from, as (id, name)."""

    modules: list[tuple[str, str]]
    paths: list[tuple[str, str]]


class PathForm(FlaskForm):
    """A path, its two languages side by side."""

    code = StringField(
        lazy_gettext("Code"),
        filters=[stripped],
        validators=[
            InputRequired(),
            Length(max=40),
            Regexp(r"^[\w.-]+$", message=lazy_gettext("Letters, digits, dots, dashes and underscores only.")),
        ],
        description=lazy_gettext("A short name that files and rules use, as in P01."),
    )
    days = IntegerField(
        lazy_gettext("Days to complete it"), default=30, validators=[InputRequired(), NumberRange(1, 365)]
    )
    shorter_id = SelectField(
        lazy_gettext("Shorter path to recertify"),
        choices=[],
        description=lazy_gettext(
            "Whoever completed this path and recertifies before a certificate lapses takes that one instead."
        ),
    )
    title_en = StringField(lazy_gettext("Title in English"), filters=[stripped], validators=[Length(max=200)])
    title_es = StringField(lazy_gettext("Title in Spanish"), filters=[stripped], validators=[Length(max=200)])
    about_en = TextAreaField(lazy_gettext("About it, in English"), filters=[stripped], validators=[Length(max=2000)])
    about_es = TextAreaField(lazy_gettext("About it, in Spanish"), filters=[stripped], validators=[Length(max=2000)])
    in_order = BooleanField(
        lazy_gettext("In order: a step opens when the required ones before it are done"), default=True
    )
    counts_earlier = BooleanField(
        lazy_gettext("Modules completed before count, except for a gap or a recertification"), default=True
    )
    steps = FieldList(FormField(StepForm), lazy_gettext("Steps"), max_entries=MOST_ROWS)
    revision = HiddenField()

    def __init__(self, path: Path, version: PathVersion | None, offered: Offered, **rest: Any) -> None:
        """`version` is what is being written, or what is published while nothing is."""
        known = _rows(version.steps) if version is not None else []
        blank = min(max(ROWS - len(known), MORE_ROWS), MOST_ROWS - len(known))
        data = {name: getattr(version, name) for name in CONTENT} if version is not None else {}
        own = {"code": path.code, "shorter_id": str(path.shorter_id or ""), "revision": path.revision}
        super().__init__(data={**data, **own, "steps": [*known, *({} for _row in range(blank))]}, **rest)
        self.path = path
        self.shorter_id.choices = choices_of([("", pgettext("paths", "none")), *offered.paths])
        for row in self.steps:
            row.form.module.choices = choices_of([("", "–"), *offered.modules])
            row.form.after.choices = choices_of([("", _("nothing else")), *offered.modules])
            row.form.branch_on.choices = choices_of([("", _("everybody")), *offered.modules])
            row.form.branch.choices = choices_of([("", "–"), *labels.BRANCHES.items()])

    def validate_code(self, field: StringField) -> None:
        others = db.session.query(Path.id).filter(Path.code == field.data)
        if self.path.id is not None:
            others = others.filter(Path.id != self.path.id)
        if others.first() is not None:
            raise ValidationError(_("Another path has this code."))

    def validate_title_en(self, field: StringField) -> None:
        if not field.data and not self.title_es.data:
            raise ValidationError(_("A title is needed in at least one language."))

    def validate_steps(self, field: FieldList) -> None:
        if any(row.form.errors for row in field):
            return
        told = [SimpleNamespace(**one) for one in self.step_facts]
        wrong = rules.faults(told, with_quiz(db.session(), [one.module_id for one in told]))
        if wrong:
            raise ValidationError(" ".join(str(labels.FAULTS[fault]) % {"step": at} for at, fault in wrong))

    @property
    def step_facts(self) -> list[dict[str, Any]]:
        """The rows that name a module, in the order of their places, numbered from 1."""
        rows = [row.form for row in self.steps if row.form.module.data]
        rows.sort(key=lambda row: row.place.data if row.place.data is not None else MOST_ROWS * 1_000)
        at = {int(row.module.data): place for place, row in reversed(list(enumerate(rows, start=1)))}
        return [_facts(place, row, at) for place, row in enumerate(rows, start=1)]

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of path and version."""
        own = {"code": self.code.data, "shorter_id": int(self.shorter_id.data) if self.shorter_id.data else None}
        return {**own, **{name: getattr(self, name).data for name in CONTENT}}


def _rows(steps: list[PathStep]) -> list[dict[str, Any]]:
    modules = {one.position: str(one.module_id) for one in steps}
    return [
        {
            "place": one.position,
            "module": str(one.module_id),
            "optional": one.optional,
            "after": modules.get(one.after or 0, ""),
            "branch_on": modules.get(one.branch_on or 0, ""),
            "branch": one.branch.value if one.branch else "",
            "score": round(one.branch_score * 100) if one.branch_score is not None else None,
        }
        for one in steps
    ]


def _facts(place: int, row: Any, at: dict[int, int]) -> dict[str, Any]:
    """A row as columns; a module that is not in the path stands nowhere, which is wrong."""

    def position(field: SelectField) -> int | None:
        return at.get(int(field.data), 0) if field.data else None

    return {
        "position": place,
        "module_id": int(row.module.data),
        "optional": bool(row.optional.data),
        "after": position(row.after),
        "branch_on": position(row.branch_on),
        "branch": Branch(row.branch.data) if row.branch.data else None,
        "branch_score": row.score.data / 100 if row.score.data is not None else None,
    }
