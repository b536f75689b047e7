"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.home import cli, guide_views, letters, views
from app.home.blueprint import bp

__all__ = [
    "bp",
    "cli",
    "guide_views",
    "letters",
    "views",
]
