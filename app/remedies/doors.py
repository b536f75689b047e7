"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.remedies import coach_views, effect_views, gap_views, module_views, team_views, thread_views, views
from app.remedies.blueprint import bp, thread

__all__ = [
    "bp",
    "coach_views",
    "effect_views",
    "gap_views",
    "module_views",
    "team_views",
    "thread",
    "thread_views",
    "views",
]
