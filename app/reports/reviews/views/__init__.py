"""The pages of business reviews: all of them, one with its figures and what is said, and the same as a file."""

from app.reports.reviews.views import deeds, index, one
from app.reports.reviews.views.blueprint import bp

__all__ = ["bp", "deeds", "index", "one"]
