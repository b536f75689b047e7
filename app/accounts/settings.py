"""Settings of the programme that are changed while Hilo runs: a table of what is known, each with its check.

What a machine needs before it starts (addresses, secrets) is in `config.py` instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import Setting, User
from app.accounts.record import log
from app.accounts.services.units import programme_unit
from app.core.errors import Refused

MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Known:
    """A setting there is: `check` gives the value as it is kept, or raises `ValueError`."""

    key: str
    label: LazyString
    hint: LazyString
    check: Callable[[str], str]
    input_type: str = "text"
    internal: bool = False
    """Kept by Hilo itself: not shown, and not set by people."""


def _day(value: str) -> str:
    return date.fromisoformat(value).isoformat()


def _days(value: str) -> str:
    if not 1 <= int(value) <= MOST_DAYS:
        raise ValueError(value)
    return str(int(value))


KNOWN: dict[str, Known] = {
    "live_from": Known(
        "live_from",
        lazy_gettext("Live from"),
        lazy_gettext(
            "The first day on which Hilo assigns modules, schedules what is owed and sends email. "
            "What happened before only makes evidence and gaps. Write it as 2026-10-01."
        ),
        _day,
        input_type="date",
    ),
    "dispute_days": Known(
        "dispute_days",
        lazy_gettext("Days to dispute"),
        lazy_gettext("For how many days after an audit is released a miss can be disputed: 1 to 90. Empty: 10."),
        _days,
        input_type="number",
    ),
    "dispute_answer_days": Known(
        "dispute_answer_days",
        lazy_gettext("Days to answer a dispute"),
        lazy_gettext("How many days there are to answer a dispute: 1 to 90. Empty: 5."),
        _days,
        input_type="number",
    ),
    "last_daily": Known(
        "last_daily",
        lazy_gettext("Last daily run"),
        lazy_gettext("The last day the daily run has covered. Hilo keeps it up to date by itself."),
        _day,
        internal=True,
    ),
}


def get(session: Session, key: str) -> str | None:
    """The value of a setting, or None while it is not set; `KeyError` for one there is not."""
    row = session.get(Setting, KNOWN[key].key)
    return row.value if row is not None else None


def put(session: Session, key: str, value: str | None, *, by: User | None, on: datetime) -> bool:
    """Set a setting, or with None or an empty text take it back; returns whether that is new.

    Raises `Refused` for a setting there is not and for a value that does not fit it.
    """
    known = KNOWN.get(key)
    if known is None:
        raise Refused(_("There is no setting “%(key)s”. Choose one of: %(known)s.", key=key, known=", ".join(KNOWN)))
    before, after = get(session, key), _checked(known, value)
    if before == after:
        return False
    row = session.get(Setting, key)
    if after is None:
        session.delete(row)
    elif row is None:
        session.add(Setting(key=key, value=after))
    else:
        row.value = after
    if not known.internal:
        log(session, "setting.changed", programme_unit(session), by=by, on=on, setting=key, value=[before, after])
    return True


def fitted(known: Known, value: str | None) -> str | None:
    """A value as it is kept, None for an empty one; raises `ValueError` for one that does not fit."""
    text = (value or "").strip()
    return known.check(text) if text else None


def _checked(known: Known, value: str | None) -> str | None:
    text = (value or "").strip()
    try:
        return fitted(known, text)
    except ValueError:
        sentence = _(
            "“%(value)s” does not fit the setting %(key)s: %(hint)s", value=text, key=known.key, hint=known.hint
        )
        raise Refused(sentence) from None


def live_from(session: Session) -> date | None:
    """The first day on which anything is assigned, owed or mailed; None before the first daily run."""
    value = get(session, "live_from")
    return date.fromisoformat(value) if value else None
