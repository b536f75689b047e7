"""Mail: made in the reader's language, sent by a job through SMTP, or kept as files in development."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template

from app.core.database import db
from app.core.i18n import speak


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent."""

    to: str
    subject: str
    text: str


class Sender(Protocol):
    """Whatever can send mail."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class FolderSender:
    """Keeps each mail as a file, for development and tests."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").split("@")[0]
        (self.folder / f"{name}.eml").write_bytes(bytes(message))


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Sends through a server: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://host:465`."""

    url: str

    def send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.url)
        host, secure = parts.hostname or "localhost", parts.scheme == "smtps"
        context = ssl.create_default_context()
        server: smtplib.SMTP = (
            smtplib.SMTP_SSL(host, parts.port or 465, timeout=30, context=context)
            if secure
            else smtplib.SMTP(host, parts.port or 25, timeout=30)
        )
        with server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)


def sender() -> Sender:
    """The sender of this installation."""
    url = current_app.config["SMTP_URL"]
    return SmtpSender(url) if url else FolderSender(Path(current_app.config["DATA_DIR"]) / "mail")


def send(letter: Letter) -> None:
    """Send a letter now; raises what the server's refusal raises, so that the job tries again.

    Commits what the job has done so far: the lock of a transaction must not wait for a slow server.
    """
    db.session.commit()
    message = EmailMessage()
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = letter.to
    message["Subject"] = letter.subject.replace("\n", " ")
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="hilo")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    sender().send(message)


def compose(to: str, language: str, subject: object, template: str, **context: object) -> Letter:
    """Write a letter from a template in the reader's language."""
    with speak(language):
        return Letter(to, str(subject() if callable(subject) else subject), render_template(template, **context))
