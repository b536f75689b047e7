"""The one-pager of an agent: gaps, quality, coaching, learning, commitments and certificates of one person.

It is declared as any other report, and stands apart from those of the gallery: they tell of units, can be kept with their
filters and mailed; this one tells of whom its address names, and is open to that person too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select, exists, select

from app.accounts.access import may
from app.accounts.filters import teams_of
from app.accounts.models import Membership, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.queries import leads_on
from app.accounts.reach import last_membership, reach
from app.core.i18n import day, month_name, number
from app.gaps.rules import ACTIVE
from app.reports import agent_cuts as cuts_of
from app.reports.agent_cuts import MONTHS
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.laid_out import Cut, lay_out, monthly


def agents(viewer: User | None) -> Select[User]:
    """Who has a one-pager: those who are or were in a team, and whose reports the viewer reads, or the viewer's own."""
    in_team = exists().where(Membership.user_id == User.id)
    seen = select(User).where(in_team)
    return seen if viewer is None else seen.where(User.id.in_(reach(viewer, Permission.SEE_REPORTS)))


def report(asked: Question) -> Report:
    """The one-pager of the person asked for, as of now, with the months up to the one asked for."""
    person = _person(asked)
    gaps = cuts_of.gaps(asked, person)
    quality, coaching = cuts_of.quality(asked, person), cuts_of.coaching(asked, person)
    learning = cuts_of.learning(asked, person)
    lists = [cuts_of.modules(asked, person), cuts_of.commitments(asked, person), cuts_of.certificates(asked, person)]
    said = _("Mean score of random audits, by month")
    draws = not asked.whole and asked.viewer is not None and may(asked.viewer, Permission.SEE_REPORTS)
    drawn = None if not draws else monthly(quality, 2, 1, target=None, subtitle=said)
    facts = _facts(asked, person)
    made = lay_out(
        DECLARED, asked, lead(asked, gaps, coaching, learning), [gaps, quality, coaching, learning, *lists], drawn,
        facts={"agent": person.name, "employee_no": person.employee_no},
    )  # fmt: skip
    place = teams_of(asked.session, [person.id]).get(person.id, "")
    context = {
        **made.context,
        "person": person,
        "facts": facts,
        "on_paper": {one.key: cuts_of.on_paper(one) for one in made.context["all_cuts"]},
        "meaning_url": f"{str(current_app.config['BASE_URL']).rstrip('/')}/reports/definitions#report-agent",
    }
    return replace(
        made,
        id=f"agent-{person.employee_no}",
        title=_("%(person)s, %(month)s", person=person.name, month=month_name(asked.month)),
        place=place,
        data={**made.data, "scope": place},
        paper="reports/agent.print.html",
        context=context,
    )


def _person(asked: Question) -> User:
    if asked.person is None:
        raise ValueError("a one-pager is of a person")
    return asked.person


def lead(asked: Question, gaps: Cut, coaching: Cut, learning: Cut) -> str:
    """What the page shows, in one sentence."""
    active = sum(row.about["state"] in ACTIVE for row in gaps.rows)

    def total(cut: Cut, key: str) -> str:
        place = [one.key for one in cut.fields].index(key)
        return number(sum(row.values[place] or 0 for row in cut.rows))

    return _(
        "Gaps open now: %(gaps)s. In the %(count)s months up to %(month)s, coaching on time: %(held)s "
        "of %(owed)s sessions; learning on time: %(learned)s of %(due)s assignments.",
        gaps=number(active),
        count=MONTHS,
        month=month_name(asked.month),
        held=total(coaching, "in_time"),
        owed=total(coaching, "due"),
        learned=total(learning, "in_time"),
        due=total(learning, "due"),
    )


def _facts(asked: Question, person: User) -> list[tuple[str, Any]]:
    """Who it is and where."""
    last = select(Membership.team_id).where(Membership.user_id == person.id, Membership.valid_from == last_membership())
    leading = leads_on(asked.today).where(UnitTree.unit_id.in_(last)).subquery()
    names = asked.session.scalars(
        select(User.name).where(User.id.in_(select(leading.c.user_id))).order_by(User.name)
    ).all()
    return [
        (_("Employee number"), person.employee_no),
        (_("Team"), teams_of(asked.session, [person.id]).get(person.id, "–")),
        (_("Team lead"), ", ".join(names) or _("none")),
        (_("Hired on"), day(person.hired_on) if person.hired_on else "–"),
    ]


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (
            _("To work on"),
            _(
                "Competencies open, in remediation, relapsed, closing or watched, as last decided at the end of a week; how sure "
                "it is that the true pass rate is below target, with the checks of 13 weeks behind it."
            ),
        ),
        (
            _("Quality by month"),
            _(
                "Released random audits of contacts in the month. Between the lower and the upper end lies the true share with "
                "a fatal error in 95 of 100 cases (Wilson's interval); few audits make it wide."
            ),
        ),
        (
            _("Coaching by month"),
            _(
                "Sessions owed that fell due, in whatever team; waived and void ones do not count, "
                "closed months as at their close. Held is on time or late. Confirmed: by the agent in "
                "the time asked for, of those to be confirmed."
            ),
        ),
        (
            _("Learning by month"),
            _(
                "Assigned: in the month. Due: with a due date in it, up to yesterday, neither waived "
                "nor cancelled. Overdue: of these, open today."
            ),
        ),
        (_("Modules open"), _("Assignments still open, the first due first.")),
        (
            _("Commitments"),
            _("Promised in sessions by the agent or the coach and not settled yet, the first due first."),
        ),
        (_("Certificates"), _("Those not renewed since, as of today; valid on their last day too.")),
    ]


def cuts() -> Sequence[tuple[str, str]]:
    """Its tables: the first is that of a CSV file that asks for none."""
    return [
        ("", _("To work on")),
        ("quality", _("Quality by month")),
        ("coaching", _("Coaching by month")),
        ("learning", _("Learning by month")),
        ("modules", _("Modules open")),
        ("commitments", _("Commitments")),
        ("certificates", _("Certificates")),
    ]


DECLARED = Declared(
    name="agent",
    endpoint="agent",
    title=lazy_gettext("Agent one-pager"),
    about=lazy_gettext("One person on one page: gaps, quality, coaching, learning, commitments and certificates."),
    drawing="person",
    help="The one-pager of an agent.",
    answer=report,
    definitions=definitions,
    may=Permission.USE,
    cuts=cuts,
    template="reports/agent.html",
)
