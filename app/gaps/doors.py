"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.gaps import cli, views
from app.gaps.blueprint import bp
from app.gaps.policies import views as policies
from app.gaps.redefining import map_views, target_views

__all__ = [
    "bp",
    "cli",
    "map_views",
    "policies",
    "target_views",
    "views",
]
