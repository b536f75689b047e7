"""Settings, read once from the environment. The table in README.md names each of them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parent
KNOWN_SECRETS = {"", "secret", "change-me", "changeme", "dev", "development"}
SHORTEST_SECRET = 32
STATEMENTS = 3_000
"""How many statements are kept compiled: the application has more than the usual five hundred."""


class Misconfigured(Exception):
    """The environment asks for something that would not be safe or can't work; the message says what to set."""


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the Flask configuration for this environment.

    Raises `Misconfigured` when a production start (`HILO_ENV=production`) lacks a secret of its own.
    """
    production = environ.get("HILO_ENV", "development") == "production"
    data_dir = Path(environ.get("HILO_DATA_DIR", ROOT / "data")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "ENV_NAME": "production" if production else "development",
        "SECRET_KEY": _secret(environ, data_dir, production=production),
        "DATA_DIR": data_dir,
        "TEMPLATES_DIR": data_dir / "templates",
        "SQLALCHEMY_DATABASE_URI": _database_url(environ, data_dir),
        "SQLALCHEMY_ENGINE_OPTIONS": {"query_cache_size": STATEMENTS},
        "PROGRAMME_TIME_ZONE": environ.get("HILO_TIME_ZONE", "UTC"),
        "SMTP_URL": environ.get("HILO_SMTP_URL"),
        "MAIL_FROM": environ.get("HILO_MAIL_FROM", "Hilo <hilo@localhost>"),
        "BASE_URL": environ.get("HILO_BASE_URL", "http://127.0.0.1:8000"),
        "CONTENT_URL": _content_url(environ),
        "DEMO_SIGN_IN": environ.get("HILO_DEMO") == "1" and not production,
        "PROXIES": int(environ.get("HILO_PROXIES", "0")),
        "JOBS_INLINE": False,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "hilo",
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": environ.get("HILO_RATE_LIMIT_URL", "memory://"),
        "RATELIMIT_ENABLED": True,
        "ARGON2": {"time_cost": 2, "memory_cost": 19_456, "parallelism": 1},
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
    }


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    given = environ.get("HILO_DATABASE_URL")
    if not given:
        return f"sqlite:///{data_dir / 'hilo.sqlite'}"
    url = make_url(given)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _content_url(environ: Mapping[str, str]) -> str | None:
    """The address of the host for packages, which must not be Hilo's own."""
    given = environ.get("HILO_CONTENT_URL")
    if not given:
        return None
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise Misconfigured("HILO_CONTENT_URL must be an address without a path, as in https://packages.example.net")
    if parts.hostname == urlsplit(environ.get("HILO_BASE_URL", "")).hostname:  # cookies do not mind the port
        raise Misconfigured(
            "HILO_CONTENT_URL must have another host than HILO_BASE_URL: packages run scripts of their own"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _secret(environ: Mapping[str, str], data_dir: Path, *, production: bool) -> str:
    given = environ.get("HILO_SECRET_KEY")
    if production and (given is None or given in KNOWN_SECRETS or len(given) < SHORTEST_SECRET):
        raise Misconfigured(
            f"HILO_SECRET_KEY is missing or too well known. Set it to {SHORTEST_SECRET} random characters or more, "
            'for instance: python -c "import secrets; print(secrets.token_hex(32))"'
        )
    if given:
        return given
    kept = data_dir / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text().strip()
