"""Business reviews in the demo programme: last month's of a partner, frozen and talked through, and this month's in draft."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, UnitKind, User
from app.core.clock import last_month, month_start
from app.governance.reviews import queries, services
from app.governance.reviews.rules import ActionState, Part
from app.home import daily
from app.reports.reviews import drawing

DAYS_INTO_MONTH = 6
"""When the review of the month before is frozen; it is held two days later."""
COMMENTS: dict[Part, tuple[str, str]] = {
    Part.SUMMARY: (
        "A steady month. Coaching stays above target; what holds quality back is the same two competencies as in the "
        "month before, and the remedies for them are under way.",
        "Un mes estable. El coaching sigue por encima de la meta; lo que frena la calidad son las mismas dos "
        "competencias del mes anterior, y sus remedios ya están en curso.",
    ),
    Part.FATAL: (
        "Most fatal errors come from contacts in which identity was verified too late. The new script moves it to the start.",
        "La mayoría de los errores fatales viene de contactos en los que la identidad se verificó demasiado tarde. El "
        "nuevo guion lo lleva al inicio.",
    ),
    Part.DSAT: (
        "Half of the cases come from knowledge: the refund article was out of date until the 18th.",
        "La mitad de los casos se debe al conocimiento: el artículo de reembolsos estuvo desactualizado hasta el día 18.",
    ),
}
DECISION = "La verificación de identidad pasa al inicio del guion en todos los equipos."
WHY = "La mayoría de los errores fatales viene de contactos en los que se verificó demasiado tarde."
LOOK_AGAIN = timedelta(days=60)
ACTIONS = (
    ("Publicar el guion nuevo y avisar a los líderes de equipo.", 9, "Publicado; los equipos lo usan desde el lunes."),
    ("Revisar con los líderes los diez últimos errores fatales y traer los patrones.", 12, ""),
)
"""What is to be done, so many days after the meeting, and what became of it."""
NEXT_SUMMARY = "What was agreed last month is half done; the pattern of fatal errors is still owed."


def write(session: Session, last: date, by: User) -> None:
    """Freeze and hold the review of the month before the last day, and begin that of its month."""
    month = last_month(last)
    day = min(month_start(last) + timedelta(days=DAYS_INTO_MONTH - 1), last)
    partner = session.scalars(select(Unit).where(Unit.kind == UnitKind.PARTNER).order_by(Unit.path)).first()
    if partner is None:
        return
    on = daily.moment_of(day)
    review = services.begin(session, partner, month, today=day, by=by, on=on)
    for part, (en, es) in COMMENTS.items():
        services.comment_on(session, review, part, en=en, es=es, revision=0)
    figures = drawing.draw(session, partner, month, at=on, today=day)
    services.freeze(session, review, figures, today=day, by=by, on=on)
    again = day + LOOK_AGAIN
    services.decide(session, review, DECISION, WHY, language="es", review_on=again, by=by, on=on)
    managers = set(session.scalars(queries.partner_managers(partner.id, day)))
    owners = session.scalars(select(User).where(User.id.in_(managers)).order_by(User.id)).all() or [by]
    for text, days, outcome in ACTIONS:
        due = day + timedelta(days=days)
        action = services.agree(session, review, text, owner=owners[0], due_on=due, today=day, by=by, on=on)
        if outcome:
            services.settle(session, action, ActionState.DONE, outcome, today=min(due, last), by=owners[0], on=on)
    services.hold(session, review, min(day + timedelta(days=2), last), today=last, by=by, on=daily.moment_of(last))
    begun = services.begin(session, partner, month_start(last), today=last, by=by, on=daily.moment_of(last))
    services.comment_on(session, begun, Part.SUMMARY, en=NEXT_SUMMARY, es="", revision=0)
