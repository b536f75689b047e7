"""What is mailed about accounts: links that set a password. The link is made here, so that no job holds one."""

from __future__ import annotations

from flask_babel import gettext as _

from app.accounts.models import User
from app.accounts.services.credentials import LIFE, Purpose, sign_in_link
from app.core import mail
from app.core.database import db
from app.core.jobs import job


@job("accounts.mail_link", attempts=5)
def mail_link(user_id: int, purpose: str) -> None:
    """Send a person the link that sets their password, unless they have left or lost their address meanwhile."""
    user, why = db.session.get(User, user_id), Purpose(purpose)
    if user is None or user.email is None or user.has_left:
        return
    letter = mail.compose(
        user.email,
        user.language,
        lambda: _("Hilo: welcome") if why is Purpose.INVITATION else _("Hilo: a new password"),
        f"accounts/mail/{why.value}.txt",
        name=user.first_name,
        link=sign_in_link(user, why),
        hours=round(LIFE[why].total_seconds() / 3600),
        days=LIFE[why].days,
    )
    mail.send(letter)
