"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.metrics import cli, entry_views, views
from app.metrics.blueprint import bp

__all__ = [
    "bp",
    "cli",
    "entry_views",
    "views",
]
