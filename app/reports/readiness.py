"""Readiness for launches: those that go live in a month or later, by site, as it stands today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.permissions import Permission
from app.accounts.queries import places
from app.cohorts.launches.models import Launch
from app.cohorts.launches.readiness import Ready, readiness_of, whole
from app.core.exports import Chart
from app.core.i18n import month_name
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, Drawn, Field, Row, bars, lay_out

MOST = 20
"""Launches told of; the next to go live first."""


def report(asked: Question) -> Report:
    """Readiness for launches within the viewer's scope, laid out."""
    launches = _launches(asked)
    ready = _sites(asked, launches)
    found = [one for one in launches if ready[one.id]]
    totals = {one.id: whole(ready[one.id], _("All sites")) for one in found}
    cuts = [_by_launch(asked, found, totals), _by_site(found, ready)]
    empty = "" if found else _("Launches are created under Cohorts, with what they require and from whom.")
    return lay_out(DECLARED, asked, lead(asked, found, totals), cuts, _drawn(cuts[0]), empty=empty)


def _launches(asked: Question) -> Sequence[Launch]:
    seen = select(Launch) if asked.viewer is None else Launch.visible_to(asked.viewer)
    needed = (joinedload(Launch.cohort), selectinload(Launch.units), selectinload(Launch.modules))
    found = seen.where(Launch.go_live_on >= asked.month).options(*needed)
    return asked.session.scalars(found.order_by(Launch.go_live_on, Launch.id).limit(MOST)).all()


def _sites(asked: Question, launches: Sequence[Launch]) -> dict[int, list[Ready]]:
    found = readiness_of(asked.session, asked.viewer, launches, asked.today)
    if asked.unit_id is None:
        return found
    known = places(asked.session)
    return {
        one: [site for site in sites if asked.unit_id in known[site.unit_id].ancestors] for one, sites in found.items()
    }


def lead(asked: Question, launches: Sequence[Launch], totals: dict[int, Ready]) -> str:
    """What the report shows, in one sentence."""
    if not launches:
        return _("Nothing goes live here from %(month)s on.", month=month_name(asked.month))
    short = [one for one in launches if _share(totals[one.id]) < one.target]
    return ngettext(
        "%(num)s launch from %(month)s on; below its target by now: %(short)s.",
        "%(num)s launches from %(month)s on; below their target by now: %(short)s.",
        len(launches),
        month=month_name(asked.month),
        short=", ".join(one.title.text for one in short) or _("none"),
    )


def _share(ready: Ready) -> float:
    return ready.ready / ready.people if ready.people else 0.0


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (_("Launches"), _("Those that go live in the month or later, the next %(count)s.", count=MOST)),
        (_("People"), _("People who are in a team the launch is for today.")),
        (_("Learned"), _("Completed all modules it requires.")),
        (_("Taught"), _("Attended a delivery of its cohort's trainers.")),
        (_("Passed"), _("Passed the quiz after the delivery.")),
        (_("Ready"), _("All of these.")),
        (_("Trainers there"), _("People who may teach it at the site on the go-live day.")),
    ]


def _fields(*first: Field) -> list[Field]:
    return [
        *first,
        Field("people", _("People")),
        Field("learned", _("Learned")),
        Field("taught", _("Taught")),
        Field("passed", _("Passed")),
        Field("ready", _("Ready")),
        Field("rate", _("Share ready"), "rate"),
        Field("target", _("Target"), "rate"),
        Field("trainers", _("Trainers there")),
    ]


def _values(one: Ready, target: float) -> list[Any]:
    share = _share(one) if one.people else None
    return [one.people, one.learned, one.taught, one.passed, one.ready, share, target, one.trainers]


def _by_launch(asked: Question, launches: Sequence[Launch], totals: dict[int, Ready]) -> Cut:
    fields = _fields(
        Field("launch", _("Code"), "text"), Field("title", _("Launch"), "text"), Field("live", _("Goes live"), "date")
    )
    rows = [
        Row(
            (one.code, one.title, one.go_live_on, *_values(totals[one.id], one.target)),
            about={"launch": one.id},
        )
        for one in launches
    ]

    def links(row: Row) -> dict[str, str | None]:
        page = url_for("cohorts.launch", launch_id=row.about["launch"], unit=asked.unit_id)
        return {"launch": page, "people": page, "ready": page}

    chart = Chart("bar", _("People ready, by launch"), names=1, values=7)
    return Cut("launches", _("By launch"), fields, rows, links=links, chart=chart)


def _by_site(launches: Sequence[Launch], ready: dict[int, list[Ready]]) -> Cut:
    fields = _fields(Field("site", _("Site"), "text"), Field("launch", _("Launch"), "text"))
    rows = [
        Row((site.name, one.title, *_values(site, one.target)), about={"launch": one.id, "unit": site.unit_id})
        for one in launches
        for site in ready[one.id]
    ]

    def links(row: Row) -> dict[str, str | None]:
        page = url_for("cohorts.launch", launch_id=row.about["launch"], unit=row.about["unit"])
        return {"people": page, "ready": page}

    return Cut("sites", _("By site"), fields, rows, links=links)


def _drawn(launches: Cut) -> Drawn | None:
    if not any(row.values[7] for row in launches.rows):
        return None
    title = _(
        "People ready for %(launch)s: %(ready)s", launch=launches.rows[0].values[1], ready=launches.rows[0].values[7]
    )
    return bars(launches, 1, 7, title=title, subtitle=_("People ready by launch"))


def cuts() -> list[tuple[str, str]]:
    """The ways it is cut."""
    return [("", _("By launch")), ("sites", _("By site"))]


DECLARED = Declared(
    name="launches",
    endpoint="launch_readiness",
    title=lazy_gettext("Launch readiness"),
    about=lazy_gettext("Who is ready for what goes live next, by launch and site."),
    drawing="launch",
    help="Readiness for the launches from a month on.",
    answer=report,
    definitions=definitions,
    may=Permission.SEE_COHORTS,
    cuts=cuts,
    ahead=True,
)
