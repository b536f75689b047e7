"""Pure decisions of this room."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

OWN_FILE = re.compile(r"/curriculum/files/\d{1,18}/[^\s/]+")


def is_own_file(text: str) -> bool:
    """Whether this is the address of a file of a module."""
    return OWN_FILE.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    """Whether this is an address a page may link to: http or https, with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
