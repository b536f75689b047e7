"""By what type a file is handed out: by its name alone, from a list of our own, and to be saved where it is not listed."""

from __future__ import annotations

TYPES = {
    "html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml", "css": "text/css", "js": "text/javascript",
    "mjs": "text/javascript", "json": "application/json", "map": "application/json", "xml": "text/xml", "xsd": "text/xml",
    "xsl": "text/xml", "dtd": "application/xml-dtd", "txt": "text/plain", "csv": "text/csv", "md": "text/markdown",
    "vtt": "text/vtt", "srt": "text/plain", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml", "ico": "image/x-icon", "bmp": "image/bmp",
    "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "oga": "audio/ogg", "wav": "audio/wav", "aac": "audio/aac",
    "woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "eot": "application/vnd.ms-fontobject",
    "pdf": "application/pdf", "wasm": "application/wasm", "webmanifest": "application/manifest+json",
}  # fmt: skip
UNKNOWN = "application/octet-stream"


def type_of(name: str) -> str:
    """The type of a file of this name."""
    return TYPES.get(name.rpartition(".")[2].lower(), UNKNOWN)
