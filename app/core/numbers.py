"""Numbers as people type them into forms."""

from __future__ import annotations

import math

from flask_babel import gettext as _
from wtforms import FloatField
from wtforms.widgets import NumberInput


class NumberField(FloatField):
    """A number, its decimals after a point or, as most of Spanish writes them, a comma."""

    widget = NumberInput(step="any")

    def process_formdata(self, valuelist: list[str]) -> None:
        written = [text.strip().replace("−", "-").replace(",", ".") for text in valuelist]
        try:
            super().process_formdata(written)
        except ValueError as error:
            raise ValueError(_("This is not a number. Write it in digits, as in 12.5.")) from error
        if self.data is not None and not math.isfinite(self.data):
            self.data = None
            raise ValueError(_("This is not a number. Write it in digits, as in 12.5."))

    def _value(self) -> str:
        """As it was typed, else without a nought behind the point."""
        if self.raw_data or self.data is None or not float(self.data).is_integer():
            return str(super()._value())
        return str(int(self.data))
