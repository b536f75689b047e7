"""The shape of input: publishing, and giving back after a review."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.curriculum.forms import choices_of, stripped


class PublishForm(FlaskForm):
    """Whether earlier completions still count, and what changed."""

    counts_earlier = RadioField(
        lazy_gettext("Completions of earlier versions"),
        choices=choices_of(
            {
                "yes": lazy_gettext("still count"),
                "no": lazy_gettext("no longer count: the module can be assigned again to people who completed it"),
            }.items()
        ),
        default="yes",
        validators=[Optional()],
    )
    note = StringField(lazy_gettext("What changed"), filters=[stripped], validators=[Length(max=300)])


class GiveBackForm(FlaskForm):
    """What is to be changed before it can be published."""

    remark = StringField(
        lazy_gettext("What should change"), filters=[stripped], validators=[InputRequired(), Length(max=500)]
    )
