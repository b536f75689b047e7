"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.reports import cli, views
from app.reports.blueprint import bp
from app.reports.kept import views as kept
from app.reports.reviews import cli as review_cli
from app.reports.reviews.views import deeds, index, one
from app.reports.reviews.views.blueprint import bp as reviews

__all__ = [
    "bp",
    "cli",
    "deeds",
    "index",
    "kept",
    "one",
    "review_cli",
    "reviews",
    "views",
]
