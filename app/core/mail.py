"""Mail: made in the reader's language, sent by a job through SMTP, or kept as files in development."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template

from app.core.database import db
from app.core.i18n import speak


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    kind: str
    """Its media type, as `application/pdf`."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent."""

    to: str
    subject: str
    text: str
    calendar: bytes = b""
    """A file for calendars (RFC 5545) that goes with it, and what they are to do with it."""
    method: str = ""
    attachment: Attachment | None = None
    key: str = ""
    """What it is known by, so that the same letter sent twice is one; none: each is another."""


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
    message["Message-ID"] = f"<{letter.key}@hilo>" if letter.key else make_msgid(domain="hilo")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.calendar:
        _add_calendar(message, letter)
    if letter.attachment is not None:
        _attach(message, letter.attachment)
    sender().send(message)


def _attach(message: EmailMessage, file: Attachment) -> None:
    kind, _slash, sub = file.kind.partition(";")[0].partition("/")
    params = {"charset": "utf-8"} if kind == "text" else {}
    message.add_attachment(file.content, maintype=kind, subtype=sub, filename=file.name, params=params)


def _add_calendar(message: EmailMessage, letter: Letter) -> None:
    """The same twice: as an alternative, which mail programs act on, and as a file, which the others can open."""
    text = letter.calendar.decode()
    message.add_alternative(text, subtype="calendar", params={"method": letter.method})
    message.add_attachment(text, subtype="calendar", filename="session.ics", params={"method": letter.method})


def with_calendar(letter: Letter, calendar: bytes, method: str) -> Letter:
    """The letter with a file for calendars."""
    return replace(letter, calendar=calendar, method=method)


def with_attachment(letter: Letter, attachment: Attachment | None, key: str) -> Letter:
    """The letter with a file, known by a key."""
    return replace(letter, attachment=attachment, key=key)


def compose(to: str, language: str, subject: object, template: str, **context: object) -> Letter:
    """Write a letter from a template in the reader's language."""
    with speak(language):
        return Letter(to, str(subject() if callable(subject) else subject), render_template(template, **context))
