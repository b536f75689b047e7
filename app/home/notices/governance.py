"""What notices of business reviews, initiatives, risks and decisions say."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from app.core.i18n import month_name
from app.governance.initiatives.services import MILESTONE_OWNED, OWNED
from app.governance.reviews import services as reviews
from app.governance.risks.services import OWNED as RISK_OWNED
from app.home import governing
from app.home.notices.wording import ANSWERS, MANAGES_UNIT, Detail, Sentences, Whys, due, title


def _review_ready(detail: Detail, _zone: str) -> str:
    month = month_name(date.fromisoformat(detail["month"]))
    return _("The business review of %(unit)s for %(month)s is ready to be read.", unit=detail["unit"], month=month)


def _review_action(detail: Detail, _zone: str) -> str:
    facts = {"unit": detail["unit"], "action": detail["action"], "day": due(detail)}
    return _("Agreed in the business review of %(unit)s, due by %(day)s: “%(action)s”", **facts)


def _review_action_overdue(detail: Detail, _zone: str) -> str:
    facts = {"unit": detail["unit"], "action": detail["action"], "day": due(detail)}
    return _("An action of the business review of %(unit)s was due by %(day)s: “%(action)s”", **facts)


def _initiative_owned(detail: Detail, _zone: str) -> str:
    return _("You lead the initiative “%(title)s”.", title=title(detail))


def _milestone_owned(detail: Detail, _zone: str) -> str:
    facts = {"text": detail["text"], "title": title(detail), "day": due(detail)}
    return _("A milestone of “%(title)s” is due on %(day)s: %(text)s", **facts)


def _milestone_due_soon(detail: Detail, _zone: str) -> str:
    facts = {"text": detail["text"], "title": title(detail), "day": due(detail)}
    return _("A milestone of “%(title)s” is due soon, on %(day)s: %(text)s", **facts)


def _milestone_overdue(detail: Detail, _zone: str) -> str:
    facts = {"text": detail["text"], "title": title(detail), "day": due(detail)}
    return _("A milestone of “%(title)s” was due on %(day)s and is still open: %(text)s", **facts)


def _post_mortem_due(detail: Detail, _zone: str) -> str:
    return _(
        "The lessons learnt from the initiative “%(title)s” are due by %(day)s.", title=title(detail), day=due(detail)
    )


def _risk_owned(detail: Detail, _zone: str) -> str:
    return _("The risk “%(title)s” is due for review by %(day)s.", title=title(detail), day=due(detail))


def _risk_review_due(detail: Detail, _zone: str) -> str:
    return _("The review of the risk “%(title)s” was due on %(day)s.", title=title(detail), day=due(detail))


def _decision_review_due(detail: Detail, _zone: str) -> str:
    return _("The decision “%(title)s” was due for review on %(day)s.", title=title(detail), day=due(detail))


SENTENCES: Sentences = {
    reviews.READY: _review_ready,
    reviews.ACTION: _review_action,
    governing.REVIEW_ACTION_OVERDUE: _review_action_overdue,
    OWNED: _initiative_owned,
    MILESTONE_OWNED: _milestone_owned,
    governing.MILESTONE_DUE_SOON: _milestone_due_soon,
    governing.MILESTONE_OVERDUE: _milestone_overdue,
    governing.POST_MORTEM_DUE: _post_mortem_due,
    RISK_OWNED: _risk_owned,
    governing.RISK_REVIEW_DUE: _risk_review_due,
    governing.DECISION_REVIEW_DUE: _decision_review_due,
}
WHYS: Whys = {
    reviews.READY: MANAGES_UNIT,
    **dict.fromkeys((kind for kind in SENTENCES if kind != reviews.READY), ANSWERS),
}
"""All else concerns the reader."""
